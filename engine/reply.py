"""From a worker's answer to a Trace. A process that ran hostile code gave it: what is not as agreed is a ValueError."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, cast, get_args

from .trace import CallbackState, Completion, HeldKind, Registration, Sample, TargetState, Trace, WeakReference

DEFECTS = frozenset({"strong-unregister-token"})
GLOBALS = frozenset({"process", "Buffer", "crypto", "Crypto", "SubtleCrypto", "MessageChannel", "MessagePort", "MessageEvent"})
HELD, TARGET, CALLBACK, COMPLETION = (frozenset(get_args(kind)) for kind in (HeldKind, TargetState, CallbackState, Completion))


class Columns:
    """Maps an engine's columns to code points: quickjs-ng counts bytes of UTF-8, V8 units of UTF-16."""

    def __init__(self, source: str, engine: str) -> None:
        self.lines = None if source.isascii() else source.split("\n")
        self.encoding, self.unit = ("utf-8", 1) if engine == "quickjs" else ("utf-16-le", 2)

    def column(self, line: int, column: int) -> int:
        if self.lines is None or not 1 <= line <= len(self.lines):
            return column
        raw = self.lines[line - 1].encode(self.encoding, "surrogatepass")
        return len(raw[: (column - 1) * self.unit].decode(self.encoding, "ignore")) + 1


def trace(answer: dict[str, Any], source: str, engine: str, version: str) -> Trace:
    """The trace that an answer tells of. Raises ValueError, KeyError or TypeError where it is not one."""
    columns = Columns(source, engine)
    line, column = int(answer["line"]), int(answer["column"])
    observed = json.loads(answer["observed"]) if answer.get("observed") else None
    rows: dict[str, Registration] = {}  # most are the same when nothing changes any more as they were at the end
    if observed is not None and not isinstance(observed, dict):
        raise ValueError("what was observed is no object")
    return Trace(
        engine=version,
        completion=cast("Completion", one_of(answer["completion"], COMPLETION)),
        error=str(answer["error"]),
        line=line,
        column=columns.column(line, column),
        reason=str(answer["reason"]),
        at_end=registrations(answer.get("at_end", ""), columns, rows),
        settled=registrations(answer.get("settled", ""), columns, rows),
        weakrefs=weakrefs(answer.get("weakrefs", ""), columns),
        observed=observed,
        samples=tuple(sample(one, columns) for one in answer.get("samples", ())),
        output=str(answer.get("output", "")),
        seconds=float(answer.get("seconds", 0.0)),
        script_threw=answer.get("script_threw") is True,
        hears_rejections=answer.get("hears_rejections") is True,
        stand_ins=tuple(name for name in str(answer.get("stand_ins", "")).split(",") if name in GLOBALS),
        exited=answer.get("exited") is True,
        defects=tuple(one_of(name, DEFECTS) for name in str(answer.get("defects", "")).split()),
    )


def registrations(table: str, columns: Columns, known: dict[str, Registration] | None = None) -> tuple[Registration, ...]:
    """The recorder's table of registrations. ``known`` has those of rows that were read before, and gets the others."""
    rows = {} if known is None else known
    made = []
    alike: dict[str, Callable[[int], Registration]] = {}  # a loop registers thousands whose rows differ in their number only
    for row in table.splitlines():
        one = rows.get(row)
        if one is None:
            number, _, rest = row.partition(",")
            make = alike.get(rest)
            if make is None:
                make = alike[rest] = registration(rest.split(","), columns)
            one = rows[row] = make(int(number))
        made.append(one)
    return tuple(made)


def registration(fields: list[str], columns: Columns) -> Callable[[int], Registration]:
    """What makes the registration of a row from its number."""
    registry, site, target, held, callback, unregistered, token, runs, threw, reachable = fields
    line, column = place(site, columns)
    return partial(
        Registration,
        registry=int(registry),
        line=line,
        column=column,
        target=cast("TargetState", one_of(target, TARGET)),
        held=cast("HeldKind", one_of(held, HELD)),
        callback=cast("CallbackState", one_of(callback, CALLBACK)),
        unregistered=unregistered == "1",
        has_token=token != "0",
        runs=int(runs),
        threw=threw == "1",
        registry_alive=reachable == "1",
        own_token=token == "2",
    )


def weakrefs(table: str, columns: Columns) -> tuple[WeakReference, ...]:
    """The recorder's table of WeakRefs."""
    made = []
    for row in table.splitlines():
        number, site, target, derefs, empty = row.split(",")
        line, column = place(site, columns)
        state = cast("TargetState", one_of(target, TARGET))
        made.append(WeakReference(int(number), line, column, state, int(derefs), int(empty)))
    return tuple(made)


def sample(row: list[Any], columns: Columns) -> Sample:
    """One turn of a repeated call: registrations that stand, their living targets by place, and what else was kept."""
    turn, memory, table, allocated = row
    standing = [
        one for one in registrations(table, columns) if not one.unregistered and one.callback != "ran" and one.registry_alive
    ]
    targets = Counter(f"{one.line}:{one.column}" for one in standing if one.target == "alive")
    pairs = (line.split(",") for line in str(allocated).splitlines())
    return Sample(int(turn), len(standing), int(memory), dict(targets), {int(number): int(count) for number, count in pairs})


def place(site: str, columns: Columns) -> tuple[int, int]:
    """Line and column; 0 and 0 where the engine did not tell."""
    line, _, column = site.partition(":")
    if not column:
        return 0, 0
    return int(line), columns.column(int(line), int(column))


def one_of(value: object, known: frozenset[str]) -> str:
    """The value, which is one of those known."""
    if value not in known:
        raise ValueError(f"not one of {sorted(known)}: {value!r}")
    return str(value)
