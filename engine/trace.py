"""What was seen while a program ran. Facts only; they cross a pipe as JSON.

Lines and columns count from 1, columns in code points, in the program that was run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Completion = Literal["normal", "throw", "rejection", "timeout", "out-of-memory", "crash", "syntax-error"]
HeldKind = Literal["undefined", "null", "boolean", "number", "string", "bigint", "symbol", "object", "function"]
TargetState = Literal["alive", "collected"]
CallbackState = Literal["ran", "pending", "not-due"]


@dataclass(frozen=True, slots=True)
class Registration:
    """One `register` call: what it was, and what had become of it at one moment.

    ``callback``: `pending` where the target is collected, the registration still stands and the callback has not run.
    ``runs`` counts the calls of the callback for it, ``threw`` whether one of them threw. ``registry_alive`` is whether the
    registry itself could still be reached, ``own_token`` whether the unregister token is the target itself.
    """

    id: int
    registry: int
    line: int
    column: int
    target: TargetState
    held: HeldKind
    callback: CallbackState
    unregistered: bool
    has_token: bool
    runs: int
    threw: bool
    registry_alive: bool
    own_token: bool = False


@dataclass(frozen=True, slots=True)
class WeakReference:
    """One `new WeakRef`, how often it was dereferenced, and whether its target was there the last time it was looked at."""

    id: int
    line: int
    column: int
    target: TargetState
    derefs: int
    empty_derefs: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What there was after one turn of a repeated call. ``memory`` is bytes in use by the engine.

    ``targets`` are the registered targets that are alive, by the "line:column" of their registration; ``objects`` is what was
    allocated since the calls began and is still there, by the numbers that the program has for such places.
    """

    turn: int
    registrations: int
    memory: int
    targets: dict[str, int]
    objects: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known of one run.

    ``at_end`` are the registrations when the program's last statement had run (or thrown) and no job since; ``settled`` when
    nothing changed any more (empty where the run did not get there). ``observed`` is what the drive program reported, by
    name. ``script_threw``: the exception left the script itself, not a job or timer that ran after it. ``reason`` says in a
    user's words what went wrong where ``completion`` is not `normal`. ``defects`` are those of the engine that the harness worked
    around, by their names in `defects.toml`: what is told is what an engine without them does. ``hears_rejections`` is whether
    every promise whose rejection nobody handles would be known. ``stand_ins`` are those of node's globals that were used, and
    ``exited`` is whether the program ended itself by `process.exit`.
    """

    engine: str
    completion: Completion
    error: str = ""
    line: int = 0
    column: int = 0
    reason: str = ""
    at_end: tuple[Registration, ...] = ()
    settled: tuple[Registration, ...] = ()
    weakrefs: tuple[WeakReference, ...] = ()
    observed: dict[str, object] | None = None
    samples: tuple[Sample, ...] = ()
    output: str = ""
    seconds: float = 0.0
    script_threw: bool = False
    defects: tuple[str, ...] = ()
    hears_rejections: bool = False
    stand_ins: tuple[str, ...] = ()
    exited: bool = False
