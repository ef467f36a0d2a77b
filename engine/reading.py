"""Reads from what an experiment recorded how often the defect was there: a function for each Observation that a rule may name.

None knows which rule asks. The places were marked by ``marking``.
"""

from __future__ import annotations

from .seen import (
    ENTERED,
    EVICT,
    FAIL,
    RELEASE,
    SOURCE,
    SUBJECT,
    THROW,
    Log,
    Seen,
    any_ran,
    exceptions,
    many,
    spot_of,
    subjects,
    times,
    weakrefs,
)


def never_collected(log: Log) -> Seen:
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


def never_runs(log: Log) -> Seen:
    entries = [entry for entry in subjects(log) if entry.get("settled") and not entry["unregistered"]]
    gone = [entry for entry in entries if not entry["settled"]["alive"]]
    lost = sum(entry["runs"] == 0 for entry in gone)
    text = f"{many(len(gone), 'target')} collected, the callback ran for {len(gone) - lost}"
    return Seen(lost, text, bool(gone), "no target was collected" if entries else "register() was not reached")


def at_once(log: Log) -> Seen:
    entries = [entry for entry in subjects(log) if entry.get("held")]
    gone = sum(not entry["held"]["alive"] for entry in entries)
    text = f"{gone} of {many(len(entries), 'target')} collected while the program still held all it had"
    return Seen(gone, text, bool(entries), "register() was not reached")


def empty_at_once(log: Log) -> Seen:
    refs = [ref for ref in weakrefs(log) if ref.get("held")]
    gone = sum(not ref["held"]["alive"] for ref in refs)
    return Seen(gone, f"{gone} of {many(len(refs), 'WeakRef')} empty at once", bool(refs), "new WeakRef() was not reached")


def after_release(log: Log) -> Seen:
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


def runs_twice(log: Log) -> Seen:
    targets = {entry["target"] for entry in subjects(log)}
    runs = [sum(entry["runs"] for entry in log["registrations"] if entry["target"] == target) for target in targets]
    twice = sum(count > 1 for count in runs)
    text = f"the callback ran {times(max(runs, default=0))} for one target"
    return Seen(twice, text, any(runs), "no callback ran")


def for_ever(log: Log) -> Seen:
    entries = subjects(log)
    rounds = max((entry["generation"] for entry in entries if entry["runs"]), default=0)
    text = f"the callback registered again, {many(rounds, 'round')} in a row"
    return Seen(int(rounds >= 20), text, any_ran(log["registrations"]), "no callback ran")


def rejects(log: Log) -> Seen:
    entries = subjects(log)
    count = sum(bool(entry["rejected"]) for entry in entries) + spot_of(log, FAIL)["rejected"]
    failed = count > 0 or spot_of(log, SOURCE)["rejected"] > 0 or exceptions(log, SOURCE) > 0 or FAIL not in log["placed"]
    missing = "the callback did not run" if not any_ran(entries) else "nothing in the callback failed"
    return Seen(count, f"the callback's promise was rejected: {count}", any_ran(entries) and failed, missing)


def throws(log: Log) -> Seen:
    entries = subjects(log)
    errors = [entry["threw"] for entry in entries if entry["threw"]]
    text = f"the callback threw {errors[0]}" if errors else "the callback threw nothing"
    thrown = bool(errors) or exceptions(log) > 0 or THROW not in log["placed"]
    missing = "the callback did not run" if not any_ran(entries) else "nothing in the callback threw"
    return Seen(len(errors), text, any_ran(entries) and thrown, missing)


def gets_undefined(log: Log) -> Seen:
    entries = subjects(log)
    count = sum(entry["blank"] for entry in entries)
    text = f"the callback got {'undefined' if count else 'its held value'}"
    return Seen(count, text, any_ran(entries), "the callback did not run")


def evicts(log: Log) -> Seen:
    spot, entries = spot_of(log, EVICT), subjects(log)
    runs = sum(entry["runs"] for entry in entries)
    # The callback is harmless for want of anything to delete, unless something else was alive when it ran.
    others = any(entry["runs"] == 0 and entry.get("held") and entry["held"]["alive"] for entry in entries)
    text = f"the callback ran {times(runs)} and deleted {many(spot['evicted'], 'entry', 'entries')} still alive"
    missing = "no other entry was alive when the callback ran" if runs else "the callback did not run"
    return Seen(spot["evicted"], text, runs > 0 and (others or spot["live"] > 0), missing)


def call_throws(log: Log) -> Seen:
    spot = spot_of(log, FAIL)
    error = log["error"] or next((error for error in log["calls"] if error), "")
    count = spot["before"] - spot["after"] if error else 0  # what the program catches, it expects
    text = f"{many(spot['before'], 'call')}, {count} threw" + (f" {error}" if count else " what nothing caught")
    return Seen(count, text, spot["before"] > 0, "the call was not reached")


def returns_false(log: Log) -> Seen:
    returned = spot_of(log, SUBJECT)["returned"]
    false = sum(not one for one in returned)
    return Seen(
        false, f"unregister() returned false {false} of {times(len(returned))}", bool(returned), "unregister() was not reached"
    )


def cancels_others(log: Log) -> Seen:
    spot = spot_of(log, RELEASE) if spot_of(log, RELEASE)["returned"] else spot_of(log, SUBJECT)
    count = spot["cancelled"]
    calls = {entry["call"] for entry in subjects(log) if entry.get("call")}
    text = (
        f"one unregister() cancelled {'the registrations of ' if calls else ''}{many(count, 'call' if calls else 'registration')}"
    )
    missing = f"only one {'call' if calls else 'registration'} was made" if spot["returned"] else "unregister() was not reached"
    return Seen(int(count > 1), text, bool(spot["returned"]) and len(calls or subjects(log)) > 1, missing)


def grows(log: Log) -> Seen:
    dead = sum(log["dead"])
    refs = weakrefs(log)
    gone = any(ref.get("settled") and not ref["settled"]["alive"] for ref in refs)
    missing = "no target was collected" if refs else "new WeakRef() was not reached"
    return Seen(dead, f"{many(dead, 'entry', 'entries')} left whose target is gone", gone and bool(log["dead"]), missing)


def not_released(log: Log) -> Seen:
    entries = [
        entry for entry in subjects(log) if entry.get("end") and not entry["end"]["alive"] and not entry["end"]["unregistered"]
    ]
    held = sum(entry["object"] and entry["end"]["runs"] == 0 for entry in entries)
    text = f"{many(held, 'held object')} left at the program's end, their targets gone"
    missing = "no target was gone at the program's end" if subjects(log) else "register() was not reached"
    return Seen(held, text, bool(entries), missing)


def left_behind(log: Log) -> Seen:
    entries = [entry for entry in log["registrations"] if entry["site"] == RELEASE] or subjects(log)
    return _after_throw(log, entries, sum(not entry["unregistered"] for entry in entries), "left behind")


def target_lost(log: Log) -> Seen:
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


def of_undefined(log: Log) -> Seen:
    spot = spot_of(log, SUBJECT)
    count = max(spot["fatal"], int(spot["empty"] > 0 and "TypeError" in log["error"]))
    text = f"deref() gave undefined {times(spot['empty'])}, and {spot.get('error') or log['error'] or 'nothing'} was thrown"
    read = [ref for ref in log["references"] if SUBJECT in ref["derefs"] and ref.get("settled")]
    kept = bool(read) and all(ref["settled"]["alive"] for ref in read)
    missing = "deref() was never called after its target was gone" if spot["after"] else "deref() was not reached"
    entered = spot_of(log, ENTERED)["before"] > 0
    return Seen(count, text, spot["empty"] > 0 or (spot["after"] > 0 and kept), missing, near=entered and not log["error"])
