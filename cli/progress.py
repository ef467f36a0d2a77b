"""A progress bar on standard error, for runs over a second on a terminal. It has no thread: workers may be forked beside it."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from jsleak.workspace import Phase

_DELAY = 1.0
_INTERVAL = 0.1
_LABELS = {"search": "Searching", "analyse": "Analysing"}


class Bar:
    """Give ``update`` to a run as its progress callback; nothing is shown, or loaded, for the first second."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled and sys.stderr.isatty()
        self._next = time.monotonic() + _DELAY
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, phase: Phase, done: int, total: int | None) -> None:
        """Note how far the run has come; drawn at most ten times a second."""
        now = time.monotonic()
        if not self._enabled or now < self._next:
            return
        self._next = now + _INTERVAL
        if self._progress is None or self._task is None:
            self._progress, self._task = _start()
        self._progress.update(self._task, description=_LABELS[phase], completed=done, total=total)
        self._progress.refresh()


def _start() -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
    progress.start()
    return progress, progress.add_task("", total=None)
