"""The functions of a text: where each stands, what it is called, which names it declares, and where a word is written.

This is what slicing asks before anything is parsed. All of it is read off the brackets: a brace behind `)` or `=>` begins the body
of a function, unless a word like `if` stands before the parentheses. Nothing here recurses.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ..code import Span
from .heads import Head, Heads
from .lexing import Lexed
from .reading import IN_NAME, Reader

#: What makes what it stands in matter.
METHODS = ("register", "unregister", "deref")
PROTOCOL = ("FinalizationRegistry", "WeakRef", *METHODS)
SUPPRESSION = "jsleak"
_WORD = re.compile(rf"[A-Za-z_$\x80-\U0010ffff]{IN_NAME}*")
#: The same for a text of plain characters, which most are.
_PLAIN_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
#: Names in a pattern: neither keys nor what follows an equals sign.
_IN_PATTERN = re.compile(rf"(?:(?<![\w$.])|(?<=\.\.\.))(?<!=)(?<!= ){_WORD.pattern}(?!\s*:|{IN_NAME})")
_CALLED = re.compile(r"\s*(?:\?\.\s*)?\(")
_EMPTY_CALL = re.compile(r"\s*\(\s*\)")
_MERE_CALL = re.compile(r"\(\)\s*([,;}])")
_CLASS = re.compile(r"class\s*(?=[\w${\\])((?!extends\b)[\w$]+|)")
_BASE = re.compile(r"\bextends\s+([\w$]+)\s*\Z")
_IMPORT = re.compile(r"import(?=[\s{*])([^;\"'()]*?)\bfrom\b")
#: Characters that a statement is looked at before and behind the word that matters.
_STATEMENT = 400
_NOTHING: dict[str, list[Span]] = {}


@dataclass(eq=False, slots=True)
class Unit:
    """A function, or the whole text.

    ``body`` is what is between its braces, or an arrow's expression, ``parameters`` what is between its parentheses: for an arrow
    without them, its one parameter.
    """

    start: int
    end: int
    body: Span
    block: bool
    name: str
    parameters: Span
    parent: Unit | None = None
    index: int = 0
    klass: Klass | None = None

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(eq=False, slots=True)
class Klass:
    """A class and the functions that are its members; ``base`` is the name of the class that it extends, where that is a name."""

    start: int
    end: int
    name: str
    base: str
    members: list[Unit]


class Outline:
    """The functions of a text, in order of place, the text itself first."""

    def __init__(self, lexed: Lexed) -> None:
        self.text = lexed.text
        self.code = lexed.code
        self.reader = Reader(lexed)
        self._lexed = lexed
        self.heads = Heads(lexed)
        self.program = Unit(0, len(self.code), (0, len(self.code)), True, "", (0, 0))
        self.units = [self.program]
        self.named: dict[str, list[Unit]] = defaultdict(list)
        self.words: dict[str, list[int]] = defaultdict(list)
        self._word = _PLAIN_WORD if self.code.isascii() else _WORD
        for match in self._word.finditer(self.code):
            self.words[match[0]].append(match.start())
        self.classes: list[Klass] = []
        self.classes_named: dict[str, list[Klass]] = defaultdict(list)
        self._find_classes()
        self._nest(sorted([*self._blocks(), *self._arrows()], key=lambda unit: (unit.start, -unit.end)))
        self._starts = [unit.start for unit in self.units]
        self._calls: dict[str, list[int]] = {}
        #: For names with too many calls to be listed, a number that they exceed.
        self._more_calls: dict[str, int] = {}

    # Finding

    def keywords(self, word: str) -> Iterator[int]:
        """Where a reserved word stands that is no property."""
        return (at for at in self.words.get(word, ()) if self.code[at - 1 : at] not in (".", "#") or not at)

    def _find_classes(self) -> None:
        for start in self.keywords("class"):
            match = _CLASS.match(self.code, start)
            brace = self.reader.body(start + len("class")) if match is not None else None
            if match is None or brace is None:
                continue
            name = match[1] or self.heads.name_before(start)
            if match[1] and self.heads.is_declaration(start):
                self.heads.declarations.append((match.start(1), match.end(1), True))
            base = _BASE.search(self.code, match.end(), brace)
            klass = Klass(start, self._lexed.ends[brace] + 1, name, base[1] if base is not None else "", [])
            self.classes.append(klass)
            self.classes_named[name].append(klass)

    def _blocks(self) -> Iterator[Unit]:
        """The functions with braces."""
        code = self.code
        for brace, end in self._lexed.ends.items():
            if code[brace] != "{":
                continue
            before = self.heads.before(brace)
            if code[before] == ")":
                head = self.heads.called(before)
            else:
                head = self.heads.arrow(before - 1) if code[before - 1 : before + 1] == "=>" else None
            if head is not None:
                yield self._unit(head, end + 1, (brace + 1, end), True)

    def _arrows(self) -> Iterator[Unit]:
        """The arrow functions that are expressions."""
        for arrow in self._lexed.arrows:
            start = self.reader.skip(arrow + 2)
            if self.code[start : start + 1] != "{" and (head := self.heads.arrow(arrow)) is not None:
                end = self.heads.before(self.reader.value(start)) + 1
                yield self._unit(head, end, (start, end), False)

    def _unit(self, head: Head, end: int, body: Span, block: bool) -> Unit:
        start, name, at, (first, last) = head
        if at >= 0:
            self.heads.names.add(at)
        return Unit(start, end, body, block, name or self.heads.name_before(start), (first, last))

    def _nest(self, units: list[Unit]) -> None:
        stack = [self.program]
        classes: list[Klass] = []
        following = 0
        for unit in units:
            start = unit.start
            while stack[-1].end <= start and len(stack) > 1:
                stack.pop()
            while following < len(self.classes) and self.classes[following].start <= start:
                classes.append(self.classes[following])
                following += 1
            while classes and classes[-1].end <= start:
                classes.pop()
            unit.parent = stack[-1]
            unit.index = len(self.units)
            if classes and classes[-1].start >= stack[-1].start:
                unit.klass = classes[-1]
                classes[-1].members.append(unit)
            self.units.append(unit)
            if unit.name:
                self.named[unit.name].append(unit)
            stack.append(unit)

    # Places

    def at(self, offset: int) -> Unit:
        """The innermost function around an offset."""
        unit: Unit = self.units[bisect_right(self._starts, offset) - 1]
        while unit.end <= offset and unit.parent is not None:
            unit = unit.parent
        return unit

    def class_at(self, offset: int) -> Klass | None:
        """The innermost class around an offset."""
        around = (klass for klass in reversed(self.classes) if klass.start < offset < klass.end)
        return next(around, None)

    def inside(self, unit: Unit) -> list[Unit]:
        """A function and all those in it."""
        return self.units[unit.index : bisect_left(self._starts, unit.end, unit.index + 1)]

    def starting(self, start: int, end: int) -> list[Unit]:
        """The functions that begin in a stretch."""
        return self.units[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def is_arrow(self, unit: Unit) -> bool:
        """Whether a function is an arrow function."""
        return "=>" in self.code[unit.parameters[1] : unit.body[0]]

    # Words

    @cached_property
    def seeds(self) -> list[int]:
        """Where something makes what it stands in matter: a word of the protocol that is no method's name, a comment that
        suppresses. A method of such a name matters if it is a part of the protocol itself, or called by what is.
        """
        found = [
            offset
            for word in PROTOCOL
            for offset in self.words.get(word, ())
            if (word not in METHODS or self._is_of_protocol(word, offset)) and offset not in self.heads.names
        ]
        offset = self.text.find(SUPPRESSION)
        while offset >= 0:
            found.append(offset)
            offset = self.text.find(SUPPRESSION, offset + 1)
        return found

    def _is_of_protocol(self, word: str, offset: int) -> bool:
        """Whether a word may be one of the methods of the protocol: a property, that is not called with nothing to register."""
        return self.is_property(offset) and (word == "deref" or _EMPTY_CALL.match(self.code, offset + len(word)) is None)

    @cached_property
    def unregistering(self) -> list[int]:
        """Where a function is called whose name says that it unregisters something, `unregister` itself aside."""
        words = (word for word in self.words if "unregister" in word.lower() and word not in PROTOCOL)
        return [offset for word in words for offset in self.words[word] if self.is_called(offset, len(word))]

    def places(self, word: str, unit: Unit) -> list[int]:
        """Where a word begins within a function."""
        every = self.words.get(word, [])
        return every[bisect_left(every, unit.start) : bisect_left(every, unit.end)]

    def written(self, start: int, end: int) -> list[tuple[str, int]]:
        """The words of a stretch and where they begin."""
        return [(match[0], match.start()) for match in self._word.finditer(self.code, start, end)]

    def line(self, offset: int) -> Span:
        """The stretch around an offset that a statement at the top of the text can be: up to the next semicolons."""
        start = max(self.code.rfind(mark, max(0, offset - _STATEMENT), offset) for mark in (";", "\n", "}"))
        end = self.code.find(";", offset, offset + _STATEMENT)
        return max(start, offset - _STATEMENT, 0), min(end if end >= 0 else offset + _STATEMENT, len(self.code))

    def calls(self, name: str) -> list[int]:
        """Where a function of this name is called, or may be."""
        found = self._calls.get(name)
        if found is None:
            code, names, length = self.code, self.heads.names, len(name)
            found = self._calls[name] = [
                offset
                for offset in self.words.get(name, ())
                if (offset not in names if code[offset + length : offset + length + 1] == "(" else self.is_called(offset, length))
            ]
        return found

    def few_calls(self, name: str, most: int) -> list[int] | None:
        """Where a function of this name is called, or may be; None where that is at more than so many places."""
        if name in self._calls:
            return self._calls[name] if len(self._calls[name]) <= most else None
        if self._more_calls.get(name, -1) >= most:
            return None
        places = (offset for offset in self.words.get(name, ()) if self.is_called(offset, len(name)))
        found = list(islice(places, most + 1))
        if len(found) > most:
            self._more_calls[name] = most
            return None
        self._calls[name] = found
        return found

    def is_called(self, offset: int, length: int) -> bool:
        """Whether the word at an offset is what a call means."""
        end = offset + length
        if self.code[end : end + 1] != "(" and not _CALLED.match(self.code, end):
            return self.is_made(offset)
        return offset not in self.heads.names

    def is_made(self, offset: int) -> bool:
        """Whether the word at an offset is what `new` makes an object of."""
        return self.code[max(0, offset - 4) : offset] == "new "

    def is_mere_call(self, word: str, offset: int) -> bool:
        """Whether a statement calls the word at an offset, with nothing, for nothing: `init_module();`."""
        match = _MERE_CALL.match(self.code, offset + len(word))
        if match is None:
            return False
        before = self.code[self.heads.before(offset)]
        opening = self.bracket(offset)
        return (before in ";{}" or before == match[1] == ",") and opening is not None and self.code[opening] == "{"

    def is_property(self, offset: int) -> bool:
        """Whether the word at an offset follows a dot."""
        return self.code[offset - 1 : offset] in (".", "#") and self.code[max(0, offset - 3) : offset] != "..."

    def closing(self, bracket: int) -> int:
        """Where the bracket that begins here ends."""
        return self._lexed.ends[bracket]

    def bracket(self, offset: int) -> int | None:
        """Where the bracket begins that an offset is in; None where that is far."""
        return self._lexed.around(offset, max(0, offset - _STATEMENT))

    def is_private(self, offset: int) -> bool:
        """Whether the word at an offset is the name of a private property."""
        return self.code[offset - 1 : offset] == "#"

    def slot(self, word: str, offset: int) -> str:
        """What the property at an offset is called, its `#` included."""
        return f"#{word}" if self.is_private(offset) else word

    # Names

    def declared(self, unit: Unit) -> dict[str, list[Span]]:
        """The names that a function declares, in whatever block of it, and where."""
        return self._declared.get(unit, _NOTHING)

    @cached_property
    def _declared(self) -> dict[Unit, dict[str, list[Span]]]:
        found: dict[Unit, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
        for unit in self.units:
            start, end = unit.parameters
            for name in _IN_PATTERN.findall(self.code, start, end) if start < end else ():
                found[unit][name].append((start, end))
        declarations = self.heads.declarations
        for word in ("var", "let", "const"):
            for at in self.keywords(word):
                declarations += ((start, end, False) for start, end in self.reader.declared(at + len(word)))
        imports = (_IMPORT.match(self.code, at) for at in self.keywords("import"))
        declarations += ((match.start(1), match.end(1), False) for match in imports if match is not None)
        for start, end, outside in sorted(declarations):
            owner = self.at(start)
            if outside and owner.parent is not None and start < owner.body[0]:
                owner = owner.parent  # the name of a declaration is one of the function around it
            names = found[owner]
            word = self.code[start:end]
            for name in (word,) if word.isidentifier() else _IN_PATTERN.findall(self.code, start, end):
                names[name].append((start, end))
        return found

    def home(self, name: str, unit: Unit | None) -> Unit | None:
        """The function, from one outwards, that declares a name; None for a global."""
        declared = self._declared
        while unit is not None and name not in declared.get(unit, _NOTHING):
            unit = unit.parent
        return unit

    def is_function(self, name: str, home: Unit) -> bool:
        """Whether a name that a function declares is that of a function or class, as far as the text shows."""
        functions = any(unit.parent is home for unit in self.named.get(name, ()))
        return functions or any(self.at(klass.start) is home for klass in self.classes_named.get(name, ()))

    def uses(self, name: str, home: Unit) -> list[int]:
        """Where the functions refer to a name that one declares."""
        if name not in self.declared(home):
            return []
        every = self.places(name, home)
        found: list[int] = []
        done = home.start
        read = 0
        for unit in self._declaring[name]:
            if unit.start >= done and unit.end <= home.end and unit is not home:  # there it means another variable
                found += every[read : bisect_left(every, unit.start, read)]
                read = bisect_left(every, unit.end, read)
                done = unit.end
        return [offset for offset in (*found, *every[read:]) if not self.is_property(offset)]

    @cached_property
    def _declaring(self) -> dict[str, list[Unit]]:
        """The functions that declare each name, in order of place."""
        found: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(self._declared, key=lambda unit: unit.index):
            for name in self._declared[unit]:
                found[name].append(unit)
        return found
