"""What an experiment looks at: a pair of functions for each Observation that a rule may name.

One marks the places a finding speaks of and says which kinds of them it found, the other reads from what was recorded how often
the defect was there. Neither knows which rule asks. What an experiment changes is in ``change``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jsleak.analysis.rule import Observation
from jsleak.analysis.scopes import FunctionInfo
from jsleak.analysis.syntax.nodes import Node

from . import suspects
from .seen import (
    ENTERED,
    EVICT,
    FAIL,
    PLACE,
    RELEASE,
    SOURCE,
    SUBJECT,
    THROW,
    Log,
    NoPlace,
    Seen,
    any_ran,
    exceptions,
    many,
    spot_of,
    subjects,
    times,
    weakrefs,
)
from .snippet.edits import Changes
from .snippet.program import TOOL, body_guard, call_mark, mark, whole
from .snippet.sites import Sites, unchained

# Observations


def mark_subject(sites: Sites, changes: Changes) -> None:
    """Mark the calls a finding is about, and the wrapper's call around them."""
    if sites.place is not None and sites.place.type in ("CallExpression", "NewExpression", "ChainExpression"):
        node = whole(sites.place)
        changes.wrap(node, f"{TOOL}.out({PLACE}, {TOOL}.in({PLACE}), ", ")")
    for call in sites.calls:
        mark(changes, call, SUBJECT)


def _places(sites: Sites, words: tuple[str, ...], otherwise: Callable[[Sites], list[Node]]) -> list[Node]:
    """The places that a finding's path names; for a finding without a path those that the module's facts suggest."""
    return sites.nodes(*words) if sites.finding.retention else otherwise(sites)


def _nothing(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    """No marks but those of the subject."""
    return set()


def _never_collected(log: Log) -> Seen:
    if log["references"] and not subjects(log):
        refs = [ref for ref in log["references"] if SUBJECT in ref["derefs"] and ref.get("settled")]
        alive = sum(ref["settled"]["alive"] for ref in refs)
        return Seen(
            alive, f"{alive} of {many(len(refs), 'target')} still alive after collection", bool(refs), "deref() was not reached"
        )
    entries = [entry for entry in subjects(log) if entry.get("settled") and not entry["settled"]["unregistered"]]
    alive = sum(entry["settled"]["alive"] for entry in entries)
    text = f"{alive} of {many(len(entries), 'target')} still alive after collection"
    return Seen(alive, text, bool(entries), "register() was not reached")


def _never_runs(log: Log) -> Seen:
    entries = [entry for entry in subjects(log) if entry.get("settled") and not entry["unregistered"]]
    gone = [entry for entry in entries if not entry["settled"]["alive"]]
    lost = sum(entry["runs"] == 0 for entry in gone)
    text = f"{many(len(gone), 'target')} collected, the callback ran for {len(gone) - lost}"
    return Seen(lost, text, bool(gone), "no target was collected" if entries else "register() was not reached")


def _at_once(log: Log) -> Seen:
    entries = [entry for entry in subjects(log) if entry.get("held")]
    gone = sum(not entry["held"]["alive"] for entry in entries)
    text = f"{gone} of {many(len(entries), 'target')} collected while the program still held all it had"
    return Seen(gone, text, bool(entries), "register() was not reached")


def _empty_at_once(log: Log) -> Seen:
    refs = [ref for ref in weakrefs(log) if ref.get("held")]
    gone = sum(not ref["held"]["alive"] for ref in refs)
    return Seen(gone, f"{gone} of {many(len(refs), 'WeakRef')} empty at once", bool(refs), "new WeakRef() was not reached")


def _after_release_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = _places(sites, ("()` calls ", "the cleanup callback calls "), suspects.releases)
    for node in nodes:
        changes.wrap(whole(node), f"{TOOL}.a({RELEASE}, {TOOL}.use({RELEASE}), ", ")")
    return {RELEASE} if nodes else set()


def _after_release(log: Log) -> Seen:
    entries = subjects(log)
    released = [entry for entry in entries if entry["released"]]
    releases = spot_of(log, RELEASE)["before"]
    if released or not releases:
        again = sum(entry["again"] > 0 for entry in released)
        ready = bool(released) and all(entry.get("settled") and not entry["settled"]["alive"] for entry in released)
        text = f"{many(len(released), 'object')} released, then released again by the callback: {again}"
        return Seen(again, text, ready, "no registered object was released" if not released else "the target was not collected")
    # Unregistered before it was released, so no registration stood that could release it again.
    ended = sum(entry["unregistered"] for entry in entries)
    ready = ended > 0 and all(entry["unregistered"] or not entry["settled"]["alive"] for entry in entries if entry.get("settled"))
    text = f"{many(releases, 'release')}, before which {many(ended, 'registration')} ended: nothing was released again"
    return Seen(0, text, ready, "no registered object was released")


def _runs_twice(log: Log) -> Seen:
    targets = {entry["target"] for entry in subjects(log)}
    runs = [sum(entry["runs"] for entry in log["registrations"] if entry["target"] == target) for target in targets]
    twice = sum(count > 1 for count in runs)
    text = f"the callback ran {times(max(runs, default=0))} for one target"
    return Seen(twice, text, any(runs), "no callback ran")


def _for_ever(log: Log) -> Seen:
    entries = subjects(log)
    rounds = max((entry["generation"] for entry in entries if entry["runs"]), default=0)
    text = f"the callback registered again, {many(rounds, 'round')} in a row"
    return Seen(int(rounds >= 20), text, any_ran(log["registrations"]), "no callback ran")


def _failing_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = _places(sites, ("can fail, and nothing catches it",), suspects.failures)
    for node in nodes:
        if node.type == "ThrowStatement":
            changes.wrap(node, f"{{ {TOOL}.b({SOURCE}); ", " }")
            continue
        source = suspects.innermost_promise(node.argument) if node.type == "AwaitExpression" else node
        if node.type != "AwaitExpression":
            changes.wrap(suspects.outermost_promise(whole(node)), f"{TOOL}.promise({FAIL}, ", ")")
        changes.wrap(whole(source), f"{TOOL}.promise({SOURCE}, {TOOL}.a({SOURCE}, {TOOL}.b({SOURCE}), ", "))")
        if inject:
            changes.put(source, f"{TOOL}.failed()")
    return {FAIL} if nodes else set()


def _rejects(log: Log) -> Seen:
    entries = subjects(log)
    count = sum(bool(entry["rejected"]) for entry in entries) + spot_of(log, FAIL)["rejected"]
    failed = count > 0 or spot_of(log, SOURCE)["rejected"] > 0 or exceptions(log, SOURCE) > 0 or FAIL not in log["placed"]
    missing = "the callback did not run" if not any_ran(entries) else "nothing in the callback failed"
    return Seen(count, f"the callback's promise was rejected: {count}", any_ran(entries) and failed, missing)


def _throwing_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    return _mark_throw(changes, _places(sites, _THROWS, suspects.throws_inside)[:1], inject)


def _throws(log: Log) -> Seen:
    entries = subjects(log)
    errors = [entry["threw"] for entry in entries if entry["threw"]]
    text = f"the callback threw {errors[0]}" if errors else "the callback threw nothing"
    thrown = bool(errors) or exceptions(log) > 0 or THROW not in log["placed"]
    missing = "the callback did not run" if not any_ran(entries) else "nothing in the callback threw"
    return Seen(len(errors), text, any_ran(entries) and thrown, missing)


def _gets_undefined(log: Log) -> Seen:
    entries = subjects(log)
    count = sum(entry["blank"] for entry in entries)
    text = f"the callback got {'undefined' if count else 'its held value'}"
    return Seen(count, text, any_ran(entries), "the callback did not run")


def _evicting_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = _places(sites, ("deletes whatever the key leads to",), suspects.evictions)
    for node in nodes:
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
    if not nodes:
        raise NoPlace("what the callback deletes is not known")
    return {EVICT}


def _evicts(log: Log) -> Seen:
    spot, entries = spot_of(log, EVICT), subjects(log)
    runs = sum(entry["runs"] for entry in entries)
    # The callback is harmless for want of anything to delete, unless something else was alive when it ran.
    others = any(entry["runs"] == 0 and entry.get("held") and entry["held"]["alive"] for entry in entries)
    text = f"the callback ran {times(runs)} and deleted {many(spot['evicted'], 'entry', 'entries')} still alive"
    missing = "no other entry was alive when the callback ran" if runs else "the callback did not run"
    return Seen(spot["evicted"], text, runs > 0 and (others or spot["live"] > 0), missing)


def _calling_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    for call in sites.calls:
        changes.wrap(whole(call), f"{TOOL}.a({FAIL}, {TOOL}.b({FAIL}), ", ")")
    return {FAIL}


def _call_throws(log: Log) -> Seen:
    spot = spot_of(log, FAIL)
    error = log["error"] or next((error for error in log["calls"] if error), "")
    count = spot["before"] - spot["after"] if error else 0  # what the program catches, it expects
    text = f"{many(spot['before'], 'call')}, {count} threw" + (f" {error}" if count else " what nothing caught")
    return Seen(count, text, spot["before"] > 0, "the call was not reached")


def _returns_false(log: Log) -> Seen:
    returned = spot_of(log, SUBJECT)["returned"]
    false = sum(not one for one in returned)
    return Seen(
        false, f"unregister() returned false {false} of {times(len(returned))}", bool(returned), "unregister() was not reached"
    )


def _cancelling_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = sites.nodes("unregisters `")
    for node in nodes:
        mark(changes, unchained(node), RELEASE)
    # One call may well register several objects with its token, and end them all.
    call_mark(changes, [node for node in (sites.place, *sites.calls) if node is not None][:1], nodes)
    return {RELEASE} if nodes else set()


def _cancels_others(log: Log) -> Seen:
    spot = spot_of(log, RELEASE) if spot_of(log, RELEASE)["returned"] else spot_of(log, SUBJECT)
    count = spot["cancelled"]
    calls = {entry["call"] for entry in subjects(log) if entry.get("call")}
    text = (
        f"one unregister() cancelled {'the registrations of ' if calls else ''}{many(count, 'call' if calls else 'registration')}"
    )
    missing = f"only one {'call' if calls else 'registration'} was made" if spot["returned"] else "unregister() was not reached"
    return Seen(int(count > 1), text, bool(spot["returned"]) and len(calls or subjects(log)) > 1, missing)


def _growing_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = sites.nodes("stored in `")
    if not nodes:
        raise NoPlace("where the WeakRef is stored is not known")
    for node in nodes:
        inner = unchained(node)
        target = inner.callee.object if inner.type == "CallExpression" else inner.left.object
        changes.wrap(target, f"{TOOL}.collection(", ")")
    return set()


def _grows(log: Log) -> Seen:
    dead = sum(log["dead"])
    refs = weakrefs(log)
    gone = any(ref.get("settled") and not ref["settled"]["alive"] for ref in refs)
    missing = "no target was collected" if refs else "new WeakRef() was not reached"
    return Seen(dead, f"{many(dead, 'entry', 'entries')} left whose target is gone", gone and bool(log["dead"]), missing)


def _not_released(log: Log) -> Seen:
    entries = [
        entry for entry in subjects(log) if entry.get("end") and not entry["end"]["alive"] and not entry["end"]["unregistered"]
    ]
    held = sum(entry["object"] and entry["end"]["runs"] == 0 for entry in entries)
    text = f"{many(held, 'held object')} left at the program's end, their targets gone"
    missing = "no target was gone at the program's end" if subjects(log) else "register() was not reached"
    return Seen(held, text, bool(entries), missing)


def _left_behind_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    placed = _mark_throw(changes, throwing(sites), inject)
    for node in sites.nodes("registered here"):
        for call in _inner(sites, node):
            if call not in sites.calls:
                mark(changes, call, RELEASE)
                placed.add(RELEASE)
    return placed


#: What the labels of throwing places say.
_THROWS = ("can throw", "may throw", "`throw`", "throws when")


def throwing(sites: Sites) -> list[Node]:
    """What throws after a registration: the outermost place of a finding's path."""
    return _places(sites, _THROWS, suspects.throws_after)[:1]


def thrower(node: Node) -> Node:
    """The expression or `throw` that a throwing place is watched by, or replaced by."""
    if node.type == "ForOfStatement":
        right: Node = node.right
        return right
    parent: Node = node._parent
    if node.type == "MemberExpression" and (parent.type == "UpdateExpression" or parent.left is node):
        return parent
    return node


def _mark_throw(changes: Changes, nodes: list[Node], inject: bool) -> set[int]:
    """Watch what can throw; to ``inject`` puts an exception in its place."""
    for node in map(thrower, nodes):
        if node.type == "ThrowStatement":
            changes.wrap(node, f"{{ {TOOL}.b({THROW}); ", " }")
            continue
        changes.wrap(whole(node), f"{TOOL}.a({THROW}, {TOOL}.b({THROW}), ", ")")
        if inject:
            changes.put(node, f"{TOOL}.boom()")
    return {THROW} if nodes else set()


def _left_behind(log: Log) -> Seen:
    entries = [entry for entry in log["registrations"] if entry["site"] == RELEASE] or subjects(log)
    return _after_throw(log, entries, sum(not entry["unregistered"] for entry in entries), "left behind")


def _target_lost(log: Log) -> Seen:
    entries = subjects(log)
    lost = sum(not entry["unregistered"] and bool(entry.get("held")) and not entry["held"]["alive"] for entry in entries)
    return _after_throw(log, entries, lost, "left behind, the target lost")


def _after_throw(log: Log, entries: list[Log], left: int, words: str) -> Seen:
    thrown = exceptions(log)
    if THROW not in log["placed"]:
        return Seen(0, "nothing that follows the registration throws", bool(entries), "register() was not reached")
    count = left if thrown else 0
    missing = "nothing threw after the registration" if entries else "register() was not reached"
    text = f"{many(thrown, 'exception')}, {many(count, 'registration')} {words}"
    return Seen(count, text, bool(entries) and thrown > 0, missing)


def _deref_marks(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    for call in sites.calls:
        function: FunctionInfo = sites.module.function_of(call)
        body_guard(changes, function, SUBJECT)
        _mark_entry(changes, function)
    return set()


def _mark_entry(changes: Changes, function: FunctionInfo) -> None:
    """Count the calls of a function."""
    node = function.node.value if function.node.type == "MethodDefinition" else function.node
    if type(node.body) is list:  # the program
        return
    if node.body.type == "BlockStatement":
        start = node.body._start + 1
        changes.around(start, start, f" {TOOL}.b({ENTERED}); ", "")
    else:
        changes.wrap(node.body, f"{TOOL}.a({ENTERED}, {TOOL}.b({ENTERED}), ", ")")


def _of_undefined(log: Log) -> Seen:
    spot = spot_of(log, SUBJECT)
    count = max(spot["fatal"], int(spot["empty"] > 0 and "TypeError" in log["error"]))
    text = f"deref() gave undefined {times(spot['empty'])}, and {spot.get('error') or log['error'] or 'nothing'} was thrown"
    read = [ref for ref in log["references"] if SUBJECT in ref["derefs"] and ref.get("settled")]
    kept = bool(read) and all(ref["settled"]["alive"] for ref in read)
    missing = "deref() was never called after its target was gone" if spot["after"] else "deref() was not reached"
    entered = spot_of(log, ENTERED)["before"] > 0
    return Seen(count, text, spot["empty"] > 0 or (spot["after"] > 0 and kept), missing, near=entered and not log["error"])


def _inner(sites: Sites, node: Node) -> list[Node]:
    """The protocol's calls that a place is, or that it leads to."""
    return list(dict.fromkeys(fact.node for fact in sites.module.registrations if fact.node is node or fact.place is node))


Marks = Callable[[Sites, Changes, bool], set[int]]
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
    "registered-target-lost": (_left_behind_marks, _target_lost),
    "deref-of-undefined": (_deref_marks, _of_undefined),
    "weakref-empty-at-once": (_nothing, _empty_at_once),
}
