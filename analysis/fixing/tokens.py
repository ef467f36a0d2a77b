"""Fixes around unregister tokens: registering with one, and unregistering it where the object is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Edit, Fix
from ..protocol.facts import Registration, Registry, Unregistration
from ..protocol.release import SharedRelease, releases_of
from ..protocol.tokens import LostToken, Mismatch, SharedToken
from ..scopes import FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, walk
from .layout import before as put_before
from .layout import first_in, is_here, one_more_argument, statement_of
from .names import free_name, rewritten, this_owner

if TYPE_CHECKING:
    from ..module import Module

_STABLE = frozenset({"Identifier", "ThisExpression"})


def missing_token(module: Module, registration: Registration, shared: SharedRelease) -> tuple[Fix, ...]:
    """The target becomes the token of every registration that the release method stands for, and is unregistered there."""
    function = _releasing(module, registration, shared)
    alike = [registration]
    for other in module.registrations:
        same_place = any(other.node is one.node for one in alike)
        if not same_place and set(other.registries) & set(registration.registries) and _is_released_by(other, function):
            if other.token is not None and not other.token.is_certainly("undefined"):
                return ()
            alike.append(other)
    insertions = [add_token(module, one) for one in alike]
    undoing = _unregister_in(module, registration, function, registration.target.node) if registration.target else ()
    if None in insertions or not undoing:
        return ()
    edits = (*(edit for edit in insertions if edit is not None), *undoing)
    return (Fix(f"Register with a token and unregister it in `{shared.release.label}`", safe=False, edits=edits),)


def unregister_on_release(module: Module, registration: Registration, shared: SharedRelease) -> tuple[Fix, ...]:
    """The registration's token is unregistered at the beginning of the release method."""
    if registration.is_wrapped or registration.token is None:
        return ()
    function = _releasing(module, registration, shared)
    edits = _unregister_in(module, registration, function, registration.token.node)
    return (Fix(f"Unregister in `{shared.release.label}`", safe=False, edits=edits),) if edits else ()


def _releasing(module: Module, registration: Registration, shared: SharedRelease) -> FunctionInfo:
    """The release method that makes the call itself, where one does; else the one by which it was found."""
    inner = module.function_of(shared.in_release)
    return inner if any(inner is release.function for release in releases_of(registration.target)) else shared.release.function


def _is_released_by(registration: Registration, function: FunctionInfo) -> bool:
    return any(release.function is function for release in releases_of(registration.target))


def _unregister_in(module: Module, registration: Registration, function: FunctionInfo, token: Node) -> tuple[Edit, ...]:
    target = registration.target
    if target is None or function.is_generator or not is_here(module, function.node, registration.node, token):
        return ()
    owner = target_in(registration, function)
    if owner is None:
        return ()
    words = {target.node: owner} | {node: owner for node in walk(registration.node) if _is_same(node, target.node)}
    text = module.source.text
    named = rewritten(token, function, words, text)
    call = unregister_call(registration, function, words, text)
    if named is None or call is None or not _is_set_in(module, token, function, registration):
        return ()
    if function.node.type == "ArrowFunctionExpression" and named != "this" and registration.held and registration.held.functions:
        return ()  # V8 would give both closures one context, and the held one would keep the target
    return first_in(module, function.node, f"{call}({named})")


def _is_same(node: Node, other: Node) -> bool:
    if node.type != other.type or node.type not in _STABLE:
        return False
    return node.type == "ThisExpression" or node._binding is other._binding


def target_in(registration: Registration, function: FunctionInfo) -> str | None:
    """What a registration's target is called in one of its release methods."""
    target = registration.target
    if target is None:
        return None
    if function.kind in ("method", "getter", "setter") or (
        function.kind == "function" and any(node.type == "ThisExpression" for node in walk(function.node.body))
    ):
        return "this"
    if target.node.type == "ThisExpression":
        inner, outer = this_owner(function), this_owner(registration.function)
        same_class = inner.class_info is not None and inner.class_info is outer.class_info and not inner.is_static
        return "this" if inner is outer or (same_class and inner.kind in ("field", "constructor")) else None
    if target.node.type == "Identifier" and not target.node._binding.writes:
        return rewritten(target.node, function, {}, "")
    return None


def unregister_call(registration: Registration, function: FunctionInfo, words: dict[Node, str], text: str) -> str | None:
    """The callee `registry.unregister` in a function, with `?.` where the registry may not be there; None where it may be
    something that has no such method.
    """
    member = registration.node.callee
    if member.type != "MemberExpression" or registration.registry_var is None:
        return None
    for obj in registration.registry_var.objects:
        if obj.kind != "registry" and not (obj.is_primitive or obj.is_opaque) and "unregister" not in obj.fields:
            return None
    named = rewritten(member.object, function, words, text)
    is_there = all(_is_always_made(registry) for registry in registration.registries)
    is_optional = member.optional or not is_there or any(obj.is_primitive for obj in registration.registry_var.objects)
    return None if named is None else f"{named}{'?.' if is_optional else '.'}unregister"


def _is_always_made(registry: Registry) -> bool:
    """Whether what holds a registry has it from the beginning."""
    node, parent = registry.node, registry.node._parent
    while parent.type in ("ConditionalExpression", "LogicalExpression"):
        node, parent = parent, parent._parent
    if parent.type in ("VariableDeclarator", "PropertyDefinition"):
        return True
    statement = statement_of(node)
    if statement is None or parent.type != "AssignmentExpression":
        return False
    block = statement._parent
    return block.type == "Program" or (block._parent._info is not None and block._parent._info.kind == "constructor")


def _is_set_in(module: Module, token: Node, function: FunctionInfo, registration: Registration) -> bool:
    """Whether a token that is a property of the target is one in the release method's class too, which may be a parent."""
    if token.type != "MemberExpression" or function.class_info is None:
        return True
    if registration.function.class_info is function.class_info:
        return True
    name = member_name(token)
    return any(
        (node.type == "PropertyDefinition" and node.key.name == token.property.name)
        or (node.type == "AssignmentExpression" and member_name(node.left) == name and node.left.object.type == "ThisExpression")
        for node in walk(function.class_info.node)
    )


def add_token(module: Module, registration: Registration) -> Edit | None:
    """The edit that makes a registration's target its token, where it has none; None where it is not one plain call."""
    call, target = registration.node, registration.target
    if registration.is_wrapped or registration.spread or target is None or not is_here(module, call):
        return None
    if target.node.type not in _STABLE or target.node is not call.arguments[0]:
        return None
    name = module.source.slice(target.node._start, target.node._end)
    if len(call.arguments) == 3:
        return module.edit(call.arguments[2], name)
    return one_more_argument(module, call, name if len(call.arguments) == 2 else f"undefined, {name}")


def target_as_token(module: Module, lost: LostToken) -> tuple[Fix, ...]:
    """The target in place of a token that nobody else has."""
    edit = add_token(module, lost.registration)
    if edit is None or lost.registration.target is None:
        return ()
    name = module.text(lost.registration.target.node, 40)
    return (Fix(f"Register `{name}` as its own token", safe=False, edits=(edit,)),)


def token_as_unregistered(module: Module, mismatch: Mismatch) -> tuple[Fix, ...]:
    """The target becomes the token, where one registration without any has the target that `unregister` names."""
    first = mismatch.registrations[0] if len(mismatch.registrations) == 1 else None
    if first is None or first.token is not None or first.target is None or first.target.node.type != mismatch.token.node.type:
        return ()
    name = module.text(mismatch.token.node, 200)
    edit = add_token(module, first)
    if edit is None or name != module.text(first.target.node, 200):
        return ()
    return (Fix(f"Register `{name}` as its own token", safe=False, edits=(edit,)),)


def own_token(module: Module, shared: SharedToken) -> tuple[Fix, ...]:
    """A token that each call makes for itself, in place of the caller's object."""
    registration, function = shared.registration, shared.function
    token = registration.token
    if token is None or function.node.body.type != "BlockStatement" or not is_here(module, function.node):
        return ()
    uses = [token.node]
    for other in module.unregistrations:
        if _is_of(other, registration) and other.token is not None and other.token.node not in uses:
            if other.is_wrapped or not _is_inside(other.node, function.node):
                return ()
            uses.append(other.token.node)
    statement = next((node for node in function.node.body.body if node._start <= registration.node._start < node._end), None)
    if statement is None:
        return ()
    name = free_name(module, "token")
    edits = (put_before(module, statement, f"const {name} = {{}}"), *(module.edit(use, name) for use in uses))
    return (Fix("Make a token of the call's own", safe=False, edits=edits),)


def _is_of(other: Unregistration, registration: Registration) -> bool:
    token = registration.token
    return (
        token is not None
        and other.token is not None
        and bool(set(other.registries) & set(registration.registries))
        and any(obj in token.objects and not obj.is_primitive for obj in other.token.objects)
    )


def _is_inside(node: Node, around: Node) -> bool:
    return bool(around._start <= node._start and node._end <= around._end)
