"""What an ESTree node is made of: its children, and its place.

This module knows the shape of the tree only; it doesn't import the parser, so that importing it costs nothing. The shapes are those
of https://github.com/estree/estree as esprima makes them, with JSX.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class Node(Protocol):
    """A node of the tree. ``type`` tells which other attributes it has; one that it lacks reads as None."""

    type: str
    _start: int
    _end: int

    def __getattr__(self, name: str, /) -> Any: ...

    def __setattr__(self, name: str, value: Any, /) -> None: ...


CHILD_FIELDS: Mapping[str, tuple[str, ...]] = {
    # Programs and statements
    "Program": ("body",),
    "BlockStatement": ("body",),
    "BreakStatement": ("label",),
    "CatchClause": ("param", "body"),
    "ContinueStatement": ("label",),
    "DebuggerStatement": (),
    "DoWhileStatement": ("body", "test"),
    "EmptyStatement": (),
    "ExpressionStatement": ("expression",),
    "ForInStatement": ("right", "left", "body"),
    "ForOfStatement": ("right", "left", "body"),
    "ForStatement": ("init", "test", "body", "update"),
    "IfStatement": ("test", "consequent", "alternate"),
    "LabeledStatement": ("label", "body"),
    "ReturnStatement": ("argument",),
    "StaticBlock": ("body",),
    "SwitchCase": ("test", "consequent"),
    "SwitchStatement": ("discriminant", "cases"),
    "ThrowStatement": ("argument",),
    "TryStatement": ("block", "handler", "finalizer"),
    "VariableDeclaration": ("declarations",),
    "VariableDeclarator": ("init", "id"),
    "WhileStatement": ("test", "body"),
    "WithStatement": ("object", "body"),
    # Functions and classes
    "ArrowFunctionExpression": ("params", "body"),
    "ClassBody": ("body",),
    "ClassDeclaration": ("id", "superClass", "body"),
    "ClassExpression": ("id", "superClass", "body"),
    "FunctionDeclaration": ("id", "params", "body"),
    "FunctionExpression": ("id", "params", "body"),
    "MethodDefinition": ("key", "value"),
    "PropertyDefinition": ("key", "value"),
    # Expressions
    "ArrayExpression": ("elements",),
    "AssignmentExpression": ("left", "right"),
    "AwaitExpression": ("argument",),
    "BinaryExpression": ("left", "right"),
    "CallExpression": ("callee", "arguments"),
    "ChainExpression": ("expression",),
    "ConditionalExpression": ("test", "consequent", "alternate"),
    "Identifier": (),
    "ImportExpression": ("source", "options"),
    "Literal": (),
    "LogicalExpression": ("left", "right"),
    "MemberExpression": ("object", "property"),
    "MetaProperty": ("meta", "property"),
    "NewExpression": ("callee", "arguments"),
    "ObjectExpression": ("properties",),
    "PrivateIdentifier": (),
    "Property": ("key", "value"),
    "SequenceExpression": ("expressions",),
    "SpreadElement": ("argument",),
    "Super": (),
    "TaggedTemplateExpression": ("tag", "quasi"),
    "TemplateElement": (),
    "TemplateLiteral": ("quasis", "expressions"),
    "ThisExpression": (),
    "UnaryExpression": ("argument",),
    "UpdateExpression": ("argument",),
    "YieldExpression": ("argument",),
    # Patterns
    "ArrayPattern": ("elements",),
    "AssignmentPattern": ("right", "left"),
    "ObjectPattern": ("properties",),
    "RestElement": ("argument",),
    # Modules
    "ExportAllDeclaration": ("exported", "source", "attributes"),
    "ExportDefaultDeclaration": ("declaration",),
    "ExportNamedDeclaration": ("declaration", "specifiers", "source", "attributes"),
    "ExportSpecifier": ("local", "exported"),
    "ImportAttribute": ("key", "value"),
    "ImportDeclaration": ("specifiers", "source", "attributes"),
    "ImportDefaultSpecifier": ("local",),
    "ImportNamespaceSpecifier": ("local",),
    "ImportSpecifier": ("imported", "local"),
    # JSX
    "JSXAttribute": ("name", "value"),
    "JSXClosingElement": ("name",),
    "JSXClosingFragment": (),
    "JSXElement": ("openingElement", "children", "closingElement"),
    "JSXEmptyExpression": (),
    "JSXExpressionContainer": ("expression",),
    "JSXFragment": ("openingFragment", "children", "closingFragment"),
    "JSXIdentifier": (),
    "JSXMemberExpression": ("object", "property"),
    "JSXNamespacedName": ("namespace", "name"),
    "JSXOpeningElement": ("name", "attributes"),
    "JSXOpeningFragment": (),
    "JSXSpreadAttribute": ("argument",),
    "JSXSpreadChild": ("expression",),
    "JSXText": (),
}
"""The fields of each type of node that hold nodes or lists of them (a list may hold None, for a hole), in order of evaluation."""


def children(node: Node) -> list[Node]:
    """The nodes directly below ``node``, in order of evaluation. A list: generators that recurse use the C stack in Python 3.11."""
    found: list[Node] = []
    attributes = node.__dict__
    for name in CHILD_FIELDS[node.type]:
        value = attributes.get(name)
        if type(value) is list:
            found.extend([item for item in value if item is not None])
        elif value is not None:
            found.append(value)
    return found


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all below it, each before its children; it needs no stack, however deep the tree."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        below = children(current)
        below.reverse()
        pending += below


def start(node: Node) -> int:
    """The offset in code points of a node's first character."""
    return node._start


def end(node: Node) -> int:
    """The offset in code points of the place after a node's last character."""
    return node._end
