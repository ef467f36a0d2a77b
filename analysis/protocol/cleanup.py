"""What a cleanup callback does: whether it reads its held value, and which promises it leaves to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..control.callgraph import called_name
from ..control.flow import Point
from ..control.throws import callee_function, callee_path, import_source, is_handled
from ..scopes import FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node
from .facts import Registry

if TYPE_CHECKING:
    from ..module import Module

_PROMISE_MODULES = frozenset({"fs/promises", "node:fs/promises", "timers/promises", "node:timers/promises"})
_TESTS = frozenset({"IfStatement", "ConditionalExpression", "LogicalExpression", "SwitchStatement", "WhileStatement"})


def only_callback(registry: Registry) -> FunctionInfo | None:
    """The one function of the module that a registry's cleanup callback is; None where it may be another, or is bound."""
    callback = registry.callback
    if callback is None or len(callback.objects) != 1 or callback.objects[0].kind != "function":
        return None
    info = callback.objects[0].info
    return info if isinstance(info, FunctionInfo) else None


def reads_held_value(function: FunctionInfo) -> Node | None:
    """The first place where a callback uses its first parameter without first looking whether there is one; None where it looks."""
    if not function.params:
        return None
    parameter: Node = function.params[0]
    if parameter.type in ("ObjectPattern", "ArrayPattern"):
        return parameter
    binding = parameter._binding if parameter.type == "Identifier" else None
    if binding is None or binding.writes:
        return None
    reads = [reference.node for reference in binding.references if not reference.write and reference.node is not parameter]
    return None if not reads or any(_is_checked(read) for read in reads) else reads[0]


def _is_checked(node: Node) -> bool:
    """Whether a use can cope with `undefined`: it is compared, tested, or the base of an optional chain."""
    child, parent = node, node._parent
    while parent.type in ("ChainExpression", "UnaryExpression"):
        if parent.type == "UnaryExpression" and parent.operator in ("typeof", "!", "void"):
            return True
        child, parent = parent, parent._parent
    if parent.type in _TESTS:
        return (parent.test or parent.left or parent.discriminant) is child
    if parent.type == "BinaryExpression":
        return parent.operator in ("==", "!=", "===", "!==", "instanceof", "in")
    return bool(parent.optional) and (parent.object is child or parent.callee is child)


def loose_promises(module: Module, function: FunctionInfo) -> Iterator[tuple[Node, Node, str]]:
    """The promises that a function makes and nobody handles: a rejection would go unhandled.

    Each with the call at the end of its chain and with words for it.
    """
    nodes = dict.fromkeys(point.node for point in module.flow(function).points)
    for node in sorted((node for node in nodes if node is not None), key=lambda node: int(node._start)):
        if node.type not in ("CallExpression", "ImportExpression"):
            continue
        end = _end_of_chain(node)
        if not _is_dropped(end, function) or (
            end.type == "CallExpression" and (is_handled(end) or module.throws.never_rejects(end))
        ):
            continue
        if node.type == "ImportExpression":
            yield node, end, "`import()`"
            continue
        callee = callee_function(node)
        if callee is not None:
            if callee.is_async and not callee.is_generator and module.throws.function(callee) is not None:
                yield node, end, f"`{callee.name or 'the function'}()`, which is async and can throw"
            continue
        path = callee_path(node)
        if path == "fetch" or _is_promise_api(node):
            yield node, end, f"`{path}()`"
        elif called_name(node) == "then":
            yield node, end, "`.then()` without a rejection handler"


def _end_of_chain(node: Node) -> Node:
    """The call at the end of `node.then(…).finally(…)`, the node itself where there is no such chain."""
    current: Node = node
    while True:
        member: Node = current._parent
        if (
            member.type != "MemberExpression"
            or member.object is not current
            or member_name(member) not in ("then", "catch", "finally")
        ):
            return current
        call: Node = member._parent
        if call.type != "CallExpression" or call.callee is not member:
            return current  # type: ignore[no-any-return]
        current = call


def _is_dropped(node: Node, function: FunctionInfo) -> bool:
    """Whether nobody takes a call's value: a statement of its own, `void`, or what the callback returns."""
    parent = node._parent
    while parent.type in ("ChainExpression", "SequenceExpression") or (
        parent.type == "UnaryExpression" and parent.operator == "void"
    ):
        node, parent = parent, parent._parent
    return parent.type in ("ExpressionStatement", "ReturnStatement") or parent is function.node


def _is_promise_api(node: Node) -> bool:
    root = node.callee
    while root.type in ("MemberExpression", "ChainExpression"):
        root = root.object if root.type == "MemberExpression" else root.expression
    if root.type != "Identifier" or root._binding is None:
        return False
    source = import_source(root._binding)
    return source in _PROMISE_MODULES or (source in ("fs", "node:fs") and ".promises." in callee_path(node))


def unhandled_failure(module: Module, callback: FunctionInfo) -> tuple[Node, str] | None:
    """Where a callback's failure is an unhandled rejection, with words for what fails; None where none is known."""
    if callback.is_generator:
        return None
    if callback.is_async:
        node = module.throws.function(callback)
        if node is not None:
            return node, (module.throws.reason(node) or "`throw`").split(", ")[0]
        if any(other.type == "AwaitExpression" for other in callback.own_nodes):
            return None
        flow = module.flow(callback)
        start = Point("join")
        start.next.append(flow.entry)
        call = next(iter(flow.escapes([start], throws=lambda other: module.throws.reason(other, any_call=True) is not None)), None)
        return None if call is None or call.node is None else (call.node, "this")
    for function in module.calls.reached(callback, certain=True):
        for node, _, words in loose_promises(module, function) if not function.is_async and not function.is_generator else ():
            return node, words
    return None
