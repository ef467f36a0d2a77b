"""The retention graph: abstract objects, what they hold strongly and weakly, and by which path one keeps another alive."""

from .build import HeapBuilder
from .contexts import Contexts, SharedContext
from .events import Events
from .objects import Activation, Obj, Var
from .reach import Step, describe, origin, same_value, strong_path
from .reachable import Reachable, held

__all__ = [
    "Activation",
    "Contexts",
    "Events",
    "HeapBuilder",
    "Obj",
    "Reachable",
    "SharedContext",
    "Step",
    "Var",
    "describe",
    "held",
    "origin",
    "same_value",
    "strong_path",
]
