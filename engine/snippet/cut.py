"""Cuts from a module what a finding needs: its statements, what they refer to, and what uses that. The rest becomes blanks."""

from __future__ import annotations

from jsleak.analysis.scopes import Binding
from jsleak.analysis.syntax.nodes import Node, walk

from .edits import Changes
from .sites import Sites

_DECLARATIONS = ("FunctionDeclaration", "ClassDeclaration", "VariableDeclaration", "ImportDeclaration", "ExportNamedDeclaration")


def cut(sites: Sites, changes: Changes) -> None:
    """Blank out the top-level statements that the finding does without."""
    kept = _needed(sites)
    for statement in sites.module.scopes.program.node.body:
        if statement not in kept and statement.type != "ImportDeclaration":
            changes.blank(statement._start, statement._end)


def _needed(sites: Sites) -> set[Node]:
    body: list[Node] = list(sites.module.scopes.program.node.body)
    owner: dict[Binding, Node] = {}
    uses: dict[Node, set[Binding]] = {}
    for statement in body:
        bound = {node._binding for node in walk(statement) if node.type == "Identifier" and isinstance(node._binding, Binding)}
        uses[statement] = {binding for binding in bound if binding.is_module_level}
        for binding in uses[statement]:
            if any(statement._start <= declared._start < statement._end for declared in binding.declarations):
                owner.setdefault(binding, statement)
    nodes = [*sites.calls, *(node for hop in sites.finding.retention if (node := sites.at(hop.range)) is not None)]
    pending = [one for one in body if any(one._start <= node._start < one._end for node in nodes)]
    kept: set[Node] = set()
    while pending:
        statement = pending.pop()
        if statement in kept:
            continue
        kept.add(statement)
        pending += [owner[binding] for binding in uses[statement] if binding in owner]
    return kept
