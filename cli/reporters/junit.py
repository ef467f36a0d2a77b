"""``--format junit``: XML as test runners write it, for CI systems that know nothing else.

A suite for each file that there is something to say of, in it a test case for each finding (a failure), each finding that a comment
suppresses (skipped) and each problem (an error). XML 1.0 has no form at all for most control characters: they become U+FFFD.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TextIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Suppressed
from jsleak.analysis.text import Position, Range
from jsleak.workspace.paths import printable

from . import Report
from .sources import from_root

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WHOLE_FILE = Range(Position(0, 0), Position(0, 0))


@dataclass(frozen=True, slots=True)
class _Case:
    path: str
    name: str
    place: Range | None
    outcome: str
    message: str
    kind: str
    text: str


def report(report: Report, stream: TextIO) -> None:
    """Write the document. It has at least one test case: some CI systems take a report without any for a failure."""
    cases = sorted(_cases(report), key=lambda case: (case.path, case.place or _WHOLE_FILE, case.name))
    suites = [_suite(path, list(of_file)) for path, of_file in groupby(cases, key=lambda case: case.path)]
    if not cases:
        suites = [_suite("jsleak", [_Case("jsleak", "no findings", None, "", "", "", "")])]
    root = Element("testsuites", {"name": "jsleak", **_counts(cases or [None])})
    root.extend(suites)
    ElementTree.indent(root)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n")


def _cases(report: Report) -> Iterator[_Case]:
    result = report.result
    for finding in result.findings:
        yield _case(finding, "failure", finding.severity.value, "\n".join(_details(finding)))
    for one in result.suppressed:
        yield _case(one.finding, "skipped", "suppressed", "", message=_reason(one))
    for problem in result.problems:
        yield _problem(problem)


def _case(finding: Finding, outcome: str, kind: str, text: str, *, message: str | None = None) -> _Case:
    return _Case(finding.path, finding.rule, finding.range, outcome, finding.message if message is None else message, kind, text)


def _reason(one: Suppressed) -> str:
    return f"suppressed: {one.reason}" if one.reason else "suppressed by a comment"


def _problem(problem: Problem) -> _Case:
    # What was found in the part that was examined stands; the rest is no error of the run.
    outcome = "skipped" if problem.kind is ProblemKind.ANALYSIS_INCOMPLETE else "error"
    text = "" if outcome == "skipped" else f"{printable(problem.path)}{_at(problem.range)}: {problem.message}"
    return _Case(problem.path, problem.kind.value, problem.range, outcome, problem.message, problem.kind.value, text)


def _details(finding: Finding) -> Iterator[str]:
    yield f"{printable(finding.path)}{_at(finding.range)}: {finding.severity.value}: {finding.message}"
    for number, hop in enumerate(finding.retention, 1):
        yield f"  {number}. {printable(hop.path)}{_at(hop.range)}: {hop.label}"
    if finding.help:
        yield f"help: {finding.help}"
    if verdict := finding.verdict:
        yield f"{verdict.status.value}{f' ({verdict.engine})' if verdict.engine else ''}: {verdict.reason}"
        yield from (f"  {line}" for line in verdict.evidence)


def _at(place: Range | None) -> str:
    return f":{place.start.line}:{place.start.column}" if place else ""


def _suite(path: str, cases: list[_Case]) -> Element:
    suite = Element("testsuite", {"name": _legal(printable(path)), **_counts(cases)})
    for case in cases:
        _add(suite, case)
    return suite


def _add(suite: Element, case: _Case) -> None:
    file = from_root(case.path, "CI_PROJECT_DIR")
    attributes = {"name": case.name + _at(case.place), "classname": printable(case.path), "time": "0"}
    if case.outcome:
        attributes["file"] = file
    if case.place:
        attributes["line"] = str(case.place.start.line)
    element = SubElement(suite, "testcase", {name: _legal(value) for name, value in attributes.items()})
    if case.outcome:
        told = SubElement(element, case.outcome, {"message": _legal(case.message), "type": case.kind})
        if case.outcome == "skipped":
            del told.attrib["type"]
        told.text = _legal(case.text) or None


def _counts(cases: list[_Case] | list[None]) -> dict[str, str]:
    counts = Counter(case.outcome for case in cases if case)
    shown = {"tests": len(cases), "failures": counts["failure"], "errors": counts["error"]}
    return {name: str(number) for name, number in shown.items()}


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
