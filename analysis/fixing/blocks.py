"""Fixes that put statements into `try`: with `finally` for what must come in any case, `catch` for what an exception leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..control.lifetime import Throw
from ..control.owners import frame_of, fresh_object, owned_from
from ..findings import Edit, Fix
from ..protocol.facts import Registration, Unregistration
from ..scopes import Binding
from ..scopes.names import declared_identifiers
from ..syntax.nodes import Node, walk
from .layout import (
    edits,
    end_of_line,
    holds_calls,
    indentation,
    indented,
    is_first,
    is_here,
    is_last,
    line_end,
    semicolon,
    start_of_line,
    statement_of,
    unit,
)
from .tokens import add_token, unregister_call

if TYPE_CHECKING:
    from ..module import Module

_DECLARING = frozenset({"FunctionDeclaration", "ClassDeclaration"})


def in_finally(module: Module, registration: Registration, unregistration: Unregistration, throw: Throw) -> tuple[Fix, ...]:
    """What stands between a registration and its unregistration goes into `try`, the unregistration into `finally`."""
    first, last = statement_of(registration.place), statement_of(unregistration.place)
    if first is None or last is None or first._parent is not last._parent or not is_here(module, first, last):
        return ()
    body = first._parent.body
    inside, after = body[body.index(first) + 1 : body.index(last)], body[body.index(last) + 1 :]
    inside = _without_calm_ends(inside, ends=False)
    if not inside or last.type != "ExpressionStatement" or not _has_lines(module, [inside[0], inside[-1], last]):
        return ()
    if not _is_inside(throw.node, inside[0], inside[-1]):
        return ()
    moved: list[Node] = []
    if not _is_closed(inside, inside):
        # `const data = …; unregister(…); return data;`: the return goes along, since it comes to the same.
        moved = after if len(after) == 1 and after[0].type == "ReturnStatement" and not holds_calls(after[0]) else []
        if not moved or not _is_closed(inside, [*inside, *moved]) or not _has_lines(module, moved):
            return ()
    made = _finally_behind(module, inside, last, moved[0]) if moved else _finally(module, inside, last)
    return (Fix("Unregister in `finally`", safe=False, edits=made),)


def _finally(module: Module, inside: Sequence[Node], last: Node) -> tuple[Edit, ...]:
    level, end = indentation(module, inside[0]._start), line_end(module)
    close = end_of_line(module, inside[-1]._end)
    return edits(
        module,
        [
            (start_of_line(module, inside[0]._start), f"{level}try {{{end}"),
            *indented(module, start_of_line(module, inside[0]._start), last._end),
            (close, f"{end}{level}}} finally {{"),
            (end_of_line(module, last._end), f"{end}{level}}}"),
        ],
    )


def _finally_behind(module: Module, inside: Sequence[Node], last: Node, moved: Node) -> tuple[Edit, ...]:
    level, end = indentation(module, inside[0]._start), line_end(module)
    begin, stop = start_of_line(module, last._start), end_of_line(module, last._end)
    call = module.source.slice(last._start, stop)
    if len(call.splitlines()) > 1:
        return ()
    lines = [
        (start_of_line(module, inside[0]._start), f"{level}try {{{end}"),
        *(one for one in indented(module, start_of_line(module, inside[0]._start), moved._end) if not begin <= one[0] <= stop),
        (end_of_line(module, moved._end), f"{end}{level}}} finally {{{end}{level}{unit(module)}{call}{end}{level}}}"),
    ]
    return (*edits(module, lines), Edit(module.node_range(begin, stop + len(end)), ""))


def in_catch(module: Module, registration: Registration, throw: Throw) -> tuple[Fix, ...]:
    """What can throw after a registration goes into `try`; the `catch` unregisters and throws again."""
    statement, target = statement_of(registration.place), registration.target
    if statement is None or target is None or registration.is_wrapped or not is_here(module, statement):
        return ()
    function = module.function_of(statement)
    if statement._parent is not function.node.body:
        return ()
    frame = frame_of(module, registration)
    made = fresh_object(module, frame, target.objects)
    owned = owned_from(module, frame, made) if made is not None else None
    body = statement._parent.body
    inside = [node for node in body[body.index(statement) + 1 :] if owned is None or node._end <= owned or _throws(node, throw)]
    trimmed = _without_calm_ends(inside, ends=True)
    if not _is_closed(trimmed, trimmed):
        trimmed = _without_calm_ends(inside, ends=False)
    if not trimmed or not _is_inside(throw.node, trimmed[0], trimmed[-1]) or not _is_closed(trimmed, trimmed):
        return ()
    words = {node: "this" for node in walk(registration.node.callee) if node.type == "ThisExpression"}
    call = unregister_call(registration, function, words, module.source.text)
    token = registration.token
    added: list[Edit] = []
    if token is None or token.is_certainly("undefined"):
        edit = add_token(module, registration)
        if edit is None:
            return ()
        added, name = [edit], module.source.slice(target.node._start, target.node._end)
    else:
        if token.node.type not in ("Identifier", "ThisExpression", "MemberExpression"):
            return ()
        name = module.source.slice(token.node._start, token.node._end)
    if call is None or not _has_lines(module, [trimmed[0], trimmed[-1]]):
        return ()
    wrapped = _catch(module, trimmed, f"{call}({name})")
    return (Fix("Unregister in a `catch` and throw again", safe=False, edits=(*added, *wrapped)),)


def _catch(module: Module, inside: Sequence[Node], call: str) -> tuple[Edit, ...]:
    level, end, step = indentation(module, inside[0]._start), line_end(module), unit(module)
    close = semicolon(module, len(module.source.text))
    last = end_of_line(module, inside[-1]._end)
    inner = level + step
    handler = f"{level}}} catch (error) {{{end}{inner}{call}{close}{end}{inner}throw error{close}{end}{level}}}"
    return edits(
        module,
        [
            (start_of_line(module, inside[0]._start), f"{level}try {{{end}"),
            *indented(module, start_of_line(module, inside[0]._start), last),
            (last, end + handler),
        ],
    )


def _throws(statement: Node, throw: Throw) -> bool:
    """Whether a statement is where it throws."""
    return bool(statement._start <= throw.node._start < statement._end)


def _is_inside(node: Node, first: Node, last: Node) -> bool:
    return bool(first._start <= node._start and node._end <= last._end)


def _without_calm_ends(statements: Sequence[Node], *, ends: bool) -> list[Node]:
    """The statements from the first that does something to the last; with ``ends`` False, all from the first on."""
    found = list(statements)
    while found and not _does_something(found[0]):
        found.pop(0)
    while ends and found and not _does_something(found[-1]):
        found.pop()
    return found


def _does_something(statement: Node) -> bool:
    return statement.type not in _DECLARING and holds_calls(statement)


def _has_lines(module: Module, statements: Sequence[Node]) -> bool:
    return all(is_first(module, node._start) and is_last(module, node._end) for node in statements)


def _is_closed(statements: Sequence[Node], region: Sequence[Node]) -> bool:
    """Whether nothing but a region uses the names that statements declare for their block."""
    for statement in statements:
        if statement.type == "VariableDeclaration" and statement.kind in ("using", "await using"):
            return False
        names = declared_identifiers(statement) if statement.type in _DECLARING or _is_lexical(statement) else []
        for name in names:
            binding: Binding | None = name._binding
            if binding is None or any(
                not any(node._start <= use.node._start < node._end for node in region) for use in binding.references
            ):
                return False
    return True


def _is_lexical(statement: Node) -> bool:
    return bool(statement.type == "VariableDeclaration" and statement.kind != "var")
