"""Running a recursive function on input of any depth.

Python bounds recursion by a count of calls that is far too small for the programs that bundlers write. ``call_deep`` runs a
function as it is and, where that was not enough, once more in a thread with a large stack and a raised limit. The function has to
be pure, for it may run twice, and has to recurse by plain calls: from Python 3.12 on, recursion through C (a generator in ``any``
or ``tuple``, the ``key`` of ``sorted``, ``__repr__``) has a limit of its own, of about a thousand, that no stack changes.

The limit belongs to the whole process, while a stack belongs to a thread. So no thread may be inside ``call_deep`` on a small stack
while another one has the limit raised: a deep run waits for the others to end, and they wait for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

_STACK_SIZES = (512 << 20, 256 << 20, 128 << 20, 64 << 20)
_STACK_FOR_A_CALL = 2684
"""Bytes of C stack to grant for one call. CPython 3.11 takes less, even where it recurses through generators or sort keys."""


class _Gate:
    """Many shallow runs, or one deep one."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.shallow = 0
        self.deep = False

    def enter_shallow(self) -> None:
        with self.changed:
            while self.deep:
                self.changed.wait()
            self.shallow += 1

    def leave_shallow(self) -> None:
        with self.changed:
            self.shallow -= 1
            self.changed.notify_all()

    def enter_deep(self, held: int) -> None:
        """Wait for the others. ``held`` (0 or 1) is this thread's own share of the shallow runs: it stands still meanwhile."""
        with self.changed:
            self.shallow -= held
            self.changed.notify_all()
            while self.deep or self.shallow:
                self.changed.wait()
            self.deep = True

    def leave_deep(self, held: int) -> None:
        with self.changed:
            self.deep = False
            self.shallow += held
            self.changed.notify_all()


class _Local(threading.local):
    shallow = False
    deep = False


_gate = _Gate()
_local = _Local()


def is_deep() -> bool:
    """Whether this thread is one with a large stack, where a ``RecursionError`` is final."""
    return _local.deep


def call_deep(function: Callable[..., _T], *args: object) -> _T:
    """``function(*args)``, whatever depth it needs.

    Inside ``function`` a further ``call_deep`` is a plain call: the outermost one tries again. A ``RecursionError`` of the second
    run is let out, for the caller to say what was too deep. Exceptions of the function come out as they are.
    """
    if _local.deep or _local.shallow:
        return function(*args)
    _gate.enter_shallow()
    _local.shallow = True
    try:
        return function(*args)
    except RecursionError:
        pass  # left here, so that the frames of the first run are freed before the second
    finally:
        _local.shallow = False
        _gate.leave_shallow()
    return run_deep(function, *args)


def run_deep(function: Callable[..., _T], *args: object) -> _T:
    """``function(*args)`` on a large stack at once, for a caller that knows a plain run is not enough."""
    if _local.deep:
        return function(*args)
    results: list[_T] = []
    errors: list[BaseException] = []

    def target() -> None:
        _local.deep = True
        try:
            results.append(function(*args))
        except BaseException as error:
            errors.append(error)

    held = int(_local.shallow)
    _gate.enter_deep(held)
    limit = sys.getrecursionlimit()
    try:
        thread = _start(target, limit)
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        _gate.leave_deep(held)
    if errors:
        try:
            raise errors[0]
        finally:
            errors.clear()  # its traceback holds this frame, and with it all frames of the deep run
    return results[0]


def _start(target: Callable[[], None], limit: int) -> threading.Thread:
    """A started thread with the largest stack that the system grants, and the recursion limit that fits it."""
    refused: BaseException = RuntimeError("no stack size was tried")
    for size in _STACK_SIZES:
        try:
            previous = threading.stack_size(size)
        except (ValueError, RuntimeError) as error:
            refused = error
            continue
        try:
            sys.setrecursionlimit(max(limit, size // _STACK_FOR_A_CALL))
            thread = threading.Thread(target=target, name="jsleak-deep", daemon=True)
            thread.start()
        except (RuntimeError, MemoryError) as error:
            refused = error
        else:
            return thread
        finally:
            threading.stack_size(previous)
    raise RecursionError("no thread with a larger stack can be had") from refused
