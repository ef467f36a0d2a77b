"""Members of classes that go with their heads: those left out whose names nothing that stays mentions.

What the analysis asks of a member by its name alone is whether the object's life begins or ends with it; these stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection

from ..code import Span
from .functions import Outline, Unit
from .members import is_of_life

_HEAD = re.compile(r"(?:static\s+)?(?:async\s+)?(?:[gs]et\s+)?\*?\s*#?([\w$]+)\s*\(")
#: What stands before a member where it is neither decorated nor ends a field without a semicolon.
_BOUNDARIES = frozenset("{};")


def unnamed(outline: Outline, around: Collection[Unit], gone: list[Span]) -> list[Unit]:
    """The members of classes that go, where everything in these stretches (in order of place) does."""
    starts = [start for start, _ in gone]

    def is_gone(offset: int) -> bool:
        index = bisect_right(starts, offset) - 1
        return index >= 0 and offset < gone[index][1]

    candidates: dict[int, Unit] = {}
    for klass in outline.classes:
        for unit in klass.members if not is_gone(klass.start) else ():
            head = _HEAD.match(outline.code, unit.start)
            if head is not None and head.start(1) in outline.heads.names and unit not in around and _may_go(outline, unit):
                candidates[head.start(1)] = unit
    mentioned: dict[str, bool] = {}
    for unit in candidates.values():
        name = unit.name
        if name not in mentioned:
            mentioned[name] = any(place not in candidates and not is_gone(place) for place in outline.words[name])
    return [unit for unit in candidates.values() if not mentioned[unit.name]]


def _may_go(outline: Outline, unit: Unit) -> bool:
    return unit.block and not is_of_life(unit.name) and outline.code[outline.heads.before(unit.start)] in _BOUNDARIES
