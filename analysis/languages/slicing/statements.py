"""The statements of a text and of the wrappers in it, and which of them can matter.

A bundle is mostly functions, but between them stand tables, assignments and declarations by the thousand. A statement there can go
if it holds no function that is kept and no word of the protocol, declares no name that kept code mentions, and changes no variable
and no property that kept code mentions. Each statement that stays is kept code itself, until nothing new is mentioned.

What decides how a wrapper runs (`return`, `throw`, `await`, imports and exports, directives) always stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from .closure import CHANGED, USES, WRAPPER, Kept, is_seed
from .functions import Outline, Unit

#: Statements that can go as a whole.
_ALONE = frozenset(
    {
        "expression_statement",
        "variable_declaration",
        "lexical_declaration",
        "function_declaration",
        "generator_function_declaration",
        "class_declaration",
        "if_statement",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "switch_statement",
        "try_statement",
        "statement_block",
        "labeled_statement",
    }
)
_DECLARATIONS = frozenset({"variable_declaration", "lexical_declaration"})
#: What a statement with this in it is needed for, whatever it mentions: the way of control, and other modules.
_DECIDES = re.compile(rb"\b(?:return|throw|await|yield)\b|\brequire\s*\(\s*[\"'`]\.|\bimport\b")
_STRING = re.compile(rb"[\"']")
_ASSIGNED = re.compile(rb"\s*(?:\?\?|\|\|)?=(?![=>])")


@dataclass(eq=False, slots=True)
class Part:
    """A statement, or a piece of one that can go alone: the value of one declaration of several, an operand of a comma.

    ``cut`` is where that piece begins, ``filler`` what stands for it.
    """

    start: int
    end: int
    cut: int
    filler: str
    stays: bool


class Parts:
    """The parts of each wrapper that is not left out."""

    def __init__(self, outline: Outline, kept: Kept, around: set[Unit]) -> None:
        self.outline = outline
        self.kept_units = kept.units
        self.around = around
        self.of: dict[Unit, list[Part]] = {}
        self.kept: dict[Part, None] = {}
        self._places = kept.places
        self._lost = kept.lost
        self._starts: dict[Unit, list[int]] = {}
        for unit in outline.units:
            block = outline.block(unit) if unit in around and (unit.parent is None or unit.size > WRAPPER) else None
            if block is not None and self._is_wrapper(unit):
                parts = list(_parts(block, outline.data))
                self.of[unit] = parts
                self._starts[unit] = [part.start for part in parts]
        self._variables: set[tuple[bytes, Unit, bool]] = set()
        self._properties: set[bytes] = set()
        self._named: set[bytes] = set().union(*(outline.declared(unit) for unit in self.of))
        self._pending: list[Part] = []

    def _is_wrapper(self, unit: Unit) -> bool:
        """Whether a function's own statements may go: it is mostly other functions, and registers nothing itself."""
        if unit.parent is None:
            return True
        own = unit.size
        end = 0
        for inner in self.outline.inside(unit)[1:]:
            if inner.start >= end:
                own -= inner.size
                end = inner.end
        if own > unit.size / 2:
            return False
        registers = (place for word in (b"register", b"unregister") for place in self.outline.places(word, unit))
        return not any(self.outline.at(place) is unit for place in registers)

    def part_at(self, unit: Unit, offset: int) -> Part | None:
        """The part of a wrapper that an offset is in."""
        parts = self.of[unit]
        index = bisect_right(self._starts[unit], offset) - 1
        return parts[index] if index >= 0 and offset < parts[index].end else None

    # The closure

    def compute(self) -> Parts:
        """Keep all that can matter."""
        outline = self.outline
        for unit, parts in self.of.items():
            for part in parts:
                if part.stays or self._decides(part):
                    self._keep(part)
            if unit.parent is None:
                self._keep_registering(unit, parts)
        for word in outline.words:
            if is_seed(word):
                for offset in outline.words[word]:
                    if not outline.is_head(offset):
                        self._keep_at(offset)
        for place in self._places:
            self._keep_at(place)
        for unit in self.around:
            self._keep_at(unit.start, unit.parent)
        end = 0
        for unit in outline.units:
            if unit in self.around and unit.start >= end:
                if unit in self.of:
                    if unit.parent is not None:
                        self._read(outline.written(unit.start, unit.body[0]), near=False)
                elif unit in self.kept_units:
                    wraps = unit.size > WRAPPER
                    self._read(self._own(unit.start, unit.end) if wraps else outline.written(unit.start, unit.end), near=True)
                    end = end if wraps else unit.end
                else:
                    self._read(self._own(unit.body[0], unit.body[1]), near=False)
                    self._read(outline.written(unit.start, unit.body[0]), near=False)
        while self._pending:
            part = self._pending.pop()
            self._read(self._own(part.start, part.end), near=False)
        return self

    def _decides(self, part: Part) -> bool:
        """Whether a part says how its wrapper goes on, outside of the functions in it."""
        return any(
            self.outline.at(match.start()) in self.of for match in _DECIDES.finditer(self.outline.data, part.start, part.end)
        )

    def _keep_registering(self, unit: Unit, parts: list[Part]) -> None:
        """Keep the statements from the first to the last that registers: what stands between may throw."""
        places = [
            place
            for word in (b"register", b"unregister")
            for place in self.outline.words.get(word, ())
            if self.outline.is_property(place) and self.outline.at(place) is unit
        ]
        if places:
            first, last = min(places), max(places)
            for part in parts:
                if part.end > first - 2000 and part.start < last + 2000:
                    self._keep(part)

    def _keep(self, part: Part) -> None:
        if part not in self.kept:
            self.kept[part] = None
            self._pending.append(part)

    def _keep_at(self, offset: int, unit: Unit | None = None) -> None:
        """Keep the parts around an offset, of whichever wrappers."""
        unit = unit or self.outline.at(offset)
        current: Unit | None = unit
        while current is not None:
            if current in self.of and (part := self.part_at(current, offset)) is not None:
                self._keep(part)
            current = current.parent

    def _own(self, start: int, end: int) -> Iterator[tuple[bytes, int]]:
        """The words of a stretch that stand in no body of a function within."""
        outline = self.outline
        done = start
        for inner in outline.starting(start, end):
            if inner.start >= done and inner.body[1] <= end and inner.body[0] > start:
                yield from outline.written(done, inner.body[0])
                done = inner.body[1]
        yield from outline.written(done, end)

    def _read(self, words: Iterable[tuple[bytes, int]], *, near: bool) -> None:
        """Keep what declares and changes the names that these words are; for ``near`` code all that uses them."""
        outline = self.outline
        for word, offset in words:
            if word not in self._named and not near:
                continue
            if outline.is_property(offset):
                if near and word not in self._properties:
                    self._properties.add(word)
                    self._keep_assigned(word)
                continue
            if word not in self._named:
                continue
            home = outline.home(word, outline.at(offset))
            if home is None or home not in self.of or (word, home, near) in self._variables:
                continue
            self._variables.add((word, home, near))
            self._keep_variable(word, home, near)

    def _keep_assigned(self, word: bytes) -> None:
        """Keep the parts that assign to a property."""
        outline = self.outline
        places = [
            place
            for place in outline.words.get(word, ())
            if _ASSIGNED.match(outline.data, place + len(word)) and outline.is_property(place) and outline.at(place) in self.of
        ]
        if len(places) > USES:
            self._lost[word] = None
        for place in places if len(places) <= USES else ():
            self._keep_at(place)

    def _keep_variable(self, word: bytes, home: Unit, near: bool) -> None:
        outline = self.outline
        for start, _ in outline.declared(home)[word]:
            self._keep_at(start, home)
        uses = [place for place in outline.uses(word, home) if outline.at(place) in self.of]
        if near and len(uses) > USES:
            self._lost[word] = None
        if not near or len(uses) > USES:
            uses = [place for place in uses if CHANGED.match(outline.data, place + len(word))]
        for place in uses:
            self._keep_at(place)


def _parts(block: Node, data: bytes) -> Iterator[Part]:
    for node in block.named_children:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if kind == "comment":
            continue
        pieces: list[Node] = []
        if kind in _DECLARATIONS:
            pieces = [child for child in node.named_children if child.type == "variable_declarator"]
        elif kind == "expression_statement":
            first = node.named_child(0)
            if first is not None and first.type == "sequence_expression":
                pieces = [child for child in first.named_children if child.type != "comment"]
        if len(pieces) > 1:
            for piece in pieces:
                value = piece.child_by_field_name("value") if kind in _DECLARATIONS else piece
                at = piece.end_byte if value is None else value.start_byte
                yield Part(piece.start_byte, piece.end_byte, at, "0", value is None)
            continue
        directive = kind == "expression_statement" and _STRING.match(data, start) is not None
        yield Part(start, end, start, ";", kind not in _ALONE or directive)
