"""What stands before the body of a function: its name, its parameters and the words around them, read backwards.

It is matched in the reversed text, where a pattern can be anchored.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..code import Span
from .lexing import BEFORE_VALUE, HEADS, Lexed
from .reading import IN_NAME

_SPACE = re.compile(r"\s*")
_WORDS_THAT_HEAD = HEADS | {"switch"}
#: What stands before a function or class that is an expression.
_OPERATORS = frozenset("=(,:?[&|!+-~<>*/%^")
# These are for the reversed text.
_NAME_BEFORE = re.compile(r"\s*+(?:\(\s*+)?(?:cnysa\s*+)?[:=]\s*+(?:\][\"']?|[\"'])?([\w$]*[A-Za-z_$\x80-\U0010ffff])(?![\w$])")
_WORD_BEFORE = re.compile(rf"{IN_NAME}*")
_FUNCTION = re.compile(r"\s*+(?:\*\s*+)?noitcnuf(?![\w$.#])(?:[ \t]+cnysa(?![\w$.#]))?")
_MODIFIERS = re.compile(r"(?:\s*+\*)?(?:\s*+(?:citats|cnysa|teg|tes)(?![\w$.#]))*")
_ASYNC = re.compile(r"\s*cnysa(?![\w$.#])")
_FOR = re.compile(r"\s+rof(?![\w$.#])")
_NEW = re.compile(r"\s+wen(?![\w$.#])")
_TRY = re.compile(r"\s*yrt(?![\w$.#])")


class Head(NamedTuple):
    """Where a function begins, the name that it has there, and what declares its parameters."""

    start: int
    name: str
    at: int
    parameters: Span


class Heads:
    """The heads of the functions of a text.

    As they are read, ``declarations`` gathers the names and patterns that they declare, and whether what is around the function
    they stand in does so; ``names`` has where the names of functions stand in them.
    """

    def __init__(self, lexed: Lexed) -> None:
        self.text = lexed.text
        self.code = lexed.code
        self.declarations: list[tuple[int, int, bool]] = []
        self.names: set[int] = set()
        self._lexed = lexed
        self._reversed = lexed.code[::-1]
        self._reversed_text = lexed.text[::-1]

    # Functions

    def called(self, closing: int) -> Head | None:
        """The head of a function whose parameters end at a parenthesis; None where this is the head of a statement."""
        opening = self._lexed.starts[closing]
        parameters = (opening + 1, closing)
        at, end = self.word(opening)
        if at == end:
            start = self.back(_FUNCTION, end)  # a generator without a name
            return Head(start, "", -1, parameters) if start < end else self._quoted(end, parameters)
        word = self.code[at:end]
        if word == "function":
            return Head(self.back(_ASYNC, at), "", -1, parameters)
        if word in _WORDS_THAT_HEAD or (word == "await" and self.back(_FOR, at) < at):
            return None
        if word == "catch" and self._is_clause(at):
            self.declarations.append((*parameters, False))
            return None
        start = self.back(_FUNCTION, at)
        if start < at:
            if self.is_declaration(start):
                self.declarations.append((at, end, True))
            return Head(start, word, at, parameters)
        private = self.code[at - 1 : at] == "#"
        return self._method(at - private, at, word, parameters)

    def is_declaration(self, start: int) -> bool:
        """Whether the function or class that begins here is a statement."""
        first, last = self.word(start)
        if first < last:
            return self.code[first:last] not in BEFORE_VALUE
        return not last or self.code[last - 1] not in _OPERATORS

    def back(self, pattern: re.Pattern[str], offset: int) -> int:
        """Where what a pattern finds before an offset begins: the offset itself where it finds nothing."""
        match = pattern.match(self._reversed, len(self.code) - offset)
        return offset if match is None else len(self.code) - match.end()

    def word(self, offset: int) -> Span:
        """The word before an offset and blanks; empty where none ends there."""
        end = self.before(offset) + 1
        return self.back(_WORD_BEFORE, end), end

    def before(self, offset: int) -> int:
        """Where the last character stands before an offset that is no blank."""
        if offset and not self.code[offset - 1].isspace():
            return offset - 1
        return self.back(_SPACE, offset) - 1

    def _is_clause(self, catch: int) -> bool:
        """Whether this word follows the block of a `try`, and names no method."""
        block = self._lexed.starts.get(self.before(catch))
        return block is not None and self.back(_TRY, block) < block

    def _quoted(self, end: int, parameters: Span) -> Head | None:
        """The head of a method with a computed name, or one in quotes; None where there is none."""
        mark = self.code[end - 1 : end]
        if mark == "]" and (start := self._lexed.starts.get(end - 1)) is not None:
            return self._method(start, -1, self.text[start + 1 : end - 1].strip(" \"'"), parameters)
        if mark in ("'", '"'):
            start = self.code.rfind(mark, 0, end - 1)
            return self._method(start, start + 1, self.text[start + 1 : end - 1], parameters) if start >= 0 else None
        return None

    def _method(self, start: int, at: int, name: str, parameters: Span) -> Head:
        return Head(self.back(_MODIFIERS, start), name, at, parameters)

    def arrow(self, arrow: int) -> Head | None:
        """The head of an arrow function."""
        start, end = self.word(arrow)
        if self.code[end - 1 : end] == ")":
            start = self._lexed.starts[end - 1]
            return Head(self.back(_ASYNC, start), "", -1, (start + 1, end - 1))
        return Head(self.back(_ASYNC, start), "", -1, (start, end)) if start < end else None

    # What stands before an offset

    def is_preceded(self, pattern: re.Pattern[str], offset: int) -> bool:
        """Whether a pattern for reversed text matches what stands before an offset."""
        return pattern.match(self._reversed, len(self.code) - offset) is not None

    def name_before(self, start: int) -> str:
        """The name that is given to the value that begins at an offset; empty where there is none."""
        match = _NAME_BEFORE.match(self._reversed_text, len(self.code) - start)
        return match[1][::-1] if match else ""

    def made(self, offset: int) -> str:
        """The name that is given to what `new` makes of the word at an offset; empty where there is none."""
        start = self.back(_NEW, offset)
        return self.name_before(start) if start < offset else ""
