"""Fixes that take a registration out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Fix
from ..heap import same_value
from ..protocol.facts import Registration
from .layout import is_here, removal, statement_of

if TYPE_CHECKING:
    from ..module import Module


def without_duplicate(module: Module, first: Registration, second: Registration) -> tuple[Fix, ...]:
    """Remove the second of two registrations, where it is a statement that does nothing else and brings no token of its own."""
    call = second.node
    statement = statement_of(call)
    if first.node is call or second.is_wrapped or second.spread or statement is None or not is_here(module, call):
        return ()
    expression = statement.expression
    while expression is not None and expression.type == "ChainExpression":
        expression = expression.expression
    if expression is not call or any(argument.type == "CallExpression" for argument in call.arguments):
        return ()
    token = second.token
    has_token = token is not None and not token.is_certainly("undefined")
    if token is not None and has_token and (first.token is None or not same_value(first.token.var, token.var)):
        return ()
    edit = removal(module, statement)
    return (Fix("Remove the second registration", safe=False, edits=(edit,)),) if edit is not None else ()
