"""Applies the edits of a fix to the text they were made for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from .findings import Edit
from .text import Position, SourceText

T = TypeVar("T")


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


def independent(text: str, changes: Iterable[tuple[T, Sequence[Edit]]]) -> list[tuple[T, Sequence[Edit]]]:
    """Of several changes to a text, those that can be made at once: each that touches none chosen before it.

    A change whose own edits overlap is left out, too.
    """
    source = SourceText(text, "")
    taken: list[tuple[int, int]] = []
    chosen: list[tuple[T, Sequence[Edit]]] = []
    for what, edits in changes:
        spans = sorted((source.offset(edit.range.start), source.offset(edit.range.end)) for edit in edits)
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            continue
        if not any(start <= last and first <= end for start, end in spans for first, last in taken):
            taken += spans
            chosen.append((what, edits))
    return chosen


def mover(text: str, edits: Sequence[Edit]) -> Callable[[Position], Position]:
    """What tells where a place of the text is once the edits are made; what is inserted right there goes before it.

    A place in what an edit replaces goes to where its replacement begins.
    """
    source, target = SourceText(text, ""), SourceText(apply(text, edits), "")
    changes = sorted((source.offset(edit.range.start), source.offset(edit.range.end), edit.text) for edit in edits)

    def move(place: Position) -> Position:
        at = source.offset(place)
        shift = 0
        for start, end, replacement in changes:
            if end <= at:
                shift += len(replacement) - (end - start)
            elif start <= at:
                shift += start - at
        return target.position(at + shift)

    return move


def moved(text: str, edits: Sequence[Edit], place: Position) -> Position:
    """Where one place of the text is once the edits are made, as ``mover`` tells it."""
    return mover(text, edits)(place)
