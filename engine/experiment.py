"""What an experiment looks at: a pair of functions for each Observation that a rule may name.

One marks the places a finding speaks of, the other reads from what was recorded how often the defect was there. Neither knows
which rule asks. What an experiment changes is in ``change``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsleak.analysis.rule import Observation
from jsleak.analysis.scopes import FunctionInfo
from jsleak.analysis.syntax.nodes import Node

from .snippet.edits import Changes
from .snippet.program import TOOL, body_guard, mark, whole
from .snippet.sites import Sites, unchained

SUBJECT, PLACE, RELEASE, THROW, EVICT, FAIL = 1, 2, 3, 4, 5, 6
Log = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a run showed the defect, in words, and whether it came to where it could have."""

    count: int
    text: str
    ready: bool
    missing: str = ""


# Observations


def mark_subject(sites: Sites, changes: Changes) -> None:
    """Mark the calls a finding is about, and the wrapper's call around them."""
    if sites.place is not None and sites.place.type in ("CallExpression", "NewExpression", "ChainExpression"):
        node = whole(sites.place)
        changes.wrap(node, f"{TOOL}.out({PLACE}, {TOOL}.in({PLACE}), ", ")")
    for call in sites.calls:
        mark(changes, call, SUBJECT)


def _entries(log: Log) -> list[Log]:
    """The registrations that the finding is about."""
    entries = [entry for entry in log["registrations"] if SUBJECT in (entry["site"], entry["registry"])]
    inside = [entry for entry in entries if PLACE in entry["places"]]
    return inside or entries


def _references(log: Log) -> list[Log]:
    references = [ref for ref in log["references"] if ref["site"] == SUBJECT]
    return [ref for ref in references if PLACE in ref["places"]] or references


def _spot(log: Log, site: int) -> Log:
    empty: Log = {"before": 0, "after": 0, "empty": 0, "fatal": 0, "rejected": 0, "evicted": 0, "returned": [], "cancelled": 0}
    return next((spot for spot in log["spots"] if spot["id"] == site), empty)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _nothing(sites: Sites, changes: Changes, inject: bool) -> None:
    """No marks but those of the subject."""


def _never_collected(log: Log) -> Seen:
    if log["references"] and not _entries(log):
        refs = [ref for ref in log["references"] if SUBJECT in ref["derefs"] and ref.get("settled")]
        alive = sum(ref["settled"]["alive"] for ref in refs)
        return Seen(
            alive, f"{alive} of {_many(len(refs), 'target')} still alive after collection", bool(refs), "deref() was not reached"
        )
    entries = [entry for entry in _entries(log) if entry.get("settled") and not entry["settled"]["unregistered"]]
    alive = sum(entry["settled"]["alive"] for entry in entries)
    text = f"{alive} of {_many(len(entries), 'target')} still alive after collection"
    return Seen(alive, text, bool(entries), "register() was not reached")


def _never_runs(log: Log) -> Seen:
    entries = [entry for entry in _entries(log) if entry.get("settled") and not entry["unregistered"]]
    gone = [entry for entry in entries if not entry["settled"]["alive"]]
    lost = sum(entry["runs"] == 0 for entry in gone)
    text = f"{_many(len(gone), 'target')} collected, the callback ran for {len(gone) - lost}"
    return Seen(lost, text, bool(gone), "no target was collected" if entries else "register() was not reached")


def _at_once(log: Log) -> Seen:
    entries = [entry for entry in _entries(log) if entry.get("held")]
    gone = sum(not entry["held"]["alive"] for entry in entries)
    text = f"{gone} of {_many(len(entries), 'target')} collected while the program still held all it had"
    return Seen(gone, text, bool(entries), "register() was not reached")


def _empty_at_once(log: Log) -> Seen:
    refs = [ref for ref in _references(log) if ref.get("held")]
    gone = sum(not ref["held"]["alive"] for ref in refs)
    return Seen(gone, f"{gone} of {_many(len(refs), 'WeakRef')} empty at once", bool(refs), "new WeakRef() was not reached")


def _ran(entries: list[Log]) -> bool:
    return any(entry["runs"] for entry in entries)


def _after_release_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for node in sites.nodes("()` calls ", "the cleanup callback calls "):
        changes.wrap(whole(node), f"{TOOL}.a({RELEASE}, {TOOL}.use({RELEASE}), ", ")")


def _after_release(log: Log) -> Seen:
    entries = [entry for entry in _entries(log) if entry["released"]]
    again = sum(entry["again"] > 0 for entry in entries)
    ready = bool(entries) and all(entry.get("settled") and not entry["settled"]["alive"] for entry in entries)
    text = f"{_many(len(entries), 'object')} released, then released again by the callback: {again}"
    return Seen(again, text, ready, "no registered object was released" if not entries else "the target was not collected")


def _runs_twice(log: Log) -> Seen:
    targets = {entry["target"] for entry in _entries(log)}
    runs = [sum(entry["runs"] for entry in log["registrations"] if entry["target"] == target) for target in targets]
    twice = sum(count > 1 for count in runs)
    text = f"the callback ran {max(runs, default=0)} times for one target"
    return Seen(twice, text, any(runs), "no callback ran")


def _for_ever(log: Log) -> Seen:
    entries = _entries(log)
    rounds = max((entry["generation"] for entry in entries if entry["runs"]), default=0)
    text = f"the callback registered again, {rounds} rounds in a row"
    return Seen(int(rounds >= 20), text, _ran(log["registrations"]), "no callback ran")


def _failing_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for node in sites.nodes("can fail, and nothing catches it"):
        if inject:
            changes.put(node, f"await {TOOL}.failed()" if node.type == "AwaitExpression" else f"{TOOL}.failed()")
        if node.type != "AwaitExpression":
            changes.wrap(whole(node), f"{TOOL}.promise({FAIL}, ", ")")


def _rejects(log: Log) -> Seen:
    entries = _entries(log)
    count = sum(bool(entry["rejected"]) for entry in entries) + _spot(log, FAIL)["rejected"]
    return Seen(count, f"the callback's promise was rejected: {count}", _ran(entries), "the callback did not run")


def _throwing_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    if inject:
        _boom(sites, changes)


def _throws(log: Log) -> Seen:
    entries = _entries(log)
    errors = [entry["threw"] for entry in entries if entry["threw"]]
    text = f"the callback threw {errors[0]}" if errors else "the callback threw nothing"
    return Seen(len(errors), text, _ran(entries), "the callback did not run")


def _gets_undefined(log: Log) -> Seen:
    entries = _entries(log)
    count = sum(entry["blank"] for entry in entries)
    text = f"the callback got {'undefined' if count else 'its held value'}"
    return Seen(count, text, _ran(entries), "the callback did not run")


def _evicting_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for node in sites.nodes("deletes whatever the key leads to"):
        taken = whole(node)
        inner = taken.argument if taken.type == "UnaryExpression" else taken
        while inner.type == "ChainExpression":
            inner = inner.expression
        text = changes.text
        if inner.type == "CallExpression":
            collection, key = inner.callee.object, inner.arguments[0]
            what = text[key._start : key._end]
        else:
            collection = inner.object
            what = text[inner.property._start : inner.property._end]
            what = what if inner.computed else repr(what)
        changes.wrap(taken, f"({TOOL}.evict({EVICT}, {text[collection._start : collection._end]}, {what}) && ", ")")


def _evicts(log: Log) -> Seen:
    spot = _spot(log, EVICT)
    text = f"of {_many(spot['before'], 'entry').replace('entrys', 'entries')} to delete, {spot['evicted']} still alive went"
    return Seen(spot["evicted"], text, spot["before"] > 0, "the callback deleted nothing")


def _calling_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for call in sites.calls:
        changes.wrap(whole(call), f"{TOOL}.a({FAIL}, {TOOL}.b({FAIL}), ", ")")


def _call_throws(log: Log) -> Seen:
    spot = _spot(log, FAIL)
    error = log["error"] or next((error for error in log["calls"] if error), "")
    count = spot["before"] - spot["after"] if error else 0  # what the program catches, it expects
    text = f"{_many(spot['before'], 'call')}, {count} threw" + (f" {error}" if count else " what nothing caught")
    return Seen(count, text, spot["before"] > 0, "the call was not reached")


def _returns_false(log: Log) -> Seen:
    returned = _spot(log, SUBJECT)["returned"]
    false = sum(not one for one in returned)
    return Seen(
        false, f"unregister() returned false {false} of {len(returned)} times", bool(returned), "unregister() was not reached"
    )


def _cancelling_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for node in sites.nodes("unregisters `"):
        mark(changes, unchained(node), RELEASE)


def _cancels_others(log: Log) -> Seen:
    spot = _spot(log, RELEASE) if _spot(log, RELEASE)["returned"] else _spot(log, SUBJECT)
    count = spot["cancelled"]
    text = f"one unregister() cancelled {_many(count, 'registration')}"
    return Seen(int(count > 1), text, bool(spot["returned"]), "unregister() was not reached")


def _growing_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for node in sites.nodes("stored in `"):
        inner = unchained(node)
        target = inner.callee.object if inner.type == "CallExpression" else inner.left.object
        changes.wrap(target, f"{TOOL}.collection(", ")")


def _grows(log: Log) -> Seen:
    dead = sum(log["dead"])
    refs = _references(log)
    gone = any(ref.get("settled") and not ref["settled"]["alive"] for ref in refs)
    missing = "no target was collected" if refs else "new WeakRef() was not reached"
    return Seen(
        dead, f"{_many(dead, 'entry').replace('entrys', 'entries')} left whose target is gone", gone and bool(log["dead"]), missing
    )


def _not_released(log: Log) -> Seen:
    entries = [
        entry for entry in _entries(log) if entry.get("end") and not entry["end"]["alive"] and not entry["end"]["unregistered"]
    ]
    held = sum(entry["object"] and entry["end"]["runs"] == 0 for entry in entries)
    text = f"{_many(held, 'held object')} left at the program's end, their targets gone"
    missing = "no target was gone at the program's end" if _entries(log) else "register() was not reached"
    return Seen(held, text, bool(entries), missing)


def _left_behind_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for node in sites.nodes("registered here"):
        for call in _inner(sites, node):
            if call not in sites.calls:
                mark(changes, call, RELEASE)
    if inject:
        _boom(sites, changes)
    else:
        _around_throw(sites, changes)


def throwing(sites: Sites) -> list[Node]:
    return sites.nodes("can throw", "may throw", "`throw`", "throws when")[:1]


def _around_throw(sites: Sites, changes: Changes) -> None:
    for node in throwing(sites):
        if node.type == "ThrowStatement":
            changes.wrap(node, f"{{ {TOOL}.b({THROW}); ", " }")
        else:
            changes.wrap(whole(node), f"{TOOL}.a({THROW}, {TOOL}.b({THROW}), ", ")")


def _boom(sites: Sites, changes: Changes) -> None:
    for node in throwing(sites):
        _around_throw(sites, changes)
        if node.type != "ThrowStatement":
            changes.put(node, f"{TOOL}.boom()")


def _left_behind(log: Log) -> Seen:
    threw = _spot(log, THROW)["before"] - _spot(log, THROW)["after"]
    entries = [entry for entry in log["registrations"] if entry["site"] == RELEASE] or _entries(log)
    left = sum(not entry["unregistered"] for entry in entries) if threw > 0 else 0
    text = f"{_many(max(threw, 0), 'exception')}, {_many(left, 'registration')} left behind"
    return Seen(left, text, bool(entries), "register() was not reached")


def _deref_marks(sites: Sites, changes: Changes, inject: bool) -> None:
    for call in sites.calls:
        function: FunctionInfo = sites.module.function_of(call)
        body_guard(changes, function, SUBJECT)


def _of_undefined(log: Log) -> Seen:
    spot = _spot(log, SUBJECT)
    count = max(spot["fatal"], int(spot["empty"] > 0 and "TypeError" in log["error"]))
    text = f"deref() gave undefined {spot['empty']} times, and {spot.get('error') or log['error'] or 'nothing'} was thrown"
    return Seen(count, text, spot["empty"] > 0 or spot["after"] > 0, "deref() was not reached")


def _inner(sites: Sites, node: Node) -> list[Node]:
    """The protocol's calls that a place is, or that it leads to."""
    return list(dict.fromkeys(fact.node for fact in sites.module.registrations if fact.node is node or fact.place is node))


Marks = Callable[[Sites, Changes, bool], None]
Reading = Callable[[Log], Seen]
OBSERVATIONS: Mapping[Observation, tuple[Marks, Reading]] = {
    "target-never-collected": (_nothing, _never_collected),
    "callback-never-runs": (_nothing, _never_runs),
    "callback-runs-at-once": (_nothing, _at_once),
    "callback-runs-after-release": (_after_release_marks, _after_release),
    "callback-runs-twice": (_nothing, _runs_twice),
    "callback-runs-for-ever": (_nothing, _for_ever),
    "callback-throws": (_throwing_marks, _throws),
    "callback-rejects": (_failing_marks, _rejects),
    "callback-gets-undefined": (_nothing, _gets_undefined),
    "callback-evicts-live-entry": (_evicting_marks, _evicts),
    "call-throws": (_calling_marks, _call_throws),
    "unregister-returns-false": (_nothing, _returns_false),
    "unregister-cancels-others": (_cancelling_marks, _cancels_others),
    "entries-grow": (_growing_marks, _grows),
    "held-object-not-released": (_nothing, _not_released),
    "registration-left-behind": (_left_behind_marks, _left_behind),
    "deref-of-undefined": (_deref_marks, _of_undefined),
    "weakref-empty-at-once": (_nothing, _empty_at_once),
}
