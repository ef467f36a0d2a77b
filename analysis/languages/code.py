"""One program as the parser reads it: the file's text with all else blanked out, and what has to be put in for it to mean the same.

Most languages above JavaScript only add to it, and blanks of the same length are enough. What has a meaning at run time that no
blank can keep (an enum, a parameter property) is written out as JavaScript and inserted; the nodes of such a text have the place of
what it was made from.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from .. import SourceType
from ..syntax.nodes import Node, walk
from ..text import SourceText

Span = tuple[int, int]
"""Offsets in code points, the second excluded."""

_NOT_BLANK = re.compile(r"[^\n\r\u2028\u2029]+")
#: What stands for each byte: five to ten times as fast as the expression above.
_BLANK = bytes(byte if chr(byte) in "\n\r" else ord(" ") for byte in range(256))


@dataclass(frozen=True, slots=True)
class Insertion:
    """JavaScript that the parser reads before offset ``at`` of the file. Its nodes stand at ``source``: empty and there if None."""

    at: int
    text: str
    source: Span | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """What is known of a program by names although bodies were left out of it.

    ``nodes`` is about how many nodes the whole program has; the budgets go by it. ``crowds`` has for a name that many share how
    many functions have it in the whole program, and how many calls mention it. ``unregistering`` are the names of functions that
    may lead to an `unregister`. ``lost`` are names of variables and properties that the rules may ask about, and that are used in
    bodies that were left out.
    """

    nodes: int = 0
    crowds: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unregistering: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Code:
    """A program in a file.

    ``text`` is as long as the file's own. ``broken`` are stretches that could not be read: no finding touches them.
    ``unknown`` are bodies of functions that were left out: what these do is not known. ``types`` has the type annotation of a
    binding or field by the offset of its name. ``whole`` is the program with those bodies, None where none was left out;
    ``absent`` is what is known of them all the same. ``skeleton`` is there for a text that looks broken: the program without what
    does not, in which the parser finds the same error in less time. ``jsx`` None: where nothing else parses. ``modular`` says
    whether it imports or exports, None where that is not known. ``parts`` are the stretches of the file that it was made from;
    none: all of it.
    """

    text: str
    source_type: SourceType | None = None
    jsx: bool | None = None
    modular: bool | None = None
    insertions: tuple[Insertion, ...] = ()
    broken: tuple[Span, ...] = ()
    unknown: tuple[Span, ...] = ()
    types: Mapping[int, str] = field(default_factory=dict)
    whole: Code | None = None
    absent: Absent | None = None
    skeleton: Code | None = None
    parts: tuple[Span, ...] = ()

    def holds(self, offset: int) -> bool:
        """Whether something in the file belongs to this program."""
        return not self.parts or any(start <= offset < end for start, end in self.parts)

    @property
    def parsed(self) -> str:
        """What the parser reads."""
        if not self.insertions:
            return self.text
        pieces: list[str] = []
        done = 0
        for one in self.insertions:
            pieces += (self.text[done : one.at], one.text)
            done = one.at
        return "".join([*pieces, self.text[done:]])

    def source(self, text: str, path: str) -> SourceText:
        """The file's text, with this program as its code."""
        return SourceText(text, path, self.text, [(one.at, one.text) for one in self.insertions])

    def offset(self, parsed: int) -> int:
        """The offset in the file of an offset in what the parser reads."""
        return _Places(self).offset(parsed)

    def settle(self, root: Node) -> None:
        """Give the nodes of the parsed text their places in the file; ``_inserted`` marks those that do not stand in it."""
        if not self.insertions:
            return
        places = _Places(self)
        for node in walk(root):
            node._inserted = places.is_inserted(node._start, node._end)
            node._start, node._end = places.span(node._start, node._end)
        root._start, root._end = 0, len(self.text)


class _Places:
    """Where in the file the offsets of the parsed text are."""

    def __init__(self, code: Code) -> None:
        self._insertions = code.insertions
        lengths = [len(one.text) for one in code.insertions]
        before = [0, *accumulate(lengths)]
        self._starts = [one.at + before[index] for index, one in enumerate(code.insertions)]
        self._before = before

    def offset(self, parsed: int, *, behind: int = 0) -> int:
        """The place in the file, or as many characters behind it; what was inserted is where it was put in."""
        index = bisect_right(self._starts, parsed)
        if index and parsed < self._starts[index - 1] + len(self._insertions[index - 1].text):
            return self._insertions[index - 1].at
        return parsed - self._before[index] + behind

    def is_inserted(self, start: int, end: int) -> bool:
        """Whether a node lies within what was inserted."""
        index = bisect_right(self._starts, start)
        return index > 0 and end <= self._starts[index - 1] + len(self._insertions[index - 1].text)

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a node."""
        index = bisect_right(self._starts, start)
        if index:
            last = self._insertions[index - 1]
            if end <= self._starts[index - 1] + len(last.text):
                return last.source or (last.at, last.at)
        first = self.offset(start)
        # A node's end is behind its last character: what is inserted right there is no part of it.
        return first, max(first, self.offset(end - 1, behind=1) if end > start else first)


def blank(text: str, spans: Iterable[Span]) -> str:
    """The text with blanks in the place of these stretches (ascending, apart); its lines end where they did."""
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += (text[done:start], blanks(text[start:end]))
        done = end
    return "".join([*pieces, text[done:]])


def blanks(text: str) -> str:
    """As many blanks as a text has characters, in as many lines."""
    if "\u2028" in text or "\u2029" in text:
        return _NOT_BLANK.sub(lambda match: " " * len(match[0]), text)
    return text.encode("ascii", "replace").translate(_BLANK).decode("ascii")


def blank_but(text: str, start: int, end: int) -> str:
    """The text with blanks in the place of everything outside a stretch."""
    return blank(text, [(0, start), (end, len(text))])
