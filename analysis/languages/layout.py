"""What the lines of a text tell of its structure when its brackets do not: which lines belong together by their indentation.

A bracket too many or too few moves everything behind it to another level, and no grammar can tell which one it is. People indent,
so the lines say where what was opened should have ended. Of a text that is not indented everything belongs together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

from .code import Span

Bracket = tuple[int, str]
"""The offset and the character of a bracket; `${` counts as `{`."""

_LINE = re.compile(r"[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$)")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TAB = 8


class Layout:
    """The lines of a text, those without anything in them left out."""

    def __init__(self, text: str) -> None:
        self._text = text
        starts: list[int] = []
        indents: list[int] = []
        closers: list[bool] = []
        for match in _LINE.finditer(text):
            line = match[0]
            bare = line.lstrip()
            if bare:
                starts.append(match.start())
                indents.append(len(line[: len(line) - len(bare)].expandtabs(_TAB)))
                closers.append(bare[0] in _CLOSING)
        self._starts, self._indents, self._closers = starts, indents, closers

    @cached_property
    def _ends(self) -> list[int]:
        return [*self._starts[1:], len(self._text)]

    def _line(self, offset: int) -> int:
        return max(0, bisect_right(self._starts, offset) - 1)

    def indent(self, offset: int) -> int:
        """The indentation of the line that an offset is in."""
        return self._indents[self._line(offset)] if self._starts else 0

    def begins_line(self, offset: int) -> bool:
        """Whether only blanks stand before an offset in its line."""
        start = self._starts[self._line(offset)] if self._starts else 0
        return not self._text[start:offset].strip()

    def block(self, start: int, end: int, level: int) -> Span:
        """The lines around a stretch up to the next that are indented by ``level`` or less, with the brackets that close it."""
        if not self._starts:
            return 0, len(self._text)
        first, last = self._line(start), self._line(max(start, end - 1))
        while first > 0 and (self._indents[first] > level or self._closers[first]):
            first -= 1
        last += 1
        while last < len(self._starts) and (self._indents[last] > level or (self._indents[last] == level and self._closers[last])):
            last += 1
        return self._starts[first], self._ends[last - 1]

    def levels(self, offset: int) -> list[int]:
        """The indentations of the lines that enclose an offset, from its own outwards."""
        found: list[int] = []
        if not self._starts:
            return found
        line = self._line(offset)
        level = self._indents[line]
        found.append(level)
        while line > 0 and level > 0:
            line -= 1
            if self._indents[line] < level:
                level = self._indents[line]
                found.append(level)
        return found


def well_nested(brackets: Iterable[Bracket]) -> bool:
    """Whether each bracket has its counterpart."""
    open_ones: list[str] = []
    for _, character in brackets:
        if character not in _CLOSING:
            open_ones.append(character)
        elif not open_ones or open_ones.pop() != _CLOSING[character]:
            return False
    return not open_ones


def torn(layout: Layout, brackets: Iterable[Bracket]) -> list[Span]:
    """The stretches with a bracket that has no counterpart, as far as the lines tell; they may overlap."""
    found: list[Span] = []
    open_ones: list[tuple[int, str, int]] = []

    def unclosed() -> None:
        at, _, level = open_ones.pop()
        found.append(layout.block(at, at + 1, level))

    for offset, character in brackets:
        if character not in _CLOSING:
            open_ones.append((offset, character, layout.indent(offset)))
            continue
        first = layout.begins_line(offset)
        level = layout.indent(offset)
        # What was opened further in should have been closed by now.
        while open_ones and first and open_ones[-1][2] > level:
            unclosed()
        if open_ones and open_ones[-1][1] == _CLOSING[character] and not (first and open_ones[-1][2] < level):
            open_ones.pop()
            continue
        found.append(layout.block(offset, offset + 1, level))
        if open_ones and open_ones[-1][1] != _CLOSING[character]:
            match = next((index for index in reversed(range(len(open_ones))) if open_ones[index][1] == _CLOSING[character]), None)
            if match is not None and open_ones[match][2] >= level:
                while len(open_ones) > match + 1:
                    unclosed()
                open_ones.pop()
    while open_ones:
        unclosed()
    return found
