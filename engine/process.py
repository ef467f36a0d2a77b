"""One worker process as its parent sees it: a line is sent, a line is awaited, and no longer than agreed."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import asdict
from typing import Any

from .request import Request

ANSWER = 96 << 20  # bytes of an answer that are read at most
GRACE = 1.0  # seconds more than the run's own that a worker has for its report


class Ended(Exception):
    """The worker gave no answer: how the run completed, and why, in a user's words."""

    def __init__(self, completion: str, reason: str) -> None:
        super().__init__(reason)
        self.completion = completion
        self.reason = reason


class Worker:
    """A process started with ``command``, the working folder that it enters and removes, and ``arguments``.

    ``memory`` is the bytes for a program that it was started with. With ``errors``, what it writes to its error stream is read when
    it has ended, to tell why.
    """

    def __init__(self, command: list[str], arguments: list[str], memory: int, errors: bool = False) -> None:
        self.memory = memory
        self.folder = tempfile.mkdtemp(prefix="jsleak-")
        try:
            self.process = subprocess.Popen(
                [*command, self.folder, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if errors else subprocess.DEVNULL,
                env={},
                start_new_session=True,
                bufsize=0,
            )
        except BaseException:
            os.rmdir(self.folder)
            raise
        self.runs = 0
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.input, False)

    def ask(self, request: Request) -> dict[str, Any]:
        """Its answer. Raises Ended where there is none in time: the worker is of no more use then."""
        self.runs += 1
        seconds = request.limits.seconds
        deadline = time.monotonic() + seconds + GRACE + report_time(request)
        try:
            self.send(json.dumps(asdict(request)).encode() + b"\n", deadline)
            line = self.receive(deadline)
        except TimeoutError:
            raise Ended("timeout", f"it ran longer than {seconds:g} s and its process had to be ended") from None
        except OSError:
            raise self.end() from None
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise Ended("crash", "the engine's process answered with something that is no answer") from None
        if not isinstance(answer, dict):
            raise Ended("crash", "the engine's process answered with something that is no answer")
        return answer

    def send(self, data: bytes, deadline: float) -> None:
        """Write everything; a child that doesn't read can't hold us."""
        view = memoryview(data)
        while view:
            wait(self.input, select.POLLOUT, deadline)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self.input, view) :]

    def receive(self, deadline: float) -> bytes:
        """Read one line."""
        parts, size = [], 0
        while True:
            wait(self.output, select.POLLIN, deadline)
            part = os.read(self.output, 1 << 20)
            if not part:
                raise self.end()
            parts.append(part)
            size += len(part)
            if part.endswith(b"\n"):
                return b"".join(parts)
            if size > ANSWER:
                raise Ended("crash", f"the engine's process answered with more than {ANSWER >> 20} MB")

    def end(self) -> Ended:
        """How the process ended."""
        self.process.stdin and self.process.stdin.close()
        try:
            status = self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return Ended("crash", "the engine's process closed its pipe")
        if b"heap out of memory" in self.errors():
            return Ended("out-of-memory", f"it needed more than {self.memory >> 20} MB")
        if status == -signal.SIGXCPU:
            return Ended("timeout", "it used more processor time than allowed")
        if status < 0:
            return Ended("crash", f"the engine's process was ended by {signal_name(-status)}")
        return Ended("crash", f"the engine's process ended with status {status}")

    def errors(self) -> bytes:
        """What the process wrote to its error stream."""
        if self.process.stderr is None:
            return b""
        os.set_blocking(self.process.stderr.fileno(), False)
        return self.process.stderr.read(1 << 16) or b""

    def close(self) -> None:
        """End the process and everything of its session, and leave nothing."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None


def report_time(request: Request) -> float:
    """Seconds that the report of a run may take, which follows it."""
    return min(10.0, 2 * request.limits.seconds)


def wait(descriptor: int, events: int, deadline: float) -> None:
    """Until the descriptor is ready. Raises TimeoutError."""
    poll = select.poll()
    poll.register(descriptor, events)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError


def signal_name(number: int) -> str:
    """A signal's name, as `SIGABRT`."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
