"""esprima's parsers with right places, readable errors, and ``using``.

What esprima 5.0.0 gets wrong is put right here by overriding its productions, each with the reason, so that the rest of the
analysis can rely on ECMA-262. The methods keep esprima's names; those that run for each token are written for speed.

Offsets are code points: tokens and nodes are made with the scanner's own index, and nothing is converted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from esprima import nodes as make
from esprima.error_handler import Error
from esprima.jsx_parser import JSXParser
from esprima.parser import Parser
from esprima.scanner import RawToken
from esprima.token import Token

from .nodes import Node
from .resources import ResourceManagement
from .scanner import SourceScanner

_IDENTIFIER: int = Token.Identifier
_KEYWORD: int = Token.Keyword
_PUNCTUATOR: int = Token.Punctuator
_STRICT_RESERVED = frozenset(
    ("implements", "interface", "let", "package", "private", "protected", "public", "static", "yield"),
)
_NEVER_ESCAPED = frozenset((Token.Keyword, Token.BooleanLiteral, Token.NullLiteral))
TRIVIA = re.compile(r"(?:\s|\ufeff|//[^\n\r\u2028\u2029]*|/\*(?s:.)*?\*/)*+")
_REGEX = re.compile(
    r"/(?:[^\\/\[\n\r\u2028\u2029]|\\[^\n\r\u2028\u2029]|\[(?:[^\]\\\n\r\u2028\u2029]|\\[^\n\r\u2028\u2029])*+\])*+/",
)
_AWAIT = re.compile(r"[^\w$.]?await")
_AWAIT_MISPLACED = "`await` is only valid in async functions and at the top level of modules"
_REGEX_GROUPS = 6000
"""How deep groups may nest in a regular expression: esprima's validator takes memory by the square of it."""
MAX_DEPTH = 50_000
"""How deep a tree may be that recursion didn't get through at once; it leaves a pass four calls a level within ``depth.call_deep``.

No promise: CPython 3.13.0 doesn't count calls that leave out an argument with a default, so that a deeper chain can pass.
"""

_OPTIONS = {"positionEncoding": "scalar"}


class _Marker:
    """Where a node starts; only the offset is needed, esprima keeps the line and the column as well."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class _Grammar:
    """The overriding productions, for both of esprima's parsers."""

    context: Any
    hasLineTerminator: bool
    lastMarker: Any
    lookahead: Any
    scanner: Any
    startMarker: Any

    def __init__(self, text: str, *, module: bool) -> None:
        self.open_elements = 0
        self._text = text
        self.nextToken = self._first_token  # type: ignore[method-assign,assignment]
        super().__init__("", {**_OPTIONS, "sourceType": "module" if module else "script"}, None)  # type: ignore[call-arg]

    def _first_token(self) -> Any:
        """Make the scanner ours: esprima's constructor makes its own, and reads the first token with it at once.

        It is told of the text only here, since the constructor looks for all line ends in it, which nothing here asks for.
        """
        self.scanner = SourceScanner.like(self.scanner, self._text)
        del self.nextToken
        return self.nextToken()

    # Tokens and places

    def nextToken(self, allowEscaped: bool = False) -> Any:
        """As esprima's, without its options, and with the line on which the next token *starts*.

        esprima compares with the line on which it ends, and so takes ``throw `a⏎b` `` for an illegal newline.
        """
        token = self.lookahead
        context = self.context
        if token.escaped and not allowEscaped and token.type in _NEVER_ESCAPED:
            value = token.value
            if context.strict or not (value == "let" or (value == "yield" and context.allowYield)):
                raise self.unexpectedTokenError(token, "Keyword must not contain escaped characters")
        scanner = self.scanner
        self.lastMarker.index = scanner.index
        marker = self.startMarker
        following = scanner.next()
        if following is None:
            scanner.scanComments()
            marker.index = scanner.index  # errors tell by it which token they are in
            line = marker.line = scanner.lineNumber
            marker.column = scanner.index - scanner.lineStart
            following = scanner.next() or scanner.lex()
        else:
            marker.index = following.start
            line = marker.line = following.lineNumber
            marker.column = following.start - following.lineStart
        self.hasLineTerminator = token.lineNumber != line
        if following.type is _IDENTIFIER and context.strict and following.value in _STRICT_RESERVED:
            following.type = _KEYWORD
        self.lookahead = following
        return token

    def match(self, *value: str) -> bool:
        """Whether the next token is one of these punctuators."""
        token = self.lookahead
        return token.type is _PUNCTUATOR and token.value in value

    def matchKeyword(self, *keyword: str) -> bool:
        """Whether the next token is one of these keywords."""
        token = self.lookahead
        return token.type is _KEYWORD and token.value in keyword and not token.escaped

    def createNode(self) -> _Marker:
        """A marker at the next token."""
        return _Marker(self.startMarker.index)

    def startNode(self, token: Any, lastLineStart: int = 0) -> _Marker:
        """A marker at a token."""
        return _Marker(token.start)

    def finalize(self, marker: Any, node: Any) -> Node:
        """Give a node its place."""
        node._start = marker.index
        node._end = self.lastMarker.index
        return node  # type: ignore[no-any-return]

    def consumeSemicolon(self) -> None:
        """End a statement. esprima counts the blanks before ``}`` or the end of the text into it."""
        token = self.lookahead
        if token.type is _PUNCTUATOR and token.value == ";":
            self.nextToken()
        elif not self.hasLineTerminator and token.type is not Token.EOF and not (token.type is _PUNCTUATOR and token.value == "}"):
            raise self.unexpectedTokenError(token)

    def parseTemplateHead(self) -> Node:
        """An element's place is its text, without the delimiters."""
        return _inside_delimiters(super().parseTemplateHead())  # type: ignore[misc]

    def parseTemplateElement(self) -> Node:
        """An element's place is its text, without the delimiters."""
        return _inside_delimiters(super().parseTemplateElement())  # type: ignore[misc]

    def nextRegexToken(self) -> Any:
        """The regular expression at the scanner's place, unless it nests deeper than memory bears. esprima takes quadratic time."""
        scanner = self.scanner
        start = scanner.index
        body = _REGEX.match(scanner.source, start)
        if body is None:
            raise Error("Unterminated regular expression", index=start)
        if body.group().count("(") > _REGEX_GROUPS:
            depth = deepest = 0
            for bracket in re.findall(r"[()]", body.group()):
                depth += 1 if bracket == "(" else -1
                deepest = max(deepest, depth)
            if deepest > _REGEX_GROUPS:
                raise RecursionError("the groups of a regular expression nest too deep")
        pattern = body.group()[1:-1]
        scanner.index = body.end()
        flags = scanner.scanRegExpFlags()
        scanner.testRegExp(pattern, flags)
        token = RawToken(
            type=Token.RegularExpression,
            value="",
            pattern=pattern,
            flags=flags,
            lineNumber=scanner.lineNumber,
            lineStart=scanner.lineStart,
            start=start,
            end=scanner.index,
        )
        self.lookahead = token
        self.nextToken()
        return token

    def peek(self, count: int) -> list[Any]:
        """The tokens after the next one: up to ``count``, fewer where one isn't a name or a simple punctuator."""
        scanner = self.scanner
        place = scanner.index, scanner.lineNumber, scanner.lineStart
        tokens: list[Any] = []
        try:
            while len(tokens) < count:
                scanner.scanComments()
                first = scanner.source[scanner.index]
                if not (first.isidentifier() or first in "\\($="):
                    break
                tokens.append(scanner.lex())
        finally:
            scanner.index, scanner.lineNumber, scanner.lineStart = place
        return tokens

    def isLexicalDeclaration(self) -> bool:
        """Whether ``let``, which is the next token, opens a declaration. esprima copies the stack of open braces to find out."""
        if self.lookahead.escaped:
            return False
        tokens = self.peek(1)
        if tokens:
            return tokens[0].type is _IDENTIFIER or tokens[0].value in ("let", "yield")
        following = TRIVIA.match(self.scanner.source, self.scanner.index)
        return following is not None and self.scanner.source[following.end()] in "[{"

    # Errors

    def unexpectedTokenError(self, token: Any = None, message: str | None = None) -> Error:
        """The error for a token (or, in early errors, a node), with the token shown."""
        if token is None:
            token = self.lookahead
        offset = token.start if isinstance(token.start, int) else token._start or 0
        if message is None or message == "Unexpected token":
            message = self.describe(token)
            before = self.lastMarker.index
            operand = token is self.lookahead and token.type not in (_PUNCTUATOR, Token.EOF) and not self.context.allowAwait
            if operand and _AWAIT.fullmatch(self.scanner.source, max(0, before - 6), before):
                offset = before - len("await")
                message = _AWAIT_MISPLACED
            elif token.type is _IDENTIFIER and token.value == "await" and not self.context.allowAwait:
                message = _AWAIT_MISPLACED
        return Error(message, index=offset)

    def describe(self, token: Any) -> str:
        """What to say of a token that may not stand where it does."""
        if token.type is Token.EOF:
            return "Unexpected end of input"
        shown = self.scanner.source[token.start : token.end].split("\n", 1)[0]
        shown = f"`{shown}`" if len(shown) <= 40 else f"`{shown[:40]}…`"
        if token.type is Token.Identifier:
            return f"Unexpected identifier {shown}"
        if token.type is Token.Keyword and token.value in ("import", "export"):
            place = "at the top level of a module" if self.context.isModule else "in a module"
            return f"`{token.value}` declarations may only stand {place}"
        if token.type is Token.Keyword:
            return f"Unexpected reserved word {shown}"
        if token.type is Token.NumericLiteral:
            return f"Unexpected number {shown}"
        if token.type is Token.StringLiteral:
            return f"Unexpected string {shown}"
        if token.type is Token.Template:
            return "Unexpected template literal"
        return f"Unexpected token {shown}"

    def throwError(self, messageFormat: str, *args: object) -> None:
        """Refuse what stands before the next token; some of esprima's messages mean the next token and lack it."""
        if messageFormat.startswith("Unexpected token"):
            raise self.unexpectedTokenError(self.lookahead)
        super().throwError(messageFormat, *args)  # type: ignore[misc]

    # Statements

    def parseReturnStatement(self) -> Node:
        """``return``; a string or template on the next line isn't its argument, as esprima has it."""
        marker = self.createNode()
        if not self.context.inFunctionBody:
            raise Error("`return` may only stand in a function", index=marker.index)
        self.expectKeyword("return")
        ends = self.hasLineTerminator or self.lookahead.type is Token.EOF or self.match(";", "}")
        argument = None if ends else self.parseExpression()
        self.consumeSemicolon()
        return self.finalize(marker, make.ReturnStatement(argument))

    def parseForStatement(self) -> Node:
        """A loop. esprima takes what it learns of the head's first expression, such as that nothing can be assigned to `a < b`,

        for all that follows, and refuses `for (x in y)` later in the same function.
        """
        return self.isolateCoverGrammar(super().parseForStatement)  # type: ignore[misc, no-any-return]

    def parseGroupExpression(self) -> Node:
        """A parenthesis; ``(a,)`` is arrow parameters only, which esprima forgets as soon as an operator follows."""
        group: Node = super().parseGroupExpression()  # type: ignore[misc]
        if group.type == "ArrowParameterPlaceHolder" and not self.match("=>"):
            raise self.unexpectedTokenError(self.lookahead)
        return group

    # Modules

    def parseImportSpecifier(self) -> Node:
        """``{a}`` or ``{a as b}``; esprima uses one node twice for the former."""
        return _two_names(super().parseImportSpecifier(), "imported")  # type: ignore[misc]

    def parseExportSpecifier(self) -> Node:
        """``{a}`` or ``{a as b}``; esprima uses one node twice for the former."""
        return _two_names(super().parseExportSpecifier(), "exported")  # type: ignore[misc]

    def parseExportDefaultSpecifier(self) -> Node:
        """``export a from "b"`` was a proposal once; esprima takes even ``export a``."""
        raise self.unexpectedTokenError(self.lookahead)

    # JSX

    def finishJSX(self) -> None:
        """Go on with ordinary tokens after ``{`` or after an element.

        esprima forgets that a brace is open (a ``}`` then ends a template around it) and where the element ended (so that no
        newline need follow).
        """
        scanner = self.scanner
        if scanner.source[scanner.index - 1] != ">":
            scanner.curlyStack.append("{")
        self.lookahead = RawToken(
            type=_PUNCTUATOR, value=">", lineNumber=scanner.lineNumber, start=scanner.index, end=scanner.index
        )
        super().finishJSX()  # type: ignore[misc]

    def parseComplexJSXElement(self, element: Any) -> Any:
        """An element's children, unless it is nested deeper than a tree may be: a level costs esprima much time but few calls."""
        self.open_elements += 1
        if self.open_elements > MAX_DEPTH // 3:
            raise RecursionError("elements nest too deep")
        complete = super().parseComplexJSXElement(element)  # type: ignore[misc]
        self.open_elements -= 1
        return complete

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # esprima's own methods


class SourceParser(ResourceManagement, _Grammar, Parser):  # type: ignore[misc]
    """The parser of JavaScript."""


class JSXSourceParser(ResourceManagement, _Grammar, JSXParser):  # type: ignore[misc]
    """The parser of JavaScript with JSX."""


def _inside_delimiters(element: Node) -> Node:
    element._start += 1
    element._end -= 1 if element.tail else 2
    return element


def _two_names(specifier: Node, outer: str) -> Node:
    local = specifier.local
    if getattr(specifier, outer) is local and local.type == "Identifier":
        copy = make.Identifier(local.name)
        copy._start = local._start
        copy._end = local._end
        setattr(specifier, outer, copy)
    return specifier
