"""``--format json``: one object, as the design lays it down."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from jsleak import __version__
from jsleak.analysis.findings import Finding, Fix, Hop, Problem, Severity, Verdict
from jsleak.analysis.text import Position, Range
from jsleak.workspace.paths import printable

from . import Report
from .statistics import by_rule

Json = dict[str, object]


def report(report: Report) -> None:
    """Write the result to standard output. ASCII only, so that no encoding can spoil it."""
    result = report.result
    document: Json = {
        "version": 1,
        "tool": {"name": "jsleak", "version": __version__},
        "summary": {
            "files": result.files,
            "analysed": result.analysed,
            "findings": len(result.findings),
            "errors": result.count(Severity.ERROR),
            "warnings": result.count(Severity.WARNING),
            "infos": result.count(Severity.INFO),
            "suppressed": len(result.suppressed),
            "fixed": len(result.fixed),
            "fixable": sum(any(fix.safe for fix in one.fixes) for one in result.findings),
            "unsafely_fixable": sum(bool(one.fixes) and not any(fix.safe for fix in one.fixes) for one in result.findings),
            "problems": len(result.problems),
            "skipped": len(result.skipped),
        },
        **_findings(report),
        "problems": [_problem(problem) for problem in result.problems],
        "skipped": [printable(path) for path in result.skipped],
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


def _findings(report: Report) -> Json:
    if report.statistics:
        return {"statistics": [asdict(row) for row in by_rule(report.result.findings)]}
    return {"findings": [_finding(finding, programs=report.programs) for finding in report.result.findings]}


def _position(position: Position) -> Json:
    return {"line": position.line, "column": position.column}


def _range(place: Range | None) -> Json | None:
    return None if place is None else {"start": _position(place.start), "end": _position(place.end)}


def _finding(finding: Finding, *, programs: bool) -> Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": printable(finding.path),
        "range": _range(finding.range),
        "message": finding.message,
        "help": finding.help,
        "retention": [_hop(hop) for hop in finding.retention],
        "fixes": [_fix(fix) for fix in finding.fixes],
        "verdict": _verdict(finding.verdict, programs=programs),
    }


def _hop(hop: Hop) -> Json:
    return {"label": hop.label, "path": printable(hop.path), "range": _range(hop.range)}


def _fix(fix: Fix) -> Json:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [{"range": _range(edit.range), "text": edit.text} for edit in fix.edits],
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


def _problem(problem: Problem) -> Json:
    return {
        "path": printable(problem.path),
        "kind": problem.kind.value,
        "message": problem.message,
        "range": _range(problem.range),
    }
