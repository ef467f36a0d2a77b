"""The names that syntax gives: to properties, to functions and classes, to what a pattern binds."""

from __future__ import annotations

from ..syntax.nodes import Node
from .model import FunctionInfo


def property_name(key: Node, computed: bool) -> str | None:
    """The name of a property key:

    `a`, `"a"`, `1`, `#a`, `[Symbol.dispose]` (as ``@@dispose``); None where it is computed otherwise.
    """
    kind = key.type
    if kind == "PrivateIdentifier":
        return "#" + str(key.name)
    if kind == "Identifier" and not computed:
        return str(key.name)
    if kind == "Literal" and key.regex is None and isinstance(key.value, str | int | float) and not isinstance(key.value, bool):
        value = key.value
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if (
        computed
        and kind == "MemberExpression"
        and not key.computed
        and key.object.type == "Identifier"
        and key.object.name == "Symbol"
    ):
        return "@@" + str(key.property.name)
    return None


def member_name(node: Node) -> str | None:
    """The property name of a MemberExpression; None where it is computed at run time, and for any other node."""
    if node.type != "MemberExpression":
        return None
    return property_name(node.property, bool(node.computed))


def inferred_name(node: Node) -> str:
    """The name a function or class gets from where it stands (ECMA-262, NamedEvaluation)."""
    parent = node._parent
    kind = parent.type
    if kind == "VariableDeclarator" and parent.id.type == "Identifier":
        return str(parent.id.name)
    if kind == "AssignmentExpression":
        left = parent.left
        if left.type == "Identifier":
            return str(left.name)
        if left.type == "MemberExpression":
            return member_name(left) or ""
    if kind == "Property":
        return property_name(parent.key, bool(parent.computed)) or ""
    if kind in ("PropertyDefinition", "FieldDefinition"):
        return property_name(parent.key, bool(parent.computed)) or ""
    return ""


def prototype_owner(left: Node) -> Node | None:
    """The Identifier of the constructor whose prototype an assignment fills: `F.prototype = …` or `F.prototype.m = …`."""
    if left.type != "MemberExpression":
        return None
    target = left
    if member_name(target) != "prototype":
        target = left.object
    if target.type == "MemberExpression" and member_name(target) == "prototype" and target.object.type == "Identifier":
        constructor: Node = target.object
        return constructor
    return None


def functions_of(right: Node) -> list[FunctionInfo]:
    if right.type == "FunctionExpression":
        return [right._info]
    if right.type == "ObjectExpression":
        return [
            item.value._info for item in right.properties if item.type == "Property" and item.value.type == "FunctionExpression"
        ]
    return []


def declared_identifiers(declaration: Node) -> list[Node]:
    if declaration.type == "VariableDeclaration":
        found: list[Node] = []
        for declarator in declaration.declarations:
            found += pattern_identifiers(declarator.id)
        return found
    return [declaration.id] if declaration.id is not None else []


def pattern_identifiers(pattern: Node | None) -> list[Node]:
    """The Identifiers that a pattern binds, in order."""
    if pattern is None:
        return []
    kind = pattern.type
    if kind == "Identifier":
        return [pattern]
    if kind == "AssignmentPattern":
        return pattern_identifiers(pattern.left)
    if kind == "RestElement":
        return pattern_identifiers(pattern.argument)
    if kind == "ArrayPattern":
        return [identifier for element in pattern.elements for identifier in pattern_identifiers(element)]
    if kind == "ObjectPattern":
        values = [item.value if item.type == "Property" else item for item in pattern.properties]
        return [identifier for value in values for identifier in pattern_identifiers(value)]
    return []
