"""Severities by the engines that a project must run on: what is a blemish on most may crash one of them, and the reverse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jsleak.analysis.findings import Finding, Severity

from .defects import elsewhere, of_engines
from .versions import parse_engines


def for_engines(findings: Iterable[Finding], engines: str) -> tuple[Finding, ...]:
    """The findings, raised where an engine of the project has a defect that makes them worse, lowered where none has the defect
    that they are about. Raises VersionError for bad ranges. Done again, it changes nothing.

    ``engines`` is as `quickjs-ng >=0.6, node >=18`.
    """
    named = parse_engines(engines)
    present, absent = of_engines(named), elsewhere(named)
    changed: list[Finding] = []
    for finding in findings:
        severity, message = finding.severity, finding.message
        if defect := next((one for one in present if finding.rule in one.rules and one.severity), None):
            severity = max(Severity(defect.severity), severity, key=lambda one: one.rank)
            message = _with(message, f"{defect.versions} {defect.summary}.")
        elif defect := next((one for one in absent if finding.rule in one.rules), None):
            severity = min(Severity(defect.elsewhere), severity, key=lambda one: one.rank)
            message = _with(message, f"No engine that the project names does this: {', '.join(one.text for one in named)}.")
        changed.append(replace(finding, severity=severity, message=message))
    return tuple(changed)


def _with(message: str, sentence: str) -> str:
    return message if message.endswith(sentence) else f"{message} {sentence}"
