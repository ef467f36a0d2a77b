"""From the bytes of a settings file to its values, with all that is wrong in them."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from jsleak.analysis.findings import Problem, ProblemKind
from jsleak.analysis.text import Position, Range

from ..reading import NotText, decode, not_text
from .declared import DECLARED
from .files import KEY, PACKAGE, SettingsFile
from .notes import Reading, nearest
from .places import range_of

_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\Z")
_NOTHING = object()
#: Names that other tools look for in a file; nothing to us.
_OTHERS = frozenset({"$schema"})


def parsed(path: str, data: bytes, engine_error: Callable[[str], str | None]) -> SettingsFile:
    """What the bytes of a file say. ``engine_error`` says what is wrong with a range of engines."""
    try:
        text = decode(data)
    except NotText as error:
        problem = not_text(path, data, error)
        return SettingsFile(path, problems=(Problem(path, ProblemKind.BAD_SETTINGS, problem.message, problem.range),))
    bare = SettingsFile(path, text)
    try:
        table = _package(text) if os.path.basename(path) == PACKAGE else _toml(text)
    except _Malformed as error:
        return SettingsFile(path, text, problems=(Problem(path, ProblemKind.BAD_SETTINGS, error.reason, error.place),))
    if table is _NOTHING:
        return SettingsFile(path, text, present=False)
    reading = Reading(engine_error=engine_error)
    values = _values(table, reading)
    problems = tuple(bare.problem(one.key, one.message, at_key=one.at_key) for one in reading.wrong)
    return SettingsFile(path, text, values, problems)


def _values(table: object, reading: Reading) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        reading.note((), f"`{KEY}` must be an object, not {table!r}.")
        return {}
    values: dict[str, Any] = {}
    for name, given in table.items():
        setting = DECLARED.get(name)
        if setting is None:
            if name not in _OTHERS:
                reading.note((name,), f"There is no setting `{name}`.{nearest(name, DECLARED)}", at_key=True)
        elif (value := setting.kind.read(reading, (name,), given)) is not None:
            values[name] = value
    return values


class _Malformed(Exception):
    def __init__(self, reason: str, place: Range | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _AT.search(str(error))
        reason = str(error)[: match.start()] if match else str(error)
        if match and match["line"]:
            start = Position(int(match["line"]), int(match["column"]))
            raise _Malformed(f"not TOML: {reason}", Range(start, start)) from None
        end = range_of(text, (len(text), len(text)))
        raise _Malformed(f"not TOML: {reason}, at the end", end) from None
    except RecursionError:
        raise _Malformed("not TOML that can be read: it is nested too deeply", None) from None


def _package(text: str) -> object:
    try:
        package = json.loads(text)
    except json.JSONDecodeError as error:
        place = Position(error.lineno, error.colno)
        raise _Malformed(f"not JSON: {error.msg}", Range(place, place)) from None
    except (RecursionError, ValueError):
        raise _Malformed("not JSON that can be read", None) from None
    return package.get(KEY, _NOTHING) if isinstance(package, dict) else _NOTHING
