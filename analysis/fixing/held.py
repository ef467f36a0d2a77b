"""Fixes for held values: a primitive in place of an object made for it, the callback's side changed alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Edit, Fix
from ..heap import Obj, Var
from ..heap.objects import ALLOCATED
from ..heap.reach import captured
from ..protocol.cleanup import only_callback
from ..protocol.ended import only_called_back
from ..protocol.facts import Registration, Registry, Value
from ..protocol.fresh import made_object, place_of
from ..scopes import Binding, FunctionInfo
from ..scopes.names import property_name
from ..syntax.nodes import Node, walk
from .layout import arrow_body, is_here
from .names import is_visible

if TYPE_CHECKING:
    from ..module import Module


def primitive(module: Module, registration: Registration) -> tuple[Fix, ...]:
    """The one property that the callback reads, or the one variable that the held closure captures, as the held value.

    Only where the registry has this registration and no other, and its callback is called by nobody else: then nothing can tell.
    """
    callback = _sole_callback(module, registration)
    if callback is None or registration.held is None:
        return ()
    made = made_object(registration.held)
    node = _written(registration, made) if made is not None else None
    if node is not None and node.type == "ObjectExpression":
        found = _property(module, registration, callback, node)
    elif node is not None and node.type == "ArrowFunctionExpression" and node is registration.held.node:
        found = _variable(module, registration, callback)
    else:
        found = None
    if found is None:
        return ()
    shown, edits = found
    return (Fix(f"Hold `{shown}` itself", safe=True, edits=edits),)


def _written(registration: Registration, made: Obj) -> Node | None:
    """The expression that makes a held value in its call, or in the only call of a wrapper that does nothing but pass it on."""
    held, calls = registration.held, place_of(registration, made)
    if held is None or made.node is None or made.node not in calls[0].arguments:
        return None
    if len(calls) == 1:
        return made.node
    passed: Binding | None = held.node._binding if held.node.type == "Identifier" else None
    called: Binding | None = calls[0].callee._binding if calls[0].callee.type == "Identifier" else None
    if len(calls) > 2 or passed is None or called is None or called.exported or called.kind == "param":
        return None
    return made.node if len(passed.references) == 1 and len(called.references) == 1 else None


def _sole_callback(module: Module, registration: Registration) -> FunctionInfo | None:
    """The cleanup callback, where all that it is ever given is the held value of this registration."""
    if len(registration.registries) != 1 or registration.spread:
        return None
    registry: Registry = registration.registries[0]
    callback = only_callback(registry)
    sites = {other.node for other in module.registrations if registry in other.registries}
    if (
        callback is None
        or sites != {registration.node}
        or registry.obj in module.escaped
        or not only_called_back(callback, registry)
        or not is_here(module, callback.node, registration.node, registration.place)
    ):
        return None
    if callback.arguments_use is not None or callback.is_generator or len(callback.node.params) != 1:
        return None
    return callback


def _is_plain(registration: Registration, node: Node, var: Var | None) -> bool:
    """Whether a value is no object made for the purpose, and not the target."""
    if var is None or registration.target is None:
        return False
    value, target = Value(node, var), registration.target
    is_other = value.is_primitive or all(obj.kind in ALLOCATED for obj in target.objects)
    return is_other and bool(var.objects) and made_object(value) is None and not set(var.objects) & set(target.objects)


def _property(
    module: Module, registration: Registration, callback: FunctionInfo, literal: Node
) -> tuple[str, tuple[Edit, ...]] | None:
    held, items = registration.held, literal.properties
    if held is None or len(items) != 1 or items[0].type != "Property" or items[0].kind != "init" or items[0].method:
        return None
    name = property_name(items[0].key, bool(items[0].computed))
    obj = held.objects[0] if len(held.objects) == 1 else None
    if name is None or obj is None or not name.isidentifier() or not _is_plain(registration, items[0].value, obj.fields.get(name)):
        return None
    value = module.source.slice(items[0].value._start, items[0].value._end)
    edits = _one_property(module, callback, name)
    return None if edits is None else (value, (*edits, module.edit(literal, value)))


def _one_property(module: Module, callback: FunctionInfo, name: str) -> tuple[Edit, ...] | None:
    """The edits by which a callback takes what was the property of its parameter, which is all that it may read."""
    parameter = callback.node.params[0]
    if parameter.type == "ObjectPattern":
        items = parameter.properties
        if len(items) != 1 or items[0].type != "Property" or items[0].value.type != "Identifier":
            return None
        if property_name(items[0].key, bool(items[0].computed)) != name:
            return None
        return (module.edit(parameter, str(items[0].value.name)),)
    binding: Binding | None = parameter._binding if parameter.type == "Identifier" else None
    if binding is None or binding.writes:
        return None
    members = [use.node._parent for use in binding.references]
    for use, member in zip(binding.references, members, strict=True):
        if member.type != "MemberExpression" or member.object is not use.node or is_changed(member):
            return None
        if property_name(member.property, bool(member.computed)) != name or member.optional:
            return None
    word = name if name not in _words(callback) else str(parameter.name)
    return (module.edit(parameter, word), *(module.edit(member, word) for member in members))


def is_changed(member: Node) -> bool:
    """Whether a property is more than read: written, deleted, or called with its object as `this`."""
    parent = member._parent
    return (
        (parent.type in ("AssignmentExpression", "ForInStatement", "ForOfStatement") and parent.left is member)
        or parent.type in ("UpdateExpression", "AssignmentPattern", "ArrayPattern", "RestElement", "TaggedTemplateExpression")
        or (parent.type == "Property" and parent._parent.type == "ObjectPattern")
        or (parent.type == "UnaryExpression" and parent.operator == "delete")
        or (parent.type == "CallExpression" and parent.callee is member)
    )


def _words(function: FunctionInfo) -> set[str]:
    """The names that mean variables in a function."""
    found: set[str] = set()
    for node in walk(function.node):
        parent = node._parent
        is_property = parent.type == "MemberExpression" and parent.property is node and not parent.computed
        is_key = parent.type == "Property" and parent.key is node and not parent.computed and not parent.shorthand
        if node.type == "Identifier" and not is_property and not is_key:
            found.add(str(node.name))
    return found


def _variable(module: Module, registration: Registration, callback: FunctionInfo) -> tuple[str, tuple[Edit, ...]] | None:
    """`(cleanup) => cleanup()` with `() => close(fd)` becomes `(fd) => close(fd)` with `fd`."""
    held = registration.held
    if held is None or len(held.objects) != 1:
        return None
    closure = held.objects[0]
    info: FunctionInfo = held.node._info
    call = _call_of_parameter(callback)
    start = arrow_body(module, held.node) if held.node.body.type != "BlockStatement" else None
    if call is None or start is None or info.is_async or info.this_use is not None or info.arguments_use is not None or info.params:
        return None
    local = [binding for binding in info.free if not binding.is_module_level]
    if len(local) != 1 or local[0].writes or local[0].declarations[0]._start > registration.node._start:
        return None
    if not _is_plain(registration, held.node, captured(closure, local[0])) or not _means_the_same(held.node, local[0], callback):
        return None
    body = module.source.slice(start, held.node._end)
    if len(body.splitlines()) > 1:
        return None
    name = local[0].name
    edits = (module.edit(callback.node.params[0], name), module.edit(call, body), module.edit(held.node, name))
    return name, edits


def _call_of_parameter(callback: FunctionInfo) -> Node | None:
    """The call `cleanup()` where that is all that a callback does with its parameter, and all that it does."""
    body = callback.node.body
    if body.type == "BlockStatement":
        body = body.body[0].expression if len(body.body) == 1 and body.body[0].type == "ExpressionStatement" else None
    parameter = callback.node.params[0]
    if body is None or body.type != "CallExpression" or body.arguments or body.optional or parameter.type != "Identifier":
        return None
    call: Node = body
    return call if call.callee.type == "Identifier" and call.callee._binding is parameter._binding else None


def _means_the_same(closure: Node, local: Binding, callback: FunctionInfo) -> bool:
    """Whether all other names in a closure mean in the callback what they mean here."""
    inner = closure._info.scope
    for node in walk(closure.body):
        parent = node._parent
        if node.type != "Identifier" or node._binding is local:
            continue
        if (parent.type == "MemberExpression" and parent.property is node and not parent.computed) or (
            parent.type == "Property" and parent.key is node and not parent.computed and not parent.shorthand
        ):
            continue
        binding = node._binding
        if binding is not None and inner.encloses(binding.scope):
            return False  # what it declares itself
        if not is_visible(str(node.name), binding, callback.outer_scope):
            return False
    return True
