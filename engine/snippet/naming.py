"""By which names code can be had from a module's top level, and what else may run it or set it."""

from __future__ import annotations

import json

from jsleak.analysis.scopes import Binding, ClassInfo, FunctionInfo
from jsleak.analysis.scopes.names import property_name
from jsleak.analysis.syntax.nodes import Node


def class_name(info: ClassInfo) -> str | None:
    """The top-level name by which a class can be had."""
    node = info.node
    if info.binding is not None and info.binding.is_module_level and node.type == "ClassDeclaration":
        return info.binding.name
    return _declared(node)


def declared_name(node: Node) -> str | None:
    """The top-level name by which a function can be called."""
    if node.type == "FunctionDeclaration" and node.id is not None:
        parent = node._parent
        top = parent.type in ("Program", "ExportNamedDeclaration", "ExportDefaultDeclaration")
        return str(node.id.name) if top else None
    return _declared(node)


def _declared(node: Node) -> str | None:
    """`name` in `const name = <node>`; `name.key` for a method of an object literal there."""
    parent = node._parent
    if parent is None:
        return None
    if parent.type == "VariableDeclarator" and parent.id.type == "Identifier":
        program = parent._parent._parent
        return str(parent.id.name) if program.type in ("Program", "ExportNamedDeclaration") else None
    if parent.type == "Property" and parent._parent.type == "ObjectExpression" and parent.kind == "init":
        owner = _declared(parent._parent)
        key = property_name(parent.key, bool(parent.computed))
        return f"{owner}[{json.dumps(key)}]" if owner is not None and key is not None and not key.startswith("@@") else None
    return None


def holder_of(node: Node) -> tuple[Node, str] | None:
    """The object literal whose method, getter or setter a function is, and its key."""
    parent = node._parent
    if parent is None or parent.type != "Property" or parent._parent.type != "ObjectExpression":
        return None
    if not parent.method and parent.kind == "init":
        return None
    key = property_name(parent.key, bool(parent.computed))
    return (parent._parent, key) if key is not None and not key.startswith("@@") and parent.kind != "set" else None


def binding_of(function: FunctionInfo) -> Binding | None:
    """The variable that a function, or the class that it belongs to, is declared by or given to where it is made."""
    info = function.class_info
    node = info.node if info is not None else function.node
    parent = node._parent
    if node.type in ("FunctionDeclaration", "ClassDeclaration"):
        declared = node.id
    else:
        declared = parent.id if parent is not None and parent.type == "VariableDeclarator" else None
    binding = declared._binding if declared is not None and declared.type == "Identifier" else None
    if binding is None and info is not None:
        binding = info.binding
    return binding if isinstance(binding, Binding) else None


def may_be_run(function: FunctionInfo) -> bool:
    """Whether the module's top level may run a function: it is more than declared there, or exported."""
    info = function.class_info
    if function.is_static and function.kind in ("static-block", "field"):
        return True
    binding = binding_of(function)
    if binding is None:
        return not _is_export(info.node if info is not None else function.node)
    return any(use.function.parent is None and not use.write and not _is_export(use.node) for use in binding.references)


def _is_export(node: Node) -> bool:
    """Whether a value is only exported: `export default it`, `export { it }`, `exports.it = it`, `module.exports = { it }`."""
    parent = node._parent
    if parent.type in ("ExportSpecifier", "ExportDefaultDeclaration", "ExportNamedDeclaration"):
        return True
    if parent.type == "Property" and parent._parent.type == "ObjectExpression":
        return _is_export(parent._parent)
    if parent.type != "AssignmentExpression" or parent.right is not node or parent.left.type != "MemberExpression":
        return False
    root = parent.left
    while root.type == "MemberExpression":
        root = root.object
    return root.type == "Identifier" and root._binding is None and root.name in ("module", "exports")


def from_outside(write: Node) -> bool:
    """Whether an assignment gives what is waited for, what a caller passed in, or a part of that."""
    if write.type != "AssignmentExpression" or write.operator not in ("=", "??=", "||=") or write.left.type != "Identifier":
        return False
    value = write.right
    if value.type == "AwaitExpression" or is_void(value):
        return True
    while value.type in ("MemberExpression", "CallExpression", "ChainExpression"):
        value = {"MemberExpression": value.object, "CallExpression": value.callee, "ChainExpression": value.expression}[value.type]
    return value.type == "Identifier" and isinstance(value._binding, Binding) and value._binding.kind == "param"


def is_void(init: Node | None) -> bool:
    return init is None or (init.type == "Literal" and init.value is None and init.regex is None)
