"""Which binding each identifier means, and what each function captures."""

from .build import build_scopes
from .model import Binding, ClassInfo, FunctionInfo, LeftOut, Reference, Scope, Scopes

__all__ = ["Binding", "ClassInfo", "FunctionInfo", "LeftOut", "Reference", "Scope", "Scopes", "build_scopes"]
