"""Explicit resource management: ``using x = …`` and ``await using x = …``, as statements and in the heads of ``for``.

The grammar is that of https://tc39.es/proposal-explicit-resource-management/ (ES2027). ``using`` stays an identifier wherever the
proposal leaves it one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from esprima import nodes as make
from esprima.error_handler import Error
from esprima.token import Token

from .nodes import Node

ResourceKind = Literal["using", "await using"]

_IDENTIFIER: int = Token.Identifier


class ResourceManagement:
    """The productions that a parser of esprima's lacks. It relies on the parser's ``peek``."""

    def __init__(self, text: str, *, module: bool) -> None:
        self.has_using = "using" in text
        self.resources: dict[Node, ResourceKind] = {}
        """The resource declarations. In the tree they are ``const`` until it was validated: the rules are the same."""
        super().__init__(text, module=module)  # type: ignore[call-arg]

    if TYPE_CHECKING:

        def finalize(self, marker: Any, node: Any) -> Node: ...
        def __getattr__(self, name: str) -> Any: ...  # the parser's own methods

    def parseStatementListItem(self) -> Node:
        """A statement or declaration, ``using`` among them."""
        if self.has_using and self.lookahead.type is _IDENTIFIER and (kind := self.resource_kind()) is not None:
            marker = self.createNode()
            self.skip_resource_head(kind)
            declarations = self.resource_bindings(kind, in_for=False)
            self.consumeSemicolon()
            return self.resource_declaration(marker, declarations, kind)
        statement: Node = super().parseStatementListItem()  # type: ignore[misc]
        return statement

    def parseSwitchCase(self) -> Node:
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

    def resource_kind(self) -> ResourceKind | None:
        """Whether the next tokens open a resource declaration: ``using x`` or ``await using x``, all on one line."""
        first = self.lookahead
        if first.escaped:
            return None
        if first.value == "using":
            return "using" if _may_be_bound(self.peek(1), first.lineNumber) else None
        if first.value == "await" and self.context.allowAwait:
            tokens = self.peek(2)
            if tokens and _is_word(tokens[0], "using", first.lineNumber) and _may_be_bound(tokens[1:], first.lineNumber):
                return "await using"
        return None

    def for_head(self) -> ResourceKind | None:
        """Whether ``for``, which is the next token, is followed by ``(`` and a resource declaration."""
        tokens = self.peek(5)
        if tokens and _is_word(tokens[0], "await", None):
            del tokens[0]
        if not tokens or tokens[0].value != "(" or tokens[0].type is not Token.Punctuator:
            return None
        first, *rest = tokens[1:] or (tokens[0],)
        if _is_word(first, "using", None) and _may_be_bound(rest[:1], first.lineNumber):
            # `using of` is the identifier `using` in a for-of loop, and a binding named `of` only where it is initialized.
            of = rest[0].value == "of" and not rest[0].escaped
            return None if of and (len(rest) < 2 or rest[1].value != "=") else "using"
        if _is_word(first, "await", None) and self.context.allowAwait and rest and _is_word(rest[0], "using", first.lineNumber):
            return "await using" if _may_be_bound(rest[1:], first.lineNumber) else None
        return None

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

    def resource_declaration(self, marker: Any, declarations: list[Node], kind: ResourceKind) -> Node:
        """The declaration's node, for now as ``const``."""
        declaration = self.finalize(marker, make.VariableDeclaration(declarations, "const"))
        self.resources[declaration] = kind
        return declaration

    def parseForStatement(self) -> Node:
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


def _is_word(token: Any, word: str, line: int | None) -> bool:
    return token.type is _IDENTIFIER and token.value == word and not token.escaped and line in (None, token.lineNumber)


def _may_be_bound(tokens: list[Any], line: int) -> bool:
    """Whether the first of ``tokens`` is a name on this line. ``let`` and ``yield`` count: they are refused elsewhere."""
    if not tokens or tokens[0].lineNumber != line or tokens[0].private:
        return False
    return tokens[0].type is _IDENTIFIER or tokens[0].value in ("let", "yield")
