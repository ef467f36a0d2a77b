"""Collections that live as long as the module: what is put into them, and what takes it out again.

A collection counts only where all of its uses are known: one that is exported, passed on or returned may be emptied anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..control.throws import callee_path
from ..heap.objects import ELEMENTS, KEYS, Obj, Var
from ..heap.reach import Step, same_value, strong_path
from ..scopes import Binding, FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, walk
from .facts import Registration, Value

if TYPE_CHECKING:
    from ..module import Module

_KINDS = frozenset({"array", "map", "object", "set"})
_READS = frozenset(
    {
        *("at", "concat", "entries", "every", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap", "forEach"),
        *("get", "has", "hasOwnProperty", "includes", "indexOf", "join", "keys", "lastIndexOf", "map", "reduce", "reduceRight"),
        *("slice", "some", "toString", "values"),
    }
)
_ADDS = frozenset({"add", "push", "set", "unshift"})
_REMOVES = frozenset({"clear", "copyWithin", "delete", "fill", "pop", "shift", "splice"})
_LOOKS = frozenset(
    {
        *("Object.keys", "Object.values", "Object.entries", "Object.hasOwn"),
        *("Array.from", "Array.isArray", "JSON.stringify", "console.log", "console.error"),
    }
)


@dataclass(frozen=True, eq=False)
class Storage:
    """A collection of the module with every place that uses it: what may take entries out, each with its function."""

    name: str
    obj: Obj
    removals: tuple[tuple[Node, FunctionInfo], ...]


@dataclass(frozen=True, eq=False)
class Retained:
    """A target that a collection holds too.

    ``node`` puts it there, ``path`` leads from the entry to it (empty where it is the entry), ``cleanup`` is what would take it out
    in the cleanup.
    """

    registration: Registration
    target: Value
    storage: Storage
    node: Node
    path: tuple[Step, ...]
    cleanup: Node | None


def retained_targets(module: Module) -> Iterator[Retained]:
    """The registrations whose target is put into a collection that nothing but their own cleanup takes it out of."""
    if module.heap.solver.exhausted or not module.registrations:
        return
    storages = list(_storages(module))
    for registration in module.registrations:
        target = registration.target
        if target is None or target.is_primitive or not registration.registries:
            continue
        for storage in storages:
            entry = _entry(storage, registration, target.var)
            if entry is None:
                continue
            in_cleanup = _cleanups(registration)
            outside = [node for node, function in storage.removals if not _runs_only_in(module, function, in_cleanup)]
            if not outside:
                late = storage.removals[0][0] if storage.removals else None
                yield Retained(registration, target, storage, *entry, late)


def _entry(storage: Storage, registration: Registration, target: Var) -> tuple[Node, tuple[Step, ...]] | None:
    """What puts the target of a registration into a collection, or something that holds it."""
    for name in (ELEMENTS, KEYS):
        var = storage.obj.fields.get(name)
        for source, node in var.sources if var is not None else ():
            if node is None or not isinstance(source, Var) or _is_slot(node):
                continue
            if same_value(source, target):
                return node, ()
            path = strong_path(source, node, target, registration.activation)
            if path is not None:
                return node, path
    return None


def _is_slot(node: Node) -> bool:
    """Whether the key is written out, so that the next object takes the place of the last one."""
    if node.type == "CallExpression" and member_name(node.callee) == "set":
        key = node.arguments[0] if node.arguments else node
        return bool(key.type == "Literal" or (key.type == "TemplateLiteral" and not key.expressions))
    return node.type not in ("CallExpression", "AssignmentExpression")


def _cleanups(registration: Registration) -> set[FunctionInfo]:
    """The functions that run as the cleanup of a registration: the registry's callbacks, and what is held."""
    found = {function for registry in registration.registries for function in registry.callbacks}
    for obj in registration.held.functions if registration.held is not None else ():
        if isinstance(obj.info, FunctionInfo):
            found.add(obj.info)
    return found


def _runs_only_in(module: Module, function: FunctionInfo, cleanups: set[FunctionInfo], depth: int = 3) -> bool:
    """Whether a function is part of a cleanup, or only called there."""
    if any(outer in cleanups for outer in (function, *function.ancestors)):
        return True
    name = function.node.id if function.node.type == "FunctionDeclaration" else None
    binding: Binding | None = name._binding if name is not None else None
    if depth == 0 or binding is None or binding.exported or not binding.references or module.scopes.is_lost(binding.name):
        return False
    return all(
        reference.node._parent.type == "CallExpression"
        and reference.node._parent.callee is reference.node
        and _runs_only_in(module, reference.function, cleanups, depth - 1)
        for reference in binding.references
    )


# The collections


def _storages(module: Module) -> Iterator[Storage]:
    for name, obj, uses in (*_of_bindings(module), *_of_static_fields(module)):
        if obj in module.escaped or module.scopes.is_lost(name):
            continue
        removals: list[tuple[Node, FunctionInfo]] = []
        for node in uses:
            use = _use(node)
            if use is None:
                break
            if use is not node:
                removals.append((use, module.function_of(use)))
        else:
            yield Storage(name, obj, tuple(removals))


def _of_bindings(module: Module) -> Iterator[tuple[str, Obj, list[Node]]]:
    root = module.heap.canonical.get((module.scopes.program, None))
    for binding, var in list(root.variables.items()) if root is not None else ():
        if isinstance(binding, Binding) and not binding.exported and len(binding.declarations) == 1:
            objects = [obj for obj in var.objects if not obj.is_primitive]
            if len(objects) == 1 and objects[0].kind in _KINDS and _is_made(objects[0], binding.declarations[0]):
                yield binding.name, objects[0], [reference.node for reference in binding.references]


def _is_made(obj: Obj, name: Node) -> bool:
    declarator = name._parent
    return (
        declarator.type == "VariableDeclarator"
        and declarator.id is name
        and declarator.init is not None
        and declarator.init is obj.node
    )


def _of_static_fields(module: Module) -> Iterator[tuple[str, Obj, list[Node]]]:
    for (info, activation), cls in module.heap.classes.items():
        if activation.function.kind != "program":
            continue
        for name, _, initialiser in info.static_fields:
            var = cls.fields.get(name) if name is not None else None
            objects = [obj for obj in var.objects if obj.kind in _KINDS] if var is not None else []
            if name is None or len(objects) != 1 or objects[0].node is not initialiser.node.value:
                continue
            # Other objects may have a field of the same name; to count their uses too only makes us more careful.
            inside = info.node if name.startswith("#") else module.scopes.program.node
            yield name, objects[0], [node for node in walk(inside) if node.type == "MemberExpression" and member_name(node) == name]


def _use(node: Node) -> Node | None:
    """What a use does: the node that takes something out, ``node`` itself where nothing happens, None where all may happen."""
    parent: Node = node._parent
    kind = parent.type
    if kind == "MemberExpression" and parent.object is node:
        return _member_use(node, parent)
    if kind in ("ForOfStatement", "ForInStatement"):
        return node if parent.right is node else None
    if kind in ("SpreadElement", "BinaryExpression", "UnaryExpression", "IfStatement", "VariableDeclarator"):
        return None if kind == "VariableDeclarator" else node
    if kind == "AssignmentExpression" and parent.left is node:
        return parent
    if kind == "CallExpression" and node in parent.arguments and callee_path(parent) in _LOOKS:
        return node
    return None


def _member_use(node: Node, member: Node) -> Node | None:
    outer: Node = member._parent
    while outer.type == "ChainExpression":
        member = outer
        outer = outer._parent
    name = member_name(member) if member.type == "MemberExpression" else member_name(member.expression)
    if outer.type == "CallExpression" and outer.callee is member:
        if name in _REMOVES or (name == "set" and len(outer.arguments) > 1 and _is_nothing(outer.arguments[1])):
            return outer
        return node if name in _ADDS or name in _READS else None
    if outer.type == "UnaryExpression" and outer.operator == "delete":
        return outer
    if outer.type == "AssignmentExpression" and outer.left is member:
        is_entry = name is None and outer.operator == "=" and not _is_nothing(outer.right)
        return (
            node
            if is_entry and outer.right.type in ("Identifier", "ThisExpression", "ObjectExpression", "NewExpression")
            else outer
        )
    if name in _REMOVES or name in _ADDS or outer.type == "UpdateExpression":
        return None
    return node


def _is_nothing(node: Node) -> bool:
    if node.type == "Literal":
        return bool(node.raw == "null")
    return bool(
        (node.type == "Identifier" and node.name == "undefined") or (node.type == "UnaryExpression" and node.operator == "void")
    )
