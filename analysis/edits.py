"""Applies the edits of a fix to the text they were made for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .findings import Edit
from .text import Position, SourceText


class OverlappingEdits(ValueError):
    """Two edits change the same characters, so their order would matter."""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; their ranges are those of ``text`` as given, in any order.

    Insertions at one place keep the order they were given in. Raises OverlappingEdits where two ranges share a character, or where
    one inserts inside of the other.
    """
    source = SourceText(text, "")
    places = [(source.offset(edit.range.start), source.offset(edit.range.end), edit.text) for edit in edits]
    pieces: list[str] = []
    done = 0
    for start, end, replacement in sorted(places, key=lambda place: place[:2]):
        if start < done:
            raise OverlappingEdits(f"an edit at offset {start} starts inside of one that ends at {done}")
        pieces += (text[done:start], replacement)
        done = end
    return "".join([*pieces, text[done:]])


def moved(text: str, edits: Sequence[Edit], place: Position) -> Position:
    """Where a place of the text is once the edits are made; what is inserted right there goes before it.

    A place in what an edit replaces goes to where its replacement begins.
    """
    source = SourceText(text, "")
    at = source.offset(place)
    changes = sorted((source.offset(edit.range.start), source.offset(edit.range.end), edit.text) for edit in edits)
    shift = 0
    for start, end, replacement in changes:
        if end <= at:
            shift += len(replacement) - (end - start)
        elif start <= at:
            shift += start - at
    return SourceText(apply(text, edits), "").position(at + shift)
