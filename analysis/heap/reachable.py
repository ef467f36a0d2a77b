"""What a variable reaches by any strong edge: more than a search may claim, so that one for which there is nothing needs not begin.

A module with hundreds of registrations asks for a path from the same callback to every target in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .objects import Obj, Var
from .reach import BUDGET, origin, strong_edges

Origin = Var | Obj
_DEPTH = 4


class Reachable:
    """The origins of all values that each start leads to; found when a start is asked about for the second time.

    ``origins`` says which values an object that is reached leads to.
    """

    def __init__(self, origins: Callable[[Obj], Iterable[Origin]]) -> None:
        self._origins = origins
        self._asked: set[Var] = set()
        self._found: dict[Var, frozenset[Origin] | None] = {}

    def may_lead(self, start: Var, target: Var) -> bool:
        """Whether a search from a variable to a target may end."""
        if start not in self._asked:
            self._asked.add(start)
            return True
        if start not in self._found:
            self._found[start] = self._all(start)
        found = self._found[start]
        return found is None or origin(target) in found

    def _all(self, start: Var) -> frozenset[Origin] | None:
        """All origins; None where there are too many objects to look at."""
        seen = dict.fromkeys(start.objects)
        found: set[Origin] = set()
        pending = list(seen)
        while pending:
            obj = pending.pop()
            found.update(self._origins(obj))
            for _, _, var, _ in strong_edges(obj):
                for other in var.objects:
                    if other not in seen:
                        seen[other] = None
                        pending.append(other)
            if len(seen) > BUDGET:
                return None
        return frozenset(found)


def held(obj: Obj) -> set[Origin]:
    """The origins of the values that an object holds, those of its elements' sources included (see ``reach.keeps``)."""
    found: set[Origin] = set()
    pending = [(var, _DEPTH) for _, _, var, _ in strong_edges(obj)]
    for var, depth in pending:
        found.add(origin(var))
        if var.gathers and depth:
            pending.extend((source, depth - 1) for source, _ in var.sources if isinstance(source, Var))
    return found
