"""``--format gitlab``: a Code Quality report, which GitLab shows in merge requests.

The format is that of GitLab's documentation ("Code Quality", "Code Quality report format"), a subset of the Code Climate one.
"""

from __future__ import annotations

import hashlib
import json
from typing import TextIO

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Severity
from jsleak.analysis.text import Position, Range

from . import Report
from .sources import Sources, fingerprints_of, from_root, unicode_only

Json = dict[str, object]
_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_NOWHERE = Range(Position(1, 1), Position(1, 1))


def report(report: Report, stream: TextIO) -> None:
    """Write an array with an object for each finding and each problem."""
    result = report.result
    prints = fingerprints_of(report, Sources(report.sources), result.findings) if result.findings else {}
    issues = [_issue(finding, prints[id(finding)]) for finding in result.findings]
    seen: set[str] = set()
    for problem in result.problems:
        issue = _problem(problem)
        # GitLab refuses a report in which a fingerprint stands twice.
        if (made := str(issue["fingerprint"])) not in seen:
            seen.add(made)
            issues.append(issue)
    stream.write(unicode_only(json.dumps(issues, indent=1, ensure_ascii=False)) + "\n")


def _issue(finding: Finding, fingerprint: str) -> Json:
    return {
        "description": f"{finding.message} {finding.help}".rstrip(),
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": _location(finding.path, finding.range),
    }


def _problem(problem: Problem) -> Json:
    told = "\0".join((problem.path, problem.kind.value, problem.message)).encode("utf-8", "surrogatepass")
    return {
        "description": problem.message,
        "check_name": problem.kind.value,
        "fingerprint": hashlib.sha256(told).hexdigest(),
        "severity": "info" if problem.kind is ProblemKind.ANALYSIS_INCOMPLETE else "critical",
        "location": _location(problem.path, problem.range or _NOWHERE),
    }


def _location(path: str, place: Range) -> Json:
    return {
        "path": from_root(path, "CI_PROJECT_DIR"),
        "lines": {"begin": place.start.line, "end": place.end.line},
        "positions": {
            "begin": {"line": place.start.line, "column": place.start.column},
            "end": {"line": place.end.line, "column": place.end.column},
        },
    }
