"""The kinds of settings that speak of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jsleak.analysis.findings import Severity
from jsleak.analysis.rule import Option, load_rules, rule_names

from .kinds import STRINGS, is_pattern, strings
from .notes import Reading, nearest, shown

if TYPE_CHECKING:
    from .places import Key

LEVELS = (*(severity.value for severity in Severity), "off")
ALL = "all"
"""What stands for all rules where rules are selected."""


def known_rule(reading: Reading, key: Key, name: str, *, at_key: bool = False) -> bool:
    """Whether there is such a rule."""
    if name in rule_names():
        return True
    owner = key[:-1] if at_key else key
    reading.note(key, f"{reading.name(owner)}: there is no rule `{name}`.{nearest(name, rule_names())}", at_key=at_key)
    return False


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
        return {**STRINGS, "default": list(option.default), "description": option.summary}
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"type": kinds[type(option.default)], "default": option.default, "description": option.summary}


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
            if is_pattern(reading, at, pattern, at_key=True) and rules is not None:
                found[pattern] = rules
        return found

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": Rules(selects=True).schema()}
