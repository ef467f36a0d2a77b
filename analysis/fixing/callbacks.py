"""Fixes for cleanup callbacks whose failure nobody would catch: they catch it, and say so on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Edit, Fix
from ..protocol.cleanup import loose_promises
from ..protocol.ended import only_called_back
from ..protocol.facts import Registry
from ..scopes import FunctionInfo
from ..syntax.nodes import Node
from .layout import (
    arrow_body,
    edits,
    end_of_line,
    indentation,
    indented,
    is_first,
    is_here,
    is_last,
    line_end,
    semicolon,
    start_of_line,
    unit,
)
from .names import free_name

if TYPE_CHECKING:
    from ..module import Module

_TITLE = "Catch it and report it on the console"


def catching(module: Module, registry: Registry, callback: FunctionInfo) -> tuple[Fix, ...]:
    """The whole callback in `try`, with a `catch` that reports; where others call the function as well, around the call of it."""
    if not is_here(module, registry.node, callback.node) or callback.is_generator:
        return ()
    given = registry.node.arguments[0] if registry.node.arguments else None
    if only_called_back(callback, registry):
        made = _caught_body(module, callback)
    elif given is not None and given.type == "Identifier" and len(callback.params) <= 1:
        made = (module.edit(given, _around_call(module, given, callback)),)
    else:
        return ()
    return (Fix(_TITLE, safe=False, edits=made),) if made else ()


def handling(module: Module, callback: FunctionInfo) -> tuple[Fix, ...]:
    """A `.catch` at the end of each promise that a callback leaves to itself."""
    ends: dict[int, None] = {}
    for function in module.calls.reached(callback, certain=True):
        if not function.is_async and not function.is_generator:
            for _, end, _ in loose_promises(module, function):
                if not is_here(module, end):
                    return ()
                ends[end._end] = None
    made = tuple(module.insertion(end, ".catch((error) => console.error(error))") for end in ends)
    return (Fix("Report a rejection on the console", safe=False, edits=made),) if made else ()


def _around_call(module: Module, given: Node, callback: FunctionInfo) -> str:
    name = module.source.slice(given._start, given._end)
    held = free_name(module, "held") if callback.params else ""
    if callback.is_async:
        return f"({held}) => {name}({held}).catch((error) => console.error(error))"
    return f"({held}) => {{ try {{ {name}({held}); }} catch (error) {{ console.error(error); }} }}"


def _caught_body(module: Module, callback: FunctionInfo) -> tuple[Edit, ...]:
    node = callback.node
    if node.body.type != "BlockStatement":
        return _caught_expression(module, node, callback.is_async)
    body = node.body.body
    if not body or body[0].directive:
        return ()
    opening, closing = node.body._start + 1, node.body._end - 1
    if end_of_line(module, opening) < body[0]._start and is_last(module, opening):
        return _caught_lines(module, node, opening, closing)
    return (module.insertion(opening, " try {"), module.insertion(closing, "} catch (error) { console.error(error); } "))


def _caught_expression(module: Module, node: Node, is_async: bool) -> tuple[Edit, ...]:
    start = arrow_body(module, node)
    if start is None:
        return ()
    waited = "await " if is_async and node.body.type != "AwaitExpression" else ""
    return (
        module.insertion(start, f"{{ try {{ {waited}"),
        module.insertion(node._end, "; } catch (error) { console.error(error); } }"),
    )


def _caught_lines(module: Module, node: Node, opening: int, closing: int) -> tuple[Edit, ...]:
    if not is_first(module, closing):
        return ()
    first = end_of_line(module, opening) + len(line_end(module))
    level, end, step = indentation(module, closing), line_end(module), unit(module)
    inner, close = level + step, semicolon(module, closing)
    handler = f"{inner}}} catch (error) {{{end}{inner}{step}console.error(error){close}{end}{inner}}}{end}"
    return edits(
        module,
        [
            (first, f"{inner}try {{{end}"),
            *indented(module, first, start_of_line(module, closing)),
            (start_of_line(module, closing), handler),
        ],
    )
