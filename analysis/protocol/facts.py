"""What the FinalizationRegistry and WeakRef protocol of a module looks like (ECMA-262, sections 26.1 and 26.2).

Facts only: a registration knows its target, held value, token and registries, as one activation makes it; rules ask the graph
about them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..heap.objects import Activation, Obj, Var
from ..scopes import FunctionInfo
from ..syntax.nodes import Node


@dataclass(frozen=True, eq=False)
class Value:
    """An expression and what it may evaluate to."""

    node: Node
    var: Var

    @property
    def objects(self) -> tuple[Obj, ...]:
        """Every abstract object that it may be."""
        return tuple(self.var.objects)

    @property
    def is_primitive(self) -> bool:
        """Whether it is certainly a primitive."""
        return bool(self.var.objects) and all(obj.is_primitive for obj in self.var.objects)

    def is_certainly(self, *kinds: str) -> bool:
        """Whether it is certainly a primitive of one of these types (`"undefined"`, `"number"`, …)."""
        return bool(self.var.objects) and all(obj.is_primitive and obj.info in kinds for obj in self.var.objects)

    @property
    def functions(self) -> tuple[Obj, ...]:
        """The closures of this module that it may be, seen through `bind`."""
        found: dict[Obj, None] = {}
        pending = list(self.var.objects)
        while pending:
            obj = pending.pop(0)
            if obj in found:
                continue
            found[obj] = None
            if obj.kind == "bound":
                pending.extend(obj.fields["bound function"].objects)
        return tuple(obj for obj in found if obj.kind == "function")


@dataclass(frozen=True, eq=False)
class Registry:
    """A FinalizationRegistry: the place that makes it, and its cleanup callback."""

    obj: Obj
    node: Node
    activation: Activation
    callback: Value | None

    @property
    def callbacks(self) -> tuple[FunctionInfo, ...]:
        """The functions of this module that the cleanup callback may be."""
        if self.callback is None:
            return ()
        return tuple(obj.info for obj in self.callback.functions if isinstance(obj.info, FunctionInfo))


@dataclass(frozen=True, eq=False)
class Call:
    """A call of the protocol, as one activation makes it.

    ``place`` is the expression that a user would change: the call itself, or the call of the wrapper around it; ``via`` are the
    calls from there inwards, the protocol's own call last (empty where ``place`` is that call).
    """

    node: Node
    activation: Activation
    function: FunctionInfo
    place: Node
    via: tuple[Node, ...]

    @property
    def is_wrapped(self) -> bool:
        return bool(self.via)


@dataclass(frozen=True, eq=False)
class Registration(Call):
    """`registry.register(target, held, token)`. ``spread``: the arguments are not all known."""

    registries: tuple[Registry, ...]
    registry_var: Var | None
    target: Value | None
    held: Value | None
    token: Value | None
    spread: bool


@dataclass(frozen=True, eq=False)
class Unregistration(Call):
    """`registry.unregister(token)`."""

    registries: tuple[Registry, ...]
    registry_var: Var | None
    token: Value | None


@dataclass(frozen=True, eq=False)
class WeakReference(Call):
    """`new WeakRef(target)`."""

    obj: Obj
    target: Value | None


@dataclass(frozen=True, eq=False)
class Dereference(Call):
    """`ref.deref()`, with the references that it may be called on and the variable of its result."""

    refs: tuple[Obj, ...]
    result: Var


@dataclass(frozen=True, eq=False)
class CollectionUse(Call):
    """A call of a method of a Map, Set, WeakMap, WeakSet or array."""

    method: str
    collections: tuple[Obj, ...]
    arguments: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class MissingNew(Call):
    """`FinalizationRegistry(…)` or `WeakRef(…)`, called without `new`."""

    name: str


@dataclass(frozen=True, eq=False)
class Protocol:
    """All facts of one module, in order of place."""

    registries: tuple[Registry, ...]
    registrations: tuple[Registration, ...]
    unregistrations: tuple[Unregistration, ...]
    weakrefs: tuple[WeakReference, ...]
    derefs: tuple[Dereference, ...]
    collections: tuple[CollectionUse, ...]
    missing_news: tuple[MissingNew, ...]
