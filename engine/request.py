"""What an engine is asked to run, and within which bounds. Facts only; they cross a pipe as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

EngineName = Literal["quickjs", "node"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run.

    ``seconds`` are of wall clock (the worker is ended a little later by its parent, whatever it does), ``memory`` and ``output``
    are bytes, ``stack`` bytes of the engine's own stack. ``jobs`` bounds the microtasks and timers that are run.
    """

    seconds: float = 5.0
    memory: int = 256 << 20
    output: int = 64 << 10
    stack: int = 1 << 20
    jobs: int = 100_000


@dataclass(frozen=True, slots=True)
class Request:
    """One program to run.

    ``source`` is run as a classic script in a fresh realm, after the harness (and, with ``host``, the host environment) was set up.
    ``drive`` is run after it, in the same realm, with the harness's recorder in reach as `$`: what an experiment does and observes.
    What is observed before any further job is the teardown state; with ``settle`` jobs, timers and collections then run until
    nothing changes any more, and the trace says how things ended. ``call`` is evaluated ``repeat`` times in between. With
    ``rejections`` the bundled engine is asked to tell of those that nobody handles; node always does. A program that has the name
    of its file as ``script`` finds node's own globals, as `process` and `Buffer`.
    """

    source: str
    engine: EngineName = "quickjs"
    name: str = "program.js"
    drive: str = ""
    host: bool = True
    settle: bool = True
    repeat: int = 1
    call: str = ""
    rejections: bool = False
    script: str = ""
    limits: Limits = field(default_factory=Limits)
