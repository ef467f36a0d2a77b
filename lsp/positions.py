"""Between places in a text and positions of the protocol.

The protocol's lines end at LF, CRLF and CR only and count from 0; its columns count units of the negotiated encoding. Lines of the
analysis also end at LS and PS (ECMA-262), so everything is converted through offsets.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property

from lsprotocol import types

from jsleak.analysis.text import Range, SourceText

_TERMINATOR = re.compile("\r\n|[\r\n]")


class Positions:
    """Converts positions in one text. ``encoding`` is the unit of columns.

    Positions from the client that lie outside are kept inside, as the protocol says: a column past the end of a line is that end.
    """

    def __init__(
        self, text: str, encoding: types.PositionEncodingKind | str, path: str = "", *, line_starts: list[int] | None = None
    ) -> None:
        self.text = text
        self.encoding = types.PositionEncodingKind(encoding)
        self.path = path
        self._line_starts = line_starts

    @property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each of the protocol's lines."""
        if self._line_starts is None:
            self._line_starts = [0, *(match.end() for match in _TERMINATOR.finditer(self.text))]
        return self._line_starts

    @cached_property
    def source(self) -> SourceText:
        """The text as the analysis sees it."""
        return SourceText(self.text, self.path)

    def position(self, offset: int) -> types.Position:
        """The position of an offset in code points."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset) - 1
        start, end = self._line(line)
        return types.Position(line, self._units(self.text[start : min(offset, end)]))

    def offset(self, position: types.Position) -> int:
        """The offset of a position; one inside of a character is where that begins."""
        if position.line >= len(self.line_starts):
            return len(self.text)
        start, end = self._line(position.line)
        return start + self._characters(self.text[start:end], position.character)

    def span(self, start: int, end: int) -> types.Range:
        """The protocol's range from one offset up to another."""
        return types.Range(self.position(start), self.position(max(start, end)))

    def offsets(self, range_: types.Range) -> tuple[int, int]:
        """The offsets of a range of the protocol, in order."""
        start, end = self.offset(range_.start), self.offset(range_.end)
        return (start, end) if start <= end else (end, start)

    def range(self, range_: Range) -> types.Range:
        """The protocol's form of a range of the analysis."""
        return self.span(self.source.offset(range_.start), self.source.offset(range_.end))

    def to_range(self, range_: types.Range) -> Range:
        """The analysis's form of a range of the protocol."""
        return self.source.range(*self.offsets(range_))

    def replaced(self, start: int, end: int, replacement: str) -> Positions:
        """Positions in the text with a stretch replaced. Finds only those lines anew that may have changed."""
        text = self.text[:start] + replacement + self.text[end:]
        if self._line_starts is None:
            return Positions(text, self.encoding, self.path)
        starts = self.line_starts
        # One character more on either side: CR and LF may have come together or apart there.
        keep = max(1, bisect_left(starts, start))
        rest = bisect_right(starts, end + 1)
        shift = len(replacement) - (end - start)
        first = starts[keep - 1]
        last = starts[rest] + shift if rest < len(starts) else len(text)
        found = [match.end() for match in _TERMINATOR.finditer(text, first, last)]
        if rest < len(starts) and found and found[-1] == last:
            found.pop()
        return Positions(
            text, self.encoding, self.path, line_starts=[*starts[:keep], *found, *(one + shift for one in starts[rest:])]
        )

    def _line(self, number: int) -> tuple[int, int]:
        """Where a line begins and where it ends, without its terminator."""
        start = self.line_starts[number]
        if number + 1 == len(self.line_starts):
            return start, len(self.text)
        end = self.line_starts[number + 1] - 1
        if end > start and self.text[end] == "\n" and self.text[end - 1] == "\r":
            end -= 1
        return start, end

    def _units(self, characters: str) -> int:
        if self.encoding is types.PositionEncodingKind.Utf32 or characters.isascii():
            return len(characters)
        if self.encoding is types.PositionEncodingKind.Utf8:
            return len(characters.encode("utf-8", "surrogatepass"))
        return len(characters.encode("utf-16-le", "surrogatepass")) // 2

    def _characters(self, line: str, units: int) -> int:
        """How many characters of a line the first ``units`` units are."""
        if self.encoding is types.PositionEncodingKind.Utf32 or line.isascii():
            return min(units, len(line))
        # The units of a prefix never fall with its length.
        return bisect_right(range(1, len(line) + 1), units, key=lambda count: self._units(line[:count]))
