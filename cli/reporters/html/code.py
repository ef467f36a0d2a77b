"""Pieces of source for a page: lines with the place marked, coloured by Pygments as far as the file is not huge."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from pygments.lexers.javascript import JavascriptLexer
from pygments.token import Comment, Keyword, Name, Number, String

from jsleak.analysis.text import Position, Range, SourceText

from ...output import visible_cells

_AROUND = 2
_HEAD, _TAIL = 10, 3
_WIDTH = 240
_BEFORE_MARK = 80
_LEXED_WHOLE = 256 << 10
"""Characters. What stands in a comment or a template is known only from the file's beginning, which takes a second for each MB."""

_LEXER_SECONDS = 3.0
"""Of the processor. Some texts (``1/*1/*…``, which JSX may hold) take time in the square of their length."""

_KINDS = ((Comment, "c"), (Keyword, "k"), (String, "s"), (Number, "n"), (Name.Function, "f"), (Name.Class, "f"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of one ``kind`` (a class of the page's style, or nothing)."""

    text: str
    kind: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an excerpt; ``number`` None stands for lines that are left out. ``hit``: the place is, at least in part, in it."""

    number: int | None
    pieces: tuple[Piece, ...] = ()
    hit: bool = False


class Code:
    """A file whose parts are shown."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._spans: tuple[list[int], list[int], list[str]] | None = None

    def excerpt(self, place: Range) -> list[Line]:
        """The lines of a place and those around it. A long one is cut around the place, a place of many loses its middle."""
        count = len(self._source.line_starts)
        first, last = place.start.line, place.end.line
        if first > count:
            return []
        if last > first and place.end.column == 1:
            last -= 1
        numbers: list[int | None] = list(range(max(1, first - _AROUND), min(count, last + _AROUND) + 1))
        if last - first >= _HEAD + _TAIL:
            shown = range(max(1, first - _AROUND), first + _HEAD)
            numbers = [*shown, None, *range(last - _TAIL + 1, min(count, last + _AROUND) + 1)]
        lines = [Line(None) if number is None else self._line(number, place, last) for number in numbers]
        # An empty last line is only the end of the file.
        return lines[:-1] if lines[-1].number == count and not lines[-1].pieces and not lines[-1].hit else lines

    def _line(self, number: int, place: Range, last: int) -> Line:
        text = self._source.line(number)
        start, end = 0, 0
        if hit := place.start.line <= number <= last:
            start = place.start.column - 1 if number == place.start.line else len(text) - len(text.lstrip())
            end = place.end.column - 1 if number == place.end.line else len(text)
        low = max(0, start - _BEFORE_MARK) if len(text) > _WIDTH else 0
        high = min(len(text), low + _WIDTH)
        offset = self._source.offset(Position(number, 1))
        pieces = tuple(self._pieces(offset + low, offset + high, offset + start, offset + min(end, high)))
        before, after = (Piece("…"),) if low else (), (Piece("…"),) if high < len(text) else ()
        return Line(number, (*before, *pieces, *after), hit)

    def _pieces(self, low: int, high: int, start: int, end: int) -> Iterator[Piece]:
        """The characters from ``low`` to ``high``, in runs of one kind that are marked as a whole or not at all."""
        text = self._source.text
        at = low
        for stop, kind in self._runs(low, high):
            while at < stop:
                cut = min([border for border in (start, end) if at < border < stop], default=stop)
                yield Piece(_visible(text[at:cut]), kind, start <= at < end)
                at = cut

    def _runs(self, low: int, high: int) -> Iterator[tuple[int, str]]:
        """Where each run of one kind ends, from ``low`` up to ``high``."""
        if len(self._source.text) > _LEXED_WHOLE:
            begins, ends, kinds = _lexed(self._source.text[low:high], low)
        else:
            if self._spans is None:
                self._spans = _lexed(self._source.text, 0)
            begins, ends, kinds = self._spans
        for index in range(max(0, bisect_right(begins, low) - 1), len(begins)):
            if begins[index] >= high:
                break
            if begins[index] > low:
                yield min(begins[index], high), ""
            yield min(ends[index], high), kinds[index]
        yield high, ""


def _lexed(text: str, offset: int) -> tuple[list[int], list[int], list[str]]:
    """Begin, end and kind of what has a colour, in order."""
    begins: list[int] = []
    ends: list[int] = []
    kinds: list[str] = []
    until = time.process_time() + _LEXER_SECONDS
    for index, token, value in JavascriptLexer().get_tokens_unprocessed(text):
        if time.process_time() > until:
            break
        kind = next((kind for parent, kind in _KINDS if token in parent), "")
        if kind:
            begins.append(offset + index)
            ends.append(offset + index + len(value))
            kinds.append(kind)
    return begins, ends, kinds


def _visible(text: str) -> str:
    """The text with nothing in it that would turn its order round or hide; tabs stay."""
    return "\t".join(visible_cells(part) for part in text.split("\t"))
