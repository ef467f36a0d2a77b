"""Fixes that give a target a name: an object that nobody holds becomes a constant of the module, which does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Fix
from ..protocol.fresh import Fresh
from ..syntax.nodes import Node
from .layout import before, is_here, statement_of
from .names import free_name

if TYPE_CHECKING:
    from ..module import Module

#: What evaluates its parts once, and whenever it is reached itself.
_EAGER = frozenset(
    {
        *("CallExpression", "NewExpression", "MemberExpression", "ChainExpression", "AssignmentExpression", "SequenceExpression"),
        *("VariableDeclarator", "VariableDeclaration", "ExpressionStatement", "ExportNamedDeclaration", "AwaitExpression"),
        *("ObjectExpression", "ArrayExpression", "Property", "UnaryExpression", "BinaryExpression"),
    }
)


def named_target(module: Module, fresh: Fresh, base: str, number: int) -> tuple[Fix, ...]:
    """A constant for a fresh object, where that keeps it: at the module's top level. A local one would go with its function.

    ``number`` counts what the same rule flags, so that no two fixes take one name.
    """
    statement = statement_of(fresh.node)
    if statement is None or statement._parent.type != "Program" or not is_here(module, statement) or not _is_eager(fresh.node):
        return ()
    name = free_name(module, base, number)
    made = module.source.slice(fresh.node._start, fresh.node._end)
    edits = (before(module, statement, f"const {name} = {made}"), module.edit(fresh.node, name))
    return (Fix(f"Keep the target in a constant `{name}`", safe=False, edits=edits),)


def _is_eager(node: Node) -> bool:
    current = node._parent
    while current.type != "Program":
        if current.type not in _EAGER or current.optional:
            return False
        current = current._parent
    return True
