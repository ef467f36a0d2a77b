"""What is written can be read back; what was not written is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis.findings import Edit, Finding, Fix, Hop, Problem, ProblemKind, Severity, Suppressed
from jsleak.analysis.text import Position, Range
from jsleak.workspace.cache.basis import Basis, Link, digest
from jsleak.workspace.cache.encoding import BadEntry, decode, encode
from jsleak.workspace.examine import FileResult

# With lone surrogates: paths have them for bytes that are not UTF-8.
TEXT = st.text(st.characters(), max_size=12)
NUMBERS = st.integers(1, 1 << 40)
RANGES = st.builds(Range, st.builds(Position, NUMBERS, NUMBERS), st.builds(Position, NUMBERS, NUMBERS))


def several(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=3).map(tuple)


FIXES = st.builds(Fix, TEXT, st.booleans(), several(st.builds(Edit, RANGES, TEXT)))
FINDINGS = st.builds(
    Finding, TEXT, st.sampled_from(Severity), TEXT, RANGES, TEXT, TEXT, several(st.builds(Hop, TEXT, TEXT, RANGES)), several(FIXES)
)
RESULTS = st.builds(
    FileResult,
    findings=several(FINDINGS),
    problems=several(st.builds(Problem, TEXT, st.sampled_from(ProblemKind), TEXT, st.none() | RANGES)),
    lends=several(TEXT),
    suppressed=several(st.builds(Suppressed, FINDINGS, RANGES, TEXT)),
    basis=st.builds(Basis, st.just(b""), st.none(), several(st.builds(Link, TEXT, TEXT, st.none() | TEXT, st.binary(max_size=16)))),
)


@given(result=RESULTS)
def test_there_and_back(result: FileResult) -> None:
    assert result.basis is not None
    assert decode(encode(result)) == (replace(result, basis=None), result.basis.links)


@given(result=RESULTS, data=st.data())
def test_torn(result: FileResult, data: st.DataObject) -> None:
    value = encode(result)
    cut = data.draw(st.integers(0, len(value) - 1))
    flipped = bytearray(value)
    flipped[cut] ^= 1 << data.draw(st.integers(0, 7))
    for torn in (value[:cut], bytes(flipped)):
        with pytest.raises(BadEntry):
            decode(torn)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[[],[],[],[]]", "[1,[],[],[],[]]", '[[["a"]],[],[],[],[]]', "[" * 100_000, "\xff"]
)
def test_foreign(text: str) -> None:
    data = text.encode("latin-1")
    with pytest.raises(BadEntry):
        decode(digest(data) + data)


def test_no_field_is_forgotten() -> None:
    """Who adds a field to one of these has to write it down in ``encoding`` (and give NAME of ``store`` the next number)."""
    fields = {kind.__name__: list(kind.__dataclass_fields__) for kind in (Finding, Hop, Fix, Edit, Problem, Suppressed, FileResult)}
    assert fields == {
        "Finding": ["rule", "severity", "path", "range", "message", "help", "retention", "fixes", "verdict"],
        "Hop": ["label", "path", "range"],
        "Fix": ["title", "safe", "edits", "reveals"],
        "Edit": ["range", "text"],
        "Problem": ["path", "kind", "message", "range"],
        "Suppressed": ["finding", "comment", "reason"],
        "FileResult": ["findings", "problems", "lends", "outline", "suppressed", "suppressions", "basis"],
    }
