"""The statements of a text and of the wrappers in it, and which of them can matter.

A bundle is mostly functions, but between them stand tables, assignments and declarations by the thousand. A statement there can go
if it holds no function that is kept and no word of the protocol, declares no name that kept code mentions, and changes no variable
and no property that kept code mentions. Each statement that stays is kept code itself, until nothing new is mentioned.

Of a table that stays, the entries can go that nothing else mentions (``tables``).

What decides how a wrapper runs (`return`, `throw`, `await`, imports and exports, directives) always stays, and so does what
is near a registration.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..code import Span
from .changes import is_changed
from .closure import USES, WRAPPER, Kept
from .functions import Outline, Unit
from .tables import Entry, Tables, tables_in

#: Statements that cannot go as a whole begin with one of these.
_STAYS = re.compile(r"(?:import|export|return|throw|break|continue|debugger|with|using)(?![\w$])|await\s+using\b|[\"'`]")
_DECLARATION = re.compile(r"(?:var|let|const)(?=[\s\[{])")
_COMPOUND = re.compile(r"(?:function|class|if|for|while|do|switch|try)(?![\w$])|async[ \t]+function(?![\w$])|\{|[\w$]+\s*:(?!:)")
#: What a statement with one of these in it is needed for, whatever it mentions: the way of control, and other modules.
_DECIDES = ("return", "throw", "await", "yield", "import", "require")
_RELATIVE = re.compile(r"require\s*\(\s*[\"'`]")
#: Characters from a registration up to which a statement is near it.
_CLOSE = 2000
_ASSIGNED = re.compile(r"\s*(?:\?\?|\|\|)?=(?![=>])")


@dataclass(eq=False, slots=True)
class Part:
    """A statement, or a piece of one that can go alone: the value of one declaration of several, an operand of a comma.

    ``cut`` is where that piece begins, ``filler`` what stands for it; ``owner`` is the wrapper whose statement it is.
    """

    owner: Unit
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
        #: What can go of tables that are kept.
        self.tables: dict[Part, Tables] = {}
        self._places = kept.places
        self._lost = kept.lost
        self._starts: dict[Unit, list[int]] = {}
        for unit in outline.units:
            if unit in around and unit.block and (unit.parent is None or unit.size > WRAPPER):
                parts = list(_parts(unit, outline))
                self.of[unit] = parts
                self._starts[unit] = [part.start for part in parts]
        self._variables: set[tuple[str, Unit, bool]] = set()
        self._properties: set[str] = set()
        #: The words of all that stays but for the tables in it: how an entry can be asked for.
        self._mentioned: set[str] = set()
        self._named: set[str] = set().union(*(outline.declared(unit) for unit in self.of))
        self._pending: list[Part] = []

    def part_at(self, unit: Unit, offset: int) -> Part | None:
        """The part of a wrapper that an offset is in."""
        parts = self.of[unit]
        index = bisect_right(self._starts[unit], offset) - 1
        return parts[index] if index >= 0 and offset < parts[index].end else None

    # The closure

    def compute(self) -> Parts:
        """Keep all that can matter."""
        outline = self.outline
        self._keep_deciding()
        for unit, parts in self.of.items():
            for part in parts:
                if part.stays:
                    self._keep(part)
            self._keep_registering(unit, parts)
        for offset in outline.seeds:
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
                        self._read([(unit.start, unit.body[0])], near=False)
                elif unit in self.kept_units:
                    wraps = unit.size > WRAPPER
                    self._read(self._own(unit.start, unit.end) if wraps else [(unit.start, unit.end)], near=True)
                    end = end if wraps else unit.end
                else:
                    self._read([(unit.start, unit.body[0]), *self._own(*unit.body)], near=False)
        self._read_pending()
        while self._read_tables():
            self._read_pending()
        return self

    def _read_pending(self) -> None:
        while self._pending:
            part = self._pending.pop()
            own = list(self._own(part.start, part.end))
            tables = tables_in(self.outline, part.owner, own)
            if tables is not None:
                self.tables[part] = tables
                own = [stretch for start, end in tables.rest for stretch in self._own(start, end)]
            self._read(own, near=False)

    def _read_tables(self) -> bool:
        """Keep the entries of tables that name what is kept anyway; whether there were any."""
        found = False
        for part, tables in self.tables.items():
            going: list[Entry] = []
            for entry in tables.entries:
                if self._is_asked_for(entry, part.owner):
                    self._read(self._own(entry.start, entry.end), near=False)
                    found = True
                else:
                    going.append(entry)
            tables.entries = going
        return found

    def _is_asked_for(self, entry: Entry, unit: Unit) -> bool:
        """Whether what is kept mentions an entry of a table, or what its value is."""
        if entry.key in self._mentioned or entry.first in self._mentioned:
            return True
        return entry.name != "" and self._is_kept(entry.name, unit)

    def _is_kept(self, name: str, unit: Unit) -> bool:
        """Whether what a name means in a wrapper is kept."""
        home = self.outline.home(name, unit)
        if home is None or home not in self.of or (name, home, True) in self._variables or (name, home, False) in self._variables:
            return True
        return any(other.parent is home and other in self.around for other in self.outline.named.get(name, ()))

    def _keep_deciding(self) -> None:
        """Keep the parts that say how their wrapper goes on, outside of the functions in it."""
        outline = self.outline
        for word in _DECIDES:
            for place in outline.keywords(word):
                unit = outline.at(place)
                if unit in self.of and (word != "require" or self._takes_in(place)):
                    self._keep_at(place, unit)

    def _takes_in(self, require: int) -> bool:
        """Whether another file is required here."""
        match = _RELATIVE.match(self.outline.code, require)
        return match is not None and self.outline.text[match.end()] == "."

    def _keep_registering(self, unit: Unit, parts: list[Part]) -> None:
        """Keep the statements near those that register, and where something unregisters all between, which may throw."""
        undone = self._called("unregister", unit)
        places = sorted([*self._called("register", unit), *undone])
        spans = [(places[0], places[-1])] if undone else [(place, place) for place in places]
        starts = self._starts[unit]
        for first, last in spans:
            begin = max(0, bisect_right(starts, first - _CLOSE) - 1)
            for part in parts[begin : bisect_right(starts, last + _CLOSE)]:
                self._keep(part)

    def _called(self, word: str, unit: Unit) -> list[int]:
        """Where the own code of a wrapper names a method."""
        outline = self.outline
        return [place for place in outline.places(word, unit) if outline.is_property(place) and outline.at(place) is unit]

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

    def _own(self, start: int, end: int) -> Iterator[Span]:
        """The parts of a stretch that stand in no body of a function within."""
        done = start
        for inner in self.outline.starting(start, end):
            if inner.start >= done and inner.body[1] <= end and inner.body[0] > start:
                yield done, inner.body[0]
                done = inner.body[1]
        yield done, end

    def _read(self, stretches: Iterable[Span], *, near: bool) -> None:
        """Keep what declares and changes the names that stay in these stretches; for ``near`` code all that uses them."""
        outline = self.outline
        for word, offset in (one for stretch in stretches for one in outline.written(*stretch)):
            self._mentioned.add(word)
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

    def _keep_assigned(self, word: str) -> None:
        """Keep the parts that assign to a property."""
        outline = self.outline
        places = [
            place
            for place in outline.words.get(word, ())
            if _ASSIGNED.match(outline.code, place + len(word)) and outline.is_property(place) and outline.at(place) in self.of
        ]
        if len(places) > USES:
            self._lost[word] = None
        for place in places if len(places) <= USES else ():
            self._keep_at(place)

    def _keep_variable(self, word: str, home: Unit, near: bool) -> None:
        outline = self.outline
        for start, _ in outline.declared(home)[word]:
            self._keep_at(start, home)
        uses = [place for place in outline.uses(word, home) if outline.at(place) in self.of]
        if near and len(uses) > USES:
            self._lost[word] = None
        if not near or len(uses) > USES:
            uses = [place for place in uses if is_changed(outline, place, place + len(word))]
        for place in uses if len(uses) <= 4 * USES else ():
            self._keep_at(place)


def _parts(unit: Unit, outline: Outline) -> Iterator[Part]:
    code, reader = outline.code, outline.reader
    for start, end in reader.statements(*unit.body):
        if _STAYS.match(code, start):
            yield Part(unit, start, end, start, ";", True)
            continue
        if declaration := _DECLARATION.match(code, start):
            declared = reader.declarators(declaration.end())
            if len(declared) > 1:
                yield from (Part(unit, first, last, value, "0", value == last) for first, last, value in declared)
                continue
        elif not _COMPOUND.match(code, start):
            operands = reader.operands(start, end)
            if len(operands) > 1:
                yield from (Part(unit, first, last, first, "0", False) for first, last in operands)
                continue
        yield Part(unit, start, end, start, ";", False)
