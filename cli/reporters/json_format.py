"""``--format json``: one object, as the design lays it down."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TextIO

from jsleak import __version__
from jsleak.analysis.findings import Finding, Fix, Hop, Problem, Severity, Verdict
from jsleak.analysis.text import Position, Range
from jsleak.workspace import LintResult
from jsleak.workspace.model import BaselineEntry
from jsleak.workspace.paths import printable

from . import Report
from .statistics import by_rule

Json = dict[str, object]


def report(report: Report, stream: TextIO) -> None:
    """Write the result to a stream. ASCII only, so that no encoding can spoil it."""
    result = report.result
    document: Json = {
        "version": 1,
        "tool": {"name": "jsleak", "version": __version__},
        "summary": summary_json(result),
        **_findings(report),
        "problems": [problem_json(problem) for problem in result.problems],
        "skipped": [printable(path) for path in result.skipped],
        "gone": [_gone(entry) for entry in result.gone],
    }
    json.dump(document, stream, indent=1)
    stream.write("\n")


def summary_json(result: LintResult) -> Json:
    """How many there are of each."""
    return {
        "files": result.files,
        "analysed": result.analysed,
        "findings": len(result.findings),
        "errors": result.count(Severity.ERROR),
        "warnings": result.count(Severity.WARNING),
        "infos": result.count(Severity.INFO),
        "suppressed": len(result.suppressed),
        "known": len(result.known),
        "gone": len(result.gone),
        "fixed": len(result.fixed),
        "fixable": sum(any(fix.safe for fix in one.fixes) for one in result.findings),
        "unsafely_fixable": sum(bool(one.fixes) and not any(fix.safe for fix in one.fixes) for one in result.findings),
        "problems": len(result.problems),
        "skipped": len(result.skipped),
    }


def _findings(report: Report) -> Json:
    if report.statistics:
        return {"statistics": [asdict(row) for row in by_rule(report.result.findings)]}
    return {"findings": [finding_json(finding, programs=report.programs) for finding in report.result.findings]}


def _position(position: Position) -> Json:
    return {"line": position.line, "column": position.column}


def range_json(place: Range | None) -> Json | None:
    """A place as the design lays it down."""
    return None if place is None else {"start": _position(place.start), "end": _position(place.end)}


def finding_json(finding: Finding, *, programs: bool) -> Json:
    """A finding as the design lays it down."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": printable(finding.path),
        "range": range_json(finding.range),
        "message": finding.message,
        "help": finding.help,
        "retention": [_hop(hop) for hop in finding.retention],
        "fixes": [_fix(fix) for fix in finding.fixes],
        "verdict": _verdict(finding.verdict, programs=programs),
    }


def _hop(hop: Hop) -> Json:
    return {"label": hop.label, "path": printable(hop.path), "range": range_json(hop.range)}


def _fix(fix: Fix) -> Json:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [{"range": range_json(edit.range), "text": edit.text} for edit in fix.edits],
    }


def _verdict(verdict: Verdict | None, *, programs: bool) -> Json | None:
    if verdict is None:
        return None
    shown: Json = {
        "status": verdict.status.value,
        "engine": verdict.engine,
        "reason": verdict.reason,
        "evidence": list(verdict.evidence),
        "fixes": [{"title": trial.title, "outcome": trial.outcome.value, "observed": trial.observed} for trial in verdict.fixes],
    }
    return {**shown, "program": verdict.program} if programs else shown


def _gone(entry: BaselineEntry) -> Json:
    return {"rule": entry.rule, "path": printable(entry.path), "fingerprint": entry.fingerprint, "message": entry.message}


def problem_json(problem: Problem) -> Json:
    """A problem as the design lays it down."""
    return {
        "path": printable(problem.path),
        "kind": problem.kind.value,
        "message": problem.message,
        "range": range_json(problem.range),
    }
