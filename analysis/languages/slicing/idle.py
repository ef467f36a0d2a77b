"""Texts that name the protocol only where nothing comes of it: in a comment, a string, a key of a table.

There is nothing to find in such a text, but the modules that it takes in may lend it a registry, so these stay.
"""

from __future__ import annotations

import re

from ... import NAMES
from ...text import occurrences
from ..code import Span
from .functions import SUPPRESSION
from .lexing import Lexed

_WORDS = tuple(name.decode() for name in NAMES)
_NAMES = "|".join(_WORDS)
#: A string that is a key of something: it may get the class from the global object.
_COMPUTED = re.compile(rf"\[\s*[\"'`](?:{_NAMES})[\"'`]\s*\]")
#: Names in code beyond which a text is not looked into.
_MANY = 20
_ENDS = re.compile(r"(?![\w$])")
_KEY = re.compile(r"\s*:(?!:)")
_RELATIVE = re.compile(r"require\s*\(\s*[\"'`](?=\.)")
_IMPORT = re.compile(r"(?:import(?![\w$])\s*(?![\s(.:])|export(?![\w$])[^;\"'`()]*\bfrom\b)[^;\"'`()]*[\"'][^\"'\n]*[\"']")


def is_idle(lexed: Lexed) -> bool:
    """Whether no code of a text can get hold of a class of the protocol by its name."""
    text, code = lexed.text, lexed.code
    if SUPPRESSION in text or _COMPUTED.search(text):
        return False
    spans = ((at, at + len(word)) for word in _WORDS for at in occurrences(code, word))
    places = [(start, end) for start, end in spans if _begins(code, start) and _ENDS.match(code, end)]
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
    opening = lexed.around(start)
    while opening is not None:
        stripped = code[max(0, opening - 200) : opening].rstrip()
        if stripped.endswith("=") and code[opening] in "{[":
            return True
        if code[opening] not in "{[" or not stripped.endswith((":", ",", "[")):
            return False
        opening = lexed.around(opening)
    return False


def links(lexed: Lexed) -> list[Span]:
    """Where a text takes in other modules: what must stay of it."""
    code, text = lexed.code, lexed.text
    places = (at for word in ("import", "export") for at in occurrences(code, word) if _begins(code, at))
    imports = (_IMPORT.match(code, at) for at in places if code[max(0, at - 1) : at] != ".")
    found = [match.span() for match in imports if match is not None]
    for match in _RELATIVE.finditer(text):
        opening = code.find("(", match.start(), match.end())
        if opening >= 0 and _begins(code, match.start()) and (end := lexed.ends.get(opening)) is not None:
            found.append((match.start(), end + 1))
    apart: list[Span] = []
    for start, end in sorted(found):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart
