"""Source text and places in it.

Offsets count Unicode code points from 0, as Python strings do. Lines and columns count from 1, columns in code
points; that is the unit of every report. Line terminators are those of ECMA-262, section 12.3 (LF, CR, CRLF, LS, PS).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

_LINE_TERMINATOR = re.compile("\r\n|[\n\r\u2028\u2029]")


def occurrences(text: str, word: str) -> Iterator[int]:
    """The offsets of a word in a text, whatever stands beside it; in a long text faster than any expression finds it."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters; ``line`` and ``column`` count from 1, columns in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A stretch of text, ``end`` excluded."""

    start: Position
    end: Position


class SourceText:
    """The text of one file, with its lines found once. ``code`` is as long: what of it is JavaScript, blanks for the rest.

    ``inserted`` is JavaScript that belongs to it in addition, by ascending offset.
    """

    def __init__(self, text: str, path: str, code: str | None = None, inserted: Sequence[tuple[int, str]] = ()) -> None:
        self.inserted = inserted
        self.text = text
        self.path = path
        self.code = text if code is None else code

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of each line's first character."""
        text = self.text
        if "\r" in text or "\u2028" in text or "\u2029" in text:
            return [0, *(match.end() for match in _LINE_TERMINATOR.finditer(text))]
        return [0, *(at + 1 for at in occurrences(text, "\n"))]

    def position(self, offset: int) -> Position:
        """The position of an offset; one past the end is the end of the text."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def range(self, start: int, end: int) -> Range:
        """The range from offset ``start`` up to offset ``end``."""
        return Range(self.position(start), self.position(max(start, end)))

    def offset(self, position: Position) -> int:
        """The offset of a position, kept inside the text and inside its line."""
        if position.line > len(self.line_starts):
            return len(self.text)
        start = self.line_starts[position.line - 1]
        return min(start + position.column - 1, start + len(self.line(position.line)))

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its terminator; empty past the end."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n\u2028\u2029")

    def slice(self, start: int, end: int) -> str:
        """The characters from offset ``start`` up to offset ``end``."""
        return self.text[start:end]
