"""What must be answered on the way to a place: the conditions around it and the early exits before it, asked of what is given.

Only what stand-ins answer is set by this: a parameter, a property, the result of a call. The program itself stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jsleak.analysis.scopes import Binding, FunctionInfo
from jsleak.analysis.scopes.names import pattern_identifiers, property_name
from jsleak.analysis.syntax.nodes import Node

#: A JSON value, or one of the words that the stand-ins know: undefined, number, string, array.
Answer = str | int | float | bool | None
_EXITS = ("ReturnStatement", "ThrowStatement", "ContinueStatement", "BreakStatement")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_HOLDS = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "===": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "!==": lambda a, b: a != b,
}


@dataclass
class Wants:
    """Answers by the name of what is asked; the first that was said stands, for it is nearest to the place."""

    parameters: dict[Binding, Answer] = field(default_factory=dict)
    properties: dict[str, Answer] = field(default_factory=dict)
    results: dict[str, Answer] = field(default_factory=dict)
    locals: dict[Binding, Answer] = field(default_factory=dict)

    def say(self, expression: Node, answer: Answer, depth: int = 0) -> None:
        """Make an expression give an answer, where a stand-in gives it."""
        node = _plain(expression)
        if node.type == "Identifier" and isinstance(node._binding, Binding):
            self._of_binding(node._binding, answer, depth)
        elif node.type == "MemberExpression":
            name = property_name(node.property, bool(node.computed))
            if name is not None and not name.startswith(("#", "@@")):
                self.properties.setdefault(name, answer)
        elif node.type == "CallExpression":
            callee = _plain(node.callee)
            name = str(callee.name) if callee.type == "Identifier" else None
            if callee.type == "MemberExpression":
                name = property_name(callee.property, bool(callee.computed))
            if name is not None:
                self.results.setdefault(name, answer)

    def _of_binding(self, binding: Binding, answer: Answer, depth: int) -> None:
        self.locals.setdefault(binding, answer)
        declared = binding.declarations[0]
        parent = declared._parent
        if binding.kind == "param":
            if parent.type == "Property" and (name := property_name(parent.key, bool(parent.computed))) is not None:
                self.properties.setdefault(name, answer)
            self.parameters.setdefault(binding, answer)
        elif parent is not None and parent.type == "VariableDeclarator" and parent.init is not None and depth < 3:
            self.say(parent.init, answer, depth + 1)
        elif parent is not None and parent.type == "Property" and (name := property_name(parent.key, bool(parent.computed))):
            self.properties.setdefault(name, answer)

    def truth(self, test: Node, wanted: bool) -> None:
        """Make a condition true or false."""
        node = _plain(test)
        if node.type == "UnaryExpression" and node.operator == "!":
            self.truth(node.argument, not wanted)
        elif node.type == "LogicalExpression":
            if node.operator == ("&&" if wanted else "||"):
                self.truth(node.left, wanted)
                self.truth(node.right, wanted)
            elif node.operator != "??":
                # One of the two is enough.
                self.truth(node.left if _asks_of_a_value(node.left) else node.right, wanted)
        elif node.type == "BinaryExpression":
            self._compared(node, wanted)
        elif not wanted:
            self.say(node, "undefined")

    def _compared(self, node: Node, wanted: bool) -> None:
        left, right, operator = _plain(node.left), _plain(node.right), str(node.operator)
        if operator not in _HOLDS:
            return
        if _constant(left) is not None:
            left, right, operator = right, left, _FLIPPED.get(operator, operator)
        constant = _constant(right)
        if constant is None:
            return
        value = constant[0]
        equal = operator in ("==", "===")
        if left.type == "UnaryExpression" and left.operator == "typeof":
            if value in ("string", "number") and wanted == equal:
                self.say(left.argument, str(value))
            elif value == "undefined" and wanted == equal:
                self.say(left.argument, "undefined")
        elif isinstance(value, bool) or value is None or value == "undefined":
            if wanted == equal:
                self.say(left, value)
        elif isinstance(value, int | float):
            fit = next((one for one in (value, value + 1, value - 1) if _HOLDS[operator](one, value) == wanted), None)
            if fit is not None:
                self.say(left, fit)
        elif wanted == equal and operator in ("==", "===", "!=", "!=="):
            self.say(left, value)


def _plain(node: Node) -> Node:
    while node.type in ("ChainExpression", "AwaitExpression"):
        node = node.expression if node.type == "ChainExpression" else node.argument
    return node


def _constant(node: Node) -> tuple[Answer] | None:
    """The value of a literal, in a tuple."""
    if node.type == "Literal" and node.regex is None and (node.value is None or isinstance(node.value, str | int | float)):
        return (node.value,)
    if node.type == "Identifier" and node.name == "undefined":
        return ("undefined",)
    if node.type == "UnaryExpression" and node.operator == "void":
        return ("undefined",)
    return None


def _asks_of_a_value(node: Node) -> bool:
    """Whether a condition is about what a stand-in may answer: not about a global, such as `typeof WeakRef`."""
    node = _plain(node)
    while node.type == "UnaryExpression":
        node = _plain(node.argument)
    if node.type in ("BinaryExpression", "LogicalExpression"):
        return _asks_of_a_value(node.left) or _asks_of_a_value(node.right)
    return node.type in ("MemberExpression", "CallExpression") or (node.type == "Identifier" and node._binding is not None)


def guards(place: Node, function: FunctionInfo, wants: Wants) -> None:
    """Say what leads from the start of a function to a place in it."""
    node = place
    while node._parent is not None and node is not function.node:
        parent = node._parent
        kind = parent.type
        if kind in ("IfStatement", "ConditionalExpression") and node is not parent.test:
            wants.truth(parent.test, node is parent.consequent)
        elif kind == "LogicalExpression" and node is parent.right and parent.operator != "??":
            wants.truth(parent.left, parent.operator == "&&")
        elif kind == "WhileStatement" and node is parent.body:
            wants.truth(parent.test, True)
        elif kind == "SwitchCase" and parent.test is not None and node is not parent.test:
            constant = _constant(_plain(parent.test))
            if constant is not None:
                wants.say(parent._parent.discriminant, constant[0])
        body = getattr(parent, "body", None) if kind in ("BlockStatement", "Program", "StaticBlock") else None
        if kind == "SwitchCase":
            body = parent.consequent
        if type(body) is list:
            _early_exits(body, node, wants)
        node = parent


def _early_exits(body: list[Node], node: Node, wants: Wants) -> None:
    before = body[: body.index(node)] if node in body else []
    for statement in reversed(before):
        if statement.type == "ForOfStatement" and statement.body.type == "BlockStatement":
            for inner in statement.body.body:
                _exit(inner, wants, leaves=("ReturnStatement", "ThrowStatement"))
        else:
            _exit(statement, wants, leaves=_EXITS)


def _exit(statement: Node, wants: Wants, leaves: tuple[str, ...]) -> None:
    if statement.type != "IfStatement":
        return
    if _leaves(statement.consequent, leaves):
        wants.truth(statement.test, False)
        if statement.alternate is not None:
            _exit(statement.alternate, wants, leaves)
    elif statement.alternate is not None and _leaves(statement.alternate, leaves):
        wants.truth(statement.test, True)


def _leaves(statement: Node, leaves: tuple[str, ...]) -> bool:
    """Whether a statement ends in one that leaves."""
    if statement.type == "BlockStatement":
        return bool(statement.body) and _leaves(statement.body[-1], leaves)
    return statement.type in leaves


def parameter_names(function: FunctionInfo) -> list[str]:
    """What the parameters are called; one that is taken apart is called by its place."""
    names = []
    for index, parameter in enumerate(function.params):
        found = pattern_identifiers(parameter)
        target = parameter.left if parameter.type == "AssignmentPattern" else parameter
        names.append(str(found[0].name) if target.type == "Identifier" else f"argument {index}")
    return names
