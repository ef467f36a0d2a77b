"""``--format ndjson``: an object on each line, with its ``type``; findings first, the summary last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from jsleak import __version__
from jsleak.workspace.paths import printable

from . import Report
from .json_format import Json, finding_json, problem_json, range_json, summary_json


def report(report: Report, stream: TextIO) -> None:
    """Write the result to a stream. ASCII only, so that no encoding can spoil it."""
    stream.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[Json]:
    result = report.result
    for finding in result.findings:
        yield {"type": "finding", **finding_json(finding, programs=report.programs)}
    for one in result.suppressed:
        found = finding_json(one.finding, programs=report.programs)
        yield {"type": "suppressed", **found, "comment": range_json(one.comment), "reason": one.reason}
    for finding in result.known:
        yield {"type": "known", **finding_json(finding, programs=report.programs)}
    for problem in result.problems:
        yield {"type": "problem", **problem_json(problem)}
    for path in result.skipped:
        yield {"type": "skipped", "path": printable(path)}
    yield {"type": "summary", "version": 1, "tool": {"name": "jsleak", "version": __version__}, **summary_json(result)}
