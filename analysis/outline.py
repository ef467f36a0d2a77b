"""What an editor shows of the protocol where nothing is wrong: each registration and WeakRef, what it holds and how.

The facts here are small, frozen and free of the graph, so that they can be sent from one process to another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeVar

from .findings import Hop
from .protocol.collect import given
from .protocol.holders import Holders, Root, Way
from .text import Range

if TYPE_CHECKING:
    from .module import Module
    from .protocol import Call, Registration, Value, WeakReference
    from .syntax.nodes import Node

Role = Literal["target", "held value", "token"]
Strength = Literal["strong", "weak", "none"]
Kind = Literal["primitive", "object", "function", "unknown"]
#: Registrations (and WeakRefs) that an outline holds at most: nobody reads more lenses in one file.
SITES = 250
_Call = TypeVar("_Call", "Registration", "WeakReference")


@dataclass(frozen=True, slots=True)
class Part:
    """One argument, as it is written at the call that a user would change.

    ``strength`` is how it is held: "none" where it is certainly a primitive, which holds nothing. ``what`` is what a reader would
    call the value: "number", "arrow function", "instance of `Handle`"; empty where nothing is known.
    """

    role: Role
    text: str
    path: str
    range: Range
    strength: Strength
    kind: Kind
    what: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that keeps the target alive while it holds. ``cut``: the module itself lets go of it again somewhere."""

    root: Root
    name: str
    hops: tuple[Hop, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class RegistryName:
    """What the source calls a registry, where it says so, and the place that makes it (None where that is not known)."""

    text: str
    range: Range
    made: Hop | None


@dataclass(frozen=True, slots=True)
class Site:
    """A `register` call, a call of a wrapper around one, or a `new WeakRef`.

    ``range`` is the whole call in the file that was analysed; ``via`` are the calls from a wrapper inwards. ``holders`` come
    nearest first; there may be others in code that the analysis does not know.
    """

    kind: Literal["register", "WeakRef"]
    range: Range
    callee: str
    via: tuple[Hop, ...]
    registry: RegistryName | None
    target: Part | None
    held: Part | None
    token: Part | None
    holders: tuple[Holder, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The arguments there are, in order."""
        return tuple(part for part in (self.target, self.held, self.token) if part is not None)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """Every place that it names beside its arguments."""
        made = (self.registry.made,) if self.registry is not None and self.registry.made is not None else ()
        return (*self.via, *made, *(hop for holder in self.holders for hop in holder.hops))


def outline(module: Module) -> tuple[Site, ...]:
    """All sites of a module, in order of place, each once."""
    holders = Holders(module)
    sites = [_of_registration(module, one, holders) for one in islice(_once(module, module.registrations), SITES)]
    sites += [_of_weakref(module, one, holders) for one in islice(_once(module, module.weakrefs), SITES)]
    return tuple(sorted(sites, key=lambda site: (site.range, site.kind)))


def _once(module: Module, calls: Iterable[_Call]) -> Iterator[_Call]:
    """The calls of this module's own text, each place once: a function that is called twice registers at one place."""
    seen: set[Node] = set()
    for call in calls:
        if call.place not in seen and _is_here(module, call) and _is_given(call, call.target):
            seen.add(call.place)
            yield call


def _is_here(module: Module, call: Call) -> bool:
    return module.hop("", call.place).path == module.source.path


def _is_given(call: Call, target: Value | None) -> bool:
    """Whether a call is the protocol's own, or hands the target to a wrapper around that: `open(3)`, say, registers its own."""
    if not call.is_wrapped or target is None:
        return not call.is_wrapped
    node: Node | None = given(call, target.node)
    while node is not None and node is not call.place:
        node = node._parent
    return node is not None


def _of_registration(module: Module, registration: Registration, holders: Holders) -> Site:
    target = registration.target
    ways = holders.ways_to(target, registration.activation, registration) if target is not None else ()
    return Site(
        "register",
        module.range(registration.place),
        _callee(module, registration.place),
        _via(module, registration),
        _registry(module, registration),
        _part(module, registration, "target", target),
        _part(module, registration, "held value", registration.held),
        _part(module, registration, "token", registration.token),
        tuple(_holder(module, way, target.node) for way in ways) if target is not None else (),
    )


def _of_weakref(module: Module, reference: WeakReference, holders: Holders) -> Site:
    target = reference.target
    ways = holders.ways_to(target, reference.activation) if target is not None else ()
    return Site(
        "WeakRef",
        module.range(reference.place),
        _callee(module, reference.place),
        _via(module, reference),
        None,
        _part(module, reference, "target", target),
        None,
        None,
        tuple(_holder(module, way, target.node) for way in ways) if target is not None else (),
    )


def _callee(module: Module, place: Node) -> str:
    return module.text(place.callee, 40) if place.type in ("CallExpression", "NewExpression") else ""


def _via(module: Module, call: Call) -> tuple[Hop, ...]:
    return tuple(module.hop(f"calls `{module.text(inner.callee, 40)}`", inner) for inner in call.via)


def _registry(module: Module, registration: Registration) -> RegistryName | None:
    callee = registration.node.callee
    while callee.type == "ChainExpression":
        callee = callee.expression
    if callee.type != "MemberExpression":
        return None
    made = registration.registries[0].node if len(registration.registries) == 1 else None
    name = module.text(callee.object, 40)
    return RegistryName(name, module.range(callee.object), module.hop(f"`{name}` is made here", made) if made is not None else None)


def _part(module: Module, call: Call, role: Role, value: Value | None) -> Part | None:
    if value is None or value.is_certainly("undefined"):
        return None
    node = given(call, value.node)
    kind, what = _kind(value)
    strength: Strength = "none" if kind == "primitive" else "strong" if role == "held value" else "weak"
    place = module.hop("", node)
    return Part(role, module.text(node, 40), place.path, place.range, strength, kind, what)


def _kind(value: Value) -> tuple[Kind, str]:
    from .heap import describe

    objects = value.objects
    if not objects or any(obj.is_opaque for obj in objects):
        return "unknown", ""
    names = list(dict.fromkeys(str(obj.info) if obj.is_primitive else describe(obj) for obj in objects))
    what = names[0] if len(names) == 1 else ""
    if value.is_primitive:
        return "primitive", what
    if all(obj.kind in ("function", "bound", "class") for obj in objects):
        return "function", what
    return ("unknown", "") if any(obj.is_primitive for obj in objects) else ("object", what)


def _holder(module: Module, way: Way, target: Node) -> Holder:
    hops: list[Hop] = []
    before = target
    for step in way.steps:
        before = step.node if step.node is not None else before
        hops.append(module.hop(step.label, before))
    return Holder(way.root, way.name, tuple(hops), way.cut)
