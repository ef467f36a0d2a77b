"""Where an observation looks when a finding names no place for it: what the module's facts say of its registrations.

A real finding names its places in its path. These are for a claim that has none, so that it can be refuted as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from jsleak.analysis.protocol.release import shared_release
from jsleak.analysis.scopes import FunctionInfo
from jsleak.analysis.scopes.names import member_name
from jsleak.analysis.syntax.nodes import Node

from .snippet.sites import Sites, unchained

_PROMISE_METHODS = ("then", "catch", "finally")
_LETS_GO = ("ExpressionStatement", "ReturnStatement", "ArrowFunctionExpression", "UnaryExpression")


def callbacks(sites: Sites) -> list[FunctionInfo]:
    """The cleanup callbacks of a finding's registries."""
    registries = [*sites.registries, *(registry for fact in sites.registrations for registry in fact.registries)]
    return list(dict.fromkeys(callback for registry in registries for callback in registry.callbacks))


def releases(sites: Sites) -> list[Node]:
    """The calls by which the program and the callback release a target."""
    shared = [shared_release(sites.module, registration) for registration in sites.registrations]
    return list(dict.fromkeys(node for one in shared if one is not None for node in (one.in_release, one.in_cleanup)))


def evictions(sites: Sites) -> list[Node]:
    """`cache.delete(key)` and `delete cache[key]` in a callback."""
    return [node for callback in callbacks(sites) for node in callback.own_nodes if _deletes(node)]


def _deletes(node: Node) -> bool:
    if node.type == "UnaryExpression" and node.operator == "delete":
        inner = unchained(node.argument)
        return bool(inner.type == "MemberExpression" and inner.computed)
    if node.type != "CallExpression" or node.callee.type != "MemberExpression" or len(node.arguments) != 1:
        return False
    return member_name(node.callee) == "delete" and node.arguments[0].type != "SpreadElement"


def throws_after(sites: Sites) -> list[Node]:
    """What is known to throw, or is expected to by a `catch` around it, after a registration and in its function."""
    module = sites.module
    found: dict[Node, None] = {}
    for registration in sites.registrations:
        flow = module.flow(module.function_of(registration.place))
        after = flow.after(flow.at(registration.place), throws=lambda _: False)
        found.update(dict.fromkeys(point.node for point, _ in after if point.node is not None and _can_throw(sites, point.node)))
    return list(found)


def throws_inside(sites: Sites) -> list[Node]:
    """What is known to throw in a callback, or is expected to."""
    return [node for callback in callbacks(sites) for node in callback.own_nodes if _can_throw(sites, node)]


def _can_throw(sites: Sites, node: Node) -> bool:
    if node.type == "AwaitExpression" or any(call is node for call in _protocol(sites)):
        return node.type == "AwaitExpression"
    return sites.module.throws.throwing(sites.module.flow(sites.module.function_of(node)))(node)


def _protocol(sites: Sites) -> Iterator[Node]:
    module = sites.module
    for fact in (*module.registrations, *module.unregistrations):
        yield fact.node
        yield fact.place


def failures(sites: Sites) -> list[Node]:
    """What a callback awaits; else the calls whose promise it handles, and lets go then."""
    nodes = [node for callback in callbacks(sites) for node in callback.own_nodes]
    awaited = [node for node in nodes if node.type == "AwaitExpression"]
    return awaited or [node for node in nodes if node.type == "CallExpression" and _is_handled(node)]


def _is_handled(node: Node) -> bool:
    last = outermost_promise(node)
    return last is not node and innermost_promise(last) is node and last._parent.type in _LETS_GO


def innermost_promise(node: Node) -> Node:
    """`call()` for `call().then(f).catch(g)`: the promise that the others come from."""
    current = node
    while current.type == "CallExpression":
        callee: Node = current.callee
        if callee.type != "MemberExpression" or member_name(callee) not in _PROMISE_METHODS:
            break
        current = callee.object
    return current


def outermost_promise(node: Node) -> Node:
    """`call().then(f).catch(g)` for `call()`: the promise that is left in the end."""
    current = node
    while True:
        member: Node = current._parent
        inside: Node = member.object
        if member.type != "MemberExpression" or inside is not current or member_name(member) not in _PROMISE_METHODS:
            return current
        call: Node = member._parent
        if call.type != "CallExpression" or call.callee is not member:
            return current
        current = call
