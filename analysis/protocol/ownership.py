"""Who keeps what alive: the facts behind claims that nothing else does.

`heap.reach` asks for a path that is certain; here the question is the other way round (is there no path at all?), so every doubt
counts as a path: each edge is followed, cleared or not, and what outside code may hold counts as held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..heap.objects import Activation, Obj, Var
from ..heap.reach import Step, captured, origin, strong_path
from ..scopes import Binding, ClassInfo, FunctionInfo
from ..syntax.nodes import Node
from .certainty import leaves, same_expression
from .collect import place_of
from .facts import Call, Registration, Registry, Unregistration, Value

if TYPE_CHECKING:
    from ..module import Module

_PASSED_ON = frozenset({"ConditionalExpression", "LogicalExpression", "ChainExpression"})


def edges(obj: Obj, closures: dict[tuple[FunctionInfo, Activation], Obj]) -> Iterator[Obj]:
    """Every object that an object may keep alive."""
    for var in obj.fields.values():
        yield from var.objects
    if obj.proto is not None:
        yield from obj.proto.objects
    if obj.home is not None and obj.kind == "method":
        yield obj.home
    if obj.cls is not None:
        yield obj.cls
    if obj.kind == "function" and isinstance(obj.info, FunctionInfo):
        if obj.info.captures_this and obj.activation is not None:
            yield from obj.activation.this.objects
        for binding in obj.info.free:
            var_of = captured(obj, binding)
            yield from var_of.objects if var_of is not None else ()
    members: list[FunctionInfo] = []
    if obj.kind == "class" and isinstance(obj.info, ClassInfo):
        members = obj.info.members
    elif obj.kind == "object" and obj.node is not None and obj.node.type == "ObjectExpression":
        members = [item.value._info for item in obj.node.properties if item.kind in ("get", "set")]
    for member in members:
        closure = closures.get((member, obj.activation)) if obj.activation is not None else None
        if closure is not None:
            yield closure


def reached(module: Module, starts: Iterable[Obj], without: Iterable[Obj] = ()) -> set[Obj]:
    """Every object that the given ones may keep alive by ways that do not lead through those of ``without``."""
    excluded = set(without)
    found: set[Obj] = set()
    pending = list(starts)
    while pending:
        obj = pending.pop()
        if obj in found or obj in excluded or obj.is_primitive:
            continue
        found.add(obj)
        if obj.kind != "weakref":
            pending.extend(edges(obj, module.heap.closures))
    return found


def roots(module: Module, besides: Value | None = None) -> list[Obj]:
    """What lives by itself: what module-level variables hold, outside code was given, functions return, and their `this`.

    What only a property of ``besides`` was given (`besides.close = () => …`) is left out.
    """
    heap = module.heap
    found: list[Obj] = []
    for source, node in heap.escaped.sources:
        if besides is None or not _is_property_of(besides.node, node):
            found.extend([source] if isinstance(source, Obj) else source.objects)
    for exports in heap.exports.values():
        for var in exports.values():
            found.extend(var.objects)
    for activation in heap.canonical.values():
        kept: list[Var] = [activation.result, activation.yields, activation.this]
        if activation.function.kind == "program":
            kept.extend(activation.variables.values())
        for var in kept:
            found.extend(var.objects)
    return found


def _is_property_of(owner: Node, node: Node | None) -> bool:
    if node is None or node.type != "AssignmentExpression" or node.left.type != "MemberExpression":
        return False
    return owner.type == "Identifier" and same_expression(owner, node.left.object)


def is_kept(module: Module, registry: Registry, registration: Registration) -> bool:
    """Whether something else than the target of a registration may keep its registry alive."""
    target = registration.target
    if target is None or module.heap.solver.exhausted or _is_global(module, registry):
        return True
    return registry.obj in reached(module, roots(module, target), target.objects)


def _is_global(module: Module, registry: Registry) -> bool:
    """Whether a module-level variable holds a registry: the plain case, which needs no search."""
    return any(
        registry.obj in var.objects
        for activation in module.heap.canonical.values()
        if activation.parent is None
        for var in activation.variables.values()
    )


# Registries


def certain_registries(call: Registration | Unregistration) -> tuple[Registry, ...]:
    """The registries of a call, where it has no others: whatever else its receiver may be is known, and is none.

    A property that the module sets once is taken to hold what it is set to, though other code might set it too.
    """
    if call.registry_var is None:
        return ()
    if leaves(call.registry_var) is None and origin(call.registry_var) not in {registry.obj for registry in call.registries}:
        return ()
    return call.registries


def is_here(module: Module, node: Node) -> bool:
    """Whether a node stands in this module, not in one that is joined to it."""
    while node._parent is not None:
        node = node._parent
    return node is module.scopes.program.node


def making(registry: Registry) -> Call:
    """The making of a registry as a call of the protocol: around a wrapper, the wrapper's call is what a user would change."""
    return Call(*place_of(registry.node, registry.activation))


def only_local(registry: Registry) -> bool:
    """Whether a registry goes nowhere but into a local variable for `register` and `unregister`, or not even there."""
    node = registry.node
    while node._parent.type in _PASSED_ON:
        node = node._parent
    parent = node._parent
    if is_receiver(node):
        return True
    name: Node | None = None
    if parent.type == "VariableDeclarator" and parent.init is node:
        name = parent.id
    elif parent.type == "AssignmentExpression" and parent.right is node and parent._parent.type == "ExpressionStatement":
        name = parent.left
    binding: Binding | None = name._binding if name is not None and name.type == "Identifier" else None
    if binding is None or binding.is_module_level or binding.kind == "param":
        return False
    return all(reference.write or is_receiver(reference.node) for reference in binding.references)


def is_receiver(node: Node) -> bool:
    """Whether `register` or `unregister` is called on an expression."""
    parent = node._parent
    if parent.type != "MemberExpression" or parent.object is not node or parent.computed:
        return False
    call = parent._parent
    while call.type == "ChainExpression":
        call = call._parent
    return parent.property.name in ("register", "unregister") and call.type == "CallExpression"


def may_go_on(function: FunctionInfo) -> bool:
    """Whether a function may keep its variables for longer than one turn: it waits, or hands out values bit by bit."""
    return function.is_async or function.is_generator


def does_nothing(registry: Registry) -> bool:
    """Whether all that a registry's callback can be are functions with an empty body."""
    callbacks = registry.callbacks
    return bool(callbacks) and all(
        function.node.body.type == "BlockStatement" and not function.node.body.body for function in callbacks
    )


def not_kept(module: Module) -> Iterator[tuple[Registry, Registration]]:
    """The registries that nothing keeps after the function (or the call) that makes them, with their first registration."""
    if module.heap.solver.exhausted:
        return
    kept: set[Obj] | None = None
    first: dict[Node, tuple[Registry, Registration]] = {}
    lasting: set[Node] = set()
    for registration in module.registrations:
        for registry in registration.registries:
            if (
                registry not in module.registries
                or not only_local(registry)
                or may_go_on(registry.activation.function)
                or does_nothing(registry)
            ):
                continue
            if kept is None:
                kept = reached(module, roots(module))
            if registry.obj in kept:
                lasting.add(registry.node)
            first.setdefault(registry.node, (registry, registration))
    for node, found in first.items():
        if node not in lasting:
            yield found


def owned_by_target(module: Module) -> Iterator[tuple[Registration, Registry, tuple[Step, ...]]]:
    """The registrations whose registry only the target keeps alive, with the path from the target to the registry."""
    if module.heap.solver.exhausted:
        return
    for registration in module.registrations:
        target = registration.target
        if target is None:
            continue
        registries = [registry for registry in certain_registries(registration) if registry in module.registries]
        if not registries:
            continue
        path = strong_path(target.var, target.node, registration.registry_var, registration.activation)
        if path is not None:
            yield from ((registration, registry, path) for registry in registries if not is_kept(module, registry, registration))
