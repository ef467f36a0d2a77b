"""Trees of TypeScript. Where the grammar is older than the language or mistaken, it reads a text of the same length that it can.

Each repair changes what is read by a few bytes and no offset. Names are always taken from the text itself.
"""

from __future__ import annotations

import re

from ..trees import Concrete, Grammar

_NAME = rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*"
_SPACE = rb"(?:\s|//[^\n\r]*[\n\r]|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)*"
#: `x as A.B.C`: the grammar ends the type at its second part.
_QUALIFIED = re.compile(rb"\b(?:as|satisfies)\s+" + _NAME + rb"(?:\." + _NAME + rb"){2,}")
#: A call signature behind a member that ends without a semicolon: the grammar goes on with that member's type.
_CALL_SIGNATURE = re.compile(rb"(?<=[\w$>\])}])" + _SPACE + rb"[\n\r][ \t]*(?=[ \t]<\s*" + _NAME + rb"\s*(?:extends\b|[,>=]))")
_WORDS = re.compile(
    # `type` as the name of a type
    rb"\btype\b(?=\s*(?:extends\b(?!\s*[:=(,;])|[>\]\[,):;?|&]|=\s|[\n\r]\s*[|&>]))|(?<=keyof )type\b|(?<=extends )type\b"
    # a field with the name of a modifier
    rb"|(?<=[\n\r])[ \t]*(?:abstract|declare|readonly|accessor|override)(?=[ \t]*[=;!?])"
)


def read(text: str, *, jsx: bool) -> Concrete:
    """The tree of a text. Where it has errors, it is read again with all repairs, and the tree with fewer of them is taken."""
    grammar: Grammar = "tsx" if jsx else "typescript"
    dots = _QUALIFIED.sub(lambda match: match[0].replace(b".", b"_"), Concrete.encoded(text))
    concrete = Concrete(text, grammar, dots)
    if not concrete.root.has_error:
        return concrete
    repaired = _WORDS.sub(lambda match: match[0][:-1] + b"_", dots)
    if not jsx:
        repaired = _end_members(repaired)
    if repaired == dots:
        return concrete
    other = Concrete(text, grammar, repaired)
    return other if not other.root.has_error or _errors(other) < _errors(concrete) else concrete


def _end_members(data: bytes) -> bytes:
    places = [match.end() for match in _CALL_SIGNATURE.finditer(data)]
    if not places:
        return data
    changed = bytearray(data)
    for place in places:
        changed[place] = ord(";")
    return bytes(changed)


def _errors(concrete: Concrete) -> int:
    return len(concrete.captures("[(ERROR) (MISSING)] @error").get("error", ()))
