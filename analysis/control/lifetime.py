"""What can come between a registration and its end: throws that lose the target, and unregistrations that they skip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from ..findings import Hop
from ..heap.reach import same_value
from ..scopes import FunctionInfo
from ..syntax.nodes import Node
from .callgraph import calls_of, certain_callee
from .flow import Point
from .owners import Frame, frame_of, fresh_object, owned_from

if TYPE_CHECKING:
    from ..module import Module
    from ..protocol import Registration, Unregistration

_LOOPS = frozenset({"ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"})


#: Registrations of one function that are looked at (each means a walk through it); more than that are generated code.
_MOST_IN_ONE = 60


def examined(module: Module) -> list[Registration]:
    """The registrations that a walk is worth while for: the first ones of each function."""
    counts: Counter[FunctionInfo] = Counter()
    found: list[Registration] = []
    for registration in module.registrations:
        function = module.function_of(registration.place)
        counts[function] += 1
        if counts[function] <= _MOST_IN_ONE:
            found.append(registration)
    return found


@dataclass(frozen=True)
class Throw:
    """A place that can throw, and why."""

    node: Node
    reason: str

    @property
    def event(self) -> str:
        """What happens, as a clause: "`JSON.parse()` throws"."""
        return "the `throw` is reached" if self.node.type == "ThrowStatement" else f"{self.reason.split(',')[0]} throws"


def lost_by_throw(module: Module, registration: Registration, *, any_call: bool = False) -> Throw | None:
    """The first place after a registration that can throw out of the function that made the target, before it has an owner."""
    target = registration.target
    if target is None or registration.place.type == "NewExpression":
        return None
    frame = frame_of(module, registration)
    obj = fresh_object(module, frame, target.objects)
    if obj is None or next(skipped_unregistrations(module, registration, any_call=any_call), None) is not None:
        return None
    throws = _escaping(module, frame, any_call)
    first = next(throws, None)
    if first is None:
        return None
    others: list[Node] = []
    if _is_super_call(frame.node):
        # `super()` runs once: what leads to another one belongs to another case of the constructor.
        others = [node for node in calls_of(frame.function) if _is_super_call(node) and node is not frame.node]
    flow = module.flow(frame.function)
    owned = owned_from(module, frame, obj)
    for throw in chain([first], throws):
        if not any(flow.leads_to(flow.at(throw.node), other) for other in others) and (owned is None or throw.node._end < owned):
            return throw
    return None


def skipped_unregistrations(
    module: Module, registration: Registration, *, any_call: bool = False
) -> Iterator[tuple[Unregistration, Throw]]:
    """The unregistrations of a registration's token, in its own function, that a throw skips; each with the first such throw."""
    frame = frame_of(module, registration)
    candidates = [
        other
        for other in module.unregistrations
        if other.place is not registration.place
        and set(other.registries) & set(registration.registries)
        and same_value(registration.token.var if registration.token else None, other.token.var if other.token else None)
        and frame_of(module, other).activation is frame.activation
        and module.function_of(other.place) is frame.function
        and not _in_handler(other.place)
    ]
    if not candidates:
        return
    flow = module.flow(frame.function)
    # Where some way out that doesn't throw leaves the target registered, the unregistration is not what the function is about.
    if any(point is flow.exit for point, _ in flow.after(flow.at(frame.node), throws=_never, stop=module.calls.may_unregister)):
        return
    throws = list(_escaping(module, frame, any_call))
    for other in candidates:
        for throw in throws:
            # A `throw` leads nowhere else: it stands in for what comes after the registration.
            stands_in = throw.node.type == "ThrowStatement" and throw.node._start < other.place._start
            if flow.leads_to(flow.at(frame.node if stands_in else throw.node), other.place):
                yield other, throw
                break


def _escaping(module: Module, frame: Frame, any_call: bool) -> Iterator[Throw]:
    """The places after a frame's call that can throw out of its function with nothing unregistered on the way."""
    flow = module.flow(frame.function)
    seen: dict[Node, None] = {}
    throws = module.throws.throwing(flow, any_call=any_call)
    for point in flow.escapes(flow.at(frame.node), throws=throws, stop=module.calls.may_unregister):
        node = _node_of(point)
        reason = module.throws.reason(node, any_call=any_call)
        if reason is not None and node not in seen:
            seen[node] = None
            yield Throw(node, reason)


def _never(_: Node) -> bool:
    return False


def _is_super_call(node: Node) -> bool:
    return node.type == "CallExpression" and node.callee.type == "Super"


def _node_of(point: Point) -> Node:
    assert point.node is not None
    return point.node


def _in_handler(node: Node) -> bool:
    """Whether a node stands in a `catch` or `finally` block of its function."""
    child, current = node, node._parent
    while current is not None and current._info is None:
        if current.type == "CatchClause" or (current.type == "TryStatement" and current.finalizer is child):
            return True
        child, current = current, current._parent
    return False


def throw_hops(module: Module, throw: Throw) -> tuple[Hop, ...]:
    """What throws, and where inside the functions that are called."""
    hops = [module.hop(throw.reason, throw.node)]
    for function in module.calls.may_call(throw.node) if throw.node.type in ("CallExpression", "NewExpression") else ():
        inner = module.throws.function(function)
        if inner is not None:
            hops.append(module.hop(module.throws.reason(inner) or "throws", inner))
            break
    return tuple(hops)


def repeated(module: Module) -> Iterator[tuple[Registration, Registration]]:
    """Registrations of one target in one registry with one held value, the second after the first and nothing unregistered
    in between.

    A pair of one registration with itself is one in a loop.
    """
    known = [item for item in examined(module) if item.target is not None and len(item.registries) == 1 and not item.spread]
    frames = {item: frame_of(module, item) for item in known}
    found: set[Node] = set()
    following: dict[Registration, frozenset[Node]] = {}
    for second in known:
        for first in known:
            if (
                second.place not in found
                and first.registries == second.registries
                and frames[first].activation is frames[second].activation
                and frames[first].function is frames[second].function
                and (first is second or first.place is not second.place)
                and first.target is not None
                and second.target is not None
                and same_value(first.target.var, second.target.var)
                and (_stays_in_loop(first) if first is second else _same_held(module, first, second))
            ):
                if first not in following:
                    following[first] = _following(module, frames[first])
                if second.place not in following[first]:
                    continue
                found.add(second.place)
                yield first, second


def _following(module: Module, frame: Frame) -> frozenset[Node]:
    """The nodes that run after a frame's call when nothing throws, up to what unregisters."""
    flow = module.flow(frame.function)
    walk = flow.after(flow.at(frame.node), throws=_never, stop=module.calls.may_unregister)
    return frozenset(point.node for point, _ in walk if point.node is not None)


def _same_held(module: Module, first: Registration, second: Registration) -> bool:
    one, other = first.held, second.held
    if one is None or other is None:
        return one is other
    if one.node.type == "Literal" and other.node.type == "Literal":
        return True
    if same_value(one.var, other.var):
        return True
    return first.is_wrapped == second.is_wrapped and _same_names(one.node, other.node)


def _same_names(one: Node, other: Node) -> bool:
    """Whether two expressions are one path of names, such as `this.fd`, over variables that never change."""
    while one.type == "MemberExpression" and other.type == "MemberExpression" and not one.computed and not other.computed:
        if one.property.name != other.property.name:
            return False
        one, other = one.object, other.object
    if one.type == "ThisExpression":
        return other.type == "ThisExpression"
    return (
        one.type == "Identifier"
        and other.type == "Identifier"
        and one._binding is other._binding
        and (one._binding is None or not one._binding.writes)
    )


def _stays_in_loop(registration: Registration) -> bool:
    """Whether target and held value are the same in every round of the innermost loop around a registration."""
    loop = registration.place._parent
    while loop is not None and loop.type not in _LOOPS:
        if loop._info is not None:
            return False
        loop = loop._parent
    if loop is None or registration.is_wrapped or registration.target is None:
        return False
    values = [registration.target] if registration.held is None else [registration.target, registration.held]
    return all(_is_fixed(value.node, loop) for value in values)


def _is_fixed(node: Node, loop: Node) -> bool:
    while node.type == "MemberExpression" and not node.computed and node.object.type in ("MemberExpression", "ThisExpression"):
        node = node.object
    if node.type in ("Literal", "ThisExpression"):
        return True
    if node.type != "Identifier" or node._binding is None or node._binding.writes:
        return False
    scope = node._binding.declarations[0]
    while scope is not None and scope is not loop:
        scope = scope._parent
    return scope is None


def runs_always(module: Module, callback: FunctionInfo, registration: Registration) -> bool:
    """Whether every run of a function makes a registration (unless it throws), itself or in functions that it certainly calls."""
    pending, seen = [callback], {callback}
    while pending:
        function = pending.pop()
        flow = module.flow(function)
        if function is registration.function and flow.always(registration.node):
            return True
        for node in calls_of(function):
            for inner in certain_callee(node):
                if inner not in seen and not inner.is_generator and flow.always(node):
                    seen.add(inner)
                    pending.append(inner)
    return False


def is_never_owned(module: Module, registration: Registration) -> bool:
    """Whether a registration's target is made by the function around it and never given to anything else."""
    if registration.target is None:
        return False
    frame = frame_of(module, registration)
    obj = fresh_object(module, frame, registration.target.objects)
    return obj is not None and obj not in frame.activation.this.objects and owned_from(module, frame, obj) is None
