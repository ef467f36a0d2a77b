"""Tables of functions: object literals that list hundreds of names, most of which nothing else mentions.

A compiler to WebAssembly writes one with all that the compiled code may call. Read as a whole it would keep every function in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .functions import SUPPRESSION, Outline

#: Characters from which on a literal may be a table, and entries that stay whatever they are: more than any question goes by.
_LONG = 2000
_STAY = 40
_ENTRY = re.compile(r"(?:([\w$]+)|[\"'] *[\"'])\s*:\s*([A-Za-z_$][\w$]*)\s*")


@dataclass(eq=False, slots=True)
class Entry:
    """An entry ``key: name``: from its key to that of the next one, or the closing brace."""

    start: int
    end: int
    key: str
    name: str


@dataclass(eq=False, slots=True)
class Table:
    """A table: its entries that can go, and the stretches of it that stay, whether or not they do."""

    entries: list[Entry]
    rest: list[tuple[int, int]]


def table_in(outline: Outline, start: int, end: int) -> Table | None:
    """The table that is the whole value of a statement, or of a part of one."""
    if end - start < _LONG:
        return None
    code = outline.code
    opening = code.find("{", start, start + 200)
    if opening < 0 or not code[start:opening].rstrip().endswith("=") or outline.closing(opening) < end - 2:
        return None
    closing = outline.closing(opening)
    operands = outline.reader.operands(opening + 1, closing)
    following = [first for first, _ in operands[1:]] + [closing]
    found = Table([], [(start, opening)])
    for number, ((first, last), after) in enumerate(zip(operands, following, strict=True)):
        plain = _ENTRY.fullmatch(code, first, last)
        if plain is None or number < _STAY or outline.text.find(SUPPRESSION, first, after) >= 0:
            found.rest.append((first, last))
        else:
            key = plain[1] or outline.text[first + 1 : code.index(":", first)].rstrip(" \t\"'")
            found.entries.append(Entry(first, after, key, plain[2]))
    return found if found.entries else None
