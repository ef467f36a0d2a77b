"""What the page shows: facts of a report, in the words and order of the page. No markup but that of pictures and rules' pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from markupsafe import Markup

from jsleak import __version__
from jsleak.analysis.findings import Finding, Fix, FixTrial, Hop, Severity, Status
from jsleak.analysis.text import Range
from jsleak.workspace import LintResult
from jsleak.workspace.paths import printable
from jsleak.workspace.picture import picture

from ...output import counted, visible
from .. import Report
from ..sources import Sources, fingerprints_of, unicode_only
from .code import Code, Line

NO_VERDICT = "not tested"
_SHOWN_SECTIONS = ("What it does", "Why it matters", "How to fix it")
_CODE_OF_HOP = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A hop of the retention path."""

    place: str
    label: str
    code: str


@dataclass(frozen=True, slots=True)
class Item:
    """A finding. ``id`` is its place in the page and stays from report to report, as its fingerprint does."""

    id: str
    finding: Finding
    path: str
    place: str
    verdict: str
    reason: str
    excerpt: list[Line]
    steps: tuple[Step, ...]
    picture: Markup
    fixes: tuple[tuple[Fix, FixTrial | None], ...]


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule that some finding has, with the ids and places of those."""

    name: str
    summary: str
    severity: str
    sections: tuple[tuple[str, Markup], ...]
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file with findings; ``id`` is that of its section."""

    id: str
    path: str
    count: int


@dataclass(frozen=True)
class Page:
    """All of the page but its findings, which are made one by one."""

    report: Report
    version: str
    title: str
    counts: tuple[tuple[Severity, int], ...]
    verdicts: tuple[tuple[str, int], ...]
    files: tuple[FileEntry, ...]
    rules: tuple[RuleEntry, ...]
    ids: Mapping[int, str]

    @property
    def result(self) -> LintResult:
        return self.report.result

    def by_file(self) -> Iterator[tuple[FileEntry, Iterator[Item]]]:
        """The findings of each file, in order."""
        sources = Sources(self.report.sources)
        groups = groupby(self.result.findings, key=lambda finding: finding.path)
        for entry, (path, findings) in zip(self.files, groups, strict=True):
            source = sources.get(path)
            code = Code(source) if source else None
            yield entry, (_item(finding, self.ids[id(finding)], code, sources) for finding in findings)

    def suppressed(self) -> Iterator[tuple[str, Finding, str]]:
        """Place, finding and reason of what comments suppress."""
        for one in self.result.suppressed:
            yield _place(one.finding.path, one.finding.range), one.finding, one.reason

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Place, kind and message of what could not be examined."""
        for problem in self.result.problems:
            yield _place(problem.path, problem.range), problem.kind.value, problem.message


def page(report: Report) -> Page:
    """The page of a report."""
    result = report.result
    prints = fingerprints_of(report, Sources(report.sources), result.findings) if result.findings else {}
    ids = {key: f"f-{print_}" for key, print_ in prints.items()}
    groups = [(path, len(list(findings))) for path, findings in groupby(result.findings, key=lambda finding: finding.path)]
    verdicts = [_verdict(finding) for finding in result.findings]
    names = (*(status.value for status in Status), NO_VERDICT)
    return Page(
        report,
        __version__,
        f"{counted(len(result.findings), 'finding')} in {counted(result.files, 'file')}",
        tuple((severity, result.count(severity)) for severity in reversed(Severity)),
        tuple((name, verdicts.count(name)) for name in names if name in verdicts),
        tuple(FileEntry(f"file-{index}", printable(path), count) for index, (path, count) in enumerate(groups, 1)),
        tuple(_rules(result, ids)),
        ids,
    )


def prose(text: str) -> Markup:
    """A message: what stands in backticks is code, all of it is escaped."""
    parts = shown(text).split("`")
    if len(parts) % 2 == 0:  # a backtick of the user's own
        return Markup.escape("`".join(parts))
    return Markup("").join(Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts))


def shown(text: str) -> str:
    """The text without what would turn its order round."""
    return unicode_only("\n".join(visible(line) for line in text.split("\n")))


def _rules(result: LintResult, ids: Mapping[int, str]) -> Iterator[RuleEntry]:
    from jsleak.analysis.pages import sections
    from jsleak.analysis.rule import load_rules

    by_rule: dict[str, list[Finding]] = {}
    for finding in result.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for name in sorted(by_rule, key=lambda name: (-max(one.severity.rank for one in by_rule[name]), name)):
        found = by_rule[name]
        loaded = load_rules().get(name)
        parts = sections(loaded) if loaded else {}
        yield RuleEntry(
            name,
            loaded.rule.summary if loaded else "",
            max(found, key=lambda one: one.severity.rank).severity.value,
            tuple((title, _rendered(parts[title])) for title in _SHOWN_SECTIONS if title in parts),
            tuple((ids[id(one)], _place(one.path, one.range)) for one in found),
        )


@cache
def _rendered(text: str) -> Markup:
    """Markdown of a rule's page as HTML. Rules are ours, their pages are trusted; HTML in them is escaped all the same."""
    from markdown_it import MarkdownIt

    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))


def _item(finding: Finding, id_: str, code: Code | None, sources: Sources) -> Item:
    trials = finding.verdict.fixes if finding.verdict else ()
    drawn = picture(finding, sources.code) if finding.retention else None
    return Item(
        id_,
        finding,
        printable(finding.path),
        f"{finding.range.start.line}:{finding.range.start.column}",
        _verdict(finding),
        _reason(finding),
        code.excerpt(finding.range) if code else [],
        tuple(_step(hop, finding.path, sources) for hop in finding.retention),
        Markup(drawn.svg) if drawn else Markup(""),
        tuple((fix, trials[index] if index < len(trials) else None) for index, fix in enumerate(finding.fixes)),
    )


def _step(hop: Hop, path: str, sources: Sources) -> Step:
    place = f"{hop.range.start.line}:{hop.range.start.column}"
    code = " ".join(sources.code(hop.path, hop.range).split())
    code = code if len(code) <= _CODE_OF_HOP else code[:_CODE_OF_HOP] + "…"
    return Step(
        place if hop.path == path else f"{printable(hop.path)}:{place}", hop.label, "" if f"`{code}`" in hop.label else code
    )


def _place(path: str, place: Range | None) -> str:
    return printable(path) + (f":{place.start.line}:{place.start.column}" if place else "")


def _verdict(finding: Finding) -> str:
    return finding.verdict.status.value if finding.verdict else NO_VERDICT


def _reason(finding: Finding) -> str:
    """Why the verdict is what it is; nothing where the evidence says the same."""
    verdict = finding.verdict
    return "" if verdict is None or (verdict.status is Status.CONFIRMED and verdict.evidence) else verdict.reason
