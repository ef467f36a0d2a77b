"""Fixes for what a WeakRef gives: a check that was made in an earlier job is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Fix
from ..protocol.derefs import UncheckedUse, optional_edits
from ..scopes import FunctionInfo
from ..syntax.nodes import Node
from .layout import before, is_here, own, statement_of

if TYPE_CHECKING:
    from ..module import Module

_LOOPS = frozenset({"ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"})


def check_again(module: Module, found: UncheckedUse) -> tuple[Fix, ...]:
    """`if (!ref.deref()) return;` before the statement that derefs again, or `?.` where nothing follows from it."""
    node = found.dereference.node
    fixes: list[Fix] = []
    statement = statement_of(node)
    if found.wait is None or not is_here(module, node):
        return ()
    function = module.function_of(node)
    if statement is not None and not found.name and not _waits_inside(statement, node) and _may_return(function, statement):
        asked = module.source.slice(node._start, node._end)
        word = "yield" if found.wait.type == "YieldExpression" else "await"
        check = before(module, statement, f"if (!{asked}) return")
        fixes.append(Fix(f"Check again after the `{word}`", safe=False, edits=(check,)))
    edits = optional_edits(module, found)
    if edits:
        fixes.append(Fix("Use `?.`", safe=False, edits=edits))
    return tuple(fixes)


def _may_return(function: FunctionInfo, statement: Node) -> bool:
    """Whether a function can end before a statement, with nothing that its callers would wait for."""
    gives = any(part.type == "ReturnStatement" and part.argument is not None for part in own(function.node.body))
    return not gives and function.kind != "program" and statement._parent.type == "BlockStatement"


def _waits_inside(statement: Node, node: Node) -> bool:
    """Whether a job may end between a statement's beginning and a place in it."""
    parts = list(own(statement))
    ends = any(part.type in ("AwaitExpression", "YieldExpression") and part._end <= node._start for part in parts)
    return ends or any(part.type in _LOOPS for part in parts)
