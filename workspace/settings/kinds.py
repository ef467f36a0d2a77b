"""The kinds of settings: how a value is read, what is said of a wrong one, and its JSON schema.

A wrong value never costs the others: it is noted and left out. Who reads decides what a note is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ..sizes import parse_size
from .globs import what_is_wrong
from .notes import Reading

if TYPE_CHECKING:
    from .places import Key

STRINGS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}


class Kind(Protocol):
    """``depth``: how many levels of names a value has, each of which may come from another file; 0 for a value that is whole."""

    depth: ClassVar[int]
    type: ClassVar[str]

    def read(self, reading: Reading, key: Key, value: object) -> Any:
        """The value in our terms; None where nothing of it is of use."""

    def schema(self) -> dict[str, Any]:
        """The JSON schema of what may be written."""


def strings(reading: Reading, key: Key, value: object) -> list[tuple[Key, str]] | None:
    """The elements of a list of strings, each with its key."""
    if not isinstance(value, list):
        reading.must_be(key, "a list of strings", value)
        return None
    found: list[tuple[Key, str]] = []
    for index, one in enumerate(value):
        if isinstance(one, str):
            found.append(((*key, index), one))
        else:
            reading.must_be((*key, index), "a list of strings", value)
            return None
    return found


@dataclass(frozen=True)
class Flag:
    """True or false."""

    depth: ClassVar = 0
    type: ClassVar = "boolean"

    def read(self, reading: Reading, key: Key, value: object) -> bool | None:
        if isinstance(value, bool):
            return value
        reading.must_be(key, "true or false", value)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Size:
    """A number of bytes."""

    depth: ClassVar = 0
    type: ClassVar = "size"

    def read(self, reading: Reading, key: Key, value: object) -> int | None:
        size = parse_size(value) if isinstance(value, str) else value
        if isinstance(size, int) and not isinstance(size, bool) and size > 0:
            return size
        reading.must_be(key, 'a number of bytes above 0, or a size like "2M"', value)
        return None

    def schema(self) -> dict[str, Any]:
        pattern = r"^\s*\d+(\.\d+)?\s*[KMGkmg]?([iI]?[bB])?\s*$"
        return {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": pattern}]}


@dataclass(frozen=True)
class Seconds:
    """A time."""

    depth: ClassVar = 0
    type: ClassVar = "seconds"
    most: ClassVar = 86400

    def read(self, reading: Reading, key: Key, value: object) -> float | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= self.most:
            return float(value)
        reading.must_be(key, f"a number of seconds above 0, at most {self.most}", value)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": self.most}


@dataclass(frozen=True)
class Paths:
    """A path, or several."""

    depth: ClassVar = 0
    type: ClassVar = "path, or list of them"

    def read(self, reading: Reading, key: Key, value: object) -> tuple[str, ...] | None:
        if isinstance(value, str):
            return (value,)
        found = strings(reading, key, value)
        return None if found is None else tuple(path for _, path in found)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, STRINGS]}


@dataclass(frozen=True)
class Patterns:
    """Patterns of files."""

    depth: ClassVar = 0
    type: ClassVar = "list of patterns"

    def read(self, reading: Reading, key: Key, value: object) -> tuple[str, ...] | None:
        found = strings(reading, key, value)
        return None if found is None else tuple(text for at, text in found if is_pattern(reading, at, text))

    def schema(self) -> dict[str, Any]:
        return STRINGS


def is_pattern(reading: Reading, key: Key, text: str, *, at_key: bool = False) -> bool:
    """Whether files can be matched with it."""
    if why := what_is_wrong(text):
        owner = key[:-1] if at_key else key
        reading.note(key, f"{reading.name(owner)}: `{text}` is no pattern as in .gitignore: {why}.", at_key=at_key)
    return not why


@dataclass(frozen=True)
class Engines:
    """Ranges of engines."""

    depth: ClassVar = 0
    type: ClassVar = "list of ranges"

    def read(self, reading: Reading, key: Key, value: object) -> tuple[str, ...] | None:
        found = strings(reading, key, value)
        if found is None:
            return None
        good: list[str] = []
        for at, text in found:
            if why := reading.engine_error(text):
                reading.note(at, f"{reading.name(key)}: {why}")
            else:
                good.append(text)
        return tuple(good)

    def schema(self) -> dict[str, Any]:
        return STRINGS
