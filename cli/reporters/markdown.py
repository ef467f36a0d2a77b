"""``--format markdown``: for comments on pull and merge requests, and for the summary of a job.

GitHub's and GitLab's dialects both read it. What comes from the source stands in code spans and blocks, or is escaped: it makes no
links, mentions nobody, and is no HTML. A comment may have 65,536 characters, so what is beyond that is counted, not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TextIO

from jsleak.analysis.findings import Finding, Hop, Problem, Severity, Status
from jsleak.workspace.paths import printable

from ..output import counted, visible
from . import Report
from .sources import Sources, unicode_only

_MOST_CHARACTERS = 60_000
_MOST_LINES = 6
_MOST_COLUMNS = 200
_MARKS = {Severity.ERROR: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
_VERDICTS = {Status.CONFIRMED: "confirmed", Status.REFUTED: "refuted", Status.INCONCLUSIVE: "inconclusive"}
_SPECIAL = re.compile(r"([\\*_\[\]#|~$!])")


def report(report: Report, stream: TextIO) -> None:
    """Write the summary, then the problems, then the findings by file."""
    room = _MOST_CHARACTERS
    for block in _head(report):
        stream.write(block + "\n")
        room -= len(block)
    sources = Sources(report.sources)
    left = len(report.result.findings)
    for path, findings in groupby(report.result.findings, key=lambda finding: finding.path):
        heading = f"\n### {_code(printable(path))}\n"
        for finding in findings:
            block = heading + "\n" + "\n".join(_finding(finding, sources))
            if (room := room - len(block)) < 0:
                stream.write(f"\n*… and {counted(left, 'further finding')}.*\n")
                return
            stream.write(unicode_only(block) + "\n")
            heading = ""
            left -= 1


def _head(report: Report) -> Iterator[str]:
    result = report.result
    if result.findings:
        counts = [
            f"{_MARKS[severity]} {counted(number, severity.value)}"
            for severity in reversed(Severity)
            if (number := result.count(severity))
        ]
        dirty = len({finding.path for finding in result.findings})
        found = counted(len(result.findings), "finding")
        yield f"## jsleak: {found} in {counted(dirty, 'file')}\n\n{' · '.join(counts)} · {counted(result.files, 'file')} examined"
    else:
        yield f"## jsleak: no findings\n\n{counted(result.files, 'file')} examined"
    left_out = [
        f"{counted(len(result.suppressed), 'finding')} suppressed by comments" if result.suppressed else "",
        f"{counted(len(result.known), 'finding')} known to the baseline" if result.known else "",
        f"{counted(len(result.skipped), 'file')} over {report.size_limit} skipped" if result.skipped else "",
    ]
    if any(left_out):
        yield "\n" + " · ".join(filter(None, left_out))
    if result.problems:
        yield f"\n### {counted(len(result.problems), 'problem')}\n"
        shown = result.problems[:50]
        yield from (_problem(problem) for problem in shown)
        if more := len(result.problems) - len(shown):
            yield f"- … and {counted(more, 'further problem')}"


def _problem(problem: Problem) -> str:
    where = f":{problem.range.start.line}:{problem.range.start.column}" if problem.range else ""
    first = problem.message.split("\n")[0]
    return unicode_only(f"- {_code(printable(problem.path) + where)} **{problem.kind.value}** {_prose(first)}")


def _finding(finding: Finding, sources: Sources) -> Iterator[str]:
    verdict = f" · **{_VERDICTS[finding.verdict.status]}**" if finding.verdict else ""
    place = f"{finding.range.start.line}:{finding.range.start.column}"
    yield f"{_MARKS[finding.severity]} **{place}** {finding.severity.value} `{finding.rule}`{verdict}  "
    yield _prose(finding.message)
    code = _excerpt(finding, sources)
    if code:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
        yield f"\n{fence}js\n{code}\n{fence}"
    if finding.help:
        yield f"\n💡 {_prose(finding.help)}"
    if finding.verdict and (told := finding.verdict.evidence or (finding.verdict.reason,)):
        engine = f" ({_prose(finding.verdict.engine)})" if finding.verdict.engine else ""
        yield f"\n<details><summary>Experiment: {_VERDICTS[finding.verdict.status]}{engine}</summary>\n"
        yield from (f"- {_prose(line)}" for line in told if line)
        yield "\n</details>"
    if finding.retention:
        yield "\n<details><summary>Step by step</summary>\n"
        yield from (_hop(number, hop, finding.path) for number, hop in enumerate(finding.retention, 1))
        yield "\n</details>"


def _hop(number: int, hop: Hop, path: str) -> str:
    where = f"{hop.range.start.line}:{hop.range.start.column}"
    return f"{number}. {_code(where if hop.path == path else f'{printable(hop.path)}:{where}')} {_prose(hop.label)}"


def _excerpt(finding: Finding, sources: Sources) -> str:
    """The lines of the place, cut where they are many or long."""
    source = sources.get(finding.path)
    if source is None:
        return ""
    first, last = finding.range.start.line, finding.range.end.line
    lines = [source.line(number) for number in range(first, min(last, first + _MOST_LINES - 1) + 1)]
    start = max(0, finding.range.start.column - 1 - _MOST_COLUMNS // 4) if len(lines[0]) > _MOST_COLUMNS else 0
    lines[0] = ("…" if start else "") + lines[0][start:]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    cut = [line[indent:][:_MOST_COLUMNS] + ("…" if len(line) - indent > _MOST_COLUMNS else "") for line in lines]
    return "\n".join([visible(line.expandtabs(4)).rstrip() for line in cut] + (["…"] if last - first >= _MOST_LINES else []))


def _prose(text: str) -> str:
    """A message: what stands in backticks stays code, everything else is text and nothing more."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # a backtick of the user's own
        return _plain("'".join(parts))
    return "".join(_code(part) if index % 2 else _plain(part) for index, part in enumerate(parts))


def _plain(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    # Neither has an escape; a comment of HTML is nothing that is seen, and no name any more.
    return text.replace("@", "@<!-- -->").replace("://", ":<!-- -->//")


def _code(text: str) -> str:
    """A code span, in as many backticks as it takes."""
    text = visible(text)
    if not text.strip():
        return f"`{text}`" if text else "` `"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"
