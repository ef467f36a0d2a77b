"""Positions of the protocol in each encoding, and the lines that only one side knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from jsleak.lsp.positions import Positions

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
TEXT = "a\t😀é\r\nb\u2028c\rd\n"
#: offset → (line, column in utf-8, in utf-16, in utf-32)
PLACES = [
    (0, 0, (0, 0, 0)),
    (1, 0, (1, 1, 1)),
    (2, 0, (2, 2, 2)),
    (3, 0, (6, 4, 3)),
    (4, 0, (8, 5, 4)),
    (6, 1, (0, 0, 0)),
    (7, 1, (1, 1, 1)),
    (8, 1, (4, 2, 2)),
    (9, 1, (5, 3, 3)),
    (10, 2, (0, 0, 0)),
    (12, 3, (0, 0, 0)),
]
#: a position that is nowhere → the offset that it stands for
OUTSIDE = [
    ("utf-16", (0, 99), 4),
    ("utf-16", (9, 0), 12),
    ("utf-16", (3, 7), 12),
    ("utf-16", (0, 3), 2),  # in the middle of 😀
    ("utf-8", (0, 3), 2),
    ("utf-8", (0, 7), 3),  # in the middle of é
]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_offsets_and_positions(encoding: str, place: tuple[int, int, tuple[int, int, int]]) -> None:
    offset, line, columns = place
    position = types.Position(line, columns[ENCODINGS.index(encoding)])
    positions = Positions(TEXT, encoding)
    assert positions.position(offset) == position
    assert positions.offset(position) == offset


@pytest.mark.parametrize(("encoding", "place", "offset"), OUTSIDE)
def test_positions_outside_are_kept_inside(encoding: str, place: tuple[int, int], offset: int) -> None:
    assert Positions(TEXT, encoding).offset(types.Position(*place)) == offset


def test_ranges_of_the_analysis_have_lines_of_their_own() -> None:
    positions = Positions(TEXT, "utf-16")
    range_ = positions.source.range(8, 9)
    assert (range_.start.line, range_.start.column) == (3, 1)
    assert positions.range(range_) == types.Range(types.Position(1, 2), types.Position(1, 3))
    assert positions.to_range(positions.range(range_)) == range_


texts = st.text(alphabet="ab\r\n\u2028\x0c\x85😀é\ud800", max_size=30)


@given(texts, texts, st.data())
def test_lines_after_an_edit_are_those_of_the_new_text(text: str, replacement: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    positions = Positions(text, "utf-16")
    assert positions.line_starts  # found before the edit, so that they are carried over
    after = positions.replaced(start, end, replacement)
    fresh = Positions(text[:start] + replacement + text[end:], "utf-16")
    assert (after.text, after.line_starts) == (fresh.text, fresh.line_starts)


@given(texts, st.sampled_from(ENCODINGS))
def test_each_offset_comes_back(text: str, encoding: str) -> None:
    positions = Positions(text, encoding)
    inside = [at for at in range(len(text) + 1) if text[at - 1 : at + 1] != "\r\n"]
    assert [positions.offset(positions.position(at)) for at in inside] == inside
