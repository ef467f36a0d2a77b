"""Which kind of stand-in suits a parameter: what the function does with it says what a caller would pass."""

from __future__ import annotations

from jsleak.analysis.scopes import Binding, FunctionInfo
from jsleak.analysis.scopes.names import property_name
from jsleak.analysis.syntax.nodes import Node

from .guards import Answer, parameter_names

_ARRAY = frozenset(
    {"map", "forEach", "push", "pop", "shift", "unshift", "filter", "some", "every", "reduce", "find", "join", "sort", "flat"}
)
_TEXT = frozenset(
    {"startsWith", "endsWith", "charCodeAt", "codePointAt", "charAt", "substring", "substr", "toLowerCase", "toUpperCase", "trim"}
    | {"split", "replace", "replaceAll", "padStart", "padEnd", "match", "normalize"}
)
_ARITHMETIC = frozenset({"-", "*", "/", "%", "<<", ">>", ">>>", "&", "|", "^", "**", "<", ">", "<=", ">="})
_DEPTH = 3
_MOST = 8


def arguments(function: FunctionInfo | None, wants: dict[Binding, Answer]) -> list[tuple[str, Answer]]:
    """A name and a kind for each argument. A name is one for all functions that call their parameter so."""
    if function is None:
        return [("argument 0", "object")]
    return [
        (name, kind(parameter, wants))
        for name, parameter in zip(parameter_names(function)[:_MOST], function.params, strict=False)
        if parameter.type != "RestElement"
    ]


def kind(parameter: Node, wants: dict[Binding, Answer], depth: int = 0) -> Answer:
    """What stands in for a parameter: `object`, `function`, `array`, `string`, `number`, `key`, or a value itself."""
    target = parameter.left if parameter.type == "AssignmentPattern" else parameter
    if target.type == "ArrayPattern":
        return "array"
    binding = target._binding if target.type == "Identifier" else None
    if not isinstance(binding, Binding):
        return "object"
    if binding in wants:
        return wants[binding]
    found = [use for reference in binding.references if (use := _use(reference.node, depth)) is not None]
    for one in ("function", "string", "array", "key", "number", "object"):
        if one in found:
            return one
    return "object"


def _use(node: Node, depth: int) -> str | None:
    """The kind that one use asks for."""
    parent = node._parent
    while parent.type == "ChainExpression":
        node, parent = parent, parent._parent
    kind_of = parent.type
    if kind_of in ("CallExpression", "NewExpression"):
        return "function" if parent.callee is node else _passed(node, parent, depth)
    if kind_of == "MemberExpression":
        if parent.object is not node:
            return "key"
        name = property_name(parent.property, bool(parent.computed))
        return "array" if name in _ARRAY else "string" if name in _TEXT else _by_length(parent, name)
    if kind_of in ("ForOfStatement", "SpreadElement") and node is not parent.left and not _in_object(parent):
        return "array"
    if kind_of == "BinaryExpression" and parent.operator in _ARITHMETIC:
        return "number"
    if kind_of == "UpdateExpression" or (kind_of == "UnaryExpression" and parent.operator in ("-", "+", "~")):
        return "number"
    return None


def _in_object(parent: Node) -> bool:
    return bool(parent._parent.type == "ObjectExpression")


def _by_length(member: Node, name: str | None) -> str | None:
    if name == "length":
        return "array"
    return "array" if member.computed and member.property.type == "Literal" and isinstance(member.property.value, int) else "object"


def _passed(node: Node, call: Node, depth: int) -> str | None:
    """What a function of the module does with the argument that it is passed on as."""
    callee = call.callee
    if depth >= _DEPTH or node not in call.arguments or callee.type != "Identifier" or not isinstance(callee._binding, Binding):
        return None
    declared = callee._binding.declarations[0]._parent
    value = declared.init if declared is not None and declared.type == "VariableDeclarator" else declared
    info = value._info if value is not None else None
    index = call.arguments.index(node)
    if not isinstance(info, FunctionInfo) or index >= len(info.params):
        return None
    found = kind(info.params[index], {}, depth + 1)
    return str(found) if found != "object" else None
