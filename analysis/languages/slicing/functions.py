"""The functions of a concrete tree: where each stands, what it is called, which names it declares, and where a word is written.

This is what slicing asks before anything is parsed. Queries find the nodes; words are found by one regular expression. Nothing here
looks at a node twice, and nothing recurses.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from ..code import Span
from ..trees import Concrete

_FUNCTIONS = """
[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function) (generator_function_declaration)] @function
[(class_declaration) (class)] @class
(variable_declarator name: (_) @declared)
(formal_parameters) @parameters
(arrow_function parameter: (identifier) @parameters)
(catch_clause parameter: (_) @parameters)
(import_clause) @declared
(for_in_statement kind: _ left: (_) @declared)
(class_declaration name: (identifier) @named)
(function_declaration name: (identifier) @named)
(generator_function_declaration name: (identifier) @named)
"""
_WORD = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")
_NAME_BEFORE = re.compile(rb"([A-Za-z_$\x80-\xff][\w$\x80-\xff]*)[\"'\]]?\s*[=:]\s*(?:async\s*)?\(?\s*$")
_ASSIGNED_TO = re.compile(rb"[=:]\s*(?:async\s*)?\(?\s*$")
#: Names in a pattern: neither keys nor what follows an equals sign.
_IN_PATTERN = re.compile(rb"(?<![\w$.])(?<!=)(?<!= )[A-Za-z_$\x80-\xff][\w$\x80-\xff]*(?!\s*:|[\w$])")
_CALLED = re.compile(rb"\s*(?:\?\.\s*)?\(")
#: Bytes from which on a function's statements are known.
BLOCK = 8_000
#: Bytes that a statement at the top of a text is looked at before and behind the word that matters.
_STATEMENT = 400
_CLASS_NAME = re.compile(rb"class\s+(?!extends\b)([A-Za-z_$\x80-\xff][\w$\x80-\xff]*)")
_NOTHING: dict[bytes, list[Span]] = {}


@dataclass(eq=False, slots=True)
class Unit:
    """A function, or the whole text. Offsets are bytes; ``body`` is what is between its braces, or an arrow's expression."""

    start: int
    end: int
    body: Span
    block: bool
    name: bytes
    parent: Unit | None
    index: int = 0
    klass: Klass | None = None

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(eq=False, slots=True)
class Klass:
    """A class and the functions that are its members."""

    start: int
    end: int
    name: bytes
    members: list[Unit]


class Outline:
    """The functions of a text, in order of place, the text itself first."""

    def __init__(self, concrete: Concrete) -> None:
        self.data = concrete.data
        found = concrete.captures(_FUNCTIONS)
        #: Where the names of functions stand in their heads.
        self._heads: set[int] = set()
        self.program = Unit(0, len(self.data), (0, len(self.data)), True, b"", None)
        self.units = [self.program]
        self._blocks: dict[Unit, Node] = {self.program: concrete.root}
        self.named: dict[bytes, list[Unit]] = defaultdict(list)
        self._classes(found.get("class", ()))
        self._functions(found.get("function", ()))
        self._starts = [unit.start for unit in self.units]
        self._calls: dict[bytes, list[int]] = {}
        nodes = (*found.get("declared", ()), *found.get("parameters", ()), *found.get("named", ()))
        self._declarations = sorted({(node.start_byte, node.end_byte) for node in nodes})
        self._named = {node.start_byte for node in found.get("named", ())}

    def _classes(self, nodes) -> None:  # type: ignore[no-untyped-def]
        self.classes: list[Klass] = []
        for start, end in sorted({(node.start_byte, node.end_byte) for node in nodes}):
            match = _CLASS_NAME.match(self.data, start)
            name = match[1] if match else self._name_before(start)
            self.classes.append(Klass(start, end, name, []))
        self.classes_named: dict[bytes, list[Klass]] = defaultdict(list)
        for klass in self.classes:
            self.classes_named[klass.name].append(klass)

    def _functions(self, nodes) -> None:  # type: ignore[no-untyped-def]
        stack = [self.program]
        classes: list[Klass] = []
        following = 0
        for node in sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte)):
            start, end = node.start_byte, node.end_byte
            while stack[-1].end <= start and len(stack) > 1:
                stack.pop()
            while following < len(self.classes) and self.classes[following].start <= start:
                classes.append(self.classes[following])
                following += 1
            while classes and classes[-1].end <= start:
                classes.pop()
            block = node.child_by_field_name("body")
            braces = block is not None and block.type == "statement_block"
            body = (start, end) if block is None else (block.start_byte + braces, block.end_byte - braces)
            named = node.child_by_field_name("name")
            if named is not None:
                self._heads.add(named.start_byte)
            name = self.data[named.start_byte : named.end_byte].strip(b"#\"'[]") if named is not None else self._name_before(start)
            unit = Unit(start, end, body, braces, name, stack[-1], len(self.units))
            if braces and end - start > BLOCK:
                self._blocks[unit] = block
            if classes and classes[-1].start >= stack[-1].start:
                unit.klass = classes[-1]
                classes[-1].members.append(unit)
            self.units.append(unit)
            if name:
                self.named[name].append(unit)
            stack.append(unit)

    def _name_before(self, start: int) -> bytes:
        before = self.data[max(0, start - 80) : start]
        if not _ASSIGNED_TO.search(before[-12:]):
            return b""
        match = _NAME_BEFORE.search(before)
        return match[1] if match else b""

    def block(self, unit: Unit) -> Node | None:
        """The node that has a function's statements, for one that is large enough to ask this of."""
        return self._blocks.get(unit)

    # Places

    def at(self, offset: int) -> Unit:
        """The innermost function around an offset."""
        unit: Unit = self.units[bisect_right(self._starts, offset) - 1]
        while unit.end <= offset and unit.parent is not None:
            unit = unit.parent
        return unit

    def inside(self, unit: Unit) -> list[Unit]:
        """A function and all those in it."""
        return self.units[unit.index : bisect_left(self._starts, unit.end, unit.index + 1)]

    def starting(self, start: int, end: int) -> list[Unit]:
        """The functions that begin in a stretch."""
        return self.units[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    # Words

    @cached_property
    def words(self) -> dict[bytes, list[int]]:
        """Where each word of the text begins, whatever it is a part of."""
        found: dict[bytes, list[int]] = defaultdict(list)
        for match in _WORD.finditer(self.data):
            found[match[0]].append(match.start())
        return found

    def places(self, word: bytes, unit: Unit) -> list[int]:
        """Where a word begins within a function."""
        every = self.words.get(word, [])
        return every[bisect_left(every, unit.start) : bisect_left(every, unit.end)]

    def written(self, start: int, end: int) -> list[tuple[bytes, int]]:
        """The words of a stretch and where they begin."""
        return [(match[0], match.start()) for match in _WORD.finditer(self.data, start, end)]

    def line(self, offset: int) -> Span:
        """The stretch around an offset that a statement at the top of the text can be: up to the next semicolons."""
        start = max(self.data.rfind(mark, max(0, offset - _STATEMENT), offset) for mark in (b";", b"\n", b"}"))
        end = self.data.find(b";", offset, offset + _STATEMENT)
        return max(start, offset - _STATEMENT, 0), min(end if end >= 0 else offset + _STATEMENT, len(self.data))

    def calls(self, name: bytes) -> list[int]:
        """Where a function of this name is called, or may be."""
        found = self._calls.get(name)
        if found is None:
            found = self._calls[name] = [offset for offset in self.words.get(name, ()) if self.is_called(offset, len(name))]
        return found

    def is_called(self, offset: int, length: int) -> bool:
        """Whether the word at an offset is what a call means."""
        end = offset + length
        if self.data[end : end + 1] != b"(" and not _CALLED.match(self.data, end):
            return self.data[max(0, offset - 4) : offset] == b"new "
        return offset not in self._heads

    def is_head(self, offset: int) -> bool:
        """Whether the word at an offset is the name in a function's head."""
        return offset in self._heads

    def is_property(self, offset: int) -> bool:
        """Whether the word at an offset follows a dot."""
        return self.data[offset - 1 : offset] in (b".", b"#") and self.data[max(0, offset - 3) : offset] != b"..."

    # Names

    def declared(self, unit: Unit) -> dict[bytes, list[Span]]:
        """The names that a function declares, in whatever block of it, and where."""
        return self._declared.get(unit, _NOTHING)

    @cached_property
    def _declared(self) -> dict[Unit, dict[bytes, list[Span]]]:
        found: dict[Unit, dict[bytes, list[Span]]] = defaultdict(lambda: defaultdict(list))
        for start, end in self._declarations:
            owner = self.at(start)
            if start in self._named and owner.parent is not None and start < owner.body[0]:
                owner = owner.parent  # the name of a declaration is one of the function around it
            names = found[owner]
            for name in _IN_PATTERN.findall(self.data, start, end):
                names[name].append((start, end))
        return found

    def home(self, name: bytes, unit: Unit | None) -> Unit | None:
        """The function, from one outwards, that declares a name; None for a global."""
        declared = self._declared
        while unit is not None and name not in declared.get(unit, _NOTHING):
            unit = unit.parent
        return unit

    def is_function(self, name: bytes, home: Unit) -> bool:
        """Whether a name that a function declares is that of a function or class, as far as the text shows."""
        functions = any(unit.parent is home for unit in self.named.get(name, ()))
        return functions or any(self.at(klass.start) is home for klass in self.classes_named.get(name, ()))

    def uses(self, name: bytes, home: Unit) -> list[int]:
        """Where the functions refer to a name that one declares."""
        return [
            offset
            for offset in self.places(name, home)
            if not self.is_property(offset) and self.home(name, self.at(offset)) is home
        ]
