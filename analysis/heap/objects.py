"""Abstract objects, variables and activations: the nodes of the retention graph.

An abstract object stands for what one allocation site makes in one activation. A variable holds a set of them. An activation
is one entry of a function: the canonical one, whose parameters are symbols, or a clone made for one call (so that a wrapper's
arguments are not mixed up).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..scopes import Binding, FunctionInfo
from ..syntax.nodes import Node

Kind = Literal[
    "array",
    "bound",
    "builtin",
    "class",
    "error",
    "external",
    "function",
    "global",
    "import",
    "instance",
    "map",
    "method",
    "object",
    "param",
    "primitive",
    "promise",
    "regexp",
    "registry",
    "set",
    "unknown",
    "weakmap",
    "weakref",
    "weakset",
]

#: Kinds whose inside is not known: what they hold was not written in this module.
OPAQUE: frozenset[Kind] = frozenset({"external", "global", "import", "param", "unknown"})
#: Kinds that a program makes at a place of its own, so that the place is where it was allocated.
ALLOCATED: frozenset[Kind] = frozenset(
    {
        "array",
        "bound",
        "class",
        "error",
        "function",
        "instance",
        "map",
        "object",
        "promise",
        "regexp",
        "registry",
        "set",
        "weakmap",
        "weakref",
        "weakset",
    }
)
#: Kinds that hold what they are given weakly, so that no strong path leads through them.
WEAK: frozenset[Kind] = frozenset({"weakmap", "weakref", "weakset"})

ELEMENTS = "*"
KEYS = "keys"


#: Methods of the language's objects that the graph knows.
METHODS: dict[Kind, frozenset[str]] = {
    "registry": frozenset({"register", "unregister"}),
    "weakref": frozenset({"deref"}),
    "map": frozenset({"get", "set", "delete", "clear", "has", "forEach", "values", "keys", "entries", "@@iterator"}),
    "weakmap": frozenset({"get", "set", "delete", "has"}),
    "set": frozenset({"add", "delete", "clear", "has", "forEach", "values", "keys", "entries", "@@iterator"}),
    "weakset": frozenset({"add", "delete", "has"}),
    "array": frozenset(
        {
            "push",
            "unshift",
            "pop",
            "shift",
            "splice",
            "forEach",
            "map",
            "filter",
            "find",
            "findLast",
            "slice",
            "concat",
            "at",
            "fill",
            "flat",
            "flatMap",
            "values",
            "includes",
            "indexOf",
        }
    ),
    "promise": frozenset({"then", "catch", "finally"}),
    "function": frozenset({"bind", "call", "apply"}),
    "bound": frozenset({"bind", "call", "apply"}),
    "method": frozenset({"bind", "call", "apply"}),
}


class Var:
    """A points-to set, and the constraints on it.

    ``sources`` are what flows in, each with the node that says so: a variable or an object. ``constant`` variables hold one
    primitive and never change; those that ``gathers`` is set of keep all they were ever given (the elements of a collection).
    """

    __slots__ = ("_origin", "cleared", "constant", "gathers", "label", "objects", "sources", "targets", "unknowns", "watchers")

    def __init__(self, label: str = "") -> None:
        self.label = label
        self.objects: dict[Obj, None] = {}
        self.targets: dict[Var, None] = {}
        self.sources: list[tuple[Var | Obj, Node | None]] = []
        self.watchers: list[Callable[[Obj], None]] = []
        self.constant = False
        self.cleared = False
        self.gathers = False
        self.unknowns = 0
        self._origin: Var | Obj | None = None

    def __repr__(self) -> str:
        return f"<var {self.label} {list(self.objects)}>"


class Activation:
    """One entry of a function.

    ``parent`` is the activation that encloses it lexically; ``site`` and ``caller`` are those of a clone.
    """

    __slots__ = ("arguments", "caller", "depth", "function", "parent", "result", "site", "this", "variables", "yields")

    def __init__(
        self, function: FunctionInfo, parent: Activation | None, this: Var, site: Node | None, caller: Activation | None
    ) -> None:
        self.function = function
        self.parent = parent
        self.this = this
        self.site = site
        self.caller = caller
        self.variables: dict[object, Var] = {}
        self.result = Var("result")
        self.yields = Var("yielded")
        self.arguments: list[Var] | None = None
        self.depth: int = caller.depth + 1 if caller is not None else (parent.depth if parent is not None else 0)

    def encloses(self, other: Activation | None) -> bool:
        """Whether ``other`` is this activation or lies lexically inside it."""
        while other is not None:
            if other is self:
                return True
            other = other.parent
        return False

    def calls(self, function: FunctionInfo) -> bool:
        """Whether this activation is one of ``function``, or was called (or is enclosed) by one."""
        activation: Activation | None = self
        while activation is not None:
            if activation.function is function:
                return True
            activation = activation.caller if activation.caller is not None else activation.parent
        return False

    @property
    def clone(self) -> Activation | None:
        """The innermost clone this is or lies in; None outside every clone."""
        activation: Activation | None = self
        while activation is not None and activation.site is None:
            activation = activation.parent
        return activation

    def __repr__(self) -> str:
        return f"<activation of {self.function!r} depth {self.depth}>"


#: What a strong edge is, where it is written, the variable it leads to, and the binding if it is a captured one.
StrongEdge = tuple[str, "Node | None", Var, "Binding | None"]


class Obj:
    """An abstract object.

    What ``info`` is depends on the kind: a FunctionInfo, a ClassInfo, the name of a builtin, the type of a primitive. ``strong``
    are the edges out of it once the graph is complete (see ``reach``).
    """

    __slots__ = ("activation", "cls", "fields", "home", "info", "kind", "label", "level", "node", "proto", "strong", "this")

    def __init__(self, kind: Kind, node: Node | None, activation: Activation | None, info: object = None, label: str = "") -> None:
        self.kind: Kind = kind
        self.node = node
        self.activation = activation
        self.info = info
        self.label = label
        self.fields: dict[str, Var] = {}
        self.cls: Obj | None = None
        self.proto: Var | None = None
        self.home: Obj | None = None
        self.this: Var | None = None
        self.level = 0
        self.strong: tuple[StrongEdge, ...] | None = None

    @property
    def is_primitive(self) -> bool:
        return self.kind == "primitive"

    @property
    def is_opaque(self) -> bool:
        return self.kind in OPAQUE

    def __repr__(self) -> str:
        return f"<{self.kind} {self.label or self.info or ''}>"
