"""Fresh objects: values that are made on the spot, and whether anybody else gets hold of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..heap import Obj
from ..heap.objects import ALLOCATED
from ..scopes import ClassInfo, FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, children
from .facts import Call, Value
from .jobs import trail

#: Expressions that make a new object and leave it to whoever evaluates them.
LITERALS = frozenset({"ObjectExpression", "ArrayExpression", "FunctionExpression", "ArrowFunctionExpression", "ClassExpression"})
#: Constructors of the language that keep no hold on what they make.
QUIET_BUILTINS = frozenset(
    [
        "Object",
        "Array",
        "Map",
        "Set",
        "WeakMap",
        "WeakSet",
        "Date",
        "RegExp",
        "Error",
        "TypeError",
        "RangeError",
        "ArrayBuffer",
        "SharedArrayBuffer",
        "DataView",
        "Int8Array",
        "Uint8Array",
        "Uint8ClampedArray",
        "Int16Array",
        "Uint16Array",
        "Int32Array",
        "Uint32Array",
        "Float32Array",
        "Float64Array",
        "BigInt64Array",
        "BigUint64Array",
        "String",
        "Number",
        "Boolean",
    ]
)


@dataclass(frozen=True, eq=False)
class Fresh:
    """An object that ``node`` makes in the call ``where``, for a user to change; ``inner`` are the calls from there inwards."""

    node: Node
    where: Node
    inner: tuple[Node, ...] = ()


def place_of(call: Call, made: Obj) -> tuple[Node, ...]:
    """The calls from the function in which an object was made inwards to a protocol's call, that one last."""
    calls: list[Node] = []
    for activation, node in trail(call.node, call.activation):
        calls.insert(0, node)
        if activation is made.activation:
            return tuple(calls)
    return (call.node,) if not call.via else (call.place, *call.via)


def sole_argument(call: Call, value: Value | None) -> Fresh | None:
    """What makes a value right in its call, so that when the call is over nothing holds it; None where that is not certain.

    A value that comes through wrappers counts if they do nothing but pass it on.
    """
    if value is None or len(value.objects) != 1:
        return None
    made = value.objects[0]
    calls = place_of(call, made)
    if len(calls) == 1:
        return Fresh(value.node, call.node) if is_left_alone(value.node, made) else None
    node = next((argument for argument in calls[0].arguments or () if argument is made.node), None)
    if node is None or not is_left_alone(node, made):
        return None
    passed = node
    for outer, inner in pairwise(calls):
        parameter = _parameter(outer, passed, inner)
        binding = parameter._binding if parameter is not None and parameter.type == "Identifier" else None
        if binding is None or binding.writes:
            return None
        uses = [reference.node for reference in binding.references]
        if not uses or any(use not in inner.arguments for use in uses):
            return None
        passed = value.node if inner is call.node else uses[0]
        if passed not in uses or (inner is not call.node and len(uses) > 1):
            return None
    return Fresh(node, calls[0], calls[1:])


def _parameter(outer: Node, passed: Node, inner: Node) -> Node | None:
    """The parameter of the function around ``inner`` that an argument of ``outer`` becomes."""
    current = inner._parent
    while current is not None and current._info is None:
        current = current._parent
    if current is None or current._info.arguments_use is not None or current._info.is_generator:
        return None
    if any(argument.type == "SpreadElement" for argument in outer.arguments):
        return None
    position = outer.arguments.index(passed)
    parameters = current._info.params
    return parameters[position] if position < len(parameters) else None


def is_left_alone(node: Node, made: Obj) -> bool:
    """Whether an expression makes an object that nothing but its value leads to."""
    if node.type in LITERALS or (node.type == "Literal" and node.regex is not None):
        return True
    if node.type != "NewExpression" or made.node is not node:
        return False
    if made.kind == "instance" and made.cls is not None and made.cls.kind == "class":
        return constructs_quietly(made.cls)
    callee = node.callee
    return callee.type == "Identifier" and callee._binding is None and callee.name in QUIET_BUILTINS


def constructs_quietly(cls: Obj) -> bool:
    """Whether making an instance of a class of this module lets `this` get nowhere."""
    chain: list[ClassInfo] = []
    current: Obj | None = cls
    while current is not None and current.kind == "class" and isinstance(current.info, ClassInfo):
        if current.info in chain:
            return False
        chain.append(current.info)
        if current.info.node.superClass is None:
            break
        parents = list(current.proto.objects) if current.proto is not None else []
        current = parents[0] if len(parents) == 1 else None
    if current is None or (current.kind != "class" and not (current.kind == "builtin" and current.info in QUIET_BUILTINS)):
        return False
    parts = [initialiser for info in chain for _, _, initialiser in info.fields]
    parts += [info.constructor for info in chain if info.constructor is not None]
    seen: set[FunctionInfo] = set()
    return all(_keeps_this(part, chain, seen) for part in parts)


def _keeps_this(function: FunctionInfo, chain: list[ClassInfo], seen: set[FunctionInfo]) -> bool:
    """Whether a member of a class uses `this` only to read and set its properties, and to call members that do the same."""
    if function in seen:
        return True
    seen.add(function)
    node = function.node
    pending = [node.value] if function.kind == "field" else [*node.params, node.body]
    while pending:
        part = pending.pop()
        if part is None:
            continue
        kind = part.type
        if kind == "ThisExpression" and not _is_harmless(part, chain, seen):
            return False
        if kind == "Super" and part._parent.type != "CallExpression":
            return False
        if kind == "ReturnStatement" and function.kind == "constructor" and part.argument is not None:
            return False
        if kind == "ArrowFunctionExpression" and part._info.this_use is not None and not _is_own_member(part):
            return False
        if kind not in ("FunctionExpression", "FunctionDeclaration"):
            pending += children(part)
    return True


def _is_own_member(arrow: Node) -> bool:
    """Whether an arrow function becomes a property of the very `this` that it captures."""
    parent = arrow._parent
    if parent.type == "AssignmentExpression" and parent.right is arrow and parent.left.type == "MemberExpression":
        return bool(parent.left.object.type == "ThisExpression")
    return bool(parent.type == "PropertyDefinition" and parent.value is arrow)


def _is_harmless(this: Node, chain: list[ClassInfo], seen: set[FunctionInfo]) -> bool:
    member = this._parent
    if member.type == "CallExpression" and member.callee.type == "MemberExpression":
        # The registration itself: `registry.register(this, …, this)`.
        held = member.arguments[1:2]
        return member_name(member.callee) in ("register", "unregister") and this in member.arguments and this not in held
    if member.type != "MemberExpression" or member.object is not this:
        return False
    name = member_name(member)
    outer = member._parent
    is_written = outer.type in ("AssignmentExpression", "UpdateExpression") and member in (outer.left, outer.argument)
    keys = (name, f"set {name}") if is_written else (name,)
    methods = [info.methods[key] for info in chain for key in keys if key in info.methods]
    is_call = outer.type in ("CallExpression", "TaggedTemplateExpression") and (outer.callee or outer.tag) is member
    return name is not None and (bool(methods) or not is_call) and all(_keeps_this(method, chain, seen) for method in methods)


def made_object(value: Value | None) -> Obj | None:
    """The object that a value is for certain, where this module makes it; it is no WeakRef and has none as a property."""
    if value is None or not value.objects:
        return None
    for obj in value.objects:
        if obj.kind not in ALLOCATED or obj.kind == "weakref":
            return None
        if any(inner.kind == "weakref" for var in obj.fields.values() for inner in var.objects):
            return None
    return value.objects[0]
