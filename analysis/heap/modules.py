"""Modules in the graph: what imports bind, what `require` gives, and each CommonJS module's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scopes import Binding
from .objects import Activation, Obj, Var

if TYPE_CHECKING:
    from .build import HeapBuilder


def bind_import(heap: HeapBuilder, var: Var, binding: Binding, activation: Activation) -> None:
    """What an import declaration binds: an export of a module that is known, or something unknown."""
    local = binding.declarations[0]
    specifier = local._parent
    declaration = specifier._parent
    source = str(declaration.source.value)
    linked = heap.modules.get((activation.function.node, source))
    if linked is not None:
        exports = heap.exports.get(linked, {})
        if specifier.type == "ImportNamespaceSpecifier":
            obj, namespace = heap.fresh("object", specifier, activation, None, source)
            obj.fields.update(exports)
            heap.solver.copy(namespace, var, specifier)
            return
        name = "default"
        if specifier.type != "ImportDefaultSpecifier":
            name = str(specifier.imported.name or specifier.imported.value)
        if name in exports:
            heap.solver.copy(exports[name], var, specifier)
            return
        if not exports:  # a CommonJS module: its exports object is the default, its properties the names
            required = linked_exports(heap, source, activation)
            assert required is not None
            heap.solver.copy(required if name == "default" else heap.load(required, name, specifier), var, specifier)
            return
    heap.solver.add(var, Obj("import", specifier, activation, source, binding.name), specifier)


def commonjs(heap: HeapBuilder, name: str, activation: Activation) -> Var:
    """`module`, `exports` or `require`, which each CommonJS module has of its own."""
    root = activation
    while root.parent is not None:
        root = root.parent
    key = f"%{name}"
    var = root.variables.get(key)
    if var is None:
        var = root.variables[key] = Var(name)
        if name == "exports":
            heap.solver.copy(heap.load(commonjs(heap, "module", root), "exports", root.function.node), var)
        else:
            heap.solver.add(var, Obj("global", root.function.node, root, name, name))
    return var


def linked_exports(heap: HeapBuilder, source: str, activation: Activation) -> Var | None:
    """What `require(source)` gives, where the module is known."""
    root = activation
    while root.parent is not None:
        root = root.parent
    linked = heap.modules.get((root.function.node, source))
    if linked is None:
        return None
    exports = heap.exports.get(linked, {})
    if not exports:
        home = heap.canonical[(linked.program, None)]
        return heap.load(commonjs(heap, "module", home), "exports", linked.program.node)
    obj, var = heap.site("object", linked.program.node, root, source)
    obj.fields.update(exports)
    return var
