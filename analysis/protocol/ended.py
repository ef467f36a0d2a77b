"""Registrations that have ended: what a cleanup callback can still say about the one that it is called for.

A cell leaves its registry before the callback is called with its held value (CleanupFinalizationRegistry: ECMA-262, section
9.12), so to unregister it by its own token finds nothing, unless other registrations use that token too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Edit
from ..heap import Obj, Var, origin
from ..heap.objects import ALLOCATED
from ..scopes import FunctionInfo
from ..scopes.names import property_name
from ..syntax.nodes import Node
from .facts import Registration, Registry, Unregistration

if TYPE_CHECKING:
    from ..module import Module

_LOOPS = frozenset({"ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"})


def unregisters_what_ended(module: Module, call: Unregistration) -> Registration | None:
    """A registration whose own token is unregistered in the cleanup callback for it, where that is so of all; None otherwise."""
    if len(call.registries) != 1 or call.token is None:
        return None
    registry = call.registries[0]
    if call.function not in registry.callbacks or not only_called_back(call.function, registry) or registry.obj in module.escaped:
        return None
    path = _path_from_held(call.function, call.token.node)
    registrations = [registration for registration in module.registrations if registry in registration.registries]
    if path is None or not registrations:
        return None
    tokens = [_own_token(registration, path) for registration in registrations]
    sites = {(token, registration.node) for token, registration in zip(tokens, registrations, strict=True)}
    if None in tokens or len({token for token, _ in sites}) != len(sites):
        return None
    return registrations[0]


def only_called_back(function: FunctionInfo, registry: Registry) -> bool:
    """Whether nothing but the registry can call a function."""
    node = function.node
    if node._parent is registry.node:
        return True
    if node.type == "FunctionDeclaration":
        binding = node.id._binding
    elif node._parent.type == "VariableDeclarator" and node._parent.id.type == "Identifier":
        binding = node._parent.id._binding
    else:
        return False
    return binding is not None and len(binding.references) == 1 and binding.references[0].node._parent is registry.node


def _path_from_held(callback: FunctionInfo, token: Node) -> tuple[str, ...] | None:
    """The properties that lead from the held value to the token: () for `held` itself, ("token",) for `held.token`."""
    if not callback.params:
        return None
    parameter = callback.params[0]
    names: list[str] = []
    while token.type == "MemberExpression":
        name = property_name(token.property, bool(token.computed))
        if name is None:
            return None
        names.insert(0, name)
        token = token.object
    binding = token._binding if token.type == "Identifier" else None
    if binding is None or binding.writes:
        return None
    if parameter.type == "Identifier":
        return tuple(names) if parameter._binding is binding else None
    if parameter.type == "ObjectPattern":
        for item in parameter.properties:
            if item.type == "Property" and item.value.type == "Identifier" and item.value._binding is binding:
                name = property_name(item.key, bool(item.computed))
                return (name, *names) if name is not None else None
    if parameter.type == "ArrayPattern":
        for index, element in enumerate(parameter.elements):
            if element is not None and element.type == "Identifier" and element._binding is binding:
                return (str(index), *names)
    return None


def _own_token(registration: Registration, path: tuple[str, ...]) -> Obj | None:
    """The token, if the registration makes it for itself and its held value leads to it by that path."""
    if registration.held is None or registration.token is None or registration.spread:
        return None
    var: Var | None = registration.held.var
    for name in path:
        if var is None or len(var.objects) != 1:
            return None
        var = next(iter(var.objects)).fields.get(name)
    if var is None:
        return None
    token = origin(registration.token.var)
    if not isinstance(token, Obj) or token is not origin(var) or token.kind not in ALLOCATED:
        return None
    return token if token.activation is registration.activation and not _made_before_loop(token, registration.node) else None


def _made_before_loop(token: Obj, register: Node) -> bool:
    """Whether several turns of a loop register with one token."""
    current = register._parent
    while current is not None and current._info is None:
        if current.type in _LOOPS and token.node is not None and not current._start <= token.node._start < current._end:
            return True
        current = current._parent
    return False


def statement_removal(module: Module, call: Node) -> Edit | None:
    """The edit that removes a call which is a statement of its own on a line of its own."""
    statement = call._parent
    if statement.type == "ChainExpression":
        statement = statement._parent
    if statement.type != "ExpressionStatement" or statement._parent.type != "BlockStatement":
        return None
    text = module.source.text
    start = text.rfind("\n", 0, statement._start) + 1
    end = text.find("\n", statement._end) + 1
    if (
        not end
        or text[start : statement._start].strip()
        or text[statement._end : end].strip()
        or text[end:].lstrip()[:1] in "([`+-/"
    ):
        return None
    return Edit(module.node_range(start, end), "")
