"""Severities by the engines that a project must run on: what is a blemish on most may crash one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jsleak.analysis.findings import Finding, Severity

from .defects import of_engines
from .versions import parse_engines


def for_engines(findings: Iterable[Finding], engines: str) -> tuple[Finding, ...]:
    """The findings, raised where an engine of the project has a defect that makes them worse. Raises VersionError for bad ranges.

    ``engines`` is as `quickjs-ng >=0.6, node >=18`.
    """
    defects = of_engines(parse_engines(engines))
    raised: list[Finding] = []
    for finding in findings:
        defect = next((one for one in defects if finding.rule in one.rules and one.severity), None)
        if defect is None:
            raised.append(finding)
            continue
        severity = max(Severity(defect.severity), finding.severity, key=lambda one: one.rank)
        message = f"{finding.message} {defect.versions} {defect.summary}."
        raised.append(replace(finding, severity=severity, message=message))
    return tuple(raised)
