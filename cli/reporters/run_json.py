"""``run --format json``: one object, as the design lays it down."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from jsleak import __version__
from jsleak.engine.growth import Growth
from jsleak.engine.leaks import Leak, Place, RunReport, WorkedAround
from jsleak.engine.trace import Registration, WeakReference
from jsleak.workspace.paths import printable

Json = dict[str, object]
_FEW = 1000


def report(reports: Sequence[RunReport], problems: Sequence[tuple[str, str]]) -> None:
    """Write the result to standard output. ASCII only, so that no encoding can spoil it."""
    document: Json = {
        "version": 1,
        "tool": {"name": "jsleak", "version": __version__},
        "engine": ", ".join(dict.fromkeys(one.engine for one in reports)),
        "runs": [_run(one) for one in reports],
        "problems": [{"path": printable(path), "message": message} for path, message in problems],
    }
    # Indented text is made by Python, piece by piece: too slow for a hundred thousand rows.
    few = sum(len(one.registrations) + len(one.weakrefs) for one in reports) <= _FEW
    sys.stdout.write(json.dumps(document, indent=1 if few else None) + "\n")


def _run(report: RunReport) -> Json:
    return {
        "path": printable(report.path),
        "engine": report.engine,
        "ran": report.ran,
        "completion": report.completion,
        "error": report.error,
        "reason": report.reason,
        "place": _place(report.place, report.path),
        "registrations": [_registration(registration, place, report.path) for registration, place in report.registrations],
        "weakrefs": [_weakref(reference, place, report.path) for reference, place in report.weakrefs],
        "leaks": [_leak(leak, report.path) for leak in report.leaks],
        "defects": [_defect(defect) for defect in report.defects],
        "growth": [_growth(line) for line in report.growth],
        "stubs": list(report.stubs),
        "standIns": list(report.stand_ins),
        "notes": list(report.notes),
        "output": report.output,
        "seconds": round(report.seconds, 6),
    }


def _place(place: Place | None, path: str) -> Json | None:
    if place is None:
        return None
    found: Json = {"line": place.range.start.line, "column": place.range.start.column}
    return found if place.path == path else {"path": printable(place.path), **found}


def _flat(place: Place | None, path: str) -> Json:
    return _place(place, path) or {"line": None, "column": None}


def _registration(registration: Registration, place: Place | None, path: str) -> Json:
    return {
        **_flat(place, path),
        "registry": registration.registry,
        "target": registration.target,
        "held": registration.held,
        "callback": registration.callback,
        "unregistered": registration.unregistered,
        "token": registration.has_token,
        "threw": registration.threw,
    }


def _weakref(reference: WeakReference, place: Place | None, path: str) -> Json:
    return {**_flat(place, path), "target": reference.target, "derefs": reference.derefs, "empty": reference.empty_derefs}


def _defect(defect: WorkedAround) -> Json:
    return {
        "id": defect.id,
        "engines": list(defect.engines),
        "registrations": defect.registrations,
        "message": defect.message,
    }


def _leak(leak: Leak, path: str) -> Json:
    return {**_flat(leak.place, path), "kind": leak.kind, "engines": list(leak.engines), "message": leak.message}


def _growth(line: Growth) -> Json:
    return {
        "what": line.what,
        "site": line.site,
        "slope": round(line.slope, 3),
        "fit": round(line.fit, 3),
        "first": line.first,
        "last": line.last,
        "turns": line.turns,
        "grows": line.grows,
    }
