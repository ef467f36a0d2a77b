"""One settings file: finding it in a folder, reading it, checking it. What is wrong becomes a problem at its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jsleak.analysis.findings import Problem, ProblemKind
from jsleak.analysis.text import Position, Range

from ..reading import NotRegular, NotText, TooLarge, decode, not_text, read_bytes, read_problem
from .kinds import Reading, nearest
from .places import Key, Place, json_places, range_of, toml_places

TOML = "jsleak.toml"
PACKAGE = "package.json"
KEY = "jsleak"
"""The key of ``package.json``."""

_LIMIT = 4 << 20
_MENTIONED = re.compile(rb'"jsleak"\s*:')
_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\Z")
#: Names that other tools look for in a file; nothing to us.
_OTHERS = frozenset({"$schema"})


@dataclass(frozen=True, eq=False)
class SettingsFile:
    """What one file says, with what is wrong in it. ``values`` has what is of use, by the names of ``declared``.

    ``path`` is absolute, and is what problems call it.
    """

    path: str
    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def folder(self) -> str:
        """The folder that it stands in, from which its paths count."""
        return os.path.dirname(self.path)

    @cached_property
    def _places(self) -> Mapping[Key, Place]:
        try:
            return json_places(self.text) if self._is_package else toml_places(self.text)
        except RecursionError:
            return {}

    @property
    def _is_package(self) -> bool:
        return os.path.basename(self.path) == PACKAGE

    def range(self, key: Key, *, at_key: bool = True) -> Range:
        """Where something is said; where what holds it is, or the file's beginning, if it is not found by itself."""
        whole = (KEY, *key) if self._is_package else key
        while whole:
            if place := self._places.get(whole):
                return range_of(self.text, place.key if at_key else place.value)
            whole = whole[:-1]
        return Range(Position(1, 1), Position(1, 1))

    def problem(self, key: Key, message: str, *, at_key: bool = False) -> Problem:
        """Something wrong in it, at its place."""
        return Problem(self.path, ProblemKind.BAD_SETTINGS, message, self.range(key, at_key=at_key))


def find(folder: str, engine_error: Callable[[str], str | None]) -> SettingsFile | None:
    """The settings file of exactly this folder: ``jsleak.toml``, else a ``package.json`` that has them."""
    path = os.path.join(folder, TOML)
    try:
        data = read_bytes(path, _LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError, TooLarge, NotRegular) as error:
        return _unreadable(path, error)
    else:
        return _parsed(path, data, engine_error)
    path = os.path.join(folder, PACKAGE)
    try:
        data = read_bytes(path, _LIMIT)
    except (OSError, ValueError, TooLarge, NotRegular):
        # It is others' business first.
        return None
    if not _MENTIONED.search(data):
        return None
    file = _parsed(path, data, engine_error)
    return file if file.values or file.problems or _has_key(file.text) else None


def read(path: str, engine_error: Callable[[str], str | None]) -> SettingsFile:
    """The settings file of this name, whatever it is called. Raises FileNotFoundError."""
    try:
        data = read_bytes(path, _LIMIT)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TooLarge, NotRegular) as error:
        return _unreadable(path, error)
    return _parsed(path, data, engine_error)


def _has_key(text: str) -> bool:
    import json

    return KEY in json.loads(text)


def _unreadable(path: str, error: Exception) -> SettingsFile:
    problem = read_problem(path, error)
    return SettingsFile(path, problems=(Problem(path, ProblemKind.BAD_SETTINGS, problem.message),))


def _parsed(path: str, data: bytes, engine_error: Callable[[str], str | None]) -> SettingsFile:
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
    reading = Reading(engine_error=engine_error)
    values = _values(table, reading)
    problems = tuple(bare.problem(one.key, one.message, at_key=one.at_key) for one in reading.wrong)
    return SettingsFile(path, text, values, problems)


def _values(table: object, reading: Reading) -> dict[str, Any]:
    from .declared import declared

    if not isinstance(table, Mapping):
        reading.note((), f"`{KEY}` must be an object, not {table!r}.")
        return {}
    values: dict[str, Any] = {}
    for name, given in table.items():
        setting = declared().get(name)
        if setting is None:
            if name not in _OTHERS:
                reading.note((name,), f"There is no setting `{name}`.{nearest(name, declared())}", at_key=True)
        elif (value := setting.kind.read(reading, (name,), given)) is not None:
            values[name] = value
    return values


class _Malformed(Exception):
    def __init__(self, reason: str, place: Range | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


def _toml(text: str) -> object:
    import tomllib

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
    import json

    try:
        package = json.loads(text)
    except json.JSONDecodeError as error:
        place = Position(error.lineno, error.colno)
        raise _Malformed(f"not JSON: {error.msg}", Range(place, place)) from None
    except (RecursionError, ValueError):
        raise _Malformed("not JSON that can be read", None) from None
    return package.get(KEY, {}) if isinstance(package, dict) else {}
