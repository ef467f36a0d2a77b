"""The brackets and literals of a text, read without a grammar: some ten times as fast as tree-sitter, and enough to slice by.

One regular expression finds brackets, arrows, literals and comments. What only a grammar can tell apart (a slash behind a brace,
the text of JSX) is a doubt, and a text with a doubt has no reading at all: nothing here is a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..code import blanks

#: Parentheses with no more than words in them are one token. Strings and comments that do not end are taken up to where they would
#: have to. All begins with one class of characters: the engine skips to the next of them in no time, as it does not for a choice.
_TOKEN = re.compile(
    r"""
    [()\[\]{}`"'=/<](?:
        (?<=\()(?:[^()\[\]{}"'`/=]*+\))?+
        |(?<=[)\[\]{}`])
        |(?<=")(?:[^"\\\n\r]+|\\.)*+"?
        |(?<=')(?:[^'\\\n\r]+|\\.)*+'?
        |(?<==)>
        |(?<=/)(?:/[^\n\r\u2028\u2029]*+|\*(?:.*?\*/)?)?
        |(?<=<)!--
    )
    """,
    re.DOTALL | re.VERBOSE,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*+\])++/[\w$]*")
_TEMPLATE = re.compile(r"(?:[^`\\$]+|\\.|\$(?!\{))*+", re.DOTALL)
_HASHBANG = re.compile(r"#![^\n\r\u2028\u2029]*")
_WORD_BEFORE = re.compile(r"(?<![\w$])[\w$]+\Z")
_CLOSING = {")": "(", "]": "[", "}": "{"}
#: Words that a value follows.
BEFORE_VALUE = frozenset(
    ["await", "case", "delete", "extends", "in", "instanceof", "new", "of", "return", "throw", "typeof", "void", "yield"]
)
#: A name in quotes and brackets, and what it stands behind where it is neither an array nor the name of a method.
_NAMED = re.compile(r"\[([\"'])([A-Za-z_$][\w$]{0,100}+)\1\]")
_OWNER = re.compile(r"(?:[\w$)\]]|(\?\.))\Z" + "".join(rf"(?<!\b{word})" for word in sorted(BEFORE_VALUE)))
#: Words behind which a slash begins a regular expression.
_OPERATORS = BEFORE_VALUE | {"do", "else"}
#: Words whose parentheses end in front of a statement.
HEADS = frozenset({"if", "while", "for", "with"})


@dataclass(frozen=True, slots=True)
class Lexed:
    """A text, and ``code``: as long, with all blanked out that its comments and literals say.

    ``ends`` has the end of each bracket by its start, and that of each template by its first backtick; ``starts`` the reverse;
    ``arrows`` the offsets of ``=>``. In ``code`` quotes stand around what was a regular expression, ``+( )`` around the
    expressions in a template, and ``a.b`` for ``a["b"]``. ``pieces`` are what ``code`` is made of, but for that.
    """

    text: str
    code: str
    pieces: list[str]
    ends: dict[int, int]
    starts: dict[int, int]
    arrows: list[int]

    def dense(self) -> str:
        """``code`` without indentation, and with no more than one blank for what was blanked out."""
        pieces = (piece if not piece.isspace() else "\n" if "\n" in piece else " " for piece in self.pieces)
        return "\n".join(map(str.lstrip, "".join(pieces).split("\n")))

    def around(self, offset: int, least: int = 0) -> int | None:
        """Where the innermost bracket around an offset begins; None where that is before ``least``."""
        while offset > least:
            offset -= 1
            if offset in self.starts:
                offset = self.starts[offset]
            elif offset in self.ends:
                return offset
        return None


def lexed(text: str) -> Lexed | None:
    """The brackets of a text; None where there is a doubt, and where they do not match."""
    return _Lexer(text).run()


def _named(text: str, code: str) -> str:
    """``code`` with the names of properties where strings say them."""
    pieces: list[str] = []
    done = 0
    for match in _NAMED.finditer(text):
        start, end = match.span()
        owner = _OWNER.search(code, max(0, start - 2), start) if code.startswith("[" + match[1], start) else None
        if owner is not None:
            named = match[2] if owner[1] else "." + match[2]
            pieces += (code[done:start], named, " " * (end - start - len(named)))
            done = end
    return "".join([*pieces, code[done:]])


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.ends: dict[int, int] = {}
        self.starts: dict[int, int] = {}
        self.arrows: list[int] = []
        self._stack: list[int] = []
        self._templates: list[int] = []
        self._substitutions: set[int] = set()
        self._comments: dict[int, int] = {}
        self._pieces: list[str] = []
        self._done = 0

    def run(self) -> Lexed | None:
        text = self.text
        start: int | None = 0
        if hashbang := _HASHBANG.match(text):
            self._comment(0, hashbang.end())
            start = hashbang.end()
        while start is not None:
            stopped = self._brackets(start)
            if stopped is None:
                break
            start = self._special(stopped)
        if start is None or self._stack or self._templates:
            return None
        self._pieces.append(text[self._done :])
        return Lexed(text, _named(text, "".join(self._pieces)), self._pieces, self.ends, self.starts, self.arrows)

    def _brackets(self, position: int) -> int | None:
        """Read on to what must be looked at by itself, and where that is; None at the end of the text."""
        text, stack, ends, starts = self.text, self._stack, self.ends, self.starts
        pieces, done = self._pieces, self._done
        for match in _TOKEN.finditer(text, position):
            token = match[0]
            start = match.start()
            if token in "([{":
                stack.append(start)
                continue
            first = token[0]
            if first == "(":
                end = match.end() - 1
                ends[start] = end
                starts[end] = start
                continue
            if first in ")]}":
                if stack and text[begin := stack[-1]] == _CLOSING[first] and begin not in self._substitutions:
                    stack.pop()
                    ends[begin] = start
                    starts[start] = begin
                    continue
            elif first in "\"'":
                end = match.end()
                if end - start > 1 and token[-1] == first:
                    pieces += (text[done : start + 1], " " * (end - start - 2))
                    done = end - 1
                    continue
            elif first == "=":
                self.arrows.append(start)
                continue
            elif (len(token) > 2 and first == "/") or token == "//":
                self._done = done
                self._comment(start, match.end())
                done = self._done
                continue
            self._done = done
            return start
        self._done = done
        return None

    def _special(self, start: int) -> int | None:
        """Read a template, the rest of one or what a slash begins, and where that ends; None for a doubt."""
        first = self.text[start]
        if first == "`":
            self._templates.append(start)
            return self._template(start, "`")
        if first == "}" and self._stack and (begin := self._stack[-1]) in self._substitutions:
            self._stack.pop()
            self.ends[begin] = start
            self.starts[start] = begin
            return self._template(start, ")")
        return self._slash(start) if first == "/" else None

    def _template(self, start: int, shown: str) -> int | None:
        """Read the characters of a template behind its backtick or the brace of a substitution."""
        text = self.text
        chunk = _TEMPLATE.match(text, start + 1)
        end = chunk.end() if chunk is not None else len(text)
        if end >= len(text):
            return None
        self._pieces += (text[self._done : start], shown, " " * (end - start - 1))
        if text[end] == "`":
            self._done = end
            opening = self._templates.pop()
            self.ends[opening] = end
            self.starts[end] = opening
            return end + 1
        self._pieces.append("+(")
        self._stack.append(end + 1)
        self._substitutions.add(end + 1)
        self._done = end + 2
        return end + 2

    def _slash(self, start: int) -> int | None:
        text = self.text
        if text.startswith("/*", start):
            return None
        divides = self._divides(start)
        if divides is None:
            return None
        if divides:
            return start + 1
        literal = _REGEX.match(text, start)
        if literal is None:
            return None
        self._pieces += (text[self._done : start], '"', " " * (literal.end() - start - 2), '"')
        self._done = literal.end()
        return literal.end()

    def _divides(self, start: int) -> bool | None:
        """Whether a slash stands behind a value; None where that is not known."""
        text = self.text
        end = start
        while True:
            while end and text[end - 1].isspace():
                end -= 1
            if end not in self._comments:
                break
            end = self._comments[end]
        before = text[end - 1 : end]
        if before in ("", "}", "<") or (text.startswith("/>", start) and (before in "\"'`" or before.isalnum())):
            return None if before else False
        if before == ")":
            opening = self.starts[end - 1]
            return self._word(opening) not in HEADS
        if before.isalnum() or before in "_$" or ord(before) > 0x7F:
            word = self._word(end)
            return word not in _OPERATORS or text[end - len(word) - 1 : end - len(word)] == "."
        return before in "]\"'`" or text[end - 2 : end] in ("++", "--")

    def _word(self, end: int) -> str:
        """The word that ends before an offset, blanks aside."""
        before = self.text[max(0, end - 60) : end].rstrip()
        match = _WORD_BEFORE.search(before)
        return match[0] if match else ""

    def _comment(self, start: int, end: int) -> None:
        text = self.text
        comment = text[start:end]
        self._pieces += (text[self._done : start], blanks(comment))
        self._done = end
        self._comments[end] = start
