"""Changes to a program's text, made at nodes of its tree: marks, stand-ins and counterfactuals.

A change inside of something that is replaced as a whole goes with it. What is blanked keeps its line breaks, so every line stays
where the user has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jsleak.analysis.syntax.nodes import Node

_NOT_A_LINE_BREAK = re.compile(r"[^\n\r\u2028\u2029]")


def blank(text: str) -> str:
    """The text with everything but its line breaks replaced by spaces."""
    return _NOT_A_LINE_BREAK.sub(" ", text)


@dataclass
class Changes:
    """Insertions and replacements by offset. An earlier `around` stands further outside."""

    text: str
    _around: list[tuple[int, int, str, str]] = field(default_factory=list)
    _replaced: dict[tuple[int, int], str] = field(default_factory=dict)

    def around(self, start: int, end: int, before: str, after: str) -> None:
        """Put text before and after a stretch."""
        self._around.append((start, end, before, after))

    def wrap(self, node: Node, before: str, after: str) -> None:
        """Put text before and after an expression."""
        self.around(node._start, node._end, before, after)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put text in place of a stretch, whose line breaks stay."""
        breaks = "".join(re.findall(r"\r\n|[\n\r\u2028\u2029]", self.text[start:end]))
        self._replaced[start, end] = text + breaks

    def put(self, node: Node, text: str) -> None:
        """Put text in place of a node."""
        self.replace(node._start, node._end, text)

    def blank(self, start: int, end: int) -> None:
        """Leave a stretch out."""
        if start < end:
            self._replaced[start, end] = blank(self.text[start:end])

    def result(self) -> str:
        """The changed text."""
        inserted = _Insertions([one for one in self._around if not self._is_inside(one[0], one[1])])
        pieces: list[str] = []
        done = 0
        for start, end in sorted(self._replaced, key=lambda place: (place[0], -place[1])):
            if start < done:
                continue  # inside of one that is replaced already
            pieces += (inserted.plain(self.text, done, start), *inserted.before.get(start, ()), self._replaced[start, end])
            done = end
        pieces.append(inserted.plain(self.text, done, len(self.text)))
        pieces += inserted.after.get(len(self.text), ())
        return "".join(pieces)

    def _is_inside(self, start: int, end: int) -> bool:
        """Whether a stretch goes with a larger one that is replaced; what is inserted at its borders stays."""
        return any(
            first <= start and end <= last and (start, end) != (first, last) and not (start == end and start in (first, last))
            for first, last in self._replaced
        )


class _Insertions:
    """What is inserted, by offset: ``before`` what begins there, ``after`` what ends there."""

    def __init__(self, around: list[tuple[int, int, str, str]]) -> None:
        self.before: dict[int, list[str]] = {}
        self.after: dict[int, list[str]] = {}
        for start, end, before, after in around:
            self.before.setdefault(start, []).append(before)
            self.after.setdefault(end, []).insert(0, after)

    def plain(self, text: str, start: int, end: int) -> str:
        """A stretch that is not replaced, with what is inserted in it: what closes at its start, opens before its end."""
        places = sorted({*(at for at in self.before if start <= at < end), *(at for at in self.after if start <= at < end)})
        pieces: list[str] = []
        done = start
        for at in places:
            pieces += (text[done:at], *self.after.get(at, ()), *self.before.get(at, ()))
            done = at
        pieces.append(text[done:end])
        return "".join(pieces)
