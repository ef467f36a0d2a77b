"""Warm workers: a program goes in, what was seen comes out, whatever the program does.

A worker runs one program at a time. One that was late, crashed or answered nonsense is ended and another takes its place; nothing
of this reaches the other runs. Threads may share a pool. Workers end with the pool, with the `with` block, or with this process.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import weakref
from collections.abc import Callable
from functools import cache
from importlib.machinery import PathFinder
from types import TracebackType
from typing import cast

from . import node_engine, reply, sandbox
from .process import Ended, Worker
from .request import EngineName, Limits, Request
from .trace import Completion, Trace

BESIDES = 384 << 20  # bytes that a worker's process may have besides what its programs may
LIMITS = Limits()  # what most runs have
RUNS = 500  # runs after which a worker is replaced, so that nothing can pile up in it


class EngineMissing(Exception):
    """The engine that was asked for is not on this machine."""


Answer = queue.SimpleQueue[Worker | BaseException]


def started(answer: Answer) -> Worker:
    """The worker that was asked for, when it is there. Raises what its start did."""
    made = answer.get()
    if isinstance(made, BaseException):
        raise made
    return made


class Starter:
    """A thread that starts workers for others, made when it is first needed."""

    def __init__(self) -> None:
        self.asked: queue.SimpleQueue[tuple[Callable[[], Worker], Answer] | None] = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def ask(self, start: Callable[[], Worker]) -> Answer:
        """Have ``start`` called in that thread; what it gives or raises comes as the answer."""
        with self.lock:
            if self.thread is None:
                self.thread = threading.Thread(target=self.work, name="jsleak-start", daemon=True)
                self.thread.start()
        answer: Answer = queue.SimpleQueue()
        self.asked.put((start, answer))
        return answer

    def work(self) -> None:
        """Until the end is asked for."""
        while asked := self.asked.get():
            start, answer = asked
            try:
                answer.put(start())
            except BaseException as error:
                answer.put(error)

    def end(self) -> None:
        """End the thread. Who asks later waits for nothing: the pool is closed by then."""
        with self.lock:
            if self.thread is not None:
                self.asked.put(None)
                self.thread.join()
                self.thread = None


class Pool:
    """At most ``size`` processes for each engine, started when they are first needed."""

    def __init__(self, size: int = 2) -> None:
        self.size = size
        self.idle: dict[EngineName, list[Worker]] = {"quickjs": [], "node": []}
        self.coming: dict[EngineName, Answer] = {}
        self.room: dict[EngineName, threading.Semaphore] = {name: threading.Semaphore(size) for name in self.idle}
        self.lock = threading.Lock()
        self.workers: set[Worker] = set()
        self.closed = False
        # A worker dies with the thread that started it, so all are started by one that lives as long as the pool.
        self.starter = Starter()
        pools.add(self)

    @property
    def engines(self) -> dict[EngineName, str]:
        """The engines that are there, with their versions, as `quickjs-ng 0.17.0`."""
        return {name: version for name in self.idle if (version := engine(name))}

    def run(self, request: Request) -> Trace:
        """Run one program. Raises EngineMissing, and nothing for what a program does."""
        version = engine(request.engine)
        if not version:
            raise EngineMissing(missing(request.engine))
        with self.room[request.engine]:
            worker = self.take(request.engine, request.limits.memory)
            kept = False
            try:
                answer = worker.ask(request)
                trace = reply.trace(answer, request.source, request.engine, version)
                kept = worker.runs < RUNS and not answer.get("spoilt")
            except Ended as ended:
                trace = Trace(version, cast("Completion", ended.completion), reason=ended.reason)
            except (ValueError, KeyError, TypeError):
                trace = Trace(version, "crash", reason="the engine's process answered with something that is no answer")
            finally:
                self.give(request.engine, worker, kept)
        return trace

    def warm(self, name: EngineName = "quickjs", memory: int = LIMITS.memory) -> None:
        """Start one worker, to have it ready later; nobody waits for it before it is needed."""
        if not engine(name):
            return
        with self.lock:
            if not (self.closed or self.idle[name] or name in self.coming):
                self.coming[name] = self.starter.ask(lambda: self.start(name, memory))

    def take(self, name: EngineName, memory: int) -> Worker:
        """An idle worker, or a new one, for a program that may have so many bytes."""
        while True:
            with self.lock:
                if self.closed:
                    raise RuntimeError("the pool is closed")
                worker = self.idle[name].pop() if self.idle[name] else None
                coming = self.coming.pop(name, None) if worker is None else None
            if coming is not None:
                worker = started(coming)
            if worker is None:
                return started(self.starter.ask(lambda: self.start(name, memory)))
            # The bundled engine bounds each run by itself, V8 only its process.
            if worker.alive() and (worker.memory == memory or (name == "quickjs" and worker.memory > memory)):
                return worker
            self.drop(worker)

    def start(self, name: EngineName, memory: int) -> Worker:
        """Start a worker."""
        if name == "node":
            worker = node_engine.start(memory)
        else:
            memory = max(memory, LIMITS.memory)
            worker = Worker(sandbox.command("worker", sandbox.ROOT, extensions()), [str(memory + BESIDES)], memory)
        with self.lock:
            self.workers.add(worker)
        return worker

    def give(self, name: EngineName, worker: Worker, kept: bool) -> None:
        """Take a worker back, or end it."""
        with self.lock:
            kept = kept and not self.closed
            if kept:
                self.idle[name].append(worker)
        if not kept:
            self.drop(worker)

    def drop(self, worker: Worker) -> None:
        """End a worker."""
        worker.close()
        with self.lock:
            self.workers.discard(worker)

    def close(self) -> None:
        """End all workers. A run in another thread gets an answer that says that its worker was ended."""
        with self.lock:
            self.closed = True
        self.starter.end()
        with self.lock:
            workers = list(self.workers)
        for worker in workers:
            self.drop(worker)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


pools: weakref.WeakSet[Pool] = weakref.WeakSet()


@atexit.register
def close_all() -> None:
    """What was not closed is closed at the end."""
    for pool in list(pools):
        pool.close()


@cache
def extensions() -> str:
    """The folder of the engine's extension module; empty where it is not installed."""
    found = PathFinder.find_spec("_quickjs")
    return os.path.dirname(found.origin) if found and found.origin else ""


@cache
def engine(name: EngineName) -> str:
    """An engine with its version, as `quickjs-ng 0.17.0`; empty where it isn't there."""
    if name == "quickjs":
        return "quickjs-ng " + bundled_version() if extensions() else ""
    version = node_engine.version()
    return "node " + version if version else ""


def bundled_version() -> str:
    """The version of the engine in the wheel, as `0.17.0`: the distribution adds a number of its own."""
    # importlib.metadata takes longer to import than the engine to run; the folder of the distribution has its version in its name.
    for entry in os.listdir(extensions()):
        if entry.startswith("quickjs_ng-") and entry.endswith(".dist-info"):
            return ".".join(entry.removesuffix(".dist-info").split("-")[1].split(".")[:3])
    return "of an unknown version"


def missing(name: EngineName) -> str:
    """What to tell who asked for an engine that isn't there."""
    if name == "node":
        return f"node was asked for, and there is no `node` {node_engine.OLDEST} or newer on PATH"
    return "the bundled engine is not installed: pip install quickjs-ng"
