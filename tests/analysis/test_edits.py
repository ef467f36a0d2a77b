"""Edits made in a text."""

from __future__ import annotations

import pytest

from jsleak.analysis.edits import OverlappingEdits, apply
from jsleak.analysis.findings import Edit
from jsleak.analysis.text import Position, Range


def edit(start: tuple[int, int], end: tuple[int, int], text: str) -> Edit:
    return Edit(Range(Position(*start), Position(*end)), text)


def test_edits_in_any_order() -> None:
    edits = [edit((2, 1), (2, 4), "three"), edit((1, 1), (1, 4), "1"), edit((1, 5), (1, 5), "+ ")]
    assert apply("one two\nsix\n", edits) == "1 + two\nthree\n"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply("ab", [edit((1, 2), (1, 2), "1"), edit((1, 2), (1, 2), "2")]) == "a12b"


def test_edits_that_touch() -> None:
    assert apply("abcd", [edit((1, 1), (1, 3), "x"), edit((1, 3), (1, 5), "y"), edit((1, 3), (1, 3), "-")]) == "x-y"


def test_lines_and_characters_are_those_of_the_language() -> None:
    assert apply("\U0001f600a\u2028b\r\nc", [edit((1, 2), (1, 3), "x"), edit((2, 1), (3, 1), "")]) == "\U0001f600x\u2028c"


@pytest.mark.parametrize(
    "edits",
    [
        [edit((1, 1), (1, 3), ""), edit((1, 2), (1, 4), "")],
        [edit((1, 1), (1, 3), ""), edit((1, 2), (1, 2), "x")],
        [edit((1, 1), (1, 3), ""), edit((1, 1), (1, 2), "")],
    ],
)
def test_overlaps_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(OverlappingEdits):
        apply("abcdef", edits)
