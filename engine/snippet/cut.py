"""Cuts from a module what a finding needs: its statements, what they refer to, and what sets that. The rest becomes blanks.

The body of a function that leads to the finding is cut like the module itself: of a bundle that is one function, what matters
stays. Of a declaration with many names, those that matter keep their values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jsleak.analysis.scopes import Binding
from jsleak.analysis.syntax.nodes import Node, children, walk

from .edits import Changes
from .program import TOOL
from .sites import Sites

_STATEMENTS = ("Statement", "CatchClause", "SwitchCase")


@dataclass(eq=False)
class Unit:
    """What is kept or left out as one: a statement, or one name of a declaration with many. ``opened``: its parts are units too."""

    node: Node
    outer: Unit | None
    uses: set[Binding] = field(default_factory=set)
    sets: set[Binding] = field(default_factory=set)
    opened: bool = False


def cut(sites: Sites, changes: Changes) -> None:
    """Blank out the statements that the finding does without."""
    units = list(_units(sites))
    kept = _needed(sites, units)
    for unit in units:
        if unit not in kept and (unit.outer is None or unit.outer in kept):
            _leave_out(unit.node, changes)


def _leave_out(node: Node, changes: Changes) -> None:
    if node._inserted:
        return  # its place is that of what it was made from
    if node.type == "VariableDeclarator":
        changes.put(node.init, "undefined" if node.id.type == "Identifier" else f"{TOOL}.stub")
    elif node._parent.type != "Program" or node.type != "ImportDeclaration":
        changes.blank(node._start, node._end)


def _units(sites: Sites) -> Iterator[Unit]:
    """The units of the module and of the functions around the finding's innermost ones, outer ones first."""
    module = sites.module
    bodies: dict[Node, None] = {}
    for node in _nodes(sites):
        for outer in module.function_of(node).ancestors:
            body = outer.node.body
            if body is not None and type(body) is not list and body.type == "BlockStatement":
                bodies[body] = None
    yield from _of_body(list(module.scopes.program.node.body), None, bodies)


def _of_body(statements: list[Node], outer: Unit | None, bodies: dict[Node, None]) -> Iterator[Unit]:
    for statement in statements:
        if statement.type == "ExpressionStatement" and statement.directive is not None:
            continue
        several = statement.type == "VariableDeclaration" and len(statement.declarations) > 1
        for node in [one for one in statement.declarations if one.init is not None] if several else [statement]:
            yield from _unit(node, outer, bodies)


def _unit(node: Node, outer: Unit | None, bodies: dict[Node, None]) -> Iterator[Unit]:
    unit = Unit(node, outer)
    inner = [one for one in walk(node) if one in bodies]
    inner = [one for one in inner if not any(one is not other and _inside(one, other) for other in inner)]
    unit.opened = bool(inner)
    for one in walk(node):
        if one.type != "Identifier" or any(_inside(one, body) for body in inner):
            continue
        binding = one._binding
        if isinstance(binding, Binding):
            unit.uses.add(binding)
            if _is_set(one, binding):
                unit.sets.add(binding)
    yield unit
    for body in inner:
        yield from _of_body(list(body.body), unit, bodies)


def _inside(node: Node, outer: Node) -> bool:
    return bool(outer._start <= node._start and node._end <= outer._end)


def _is_set(node: Node, binding: Binding) -> bool:
    """Whether an Identifier is a declaration of its binding, or is assigned to, or something of it is: `a`, `a.b`, `a[0].b`."""
    if any(node is declared for declared in binding.declarations):
        return True
    while node._parent.type == "MemberExpression" and node._parent.object is node:
        node = node._parent
    return bool(node._parent.type == "AssignmentExpression" and node._parent.left is node)


def _nodes(sites: Sites) -> list[Node]:
    """The places that the finding is about."""
    hops = [node for hop in sites.finding.retention if (node := sites.at(hop.range)) is not None]
    return [*sites.calls, *hops, *(fact.node for fact in sites.registrations)]


def _leaves(node: Node) -> bool:
    """Whether a statement may leave the function that it stands in."""
    if node._info is not None or node.type == "VariableDeclarator":
        return False
    if node.type in ("ReturnStatement", "ThrowStatement"):
        return True
    return any(_leaves(child) for child in children(node) if child.type.endswith(_STATEMENTS))


def _needed(sites: Sites, units: list[Unit]) -> set[Unit]:
    setters: dict[Binding, list[Unit]] = {}
    for unit in units:
        for binding in unit.sets:
            setters.setdefault(binding, []).append(unit)
    nodes = _nodes(sites)
    # Of an opened unit only the parts that hold a place matter, and itself as what is around them.
    pending = [unit for unit in units if any(_inside(node, unit.node) for node in nodes)]
    # What leaves a function before the place is no less needed: without it the program would go where it never went.
    pending += [unit for unit in units if unit.outer is not None and _leaves(unit.node)]
    kept: set[Unit] = set()
    while pending:
        unit = pending.pop()
        if unit in kept:
            continue
        kept.add(unit)
        if unit.outer is not None:
            pending.append(unit.outer)
        for binding in unit.uses:
            pending += setters.get(binding, ())
    return kept
