"""``run --format text``: leaks first, each with its source, then a table of the registrations."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from jsleak.engine.growth import Growth
from jsleak.engine.leaks import Leak, Place, RunReport
from jsleak.workspace.paths import printable

from ..lines import Part, lines_to
from ..output import can_show, visible

_MOST_ROWS = 50
_MOST_LEAKS = 20
_HEADS = ("site", "held", "target", "callback", "")
_WEAKREF_HEADS = ("WeakRef", "target", "derefs", "")


def report(reports: Sequence[RunReport], problems: Sequence[tuple[str, str]], *, colour: str, quiet: bool) -> None:
    """Write the result to standard output."""
    printer = _Printer(colour, quiet)
    for one in reports:
        printer.run(one)
    for path, message in problems:
        printer.line((visible(printable(path)), "bold underline"))
        printer.line("  ", ("problem ", "bold magenta"), visible(message))
    if not quiet:
        print("\n".join(_summary(reports, problems)))


def _summary(reports: Sequence[RunReport], problems: Sequence[tuple[str, str]]) -> Iterator[str]:
    leaks = sum(len(one.leaks) for one in reports)
    registrations = sum(len(one.registrations) for one in reports)
    ran = sum(one.ran for one in reports)
    found = f"Found {_count(leaks, 'leak')}" if leaks else "Found no leaks"
    yield f"{found} in {_count(ran, 'run')}, {_count(registrations, 'registration')}."
    if failed := len(problems) + len(reports) - ran:
        yield f"{_count(failed, 'problem')}: what could not be run is named above."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _Printer:
    def __init__(self, colour: str, quiet: bool) -> None:
        self.lines = lines_to(None, colour)
        self.quiet = quiet
        fancy = can_show("│━…", sys.stdout)
        self.bar, self.underline, self.ellipsis = ("│", "━", "…") if fancy else ("|", "^", "...")

    def line(self, *parts: Part) -> None:
        self.lines.line(*parts)

    def run(self, report: RunReport) -> None:
        self.line((visible(printable(report.path)), "bold underline"), (f"  on {report.engine}", "dim"))
        self.completion(report)
        for leak, times in list(Counter(report.leaks).items())[:_MOST_LEAKS]:
            self.leak(report, leak, times)
        if (more := len(set(report.leaks)) - _MOST_LEAKS) > 0:
            self.line(f"  and {_count(more, 'more leak')}")
        self.registrations(report)
        self.weakrefs(report)
        for line in report.growth:
            if line.grows or line.what in ("registrations", "memory"):
                self.growth(line)
        for defect in report.defects:
            said = f"{defect.message} Engines with it: {', '.join(defect.engines)}."
            self.line("  ", (f"engine defect[{defect.id}]: ", "bold blue"), visible(said))
        for note in report.notes:
            self.line("  ", ("note: ", "bold blue"), visible(note))
        if report.output and not self.quiet:
            self.line("  ", ("printed:", "dim"))
            for text in report.output.splitlines()[:_MOST_ROWS]:
                self.line("    ", (visible(text), "dim"))
        self.line("")

    def completion(self, report: RunReport) -> None:
        if report.completion == "normal" and not report.reason:
            return
        style = "bold yellow" if report.ran else "bold magenta"
        where = f"{self.where(report.place, report.path)} " if report.place else ""
        said = ": ".join(part for part in (report.error, report.reason) if part)
        self.line("  ", (where, "cyan"), (report.completion, style), f" {visible(said)}")
        if report.place:
            self.excerpt(report, report.place, style)

    def leak(self, report: RunReport, leak: Leak, times: int) -> None:
        where = f"{self.where(leak.place, report.path)} " if leak.place else ""
        often = f" ({times} times)" if times > 1 else ""
        self.line("  ", (where, "cyan"), (f"leak[{leak.kind}] ", "bold red"), visible(leak.message), often)
        if leak.place:
            self.excerpt(report, leak.place, "bold red")
        if leak.engines:
            self.line("    ", ("aborts on: ", "bold green"), "; ".join(leak.engines))

    def where(self, place: Place, path: str) -> str:
        start = f"{place.range.start.line}:{place.range.start.column}"
        return start if place.path == path else f"{visible(printable(place.path))}:{start}"

    def excerpt(self, report: RunReport, place: Place, style: str) -> None:
        from .excerpt import excerpt

        source = next((source for source in report.sources if source.path == place.path), None)
        if source is None:
            return
        gutter = max(len(str(place.range.end.line)), 3)
        for row in excerpt(source, place.range, max(self.lines.width - gutter - 6, 30), self.ellipsis):
            self.line((f"  {row.number or '':>{gutter}} {self.bar} ", "blue"), row.text)
            if row.mark:
                start, width = row.mark
                self.line((f"  {'':>{gutter}} {self.bar} ", "blue"), " " * start, (self.underline * width, style))

    def registrations(self, report: RunReport) -> None:
        """A row for each registration, equal ones in one; those that leak first."""
        leaking = {leak.place for leak in report.leaks if leak.place}
        rows: Counter[tuple[str, ...]] = Counter()
        # There may be a hundred thousand: they are put in order only where that changes something.
        ordered = sorted(report.registrations, key=lambda pair: pair[1] not in leaking) if leaking else report.registrations
        for registration, place in ordered:
            site = self.where(place, report.path) if place else "?"
            state = "unregistered" if registration.unregistered else "threw" if registration.threw else ""
            rows[(site, registration.held, registration.target, registration.callback, state)] += 1
        self.table(_HEADS, rows)

    def weakrefs(self, report: RunReport) -> None:
        """A row for each WeakRef, equal ones in one."""
        rows: Counter[tuple[str, ...]] = Counter()
        for reference, place in report.weakrefs:
            empty = f"{reference.empty_derefs:,} gave undefined" if reference.empty_derefs else ""
            rows[(self.where(place, report.path) if place else "?", reference.target, f"{reference.derefs:,}", empty)] += 1
        self.table(_WEAKREF_HEADS, rows)

    def table(self, heads: tuple[str, ...], rows: Counter[tuple[str, ...]]) -> None:
        """Rows with how often each was seen; the last column is for remarks."""
        if not rows:
            return
        last = len(heads) - 1
        shown = [
            (*row[:last], " ".join(filter(None, (row[last], f"× {times:,}" if times > 1 else "")))) for row, times in rows.items()
        ]
        widths = [max(len(row[index]) for row in (heads, *shown)) for index in range(last)]
        self.line("  ", ("  ".join(f"{head:<{width}}" for head, width in zip(heads, widths, strict=False)), "bold"))
        for row in shown[:_MOST_ROWS]:
            cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
            self.line("  ", f"{cells}  {row[last]}".rstrip())
        if len(shown) > _MOST_ROWS:
            self.line(f"  and {len(shown) - _MOST_ROWS:,} more rows")

    def growth(self, line: Growth) -> None:
        unit = " bytes" if line.what == "memory" else ""
        name = f"{line.what} {line.site}".rstrip()
        style = "bold red" if line.grows else "dim"
        what = f"{line.slope:+,.2f}{unit} for each call ({line.first:,.0f} to {line.last:,.0f} in {line.turns})"
        self.line("  ", (f"{name}: ", "bold"), (what, style))
