"""From what is known of a document to the protocol's diagnostics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from jsleak.analysis.findings import Finding, Hop, Problem, ProblemKind, Severity, Status, Verdict

from .documents import file_uri
from .positions import Positions
from .snapshot import FindingKey, Snapshot

if TYPE_CHECKING:
    from jsleak.engine.leaks import Leak, Place

SOURCE = "jsleak"
RulePage = Callable[[str], "str | None"]
"""The URI of a rule's page."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
#: Problems that are no fault of the code.
_MILD = {
    ProblemKind.TOO_LARGE: types.DiagnosticSeverity.Information,
    ProblemKind.ANALYSIS_INCOMPLETE: types.DiagnosticSeverity.Information,
    ProblemKind.INTERNAL_ERROR: types.DiagnosticSeverity.Warning,
}
_UNNECESSARY = frozenset({"unregister-in-cleanup"})
_VERDICTS = {Status.CONFIRMED: "Confirmed", Status.REFUTED: "Refuted", Status.INCONCLUSIVE: "Inconclusive"}


def diagnostics(snapshot: Snapshot, page: RulePage) -> list[types.Diagnostic]:
    """All that a client shows of a document, in order of place."""
    found = [_of_finding(snapshot, key, finding, page(finding.rule)) for key, finding in snapshot.keyed]
    found += [_of_problem(snapshot.positions, problem) for problem in snapshot.analysis.problems]
    found += [_of_leak(snapshot, leak, leak.place) for leak in snapshot.leaks if leak.place and leak.place.path == snapshot.path]
    return sorted(found, key=lambda one: (one.range.start.line, one.range.start.character))


def verdict_line(verdict: Verdict) -> str:
    """What a verdict adds to a finding's message."""
    where = f" on {verdict.engine}" if verdict.engine else ""
    return f"{_VERDICTS[verdict.status]}{where}: {verdict.reason}"


def _of_finding(snapshot: Snapshot, key: FindingKey, finding: Finding, page: str | None) -> types.Diagnostic:
    verdict = snapshot.verdicts.get(key)
    lines = [finding.message, finding.help, verdict_line(verdict) if verdict else ""]
    return types.Diagnostic(
        range=snapshot.positions.range(finding.range),
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        code_description=types.CodeDescription(page) if page else None,
        source=SOURCE,
        message="\n".join(line for line in lines if line),
        tags=[types.DiagnosticTag.Unnecessary] if finding.rule in _UNNECESSARY else None,
        related_information=list(related(snapshot, finding)) or None,
        data={"key": key, "version": snapshot.version, "fixes": len(finding.fixes)},
    )


def related(snapshot: Snapshot, finding: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
    """The retention path, hop by hop, as places to go to."""
    for number, hop in enumerate(finding.retention, 1):
        if place := location(snapshot, hop):
            yield types.DiagnosticRelatedInformation(place, f"{number}. {hop.label}")


def location(snapshot: Snapshot, hop: Hop) -> types.Location | None:
    """Where a hop is written; None where that text is not known."""
    if hop.path == snapshot.path:
        return types.Location(snapshot.uri, snapshot.positions.range(hop.range))
    other = snapshot.others.get(hop.path)
    return types.Location(file_uri(hop.path), other.range(hop.range)) if other else None


def _of_problem(positions: Positions, problem: Problem) -> types.Diagnostic:
    if problem.range is None:
        place = positions.span(0, 0)
    else:
        start = positions.source.offset(problem.range.start)
        # A place without extent is hard to see: its character, if there is one on the line.
        end = max(positions.source.offset(problem.range.end), start + 1)
        place = positions.span(start, end)
    severity = _MILD.get(problem.kind, types.DiagnosticSeverity.Error)
    return types.Diagnostic(place, problem.message, severity, code=problem.kind.value, source=SOURCE)


def _of_leak(snapshot: Snapshot, leak: Leak, place: Place) -> types.Diagnostic:
    """What leaked when the document was run."""
    where = f" ({', '.join(leak.engines)})" if leak.engines else ""
    return types.Diagnostic(
        snapshot.positions.range(place.range),
        f"Seen in a run: {leak.message}{where}",
        types.DiagnosticSeverity.Warning,
        code=leak.kind,
        source=SOURCE,
    )


def result_id(found: list[types.Diagnostic], to_json: Callable[[Any], Any]) -> str:
    """The same for the same diagnostics, apart from the version that each carries."""
    plain = to_json(found)
    for one in plain:
        (one.get("data") or {}).pop("version", None)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]
