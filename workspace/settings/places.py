"""Where in a settings file something is said.

``tomllib`` and ``json`` give no positions, and the libraries that keep a document's form (tomlkit) don't either. So the text is
scanned once more, but only when there is an error to place or somebody asks where a value came from. The scan trusts that
the text is well formed: the parser has read it before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jsleak.analysis.text import Position, Range

Key = tuple[str | int, ...]
"""The way to a value: names of tables and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets of a key (of a list's element: of itself) and of its value, ends excluded."""

    key: tuple[int, int]
    value: tuple[int, int]


def toml_places(text: str) -> Mapping[Key, Place]:
    """The place of everything in a TOML document that ``tomllib`` accepts."""
    scan = _Toml(text)
    scan.document()
    return scan.found


def json_places(text: str) -> Mapping[Key, Place]:
    """The place of everything in a JSON document that ``json`` accepts."""
    scan = _Json(text)
    scan.value(scan.blank(0), ())
    return scan.found


def range_of(text: str, span: tuple[int, int]) -> Range:
    """Offsets as lines and columns, which end at LF alone in TOML and JSON."""
    return Range(_position(text, span[0]), _position(text, span[1]))


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


_TOML_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TOML_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})' r"|'''.*?'''(?:'{0,2})" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_TOML_SCALAR = re.compile(r"[^,\]}#\n]*[^,\]}#\s]")


@dataclass(slots=True)
class _Toml:
    text: str
    found: dict[Key, Place] = field(default_factory=dict)
    _lists: dict[Key, int] = field(default_factory=dict)

    def document(self) -> None:
        table: Key = ()
        at = self.blank(0)
        while at < len(self.text):
            if self.text.startswith("[", at):
                several = self.text.startswith("[[", at)
                parts, end = self.key(at + 1 + several)
                table = self._table([part for part, _ in parts], parts[-1][1], several)
                at = self.blank(end + 1 + several)
            else:
                at = self.blank(self.pair(at, table))

    def _table(self, parts: list[str], span: tuple[int, int], several: bool) -> Key:
        key: Key = ()
        for part in parts[:-1]:
            key = self._note((*key, part), span)
        key = (*key, parts[-1])
        if several:
            self._lists[key] = self._lists.get(key, -1) + 1
        return self._note(key, span)

    def _note(self, key: Key, span: tuple[int, int]) -> Key:
        """Note a table, and its last element if it is a list of tables."""
        self.found.setdefault(key, Place(span, span))
        if key in self._lists:
            key = (*key, self._lists[key])
            self.found.setdefault(key, Place(span, span))
        return key

    def blank(self, at: int) -> int:
        match = _TOML_BLANK.match(self.text, at)
        assert match
        return match.end()

    def key(self, at: int) -> tuple[list[tuple[str, tuple[int, int]]], int]:
        """The parts of a dotted key with their places, and what follows it."""
        parts: list[tuple[str, tuple[int, int]]] = []
        while True:
            at = self._space(at)
            if bare := _BARE.match(self.text, at):
                parts.append((bare[0], bare.span()))
                end = bare.end()
            else:
                quoted = _TOML_STRING.match(self.text, at)
                assert quoted
                parts.append((_unquoted(quoted[0]), quoted.span()))
                end = quoted.end()
            at = self._space(end)
            if not self.text.startswith(".", at):
                return parts, at
            at += 1

    def _space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        assert match
        return match.end()

    def pair(self, at: int, table: Key) -> int:
        parts, at = self.key(at)
        key = table
        for part, span in parts[:-1]:
            key = (*key, part)
            self.found.setdefault(key, Place(span, span))
        name, span = parts[-1]
        return self.value(self._space(at + 1), (*key, name), span)

    def value(self, at: int, key: Key, span: tuple[int, int] | None = None) -> int:
        if self.text.startswith("[", at):
            end = self._list(at, key)
        elif self.text.startswith("{", at):
            end = self._inline(at, key)
        else:
            match = _TOML_STRING.match(self.text, at) or _TOML_SCALAR.match(self.text, at)
            assert match
            end = match.end()
        self.found[key] = Place(span or (at, end), (at, end))
        return end

    def _list(self, at: int, key: Key) -> int:
        index = 0
        at = self.blank(at + 1)
        while not self.text.startswith("]", at):
            at = self.blank(self.value(at, (*key, index)))
            index += 1
            if self.text.startswith(",", at):
                at = self.blank(at + 1)
        return at + 1

    def _inline(self, at: int, key: Key) -> int:
        at = self.blank(at + 1)
        while not self.text.startswith("}", at):
            at = self.blank(self.pair(at, key))
            if self.text.startswith(",", at):
                at = self.blank(at + 1)
        return at + 1


def _unquoted(text: str) -> str:
    import tomllib

    value = tomllib.loads(f"k = {text}")["k"]
    assert isinstance(value, str)
    return value


_JSON_BLANK = re.compile(r"[ \t\r\n]*")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_JSON_SCALAR = re.compile(r"[^,\]}\s]+")


@dataclass(slots=True)
class _Json:
    text: str
    found: dict[Key, Place] = field(default_factory=dict)
    _next: int = 0

    def blank(self, at: int) -> int:
        match = _JSON_BLANK.match(self.text, at)
        assert match
        return match.end()

    def value(self, at: int, key: Key, span: tuple[int, int] | None = None) -> int:
        if self.text.startswith("[", at):
            for index, start in enumerate(self._items(at)):
                end = self.value(start, (*key, index))
                self._next = self.blank(end)
            end = self._next + 1
        elif self.text.startswith("{", at):
            for start in self._items(at):
                name = _JSON_STRING.match(self.text, start)
                assert name
                colon = self.blank(name.end())
                end = self.value(self.blank(colon + 1), (*key, json.loads(name[0], strict=False)), name.span())
                self._next = self.blank(end)
            end = self._next + 1
        else:
            match = _JSON_STRING.match(self.text, at) or _JSON_SCALAR.match(self.text, at)
            assert match
            end = match.end()
        self.found[key] = Place(span or (at, end), (at, end))
        return end

    def _items(self, at: int) -> Iterator[int]:
        """Where each item between two brackets begins; ``_next`` is to be set behind it, and ends at the bracket."""
        self._next = self.blank(at + 1)
        while self.text[self._next] not in "]}":
            yield self._next
            if self.text[self._next] == ",":
                self._next = self.blank(self._next + 1)
