"""The retention graph: abstract objects, what they hold strongly and weakly, and by which path one keeps another alive."""

from .build import HeapBuilder
from .events import Events
from .objects import Activation, Obj, Var
from .reach import SharedContext, Step, describe, origin, same_value, shared_context, strong_path

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
