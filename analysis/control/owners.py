"""When an object that a function makes gets an owner: the places where something else than the function's own variables can
take hold of it.

An owner is whatever outlives a throw: a property, a collection, an outer variable, a closure, unknown code that is handed the
object, the caller that it is returned to. What is not plainly harmless counts as an owner, so that whoever asks keeps silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..heap.objects import ALLOCATED, Activation, Obj
from ..scopes import Binding, ClassInfo, FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, children
from .callgraph import called_name
from .throws import callee_function, callee_path

if TYPE_CHECKING:
    from ..module import Module
    from ..protocol import Call

_DEPTH = 3
_ALLOCATING = frozenset(
    {"ObjectExpression", "ArrayExpression", "NewExpression", "FunctionExpression", "ArrowFunctionExpression", "ClassExpression"}
)
_PROTOCOL = frozenset({"register", "unregister", "deref"})
#: Builtins that only look at their first argument, or give it back.
_LOOKERS = frozenset(
    f"Object.{name}"
    for name in (
        "assign",
        "freeze",
        "seal",
        "preventExtensions",
        "defineProperty",
        "defineProperties",
        "setPrototypeOf",
        "keys",
        "entries",
    )
)
_BUILTIN_RECEIVERS = frozenset({"array", "map", "set", "weakmap", "weakset", "weakref", "regexp", "error"})
_VALUE_ONLY = frozenset(
    {
        "BinaryExpression",
        "UnaryExpression",
        "ExpressionStatement",
        "IfStatement",
        "WhileStatement",
        "TemplateLiteral",
        "ForInStatement",
    }
)


@dataclass(frozen=True)
class Frame:
    """The call that a user would change, in the function and the activation that make it."""

    node: Node
    function: FunctionInfo
    activation: Activation


def frame_of(module: Module, call: Call) -> Frame:
    """The outermost frame of a call: its own, or that of the wrapper's call around it."""
    activation = call.activation
    clone = activation.clone
    while clone is not None and clone.caller is not None:
        activation = clone.caller
        clone = activation.clone
    return Frame(call.place, module.function_of(call.place), activation)


def fresh_object(module: Module, frame: Frame, objects: tuple[Obj, ...]) -> Obj | None:
    """The one object that these are, if the frame's function made it: allocated there, or `this` of a constructor."""
    if len(objects) != 1:
        return None
    obj = objects[0]
    if frame.function.kind == "constructor" and obj in frame.activation.this.objects and len(frame.activation.this.objects) == 1:
        return obj
    if obj.kind not in ALLOCATED or obj.activation is not frame.activation or obj.node is None or obj.node.type not in _ALLOCATING:
        return None
    return obj if module.function_of(obj.node) is frame.function else None


def owned_from(module: Module, frame: Frame, obj: Obj) -> int | None:
    """The offset from which on an object of the frame may have an owner: 0 from the start, None for never."""
    function, activation = frame.function, frame.activation
    bindings = [binding for binding, var in activation.variables.items() if isinstance(binding, Binding) and obj in var.objects]
    if any(function.kind == "program" or binding.exported or binding.kind in ("using", "await using") for binding in bindings):
        return 0
    if _is_written_in(frame.node, obj):
        return None
    if not bindings and obj in module.escaped and obj not in activation.this.objects:
        return 0
    if obj.kind == "instance" and isinstance(obj.cls, Obj) and _construction_leaks(obj, frame):
        return 0
    uses = [use for binding in bindings for use in _uses_of(binding, function)]
    if obj in activation.this.objects:
        uses += _uses_of_this(function)
    elif not bindings and module.holders(obj):
        return 0
    offsets = [offset for use in uses if (offset := _taken_at(use, function, obj, frame.node, 0)) is not None]
    return min(offsets, default=None)


def _is_written_in(call: Node, obj: Obj) -> bool:
    """Whether an object is a literal in the `register` call itself, so that nothing but that call ever sees it."""
    node = obj.node
    return node is not None and node._parent is call and node.type != "NewExpression" and called_name(call) in _PROTOCOL


def leaks(function: FunctionInfo, binding: Binding, depth: int = 0) -> bool:
    """Whether a function may hand the value of one of its variables to something that outlives the call."""
    if depth > _DEPTH or binding.writes or function.is_left_out:
        return True
    return any(_taken_at(use, function, None, None, depth) is not None for use in _uses_of(binding, function))


def leaks_this(function: FunctionInfo, depth: int = 0) -> bool:
    """Whether a function may hand its `this` to something that outlives the call."""
    if depth > _DEPTH or function.is_left_out:
        return True
    return any(_taken_at(use, function, None, None, depth) is not None for use in _uses_of_this(function))


def _construction_leaks(obj: Obj, frame: Frame) -> bool:
    info = obj.cls.info if obj.cls is not None else None
    if obj in frame.activation.this.objects:
        return False
    if isinstance(info, FunctionInfo):
        return leaks_this(info, 1)
    if not isinstance(info, ClassInfo):
        return False
    initialisers = [initialiser for _, _, initialiser in info.fields]
    return any(leaks_this(member, 1) for member in (info.constructor, *initialisers) if member is not None)


@dataclass(frozen=True)
class _Use:
    """An Identifier or `this`; ``closure`` is the inner function that captures it."""

    node: Node
    closure: Node | None


def _uses_of(binding: Binding, function: FunctionInfo) -> Iterator[_Use]:
    for reference in binding.references:
        if reference.function is function:
            yield _Use(reference.node, None)
        else:
            inner = reference.function
            while inner.parent is not None and inner.parent is not function:
                inner = inner.parent
            yield _Use(reference.node, inner.node)


def _uses_of_this(function: FunctionInfo) -> list[_Use]:
    found: list[_Use] = []
    pending: list[tuple[Node, Node | None]] = [(child, None) for child in children(function.node)]
    while pending:
        node, closure = pending.pop()
        if node.type == "ThisExpression" or (node.type == "Super" and node._parent.type != "CallExpression"):
            found.append(_Use(node, closure))
            continue
        if node.type in ("FunctionExpression", "FunctionDeclaration", "ClassExpression", "ClassDeclaration"):
            continue
        if node.type == "ArrowFunctionExpression" and closure is None:
            closure = node
        pending += [(child, closure) for child in children(node)]
    return found


def _taken_at(use: _Use, function: FunctionInfo, obj: Obj | None, registering: Node | None, depth: int) -> int | None:
    """The offset from which on a use may have given the value an owner; None for one that only looks at it."""
    if use.closure is not None:
        offset: int = use.closure._start
        return offset
    node = use.node
    parent = node._parent
    while parent.type in ("ChainExpression", "SequenceExpression"):
        node, parent = parent, parent._parent
    kind = parent.type
    if kind in _VALUE_ONLY:
        return None
    if kind == "MemberExpression" and parent.object is node:
        return _taken_by_member(parent, obj, depth)
    if kind in ("CallExpression", "NewExpression"):
        return None if parent is registering or _only_looks(parent, node, depth) else _end(parent)
    if kind == "VariableDeclarator" and parent.init is node:
        return None
    if kind == "VariableDeclarator" or kind == "AssignmentPattern":
        return None
    if kind == "AssignmentExpression":
        left = parent.left
        local = left.type == "Identifier" and left._binding is not None and left._binding.function is function
        return None if left is node or (local and function.kind != "program") else _end(parent)
    return _end(parent)


def _end(node: Node) -> int:
    offset: int = node._end
    return offset


def _taken_by_member(member: Node, obj: Obj | None, depth: int) -> int | None:
    outer = member._parent
    while outer.type == "ChainExpression":
        outer = outer._parent
    if outer.type != "CallExpression" or _callee(outer) is not member:
        return None
    if called_name(outer) in _PROTOCOL or (obj is not None and obj.kind in _BUILTIN_RECEIVERS):
        return None
    method = callee_function(outer)
    if method is None and obj is not None and member.object.type != "Super":
        method = _method(obj, member_name(member))
    if method is not None and not leaks_this(method, depth + 1):
        return None
    return _end(outer)


def _callee(call: Node) -> Node:
    callee: Node = call.callee
    while callee.type == "ChainExpression":
        callee = callee.expression
    return callee


def _method(obj: Obj, name: str | None) -> FunctionInfo | None:
    if name is None:
        return None
    info = obj.cls.info if obj.cls is not None else None
    if isinstance(info, ClassInfo) and name in info.methods:
        return info.methods[name]
    var = obj.fields.get(name)
    found = [other.info for other in var.objects if other.kind == "function"] if var is not None else []
    return found[0] if len(found) == 1 and isinstance(found[0], FunctionInfo) else None


def _only_looks(call: Node, argument: Node, depth: int) -> bool:
    """Whether a call does not keep an argument."""
    if argument is call.callee:
        return True
    path = callee_path(call)
    first = bool(call.arguments) and call.arguments[0] is argument
    if called_name(call) in _PROTOCOL or path.startswith("console.") or (first and path in _LOOKERS):
        return True
    if call.type == "NewExpression" and path in ("WeakRef", "globalThis.WeakRef"):
        return True
    function = callee_function(call)
    if function is None or function.is_left_out or depth > _DEPTH or any(other.type == "SpreadElement" for other in call.arguments):
        return False
    index = next((index for index, other in enumerate(call.arguments) if other is argument), None)
    if (
        index is None
        or index >= len(function.params)
        or function.is_async
        or function.is_generator
        or function.arguments_use is not None
    ):
        return index is not None and index >= len(function.params) and function.arguments_use is None and not _has_rest(function)
    parameter = function.params[index]
    if parameter.type == "AssignmentPattern":
        parameter = parameter.left
    if parameter.type != "Identifier" or parameter._binding is None:
        return False
    return not leaks(function, parameter._binding, depth + 1)


def _has_rest(function: FunctionInfo) -> bool:
    return any(parameter.type == "RestElement" for parameter in function.params)
