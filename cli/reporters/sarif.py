"""``--format sarif``: SARIF 2.1.0, the format of code scanning services and of many viewers.

Section numbers are those of the OASIS standard. Retention paths are code flows, findings that a comment or a baseline takes
away are suppressed results, what could not be examined is a notification of the one invocation. Objects are plain dictionaries:
the libraries that model the format are no longer kept, or weigh more than all of this; tests hold reports against the schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from jsleak import __version__
from jsleak.analysis.findings import Finding, Fix, Hop, Problem, ProblemKind, Severity, Suppressed, Verdict
from jsleak.analysis.text import Range
from jsleak.workspace import LintResult
from jsleak.workspace.paths import printable

from . import Report
from .sources import Sources, fingerprints_of, unicode_only

Json = dict[str, object]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "%SRCROOT%"  # the name that other tools use, too
_FINGERPRINT = "jsleak/v1"
_SETTINGS_KINDS = frozenset({ProblemKind.BAD_SETTINGS})
_MOST_CODE = 2000


def report(report: Report, stream: TextIO) -> None:
    """Write a log of one run."""
    log: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    stream.write(unicode_only(json.dumps(log, indent=1, ensure_ascii=False)) + "\n")


def _run(report: Report) -> Json:
    result = report.result
    comments = {id(one.finding): one for one in result.suppressed}
    known = {id(finding) for finding in result.known}
    findings = [*result.findings, *result.known, *(one.finding for one in result.suppressed)]
    findings.sort(key=lambda finding: (finding.path, finding.range, finding.rule))
    sources = Sources(report.sources)
    prints = fingerprints_of(report, sources, findings) if findings else {}
    rules = sorted({finding.rule for finding in findings})
    results = [
        {
            **_result(finding, rules.index(finding.rule), sources, programs=report.programs),
            "partialFingerprints": {_FINGERPRINT: prints[id(finding)]},
            "suppressions": _suppressions(comments.get(id(finding)), known=id(finding) in known),
        }
        for finding in findings
    ]
    return {
        "tool": {"driver": _driver(rules, result)},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {_ROOT: {"uri": Path.cwd().as_uri().removesuffix("/") + "/"}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r", "\u2028", "\u2029"],
        "results": results,
    }


def _driver(rules: Sequence[str], result: LintResult) -> Json:
    kinds = sorted({problem.kind for problem in result.problems})
    driver: Json = {"name": "jsleak", "version": __version__, "rules": [_rule(name) for name in rules]}
    return {**driver, "notifications": [{"id": kind.value} for kind in kinds]} if kinds else driver


def _rule(name: str) -> Json:
    """A reportingDescriptor (3.49), made from the rule's own file."""
    from jsleak.analysis.pages import markdown, sections
    from jsleak.analysis.rule import load_rules

    loaded = load_rules().get(name)
    if loaded is None:
        return {"id": name}
    rule, page = loaded.rule, markdown(loaded)
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": sections(loaded).get("What it does") or rule.summary},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["correctness", "memory-leak", "garbage-collection"], "precision": "high"},
    }


def _result(finding: Finding, rule_index: int, sources: Sources, *, programs: bool) -> Json:
    made: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}\n{finding.help}".rstrip()},
        "locations": [{"physicalLocation": _location(finding.path, finding.range, sources.code(finding.path, finding.range))}],
    }
    if finding.retention:
        made["codeFlows"] = [_code_flow(finding.retention)]
    if finding.fixes:
        made["fixes"] = [_fix(finding.path, fix) for fix in finding.fixes if fix.edits]
    if finding.verdict:
        made["properties"] = {"verdict": _verdict(finding.verdict, programs=programs)}
    return made


def _code_flow(hops: Sequence[Hop]) -> Json:
    """The retention path (3.36): one thread flow, from what holds to what is held."""
    steps = [{"location": {"physicalLocation": _location(hop.path, hop.range), "message": {"text": hop.label}}} for hop in hops]
    return {"message": {"text": "Step by step"}, "threadFlows": [{"locations": steps}]}


def _fix(path: str, fix: Fix) -> Json:
    replacements = [{"deletedRegion": _region(edit.range), "insertedContent": {"text": edit.text}} for edit in fix.edits]
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
        "properties": {"safe": fix.safe},
    }


def _verdict(verdict: Verdict, *, programs: bool) -> Json:
    shown: Json = {
        "status": verdict.status.value,
        "engine": verdict.engine,
        "reason": verdict.reason,
        "evidence": list(verdict.evidence),
        "fixes": [{"title": one.title, "outcome": one.outcome.value, "observed": one.observed} for one in verdict.fixes],
    }
    return {**shown, "program": verdict.program} if programs else shown


def _suppressions(comment: Suppressed | None, *, known: bool) -> list[Json]:
    """Empty for what stands: either all results of a run have the property or none has (3.27.23)."""
    if comment is not None:
        where = {"physicalLocation": _location(comment.finding.path, comment.comment)}
        made: Json = {"kind": "inSource", "location": where}
        return [{**made, "justification": comment.reason} if comment.reason else made]
    return [{"kind": "external", "justification": "known to the baseline"}] if known else []


def _invocation(report: Report) -> Json:
    """The run itself (3.20), with what kept files from being examined."""
    result = report.result
    made: Json = {"executionSuccessful": not result.failed, "workingDirectory": {"uri": Path.cwd().as_uri()}}
    about_settings = [_notification(problem) for problem in result.problems if problem.kind in _SETTINGS_KINDS]
    about_files = [_notification(problem) for problem in result.problems if problem.kind not in _SETTINGS_KINDS]
    about_files += [_skipped(path, report.size_limit) for path in result.skipped]
    if about_settings:
        made["toolConfigurationNotifications"] = about_settings
    if about_files:
        made["toolExecutionNotifications"] = about_files
    return made


def _notification(problem: Problem) -> Json:
    return {
        "descriptor": {"id": problem.kind.value},
        "level": "warning" if problem.kind is ProblemKind.ANALYSIS_INCOMPLETE else "error",
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": _location(problem.path, problem.range)}],
    }


def _skipped(path: str, limit: str) -> Json:
    text = f"skipped: the file is over {limit}" if limit else "skipped: the file is over the size limit"
    return {"level": "note", "message": {"text": text}, "locations": [{"physicalLocation": _location(path, None)}]}


def _location(path: str, place: Range | None, code: str = "") -> Json:
    location: Json = {"artifactLocation": _artifact(path)}
    if place is not None:
        snippet: Mapping[str, object] = {"snippet": {"text": code}} if code and len(code) <= _MOST_CODE else {}
        location["region"] = {**_region(place), **snippet}
    return location


def _region(place: Range) -> Json:
    """Lines and columns count from 1 and the end is excluded, as ours (3.30)."""
    start, end = place.start, place.end
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _artifact(path: str) -> Json:
    """Relative paths start from the working folder, which ``originalUriBaseIds`` names; others are whole addresses."""
    shown = printable(path)
    if Path(path).is_absolute():
        return {"uri": Path(shown).as_uri()}
    return {"uri": quote(shown), "uriBaseId": _ROOT}
