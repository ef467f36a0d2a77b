"""``--format text``: findings for people, grouped by file, each with its source and the path that keeps the object alive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from jsleak.analysis.findings import Finding, Hop, Problem, ProblemKind, Severity, Status
from jsleak.analysis.text import Position, Range
from jsleak.workspace.paths import printable

from ..lines import lines_to
from ..output import can_show, counted, visible
from .sources import Sources

if TYPE_CHECKING:
    from . import Report

SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_VERDICT_STYLES = {Status.CONFIRMED: "bold red", Status.REFUTED: "bold green", Status.INCONCLUSIVE: "bold magenta"}
_FRAME = "blue"
_SNIPPET = 60
_INDENT = "  "
_WHOLE_FILE = Range(Position(0, 0), Position(0, 0))


@dataclass(frozen=True, slots=True)
class _Marks:
    """The characters that frames are drawn with."""

    bar: str
    underline: str
    inside: str
    gap: str
    branch: str
    last: str
    ellipsis: str


_UNICODE = _Marks("│", "━", "┃", "⋮", "├─", "└─", "…")
_ASCII = _Marks("|", "^", "|", ".", "|-", "`-", "...")


def report(report: Report, stream: TextIO) -> None:
    """Write the result to a stream."""
    result = report.result
    if report.statistics:
        from .statistics import print_table

        if result.problems:
            _Printer(replace(report, result=replace(result, findings=())), stream).print_files()
        print_table(report, stream)
    elif result.findings or result.problems:
        _Printer(report, stream).print_files()
    if not report.quiet:
        for line in summary(report):
            print(line, file=stream)


def summary(report: Report) -> Iterator[str]:
    """The closing lines: what was found, in how many files, and what was left out."""
    result = report.result
    files = counted(result.files, "file")
    if result.findings:
        parts = [counted(number, severity.value) for severity in reversed(Severity) if (number := result.count(severity))]
        dirty = len({finding.path for finding in result.findings})
        found = counted(len(result.findings), "finding")
        yield f"Found {found} ({', '.join(parts)}) in {dirty} of {files}; {result.analysed} analysed."
    elif result.files or result.problems:
        yield f"Found nothing in {files}; {result.analysed} analysed."
    else:
        yield "Found no JavaScript files."
    yield from _about_fixes(report)
    if failed := sum(problem.kind is not ProblemKind.ANALYSIS_INCOMPLETE for problem in result.problems):
        yield f"{counted(failed, 'problem')}: what could not be examined is named above."
    if result.suppressed:
        yield f"{counted(len(result.suppressed), 'finding')} suppressed by comments (--ignore-suppressions shows them)."
    if result.known:
        yield f"{counted(len(result.known), 'finding')} known by the baseline."
    if result.gone:
        hint = "" if report.verbose else " (-v names them)"
        yield f"{counted(len(result.gone), 'finding')} of the baseline gone; `jsleak baseline` takes them out{hint}."
        if report.verbose:
            yield from (visible(f"  {printable(one.path)}: [{one.rule}] {one.message}") for one in result.gone)
    if result.skipped:
        yield f"{counted(len(result.skipped), 'file')} over {report.size_limit or 'the size limit'} skipped (--max-file-size)."


def _about_fixes(report: Report) -> Iterator[str]:
    """What was fixed, what could be, and what was not for a reason."""
    done = report.fixes
    counts = Counter(any(fix.safe for fix in one.fixes) for one in report.result.findings if one.fixes)
    safe, unsafe = counts[True], counts[False]
    if done is None:
        if safe and unsafe:
            yield f"{safe:,} fixable with --fix, {unsafe:,} more with --unsafe-fixes."
        elif safe or unsafe:
            yield f"{safe or unsafe:,} fixable with --fix{'' if safe else ' --unsafe-fixes'}."
        return
    yield f"{len(report.result.fixed):,} fixed, {len(report.result.findings):,} remaining."
    if done.refused:
        yield f"{done.refused:,} not fixed: with the fix the finding would stay, or another one come."
    if done.unproven:
        yield f"{done.unproven:,} not fixed: no experiment has shown that the fix works."
    elif unsafe and not done.unsafe:
        yield f"{unsafe:,} fixable with --unsafe-fixes."


class _Printer:
    def __init__(self, report: Report, stream: TextIO) -> None:
        self._lines = lines_to(stream, report.colour)
        self._marks = _UNICODE if can_show("│━┃⋮├└─…", stream) else _ASCII
        self._sources = Sources(report.sources)
        self._programs = report.programs
        items: list[Finding | Problem] = [*report.result.findings, *report.result.problems]
        self._items = sorted(
            items,
            key=lambda item: (item.path, item.range or _WHOLE_FILE),
        )

    def print_files(self) -> None:
        for path, items in groupby(self._items, key=lambda item: item.path):
            self._lines.line((visible(printable(path)), "bold underline"))
            for item in items:
                if isinstance(item, Finding):
                    self._finding(item)
                else:
                    self._problem(item)

    def _headline(self, place: Range | None, kind: str, style: str, name: str, message: str) -> None:
        where = f"{place.start.line}:{place.start.column} " if place else ""
        self._lines.message((_INDENT, (where, "cyan"), (kind, style), ("[" + name + "] ", style)), visible(message))

    def _paragraph(self, label: str, style: str, message: str) -> None:
        self._lines.paragraph((_INDENT * 2, (label, style)), visible(message))

    def _finding(self, finding: Finding) -> None:
        style = SEVERITY_STYLES[finding.severity]
        self._headline(finding.range, finding.severity.value, style, finding.rule, finding.message)
        gutter = self._excerpt(finding.path, finding.range, style)
        for index, hop in enumerate(finding.retention):
            self._hop(hop, finding.path, gutter, last=index == len(finding.retention) - 1)
        if finding.help:
            self._paragraph("help: ", "bold green", finding.help)
        if finding.verdict:
            verdict = finding.verdict
            engine = f"({verdict.engine}): " if verdict.engine else ""
            reason = "" if verdict.status is Status.CONFIRMED and verdict.evidence else verdict.reason
            label = verdict.status.value + (" " if engine else ": ")
            self._paragraph(label, _VERDICT_STYLES[verdict.status], (engine + reason).removesuffix(": "))
            for line in verdict.evidence:
                self._paragraph("  ", "", line)
            if self._programs:
                for line in verdict.program.splitlines():
                    self._lines.line(_INDENT * 2, (self._marks.bar + " ", _FRAME), visible(line))
        self._lines.line("")

    def _problem(self, problem: Problem) -> None:
        incomplete = problem.kind is ProblemKind.ANALYSIS_INCOMPLETE
        kind, style = ("note", "bold blue") if incomplete else ("problem", "bold magenta")
        first, *more = problem.message.split("\n")
        self._headline(problem.range, kind, style, problem.kind.value, first)
        for line in more:
            self._lines.line(_INDENT * 2, visible(line))
        if problem.range and problem.kind is not ProblemKind.NOT_TEXT:
            self._excerpt(problem.path, problem.range, style)
        self._lines.line("")

    def _excerpt(self, path: str, place: Range, style: str) -> int:
        """Print the lines of a place; the width of their numbers, which what follows is lined up with."""
        from .excerpt import excerpt

        gutter = max(len(str(place.end.line)), 3)
        source = self._sources.get(path)
        if source is None or place.start.line > len(source.line_starts):
            return gutter
        marks = self._marks
        for row in excerpt(source, place, max(self._lines.width - gutter - 6, 30), marks.ellipsis):
            number = marks.gap if row.number is None else str(row.number)
            frame = (f"{_INDENT}{number:>{gutter}} {marks.bar} ", _FRAME)
            if row.inside:
                self._lines.line(frame, (marks.inside + " ", style), row.text)
                continue
            self._lines.line(frame, row.text)
            if row.mark:
                start, width = row.mark
                blank = (f"{_INDENT}{'':>{gutter}} {marks.bar} ", _FRAME)
                self._lines.line(blank, " " * start, (marks.underline * width, style))
        return gutter

    def _hop(self, hop: Hop, path: str, gutter: int, *, last: bool) -> None:
        from .excerpt import snippet

        marks = self._marks
        where = f"{hop.range.start.line}:{hop.range.start.column}"
        if hop.path != path:
            where = f"{visible(printable(hop.path))}:{where}"
        label = visible(hop.label)
        source = self._sources.get(hop.path)
        code = snippet(source, hop.range, _SNIPPET, marks.ellipsis) if source else ""
        quoted = ("  " + code, "dim") if code and f"`{code}`" not in label else ""
        frame = (f"{_INDENT}{'':>{gutter}} {marks.last if last else marks.branch} ", _FRAME)
        self._lines.line(frame, (where + " ", "cyan"), label, quoted)
