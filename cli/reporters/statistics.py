"""``--statistics``: how many findings each rule has, and how many of them have fixes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from jsleak.analysis.findings import Finding, Severity

from ..lines import lines_to

if TYPE_CHECKING:
    from . import Report


@dataclass(frozen=True, slots=True)
class Row:
    """The findings of a rule that have one severity. ``fixable`` have a safe fix, ``unsafely_fixable`` none but unsafe ones."""

    rule: str
    severity: Severity
    count: int
    fixable: int
    unsafely_fixable: int


def by_rule(findings: Iterable[Finding]) -> list[Row]:
    """A row for each rule and severity, most findings first."""
    groups: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.severity), []).append(finding)
    rows = [_row(rule, severity, group) for (rule, severity), group in groups.items()]
    return sorted(rows, key=lambda row: (-row.count, -row.severity.rank, row.rule))


def _row(rule: str, severity: Severity, group: list[Finding]) -> Row:
    safe = sum(any(fix.safe for fix in one.fixes) for one in group)
    return Row(rule, severity, len(group), safe, sum(bool(one.fixes) for one in group) - safe)


def print_table(report: Report, stream: TextIO) -> None:
    """Write a line for each row to a stream."""
    rows = by_rule(report.result.findings)
    if not rows:
        return
    from .text import SEVERITY_STYLES

    lines = lines_to(stream, report.colour)
    digits = max(len(f"{row.count:,}") for row in rows)
    width = max(len(row.rule) for row in rows)
    for row in rows:
        fixable = [f"{row.fixable:,} fixable"] if row.fixable else []
        fixable += [f"{row.unsafely_fixable:,} fixable unsafely"] if row.unsafely_fixable else []
        lines.line(
            f"{row.count:>{digits},}  ",
            (f"{row.severity.value:<7}", SEVERITY_STYLES[row.severity]),
            f"  {row.rule:<{width}}  {', '.join(fixable)}".rstrip(),
        )
