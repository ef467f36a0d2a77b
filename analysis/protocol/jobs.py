"""Jobs: what must still be alive because nothing was awaited since it was seen.

The target of a WeakRef that was made or dereferenced stays alive until the current job ends (AddToKeptObjects: ECMA-262, sections
9.9.4.1 and 26.1.1.1), so within one job a second look needs no second check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..heap import Activation, same_value
from ..scopes import FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node
from .facts import Dereference, WeakReference

if TYPE_CHECKING:
    from ..control.flow import Point
    from ..module import Module

_LATER = frozenset({"then", "catch", "finally", "queueMicrotask"})


def waits(module: Module, function: FunctionInfo) -> list[Point]:
    """The points of a function at which the job ends and another one goes on: `await`, `yield`, `for await`."""
    found: list[Point] = []
    for point in module.flow(function).points:
        node = point.node
        if node is not None and node.type in ("AwaitExpression", "YieldExpression", "ForOfStatement"):
            found.append(point)
    return found


def is_kept(module: Module, fact: Dereference) -> bool:
    """Whether every reference certainly has its target: something holds it, or it was made in this very job."""
    made = {reference.obj: reference for reference in module.weakrefs}
    return all(ref in made and (_lives_on(module, made[ref], fact) or _same_job(module, made[ref], fact)) for ref in fact.refs)


def _lives_on(module: Module, reference: WeakReference, fact: Dereference) -> bool:
    target = reference.target
    if target is None:
        return False
    if target.node.type == "Identifier":
        binding = target.node._binding
        if binding is None:
            return True
        if not binding.writes:
            function = module.function_of(fact.node)
            if binding.is_module_level or binding in function.free:
                return True
            uses = [use.node for use in binding.references if use.function is function]
            if binding.function is function and any(use._start > fact.node._end for use in uses):
                return True
    return same_value(target.var, fact.activation.this)


def trail(node: Node, activation: Activation) -> list[tuple[Activation, Node]]:
    """The activations that are running when a node is reached, innermost first, each with the node that it is at."""
    found: list[tuple[Activation, Node]] = [(activation, node)]
    while activation.site is not None and activation.caller is not None:
        found.append((activation.caller, activation.site))
        activation = activation.caller
    return found


def _same_job(module: Module, reference: WeakReference, fact: Dereference) -> bool:
    """Whether nothing is awaited between `new WeakRef` and `deref()`."""
    made = dict(trail(reference.node, reference.activation))
    for activation, node in trail(fact.node, fact.activation):
        if node is not fact.node and _runs_later(node):
            return False
        if activation in made:
            return made[activation]._start <= node._start and not _waits_between(module, activation, made[activation], node)
        if _waits_between(module, activation, None, node):
            return False
    return False


def _runs_later(call: Node) -> bool:
    callee = call.callee
    name = callee.name if callee.type == "Identifier" else member_name(callee) if callee.type == "MemberExpression" else None
    return name in _LATER


def _waits_between(module: Module, activation: Activation, first: Node | None, last: Node) -> bool:
    """Whether a function awaits between two of its nodes (from its start, where ``first`` is None)."""
    start = first._start if first is not None else -1
    for point in waits(module, activation.function):
        node = point.node
        if node is not None and start < node._start and (node._start < last._start or _shares_loop(node, last)):
            return True
    return False


def _shares_loop(first: Node, second: Node) -> bool:
    """Whether a loop encloses both nodes, so that the later one in the text may come first in time."""
    current = first._parent
    while current is not None and current._info is None:
        is_loop = current.type.endswith(("ForStatement", "WhileStatement", "OfStatement", "InStatement"))
        if is_loop and current._start <= second._start and second._end <= current._end:
            return True
        current = current._parent
    return False
