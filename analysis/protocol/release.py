"""What explicit release and cleanup have in common: the methods by which a program gives a resource back itself, and the calls
that they share with the cleanup callback.

The callback's side is strict (a call counts if every way through it passes the call, so that a callback with a guard shares
nothing), the method's side is not (a call counts if it may be reached).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..control.callgraph import called_name, calls_of, certain_callee
from ..control.throws import callee_function, callee_path
from ..heap.objects import Obj
from ..releasing import RELEASE_METHODS, gives_back
from ..scopes import Binding, ClassInfo, FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, children
from .facts import Registration, Value

if TYPE_CHECKING:
    from ..module import Module

_DEPTH = 4


@dataclass(frozen=True)
class Release:
    """A method that releases an object explicitly."""

    name: str
    function: FunctionInfo

    @property
    def label(self) -> str:
        """How a reader would write it: `close()`, `[Symbol.dispose]()`."""
        return f"[Symbol.{self.name[2:]}]()" if self.name.startswith("@@") else f"{self.name}()"


@dataclass(frozen=True)
class SharedRelease:
    """A release method that does what the cleanup callback does as well: the call on each side."""

    release: Release
    name: str
    in_release: Node
    in_cleanup: Node


def releases_of(target: Value | None) -> tuple[Release, ...]:
    """The release methods of what a value certainly is, where the module defines it; () where its making is not known."""
    if target is None or len(target.objects) != 1:
        return ()
    obj = target.objects[0]
    return tuple(Release(name, method) for name in RELEASE_METHODS for method in methods_of(obj, name))


def methods_of(obj: Obj, name: str) -> tuple[FunctionInfo, ...]:
    """The functions that a property of an object may be: its own, or a method along the classes that the module defines."""
    if obj.kind == "object":
        return _functions(obj, name)
    if obj.kind != "instance":
        return ()
    seen: set[Obj] = set()
    cls = obj.cls
    while cls is not None and cls not in seen:
        seen.add(cls)
        if isinstance(cls.info, ClassInfo) and name in cls.info.methods:
            return (cls.info.methods[name],)
        prototype = cls.fields.get("prototype") if cls.kind == "function" else None
        for other in prototype.objects if prototype is not None else ():
            if found := _functions(other, name):
                return found
        parents = [parent for parent in cls.proto.objects if parent.kind in ("class", "function")] if cls.proto is not None else []
        cls = parents[0] if len(parents) == 1 else None
    return _functions(obj, name)


def _functions(obj: Obj, name: str) -> tuple[FunctionInfo, ...]:
    var = obj.fields.get(name)
    return tuple(other.info for other in var.objects if isinstance(other.info, FunctionInfo)) if var is not None else ()


def shared_release(module: Module, registration: Registration) -> SharedRelease | None:
    """The release method of a registration's target that makes the same release call as the cleanup callback always does."""
    releases = releases_of(registration.target)
    callbacks = [(registry, registry.callbacks) for registry in registration.registries]
    if not releases or not callbacks or any(len(functions) != 1 for _, functions in callbacks) or _may_be_void(registration):
        return None
    cleanup = dict(pair for _, functions in callbacks for pair in _cleanup_calls(module, functions[0], registration))
    for release in releases:
        for function in module.calls.reached(release.function):
            for node in calls_of(function):
                for key in keys_of(module, node):
                    if key in cleanup:
                        return SharedRelease(release, called_name(node), node, cleanup[key])
    return None


def _may_be_void(registration: Registration) -> bool:
    """Whether the held value is an object that the release method can change, so that the callback finds nothing left to do."""
    held = registration.held
    if held is None or held.node.type in ("ObjectExpression", "ArrayExpression"):
        return False
    return any(obj.kind in ("object", "instance", "array", "map", "set") for obj in held.objects)


def _cleanup_calls(module: Module, callback: FunctionInfo, registration: Registration) -> Iterator[tuple[object, Node]]:
    """The release calls that a cleanup callback always makes, by what they are known by."""
    held = registration.held
    pending: list[tuple[FunctionInfo, Binding | None, int]] = [(callback, first_parameter(callback), 0)]
    seen = {callback}
    while pending:
        function, parameter, depth = pending.pop()
        flow = module.flow(function)
        for node in calls_of(function):
            if _uses_changing_variable(node, function) or not flow.always(node):
                continue
            root = _root_binding(node)
            followed: tuple[FunctionInfo, ...]
            if parameter is not None and root is parameter:
                followed = _held_functions(node, held)
            else:
                followed = certain_callee(node)
                for key in keys_of(module, node):
                    yield key, node
            for inner in followed if depth < _DEPTH else ():
                if inner not in seen:
                    seen.add(inner)
                    pending.append((inner, None, depth + 1))


def keys_of(module: Module, node: Node) -> tuple[object, ...]:
    """What a release call is known by: the function that it means, its dotted path, its last name; () for any other call."""
    name = called_name(node)
    if "unregister" in name or not gives_back(name):
        return ()
    if (name == "delete" and node.arguments) or any(use.node is node for use in module.collections):
        return ()
    function = callee_function(node)
    if function is not None:
        return () if is_guarded(function) else (function,)
    keys: list[object] = [name] if node.callee.type != "Identifier" or node.callee._binding is not None else []
    path = callee_path(node)
    return (*keys, path) if path else tuple(keys)


def is_guarded(function: FunctionInfo) -> bool:
    """Whether a function looks before it acts: any condition in its own body."""
    if function.is_left_out:
        return True
    pending = children(function.node)
    while pending:
        node = pending.pop()
        if node.type in ("IfStatement", "ConditionalExpression", "SwitchStatement", "LogicalExpression"):
            return True
        if node._info is None:
            pending += children(node)
    return False


def first_parameter(function: FunctionInfo) -> Binding | None:
    """The binding of a callback's first parameter, None where it has none or takes it apart."""
    if not function.params:
        return None
    parameter = function.params[0]
    if parameter.type == "AssignmentPattern":
        parameter = parameter.left
    binding: Binding | None = parameter._binding if parameter.type == "Identifier" else None
    return binding


def _root_binding(node: Node) -> Binding | None:
    current = node.callee
    while current.type in ("MemberExpression", "ChainExpression"):
        current = current.object if current.type == "MemberExpression" else current.expression
    binding: Binding | None = current._binding if current.type == "Identifier" else None
    return binding


def _held_functions(node: Node, held: Value | None) -> tuple[FunctionInfo, ...]:
    """What `held()` or `held.method()` calls."""
    if held is None:
        return ()
    callee = node.callee
    while callee.type == "ChainExpression":
        callee = callee.expression
    if callee.type == "Identifier":
        functions = [obj.info for obj in held.functions if isinstance(obj.info, FunctionInfo)]
        return tuple(functions) if len(functions) == 1 else ()
    name = member_name(callee)
    if len(held.objects) != 1 or name is None or callee.object.type != "Identifier":
        return ()
    return methods_of(held.objects[0], name)


def _uses_changing_variable(node: Node, function: FunctionInfo) -> bool:
    """Whether an argument is an outer variable that is assigned to again: the release may have emptied it."""
    pending = list(node.arguments)
    while pending:
        current = pending.pop()
        binding = current._binding if current.type == "Identifier" else None
        if binding is not None and binding.function is not function and binding.writes:
            return True
        if current._info is None:
            pending += children(current)
    return False


def unregistered_elsewhere(module: Module, registration: Registration, release: Release) -> bool:
    """Whether a release may unregister in a way that the text does not show: by a closure, by code that is handed `this`."""
    for other in module.unregistrations:
        function = other.function
        closure = function.kind in ("arrow", "function") and function.parent is not None and function.parent.kind != "program"
        if closure and set(other.registries) & set(registration.registries):
            return True
    for function in module.calls.reached(release.function):
        for node in calls_of(function):
            if node.callee.type == "Super" or (node.callee.type == "MemberExpression" and node.callee.object.type == "Super"):
                return True
            if callee_function(node) is None and any(argument.type == "ThisExpression" for argument in node.arguments):
                return True
    return False


@dataclass(frozen=True)
class SkippedStep:
    """A step that a release method takes right before a release call, and the cleanup callback does not before the same call."""

    release: Release
    name: str
    step: Node
    writes: Node
    in_release: Node
    in_cleanup: Node


def skipped_step(module: Module, registration: Registration) -> SkippedStep | None:
    """The step `prepare(this)` that writes what it reads off the target to the object that the shared call is made on."""
    registries = [registry.callbacks for registry in registration.registries]
    if len(registries) != 1 or len(registries[0]) != 1:
        return None
    callback = registries[0][0]
    cleanup = dict(_cleanup_calls(module, callback, registration))
    taken = module.calls.reached(callback)
    for release in releases_of(registration.target):
        for node in calls_of(release.function):
            path, root = callee_path(node), _root_binding(node)
            if root is None or path not in cleanup or not root.is_module_level or node.callee.type != "MemberExpression":
                continue
            step = _step_before(node)
            function = callee_function(step) if step is not None else None
            if step is None or function is None or function in taken:
                continue
            writes = _writes_to(function, root)
            if writes is not None:
                return SkippedStep(release, path, step, writes, node, cleanup[path])
    return None


def _step_before(node: Node) -> Node | None:
    """The call with `this` as its argument that is the statement before the one a call stands in."""
    statement = node._parent
    while statement is not None and statement.type in ("ChainExpression", "AwaitExpression"):
        statement = statement._parent
    if statement is None or statement.type != "ExpressionStatement" or statement._parent.type != "BlockStatement":
        return None
    body = statement._parent.body
    index = body.index(statement)
    before = body[index - 1].expression if index and body[index - 1].type == "ExpressionStatement" else None
    if before is None or before.type != "CallExpression" or not before.arguments or before.callee.type != "Identifier":
        return None
    step: Node = before
    return step if step.arguments[0].type == "ThisExpression" else None


def _writes_to(function: FunctionInfo, root: Binding) -> Node | None:
    """The call on ``root`` by which a function hands over what it reads off its first parameter."""
    parameter = first_parameter(function)
    if parameter is None:
        return None
    for node in calls_of(function):
        if node.callee.type == "MemberExpression" and _root_binding(node) is root:
            for argument in node.arguments:
                if argument.type == "MemberExpression" and argument.object._binding is parameter:
                    return node
    return None
