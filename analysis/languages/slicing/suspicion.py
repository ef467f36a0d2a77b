"""Whether a text looks broken: what cannot stand next to each other in a program, found without a grammar.

It asks for reasons to look closer and proves nothing: what it lets pass may still be wrong, what it does not may still be right.
"""

from __future__ import annotations

import re

from .lexing import Lexed

#: A word, and what follows it on its line: another word, a string, a brace.
_PAIR = re.compile(r"([\w$]++)(?:[ \t]*+(?=([\w$]++|[\"'{])))?")
#: Words that may stand before a word, a string or a brace.
_LEADS = frozenset(
    {
        *("await", "break", "case", "catch", "class", "const", "continue", "default", "delete", "do", "else", "export"),
        *("extends", "finally", "for", "from", "function", "import", "in", "instanceof", "let", "new", "of", "return"),
        *("throw", "try", "typeof", "using", "var", "void", "yield"),
        # These are names too.
        *("accessor", "as", "assert", "async", "defer", "enum", "get", "set", "source", "static", "type", "with"),
    }
)
#: Words that may stand behind a value.
_FOLLOWS = frozenset(["as", "assert", "extends", "from", "in", "instanceof", "of", "with"])
_AFTER_VALUE = re.compile(r"[\"'`\])][ \t]*+(?=([\w$]++))")
_HEADS = frozenset(("if", "for", "while", "with", "await"))
#: An operator before what closes something, or before another one; `++` and numbers that end in a dot are no such thing.
_CLOSED = re.compile(r"[=&|^%~!<>?.+\-]\s*[;,)\]}]")
_NUMBER_OR_STEP = re.compile(r"\+\+|--|\d\.")
_DOUBLED = re.compile(r"[=?:&|^%~<>]\s+[%^&|?:,;=]|[,;{\[]\s*=")
_OPENED = re.compile(r"\(\s*[*%^&|?:=,]")
#: The last word in the head of a class.
_CLASS = re.compile(r"(?:class|extends)[^\w${};][^{};]{0,300}?([\w$]++)[ \t]*\{")
_WORD_BEFORE = re.compile(r"[\w$]+\Z")


def is_suspicious(lexed: Lexed) -> bool:
    """Whether there is reason to believe that a text is no program."""
    code = lexed.code
    if _DOUBLED.search(code) or _OPENED.search(code):
        return True
    if any(_NUMBER_OR_STEP.match(code, match.start() - 1) is None for match in _CLOSED.finditer(code)):
        return True
    classes = set(_CLASS.findall(code))
    for first, second in set(_PAIR.findall(code)):
        if second and first not in _LEADS and second not in _FOLLOWS and (second != "{" or first not in classes):
            return True
    return any(
        match[1] not in _FOLLOWS and not (code[match.start()] == ")" and _is_head(lexed, match.start()))
        for match in _AFTER_VALUE.finditer(code)
    )


def _is_head(lexed: Lexed, closing: int) -> bool:
    """Whether a parenthesis ends the head of a statement."""
    opening = lexed.starts[closing]
    match = _WORD_BEFORE.search(lexed.code[max(0, opening - 20) : opening].rstrip())
    return match is not None and match[0] in _HEADS
