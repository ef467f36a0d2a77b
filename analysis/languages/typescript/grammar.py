"""Trees of TypeScript. Where the grammar is older than the language or mistaken, it reads a text of the same length that it can.

Each repair changes what is read by a few bytes and no offset. Names are always taken from the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..code import Span
from ..trees import Concrete, Grammar

_NAME = rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*"
_SPACE = rb"(?:\s|//[^\n\r]*+|/\*[^*]*\*+(?:[^/*][^*]*\*+)*+/)*+"
#: `x as A.B.C`: the grammar ends the type at its second part.
_QUALIFIED = re.compile(
    rb"\b(?:as|satisfies)\s+(?:[|&(]\s*)*(?:(?:keyof|readonly|typeof)\s+)?" + _NAME + rb"(?:\." + _NAME + rb"){2,}"
)
#: A call signature behind a member that ends without a semicolon: the grammar goes on with that member's type.
_CALL_SIGNATURE = re.compile(rb"""(?<=[\w$>\])}"'`])""" + _SPACE + rb"(?<=[ \t])(?=<\s*" + _NAME + rb"\s*(?:extends\b|[,>=]))")
_WORDS = re.compile(
    # `type` as the name of a type
    rb"\btype\b(?=\s*(?:extends\b(?!\s*[:=(,;])|[>\]\[,):;?|&]|=\s|[\n\r]\s*[|&>]))|(?<=keyof )type\b|(?<=extends )type\b"
    # a field with the name of a modifier, a member with that of an operator
    rb"|(?<=[\n\r])[ \t]*(?:abstract|declare|readonly|accessor|override)(?=[ \t]*[=;!?])"
    rb"|(?<=[\n\r])[ \t]*(?:as|in|instanceof|extends|satisfies|is)(?=\??:)"
    rb"|(?<=let )as\b|(?<=const )as\b|(?<=[?:=(,&|] )as(?=\()|(?<=return )as(?=\()|(?<==> )as(?=\()"
    # a backtick in a template literal type
    rb"|\\`"
)
_TAG_END = re.compile(rb"[\w$)\]\x80-\xff]")
_NOT_A_LINE_END = re.compile(rb"[^\n\r]")
#: `<in out T>`; a variable called `out` is no modifier: `f(a, out as T)`.
_VARIANCE = re.compile(rb"([<,]\s*)((?:in\s+out|in|out)\s)(?=\s*(?!(?:as|satisfies|in|instanceof)\b)" + _NAME + rb")")


_LONGEST = 4000  # bytes of the type arguments of a tag


def read(text: str, *, jsx: bool) -> tuple[Concrete, list[Span]]:
    """The tree of a text, and the stretches (in bytes) of types that it doesn't have: the type arguments of tagged templates.

    Where it has errors, the text is read again with all repairs, and the tree with fewer of them is taken.
    """
    data = _QUALIFIED.sub(lambda match: match[0].replace(b".", b"_"), Concrete.encoded(text))
    tags = list(_tag_arguments(data))
    if tags:
        changed = bytearray(data)
        for start, end in tags:
            changed[start:end] = _NOT_A_LINE_END.sub(b" ", data[start:end])
        data = bytes(changed)
    concrete = _read(text, data, "tsx" if jsx else "typescript")
    return concrete, [span for span in tags if _opens_template(concrete, span[1])]


def _read(text: str, data: bytes, grammar: Grammar) -> Concrete:
    concrete = Concrete(text, grammar, data)
    if not concrete.root.has_error:
        return concrete
    repaired = _WORDS.sub(lambda match: b"__" if match[0] == b"\\`" else match[0][:-1] + b"_", data)
    repaired = _VARIANCE.sub(lambda match: match[1] + _NOT_A_LINE_END.sub(b" ", match[2]), repaired)
    if grammar == "typescript":
        repaired = _end_members(repaired)
    if repaired == data:
        return concrete
    other = Concrete(text, grammar, repaired)
    return other if not other.root.has_error or _errors(other) < _errors(concrete) else concrete


def _tag_arguments(data: bytes) -> Iterator[Span]:
    """What may be type arguments before a template (tag<Type>`…`), which the grammar reads as two comparisons."""
    at = data.find(b">`")
    while at >= 0:
        depth, start = 0, at
        while start > max(0, at - _LONGEST):
            byte = data[start]
            if byte == 0x3E and data[start - 1] != 0x3D:  # a `>` of no arrow
                depth += 1
            elif byte == 0x3C:
                depth -= 1
                if depth == 0:
                    break
            elif byte == 0x60:
                break
            start -= 1
        if depth == 0 and data[start] == 0x3C and _TAG_END.match(data, start - 1):
            yield start, at + 1
        at = data.find(b">`", at + 1)


def _opens_template(concrete: Concrete, byte: int) -> bool:
    node = concrete.root.descendant_for_byte_range(byte, byte + 1)
    template = node.parent if node is not None and node.type == "`" else node
    return template is not None and template.type == "template_string" and template.start_byte == byte


def _end_members(data: bytes) -> bytes:
    places = [match.end() - 1 for match in _CALL_SIGNATURE.finditer(data) if b"\n" in match[0] or b"\r" in match[0]]
    if not places:
        return data
    changed = bytearray(data)
    for place in places:
        changed[place] = ord(";")
    return bytes(changed)


def _errors(concrete: Concrete) -> int:
    return len(concrete.captures("[(ERROR) (MISSING)] @error").get("error", ()))
