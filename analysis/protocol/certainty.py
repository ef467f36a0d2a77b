"""What a value certainly is, and what is expected to throw: the facts behind claims that a call fails whenever it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..heap.objects import Obj, Var
from ..heap.reach import same_value
from ..syntax.nodes import Node
from .facts import Call, Registration, Value

if TYPE_CHECKING:
    from ..module import Module

#: Primitives that cannot be held weakly: all but symbols that are in no registry (ECMA-262, CanBeHeldWeakly).
NEVER_WEAK = frozenset({"undefined", "null", "boolean", "number", "string", "bigint", "registered symbol"})
_PLAIN = frozenset({"Literal", "TemplateLiteral", "UnaryExpression", "BinaryExpression", "CallExpression"})
#: What a program makes that nothing can call.
_NOT_CALLABLE = frozenset({"array", "map", "primitive", "promise", "regexp", "registry", "set", "weakmap", "weakref", "weakset"})


def leaves(var: Var) -> frozenset[Obj] | None:
    """All objects that a variable can hold; None where one of its sources is not known."""
    found: set[Obj] = set()
    seen: set[Var] = {var}
    pending = [var]
    while pending:
        current = pending.pop()
        if current.constant:
            found.update(current.objects)
            continue
        if not current.sources:
            return None
        for source, _ in current.sources:
            if isinstance(source, Obj):
                if source.is_opaque:
                    return None
                found.add(source)
            elif source not in seen:
                seen.add(source)
                pending.append(source)
    return frozenset(found)


def never_weak(module: Module, call: Call, value: Value) -> str | None:
    """What a value is that certainly cannot be held weakly, such as "number"; None where that is not certain."""
    found = certain_leaves(module, call, value)
    if found is None or not all(obj.is_primitive and obj.info in NEVER_WEAK for obj in found):
        return None
    return " or ".join(sorted({str(obj.info) for obj in found}))


def not_callable(module: Module, call: Call, value: Value) -> bool:
    """Whether a value certainly is nothing that can be called."""
    found = certain_leaves(module, call, value)
    return found is not None and all(
        obj.kind in _NOT_CALLABLE or (obj.kind == "object" and obj.node is not None and obj.node.type == "ObjectExpression")
        for obj in found
    )


def certain_leaves(module: Module, call: Call, value: Value) -> frozenset[Obj] | None:
    """All that an argument of a call can be; None where it may be something else, or a check may stand before the call."""
    if not value.objects or value.node.type == "MemberExpression" or not _all_seen(module, value.node):
        return None
    if call.is_wrapped and is_conditional(module, call):
        return None
    return leaves(value.var)


def _all_seen(module: Module, node: Node) -> bool:
    """Whether every assignment was looked at: in a large module only those that the text itself shows to be none."""
    if module.heap.relevant is None or node.type != "Identifier":
        return module.heap.relevant is None or node.type in _PLAIN or node.type.endswith("Expression")
    return node._binding is None or (node._binding.writes == 0 and node._binding.kind == "const")


def is_conditional(module: Module, call: Call) -> bool:
    """Whether some way through the function leaves the call out, as where a check stands before it."""
    flow = module.flow(call.function)
    own = set(flow.at(call.node))
    seen = {flow.entry}
    pending = [flow.entry]
    while pending:
        point = pending.pop()
        if point is flow.exit or point is flow.thrown:
            return True
        if point in own:
            continue
        following = list(point.next)
        if point.node is not None and point.node.type == "ThrowStatement" and point.error is not None:
            following.append(point.error)
        for successor in following:
            if successor not in seen:
                seen.add(successor)
                pending.append(successor)
    return False


def is_caught(node: Node) -> bool:
    """Whether an error there is expected: directly in a `try` with a `catch`, or in a callback for `assert.throws` or its like."""
    current = node
    while current._parent is not None:
        parent = current._parent
        if parent.type == "TryStatement" and parent.handler is not None and current is parent.block:
            return True
        if current._info is not None:
            return parent.type == "CallExpression" and current in parent.arguments and _expects_error(parent)
        current = parent
    return False


def _expects_error(call: Node) -> bool:
    """`assert.throws(…)`, `assertThrows(…)`, `expect(…).toThrow()`, `expect(…).rejects.…`."""
    names = [call.callee.name, call.callee.property.name if call.callee.property is not None else None]
    current = call
    while current._parent is not None and current._parent.type in ("MemberExpression", "CallExpression"):
        current = current._parent
        if current.type == "MemberExpression":
            names.append(current.property.name)
    return any("throw" in str(name).lower() or "reject" in str(name).lower() for name in names)


def same_expression(first: Node, second: Node) -> bool:
    """Whether two expressions, evaluated one right after the other, are one name, `this`, or one property of such."""
    if first.type != second.type:
        return False
    if first.type == "Identifier":
        return first.name == second.name and first._binding is second._binding
    if first.type == "MemberExpression" and not first.computed and not second.computed:
        return first.property.name == second.property.name and same_expression(first.object, second.object)
    return first.type == "ThisExpression"


def holds_itself(module: Module, registration: Registration) -> bool:
    """Whether a registration's target is certainly its held value too."""
    target, held = registration.target, registration.held
    if target is None or held is None or target.is_primitive or not same_value(target.var, held.var):
        return False
    if not registration.is_wrapped:
        return same_expression(target.node, held.node)
    given = registration.place.arguments or ()
    twice = any(same_expression(one, other) for index, one in enumerate(given) for other in given[index + 1 :])
    return twice and not is_conditional(module, registration)
