"""Andersen's inclusion constraints, solved with a worklist that grows while constraints are added.

L. O. Andersen, *Program Analysis and Specialization for the C Programming Language* (1994), chapter 4, with the difference
propagation of Pearce, Kelly and Hankin (2004). Calls add constraints as their callees become known, so solving and
lowering take turns. Every step along an edge is counted against a budget in proportion to the module's size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..syntax.nodes import Node
from .objects import Obj, Var

#: Unknown values that a variable tells apart; more of them say nothing more.
UNKNOWNS = 6


class Solver:
    """The constraint graph and what is still to be propagated in it."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.exhausted = False
        self._pending: deque[tuple[Var, Obj]] = deque()

    def add(self, var: Var, obj: Obj, node: Node | None = None) -> None:
        """``obj`` ∈ ``var``, allocated or named at ``node``."""
        var.sources.append((obj, node))
        self._include(var, obj)

    def copy(self, source: Var, target: Var, node: Node | None = None) -> None:
        """``source`` ⊆ ``target``, because of ``node``."""
        if source is target:
            return
        if source.constant:
            for obj in source.objects:
                self.add(target, obj, node)
            return
        if target in source.targets:
            return
        source.targets[target] = None
        target.sources.append((source, node))
        for obj in source.objects:
            self._include(target, obj)

    def watch(self, var: Var, watcher: Callable[[Obj], None]) -> None:
        """Call ``watcher`` once with each object of ``var``, those that come later too."""
        seen: set[Obj] = set()

        def once(obj: Obj) -> None:
            if obj not in seen:
                seen.add(obj)
                watcher(obj)

        if not var.constant:
            var.watchers.append(once)
        for obj in list(var.objects):
            once(obj)

    def hint(self, var: Var, obj: Obj) -> None:
        """``obj`` may be in ``var``, but is not what was written there (an undefined before the first assignment, say)."""
        self._include(var, obj)

    def _include(self, var: Var, obj: Obj) -> None:
        if obj in var.objects:
            return
        if obj.kind == "unknown":
            if var.unknowns >= UNKNOWNS:
                return
            var.unknowns += 1
        var.objects[obj] = None
        if var.targets or var.watchers:
            self._pending.append((var, obj))

    def run(self) -> None:
        """Propagate until nothing changes or the budget is used up."""
        pending = self._pending
        while pending:
            var, obj = pending.popleft()
            self.budget -= 1 + len(var.targets)
            if self.budget < 0:
                self.exhausted = True
                pending.clear()
                return
            for target in list(var.targets):
                self._include(target, obj)
            for watcher in list(var.watchers):
                watcher(obj)
