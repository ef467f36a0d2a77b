"""Fixes for closures that keep a target alive: they capture the fields that they read in place of the object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import Edit, Fix
from ..heap import Obj
from ..heap.reach import captured
from ..protocol.facts import Registration, Value
from ..scopes import Binding, FunctionInfo
from ..scopes.names import member_name, property_name
from ..syntax.nodes import Node, children
from .held import is_changed
from .layout import before, is_here, statement_of
from .names import free_name, is_visible

if TYPE_CHECKING:
    from ..module import Module

_FUNCTIONS = frozenset({"FunctionExpression", "FunctionDeclaration", "ClassBody"})


@dataclass(frozen=True)
class _Field:
    """A field that a closure reads: its name, the reads, and the one expression that sets it, before."""

    name: str
    reads: tuple[Node, ...]
    given: Node


def captured_fields(module: Module, registration: Registration, value: Value | None) -> tuple[Fix, ...]:
    """The fields that a closure reads off the target become variables that it captures, where each is set once and before."""
    target = registration.target
    closure = value.objects[0] if value is not None and len(value.objects) == 1 else None
    if closure is None or target is None or closure.node is None or closure.node.type != "ArrowFunctionExpression":
        return ()
    arrow, uses = closure.node, _uses_of_target(module, registration, closure)
    statement = statement_of(arrow)
    if statement is None or not uses or not is_here(module, arrow) or _is_captured_beside(module, arrow, uses[0]):
        return ()
    fields = _fields(module, registration, target.objects, arrow, uses)
    if not fields:
        return ()
    edits: list[Edit] = []
    constants: list[tuple[str, str]] = []
    for field in fields:
        name = _variable(field, arrow)
        if name is None:
            name = free_name(module, field.name.removeprefix("#"))
            constants.append((field.name, name))
        edits += [module.edit(read, name) for read in field.reads]
    owner = module.source.slice(uses[0]._start, uses[0]._end)
    if constants:
        edits.insert(0, before(module, statement, _declaration(owner, constants)))
    words = ", ".join(f"`{field.name}`" for field in fields)
    return (Fix(f"Capture {words} instead of `{owner}`", safe=False, edits=tuple(edits)),)


def _declaration(owner: str, constants: list[tuple[str, str]]) -> str:
    if any(field.startswith("#") for field, _ in constants):
        return "const " + ", ".join(f"{name} = {owner}.{field}" for field, name in constants)
    return f"const {{ {', '.join(field if field == name else f'{field}: {name}' for field, name in constants)} }} = {owner}"


def _uses_of_target(module: Module, registration: Registration, closure: Obj) -> list[Node]:
    """The expressions in a closure that are the target, by one name; none where anything else in it leads to the target too."""
    info, target = closure.info, registration.target
    if not isinstance(info, FunctionInfo) or target is None or closure.activation is None or closure.node is None:
        return []
    found: list[list[Node]] = []
    if info.captures_this:
        this = closure.activation.this
        if set(this.objects) & set(target.objects):
            found.append(_this_of(closure.node))
        elif module.strong_path(Value(closure.node, this), registration) is not None:
            return []
    for binding, node in info.free.items():
        var = captured(closure, binding)
        if var is None:
            continue
        if set(var.objects) & set(target.objects):
            found.append([use.node for use in binding.references if _is_inside(use.node, closure.node)])
        elif module.strong_path(Value(node, var), registration) is not None:
            return []
    return found[0] if len(found) == 1 else []


def _this_of(arrow: Node) -> list[Node]:
    pending, found = [arrow.body], []
    while pending:
        node = pending.pop()
        if node.type == "Super":
            return []
        if node.type == "ThisExpression":
            found.append(node)
        elif node.type not in _FUNCTIONS:
            pending += children(node)
    return sorted(found, key=lambda node: int(node._start))


def _is_captured_beside(module: Module, arrow: Node, use: Node) -> bool:
    """Whether another closure of the function captures the target: on V8 it would stay in the context that both share."""
    function = module.function_of(arrow)
    if use.type == "ThisExpression":
        return any(child.captures_this and child.node is not arrow for child in function.children)
    binding: Binding = use._binding
    if binding.function is not function:
        return True
    return any(other.function is not function and not _is_inside(other.node, arrow) for other in binding.references)


def _fields(
    module: Module, registration: Registration, targets: tuple[Obj, ...], arrow: Node, uses: list[Node]
) -> tuple[_Field, ...]:
    """The fields behind all uses of the target; none where one is more than read, or may change later."""
    reads: dict[str, list[Node]] = {}
    for use in uses:
        member = use._parent
        name = member_name(member)
        if name is None or member.object is not use or member.computed or member.optional or is_changed(member):
            return ()
        reads.setdefault(name, []).append(member)
    found: list[_Field] = []
    for name, members in reads.items():
        given = _given_before(module, name, arrow)
        kept = [var for obj in targets if (var := obj.fields.get(name)) is not None]
        if given is None or any(module.strong_path(Value(members[0], var), registration) is not None for var in kept):
            return ()
        found.append(_Field(name, tuple(members), given))
    return tuple(found)


def _given_before(module: Module, name: str, arrow: Node) -> Node | None:
    """What a field is set to, if that is at one place of the module, which always runs before the closure is made."""
    found: list[Node] = []
    for node in module.field_writes:
        if node.type == "AssignmentExpression" and member_name(node.left) == name:
            statement = statement_of(node)
            plain = node.operator == "=" and statement is not None and statement._parent._parent._info is not None
            if not plain or node._start > arrow._start or module.function_of(node) is not module.function_of(arrow):
                return None
            found.append(node.right)
        elif node.type == "UpdateExpression" and member_name(node.argument) == name:
            return None
        elif node.type in ("PropertyDefinition", "Property") and property_name(node.key, bool(node.computed)) == name:
            if node._parent.type == "ObjectPattern" or node.value is None:
                continue
            if node.kind in ("get", "set") or node.method:
                return None
            if node.type == "Property" and not _is_just_made(node._parent, module.function_of(arrow)):
                return None
            found.append(node.value)
    return found[0] if len(found) == 1 else None


def _is_just_made(literal: Node, function: FunctionInfo) -> bool:
    """Whether an object literal is what a variable of a function's own body begins with."""
    declarator = literal._parent
    if declarator.type != "VariableDeclarator" or declarator.init is not literal:
        return False
    return bool(declarator._parent._parent is function.node.body)


def _variable(field: _Field, arrow: Node) -> str | None:
    """The variable that a field was set to, if that has not changed since and is seen where the closure is."""
    given = field.given
    binding: Binding | None = given._binding if given.type == "Identifier" else None
    if binding is None or binding.writes or binding.is_module_level:
        return None
    return binding.name if is_visible(binding.name, binding, arrow._info.scope) else None


def _is_inside(node: Node, around: Node) -> bool:
    return bool(around._start <= node._start and node._end <= around._end)
