"""Runs code on engines for the commands: on threads of its own, and so that it can be ended at any time."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from jsleak.analysis.depth import call_deep
from jsleak.analysis.findings import Finding, Status, Verdict
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module, program_at
from jsleak.analysis.syntax.parse import SyntaxProblem
from jsleak.lsp.snapshot import FindingKey, Snapshot
from jsleak.workspace import Settings
from jsleak.workspace.packages import by_extension, loader, package_type

if TYPE_CHECKING:
    from jsleak.analysis import SourceType
    from jsleak.analysis.module import Module
    from jsleak.engine.leaks import RunReport
    from jsleak.engine.pool import Pool

_T = TypeVar("_T")
_ENDING = "The server is about to end."


class NoEngine(Exception):
    """There is no engine on this machine; the message says what to do."""


class Trials:
    """A pool of engines that is started when it is first needed. Cancelling ``run`` ends the engines that work for it."""

    def __init__(self, make: Callable[[], Pool] | None = None) -> None:
        self._make = make or _pool
        self._idle: list[Pool] = []
        self._all: set[Pool] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="trials")

    async def run(self, work: Callable[[Pool], _T]) -> _T:
        """What ``work`` gives, which is called on a thread and may block. Raises NoEngine."""
        if self._closed:
            raise NoEngine(_ENDING)
        pool: list[Pool] = []
        ended = threading.Event()

        def carry_out() -> _T:
            taken = self._take()
            pool.append(taken)
            if ended.is_set():
                self._end(taken)
            try:
                if not taken.engines:
                    raise NoEngine("There is no engine to run code on: install the package quickjs-ng, or node 18 or newer.")
                return work(taken)
            finally:
                self._give(taken)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, carry_out)
        except asyncio.CancelledError:
            ended.set()
            for one in pool:
                threading.Thread(target=self._end, args=(one,), daemon=True).start()
            raise

    def _take(self) -> Pool:
        with self._lock:
            if self._closed:
                raise NoEngine(_ENDING)
            if self._idle:
                return self._idle.pop()
            pool = self._make()
            self._all.add(pool)
            return pool

    def _give(self, pool: Pool) -> None:
        with self._lock:
            if not pool.closed and not self._closed:
                self._idle.append(pool)

    def _end(self, pool: Pool) -> None:
        with self._lock:
            self._all.discard(pool)
            if pool in self._idle:
                self._idle.remove(pool)
        pool.close()

    def close(self) -> None:
        """End all engines. Whoever waits for one is told."""
        with self._lock:
            self._closed = True
            pools = list(self._all)
            self._all.clear()
            self._idle.clear()
        for pool in pools:
            pool.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _pool() -> Pool:
    from jsleak.engine.pool import Pool

    return Pool(1)


@dataclass(frozen=True, slots=True)
class Case:
    """A document whose findings are put to the test. ``unsaved`` has the texts of open documents by path."""

    snapshot: Snapshot
    settings: Settings
    is_file: bool
    unsaved: Mapping[str, str]


def confirm(
    case: Case, chosen: Sequence[tuple[FindingKey, Finding]], pool: Pool, tell: Callable[[FindingKey, Verdict], None]
) -> dict[FindingKey, Verdict]:
    """A verdict for each chosen finding; ``tell`` is called with each as soon as it is there. Blocks; ends early with the pool."""
    from jsleak.engine.confirm import confirm as confirm_one

    engines = tuple(pool.engines)
    verdicts: dict[FindingKey, Verdict] = {}
    modules: dict[int, Module | str] = {}
    for key, finding in chosen:
        text = case.snapshot.source.text
        program = program_at(text, case.snapshot.path, finding.range.start)
        if program not in modules:
            modules[program] = _module(case, text, program)
        module = modules[program]
        if isinstance(module, str):
            verdict = Verdict(Status.INCONCLUSIVE, "", module)
        else:
            judged = confirm_one(module, finding, pool.run, engines, partial(_build, case, program=program))
            verdict = judged.verdict or Verdict(Status.INCONCLUSIVE, "", "the experiment told nothing")
        if pool.closed:
            break  # a verdict of an engine that was ended tells nothing
        verdicts[key] = verdict
        tell(key, verdict)
    return verdicts


def _module(case: Case, text: str, program: int) -> Module | str:
    """The facts of a document, or why there are none."""
    try:
        return call_deep(_build, case, text, program)
    except SyntaxProblem as problem:
        return problem.message
    except RecursionError:
        return "the code nests too deep"


def _build(case: Case, text: str, program: int) -> Module:
    """The facts of a text, as the findings were made of it. Raises SyntaxProblem."""
    path, settings = case.snapshot.path, case.settings
    # No path begins with NUL, so all are shown whole.
    load = loader(path, path, "\0", settings.max_file_size, case.unsaved) if case.is_file else None
    known: SourceType | None = by_extension(path)
    hint = package_type(os.path.dirname(path)) if case.is_file and known is None else None  # noqa: PTH120
    try:
        return build_module(text, path, known or hint, settings.rules or RuleSettings(), load, program)
    except SyntaxProblem:
        if hint is None:
            raise
        return build_module(text, path, None, settings.rules or RuleSettings(), load, program)


def run(case: Case, pool: Pool) -> RunReport:
    """Run a document as a script. Blocks. Raises OSError where its folder can't be read."""
    from jsleak.engine.leaks import Options, run_file
    from jsleak.engine.pool import EngineMissing
    from jsleak.engine.request import EngineName

    name: EngineName = "quickjs" if "quickjs" in pool.engines else "node"
    try:
        return run_file(case.snapshot.path, case.snapshot.source.text, Options(name), pool.run, _decode)
    except EngineMissing as missing:
        raise NoEngine(str(missing)) from None


def _decode(data: bytes) -> str:
    """The text of an imported file. Raises ValueError where it is none."""
    from jsleak.workspace.reading import NotText, decode

    try:
        return decode(data)
    except NotText as error:
        raise ValueError(error.reason) from None
