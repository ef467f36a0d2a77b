"""esprima's scanner, with one regular expression for what most tokens are, and in linear time for strings.

esprima looks at a token's characters one by one, which is half the time of a parse; what is rare, or wrong, is still left to it. It
adds to the value of a string with escapes character by character, which may copy all of it each time: a bundle that is kept in one
string of a megabyte takes minutes.
"""

from __future__ import annotations

import re
from typing import Any

from esprima.scanner import RawToken, Scanner
from esprima.token import Token

#: A whole string, with its escapes, unless it has an escape or a line end that is rare, or wrong, and left to esprima.
_STRINGS = {
    quote: re.compile(
        rf"{quote}(?:[^{quote}\\\n\r\u2028\u2029\x00]|\\(?:u[\da-fA-F]{{4}}|x[\da-fA-F]{{2}}|[^\dux\n\r\u2028\u2029\x00]))*+{quote}"
    )
    for quote in ("'", '"')
}
#: What most tokens are, after blanks and ends of lines: a name, a punctuator, a string without an escape, a small integer. None is
#: a part of something longer that esprima has to read, such as a name with an escape, a comment, or what Annex B takes for one.
_COMMON = re.compile(
    r"""[ \t]*+(?:\r?\n[ \t]*+)*+(?:
        ([A-Za-z_$][\w$]*+(?![\\\x80-\U0010ffff]))
      | ([(){},;:\[\]~]
        | \.\.\. | \.(?!\d) | =(?:==?|>)? | \?(?:\?=?|\.(?!\d))? | !(?:==?)? | &(?:&=?|=)? | \|(?:\|=?|=)? | \*(?:\*=?|=)?
        | \+[+=]? | -(?!->)[-=]? | <(?!!--)(?:<=?|=)? | >(?:>>?=?|=)? | /(?![/*])=? | [%^]=?)
      | ('[^'\\\n\r\u2028\u2029\x00]*+'|"[^"\\\n\r\u2028\u2029\x00]*+")
      | (0(?![\w.$\\\x80-\U0010ffff])|[1-9][0-9]{0,14}+(?![\w.$\\\x80-\U0010ffff]))
    )""",
    re.VERBOSE | re.ASCII,
)
_NAME, _PUNCTUATOR, _STRING = 1, 2, 3
_TYPES: dict[str, int] = {
    **dict.fromkeys(Scanner.isKeyword.set, Token.Keyword),
    "null": Token.NullLiteral,
    "true": Token.BooleanLiteral,
    "false": Token.BooleanLiteral,
}
_ESCAPE = re.compile(r"\\(?:u(.{4})|x(..)|(.))", re.DOTALL)
_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}


class _Token(RawToken):  # type: ignore[misc]
    """A token without what only few have."""

    bigint = pattern = flags = regex = cooked = head = tail = None
    octal = private = invalidEscape = escaped = False

    def __init__(self, kind: int, value: object, lineNumber: int, lineStart: int, start: int, end: int) -> None:
        self.type = kind
        self.value = value
        self.lineNumber = lineNumber
        self.lineStart = lineStart
        self.start = start
        self.end = end


class SourceScanner(Scanner):  # type: ignore[misc]
    """The scanner of all our parsers."""

    index: int
    lineNumber: int
    lineStart: int
    source: str
    curlyStack: list[str]

    @classmethod
    def like(cls, scanner: Scanner, text: str) -> SourceScanner:
        """One for a text, set up as another one is."""
        made = cls(text, scanner.errorHandler)
        for setting in ("positionEncoding", "ecmaVersion", "isModule", "trackComment"):
            setattr(made, setting, getattr(scanner, setting))
        return made

    def next(self) -> _Token | None:
        """The next token, past the blanks before it; None, and nothing passed, where esprima has to read it."""
        source = self.source
        index = self.index
        match = _COMMON.match(source, index)
        if match is None or match.lastindex is None:
            return None
        group = match.lastindex
        start, end = match.span(group)
        value: Any = match[group]
        kind: int
        if group == _NAME:
            kind = _TYPES.get(value, Token.Identifier)
        elif group == _PUNCTUATOR:
            kind = Token.Punctuator
            if value == "{":
                self.curlyStack.append(value)
            elif value == "}" and self.curlyStack:
                if self.curlyStack[-1] == "${":
                    return None
                self.curlyStack.pop()
        elif group == _STRING:
            kind = Token.StringLiteral
            value = value[1:-1]
        else:
            kind = Token.NumericLiteral
            value = int(value)
        if start != index and (lines := source.count("\n", index, start)):
            self.lineNumber += lines
            self.lineStart = source.rfind("\n", index, start) + 1
        self.index = end
        return _Token(kind, value, self.lineNumber, self.lineStart, start, end)

    def scanStringLiteral(self) -> RawToken:
        """The string that begins at the scanner's place."""
        start = self.index
        match = _STRINGS[self.source[start]].match(self.source, start)
        if match is None:
            return super().scanStringLiteral()
        self.index = match.end()
        value = match[0][1:-1]
        return RawToken(
            type=Token.StringLiteral,
            value=_ESCAPE.sub(_character, value) if "\\" in value else value,
            octal=False,
            lineNumber=self.lineNumber,
            lineStart=self.lineStart,
            start=start,
            end=self.index,
        )


def _character(escape: re.Match[str]) -> str:
    four, two, character = escape.groups()
    return _CHARACTERS.get(character, character) if character else chr(int(four or two, 16))
