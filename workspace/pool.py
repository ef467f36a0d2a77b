"""Several processes that examine files, of which any may die.

Each worker has one file at a time, so when one dies or takes too long it is known which file did it, and no other file's result
is lost. ``concurrent.futures`` gives up the whole pool then, and can't end a single worker.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from .examine import FileResult, Garbage, Job, examine, failure, too_slow

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

_TICK = 0.1
_ENOUGH_FILES = 8
_ENOUGH_BYTES = 200_000


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_count(jobs: Sequence[Job], wanted: int | None) -> int:
    """How many processes the work is worth; 1 means none but this one."""
    if wanted is None and len(jobs) < _ENOUGH_FILES and sum(job.size for job in jobs) < _ENOUGH_BYTES:
        return 1
    return max(1, min(wanted or processors(), len(jobs)))


def _context() -> BaseContext:
    """Fork where it is safe, which is on Linux with one thread: it starts in 5 ms with all modules loaded, the others in 100 ms."""
    safe = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if safe else "spawn")


def _work(connection: Connection, siblings: list[Connection]) -> None:
    """A worker's life: take a job, answer it, until the parent closes its end (or dies)."""
    for sibling in siblings:
        sibling.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    garbage = Garbage()
    try:
        while True:
            job: Job = connection.recv()
            _answer(connection, job)
            garbage.leave(job.size)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(connection: Connection, job: Job) -> None:
    try:
        connection.send(examine(job))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        # A result that cannot be sent, say. Nothing has gone out then: what is sent is made whole first.
        connection.send(failure(job.shown, f"no result, which is a defect of jsleak: {type(error).__name__}: {error}"))


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold back Ctrl-C while a worker starts: it would show a traceback before it has learnt to leave that to its parent."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    index: int = -1
    started: float = 0.0

    def stop(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.process.close()


class _Pool:
    def __init__(self) -> None:
        self._context = _context()
        self.workers: list[_Worker] = []

    def start(self) -> _Worker:
        here, there = self._context.Pipe()
        # A fork holds its siblings' ends as well, and would keep them open after the parent's death.
        siblings = [here, *(worker.connection for worker in self.workers)] if self._context.get_start_method() == "fork" else []
        # mypy knows no Process on the base class, though each context has one.
        process: BaseProcess = self._context.Process(target=_work, args=(there, siblings), daemon=True)  # type: ignore[attr-defined]
        with _interrupts_held():
            process.start()
        there.close()
        worker = _Worker(process, here)
        self.workers.append(worker)
        return worker

    def drop(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.stop()

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers.clear()


def examine_many(jobs: Sequence[Job], count: int, tick: Callable[[int], None]) -> Iterator[tuple[int, FileResult]]:
    """Examine all jobs in ``count`` processes: index and result, in the order in which they end.

    ``tick`` is called with the number done, ten times a second and at each end. The largest files go first.
    """
    todo = deque(sorted(range(len(jobs)), key=lambda index: -jobs[index].size))
    gc.freeze()
    pool = _Pool()
    done = 0
    try:
        while todo or any(worker.index >= 0 for worker in pool.workers):
            while todo and len(pool.workers) < count:
                pool.start()
            for worker in [worker for worker in pool.workers if worker.index < 0]:
                if todo:
                    _give(worker, todo.popleft(), jobs)
            for index, result in _answers(pool, jobs):
                done += 1
                tick(done)
                yield index, result
            tick(done)
    finally:
        pool.close()
        gc.unfreeze()


def _give(worker: _Worker, index: int, jobs: Sequence[Job]) -> None:
    worker.index = index
    worker.started = time.monotonic()
    try:
        worker.connection.send(jobs[index])
    except OSError:
        # It died before it had anything to do; that shows as an end of its answers, with this file as the one it was given.
        return


def _answers(pool: _Pool, jobs: Sequence[Job]) -> Iterator[tuple[int, FileResult]]:
    busy = {worker.connection: worker for worker in pool.workers if worker.index >= 0}
    ready = wait(list(busy), timeout=_TICK)
    for connection in ready:
        worker = busy[connection]  # type: ignore[index]
        index = worker.index
        try:
            result: FileResult = worker.connection.recv()
            worker.index = -1
        except (EOFError, OSError):
            worker.process.join(1.0)
            result = failure(jobs[index].shown, f"the analysis of this file ended its process ({_death(worker.process.exitcode)})")
            pool.drop(worker)
        yield index, result
    now = time.monotonic()
    for worker in [worker for worker in pool.workers if worker.index >= 0]:
        index, limit = worker.index, jobs[worker.index].settings.time_limit
        if now - worker.started > limit:
            pool.drop(worker)
            yield index, too_slow(jobs[index].shown, limit)


def _death(code: int | None) -> str:
    if code is None:
        return "no exit status"
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"{name}, which is often a lack of memory" if name == "SIGKILL" else name
    return f"exit status {code}"
