"""Pieces of source for people: a line with a place in it, cut to the width there is, in terminal cells."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size

from jsleak.analysis.text import Range, SourceText

from ..output import visible_cells

_TAB = 4
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an excerpt. ``mark`` are the first cell and the width of what to underline; ``number`` None is a gap.

    ``inside``: the whole line belongs to a place of several lines.
    """

    number: int | None
    text: str
    mark: tuple[int, int] | None = None
    inside: bool = False


def excerpt(source: SourceText, place: Range, width: int, ellipsis: str) -> list[Row]:
    """The lines of a place. A long one is cut around the place, a place of many lines loses its middle."""
    first, last = place.start.line, place.end.line
    line = source.line(first)
    end = place.end.column - 1 if last == first else len(line)
    rows = [_row(first, line, place.start.column - 1, end, width, ellipsis)]
    # A place that ends in front of a line's first character has nothing on that line.
    if last > first and place.end.column == 1:
        last -= 1
    numbers: list[int | None] = list(range(first + 1, last + 1))
    if len(numbers) >= _MOST_LINES:
        numbers = [numbers[0], None, numbers[-1]]
    for number in numbers:
        text = "" if number is None else _row(number, source.line(number), 0, 0, width - 2, ellipsis).text
        rows.append(Row(number, text, inside=True))
    return rows


def _row(number: int, line: str, start: int, end: int, width: int, ellipsis: str) -> Row:
    start = max(0, min(start, len(line)))
    end = max(start, min(end, len(line)))
    # Of a line of a megabyte only the neighbourhood is looked at.
    low, high = max(0, start - width), min(len(line), start + 2 * width)
    cells = _cells(line[low:high])
    first, last = start - low, min(end, high) - low
    left, right = _window(cells, first, last, width, cut_left=low > 0, cut_right=high < len(line), ellipsis=ellipsis)
    before = ellipsis if left > 0 or low > 0 else ""
    after = ellipsis if right < len(cells) or high < len(line) else ""
    text = before + "".join(cells[left:right]) + after
    column = cell_len(before) + sum(map(cell_len, cells[left:first]))
    marked = sum(map(cell_len, cells[first : min(last, right)]))
    return Row(number, text.rstrip(), (column, max(1, marked)))


def _window(
    cells: list[str], first: int, last: int, width: int, *, cut_left: bool, cut_right: bool, ellipsis: str
) -> tuple[int, int]:
    """Which characters to show: the marked ones, with a quarter of the width in front of them if the line is too long."""
    if not cut_left and not cut_right and sum(map(cell_len, cells)) <= width:
        return 0, len(cells)
    room = width - 2 * len(ellipsis)
    marked = sum(map(cell_len, cells[first:last]))
    spare = max(room // 4, min(room - marked, room // 2)) if marked < room else room // 4
    left = first
    while left > 0 and spare >= (size := cell_len(cells[left - 1])):
        left -= 1
        spare -= size
    room -= sum(map(cell_len, cells[left:first]))
    right = first
    while right < len(cells) and room >= (size := cell_len(cells[right])):
        right += 1
        room -= size
    return left, right


def _cells(text: str) -> list[str]:
    """What is shown for each character: tabs as spaces, what would steer the terminal as U+FFFD."""
    shown: list[str] = []
    column = 0
    for character in text:
        cell = " " * (_TAB - column % _TAB) if character == "\t" else visible_cells(character)
        shown.append(cell)
        column += cell_len(cell)
    return shown


def snippet(source: SourceText, place: Range, width: int, ellipsis: str) -> str:
    """The source of a place on one line, at most ``width`` cells."""
    start = source.offset(place.start)
    text = source.slice(start, min(source.offset(place.end), start + 4 * width))
    return shorten(visible_cells(" ".join(text.split())), width, ellipsis)


def shorten(text: str, width: int, ellipsis: str) -> str:
    """The text, cut at the end to ``width`` cells."""
    if cell_len(text) <= width:
        return text
    room = width - len(ellipsis)
    kept: list[str] = []
    for character in text:
        room -= get_character_cell_size(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ellipsis
