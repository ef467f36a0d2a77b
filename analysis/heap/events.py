"""What the protocol sees while the graph is built: each registry, registration, unregistration, WeakRef and deref, raw.

``protocol`` makes its facts from these.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..syntax.nodes import Node
from .objects import Activation, Obj, Var


@dataclass(frozen=True, eq=False)
class RegistryMade:
    """`new FinalizationRegistry(callback)`, or `super(callback)` in a subclass of it."""

    obj: Obj
    node: Node
    activation: Activation
    callback: Var | None
    callback_node: Node | None


@dataclass(frozen=True, eq=False)
class RegistryCall:
    """`registry.register(…)` or `registry.unregister(…)`, as one activation makes it.

    ``base`` is what the method was loaded from.
    """

    method: str
    registry: Obj
    node: Node
    activation: Activation
    base: Var | None
    arguments: tuple[Var, ...]
    argument_nodes: tuple[Node, ...]
    spread: bool


@dataclass(frozen=True, eq=False)
class WeakRefMade:
    """`new WeakRef(target)`."""

    obj: Obj
    node: Node
    activation: Activation
    target: Var | None
    target_node: Node | None


@dataclass(frozen=True, eq=False)
class Deref:
    """`ref.deref()`."""

    obj: Obj
    node: Node
    activation: Activation
    result: Var


@dataclass(frozen=True, eq=False)
class CollectionCall:
    """A call of a collection's method, such as `map.set(key, value)` or `list.push(x)`."""

    method: str
    collection: Obj
    node: Node
    activation: Activation
    base: Var | None
    arguments: tuple[Var, ...]
    argument_nodes: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class BadCall:
    """`FinalizationRegistry(…)` or `WeakRef(…)` without `new`."""

    name: str
    node: Node
    activation: Activation
    obj: Obj
    callee: Var | None


@dataclass(eq=False)
class Events:
    """All of them, in the order in which they were found."""

    registries: list[RegistryMade] = field(default_factory=list)
    calls: list[RegistryCall] = field(default_factory=list)
    weakrefs: list[WeakRefMade] = field(default_factory=list)
    derefs: list[Deref] = field(default_factory=list)
    collections: list[CollectionCall] = field(default_factory=list)
    bad_calls: list[BadCall] = field(default_factory=list)
