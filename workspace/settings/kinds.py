"""The kinds of settings: how a value is read, what is said of a wrong one, and its JSON schema.

A wrong value never costs the others: it is noted and left out. Who reads decides what a note is worth.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from jsleak.analysis.findings import Severity
from jsleak.analysis.rule import Option, load_rules, rule_names

from ..sizes import parse_size
from .globs import what_is_wrong
from .places import Key

LEVELS = (*(severity.value for severity in Severity), "off")
ALL = "all"
"""What stands for all rules where rules are selected."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that means nothing, and why. ``at_key``: the name is wrong, not the value."""

    key: Key
    message: str
    at_key: bool = False


@dataclass(slots=True)
class Reading:
    """One reader's notes.

    ``prefix`` stands before each name in messages; ``engine_error`` says what is wrong with a range of engines.
    """

    prefix: str = ""
    engine_error: Callable[[str], str | None] = lambda text: None
    wrong: list[Wrong] = field(default_factory=list)

    def name(self, key: Key) -> str:
        """A key as messages call it."""
        return "`" + self.prefix + ".".join(str(part) for part in key if isinstance(part, str)) + "`"

    def note(self, key: Key, message: str, *, at_key: bool = False) -> None:
        """Note something wrong."""
        self.wrong.append(Wrong(key, message, at_key))

    def must_be(self, key: Key, what: str, value: object) -> None:
        """Note a value of the wrong kind."""
        self.note(key, f"{self.name(key)} must be {what}, not {shown(value)}.")


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence that names the nearest of ``names``, or nothing."""
    close = difflib.get_close_matches(name, list(names), 1, cutoff=0.5)
    return f" Did you mean `{close[0]}`?" if close else ""


def shown(value: object) -> str:
    """A value in a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


class Kind(Protocol):
    """``depth``: how many levels of names a value has, each of which may come from another file; 0 for a value that is whole."""

    depth: ClassVar[int]
    type: ClassVar[str]

    def read(self, reading: Reading, key: Key, value: object) -> Any:
        """The value in our terms; None where nothing of it is of use."""

    def schema(self) -> dict[str, Any]:
        """The JSON schema of what may be written."""


_STRINGS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}


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


def known_rule(reading: Reading, key: Key, name: str, *, at_key: bool = False) -> bool:
    """Whether there is such a rule."""
    if name in rule_names():
        return True
    owner = key[:-1] if at_key else key
    reading.note(key, f"{reading.name(owner)}: there is no rule `{name}`.{nearest(name, rule_names())}", at_key=at_key)
    return False


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
        return {"anyOf": [{"type": "string"}, _STRINGS]}


@dataclass(frozen=True)
class Rules:
    """Names of rules. ``selects``: ``all`` stands for all of them, and none is a mistake."""

    depth: ClassVar = 0
    type: ClassVar = "list of rules"
    selects: bool = False

    def read(self, reading: Reading, key: Key, value: object) -> tuple[str, ...] | None:
        found = strings(reading, key, value)
        if found is None:
            return None
        if self.selects and not found:
            reading.note(key, f'{reading.name(key)} selects no rule; ["{ALL}"] selects all of them.')
            return None
        names = tuple(name for at, name in found if (self.selects and name == ALL) or known_rule(reading, at, name))
        return names if names or not found else None

    def schema(self) -> dict[str, Any]:
        names = [*([ALL] if self.selects else []), *rule_names()]
        return {"type": "array", "items": {"enum": names}, **({"minItems": 1} if self.selects else {})}


@dataclass(frozen=True)
class Severities:
    """A severity for each rule."""

    depth: ClassVar = 1
    type: ClassVar = "table: rule → " + ", ".join(f'"{level}"' for level in LEVELS)

    def read(self, reading: Reading, key: Key, value: object) -> dict[str, str] | None:
        if not isinstance(value, Mapping):
            reading.must_be(key, "a table of rules and severities", value)
            return None
        levels: dict[str, str] = {}
        for name, level in value.items():
            if not known_rule(reading, (*key, name), name, at_key=True):
                continue
            if level in LEVELS:
                levels[name] = level
            else:
                what = f"one of {', '.join(LEVELS)}"
                near = nearest(level, LEVELS) if isinstance(level, str) else ""
                reading.note((*key, name), f"{reading.name((*key, name))} must be {what}, not {shown(level)}.{near}")
        return levels

    def schema(self) -> dict[str, Any]:
        properties = {
            name: {"enum": list(LEVELS), "description": f"{loaded.rule.summary} ({loaded.rule.severity} unless set)"}
            for name, loaded in load_rules().items()
        }
        return {"type": "object", "properties": properties, "additionalProperties": False}


@dataclass(frozen=True)
class Options:
    """The options of rules."""

    depth: ClassVar = 2
    type: ClassVar = "table: rule → option → value"

    def read(self, reading: Reading, key: Key, value: object) -> dict[str, dict[str, object]] | None:
        if not isinstance(value, Mapping):
            reading.must_be(key, "a table of rules and their options", value)
            return None
        options: dict[str, dict[str, object]] = {}
        for rule, given in value.items():
            at = (*key, rule)
            if not known_rule(reading, at, rule, at_key=True):
                continue
            if not isinstance(given, Mapping):
                reading.must_be(at, "a table of options", given)
                continue
            known = {option.name: option for option in load_rules()[rule].rule.options}
            for name, one in given.items():
                if name not in known:
                    message = f"{reading.name(at)}: the rule has no option `{name}`.{nearest(name, known)}"
                    reading.note((*at, name), message, at_key=True)
                elif (good := _option(reading, (*at, name), known[name], one)) is not None:
                    options.setdefault(rule, {})[name] = good
        return options

    def schema(self) -> dict[str, Any]:
        properties = {
            name: {
                "type": "object",
                "additionalProperties": False,
                "properties": {option.name: option_schema(option) for option in loaded.rule.options},
            }
            for name, loaded in load_rules().items()
        }
        return {"type": "object", "properties": properties, "additionalProperties": False}


def _option(reading: Reading, key: Key, option: Option, value: object) -> object | None:
    if isinstance(option.default, tuple):
        found = strings(reading, key, value)
        return None if found is None else tuple(text for _, text in found)
    if type(value) is type(option.default):
        return value
    reading.must_be(key, {bool: "true or false", int: "a whole number", str: "a string"}[type(option.default)], value)
    return None


def option_schema(option: Option) -> dict[str, Any]:
    """The JSON schema of a rule's option."""
    if isinstance(option.default, tuple):
        return {**_STRINGS, "default": list(option.default), "description": option.summary}
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"type": kinds[type(option.default)], "default": option.default, "description": option.summary}


@dataclass(frozen=True)
class Patterns:
    """Patterns of files."""

    depth: ClassVar = 0
    type: ClassVar = "list of patterns"

    def read(self, reading: Reading, key: Key, value: object) -> tuple[str, ...] | None:
        found = strings(reading, key, value)
        return None if found is None else tuple(text for at, text in found if _is_pattern(reading, at, text))

    def schema(self) -> dict[str, Any]:
        return _STRINGS


def _is_pattern(reading: Reading, key: Key, text: str, *, at_key: bool = False) -> bool:
    if why := what_is_wrong(text):
        owner = key[:-1] if at_key else key
        reading.note(key, f"{reading.name(owner)}: `{text}` is no pattern as in .gitignore: {why}.", at_key=at_key)
    return not why


@dataclass(frozen=True)
class RulesByPattern:
    """Rules for each pattern of files."""

    depth: ClassVar = 1
    type: ClassVar = "table: pattern → list of rules"

    def read(self, reading: Reading, key: Key, value: object) -> dict[str, tuple[str, ...]] | None:
        if not isinstance(value, Mapping):
            reading.must_be(key, "a table of patterns and lists of rules", value)
            return None
        found: dict[str, tuple[str, ...]] = {}
        for pattern, names in value.items():
            at = (*key, pattern)
            rules = Rules(selects=True).read(reading, at, names)
            if _is_pattern(reading, at, pattern, at_key=True) and rules is not None:
                found[pattern] = rules
        return found

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": Rules(selects=True).schema()}


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
        return _STRINGS
