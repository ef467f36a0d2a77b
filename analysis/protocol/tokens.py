"""Unregister tokens: which registrations a token can mean, and who else may know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..heap.objects import ALLOCATED, Activation, Obj
from ..heap.reach import captured
from ..scopes import Binding, FunctionInfo
from ..syntax.nodes import Node
from .certainty import leaves
from .facts import Call, Registration, Registry, Unregistration, Value
from .fresh import sole_argument
from .ownership import certain_registries

if TYPE_CHECKING:
    from ..module import Module

_LITERALS = frozenset({"ObjectExpression", "ArrayExpression", "FunctionExpression", "ArrowFunctionExpression"})


# Tokens that mean nothing


def fresh(call: Call, value: Value | None) -> Node | None:
    """The expression by which a call makes a token that nobody else can ever have; None where somebody may have it."""
    if value is None or len(value.objects) != 1:
        return None
    made = value.objects[0]
    if not call.is_wrapped and made.kind in ("weakref", "bound") and made.node is value.node:
        return value.node
    found = sole_argument(call, value)
    return found.node if found is not None else None


def unused_variable(registration: Registration) -> Node | None:
    """The declaration of a token variable that holds a new object and that nothing but registrations names."""
    token = registration.token
    if token is None or registration.is_wrapped or token.node.type != "Identifier" or token.node._binding is None:
        return None
    binding: Binding = token.node._binding
    declaration = binding.declarations[0]._parent
    if binding.exported or binding.writes or len(binding.declarations) != 1 or declaration.type != "VariableDeclarator":
        return None
    made = declaration.init
    if declaration.id.type != "Identifier" or made is None or not (made.type in _LITERALS or _makes_symbol(made)):
        return None
    return declaration if all(_is_token(reference.node) for reference in binding.references) else None


def _makes_symbol(node: Node) -> bool:
    return node.type == "CallExpression" and node.callee.name == "Symbol" and node.callee._binding is None


def _is_token(node: Node) -> bool:
    call = node._parent
    return (
        call.type == "CallExpression"
        and call.callee.property is not None
        and call.callee.property.name == "register"
        and len(call.arguments) > 2
        and call.arguments[2] is node
    )


@dataclass(frozen=True, eq=False)
class LostToken:
    """A registration whose token nobody can pass to `unregister`, and where the token is made."""

    registration: Registration
    made: Node
    is_variable: bool


def lost_tokens(module: Module) -> Iterator[LostToken]:
    """The registrations with a new object as their token that is not kept, or is kept in a variable that nothing else names."""
    for registration in module.registrations:
        made = fresh(registration, registration.token)
        variable = unused_variable(registration) if made is None else None
        if made is not None:
            yield LostToken(registration, made, False)
        elif variable is not None:
            yield LostToken(registration, variable, True)


@dataclass(frozen=True, eq=False)
class Mismatch:
    """An `unregister` whose token no registration has, and why: it is made on the spot, there are no tokens, or only others.

    ``registrations`` are those of its registry, where they matter, one for each call of `register`.
    """

    call: Unregistration
    token: Value
    why: Literal["new", "none", "others"]
    registrations: tuple[Registration, ...] = ()


def mismatches(module: Module) -> Iterator[Mismatch]:
    """The unregistrations that certainly match nothing, where every registration of their registries is known.

    Those of registries with lost tokens are left out: these are the cause.
    """
    lost = {registry for token in lost_tokens(module) for registry in token.registration.registries}
    strangers = module.heap.solver.exhausted or _unknown_registrations(module)
    tokens_of: dict[tuple[Registry, ...], tuple[tuple[Registration, ...], list[Value | None], frozenset[Obj]]] = {}
    for call in module.unregistrations:
        if call.token is not None and fresh(call, call.token) is not None:
            yield Mismatch(call, call.token, "new")
            continue
        registries = certain_registries(call)
        if call.token is None or strangers or not registries or not lost.isdisjoint(registries):
            continue
        if any(registry.obj in module.escaped for registry in registries):
            continue
        if registries not in tokens_of:
            tokens_of[registries] = _tokens(module, registries)
        matching, tokens, objects = tokens_of[registries]
        if not matching or any(registration.spread for registration in matching) or not objects.isdisjoint(call.token.objects):
            continue
        if not tokens or _are_disjoint(call.token, tokens):
            by_node = {registration.node: registration for registration in reversed(matching)}
            yield Mismatch(call, call.token, "others" if tokens else "none", tuple(reversed(by_node.values())))


def _tokens(
    module: Module, registries: tuple[Registry, ...]
) -> tuple[tuple[Registration, ...], list[Value | None], frozenset[Obj]]:
    """The registrations of some registries, their tokens, and every object that one of these may be."""
    matching = tuple(
        registration for registration in module.registrations if any(registry in registries for registry in registration.registries)
    )
    tokens = [registration.token for registration in matching if not _is_missing(registration.token)]
    return matching, tokens, frozenset(obj for token in tokens if token is not None for obj in token.objects)


def _is_missing(token: Value | None) -> bool:
    return token is None or token.is_certainly("undefined")


def _unknown_registrations(module: Module) -> bool:
    """Whether a call of some `register` with a third argument may be one of an unknown registry."""
    known = {registration.node for registration in module.registrations}
    return any(
        node.type == "CallExpression"
        and node.callee.type == "MemberExpression"
        and node.callee.property.name == "register"
        and node not in known
        and (len(node.arguments) > 2 or any(argument.type == "SpreadElement" for argument in node.arguments))
        for function in module.scopes.functions
        for node in function.own_nodes
    )


def _are_disjoint(token: Value, others: list[Value | None]) -> bool:
    mine = _identities(token)
    if mine is None:
        return False
    for other in others:
        theirs = _identities(other)
        if theirs is None or any(_may_be_one(one, two) for one in mine for two in theirs):
            return False
    return True


def _identities(value: Value | None) -> frozenset[Obj] | None:
    """The objects that a token can be, None where they are not all known by where they are made."""
    found = leaves(value.var) if value is not None else None
    if not found:
        return None
    return found if all(_is_known(obj) for obj in found) else None


def _is_known(obj: Obj) -> bool:
    if obj.kind == "instance":
        return obj.cls is not None and obj.cls.kind == "class"
    if obj.kind == "object":
        # `Object.create(Handle.prototype)` is an instance too, and `this` in its methods.
        return obj.proto is None and obj.node is not None and obj.node.type == "ObjectExpression"
    return obj.kind in ALLOCATED


def _may_be_one(first: Obj, second: Obj) -> bool:
    if first is second or (first.node is not None and first.node is second.node):
        return True
    if first.kind != "instance" or second.kind != "instance" or first.cls is None or second.cls is None:
        return False
    # An instance of a class may be seen as one of its parents, in their methods.
    return first.cls.info is second.cls.info or first.cls.proto is not None or second.cls.proto is not None


# Tokens that strangers share


@dataclass(frozen=True, eq=False)
class SharedToken:
    """A registration of one call whose token belongs to the caller, and where the same call unregisters it."""

    registration: Registration
    unregistration: Unregistration
    function: FunctionInfo


def shared_tokens(module: Module) -> Iterator[SharedToken]:
    """The registrations with a token of the caller's that the call itself unregisters: all calls with that token share it."""
    for registration in module.registrations:
        token, held = registration.token, registration.held
        if registration.is_wrapped or token is None or held is None or not registration.registries:
            continue
        call = _activations(registration.activation)
        if (
            not call
            or not _is_callers(token)
            or not _holds_state_of(call, held, token)
            or not _outlives(module, registration, call)
        ):
            continue
        function = call[-1].function
        if not _is_called_from_outside(module, call[-1]) and not _is_given_twice(module, registration):
            continue
        for other in module.unregistrations:
            if _unregisters_later(module, registration, other, call):
                yield SharedToken(registration, other, function)
                break


def _activations(activation: Activation) -> list[Activation]:
    """The activation and those around it, innermost first, without the program's."""
    found: list[Activation] = []
    current: Activation | None = activation
    while current is not None and current.function.kind != "program":
        found.append(current)
        current = current.parent
    return found


def _is_callers(token: Value) -> bool:
    """Whether a token is a parameter, or something read off one."""
    found = [obj for obj in token.objects if not obj.is_primitive]
    return bool(found) and all(
        obj.kind in ("param", "unknown") and obj.activation is not None and _is_parameter(obj.node, obj.activation.function)
        for obj in found
    )


def _is_parameter(node: Node | None, function: FunctionInfo) -> bool:
    return any(node is parameter for parameter in function.params)


def _holds_state_of(call: list[Activation], held: Value, token: Value) -> bool:
    """Whether a held value was made in this call, and holds something else that was, or that changes as it runs."""
    parameters = {obj.node for obj in token.objects}
    for obj in held.objects:
        if obj.kind not in ALLOCATED or obj.activation not in call:
            return False
    for obj in held.objects:
        for var_objects, binding in _contents(obj):
            if binding is not None and binding.writes and binding.function.kind != "program" and binding.kind != "param":
                return True
            if any(
                inner.activation in call and (inner.kind in ALLOCATED or (inner.kind == "param" and inner.node not in parameters))
                for inner in var_objects
            ):
                return True
    return False


def _contents(obj: Obj) -> Iterator[tuple[list[Obj], Binding | None]]:
    if obj.kind == "function" and isinstance(obj.info, FunctionInfo):
        for binding in obj.info.free:
            var = captured(obj, binding)
            if var is not None:
                yield list(var.objects), binding
    for name, field in obj.fields.items():
        if not name.startswith("%"):
            yield list(field.objects), None


def _outlives(module: Module, registration: Registration, call: list[Activation]) -> bool:
    """Whether the registry is none of this call's own."""
    program = [activation for activation in module.heap.canonical.values() if activation.function.kind == "program"]
    return all(
        registry.activation not in call
        or any(registry.obj in var.objects for activation in program for var in activation.variables.values())
        for registry in registration.registries
    )


def _is_called_from_outside(module: Module, activation: Activation) -> bool:
    function = activation.function
    closure = module.heap.closures.get((function, activation.parent)) if activation.parent is not None else None
    return closure is not None and (closure in module.escaped or (closure.home is not None and closure.home in module.escaped))


def _is_given_twice(module: Module, registration: Registration) -> bool:
    """Whether two calls of the function in this module pass the same object as the token."""
    seen: dict[Obj, Node] = {}
    for other in module.registrations:
        if other.node is registration.node and other.is_wrapped and other.token is not None:
            for obj in other.token.objects:
                if obj.kind in ALLOCATED and seen.setdefault(obj, other.place) is not other.place:
                    return True
    return False


def _unregisters_later(module: Module, registration: Registration, other: Unregistration, call: list[Activation]) -> bool:
    token = registration.token
    if other.is_wrapped or other.token is None or token is None:
        return False
    if not any(registry in registration.registries for registry in other.registries):
        return False
    if not any(obj in token.objects and not obj.is_primitive for obj in other.token.objects):
        return False
    around = _activations(other.activation)
    if not around or around[-1] is not call[-1]:
        return False
    if other.activation is not registration.activation:
        return not _is_stored_on(other, token)
    flow = module.flow(registration.function)
    return other.node._start > registration.node._start and any(
        point.node is other.node for point, _ in flow.after(flow.at(registration.node), throws=lambda node: True)
    )


def _is_stored_on(other: Unregistration, token: Value) -> bool:
    """Whether an unregistration stands in a function that becomes a property of the token, which then has but one owner."""
    binding = token.node._binding if token.node.type == "Identifier" else None
    function: FunctionInfo | None = other.function
    while function is not None and function.kind != "program":
        parent = function.node._parent
        if (
            binding is not None
            and parent.type == "AssignmentExpression"
            and parent.left.type == "MemberExpression"
            and parent.left.object._binding is binding
        ):
            return True
        function = function.parent
    return False
