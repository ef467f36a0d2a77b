"""esprima's parsers, with ``using`` and ``await using``, CommonJS, and right places.

What esprima 5.0.0 lacks is added by overriding its productions, and what it gets wrong is put right here (each with the reason), so that
the rest of the analysis can rely on ECMA-262. Explicit resource management is https://tc39.es/proposal-explicit-resource-management/
(ES2027). The methods keep esprima's names.

Offsets are code points: tokens and nodes are made with the scanner's own index, and nothing is converted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from esprima import nodes as make
from esprima.error_handler import Error
from esprima.jsx_parser import JSXParser
from esprima.parser import Params, Parser
from esprima.scanner import RawToken
from esprima.token import Token

from .nodes import Node

ResourceKind = Literal["using", "await using"]

_IDENTIFIER: int = Token.Identifier
_KEYWORD: int = Token.Keyword
_PUNCTUATOR: int = Token.Punctuator
_STRICT_RESERVED = frozenset(
    ("implements", "interface", "let", "package", "private", "protected", "public", "static", "yield"),
)
_NEVER_ESCAPED = frozenset((Token.Keyword, Token.BooleanLiteral, Token.NullLiteral))
_REGEX_BODY = re.compile(r"/(?:[^\\/\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\]?)*")
_AWAIT = re.compile(r"[^\w$.]?await")
_REGEX_GROUPS = 6000
"""How deep groups may nest in a regular expression: esprima's validator takes memory by the square of it."""
_OPTIONS = {"positionEncoding": "scalar"}


class _Marker:
    """Where a node starts; only the offset is needed, esprima keeps the line and the column as well."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class _Grammar:
    """The overriding productions, for both of esprima's parsers."""

    context: Any
    hasLineTerminator: bool  # noqa: N815 - esprima's name
    lastMarker: Any  # noqa: N815
    lookahead: Any
    scanner: Any
    startMarker: Any  # noqa: N815

    def __init__(self, text: str, *, module: bool) -> None:
        self.resources: dict[Node, ResourceKind] = {}
        """The declarations with ``using``; in the tree their kind is ``const`` until it was validated, for the rules are the same."""
        self.has_using = "using" in text
        super().__init__(text, {**_OPTIONS, "sourceType": "module" if module else "script"}, None)  # type: ignore[call-arg]

    # Tokens and places

    def nextToken(self, allowEscaped: bool = False) -> Any:  # noqa: N802, N803
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
        scanner.scanComments()
        index = scanner.index
        line = scanner.lineNumber
        marker = self.startMarker
        if index != marker.index:
            marker.index = index
            marker.line = line
            marker.column = index - scanner.lineStart
        following = scanner.lex()
        self.hasLineTerminator = token.lineNumber != line
        if following.type is _IDENTIFIER and context.strict and following.value in _STRICT_RESERVED:
            following.type = _KEYWORD
        self.lookahead = following
        return token

    def match(self, *value: str) -> bool:
        """Whether the next token is one of these punctuators."""
        token = self.lookahead
        return token.type is _PUNCTUATOR and token.value in value

    def matchKeyword(self, *keyword: str) -> bool:  # noqa: N802
        """Whether the next token is one of these keywords."""
        token = self.lookahead
        return token.type is _KEYWORD and token.value in keyword and not token.escaped

    def createNode(self) -> _Marker:  # noqa: N802
        """A marker at the next token."""
        return _Marker(self.startMarker.index)

    def startNode(self, token: Any, lastLineStart: int = 0) -> _Marker:  # noqa: N802, N803
        """A marker at a token."""
        return _Marker(token.start)

    def finalize(self, marker: _Marker, node: Node) -> Node:
        """Give a node its place."""
        node._start = marker.index
        node._end = self.lastMarker.index
        return node

    def consumeSemicolon(self) -> None:  # noqa: N802
        """End a statement. esprima counts the blanks before ``}`` or the end of the text into it."""
        token = self.lookahead
        if token.type is _PUNCTUATOR and token.value == ";":
            self.nextToken()
        elif not self.hasLineTerminator and token.type is not Token.EOF and not (token.type is _PUNCTUATOR and token.value == "}"):
            raise self.unexpectedTokenError(token)

    def parseTemplateHead(self) -> Node:  # noqa: N802
        """An element's place is its text, without the delimiters."""
        return _inside_delimiters(super().parseTemplateHead())  # type: ignore[misc]

    def parseTemplateElement(self) -> Node:  # noqa: N802
        """An element's place is its text, without the delimiters."""
        return _inside_delimiters(super().parseTemplateElement())  # type: ignore[misc]

    def nextRegexToken(self) -> Any:  # noqa: N802
        """A regular expression, unless it nests deeper than memory bears."""
        body = _REGEX_BODY.match(self.scanner.source, self.scanner.index)
        if body and body.group().count("(") > _REGEX_GROUPS:
            depth = deepest = 0
            for bracket in re.findall(r"[()]", body.group()):
                depth += 1 if bracket == "(" else -1
                deepest = max(deepest, depth)
            if deepest > _REGEX_GROUPS:
                raise RecursionError("the groups of a regular expression nest too deep")
        return super().nextRegexToken()  # type: ignore[misc]

    # Errors

    def unexpectedTokenError(self, token: Any = None, message: str | None = None) -> Error:  # noqa: N802
        """The error for a token (or, in early errors, a node), with the token shown."""
        if token is None:
            token = self.lookahead
        offset = token.start if isinstance(token.start, int) else token._start or 0
        if message is None or message == "Unexpected token":
            message = self.describe(token)
            before = self.lastMarker.index
            if (
                _AWAIT.fullmatch(self.scanner.source, max(0, before - 6), before)
                and token is self.lookahead
                and not self.context.allowAwait
            ):
                offset = before - len("await")
                message = "`await` is only valid in async functions and at the top level of modules"
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

    def throwError(self, messageFormat: str, *args: object) -> None:  # noqa: N802, N803
        """Refuse what stands before the next token; some of esprima's messages mean the next token and lack it."""
        if messageFormat.startswith("Unexpected token"):
            raise self.unexpectedTokenError(self.lookahead)
        super().throwError(messageFormat, *args)  # type: ignore[misc]

    # Statements

    def parseStatementListItem(self) -> Node:  # noqa: N802
        """A statement or declaration, ``using`` among them."""
        if self.has_using and self.lookahead.type is _IDENTIFIER and (kind := self.resource_kind()) is not None:
            marker = self.createNode()
            self.skip_resource_head(kind)
            declarations = self.resource_bindings(kind, in_for=False)
            self.consumeSemicolon()
            return self.resource_declaration(marker, declarations, kind)
        statement: Node = super().parseStatementListItem()  # type: ignore[misc]
        return statement

    def parseSwitchCase(self) -> Node:  # noqa: N802
        """A clause of ``switch``, which may hold no ``using`` of its own (it has no scope that would end)."""
        clause: Node = super().parseSwitchCase()  # type: ignore[misc]
        self.refuse_resources(clause.consequent, "directly in a switch clause: put it into a block")
        return clause

    def refuse_resources(self, statements: list[Node], place: str) -> None:
        """Refuse resource declarations directly among these statements."""
        if self.resources:
            for statement in statements:
                if (kind := self.resources.get(statement)) is not None:
                    raise Error(f"`{kind}` may not stand {place}", index=statement._start)

    def parseReturnStatement(self) -> Node:  # noqa: N802
        """``return``; a string or template on the next line isn't its argument, as esprima has it."""
        marker = self.createNode()
        if not self.context.inFunctionBody:
            raise Error("`return` may only stand in a function", index=marker.index)
        self.expectKeyword("return")
        ends = self.hasLineTerminator or self.lookahead.type is Token.EOF or self.match(";", "}")
        argument = None if ends else self.parseExpression()
        self.consumeSemicolon()
        return self.finalize(marker, make.ReturnStatement(argument))

    def parseGroupExpression(self) -> Node:  # noqa: N802
        """A parenthesis; ``(a,)`` is arrow parameters only, which esprima forgets as soon as an operator follows."""
        group: Node = super().parseGroupExpression()  # type: ignore[misc]
        if group.type == "ArrowParameterPlaceHolder" and not self.match("=>"):
            raise self.unexpectedTokenError(self.lookahead)
        return group

    # Modules

    def parseImportSpecifier(self) -> Node:  # noqa: N802
        """``{a}`` or ``{a as b}``; esprima uses one node twice for the former."""
        return _two_names(super().parseImportSpecifier(), "imported")  # type: ignore[misc]

    def parseExportSpecifier(self) -> Node:  # noqa: N802
        """``{a}`` or ``{a as b}``; esprima uses one node twice for the former."""
        return _two_names(super().parseExportSpecifier(), "exported")  # type: ignore[misc]

    def parseExportDefaultSpecifier(self) -> Node:  # noqa: N802
        """``export a from "b"`` was a proposal once; esprima takes even ``export a``."""
        raise self.unexpectedTokenError(self.lookahead)

    # Explicit resource management

    def resource_kind(self) -> ResourceKind | None:
        """Whether the next tokens open a resource declaration: ``using x`` or ``await using x``, all on one line."""
        first = self.lookahead
        if first.escaped:
            return None
        if first.value == "using":
            return "using" if _may_be_bound(self.peek(1), first.lineNumber) else None
        if first.value == "await" and self.context.allowAwait:
            tokens = self.peek(2)
            if _is_word(tokens[0], "using", first.lineNumber) and _may_be_bound(tokens[1:], first.lineNumber):
                return "await using"
        return None

    def for_head(self) -> ResourceKind | None:
        """Whether ``for``, which is the next token, is followed by ``(`` and a resource declaration."""
        tokens = self.peek(5)
        if tokens and _is_word(tokens[0], "await", None):
            del tokens[0]
        if not tokens or tokens[0].value != "(" or tokens[0].type is not _PUNCTUATOR:
            return None
        first, *rest = tokens[1:] or (tokens[0],)
        if _is_word(first, "using", None) and _may_be_bound(rest[:1], first.lineNumber):
            # `using of` is the identifier `using` in a for-of loop, and a binding named `of` only where it is initialized.
            of = rest[0].value == "of" and not rest[0].escaped
            return None if of and (len(rest) < 2 or rest[1].value != "=") else "using"
        if _is_word(first, "await", None) and self.context.allowAwait and rest and _is_word(rest[0], "using", first.lineNumber):
            return "await using" if _may_be_bound(rest[1:], first.lineNumber) else None
        return None

    def peek(self, count: int) -> list[Any]:
        """The tokens after the next one: up to ``count``, fewer where one isn't a name or a simple punctuator."""
        scanner = self.scanner
        state = scanner.saveState()
        tokens: list[Any] = []
        try:
            while len(tokens) < count:
                scanner.scanComments()
                if not (scanner.source[scanner.index].isidentifier() or scanner.source[scanner.index] in "\\($=_"):
                    break
                tokens.append(scanner.lex())
        finally:
            scanner.restoreState(state)
        return tokens

    def skip_resource_head(self, kind: ResourceKind) -> None:
        """Consume ``using`` or ``await using``."""
        if kind == "await using":
            self.nextToken()
        self.nextToken()

    def resource_bindings(self, kind: ResourceKind, *, in_for: bool) -> list[Node]:
        """The names of a resource declaration, each initialized, but for the one of a for-of loop."""
        declarations = [self.resource_binding(kind, in_for=in_for)]
        while self.match(","):
            self.nextToken()
            declarations.append(self.resource_binding(kind, in_for=False))
        return declarations

    def resource_binding(self, kind: ResourceKind, *, in_for: bool) -> Node:
        """One name (patterns are not allowed) and its value."""
        if self.match("[", "{"):
            raise Error(f"`{kind}` declares names: a pattern may not stand here", index=self.lookahead.start)
        marker = self.createNode()
        name = self.parseVariableIdentifier("const")
        value = None
        if self.match("="):
            self.nextToken()
            value = self.isolateCoverGrammar(self.parseAssignmentExpression)
        elif not (in_for and self.matchContextualKeyword("of")):
            if in_for and self.matchKeyword("in"):
                raise Error(f"`{kind}` may not stand in a for-in loop", index=marker.index)
            raise Error(f"Missing initializer in `{kind}` declaration", index=self.lastMarker.index)
        return self.finalize(marker, make.VariableDeclarator(name, value))

    def resource_declaration(self, marker: _Marker, declarations: list[Node], kind: ResourceKind) -> Node:
        """The declaration's node, for now as ``const``."""
        declaration = self.finalize(marker, make.VariableDeclaration(declarations, "const"))
        self.resources[declaration] = kind
        return declaration

    def parseForStatement(self) -> Node:  # noqa: N802
        """A loop; this one sees to those that declare a resource and leaves the others to esprima."""
        kind = self.for_head() if self.has_using else None
        if kind is None:
            loop: Node = super().parseForStatement()  # type: ignore[misc]
            return loop
        node = self.createNode()
        self.expectKeyword("for")
        waits = self.matchContextualKeyword("await")
        if waits:
            if not self.context.allowAwait:
                raise self.unexpectedTokenError(self.lookahead)
            self.nextToken()
        self.expect("(")
        marker = self.createNode()
        self.skip_resource_head(kind)
        allow_in = self.context.allowIn
        self.context.allowIn = False
        declarations = self.resource_bindings(kind, in_for=True)
        self.context.allowIn = allow_in
        declaration = self.resource_declaration(marker, declarations, kind)
        if len(declarations) == 1 and declarations[0].init is None:
            self.nextToken()
            source = self.parseAssignmentExpression()
            return self.finalize(node, make.ForOfStatement(declaration, source, self.loop_body(), waits))
        if waits:
            raise Error("`for await` requires a for-of loop", index=self.lookahead.start)
        self.expect(";")
        test = None if self.match(";") else self.parseExpression()
        self.expect(";")
        update = None if self.match(")") else self.parseExpression()
        return self.finalize(node, make.ForStatement(declaration, test, update, self.loop_body()))

    def loop_body(self) -> Node:
        """The closing parenthesis of a loop's head, and its body."""
        self.expect(")")
        in_iteration = self.context.inIteration
        self.context.inIteration = True
        body: Node = self.isolateCoverGrammar(self.parseStatement)
        self.context.inIteration = in_iteration
        return body

    # JSX

    def finishJSX(self) -> None:  # noqa: N802
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

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # esprima's own methods


class SourceParser(_Grammar, Parser):  # type: ignore[misc]
    """The parser of JavaScript."""


class JSXSourceParser(_Grammar, JSXParser):  # type: ignore[misc]
    """The parser of JavaScript with JSX."""


def _is_word(token: Any, word: str, line: int | None) -> bool:
    return token.type is _IDENTIFIER and token.value == word and not token.escaped and line in (None, token.lineNumber)


def _may_be_bound(tokens: list[Any], line: int) -> bool:
    """Whether the first of ``tokens`` is a name on this line; ``let`` and ``yield`` are names here, to be refused where they are wrong."""
    if not tokens or tokens[0].lineNumber != line or tokens[0].private:
        return False
    return tokens[0].type is _IDENTIFIER or tokens[0].value in ("let", "yield")


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
