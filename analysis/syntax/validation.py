"""Early errors that need the whole tree: scopes, labels, private names, exports.

esprima's pass does the work. Here it learns what a CommonJS module is (the body of a function, ECMA-262's FunctionBody), and gets
lists in place of generators, which recurse on the C stack in Python 3.11.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from esprima import validation as esprima_validation

from .nodes import Node

_Names = list[tuple[str, Node]]

_SCOPES_OF_THEIR_OWN = frozenset(
    ("FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "ClassDeclaration", "ClassExpression"),
)
_EDITION = 2026
_LABELS = 500
"""How many labels a statement may have: esprima compares each with all others, again at each."""


def validate(program: Node, report: Callable[[str, Node], None], text: str, *, commonjs: bool) -> None:
    """Call ``report``, which may raise, with the message and the node of each early error. ``program`` is the tree of ``text``."""
    _Validator(report, text).check(program, commonjs=commonjs)


class _Validator(esprima_validation._Validator):  # type: ignore[misc]
    def __init__(self, report: Callable[[str, Node], None], text: str) -> None:
        super().__init__(report, _EDITION, parser_tree=True, no_var="var" not in text)
        self._read_bindings = _bound_names
        self._read_declaration_names = _declared_names
        self._read_var_names = _var_names

    def statement(self, node: Node, context: Any, annex_b: bool = False, labels_allowed: bool = False) -> None:
        labelled, labels = node, 0
        while labelled is not None and labelled.type == "LabeledStatement":
            labelled, labels = labelled.body, labels + 1
            if labels > _LABELS:
                raise RecursionError("labels nest too deep")
        super().statement(node, context, annex_b, labels_allowed)

    def check(self, program: Node, *, commonjs: bool) -> None:
        if not commonjs:
            self.program(program)
            return
        body = program.body
        strict = esprima_validation._strict_directive(body)
        context = esprima_validation._Context(strict=strict, in_function=True, new_target=True)
        self.scope(body, context, "function")
        for statement in body:
            self.visit(statement, context, "Program")


def _bound_names(pattern: Node | None) -> _Names:
    """BoundNames of a pattern, in order of place."""
    names: _Names = []
    pending = [pattern]
    while pending:
        current = pending.pop()
        kind = None if current is None else current.type
        if current is None or kind == "MemberExpression":
            continue
        if kind == "Identifier":
            names.append((current.name, current))
        elif kind == "RestElement":
            pending.append(current.argument)
        elif kind == "AssignmentPattern":
            pending.append(current.left)
        elif kind == "ArrayPattern":
            pending += current.elements[::-1]
        elif kind == "ObjectPattern":
            pending += [item.argument if item.type == "RestElement" else item.value for item in reversed(current.properties)]
    return names


def _declared_names(node: Node | None) -> _Names:
    """BoundNames of a declaration."""
    kind = None if node is None else node.type
    if node is None:
        return []
    if kind == "VariableDeclaration":
        return [name for declaration in node.declarations for name in _bound_names(declaration.id)]
    if kind in ("FunctionDeclaration", "ClassDeclaration"):
        return _bound_names(node.id)
    if kind == "ImportDeclaration":
        return [name for specifier in node.specifiers for name in _bound_names(specifier.local)]
    if kind in ("ExportNamedDeclaration", "ExportDefaultDeclaration"):
        return _declared_names(node.declaration)
    return []


def _var_names(node: Node | None, cache: dict[Node, _Names]) -> _Names:
    """VarDeclaredNames of a statement."""
    if node is None or node.type in _SCOPES_OF_THEIR_OWN:
        return []
    fields: tuple[str, ...] = esprima_validation._VAR_CHILD_FIELDS.get(node.type, ())
    if node.type == "VariableDeclaration":
        return _declared_names(node) if node.kind == "var" else []
    if not fields:
        return []
    names = cache.get(node)
    if names is None:
        names = []
        for field in fields:
            below: Any = getattr(node, field)
            for child in below if type(below) is list else (below,):
                names += _var_names(child, cache)
        cache[node] = names
    return names
