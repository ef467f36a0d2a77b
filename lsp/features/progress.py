"""Work-done progress with a cancel button, for clients that show it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types

if TYPE_CHECKING:
    from jsleak.lsp.server import JsleakServer

_T = TypeVar("_T")
Report = Callable[[str, int], None]
"""Says what is done now, and how much of all in per cent."""

_numbers = itertools.count(1)


class Cancelled(Exception):
    """The user ended the work by the progress's own button."""


async def with_progress(server: JsleakServer, title: str, work: Callable[[Report], Awaitable[_T]]) -> _T:
    """The result of some work, shown meanwhile. Raises Cancelled; cancelling the caller ends the work as well."""
    if not server.client.progress:
        return await work(lambda message, percentage: None)
    progress = server.work_done_progress
    token = f"jsleak-{next(_numbers)}"
    await progress.create_async(token)
    progress.begin(token, types.WorkDoneProgressBegin(title, cancellable=True, percentage=0))

    def report(message: str, percentage: int) -> None:
        progress.report(token, types.WorkDoneProgressReport(cancellable=True, message=message, percentage=percentage))

    task = asyncio.ensure_future(work(report))
    pressed = False

    def press(_: object) -> None:
        nonlocal pressed
        pressed = progress.tokens[token].cancelled()
        if pressed:
            task.cancel()

    progress.tokens[token].add_done_callback(press)
    try:
        return await task
    except asyncio.CancelledError:
        task.cancel()
        if pressed:
            raise Cancelled from None
        raise
    finally:
        progress.end(token, types.WorkDoneProgressEnd())
        progress.tokens.pop(token, None)
