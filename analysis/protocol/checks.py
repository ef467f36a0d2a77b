"""Whether code looks at a value before it relies on it being there: tests, assertions, and what fails on undefined."""

from __future__ import annotations

import re

from ..scopes import Binding
from ..scopes.names import member_name
from ..syntax.nodes import Node

TESTS = frozenset({"IfStatement", "WhileStatement", "DoWhileStatement", "ForStatement", "ConditionalExpression"})
_COMPARISONS = frozenset({"==", "!=", "===", "!==", "instanceof", "in", "<", ">", "<=", ">="})
_PREDICATES = frozenset({"filter", "find", "findIndex", "findLast", "findLastIndex", "some", "every"})
_ASSERTS = re.compile(
    r"assert|invariant|check|ensure|expect|require|must|verify|valid|alive|exist|null|defined|^ok$|^boolean$|^is", re.IGNORECASE
)


def outermost(node: Node) -> Node:
    """The whole of an optional chain that ends in ``node``."""
    while node._parent is not None and node._parent.type == "ChainExpression":
        node = node._parent
    return node


def variable_of(node: Node) -> Binding | None:
    """The variable that holds the value of an expression and never another: `const o = …`, or `let o; o = …`."""
    value = outermost(node)
    parent = value._parent
    if parent.type == "VariableDeclarator" and parent.id.type == "Identifier":
        binding: Binding | None = parent.id._binding
        return binding if binding is not None and not binding.writes and len(binding.declarations) == 1 else None
    if parent.type == "AssignmentExpression" and parent.right is value and parent.operator == "=":
        binding = parent.left._binding if parent.left.type == "Identifier" else None
        if binding is None or binding.writes != 1 or len(binding.declarations) != 1 or binding.kind not in ("let", "var"):
            return None
        declarator = binding.declarations[0]._parent
        return binding if declarator.type == "VariableDeclarator" and declarator.init is None else None
    return None


def reads(binding: Binding) -> list[Node]:
    return [reference.node for reference in binding.references if not reference.write]


def fails(node: Node) -> bool:
    """Whether an undefined value of the expression throws right here, with nothing around that catches it."""
    value = outermost(node)
    parent = value._parent
    if parent.type == "MemberExpression":
        fails = parent.object is value and not parent.optional
    elif parent.type == "CallExpression":
        fails = parent.callee is value and not parent.optional
    elif parent.type == "VariableDeclarator":
        fails = parent.init is value and parent.id.type == "ObjectPattern"
    else:
        fails = parent.type == "AssignmentExpression" and parent.right is value and parent.left.type == "ObjectPattern"
    return fails and not _is_caught(node)


def _is_caught(node: Node) -> bool:
    child, current = node, node._parent
    while current is not None and current._info is None:
        if current.type == "TryStatement" and current.handler is not None and current.block is child:
            return True
        child, current = current, current._parent
    return False


def is_tested(node: Node) -> bool:
    """Whether something depends on the value of an expression, or asserts it."""
    if fails(node):
        return False
    child, current = outermost(node), outermost(node)._parent
    while current is not None:
        kind = current.type
        if kind in TESTS:
            if current.test is child:
                return True
            if kind != "ConditionalExpression":
                return False
        elif kind == "SwitchStatement":
            return bool(current.discriminant is child)
        elif kind == "LogicalExpression":
            if current.left is child:
                return True
        elif kind == "UnaryExpression":
            if current.operator in ("!", "typeof"):
                return True
        elif kind == "BinaryExpression":
            return current.operator in _COMPARISONS
        elif kind == "MemberExpression":
            return bool(current.optional and current.object is child)
        elif kind == "CallExpression":
            return bool(current.optional and current.callee is child) or _asserts(current) or _is_in_test(current)
        elif kind == "AssignmentExpression":
            if current.operator in ("??=", "||=", "&&="):
                return True
        elif kind == "ArrowFunctionExpression":
            return current.body is child and _is_predicate(current)
        elif kind == "ReturnStatement":
            return _is_predicate(current._parent._parent)
        elif kind not in ("ChainExpression", "SequenceExpression", "ParenthesizedExpression"):
            return False
        child, current = current, current._parent
    return False


def _asserts(call: Node) -> bool:
    callee = call.callee
    name = callee.name if callee.type == "Identifier" else member_name(callee) if callee.type == "MemberExpression" else None
    root = callee.object if callee.type == "MemberExpression" else None
    return bool(name and _ASSERTS.search(str(name))) or bool(
        root is not None and root.type == "Identifier" and _ASSERTS.search(str(root.name))
    )


def _is_in_test(node: Node) -> bool:
    child, current = node, node._parent
    while current is not None and current._info is None:
        if current.type in TESTS and current.test is child:
            return True
        if current.type == "LogicalExpression" and current.left is child:
            return True
        if current.type not in ("LogicalExpression", "UnaryExpression", "BinaryExpression", "ChainExpression"):
            return False
        child, current = current, current._parent
    return False


def _is_predicate(function: Node | None) -> bool:
    """Whether a function is what `filter` and the like ask."""
    if function is None or function._info is None or function._parent is None or function._parent.type != "CallExpression":
        return False
    callee = function._parent.callee
    return function in function._parent.arguments and callee.type == "MemberExpression" and member_name(callee) in _PREDICATES
