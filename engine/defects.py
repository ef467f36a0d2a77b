"""The table of known engine defects (``defects.toml``), which of them a trace shows, and which a project's engines have."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from .teardown import lost_held_values, thrown_cleanups
from .trace import Registration, Trace
from .versions import EngineRange, parse_range

Condition = Callable[[Trace], tuple[Registration, ...]]


@dataclass(frozen=True, slots=True)
class Defect:
    """One known defect. ``condition`` is empty where no trace can show it; ``why`` says why it can or cannot.

    ``severity`` is what findings of ``rules`` become on these versions; ``elsewhere`` what they are on other engines, where
    they are about this defect and nothing else.
    """

    id: str
    range: EngineRange
    summary: str
    detectable: bool
    why: str
    verified: str
    sources: tuple[str, ...]
    condition: str = ""
    rules: tuple[str, ...] = ()
    severity: str = ""
    elsewhere: str = ""

    @property
    def versions(self) -> str:
        """The engine and its versions, as users write them."""
        return self.range.text


@cache
def load_defects() -> tuple[Defect, ...]:
    """The table, in its own order. Raises ValueError where an entry is not well formed, which a test excludes."""
    table = tomllib.loads(files(__package__).joinpath("defects.toml").read_text("utf-8"))
    return tuple(_defect(entry) for entry in table["defect"])


def shown_by(trace: Trace) -> tuple[tuple[Defect, Registration], ...]:
    """Each defect whose condition the program meets, with the registrations that meet it."""
    return tuple(
        (defect, registration)
        for defect in load_defects()
        if defect.condition
        for registration in CONDITIONS[defect.condition](trace)
    )


def of_engines(engines: Iterable[EngineRange]) -> tuple[Defect, ...]:
    """The defects that some version of these engines has."""
    ranges = tuple(engines)
    return tuple(defect for defect in load_defects() if any(defect.range.overlaps(engine) for engine in ranges))


def elsewhere(engines: Iterable[EngineRange]) -> tuple[Defect, ...]:
    """The defects with a severity for other engines, where these all are such: known, and of another name."""
    names = {engine.engine for engine in engines}
    known = {defect.range.engine for defect in load_defects()}
    return tuple(defect for defect in load_defects() if defect.elsewhere and names and names <= known - {defect.range.engine})


def _defect(entry: dict[str, object]) -> Defect:
    condition = str(entry.get("condition", ""))
    detectable = bool(entry["detectable"])
    if detectable != bool(condition) or (condition and condition not in CONDITIONS):
        raise ValueError(f"defect {entry['id']}: its condition and whether it is detectable do not fit")
    return Defect(
        id=str(entry["id"]),
        range=parse_range(f"{entry['engine']} {entry['versions']}"),
        summary=str(entry["summary"]),
        detectable=detectable,
        why=str(entry["why"]),
        verified=str(entry["verified"]),
        sources=_texts(entry["sources"]),
        condition=condition,
        rules=_texts(entry.get("rules", [])),
        severity=str(entry.get("severity", "")),
        elsewhere=str(entry.get("elsewhere", "")),
    )


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(item) for item in value)


def _alive_at_end(trace: Trace) -> tuple[Registration, ...]:
    return tuple(item for item in trace.at_end if item.target == "alive" and not item.unregistered and item.registry_alive)


def _primitive_held(trace: Trace) -> tuple[Registration, ...]:
    """Callbacks that would not have come: the held value is a primitive."""
    latest = {item.id: item for item in (*trace.at_end, *trace.settled)}
    return tuple(item for item in latest.values() if item.runs and item.held not in ("object", "function"))


def _pending_at_end(trace: Trace) -> tuple[Registration, ...]:
    return tuple(item for item in trace.at_end if item.callback == "pending" and item.registry_alive)


def _own_token(trace: Trace) -> tuple[Registration, ...]:
    latest = {item.id: item for item in (*trace.at_end, *trace.settled)}
    return tuple(item for item in latest.values() if item.own_token)


CONDITIONS: dict[str, Condition] = {
    "lost-held-value": lost_held_values,
    "thrown-cleanup": thrown_cleanups,
    "alive-at-end": _alive_at_end,
    "primitive-held": _primitive_held,
    "pending-at-end": _pending_at_end,
    "own-token": _own_token,
}
"""What a trace must show for a defect, by the names of the table."""
