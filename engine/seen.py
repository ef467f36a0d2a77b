"""What the probe recorded of a run, and what an observation makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SUBJECT, PLACE, RELEASE, THROW, EVICT, FAIL, PASSED, SOURCE, ENTERED = range(1, 10)
#: What the probe recorded, and as `placed` the marks that the program had.
Log = dict[str, Any]


class NoPlace(Exception):
    """There is no place to watch; the message says what is not known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a run showed the defect, in words, and whether it came to where it could have.

    ``near``: it came so near that it would have shown what a run of the same calls did; enough for a fix, which may well turn the
    program away before the flagged code.
    """

    count: int
    text: str
    ready: bool
    missing: str = ""
    near: bool = False


def subjects(log: Log) -> list[Log]:
    """The registrations that the finding is about."""
    found = [entry for entry in log["registrations"] if SUBJECT in (entry["site"], entry["registry"])]
    return [entry for entry in found if PLACE in entry["places"]] or found


def weakrefs(log: Log) -> list[Log]:
    """The WeakRefs that the finding is about."""
    found = [ref for ref in log["references"] if ref["site"] == SUBJECT]
    return [ref for ref in found if PLACE in ref["places"]] or found


def spot_of(log: Log, site: int) -> Log:
    """What was counted at the places with a mark."""
    empty: Log = {"before": 0, "after": 0, "empty": 0, "fatal": 0, "rejected": 0, "evicted": 0, "returned": [], "cancelled": 0}
    return next((spot for spot in log["spots"] if spot["id"] == site), empty)


def many(count: int, noun: str, nouns: str = "") -> str:
    """`1 target`, `2 targets`."""
    return f"{count} {noun}" if count == 1 else f"{count} {nouns or noun + 's'}"


def times(count: int) -> str:
    """`1 time`, `2 times`."""
    return many(count, "time")


def any_ran(entries: list[Log]) -> bool:
    """Whether the callback ran for any of them."""
    return any(entry["runs"] for entry in entries)


def exceptions(log: Log, site: int = THROW) -> int:
    """How often the place that can throw did."""
    spot = spot_of(log, site)
    return max(int(spot["before"]) - int(spot["after"]), 0)
