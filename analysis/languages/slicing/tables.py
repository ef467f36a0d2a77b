"""Tables: object literals that list hundreds of names, most of which nothing else mentions.

A compiler to WebAssembly writes one with all that the compiled code may call, a bundler one with a cell for each name that its
modules share. Read as a whole they would keep every function in them, and be most of what is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..code import Span
from .closure import CALLERS
from .functions import PROTOCOL, SUPPRESSION, Outline, Unit

#: Characters from which on a literal may be a table, and entries that stay whatever they are: more than any question goes by.
_LONG = 2000
_STAY = 40
_NAME = r"[A-Za-z_$][\w$]*"
_LITERAL = r"(?:[\"'][ ]*[\"']|-?\d[\w.]*|true\b|false\b|null\b)"
#: An entry ``key: value``, where the value is a literal, a call with literals, or a path: a name and properties of it.
_ENTRY = re.compile(
    rf"""
    (?:(?P<key>[\w$]+)|["'][ ]*["'])\s*:\s*
    (?:
        {_LITERAL}
        |(?P<called>{_NAME})\s*\(\s*(?:{_LITERAL}\s*(?:,\s*(?={_LITERAL})|(?=\))))*\)
        |(?P<name>{_NAME})(?:\[\s*\d+\s*\])?(?:\.(?P<first>{_NAME})(?:\.{_NAME})*)?
    )\s*
    """,
    re.VERBOSE,
)
#: The brace of an object literal: behind what a value follows, which the end of `=>` or `>=` is not.
_BRACE = re.compile(r"(?<![=!<>])[=(,\[:?&|]\s*(\{)")


@dataclass(eq=False, slots=True)
class Entry:
    """An entry: from its key to that of the next one, or the closing brace.

    ``name`` is the variable that is its value, ``first`` the property that a path begins with instead; both may be empty.
    """

    start: int
    end: int
    key: str
    name: str
    first: str


@dataclass(eq=False, slots=True)
class Tables:
    """The tables of a statement: their entries that can go, and the stretches of the statement that stay whether or not they do."""

    entries: list[Entry]
    rest: list[Span]


def tables_in(outline: Outline, owner: Unit, own: list[Span]) -> Tables | None:
    """The tables in a statement of a function, or in a part of one; ``own`` are the stretches of it in no function within."""
    start, end = own[0][0], own[-1][1]
    if end - start < _LONG:
        return None
    found = (entry for opening in _literals(outline, owner, own) for entry in _entries(outline, opening))
    entries = sorted(found, key=lambda entry: entry.start)
    if not entries:
        return None
    starts = [start, *(entry.end for entry in entries)]
    ends = [*(entry.start for entry in entries), end]
    return Tables(entries, [(first, last) for first, last in zip(starts, ends, strict=True) if first < last])


def _literals(outline: Outline, owner: Unit, own: list[Span]) -> Iterator[int]:
    """Where long object literals begin; a pattern in the head of a function is none."""
    for start, end in own:
        for match in _BRACE.finditer(outline.code, start, end):
            opening = match.start(1)
            if outline.closing(opening) - opening >= _LONG and outline.at(opening) is owner:
                yield opening


def _entries(outline: Outline, opening: int) -> Iterator[Entry]:
    """The entries of a literal that can go."""
    code, closing = outline.code, outline.closing(opening)
    operands = outline.reader.operands(opening + 1, closing)
    following = [first for first, _ in operands[_STAY + 1 :]] + [closing]
    for (start, last), end in zip(operands[_STAY:], following, strict=False):
        match = _ENTRY.fullmatch(code, start, last)
        if match is None or outline.text.find(SUPPRESSION, start, end) >= 0:
            continue
        key = match["key"] or outline.text[start + 1 : code.index(":", start)].rstrip(" \t\"'")
        if key not in PROTOCOL and (match["called"] is None or outline.few_calls(match["called"], CALLERS) is None):
            first = match["first"] or ""
            yield Entry(start, end, key, "" if first else match["name"] or "", first)
