"""Which names mean the same thing at another place of the module, and which are free."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count
from typing import TYPE_CHECKING

from ..scopes import Binding, FunctionInfo
from ..scopes.model import Scope
from ..syntax.nodes import Node

if TYPE_CHECKING:
    from ..module import Module


def is_visible(name: str, binding: Binding | None, scope: Scope | None) -> bool:
    """Whether a name in a scope means a binding (None: a global)."""
    while scope is not None:
        found = scope.bindings.get(name)
        if found is not None:
            # A class has its name once more inside.
            return found is binding or (binding is not None and found.declarations[0] is binding.declarations[0])
        scope = scope.parent
    return binding is None


def free_name(module: Module, base: str, number: int = 1) -> str:
    """A name that no variable of the module has: of ``base``, ``base2``, ``base3`` … the first that is free, or the n-th."""
    for name in chain([base], (f"{base}{suffix}" for suffix in count(2))):
        if name not in module.variable_names:
            number -= 1
            if not number:
                return name
    raise AssertionError("names do not run out")


def this_owner(function: FunctionInfo) -> FunctionInfo:
    """The function whose `this` a function uses: itself, or the one around an arrow function."""
    while function.kind == "arrow" and function.parent is not None:
        function = function.parent
    return function


def rewritten(node: Node, function: FunctionInfo, known: Mapping[Node, str], text: str) -> str | None:
    """An expression as it reads in another function of the module; None where it would not mean the same there.

    ``known`` has words for expressions that are named otherwise there, such as `this` for the target. Only names, `this` and
    properties of them are understood.
    """
    if node in known:
        return known[node]
    if node.type == "Identifier":
        return str(node.name) if is_visible(node.name, node._binding, function.scope) else None
    if node.type != "MemberExpression" or node.computed or node.optional:
        return None
    owner = rewritten(node.object, function, known, text)
    if owner is None or not _may_be_named(node.property, function):
        return None
    return f"{owner}.{text[node.property._start : node.property._end]}"


def _may_be_named(name: Node, function: FunctionInfo) -> bool:
    """Whether a property's name can be written in a function: a private one only in its class."""
    return name.type != "PrivateIdentifier" or _class_of(name, name) is _class_of(name, function.node)


def _class_of(name: Node, place: Node) -> Node | None:
    """The class around a place that declares a private name."""
    current: Node | None = place
    while current is not None:
        if current.type == "ClassBody" and any(
            member.key is not None and member.key.type == "PrivateIdentifier" and member.key.name == name.name
            for member in current.body
        ):
            return current
        current = current._parent
    return None
