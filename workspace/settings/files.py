"""One settings file: finding it in a folder, reading it, checking it. What is wrong becomes a problem at its place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jsleak.analysis.findings import Problem, ProblemKind
from jsleak.analysis.text import Position, Range

from ..reading import NotRegular, TooLarge, read_bytes, read_problem

if TYPE_CHECKING:
    from .places import Key, Place

TOML = "jsleak.toml"
PACKAGE = "package.json"
KEY = "jsleak"
"""The key of ``package.json``."""

_LIMIT = 4 << 20
_MENTION = f'"{KEY}"'.encode()


@dataclass(frozen=True, eq=False)
class SettingsFile:
    """What one file says, with what is wrong in it. ``values`` has what is of use, by the names of ``declared``.

    ``path`` is absolute, and is what problems call it. ``present``: it has settings, be it none; a ``package.json`` may have no
    ``KEY``.
    """

    path: str
    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    present: bool = True

    @property
    def folder(self) -> str:
        """The folder that it stands in, from which its paths count."""
        return os.path.dirname(self.path)

    @cached_property
    def _places(self) -> Mapping[Key, Place]:
        # Not at the top: few runs see such a file.
        from .places import json_places, toml_places

        try:
            return json_places(self.text) if self._is_package else toml_places(self.text)
        except RecursionError:
            return {}

    @property
    def _is_package(self) -> bool:
        return os.path.basename(self.path) == PACKAGE

    def range(self, key: Key, *, at_key: bool = True) -> Range:
        """Where something is said; where what holds it is, or the file's beginning, if it is not found by itself."""
        from .places import range_of

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
    # Asked of every folder of a walk, of which nearly all have neither: an exception would cost more than the system does.
    base = folder if folder.endswith(os.sep) else folder + os.sep
    try:
        if os.access(base + TOML, os.F_OK):
            return read(base + TOML, engine_error)
        if not os.access(base + PACKAGE, os.F_OK):
            return None
        data = read_bytes(base + PACKAGE, _LIMIT)
    except (OSError, ValueError, TooLarge, NotRegular):
        # It went away, or is others' business first.
        return None
    if _MENTION not in data:
        return None
    file = _parsed(base + PACKAGE, data, engine_error)
    return file if file.present else None


def read(path: str, engine_error: Callable[[str], str | None]) -> SettingsFile:
    """The settings file of this name, whatever it is called. Raises FileNotFoundError."""
    try:
        data = read_bytes(path, _LIMIT)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TooLarge, NotRegular) as error:
        return _unreadable(path, error)
    return _parsed(path, data, engine_error)


def _unreadable(path: str, error: Exception) -> SettingsFile:
    problem = read_problem(path, error)
    return SettingsFile(path, problems=(Problem(path, ProblemKind.BAD_SETTINGS, problem.message),))


def _parsed(path: str, data: bytes, engine_error: Callable[[str], str | None]) -> SettingsFile:
    # Not at the top: this loads the rules and all that settings may say of them.
    from .parsing import parsed

    return parsed(path, data, engine_error)
