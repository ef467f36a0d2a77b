"""Strong copies: where the result of a `deref()` is put so that it outlives the look at it.

What lives on is the module, and an object that is there already (`this` of a method). What a constructor puts into the object
that it is making, or a function into its own variables, goes as they go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..scopes import Binding, FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, walk
from .checks import outermost, variable_of
from .facts import Dereference

if TYPE_CHECKING:
    from ..module import Module

_PUTS = {"push": 0, "unshift": 0, "add": 0, "set": 1}
_REMOVES = frozenset({"delete", "clear", "pop", "shift", "splice"})
_CLEARED = frozenset({"null", "undefined"})


@dataclass(frozen=True, eq=False)
class StrongCopy:
    """The result of a `deref()` is put by ``node`` into ``holder``: a variable, a property, or a collection."""

    dereference: Dereference
    node: Node
    holder: Node


def strong_copies(module: Module) -> list[StrongCopy]:
    """Each `deref()` whose result is stored for longer than the use and never taken out again, once, in order of place."""
    found: dict[Node, StrongCopy] = {}
    for fact in module.derefs:
        if fact.node in found:
            continue
        for node, holder in _stores(module, fact.node):
            if not _is_taken_out(module, holder, node):
                found[fact.node] = StrongCopy(fact, node, holder)
                break
    return list(found.values())


def _stores(module: Module, node: Node) -> Iterator[tuple[Node, Node]]:
    """The assignments and calls that store a value, each with what it is stored in."""
    values = [node]
    binding = variable_of(node)
    if binding is not None:
        values += [reference.node for reference in binding.references if not reference.write]
    for value in values:
        store = _store_of(value)
        if store is not None and _outlives(module, store[1], value):
            yield store


def _store_of(value: Node) -> tuple[Node, Node] | None:
    child = outermost(value)
    current = child._parent
    while (current.type == "LogicalExpression" and (current.right is child or current.operator != "&&")) or (
        current.type == "ConditionalExpression" and current.test is not child
    ):
        child, current = current, current._parent
    if current.type == "AssignmentExpression" and current.right is child and current.operator in ("=", "??=", "||="):
        return (current, current.left) if current.left.type in ("Identifier", "MemberExpression") else None
    if current.type == "CallExpression" and current.callee.type == "MemberExpression":
        position = _PUTS.get(member_name(current.callee) or "")
        if position is not None and position < len(current.arguments) and current.arguments[position] is child:
            return current, current.callee.object
    return None


def _outlives(module: Module, holder: Node, value: Node) -> bool:
    """Whether what a value is stored in is there before and after the function that stores it."""
    function = module.function_of(value)
    if function.kind == "program":
        return False
    if holder._parent.type == "MemberExpression" and not _is_strong_collection(module, holder._parent._parent):
        return False
    root = holder
    while root.type == "MemberExpression":
        if member_name(root) is None and root is not holder:
            return False
        root = root.object
    if root.type == "ThisExpression":
        return holder is not root and _is_method(function)
    if root.type != "Identifier" or root._binding is None:
        return False
    binding: Binding = root._binding
    if binding.kind in ("param", "import") or (root is not holder and not binding.is_module_level):
        return False
    return binding.function is not function and not _is_callback(function, binding.function)


def _is_callback(function: FunctionInfo, outer: FunctionInfo) -> bool:
    """Whether a function is (or lies in) one that ``outer`` hands to a call or calls on the spot, such as that of a `forEach`."""
    while function.parent is not None and function.parent is not outer:
        function = function.parent
    return bool(function.node._parent.type == "CallExpression")


def _is_strong_collection(module: Module, call: Node) -> bool:
    kinds = {obj.kind for use in module.collections if use.node is call for obj in use.collections}
    return bool(kinds) and kinds <= {"array", "map", "set"}


def _is_method(function: FunctionInfo) -> bool:
    """Whether `this` in a function is an object that was there before the call."""
    for current in (function, *function.ancestors):
        if current.kind != "arrow":
            return current.kind in ("method", "getter", "setter") or (
                current.kind == "function" and current.prototype_owner is not None
            )
    return False


def _is_taken_out(module: Module, holder: Node, store: Node) -> bool:
    """Whether anything in the module empties what is stored in, by any object's property of that name."""
    if holder.type == "Identifier":
        binding: Binding = holder._binding
        if module.scopes.is_lost(binding.name):
            return True
        for reference in binding.references:
            node = reference.node
            if reference.write and node._parent is not store and _is_emptied(node):
                return True
            if not reference.write and _is_emptied(node):
                return True
        return False
    name = member_name(holder)
    if name is None or module.scopes.is_lost(name):
        return True
    return any(
        node.type == "MemberExpression" and member_name(node) == name and node is not holder and _is_emptied(node)
        for node in walk(module.scopes.program.node)
    )


def _is_emptied(node: Node) -> bool:
    """Whether a variable or property is set to something short-lived here, deleted, or has something removed."""
    parent = node._parent
    if parent.type == "AssignmentExpression" and parent.left is node:
        value = parent.right
        text = value.raw if value.type == "Literal" else value.name
        return text in _CLEARED or value.type in ("UnaryExpression", "ArrayExpression", "NewExpression", "ObjectExpression")
    if parent.type == "UnaryExpression" and parent.operator == "delete":
        return True
    if parent.type == "MemberExpression" and parent.object is node:
        outer = parent._parent
        if member_name(parent) in _REMOVES and outer.type == "CallExpression" and outer.callee is parent:
            return True
        if outer.type == "UnaryExpression" and outer.operator == "delete":
            return True
        return bool(member_name(parent) == "length" and outer.type == "AssignmentExpression" and outer.left is parent)
    return False
