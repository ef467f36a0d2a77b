"""Where expressions and statements end, read off the brackets of a text (ECMA-262, sections 12.10, 13 and 14).

A line ends a statement where it ends with a value and the next one begins with what cannot follow a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..code import Span
from .lexing import BEFORE_VALUE, Lexed

#: A character within a name: marks that combine, and joiners, are some too.
IN_NAME = r"[\w$\u0300-\u036f\u200c\u200d]"
_WORD = re.compile(rf"{IN_NAME}+")
_SPACE = re.compile(r"\s*")
_STOP = re.compile(r"[,;()\[\]{}`\n]")
_CHOICE = re.compile(r"[,;:()\[\]{}`\n]|\?[?.]?")
_OPENING = frozenset("([{`")
#: What begins a line that does not go on with the value before it.
_FRESH = re.compile(r"\s*(?!(?:in|instanceof)\b)[\w$\"'!~@#{\\]|\s*(?:\+\+|--)")
#: What a line ends with that asks for more: not `return` and its like, which a line may end behind.
_ASKING = sorted((BEFORE_VALUE - {"return", "throw", "yield"}) | {"async", "const", "else", "let", "var"})
_OPERATOR = re.compile(rf"(?<![\w$.])(?:{'|'.join(_ASKING)})\Z")
#: What stands before the body of a class that another one is made from.
_OF_CLASS = re.compile(r"\bextends\s+class\b[^{}]*\Z")
#: What a declaration goes on with that declares one name, where its value has no brackets, and ends with a semicolon.
_DECLARATOR = re.compile(r"\s*+([\w$]++)\s*+(?:=(?![=>])\s*+([^,;()\[\]{}`\n]++))?;")
_LABEL = re.compile(r"[\w$]+\s*:")
_FUNCTION = re.compile(r"(?:export\s+(?:default\s+)?)?(?:async[ \t]+)?(function|class)(?![\w$])")
_SIMPLE = re.compile(r"(?:import|export|return|throw|break|continue|debugger)(?![\w$])")


class Reader:
    """The statements and expressions of a text."""

    def __init__(self, lexed: Lexed) -> None:
        self.code = lexed.code
        self.ends = lexed.ends
        self._declarators: dict[int, list[tuple[int, int, int]]] = {}

    def skip(self, offset: int) -> int:
        """Where the next token begins."""
        match = _SPACE.match(self.code, offset)
        return match.end() if match is not None else offset

    def word(self, offset: int) -> str:
        """The word that begins at an offset, if one does."""
        match = _WORD.match(self.code, offset)
        return match[0] if match is not None else ""

    def stop(self, offset: int, *, commas: bool) -> int:
        """Where an expression ends that goes on at an offset: at a comma, if these count, or at what ends a statement."""
        code, ends, search = self.code, self.ends, _STOP.search
        while (match := search(code, offset)) is not None:
            at = match.start()
            mark = code[at]
            if mark in _OPENING:
                offset = ends[at] + 1
            elif mark == "\n":
                if self._is_over(at):
                    return at
                offset = self.skip(at)
            elif mark == "," and not commas:
                offset = at + 1
            else:
                return at
        return len(code)

    def value(self, offset: int) -> int:
        """Where the operand of a comma or of a choice (`? :`) ends that goes on at an offset, as an arrow's expression does."""
        code, ends, search = self.code, self.ends, _CHOICE.search
        choices = 0
        while (match := search(code, offset)) is not None:
            at = match.start()
            mark = code[at]
            if mark in _OPENING:
                offset = ends[at] + 1
                continue
            if mark == "?":
                choices += match.end() - at == 1
            elif mark == ":" and choices:
                choices -= 1
            elif mark != "\n" or self._is_over(at):
                return at
            offset = self.skip(at) if mark == "\n" else match.end()
        return len(code)

    def _is_over(self, newline: int) -> bool:
        """Whether a line ends a statement."""
        code = self.code
        if _FRESH.match(code, newline) is None:
            return False
        before = code[max(0, newline - 200) : newline].rstrip()
        if not before:
            return False
        last = before[-1]
        if last in ")]}\"'`" or before.endswith(("++", "--")):
            return True
        return (last.isalnum() or last in "_$") and _OPERATOR.search(before) is None

    def group(self, offset: int) -> int:
        """Where the next bracketed group at this depth ends; the offset itself if there is none."""
        at = self.skip(offset)
        end = self.ends.get(at)
        return end + 1 if end is not None else offset

    def body(self, offset: int) -> int | None:
        """Where the brace stands that begins the body of the function or class whose head goes on at an offset."""
        while (match := _STOP.search(self.code, offset)) is not None:
            at = match.start()
            mark = self.code[at]
            if mark == "{" and not _OF_CLASS.search(self.code, offset, at):
                return at
            if mark in _OPENING:
                offset = self.ends[at] + 1
            elif mark == "\n":
                offset = self.skip(at)
            else:
                return None
        return None

    def statement(self, offset: int) -> int:
        """Where the statement ends that begins at an offset."""
        code = self.code
        while True:
            offset = self.skip(offset)
            mark = code[offset : offset + 1]
            if mark in ("{", ";"):
                return self.group(offset) if mark == "{" else offset + 1
            declared = _FUNCTION.match(code, offset)
            if declared is not None:
                brace = self.body(declared.end())
                return self.ends[brace] + 1 if brace is not None else self._simple(offset)
            word = self.word(offset)
            after = offset + len(word)
            if word in ("if", "for", "while", "with") and (head := self._head(after, word)) is not None:
                end = self.statement(head)
                following = self.skip(end)
                if word != "if" or self.word(following) != "else":
                    return end
                offset = following + len("else")
            elif word == "do":
                end = self.skip(self.statement(after))
                return self._semicolon(self.group(end + len("while"))) if self.word(end) == "while" else end
            elif word == "switch":
                return self.group(self.group(after))
            elif word == "try":
                return self._try(after)
            elif word and _SIMPLE.match(word) is None and (label := _LABEL.match(code, offset)) is not None:
                offset = label.end()
            else:
                return self._simple(offset)

    def _head(self, offset: int, word: str) -> int | None:
        """Where the parentheses of a statement's head end."""
        at = self.skip(offset)
        if word == "for" and self.word(at) == "await":
            at = self.skip(at + len("await"))
        return self.ends[at] + 1 if self.code[at : at + 1] == "(" else None

    def _try(self, offset: int) -> int:
        end = self.group(offset)
        following = self.skip(end)
        if self.word(following) == "catch":
            end = self.group(following + len("catch"))
            if self.code[self.skip(following + len("catch"))] == "(":
                end = self.group(end)
            following = self.skip(end)
        if self.word(following) == "finally":
            end = self.group(following + len("finally"))
        return end

    def _simple(self, offset: int) -> int:
        return self._semicolon(self.stop(offset, commas=False))

    def _semicolon(self, offset: int) -> int:
        at = self.skip(offset)
        return at + 1 if self.code[at : at + 1] == ";" else offset

    def statements(self, start: int, end: int) -> Iterator[Span]:
        """The statements of a block, from behind its brace to the next; what cannot be read is one with the rest."""
        at = self.skip(start)
        while at < end:
            stop = self.statement(at)
            if not at < stop <= end:
                stop = end
            if self.code[at] != ";":
                yield at, stop
            at = self.skip(stop)

    def operands(self, start: int, end: int) -> list[Span]:
        """The stretches between the commas of a statement, its semicolon aside."""
        found: list[Span] = []
        if self.code[end - 1] == ";":
            end -= 1
        while start < end:
            stop = min(self._comma(start, end), end)
            trimmed = start + len(self.code[start:stop].rstrip())
            if trimmed > start:
                found.append((start, trimmed))
            start = self.skip(stop + 1)
        return found

    def _comma(self, offset: int, end: int) -> int:
        code, ends, search = self.code, self.ends, _STOP.search
        while (match := search(code, offset, end)) is not None:
            at = match.start()
            if code[at] == ",":
                return at
            offset = ends[at] + 1 if code[at] in _OPENING else self.skip(at + 1)
        return end

    def declarators(self, offset: int) -> list[tuple[int, int, int]]:
        """What a `var`, `let` or `const` declares that ends at an offset: where each of it begins and ends, and where its value
        begins, which is its end where it has none.
        """
        found = self._declarators.get(offset)
        if found is None:
            found = self._declarators[offset] = list(self._read_declarators(offset))
        return found

    def _read_declarators(self, offset: int) -> Iterator[tuple[int, int, int]]:
        code = self.code
        if (simple := _DECLARATOR.match(code, offset)) is not None:
            value = simple[2]
            end = simple.end(1) if value is None else simple.start(2) + len(value.rstrip())
            yield simple.start(1), end, end if value is None else simple.start(2)
            return
        while True:
            start = self.skip(offset)
            mark = code[start : start + 1]
            name = self.ends[start] + 1 if mark in ("{", "[") else start + len(self.word(start))
            if name == start:
                return
            at = self.skip(name)
            if code[at : at + 1] == "=" and code[at + 1 : at + 2] not in ("=", ">"):
                value = self.skip(at + 1)
                at = self.stop(value, commas=True)
                yield start, value + len(code[value:at].rstrip()), value
            else:
                yield start, name, name
            if code[at : at + 1] != ",":
                return
            offset = at + 1

    def declared(self, offset: int) -> Iterator[Span]:
        """The names and patterns that a `var`, `let` or `const` declares that ends at an offset."""
        for start, end, value in self.declarators(offset):
            yield start, end if value == end else self.ends.get(start, start + len(self.word(start)) - 1) + 1
