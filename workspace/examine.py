"""One file, from path to findings. Runs in this process or in a worker, and never raises for what a file holds."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import TYPE_CHECKING

from jsleak import analysis
from jsleak.analysis import Loader, SourceType
from jsleak.analysis.findings import Analysis, Finding, Problem, ProblemKind, Suppressed

from .cache.basis import Basis, Link, digest, noting
from .contents import Texts, bytes_of
from .model import Settings
from .packages import by_extension, loader, package_hint
from .paths import display
from .reading import NotRegular, NotText, TooLarge, decode, not_text, read_problem

if TYPE_CHECKING:
    from jsleak.analysis.outline import Site
    from jsleak.analysis.suppressions import Suppression


@dataclass(frozen=True, slots=True)
class Job:
    """A file to analyse: its absolute path, the folder that reports are relative to, and what is in force for it."""

    path: str
    folder: str
    size: int
    settings: Settings = field(default_factory=Settings)

    @property
    def shown(self) -> str:
        return display(self.path, self.folder)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came of one file. ``basis`` is there where it was read from disk: what the result depends on, beside the settings."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    lends: tuple[str, ...] = ()
    outline: tuple[Site, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    basis: Basis | None = None

    @property
    def analysed(self) -> bool:
        """Whether the analysis saw the file. One that ran out of budget did."""
        return all(problem.kind is ProblemKind.ANALYSIS_INCOMPLETE for problem in self.problems)


def failure(path: str, message: str) -> FileResult:
    """The result of a file whose analysis broke down."""
    return FileResult(problems=(Problem(path, ProblemKind.INTERNAL_ERROR, message),))


def too_slow(path: str, seconds: float) -> FileResult:
    """The result of a file that took longer than it may."""
    return failure(path, f"the analysis took more than {seconds:g} s and was given up")


class Garbage:
    """Looks for garbage when enough has been left behind, and not before.

    A syntax tree is cyclic, so only the collector frees it, and a collection after each file would take a fifth of the run.
    """

    #: Bytes of source between two collections; a tree takes some 100 times its source.
    ENOUGH = 4 << 20

    def __init__(self) -> None:
        self._left = 0

    def leave(self, size: int) -> None:
        """Say that a file of ``size`` bytes has been done with."""
        self._left += size
        if self._left >= self.ENOUGH:
            self._left = 0
            gc.collect()


def examine(job: Job) -> FileResult:
    """Read, decode and analyse one file."""
    try:
        data = bytes_of(job.path, job.settings)
    except (OSError, TooLarge, NotRegular) as error:
        return FileResult(problems=(read_problem(job.shown, error),))
    links: list[Link] = []
    result = examine_text(data, job.shown, job.settings, path=job.path, folder=job.folder, note=links.append)
    return replace(result, basis=Basis(digest(data), package_hint(job.path), tuple(links)))


def examine_text(
    data: bytes, shown: str, settings: Settings, *, path: str | None, folder: str, note: Callable[[Link], None] | None = None
) -> FileResult:
    """Decode and analyse what is called ``shown`` in reports and stands at ``path``, if anywhere.

    ``note`` is told which modules the analysis asked for.
    """
    try:
        text = decode(data)
    except NotText as error:
        return FileResult(problems=(not_text(shown, data, error),))
    load = loader(path, shown, folder, settings.max_file_size, Texts(settings.contents)) if path else None
    if load and note:
        load = noting(load, note)
    return examine_source(text, shown, settings, path=path, load=load)


def examine_source(
    text: str, shown: str, settings: Settings, *, path: str | None, load: Loader | None, outline: bool = False
) -> FileResult:
    """Analyse a text that is called ``shown`` in reports and stands at ``path``, if anywhere; ``load`` gives what it imports."""

    def analyse(source_type: SourceType | None) -> Analysis:
        return analysis.analyze(text, filename=shown, source_type=source_type, settings=settings.rules, load=load, outline=outline)

    source_type = by_extension(path or shown)
    # What the package says of all its files is no more than a hint: sources for a bundler often stand in one that says commonjs.
    hint = package_hint(path) if path else None
    try:
        result = analyse(source_type or hint)
        if hint and _is_syntax_error(result):
            second = analyse(None)
            result = result if _is_syntax_error(second) else second
    except Exception as error:
        return failure(shown, _describe(error, debug=settings.debug))
    return FileResult(result.findings, result.problems, result.lends, result.outline, result.suppressed, result.suppressions)


def _is_syntax_error(result: Analysis) -> bool:
    return any(problem.kind is ProblemKind.SYNTAX_ERROR for problem in result.problems)


def _describe(error: Exception, *, debug: bool) -> str:
    message = f"the analysis failed, which is a defect of jsleak: {type(error).__name__}: {error}".rstrip(": ")
    if not debug:
        return message
    import traceback

    return message + "\n" + "".join(traceback.format_exception(error)).rstrip()


class _OutOfTime(BaseException):
    """Not an Exception, so that nothing on the way takes it for its own."""


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise ``_OutOfTime`` in the body after ``seconds``. Only where signals can: in the main thread, not on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise _OutOfTime

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def examine_here(job: Job) -> FileResult:
    """``examine`` in this process, with its time limit."""
    try:
        with _limit(job.settings.time_limit):
            return examine(job)
    except _OutOfTime:
        return too_slow(job.shown, job.settings.time_limit)
