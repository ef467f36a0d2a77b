"""Weak caches: keys to WeakRefs, in a Map or a plain object; what fills them, what empties them, and which keys come again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import Edit
from ..heap import Obj
from ..scopes import Binding, FunctionInfo
from ..scopes.names import member_name, pattern_identifiers, property_name
from ..syntax.nodes import Node, walk
from .checks import outermost
from .facts import Registration, Registry, Value, WeakReference

if TYPE_CHECKING:
    from ..module import Module

_TESTS = frozenset({"IfStatement", "ConditionalExpression", "WhileStatement"})
_LOOKS = frozenset({"get", "has", "set", "size", "keys", "values", "entries", "forEach"})
_FRESH_CALLS = frozenset(
    {"Symbol", "randomUUID", "uuid", "uuidv4", "nanoid", "uniqueId", "nextId", "generateId", "genId", "createId"}
)


@dataclass(frozen=True, eq=False)
class WeakEntry:
    """`cache.set(key, value)` or `cache[key] = value`, as ``node``, where the value is a WeakRef, ``reference``, or holds it."""

    node: Node
    function: FunctionInfo
    cache: Node
    key: Node
    value: Node
    objects: tuple[Obj, ...]
    reference: WeakReference


@dataclass(frozen=True, eq=False)
class Eviction:
    """A cleanup callback that deletes, at ``node``, the entry of a key that may have been set again. ``entry`` is what sets it."""

    registry: Registry
    callback: FunctionInfo
    node: Node
    cache: Node
    key: Node
    entry: WeakEntry
    registration: Registration


# What fills them


def weak_entries(module: Module) -> list[WeakEntry]:
    """Every place that puts a WeakRef (or an object that holds one) into a Map or object under a key that is computed."""
    made = {reference.obj: reference for reference in module.weakrefs}
    found: dict[Node, WeakEntry] = {}
    for use in module.collections:
        if use.method != "set" or len(use.arguments) < 2 or any(obj.kind != "map" for obj in use.collections):
            continue
        key, value = use.arguments[0], use.arguments[1]
        reference = _reference_in(value, made)
        if reference is not None and use.node not in found and key.node.type != "Literal":
            found[use.node] = WeakEntry(
                use.node, use.function, use.node.callee.object, key.node, _initial(value.node), use.collections, reference
            )
    for function in module.scopes.functions:
        for node in function.own_nodes:
            entry = _object_entry(module, function, node, made)
            if entry is not None:
                found[node] = entry
    return sorted(found.values(), key=lambda entry: entry.node._start)


def _reference_in(value: Value, made: dict[Obj, WeakReference]) -> WeakReference | None:
    """The WeakRef that a value certainly is, or has as a property."""
    found: list[WeakReference | None] = []
    for obj in value.objects:
        if obj in made:
            found.append(made[obj])
        elif obj.kind in ("object", "instance", "array"):
            inner = [made[held] for var in obj.fields.values() for held in var.objects if held in made]
            found.append(inner[0] if inner else None)
        else:
            return None
    return found[0] if found and None not in found else None


def _object_entry(module: Module, function: FunctionInfo, node: Node, made: dict[Obj, WeakReference]) -> WeakEntry | None:
    """`cache[key] = new WeakRef(value)`, with the WeakRef made on the spot or in a variable of the same function."""
    if node.type != "AssignmentExpression" or node.operator != "=" or node.left.type != "MemberExpression":
        return None
    key = node.left.property
    if not node.left.computed or member_name(node.left) is not None or key.type == "Literal":
        return None
    value = _initial(node.right)
    reference = next((reference for reference in made.values() if reference.node is value), None)
    return WeakEntry(node, function, node.left.object, key, value, (), reference) if reference is not None else None


def _initial(node: Node) -> Node:
    """An expression, or what the constant that it names was given."""
    if node.type != "Identifier" or node._binding is None or node._binding.writes:
        return node
    declarator = node._binding.declarations[0]._parent
    if declarator.type == "VariableDeclarator" and declarator.id.type == "Identifier" and declarator.init is not None:
        return declarator.init  # type: ignore[no-any-return]
    return node


# Which keys come again


def comes_again(key: Node, value: Node | None) -> bool:
    """Whether another entry may be set under the same key: it is (made from) a parameter, and not from the value or a counter."""
    roots = _roots(key, set())
    own = value._binding if value is not None and value.type == "Identifier" else None
    bindings = [root._binding for root in roots]
    return bool(bindings) and all(binding is not None and binding.kind == "param" and binding is not own for binding in bindings)


def _roots(node: Node, seen: set[Binding]) -> list[Node]:
    """The names that a key is computed from; none where it is fresh (a counter, a symbol) or not understood."""
    kind = node.type
    if kind == "Identifier":
        binding = node._binding
        if binding is None or binding in seen or binding.kind == "param":
            return [node]
        initial = _initial(node)
        return _roots(initial, {*seen, binding}) if initial is not node else [node]
    if kind == "TemplateLiteral":
        return _all_roots(node.expressions, seen)
    if kind == "BinaryExpression":
        return _all_roots([part for part in (node.left, node.right) if part.type != "Literal"], seen)
    if kind == "MemberExpression":
        return _roots(node.object, seen)
    if kind == "CallExpression":
        callee = node.callee
        name = callee.name if callee.type == "Identifier" else member_name(callee) if callee.type == "MemberExpression" else None
        if name in _FRESH_CALLS or not node.arguments:
            return []
        return _all_roots(node.arguments, seen)
    return []


def _all_roots(parts: list[Node], seen: set[Binding]) -> list[Node]:
    found = [_roots(part, seen) for part in parts]
    return [root for roots in found for root in roots] if all(found) else []


# What a cleanup callback evicts


def unguarded_evictions(module: Module) -> list[Eviction]:
    """Each registry whose callback deletes an entry by key without a look at what is there, one eviction for each."""
    entries = weak_entries(module)
    found: list[Eviction] = []
    for registry in module.registries if entries else ():
        evictions = [eviction for callback in registry.callbacks for eviction in _evictions(module, registry, callback, entries)]
        found += evictions[:1]
    return found


def _evictions(module: Module, registry: Registry, callback: FunctionInfo, entries: list[WeakEntry]) -> Iterator[Eviction]:
    names = {name._binding for name in pattern_identifiers(callback.params[0])} if callback.params else set()
    nodes = list(walk(callback.node))
    if any(_looks_at_entry(node) for node in nodes):
        return
    for node in nodes:
        deleted = _deleted(module, node)
        if deleted is None or _is_guarded(node, callback.node, names):
            continue
        cache, key = deleted
        if not any(part.type == "Identifier" and part._binding in names for part in walk(key)):
            continue
        for entry in entries:
            registration = _registered_with(module, registry, entry)
            if registration is None or _is_replaced_cleanly(module, registry, entry):
                continue
            if _same_cache(module, cache, node, entry):
                yield Eviction(registry, callback, node, cache, key, entry, registration)


def _deleted(module: Module, node: Node) -> tuple[Node, Node] | None:
    """The cache and key of `cache.delete(key)` or `delete cache[key]`."""
    if node.type == "UnaryExpression" and node.operator == "delete":
        member = node.argument.expression if node.argument.type == "ChainExpression" else node.argument
        return (member.object, member.property) if member.type == "MemberExpression" and member.computed else None
    if node.type == "CallExpression" and node.callee.type == "MemberExpression" and member_name(node.callee) == "delete":
        kinds = {obj.kind for use in module.collections if use.node is node for obj in use.collections}
        return (node.callee.object, node.arguments[0]) if kinds == {"map"} and len(node.arguments) == 1 else None
    return None


def _looks_at_entry(node: Node) -> bool:
    if node.type != "CallExpression":
        return False
    callee = node.callee
    name = member_name(callee) if callee.type == "MemberExpression" else None
    return name in ("get", "deref")


def _is_guarded(node: Node, callback: Node, names: set[Binding]) -> bool:
    """Whether a deletion depends on a condition that may be about the entry: on more than the key, or that it is there."""
    child, current = node, node._parent
    while child is not callback and current is not None:
        test = current.test if current.type in _TESTS else current.left if current.type == "LogicalExpression" else None
        if test is not None and test is not child and not _is_about_key(test, names):
            return True
        if current.type == "BlockStatement":
            for statement in current.body[: current.body.index(child)] if child in current.body else ():
                if statement.type == "IfStatement" and not _is_about_key(statement.test, names):
                    return True
        child, current = current, current._parent
    return False


def _is_about_key(test: Node, names: set[Binding]) -> bool:
    while test.type == "UnaryExpression" and test.operator == "!":
        test = test.argument
    if test.type == "CallExpression" and test.callee.type == "MemberExpression" and member_name(test.callee) == "has":
        return True
    parts = list(walk(test))
    others = any(part.type == "Identifier" and part._binding is not None and part._binding not in names for part in parts)
    return not others and not any(part.type in ("CallExpression", "MemberExpression", "ThisExpression") for part in parts)


def _same_cache(module: Module, cache: Node, node: Node, entry: WeakEntry) -> bool:
    """Whether a deletion and an entry are of one cache for certain."""
    collections = [obj for use in module.collections if use.node is node for obj in use.collections]
    if collections and entry.objects:
        return any(obj in entry.objects for obj in collections)
    return not collections and not entry.objects and cache._binding is not None and cache._binding is entry.cache._binding


def _registered_with(module: Module, registry: Registry, entry: WeakEntry) -> Registration | None:
    """The registration in the same function that has the entry's key as held value (or in it)."""
    if not comes_again(entry.key, entry.reference.target.node if entry.reference.target is not None else None):
        return None
    keys = {entry.key._binding} if entry.key.type == "Identifier" else set()
    text = module.text(entry.key, 200)
    for registration in module.registrations:
        if registry not in registration.registries or registration.held is None or registration.function is not entry.function:
            continue
        parts = list(walk(registration.held.node))
        if any((part.type == "Identifier" and part._binding in keys) or module.text(part, 200) == text for part in parts):
            return registration
    return None


def _is_replaced_cleanly(module: Module, registry: Registry, entry: WeakEntry) -> bool:
    """Whether an entry is only set where there is none, or the registration of the one before may have been taken back."""
    if any(registry in call.registries for call in module.unregistrations):
        return True
    known = {use.node for use in module.collections}
    before = [call for call in entry.function.own_nodes if call.type == "CallExpression" and call._start < entry.node._end]
    names = {call: member_name(call.callee) for call in before if call.callee.type == "MemberExpression"}
    derefs = "deref" in names.values()
    for call, name in names.items():
        if name in ("has", "unregister") or (name == "delete" and call not in known):
            return True
        if name == "get" and not derefs and module.text(call.callee.object) == module.text(entry.cache):
            return True
    return False


# What nothing ever empties


def growing_caches(module: Module) -> list[WeakEntry]:
    """Caches of the module, of a class or of its instances that get entries and never lose any: the first entry of each."""
    found: dict[object, WeakEntry] = {}
    for entry in weak_entries(module):
        slot = _slot(entry.cache)
        if slot is None or slot in found or entry.function.kind == "program":
            continue
        if any(obj in module.escaped for obj in entry.objects):
            continue
        if _only_grows(module, slot, bool(entry.objects)):
            found[slot] = entry
    return list(found.values())


def _slot(cache: Node) -> Binding | str | None:
    """The variable of the module, or the name of the property, that holds a cache."""
    if cache.type == "Identifier":
        binding: Binding | None = cache._binding
        lasting = binding is not None and binding.is_module_level and not binding.exported and not binding.writes
        return binding if lasting else None
    if cache.type == "MemberExpression" and cache.object.type in ("ThisExpression", "Identifier"):
        return member_name(cache)
    return None


def _only_grows(module: Module, slot: Binding | str, is_map: bool) -> bool:
    if module.scopes.is_lost(slot.name if isinstance(slot, Binding) else slot):
        return False
    if isinstance(slot, Binding):
        exported = {node._binding for _, node in module.scopes.exports if node.type == "Identifier"}
        uses = [reference.node for reference in slot.references]
        return slot not in exported and all(_only_looks(use, is_map) for use in uses)
    if not is_map and not slot.startswith("#"):
        return False
    writes = 0
    for node in walk(module.scopes.program.node):
        if node.type == "MemberExpression" and member_name(node) == slot:
            parent = node._parent
            if parent.type == "AssignmentExpression" and parent.left is node:
                writes += 1
            elif not _only_looks(node, is_map):
                return False
        elif node.type == "PropertyDefinition" and property_name(node.key, bool(node.computed)) == slot:
            writes += 1
        elif node.type == "Property" and property_name(node.key, bool(node.computed)) == slot:
            return False
    return writes == 1


def _only_looks(use: Node, is_map: bool) -> bool:
    """Whether a use of a cache reads or sets entries, and does nothing else with it."""
    parent = outermost(use)._parent
    if parent.type == "ForOfStatement":
        return bool(parent.right is use)
    if parent.type != "MemberExpression" or parent.object is not use:
        return False
    name, outer = member_name(parent), parent._parent
    if is_map:
        return name in _LOOKS and (name == "size" or outer.type == "CallExpression")
    return not (outer.type == "UnaryExpression" and outer.operator == "delete")


def guarded_callback(module: Module, eviction: Eviction) -> Edit | None:
    """The edit that makes `(key) => cache.delete(key)` delete dead entries only."""
    body = eviction.callback.node.body
    if body is not eviction.node or body.type != "CallExpression" or eviction.entry.reference.node is not eviction.entry.value:
        return None
    cache, key = module.text(eviction.cache), module.text(eviction.key)
    return module.edit(body, f"{{ if (!{cache}.get({key})?.deref()) {cache}.delete({key}); }}")
