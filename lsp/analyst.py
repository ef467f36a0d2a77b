"""Analysis off the protocol's thread, in processes that can be killed.

A process that works on a text which has changed meanwhile is of no use, and Python code cannot be interrupted from outside: so it
is killed, and a warm one stands by to take over. What is typed in goes first: one process is always kept free for it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import multiprocessing
import sys
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from jsleak.analysis.findings import Analysis
from jsleak.workspace.examine import failure, too_slow
from jsleak.workspace.pool import processors

from .worker import PRELOAD, Answer, Task, work

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

_WARM = 2


def context(preload: Sequence[str] = PRELOAD) -> BaseContext:
    """How processes are started: forked from one that has everything loaded where that can be, which takes 10 ms instead of 300."""
    if sys.platform == "win32" or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload(list(preload))
    return chosen


def prepare() -> None:
    """Start the process that workers are forked from, so that it is ready when the first is asked for. Does not block."""
    if context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


class _Worker:
    """One process and the server's end of its connection. Methods that block are called on threads."""

    def __init__(self, context: BaseContext) -> None:
        here, there = context.Pipe()
        # mypy knows no Process on the base class, though each context has one.
        self._process: BaseProcess = context.Process(target=work, args=(there,), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        there.close()
        self._connection: Connection = here
        self._in_use = threading.Lock()

    def run(self, task: Task) -> Answer | None:
        """The answer; None where the process ended instead. Blocks. Raises TimeoutError."""
        with self._in_use:
            try:
                self._connection.send(task)
                if not self._connection.poll(task.settings.time_limit):
                    raise TimeoutError
                answer: Answer = self._connection.recv()
            except TimeoutError:
                raise
            except (EOFError, OSError):
                return None
            return answer

    @property
    def lives(self) -> bool:
        """Whether the process is there."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End the process; a ``run`` on another thread returns then. Does not block."""
        self._process.kill()

    def bury(self) -> str:
        """Release what the process leaves behind, after ``kill`` or its own end. Says how it ended."""
        self._process.join()
        code = self._process.exitcode
        with self._in_use:
            self._connection.close()
        self._process.close()
        return f"signal {-code}, which is often a lack of memory" if code is not None and code < 0 else f"exit status {code}"


class Analyst:
    """Answers tasks, several at once. Cancelling ``analyse`` kills the process that works on it."""

    def __init__(self) -> None:
        self._context = context()
        self._most = max(_WARM, processors())
        self._threads = ThreadPoolExecutor(self._most + _WARM + 4, thread_name_prefix="analyst")
        self._idle: deque[_Worker] = deque()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._starting = 0
        self._busy = 0
        self._closed = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._takers: list[asyncio.Future[None]] = []
        self._tasks: set[asyncio.Future[None]] = set()

    def warm_up(self) -> None:
        """Start processes that stand by, without waiting for them."""
        while not self._closed and len(self._idle) + self._starting < _WARM:
            self._starting += 1
            started = asyncio.ensure_future(self._stand_by())
            self._tasks.add(started)
            started.add_done_callback(self._tasks.discard)

    async def _stand_by(self) -> None:
        try:
            worker = await asyncio.get_running_loop().run_in_executor(self._threads, self._start_here)
        except OSError as error:
            for taker in self._takers:
                if not taker.done():
                    taker.set_exception(error)
            return
        finally:
            self._starting -= 1
        self._stands_by(worker)

    def _stands_by(self, worker: _Worker) -> None:
        self._idle.append(worker)
        for taker in self._takers:
            if not taker.done():
                taker.set_result(None)

    async def _take(self) -> _Worker:
        """A process that stands by, as soon as there is one. Raises OSError where none can be started."""
        while not (worker := self._living()):
            self.warm_up()
            taker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            try:
                await taker
            finally:
                self._takers.remove(taker)
        return worker

    def _living(self) -> _Worker | None:
        """One of those that stand by. Any may have died while it did."""
        while self._idle:
            worker = self._idle.popleft()
            if worker.lives:
                return worker
            self._drop(worker)
        return None

    def _start_here(self) -> _Worker:
        worker = _Worker(self._context)
        with self._lock:
            self._all.add(worker)
            if self._closed:
                worker.kill()
        return worker

    async def analyse(self, task: Task, *, urgent: bool = True) -> Answer:
        """The answer to a task. What is not urgent leaves one process to what is."""
        await self._turn(urgent)
        try:
            worker = await self._take()
            self.warm_up()
            return await self._run(worker, task)
        except OSError as error:
            broken = failure(task.path, f"no process could be started to analyse it: {error.strerror or error}")
            return Answer(Analysis(problems=broken.problems))
        finally:
            self._busy -= 1
            self._next()
            self.warm_up()

    async def _run(self, worker: _Worker, task: Task) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._threads, worker.run, task)
        except TimeoutError:
            self._drop(worker)
            return Answer(Analysis(problems=too_slow(task.path, task.settings.time_limit).problems))
        except asyncio.CancelledError:
            self._drop(worker)
            raise
        if answer is None:
            died = await self._drop(worker)
            broken = failure(task.path, f"the analysis of this file ended its process ({died})")
            return Answer(Analysis(problems=broken.problems))
        self._stands_by(worker)
        return answer

    def _drop(self, worker: _Worker) -> asyncio.Future[str]:
        worker.kill()
        with self._lock:
            self._all.discard(worker)
        if self._closed:
            # There are no threads to wait on any more, and nobody wants to know.
            unknown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            unknown.set_result("")
            return unknown
        return asyncio.get_running_loop().run_in_executor(self._threads, worker.bury)

    async def _turn(self, urgent: bool) -> None:
        """Wait until there may be one more at work."""
        if self._free(urgent) and not self._waiting:
            self._busy += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (0 if urgent else 1, next(self._count), turn))
        self._next()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._busy -= 1
                self._next()
            raise

    def _free(self, urgent: bool) -> bool:
        return self._busy < self._most - (not urgent)

    def _next(self) -> None:
        while self._waiting:
            rank, _, turn = self._waiting[0]
            if turn.cancelled():
                heapq.heappop(self._waiting)
            elif self._free(rank == 0):
                heapq.heappop(self._waiting)
                self._busy += 1
                turn.set_result(None)
            else:
                return

    def renew(self) -> None:
        """Replace the processes that stand by."""
        while self._idle:
            self._drop(self._idle.popleft())
        self.warm_up()

    def close(self) -> None:
        """Kill all processes. Nothing is analysed afterwards."""
        self._closed = True
        with self._lock:
            for worker in self._all:
                worker.kill()
            self._all.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
