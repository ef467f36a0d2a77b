"""The control-flow graph of a function, with exceptional edges.

Points are the expressions and statements that call, wait, throw or leave; what lies between them cannot go anywhere else. The
graph is built backwards, from each point's continuation to the point, so that `finally` is copied once for each way out of its
`try` (ECMA-262, section 14.15).
"""

from __future__ import annotations

from collections.abc import Callable

from ..scopes import FunctionInfo
from ..syntax.nodes import CHILD_FIELDS, Node
from .flow import Flow, Point, PointKind

Handler = Callable[[Node, "Point", "_Context", tuple[str, ...]], "Point"]
#: Points of one function beyond which `finally` is no longer copied for each way out (each nesting in a `finally` doubles them).
_MOST_POINTS = 20_000
_EVENTS = frozenset(
    {
        "CallExpression",
        "NewExpression",
        "AwaitExpression",
        "YieldExpression",
        "TaggedTemplateExpression",
        "ImportExpression",
        "MemberExpression",
    }
)
_FUNCTIONS = frozenset({"FunctionExpression", "ArrowFunctionExpression", "FunctionDeclaration"})


class _Target:
    """Where a jump goes, built when first needed: through the `finally` blocks on the way."""

    __slots__ = ("_make", "_point", "catches")

    def __init__(self, make: Callable[[], Point], catches: bool = False) -> None:
        self.catches = catches
        self._make = make
        self._point: Point | None = None

    @property
    def point(self) -> Point:
        if self._point is None:
            self._point = self._make()
        return self._point


class _Context:
    """Where `return`, `throw`, `break` and `continue` go from here."""

    __slots__ = ("breaks", "continues", "error", "result")

    def __init__(
        self, result: _Target, error: _Target, breaks: dict[str | None, _Target], continues: dict[str | None, _Target]
    ) -> None:
        self.result = result
        self.error = error
        self.breaks = breaks
        self.continues = continues

    def with_jumps(self, breaks: dict[str | None, _Target], continues: dict[str | None, _Target]) -> _Context:
        return _Context(self.result, self.error, {**self.breaks, **breaks}, {**self.continues, **continues})


def build_flow(function: FunctionInfo) -> Flow:
    """The control-flow graph of a function's body."""
    return _Builder().build(function)


class _Builder:
    def __init__(self) -> None:
        self.points: list[Point] = []
        self.tried: set[Node] = set()
        self.statements: dict[str, Handler] = {
            "IfStatement": self._if,
            "ForStatement": self._for,
            "ForInStatement": self._for_each,
            "ForOfStatement": self._for_each,
            "WhileStatement": self._while,
            "DoWhileStatement": self._do_while,
            "SwitchStatement": self._switch,
            "TryStatement": self._try,
            "WithStatement": self._with,
            "LabeledStatement": self._labeled,
            "BlockStatement": self._block,
            "ReturnStatement": self._return,
            "ThrowStatement": self._throw,
            "BreakStatement": self._break,
            "ContinueStatement": self._continue,
        }

    def build(self, function: FunctionInfo) -> Flow:
        end, thrown = Point("exit"), Point("throw-exit")
        context = _Context(_Target(lambda: end), _Target(lambda: thrown), {}, {})
        node = function.node
        if function.kind in ("program", "static-block"):
            entry = self.sequence(node.body, end, context)
        elif function.kind == "field":
            entry = self.expr(node.value, end, context) if node.value is not None else end
        elif node.body.type == "BlockStatement":
            entry = self.sequence(node.body.body, end, context)
        else:
            entry = self.expr(node.body, end, context)
        if function.kind not in ("program", "static-block", "field"):
            for parameter in reversed(node.params):
                entry = self.expr(parameter, entry, context)
        return Flow(entry, end, thrown, self.points, self.tried)

    def _point(self, kind: PointKind, node: Node | None, following: Point, context: _Context) -> Point:
        point = Point(kind, node)
        point.next.append(following)
        point.error = context.error.point
        if node is not None and context.error.catches:
            self.tried.add(node)
        self.points.append(point)
        return point

    def _join(self, *following: Point) -> Point:
        point = Point("join")
        point.next.extend(following)
        return point

    # Expressions

    def expr(self, node: Node | None, following: Point, context: _Context) -> Point:
        """The point at which evaluating an expression begins, given what follows it."""
        if node is None:
            return following
        kind = node.type
        if kind in _FUNCTIONS:
            return following
        if kind == "ConditionalExpression":
            branches = self._join(self.expr(node.consequent, following, context), self.expr(node.alternate, following, context))
            return self.expr(node.test, branches, context)
        if kind == "LogicalExpression":
            return self.expr(node.left, self._join(self.expr(node.right, following, context), following), context)
        if kind == "AssignmentExpression" and node.operator in ("&&=", "||=", "??="):
            return self.expr(node.left, self._join(self.expr(node.right, following, context), following), context)
        if kind == "AssignmentPattern":
            return self.expr(node.left, self._join(self.expr(node.right, following, context), following), context)
        if kind in ("ClassExpression", "ClassDeclaration"):
            return self._class(node, following, context)
        if kind in _EVENTS:
            following = self._point("event", node, following, context)
            if kind == "YieldExpression":
                # The caller may be done with the generator: `return()` resumes it as a `return` would (ECMA-262, section 27.5.3.4).
                following.next.append(context.result.point)
            if node.optional:
                # `a?.b()`: past a short circuit the rest of the chain is skipped; joining right behind is close enough.
                following = self._join(following, following.next[0])
        parts: list[Node] = []
        fields = node.__dict__
        for name in CHILD_FIELDS.get(kind, ()):
            value = fields.get(name)
            if isinstance(value, list):
                parts.extend(item for item in value if item is not None)
            elif value is not None and not (name in ("property", "key") and not node.computed):
                parts.append(value)
        for part in reversed(parts):
            following = self.expr(part, following, context)
        return following

    def _class(self, node: Node, following: Point, context: _Context) -> Point:
        for member in reversed(node.body.body):
            if member.static and member.value is not None and member.type != "MethodDefinition":
                following = self.expr(member.value, following, context)
            elif member.type == "StaticBlock":
                following = self.sequence(member.body, following, context)
        return self.expr(node.superClass, following, context)

    # Statements

    def sequence(self, statements: list[Node], following: Point, context: _Context) -> Point:
        for statement in reversed(statements):
            following = self.statement(statement, following, context)
        return following

    def statement(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...] = ()) -> Point:
        handler = self.statements.get(node.type)
        if handler is not None:
            return handler(node, following, context, labels)
        if node.type in ("FunctionDeclaration", "ImportDeclaration", "ExportAllDeclaration", "EmptyStatement", "DebuggerStatement"):
            return following
        if node.type == "ClassDeclaration":
            return self._class(node, following, context)
        if node.type in ("ExportNamedDeclaration", "ExportDefaultDeclaration"):
            return self.statement(node.declaration, following, context) if node.declaration is not None else following
        return self.expr(node, following, context)

    def _block(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        if labels:
            context = context.with_jumps({label: _Target(lambda: following) for label in labels}, {})
        return self.sequence(node.body, following, context)

    def _labeled(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        return self.statement(node.body, following, context, (*labels, str(node.label.name)))

    def _if(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        if labels:
            context = context.with_jumps({label: _Target(lambda: following) for label in labels}, {})
        chain: list[Node] = []
        current: Node | None = node
        while current is not None and current.type == "IfStatement":
            chain.append(current)
            current = current.alternate
        alternate = self.statement(current, following, context) if current is not None else following
        for link in reversed(chain):
            branches = self._join(self.statement(link.consequent, following, context), alternate)
            alternate = self.expr(link.test, branches, context)
        return alternate

    def _loop(self, labels: tuple[str, ...], following: Point, repeat: Point, context: _Context) -> _Context:
        names: tuple[str | None, ...] = (None, *labels)
        return context.with_jumps(
            {name: _Target(lambda: following) for name in names}, {name: _Target(lambda: repeat) for name in names}
        )

    def _while(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        head = Point("join")
        body = self.statement(node.body, head, self._loop(labels, following, head, context))
        branches = self._join(body) if _is_true(node.test) else self._join(body, following)
        head.next.append(self.expr(node.test, branches, context))
        return head

    def _do_while(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        head = Point("join")
        test = self.expr(node.test, self._join(head) if _is_true(node.test) else self._join(head, following), context)
        head.next.append(self.statement(node.body, test, self._loop(labels, following, test, context)))
        return head

    def _for(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        head = Point("join")
        update = self.expr(node.update, head, context)
        body = self.statement(node.body, update, self._loop(labels, following, update, context))
        endless = node.test is None or _is_true(node.test)
        head.next.append(self.expr(node.test, self._join(body) if endless else self._join(body, following), context))
        return self.statement(node.init, head, context) if node.init is not None else head

    def _for_each(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        head: Point = self._point("event", node, following, context) if node.allowAwait else Point("join")
        if not node.allowAwait:
            head.next.append(following)
        body = self.statement(node.body, head, self._loop(labels, following, head, context))
        head.next.append(self.expr(node.left, body, context))
        return self.expr(node.right, head, context)

    def _switch(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        names: tuple[str | None, ...] = (None, *labels)
        inner = context.with_jumps({name: _Target(lambda: following) for name in names}, {})
        bodies: list[Point] = []
        entry = following
        for case in reversed(node.cases):
            entry = self.sequence(case.consequent, entry, inner)
            bodies.append(entry)
        has_default = any(case.test is None for case in node.cases)
        branches = self._join(*reversed(bodies))
        if not has_default:
            branches.next.append(following)
        for case in reversed(node.cases):
            branches = self.expr(case.test, branches, context)
        return self.expr(node.discriminant, branches, context)

    def _try(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        outer = context
        end = following
        if labels:
            outer = outer.with_jumps({label: _Target(lambda: end) for label in labels}, {})
        if node.finalizer is not None and len(self.points) < _MOST_POINTS:
            finalizer = node.finalizer.body

            def through(target: _Target) -> _Target:
                return _Target(lambda: self.sequence(finalizer, target.point, outer), target.catches)

            inner = _Context(
                through(outer.result),
                through(outer.error),
                {label: through(target) for label, target in outer.breaks.items()},
                {label: through(target) for label, target in outer.continues.items()},
            )
            following = self.sequence(finalizer, following, outer)
        else:
            inner = outer
        if node.handler is not None:
            handler = node.handler
            caught = inner
            after = following

            def catch() -> Point:
                body = self.sequence(handler.body.body, after, caught)
                return self.expr(handler.param, body, caught) if handler.param is not None else body

            inner = _Context(inner.result, _Target(catch, catches=True), inner.breaks, inner.continues)
        return self.sequence(node.block.body, following, inner)

    def _with(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        return self.expr(node.object, self.statement(node.body, following, context, labels), context)

    def _return(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        return self.expr(node.argument, self._point("event", node, context.result.point, context), context)

    def _throw(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        point = self._point("event", node, context.error.point, context)
        point.next = []
        return self.expr(node.argument, point, context)

    def _break(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        target = context.breaks.get(str(node.label.name) if node.label is not None else None)
        return target.point if target is not None else following

    def _continue(self, node: Node, following: Point, context: _Context, labels: tuple[str, ...]) -> Point:
        target = context.continues.get(str(node.label.name) if node.label is not None else None)
        return target.point if target is not None else following


def _is_true(test: Node) -> bool:
    if test.type == "UnaryExpression" and test.operator == "!":
        return bool(test.argument.type == "Literal" and test.argument.value == 0 and test.argument.regex is None)
    return bool(test.type == "Literal" and (test.value is True or test.value == 1))
