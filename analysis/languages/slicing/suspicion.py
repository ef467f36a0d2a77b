"""Whether a text looks broken: what cannot stand next to each other in a program, found without a grammar.

It asks for reasons to look closer and proves nothing: what it lets pass may still be wrong, what it does not may still be right.
"""

from __future__ import annotations

import re

from .lexing import HEADS, Lexed

#: Words that may stand before a word, a string or a brace, the most frequent ones first.
_LEADS = (
    *("return", "function", "const", "var", "let", "new", "else", "case", "in", "typeof", "await", "async", "static", "get"),
    *("try", "of", "class", "throw", "extends", "export", "import", "from", "instanceof", "default", "do", "finally", "catch"),
    *("break", "continue", "delete", "set", "using", "void", "yield", "for"),
    # These are names, too, that may mean something else before a word.
    *("accessor", "as", "assert", "defer", "enum", "source", "type", "with"),
)
#: Words that may stand behind a value.
_FOLLOWS = frozenset(["as", "assert", "extends", "from", "in", "instanceof", "of", "with"])
#: The end of a word, and what follows it on its line though it should not: another word, a string, a brace.
_PAIR = re.compile(
    r"[ \t\"'{](?<=[\w$].)(?:(?<=[\"'{])|(?=[ \t]*+[\w$\"'{]))"
    + "".join(rf"(?<!\b{word}.)" for word in _LEADS)
    + rf"(?:(?<=[\"'{{])|[ \t]*+(?:[\"'{{]|(?!(?:{'|'.join(sorted(_FOLLOWS))})(?![\w$]))[\w$]))"
)
_AFTER_LITERAL = re.compile(r"[\"'`\]][ \t]*+(?=([\w$]++))")
_AFTER_GROUP = re.compile(r"\)[ \t]*+(?=([\w$]++))")
_HEADS = HEADS | {"await"}
#: An operator before what closes something, or before another one; `++` and numbers that end in a dot are no such thing.
_CLOSED = re.compile(r"[=&|^%~!<>?.+\-]\s*[;,)\]}]")
_NUMBER_OR_STEP = re.compile(r"\+\+|--|\d\.")
_DOUBLED = re.compile(r"[=?:&|^%~<>,;{\[](?=[\s=])(?:(?<=[,;{\[])\s*+=|(?<![,;{\[])\s++[%^&|?:,;=])")
_OPENED = re.compile(r"\(\s*[*%^&|?:=,]")
#: The last word in the head of a class.
_CLASS = re.compile(r"(?:class|extends)[^\w${};][^{};]{0,300}?([\w$]++)[ \t]*\{")
_WORD_BEFORE = re.compile(r"[\w$]+\Z")


def is_suspicious(lexed: Lexed) -> bool:
    """Whether there is reason to believe that a text is no program."""
    code, dense = lexed.code, lexed.dense()
    if _DOUBLED.search(dense) or _OPENED.search(dense):
        return True
    if any(_NUMBER_OR_STEP.match(dense, match.start() - 1) is None for match in _CLOSED.finditer(dense)):
        return True
    pairs = list(_PAIR.finditer(dense))
    if any(not match[0].endswith("{") for match in pairs):
        return True
    classes = set(_CLASS.findall(dense)) if pairs else ()
    if any(_word_before(dense, match.start()) not in classes for match in pairs):
        return True
    if any(match[1] not in _FOLLOWS for match in _AFTER_LITERAL.finditer(dense)):
        return True
    groups = (match for match in _AFTER_GROUP.finditer(code) if match[1] not in _FOLLOWS)
    return any(not _is_head(lexed, match.start()) for match in groups)


def _is_head(lexed: Lexed, closing: int) -> bool:
    """Whether a parenthesis ends the head of a statement."""
    opening = lexed.starts[closing]
    return _word_before(lexed.code, opening) in _HEADS


def _word_before(code: str, offset: int) -> str:
    """The word before an offset, blanks aside."""
    match = _WORD_BEFORE.search(code[max(0, offset - 100) : offset].rstrip())
    return match[0] if match is not None else ""
