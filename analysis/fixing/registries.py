"""Fixes for registries: made with `new`, and where they outlive their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Edit, Fix
from ..protocol.facts import Call, MissingNew, Registry
from ..scopes import Binding
from ..syntax.nodes import Node, walk
from .layout import at_top_level, indentation, is_here, line_end, removal, top_level_statement
from .names import free_name

if TYPE_CHECKING:
    from ..module import Module

_ORDERED = frozenset({"const", "let", "class", "using", "await using"})


def with_new(module: Module, missing: Call) -> tuple[Fix, ...]:
    """`new` before a constructor that is called without; none for any other call."""
    if not isinstance(missing, MissingNew):
        return ()
    callee = missing.node.callee
    while callee.type == "MemberExpression" and not callee.optional:
        callee = callee.object
    if callee.type != "Identifier" or missing.is_wrapped or missing.node.optional or not is_here(module, missing.node):
        return ()
    return (Fix("Write `new`", safe=True, edits=(module.insertion(missing.node._start, "new "),), reveals=True),)


def at_module_level(module: Module, registry: Registry) -> tuple[Fix, ...]:
    """One registry for all targets in a constant of the module, where its callback needs nothing of the place that makes it."""
    node = _whole(registry.node)
    if node is None or not is_here(module, registry.node) or len(registry.node.arguments) != 1:
        return ()
    at = top_level_statement(node)._start
    declarator = _only_declaration(node)
    own: Binding | None = declarator.id._binding if declarator is not None else None
    if _is_guarded(node) or not all(_is_known_there(part, node, at, own) for part in walk(node)):
        return ()
    made = _dedented(module, node)
    edits: tuple[Edit, ...]
    if own is not None and declarator is not None and not _is_named_elsewhere(module, own):
        gone = removal(module, declarator._parent)
        if gone is None:
            return ()
        edits = (at_top_level(module, node, f"const {own.name} = {made}"), gone)
    elif own is None or not any(use.node in walk(node) for use in own.references):
        made_here = list(dict.fromkeys(other.node for other in module.registries))
        name = free_name(module, "registry", made_here.index(registry.node) + 1)
        edits = (at_top_level(module, node, f"const {name} = {made}"), module.edit(node, name))
    else:
        return ()
    return (Fix("Move the registry to the module's top level", safe=False, edits=edits),)


def _whole(node: Node) -> Node | None:
    """The making of a registry with the test for it around; None where something else decides whether it is made."""
    while node._parent.type in ("ConditionalExpression", "LogicalExpression"):
        node = node._parent
    if node.type == "NewExpression":
        return node
    asked = node.test if node.type == "ConditionalExpression" else None
    if asked is None or any(part.type in ("CallExpression", "ThisExpression", "AwaitExpression") for part in walk(asked)):
        return None
    names = [part for part in walk(asked) if part.type == "Identifier" and part._parent.type != "MemberExpression"]
    return node if all(part._binding is None and part.name in ("FinalizationRegistry", "undefined") for part in names) else None


def _is_guarded(node: Node) -> bool:
    """Whether a statement around asks first whether there are registries."""
    current = node._parent
    while current is not None:
        test = current.test if current.type == "IfStatement" else None
        if test is not None and any(part.name == "FinalizationRegistry" for part in walk(test)):
            return True
        if current.type == "TryStatement":
            return True
        current = current._parent
    return False


def _is_known_there(part: Node, made: Node, at: int, own: Binding | None) -> bool:
    """Whether a part of a registry's making means the same before the statement at the offset ``at``."""
    kind = part.type
    if kind in ("ThisExpression", "Super", "MetaProperty", "AwaitExpression", "YieldExpression", "PrivateIdentifier"):
        return _function_inside(part, made) and kind not in ("PrivateIdentifier", "Super")
    binding: Binding | None = part._binding if kind == "Identifier" else None
    if binding is None or binding is own or _declares(made, binding):
        return True
    if not binding.is_module_level or binding.scope.node.type != "Program":
        return False
    if binding.kind in _ORDERED and not _deferred(part, made):
        return bool(binding.declarations[0]._start < at and not _is_in(binding.declarations[0], made))
    return True


def _declares(made: Node, binding: Binding) -> bool:
    return all(_is_in(declaration, made) for declaration in binding.declarations)


def _is_in(node: Node, around: Node) -> bool:
    return bool(around._start <= node._start and node._end <= around._end)


def _function_inside(part: Node, made: Node) -> bool:
    """Whether a `this`, `await` or `yield` belongs to a function inside, other than an arrow function."""
    current = part._parent
    while current is not made:
        if current.type in ("FunctionExpression", "ClassBody") or (
            current.type == "ArrowFunctionExpression" and part.type == "AwaitExpression"
        ):
            return True
        current = current._parent
    return False


def _deferred(part: Node, made: Node) -> bool:
    """Whether a name is read when the callback runs, not when the registry is made."""
    current = part._parent
    while current is not made:
        if current._info is not None:
            return True
        current = current._parent
    return False


def _only_declaration(node: Node) -> Node | None:
    """The declarator of the constant that a registry is the value of, and nothing beside it in its statement."""
    declarator = node._parent
    if declarator.type != "VariableDeclarator" or declarator.id.type != "Identifier" or declarator.init is not node:
        return None
    binding: Binding = declarator.id._binding
    alone = len(declarator._parent.declarations) == 1 and declarator._parent.kind != "var" and not binding.writes
    return declarator if alone else None


def _is_named_elsewhere(module: Module, own: Binding) -> bool:
    """Whether a registry's name means another variable somewhere in the module."""
    return own.name in module.scopes.globals or any(
        node.type == "Identifier" and node.name == own.name and node._binding is not None and node._binding is not own
        for node in walk(module.scopes.program.node)
    )


def _dedented(module: Module, node: Node) -> str:
    """A node's text with its lines moved out to the margin."""
    text = module.source.slice(node._start, node._end)
    if any(part.type == "TemplateElement" for part in walk(node)):
        return text
    margin = indentation(module, node._start)
    end = line_end(module)
    return end.join(line.removeprefix(margin) for line in text.split(end))
