"""A result as bytes, and back: JSON of arrays without names, behind a digest.

Not pickle, for which reading is running. Measured over the results of all rules' BAD examples: JSON by hand takes 53 µs to read one
back, msgspec 13, pickle 104. To load msgspec takes 27 ms more than to load ``json``, which is made good after 700 results only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jsleak.analysis.findings import Edit, Finding, Fix, Hop, Problem, ProblemKind, Severity, Suppressed
from jsleak.analysis.text import Position, Range

from ..examine import FileResult
from .basis import Link, digest

_DIGEST = 16


class BadEntry(ValueError):
    """The bytes are none that ``encode`` makes."""


def encode(result: FileResult) -> bytes:
    """What a run needs of a result, and what it depends on; not its outline nor its suppressions, which no run asks for."""
    assert result.basis is not None
    fields = [
        [_finding(one) for one in result.findings],
        [[one.path, one.kind, one.message, one.range and _range(one.range)] for one in result.problems],
        list(result.lends),
        [[_finding(one.finding), _range(one.comment), one.reason] for one in result.suppressed],
        [[one.importer, one.specifier, one.name, one.digest.hex()] for one in result.basis.links],
    ]
    # ASCII: a name that is not UTF-8 holds surrogates, which only an escape can write.
    data = json.dumps(fields, separators=(",", ":")).encode("ascii")
    return digest(data) + data


def decode(value: bytes) -> tuple[FileResult, tuple[Link, ...]]:
    """The result, and the modules it depends on. Raises BadEntry."""
    if not isinstance(value, bytes):
        raise BadEntry("no bytes")
    data = value[_DIGEST:]
    if digest(data) != value[:_DIGEST]:
        raise BadEntry("its digest is another")
    try:
        findings, problems, lends, suppressed, links = json.loads(data)
        result = FileResult(
            findings=tuple(_read_finding(one) for one in findings),
            problems=tuple(
                Problem(path, ProblemKind(kind), message, _read_range(place) if place else None)
                for path, kind, message, place in problems
            ),
            lends=tuple(lends),
            suppressed=tuple(Suppressed(_read_finding(one), _read_range(comment), reason) for one, comment, reason in suppressed),
        )
        return result, tuple(Link(importer, specifier, name, bytes.fromhex(known)) for importer, specifier, name, known in links)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadEntry(str(error)) from None


def _finding(finding: Finding) -> list[Any]:
    """All fields but the verdict: experiments come after the analysis, and are made anew."""
    return [
        finding.rule,
        finding.severity,
        finding.path,
        _range(finding.range),
        finding.message,
        finding.help,
        [[hop.label, hop.path, _range(hop.range)] for hop in finding.retention],
        [[fix.title, fix.safe, fix.reveals, [[_range(edit.range), edit.text] for edit in fix.edits]] for fix in finding.fixes],
    ]


def _read_finding(fields: Iterable[Any]) -> Finding:
    rule, severity, path, place, message, help_, retention, fixes = fields
    return Finding(
        rule,
        Severity(severity),
        path,
        _read_range(place),
        message,
        help_,
        tuple(Hop(label, where, _read_range(at)) for label, where, at in retention),
        tuple(Fix(title, safe, _read_edits(edits), reveals) for title, safe, reveals, edits in fixes),
    )


def _read_edits(edits: Iterable[Any]) -> tuple[Edit, ...]:
    return tuple(Edit(_read_range(at), text) for at, text in edits)


def _range(place: Range) -> list[int]:
    return [place.start.line, place.start.column, place.end.line, place.end.column]


def _read_range(numbers: Iterable[int]) -> Range:
    line, column, end_line, end_column = numbers
    return Range(Position(line, column), Position(end_line, end_column))
