"""esprima's scanner, in linear time for strings.

esprima adds to the value of a string with escapes character by character, which may copy all of it each time: a bundle that is kept
in one string of a megabyte takes minutes.
"""

from __future__ import annotations

import re

from esprima.scanner import RawToken, Scanner
from esprima.token import Token

#: A whole string, unless it has an escape or a line end that is rare, or wrong, and left to esprima.
_STRINGS = {
    quote: re.compile(
        rf"{quote}(?:[^{quote}\\\n\r\u2028\u2029\x00]|\\(?:u[\da-fA-F]{{4}}|x[\da-fA-F]{{2}}|[^\dux\n\r\u2028\u2029\x00]))*+{quote}"
    )
    for quote in ("'", '"')
}
_ESCAPE = re.compile(r"\\(?:u(.{4})|x(..)|(.))", re.DOTALL)
_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}


class SourceScanner(Scanner):  # type: ignore[misc]
    """The scanner of all our parsers."""

    index: int

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
