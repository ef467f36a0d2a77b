"""Texts that name the protocol only where nothing comes of it: in a comment, a string, a key of a table.

There is nothing to find in such a text, but the modules that it takes in may lend it a registry, so these stay.
"""

from __future__ import annotations

import re

from ... import NAMES
from ..code import Span
from .functions import SUPPRESSION
from .lexing import Lexed

_NAMES = "|".join(name.decode() for name in NAMES)
_WORD = re.compile(rf"(?:{_NAMES})(?![\w$])")
#: A string that is a key of something: it may get the class from the global object.
_COMPUTED = re.compile(rf"\[\s*[\"'`](?:{_NAMES})[\"'`]\s*\]")
#: Names in code beyond which a text is not looked into.
_MANY = 20
_KEY = re.compile(r"\s*:(?!:)")
_RELATIVE = re.compile(r"require\s*\(\s*[\"'`](?=\.)")
_IMPORT = re.compile(r"(?:import(?![\w$])\s*(?![\s(.:])|export(?![\w$])[^;\"'`()]*\bfrom\b)[^;\"'`()]*[\"'][^\"'\n]*[\"']")


def is_idle(lexed: Lexed) -> bool:
    """Whether no code of a text can get hold of a class of the protocol by its name."""
    text = lexed.text
    if SUPPRESSION in text or _COMPUTED.search(text):
        return False
    places = [match.span() for match in _WORD.finditer(lexed.code) if _begins(lexed.code, match.start())]
    return len(places) <= _MANY and all(_is_key(lexed, *place) for place in places)


def _begins(code: str, offset: int) -> bool:
    """Whether a word begins here, and does not go on."""
    before = code[offset - 1 : offset] if offset else ""
    return not (before.isalnum() or before in ("_", "$"))


def _is_key(lexed: Lexed, start: int, end: int) -> bool:
    """Whether the word here is the key of an object that is written out as a value, no pattern."""
    code = lexed.code
    if code[max(0, start - 200) : start].rstrip()[-1:] not in ("{", ",") or not _KEY.match(code, end):
        return False
    opening = _around(lexed, start)
    while opening is not None:
        stripped = code[max(0, opening - 200) : opening].rstrip()
        if stripped.endswith("=") and code[opening] in "{[":
            return True
        if code[opening] not in "{[" or not stripped.endswith((":", ",", "[")):
            return False
        opening = _around(lexed, opening)
    return False


def _around(lexed: Lexed, offset: int) -> int | None:
    """The bracket that an offset is in."""
    ends, starts = lexed.ends, lexed.starts
    while offset > 0:
        offset -= 1
        if offset in starts:
            offset = starts[offset]
        elif offset in ends:
            return offset
    return None


def links(lexed: Lexed) -> list[Span]:
    """Where a text takes in other modules: what must stay of it."""
    code, text = lexed.code, lexed.text
    imports = (match.span() for match in _IMPORT.finditer(code) if _begins(code, match.start()))
    found = [(start, end) for start, end in imports if not code.startswith(".", max(0, start - 1))]
    for match in _RELATIVE.finditer(text):
        opening = code.find("(", match.start(), match.end())
        if opening >= 0 and _begins(code, match.start()) and (end := lexed.ends.get(opening)) is not None:
            found.append((match.start(), end + 1))
    return sorted(found)
