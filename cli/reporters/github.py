"""``--format github``: workflow commands, which GitHub Actions turns into annotations of a commit or pull request.

The commands are described in GitHub's documentation ("Workflow commands for GitHub Actions"); what is to be escaped is in
``@actions/core``, ``command.ts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Severity
from jsleak.analysis.text import Range

from . import Report
from .sources import from_root, unicode_only

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def report(report: Report, stream: TextIO) -> None:
    """Write a line for each finding and each problem."""
    stream.writelines(_finding(finding) + "\n" for finding in report.result.findings)
    stream.writelines(_problem(problem) + "\n" for problem in report.result.problems)


def _finding(finding: Finding) -> str:
    text = [finding.message]
    if finding.help:
        text.append(f"help: {finding.help}")
    if finding.verdict:
        text.append(f"{finding.verdict.status.value}: {finding.verdict.reason}".removesuffix(": "))
    return _command(_COMMANDS[finding.severity], finding.path, finding.range, f"jsleak ({finding.rule})", "\n".join(text))


def _problem(problem: Problem) -> str:
    command = "notice" if problem.kind is ProblemKind.ANALYSIS_INCOMPLETE else "error"
    return _command(command, problem.path, problem.range, f"jsleak ({problem.kind.value})", problem.message)


def _command(name: str, path: str, place: Range | None, title: str, text: str) -> str:
    properties = {"file": from_root(path, "GITHUB_WORKSPACE"), **_place(place), "title": title}
    shown = ",".join(f"{key}={_escaped_property(str(value))}" for key, value in properties.items())
    return f"::{name} {shown}::{_escaped(text)}"


def _place(place: Range | None) -> Mapping[str, int]:
    """Columns only for a place on one line: GitHub refuses others."""
    if place is None:
        return {}
    start, end = place.start, place.end
    if start.line == end.line:
        return {"line": start.line, "col": start.column, "endLine": end.line, "endColumn": end.column}
    return {"line": start.line, "endLine": end.line}


def _escaped(text: str) -> str:
    return unicode_only(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
