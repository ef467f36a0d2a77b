"""Which functions of a text can matter: what names the protocol, and what that leads to by names.

The closure takes in more than the analysis of a large module looks at (``relevance``, and what the rules ask of the rest by name):

- *seeds*: the functions that write a word of the protocol, or a comment that suppresses; with them their class (``members``), and
  the largest function around them that is still small;
- *variables*: every function that refers to a variable of an outer function that a seed refers to, unless it is a function itself;
- *slots*: every function that names a property which a seed assigns to, or takes entries out of or puts into; where such a property
  is no lasting collection only those that change what it holds, and where such a variable holds no collection and nothing of the
  protocol, only those that give it a value (``changes``);
- *callees*: the functions that seeds, and those that use a variable of the protocol, call or mention, some calls deep, as many as
  the analysis takes; of what they make, how its life begins and ends;
- *callers*: the functions that call a seed by its name, and where the own code of a wrapper calls these.

Each step takes functions from a finite list and never gives one back, so it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..code import Span
from .changes import is_changed, is_collection, is_emptied, is_entered, is_key, is_lasting, is_set, is_set_to_primitive
from .functions import PROTOCOL, Klass, Outline, Unit
from .members import Members, is_of_life

#: Characters up to which the function around a seed is kept with it.
_NEAR = 4096
#: Characters from which on a function is a wrapper of others, such as that around a bundle: of these only its own code is kept.
WRAPPER = 12_000
#: Calls deep that callees are taken; past the first, no more than so many characters, or a fortieth of the text.
_ROUNDS = 3
_ENOUGH = 20_000
#: Characters of a function beyond which a call of it stays unknown.
_CALLEE = 4_000
#: Places of one property, and functions that use one variable, beyond which only the places that change it count.
USES = 60
#: Calls of one name beyond which it belongs to strangers (see ``relevance``), and functions of one name.
CALLERS = 40
NAMESAKES = 4
#: Places of a name that is called more often than that, up to which those are looked for that mean one thing.
_PLACES = 1_000
#: Properties of the language itself.
_OWN = frozenset(["length", "prototype"])
#: Words of the protocol that come with a cleanup.
_REGISTERING = ("FinalizationRegistry", "register", "unregister")
#: What stands behind the name of a function where something is put on its prototype: one method, or an object with some.
_PROTOTYPE = re.compile(r"\s*\.\s*prototype\s*(?:\.\s*([\w$]+)\s*=|[=,]\s*(\{))")
_ACCESSOR = re.compile(r"(?:static\s+)?[gs]et(?![\w$])\s*[^\s(]")
#: What names the protocol in the value of a variable.
_GIVEN = re.compile(r"\s*(?:\?\?|\|\|)?=(?![=>])[^;=]{0,160}?\b(?:FinalizationRegistry|WeakRef|deref)\b")


class Kept:
    """The functions that are kept, and the names that are used in more places than can be kept."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.units: dict[Unit, None] = {outline.program: None}
        self._classes: set[Klass] = set()
        self._read: set[Unit] = set()
        self._variables: set[tuple[str, Unit]] = set()
        self._slots: set[tuple[str, bool]] = set()
        #: The functions in which the protocol is at work, whose callees matter.
        self._protocol: dict[Unit, None] = {}
        self._registering = [place for word in _REGISTERING for place in outline.words.get(word, ())] + outline.unregistering
        self._members = Members(outline)
        self.size = 0
        #: Where the own code of wrappers says something that matters.
        self.places: list[int] = []
        #: Those of which it is not known yet what else is said there, and the stretches of which it is.
        self._pending: list[int] = []
        self._lines: set[Span] = set()
        #: Names whose every use is more than can be kept.
        self.lost: dict[str, None] = {}

    def compute(self) -> Kept:
        """Take in all that can matter."""
        seeds = self._seeds()
        self._protocol.update(self.units)
        users: list[Unit] = []
        for unit in seeds:
            self._follow_names(unit)
            before = len(self.units)
            self._take_users(unit)
            users += list(self.units)[before:]
        fresh = self._protocol
        enough = self.size + max(_ENOUGH, len(self.outline.code) // 40)
        following = self._take_mentioned_in_wrappers()
        for unit in seeds:
            following |= self._take_mentioned_around(unit)
        for turn in range(_ROUNDS):
            for unit in fresh:
                if turn and self.size > enough:
                    break
                following |= self._take_callees(unit)
            fresh, following = following | self._take_mentioned_in_wrappers(), {}
        callers = self._callers(seeds)
        self._callers([*users, *callers], in_wrappers=True)
        self._take_mentioned_in_wrappers()
        return self

    # Taking

    def _take(self, unit: Unit, *, members: bool = True) -> None:
        """Keep a function, all in it, and the members of its class."""
        pending = [unit]
        while pending:
            current = pending.pop()
            if current in self.units:
                continue
            for inner in [current] if _wraps(current) else self.outline.inside(current):
                if inner not in self.units:
                    self.units[inner] = None
                    if members and inner.klass is not None and inner.klass not in self._classes:
                        self._classes.add(inner.klass)
                        pending += self._members.of(inner.klass)
            self.size += current.size if not _wraps(current) else 0

    def _around(self, unit: Unit) -> Unit:
        """The largest function around one that is still small."""
        while unit.parent is not None and unit.parent.parent is not None and unit.parent.size <= _NEAR:
            unit = unit.parent
        return unit

    def _seeds(self) -> list[Unit]:
        found: dict[Unit, None] = {}
        for offset in self.outline.seeds:
            unit = self.outline.at(offset)
            if _wraps(unit):
                self._take_beside(offset, unit)
                klass = self.outline.class_at(offset)
                for member in self._members.of(klass) if klass is not None and klass.start >= unit.start else ():
                    self._take(member)
                    found[member] = None
            unit = self._around(unit)
            self._take(unit)
            found[unit] = None
        for unit in list(found):
            if unit.klass is not None:
                found |= dict.fromkeys(self._members.of(unit.klass))
        return list(found)

    # Names that seeds write

    def _written(self, unit: Unit) -> Iterable[tuple[str, int]]:
        """The words of a function and where they are; of a wrapper only those beside what names the protocol."""
        outline = self.outline
        if not _wraps(unit):
            return outline.written(unit.start, unit.end)
        places = [offset for word in PROTOCOL for offset in outline.places(word, unit) if outline.at(offset) is unit]
        return [pair for offset in places for pair in outline.written(*outline.line(offset))]

    def _follow_names(self, unit: Unit) -> None:
        outline = self.outline
        registers = self._registers(unit)  # the fields that a cleanup reads are asked for, too
        for word, offset in self._written(unit):
            if outline.is_property(offset):
                slot, end = outline.slot(word, offset), offset + len(word)
                if slot in _OWN or not is_changed(outline, offset, end):
                    continue
                captured = registers and self._may_capture(word, unit)
                if (slot, captured) not in self._slots and (registers or not is_set_to_primitive(outline, offset, end)):
                    self._slots.add((slot, captured))
                    self._take_slot(word, private=slot != word, captured=captured)
                continue
            home = outline.home(word, outline.at(offset))
            if home is None or (word, home) in self._variables or outline.is_mere_call(word, offset):
                continue
            if home.start >= unit.start and home.end <= unit.end and not _wraps(home):
                continue  # kept with all that is in it
            self._variables.add((word, home))
            if not outline.is_function(word, home):
                self._take_variable(word, home)

    def _registers(self, unit: Unit) -> bool:
        """Whether a function or its class does more with the protocol than to look at a reference."""
        around = unit.klass or unit
        return any(around.start <= place < around.end for place in self._registering)

    def _take_variable(self, word: str, home: Unit) -> None:
        """Keep the functions that use a variable; where it holds no collection, only those that give it a value."""
        outline = self.outline
        uses = outline.uses(word, home)
        ends = [place + len(word) for place in uses]
        if any(_GIVEN.match(outline.code, end) for end in ends):
            self._take_protocol(word, uses)
        elif any(is_collection(outline, end) for end in ends):
            self._take_places(word, uses)
        else:
            self._take_places(word, [place for place in uses if is_set(outline, place, place + len(word))])

    def _take_protocol(self, word: str, uses: list[int]) -> None:
        """Keep the functions that use a variable of the protocol, and what is made of it there."""
        outline = self.outline
        self._take_places(word, uses, members=True)
        for place in uses:
            unit = outline.at(place)
            members = unit.klass.members if unit.klass is not None else ()
            self._protocol.update((one, None) for one in (unit, *members) if one in self.units)
            name = outline.heads.made(place)
            home = outline.home(name, outline.at(place)) if name else None
            if home is not None and (name, home) not in self._variables:
                self._variables.add((name, home))
                self._take_protocol(name, outline.uses(name, home))

    def _may_capture(self, word: str, unit: Unit) -> bool:
        """Whether an arrow function in one reads a property: a closure that should capture what this was set to."""
        outline = self.outline
        if _wraps(unit):
            return True
        places = [place for place in outline.places(word, unit) if outline.is_property(place)]
        arrows = (inner for inner in outline.inside(unit)[1:] if outline.is_arrow(inner))
        return any(arrow.start <= place < arrow.end for arrow in arrows for place in places)

    def _take_slot(self, word: str, *, private: bool, captured: bool) -> None:
        """Keep the functions that name a property; where it is no lasting collection, only those that change what it holds,
        and where a closure reads it, those that set it.
        """
        outline = self.outline
        length = len(word)
        places = [place for place in outline.words[word] if outline.is_private(place) == private]
        if not self._lasts(places, length, private=private):
            places = [
                place
                for place in places
                if is_emptied(outline, place, place + length)
                or is_entered(outline, place, place + length)
                or (captured and self._sets_slot(word, place))
            ]
        self._take_places(word, places)

    def _lasts(self, places: list[int], length: int, *, private: bool) -> bool:
        """Whether every use of a property is asked for, and not only those that change it."""
        outline = self.outline
        if private and any(is_collection(outline, at + length) or is_entered(outline, at, at + length) for at in places):
            return True
        return any(is_lasting(outline, at, at + length) for at in places)

    def _sets_slot(self, word: str, place: int) -> bool:
        """Whether a property is given a value: by an assignment, in a literal, or as a field of a class."""
        outline = self.outline
        end = place + len(word)
        if outline.is_property(place):
            return is_set(outline, place, end)
        return is_key(outline, end) or (is_set(outline, place, end) and outline.home(word, outline.at(place)) is None)

    def _take_places(self, word: str, places: list[int], *, members: bool = False) -> None:
        """Keep the functions around the places of a word, only those that change what it names where these are too many."""
        if len(places) > USES:
            self.lost[word] = None
            places = [place for place in places if is_changed(self.outline, place, place + len(word))]
        for place in places if len(places) <= 4 * USES else ():
            self._take_at(place, members=members)

    def _take_users(self, unit: Unit) -> None:
        """Keep the functions that refer to one by its name."""
        home = unit.parent
        if home is not None and unit.name and unit.klass is None:
            uses = self.outline.uses(unit.name, home)
            if len(uses) > USES:
                self.lost[unit.name] = None
            for use in uses if len(uses) <= USES else ():
                self._take_at(use)

    def _take_at(self, offset: int, *, members: bool = False) -> None:
        unit = self.outline.at(offset)
        self._take(unit, members=members)
        if _wraps(unit):
            self.places.append(offset)
            self._pending.append(offset)
            self._take_beside(offset, unit)

    def _take_beside(self, offset: int, unit: Unit) -> None:
        """Keep the functions that a wrapper writes into the statement around an offset: what is passed on there, as a cleanup."""
        for inner in self.outline.starting(*self.outline.line(offset)):
            if inner.parent is unit:
                self._take(inner, members=False)

    # Calls

    def _take_mentioned_around(self, unit: Unit) -> dict[Unit, None]:
        """Keep what the statement mentions that a function stands in, where this is one of a wrapper: what it is handed to, say."""
        wrapper = unit.parent
        if wrapper is None or not _wraps(wrapper):
            return {}
        return self._take_mentioned(self.outline.written(*self.outline.line(unit.start)), wrapper)

    def _take_mentioned_in_wrappers(self) -> dict[Unit, None]:
        """Keep what the statements mention that were taken from the own code of wrappers since the last call."""
        found: dict[Unit, None] = {}
        while self._pending:
            offset = self._pending.pop()
            line = self.outline.line(offset)
            if line not in self._lines:
                self._lines.add(line)
                found |= self._take_mentioned(self.outline.written(*line), self.outline.at(offset))
        return found

    def _take_callees(self, unit: Unit) -> dict[Unit, None]:
        """Keep the functions that one calls or mentions."""
        if unit in self._read:
            return {}
        self._read.update([unit] if _wraps(unit) else self.outline.inside(unit))
        return self._take_mentioned(self._written(unit), unit)

    def _take_mentioned(self, words: Iterable[tuple[str, int]], unit: Unit) -> dict[Unit, None]:
        """Keep the functions that some words in a function mean; these, and all in them."""
        outline = self.outline
        found: list[Unit] = []
        for word, offset in dict(reversed(list(words))).items():
            candidates = outline.named.get(word, ())
            classes = outline.classes_named.get(word, ())
            if not candidates and not classes:
                continue
            if outline.is_property(offset):
                if len(word) > 2 and len(candidates) <= NAMESAKES:
                    called = outline.is_called(offset, len(word))
                    found += (one for one in candidates if called or _ACCESSOR.match(outline.code, one.start))
                continue
            home = outline.home(word, unit)
            if home is not None:
                found += (candidate for candidate in candidates if candidate.parent is home)
                made = [klass for klass in classes if outline.at(klass.start) is home]
                found += (member for klass in self._lineage(made) for member in klass.members if is_of_life(member.name))
                if candidates and outline.is_made(offset):
                    found += self._on_prototype(word, home)
        found = [callee for callee in found if callee.size <= _CALLEE or callee.name == "constructor"]
        for callee in found:
            self._take(callee, members=False)
        return {inner: None for callee in found for inner in self.outline.inside(callee)}

    def _lineage(self, classes: list[Klass]) -> list[Klass]:
        """Some classes, and those that they extend."""
        outline = self.outline
        found = list(classes)
        for klass in found:
            home = outline.home(klass.base, outline.at(klass.start)) if klass.base in outline.classes_named else None
            bases = outline.classes_named[klass.base] if home is not None else ()
            found += (base for base in bases if outline.at(base.start) is home and base not in found)
        return found

    def _on_prototype(self, word: str, home: Unit) -> Iterable[Unit]:
        """Keep what ends the life of an object that is put on the prototype of a function."""
        outline = self.outline
        uses = outline.uses(word, home)
        for use in uses if len(uses) <= USES else ():
            match = _PROTOTYPE.match(outline.code, use + len(word))
            if match is not None and match[1] and is_of_life(match[1]):
                self._take_at(use)
            elif match is not None and match[2]:
                ends = [one for one in outline.starting(use, outline.closing(match.start(2))) if is_of_life(one.name)]
                self.places += [one.start for one in ends]
                yield from (one for one in ends if one.parent is outline.at(use))

    def _callers(self, units: Iterable[Unit], *, in_wrappers: bool = False) -> list[Unit]:
        """Keep the functions that call one of these by its name; ``in_wrappers``: only where the own code of a wrapper does.

        A name of one character has too many meanings to be followed, but for that own code, which the analysis takes anyway.
        """
        before = len(self.units)
        for name, home in sorted(dict.fromkeys(map(self._name_and_home, units)), key=lambda pair: pair[0]):
            places = self.outline.few_calls(name, CALLERS)
            for place in self._own_calls(name, home) if places is None else places:
                if _wraps(self.outline.at(place)) or not (in_wrappers or len(name) < 2):
                    self._take_at(place)
        return list(self.units)[before:]

    def _name_and_home(self, unit: Unit) -> tuple[str, Unit | None]:
        """What a function is called by, and the function that declares this; None for a property."""
        if unit.klass is None:
            return unit.name, unit.parent
        return (unit.klass.name, self.outline.at(unit.klass.start)) if unit.name == "constructor" else (unit.name, None)

    def _own_calls(self, name: str, home: Unit | None) -> list[int]:
        """Where wrappers call what one function declares, of a name that is called everywhere."""
        outline = self.outline
        if home is None or len(outline.places(name, home)) > _PLACES:
            return []
        calls = [use for use in outline.uses(name, home) if _wraps(outline.at(use)) and outline.is_called(use, len(name))]
        return calls if len(calls) <= CALLERS else []

    def unregistering(self) -> set[str]:
        """The names of functions that may lead to an `unregister`: they write one, call one by name, or enclose one."""
        outline = self.outline
        found: set[str] = set()
        pending = [outline.at(place) for place in (*outline.words.get("unregister", ()), *outline.unregistering)]
        seen: set[Unit] = set()
        while pending:
            unit = pending.pop()
            if unit in seen or unit.parent is None:
                continue
            seen.add(unit)
            pending.append(unit.parent)
            if unit.name and unit.name not in found:
                found.add(unit.name)
                pending += [outline.at(place) for place in outline.calls(unit.name)]
        return found


def _wraps(unit: Unit) -> bool:
    return unit.parent is None or unit.size > WRAPPER
