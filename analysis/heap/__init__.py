"""The retention graph: abstract objects, what they hold strongly and weakly, and by which path one keeps another alive."""

from .build import HeapBuilder
from .contexts import SharedContext, shared_context
from .events import Events
from .objects import Activation, Obj, Var
from .reach import Step, describe, origin, same_value, strong_path

__all__ = [
    "Activation",
    "Events",
    "HeapBuilder",
    "Obj",
    "SharedContext",
    "Step",
    "Var",
    "describe",
    "origin",
    "same_value",
    "shared_context",
    "strong_path",
]
