"""Ways to break a program as people do while they type, and what a law about it compares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jsleak.analysis.findings import Finding
from jsleak.analysis.text import SourceText

_TOKEN = re.compile(
    r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|//[^\n]*|[\w$#@]+|=>|\.\.\.|\?\.|[-+*/=<>!&|?]+|[^\s\w]""", re.DOTALL
)
Place = tuple[str, int, int, str]


@dataclass(frozen=True)
class Break:
    """Replaces ``start`` to ``end`` by ``new``."""

    start: int
    end: int
    new: str

    def of(self, text: str) -> str:
        """The text with this edit."""
        return text[: self.start] + self.new + text[self.end :]

    def back(self, offset: int) -> int:
        """The offset before the edit of one after it."""
        return offset if offset <= self.start else offset - len(self.new) + (self.end - self.start)


def tokens(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a text are, near enough for breaking it."""
    return [match.span() for match in _TOKEN.finditer(text)]


def breaks(text: str) -> Iterator[Break]:
    """Each token taken out, each bracket or quote doubled, each place to be cut off at."""
    for start, end in tokens(text):
        yield Break(start, end, "")
        if text[start:end] in set("(){}[]`"):
            yield Break(start, start, text[start:end])
        yield Break(end, len(text), "")


def places(found: tuple[Finding, ...], text: str, back: Callable[[int], int] = lambda offset: offset) -> set[Place]:
    """The findings by rule, place and message, at the offsets of the text before a break."""
    source = SourceText(text, "")
    return {(one.rule, back(source.offset(one.range.start)), back(source.offset(one.range.end)), one.message) for one in found}
