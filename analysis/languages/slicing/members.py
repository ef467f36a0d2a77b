"""Which members of a class matter where one is at work in the protocol: those that do more than to ask code elsewhere.

In the glue of a compiler to WebAssembly every class has a registry and a hundred methods that only pass their fields on. Such a
method changes nothing but variables of its own, has no function in it, gives out neither its object nor a field of it, and calls
nothing at work in the protocol.
"""

from __future__ import annotations

import re
from collections import defaultdict

from ...releasing import RELEASE_METHODS
from .changes import is_changed
from .functions import Klass, Outline, Unit

#: Words that stand for the object and for what its method was handed.
_OWN = frozenset(["this", "arguments", "super"])
_PROPERTY = re.compile(r"\s*+(?:\?\.|\.)")


def is_of_life(name: str) -> bool:
    """Whether an object's life begins with a member of this name, or ends with it."""
    return name in ("constructor", *RELEASE_METHODS) or name.startswith("Symbol.")


class Members:
    """The members of the classes of a text."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self._at_work = {outline.at(offset) for offset in (*outline.seeds, *outline.unregistering)}
        self._working = {name for unit in self._at_work for name in (unit.name, unit.klass.name if unit.klass else "")} - {""}
        self._found: dict[Klass, list[Unit]] = {}

    def of(self, klass: Klass) -> list[Unit]:
        """The members that matter, and those that they mention."""
        if klass not in self._found:
            self._found[klass] = self._find(klass)
        return self._found[klass]

    def _find(self, klass: Klass) -> list[Unit]:
        outline = self.outline
        found: list[Unit] = []
        pending: list[Unit] = []
        inert: dict[str, list[Unit]] = defaultdict(list)
        for member in klass.members:
            (inert[member.name] if self._is_inert(member) else pending).append(member)
        while pending:
            member = pending.pop()
            found.append(member)
            for word, offset in outline.written(member.start, member.end) if inert else ():
                if word in inert and outline.is_property(offset):
                    pending += inert.pop(word)
        return found

    def _is_inert(self, member: Unit) -> bool:
        if member in self._at_work or is_of_life(member.name):
            return False
        words = self.outline.written(member.start, member.end)
        return len(self.outline.inside(member)) == 1 and not any(self._acts(member, word, offset) for word, offset in words)

    def _acts(self, member: Unit, word: str, offset: int) -> bool:
        """Whether a word of a member does more than to read."""
        outline, end = self.outline, offset + len(word)
        if word in _OWN and not outline.is_property(offset):
            return word != "this" or _PROPERTY.match(outline.code, end) is None or not self._goes_elsewhere(offset)
        if word in self._working and outline.is_called(offset, len(word)):
            return True
        if not is_changed(outline, offset, end):
            return False
        return outline.is_property(offset) or outline.home(word, member) is not member

    def _goes_elsewhere(self, offset: int) -> bool:
        """Whether what begins here is an argument of a function that the text does not have."""
        outline = self.outline
        opening = outline.bracket(offset)
        if opening is None or outline.code[opening] != "(" or outline.code[outline.heads.before(offset)] not in "(,":
            return False
        first, last = outline.heads.word(opening)
        return first < last and outline.code[first:last] not in outline.named
