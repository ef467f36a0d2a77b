"""Processes with nothing in reach: how they are started (in the parent) and how they lock themselves in (in the child).

A child has an empty environment, no open file but its three pipes, a session of its own, limits on everything that the system can
limit, and a working folder that no longer exists: it was made for it, entered, and removed before anything ran, so there is
nothing to be left behind, whatever ends the child. It dies with its parent. Where the system can, it has no network and no other
process to start or to signal (see ``syscalls``).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from .syscalls import refuse_others

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PR_SET_PDEATHSIG = 1
FILES = 16
CPU = 3600  # seconds of processor time in the life of a process; each run is bounded by the clock

# What the child runs: this package stands where the parent's does, and the child's sys.path has nothing else but the library.
START = "import sys; sys.path.extend(sys.argv[1:3]); from jsleak.engine.{module} import main; main(sys.argv[3:])"


def command(module: str, root: str, extensions: str, *arguments: str) -> list[str]:
    """The command line of a child that runs ``main`` of one module of this package; ``extensions`` is where `_quickjs` stands."""
    return [sys.executable, "-I", "-S", "-c", START.format(module=module), root, extensions, *arguments]


def confine(folder: str, *, data: int, cpu: int, threads: bool) -> None:
    """Lock this process in. ``data`` is bytes of memory it may have (0: no bound), ``cpu`` the seconds it may ever use."""
    die_with_parent()
    os.chdir(folder)
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    try:
        import resource
    except ImportError:  # not on Windows: the engine's own limits and the parent's clock remain
        return
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CPU, cpu)
    limit(resource.RLIMIT_NOFILE, FILES if not threads else 4 * FILES)
    if not threads:
        limit(resource.RLIMIT_NPROC, 0)
    if data:
        limit(resource.RLIMIT_DATA, data)
    if prctl := system_call():
        refuse_others(prctl)


def limit(which: int, value: int) -> None:
    """Lower one limit, its hard bound as well; a system that refuses keeps what it had."""
    import resource

    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (value, value))


def main(arguments: list[str]) -> None:
    """Lock this process in and become another program. ``arguments``: folder, bytes of memory, command line."""
    folder, data, *command = arguments
    confine(folder, data=int(data), cpu=CPU, threads=True)
    os.execve(command[0], command, {})


def die_with_parent() -> None:
    """Have the system end this process when the thread that started it ends. Linux only; elsewhere it ends at its closed pipe."""
    parent = os.getppid()
    prctl = system_call()
    if prctl is None:
        return
    prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it ended in between
        os._exit(1)


def system_call() -> Callable[..., int] | None:
    """The C function `prctl`, which takes integers and bytes; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import _ctypes  # ctypes itself takes 10 ms to import

        program: Any = None
        prctl = _ctypes.dlsym(_ctypes.dlopen(program, 0), "prctl")
    except (ImportError, AttributeError, OSError):
        return None
    return lambda *arguments: int(_ctypes.call_function(prctl, arguments))
