"""Which settings are in force: the nearest settings file upwards, what that one extends, and over both what was asked for by hand.

The search goes on to the top of the file system, as that of ruff and Biome does: a repository's top (``.git``) does not end it. The
nearest file counts alone; it takes over others only by ``extends``. What a folder's settings leave out is left out whole: no
settings file in there is read on a walk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from jsleak.analysis.findings import Problem

from ..model import Settings
from .files import KEY, PACKAGE, SettingsFile, find, read
from .scope import Overrides, Scope

_DEEPEST = 50


def _any_engine(text: str) -> str | None:
    return None


class SettingsFiles:
    """The settings files of a run (or of a server), each read once until ``forget``.

    ``base`` has what neither files nor ``overrides`` say. ``config`` is the absolute path of a file that takes the place of all
    that would be found, with its patterns counting from ``folder`` (default: the working folder), as those of ruff and ESLint do;
    ``isolated`` finds none. ``engine_error`` says what is wrong with a range of engines, which this folder knows nothing of.
    """

    def __init__(
        self,
        base: Settings | None = None,
        overrides: Overrides | None = None,
        *,
        config: str | None = None,
        folder: str | None = None,
        isolated: bool = False,
        engine_error: Callable[[str], str | None] | None = None,
    ) -> None:
        self.base = base or Settings()
        self.overrides = overrides or Overrides()
        self._config = config
        self._folder = folder
        self._isolated = isolated
        self._engine_error = engine_error or _any_engine
        self.forget()

    def __getstate__(self) -> dict[str, Any]:
        """What a process of its own needs: it reads the files itself."""
        return {name: vars(self)[name] for name in ("base", "overrides", "_config", "_folder", "_isolated", "_engine_error")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.forget()

    def forget(self) -> None:
        """Read the files again when they are asked for next."""
        self._nowhere = Scope((), (), self.base, self.overrides)
        self._scopes: dict[str, Scope] = {}
        self._read: dict[str, SettingsFile] = {}
        self._absent: set[str] = set()
        self._fixed: Scope | None = None

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all files that were read, and of those that others extend in vain."""
        return frozenset(self._read) | self._absent

    def scope(self, folder: str) -> Scope:
        """What is in force in a folder, by its absolute path. Raises FileNotFoundError for a ``config`` that is not there."""
        if self._isolated:
            return self._nowhere
        if self._config is not None:
            self._fixed = self._fixed or self._made(self._file(self._config), self._folder or os.getcwd())
            return self._fixed
        passed: list[str] = []
        while (scope := self._scopes.get(folder)) is None:
            passed.append(folder)
            if (file := find(folder, self._engine_error)) is not None:
                self._read[file.path] = file
                scope = self._made(file)
                break
            parent = os.path.dirname(folder)
            if parent == folder:
                scope = self._nowhere
                break
            folder = parent
        self._scopes.update(dict.fromkeys(passed, scope))
        return scope

    def for_file(self, path: str) -> Settings:
        """What is in force for a file, by its absolute path."""
        return self.scope(os.path.dirname(path)).for_file(path)

    def holding(self, contents: Mapping[str, bytes]) -> SettingsFiles:
        """The same for a run in which these bytes, by real path, stand for those on disk."""
        other = copy(self)
        other.base = replace(self.base, contents=contents)
        other.forget()
        return other

    @classmethod
    def of(cls, settings: Settings | SettingsFiles | None) -> SettingsFiles:
        """Settings that are the same for all files, as if by files."""
        return settings if isinstance(settings, SettingsFiles) else cls(settings, isolated=True)

    def below(self, root: str, *, forced: bool = False) -> Callable[[str], Scope | None]:
        """Tells of a path that a walk of ``root`` comes to which scope it is in; None where settings leave it out.

        A folder's path ends with a separator. That ``root`` itself is left out by its settings counts for nothing, for somebody
        named it, unless ``forced``.
        """
        top = self.scope(root)
        if top.plain and (self._isolated or self._config is not None):
            return lambda path: top
        out = top.excludes(os.path.join(root, ""))
        known: dict[str, Scope | None] = {root: None if out and forced else top}

        def excluded(scope: Scope, path: str) -> bool:
            return not (out and scope is top) and scope.excludes(path)

        def enter(folder: str) -> Scope | None:
            passed: list[str] = []
            while folder not in known:
                passed.append(folder)
                folder = os.path.dirname(folder)
                if len(folder) <= len(root):
                    folder = root
            scope = known[folder]
            for inner in reversed(passed):
                if scope is not None:
                    scope = None if excluded(scope, os.path.join(inner, "")) else self.scope(inner)
                known[inner] = scope
            return scope

        last: tuple[str, Scope | None] = (root, known[root])
        plain = last[1] is None or top.plain

        def choose(path: str) -> Scope | None:
            nonlocal last, plain
            folder = path[: path.rfind(os.sep)] or os.sep
            if folder != last[0]:
                last = (folder, scope := enter(folder))
                plain = scope is None or scope.plain
            scope = last[1]
            if plain or scope is None or path.endswith(os.sep):
                return scope
            return scope if scope.includes(path) and not excluded(scope, path) else None

        return choose

    def _file(self, path: str) -> SettingsFile:
        if path not in self._read:
            self._read[path] = read(path, self._engine_error)
        return self._read[path]

    def _made(self, file: SettingsFile, home: str | None = None) -> Scope:
        layers: dict[str, SettingsFile] = {}
        problems: list[Problem] = []
        self._add(file, (), layers, problems)
        return Scope(tuple(layers.values()), tuple(dict.fromkeys(problems)), self.base, self.overrides, home)

    def _add(
        self, file: SettingsFile, above: tuple[SettingsFile, ...], layers: dict[str, SettingsFile], problems: list[Problem]
    ) -> None:
        """Put what a file extends before it, each file once."""
        problems += file.problems
        chain = (*above, file)
        for index, given in enumerate(file.values.get("extends", ())):
            path = os.path.normpath(os.path.join(file.folder, given))
            reason = self._cannot_extend(path, given, chain)
            if reason:
                problems.append(file.problem(("extends", index), f"`extends`: {reason}."))
            elif path not in layers:
                self._add(self._file(path), chain, layers, problems)
        layers[file.path] = file

    def _cannot_extend(self, path: str, given: str, chain: tuple[SettingsFile, ...]) -> str:
        name = os.path.basename(path)
        if path in (paths := [one.path for one in chain]):
            circle = [os.path.relpath(one, chain[-1].folder) for one in [*paths[paths.index(path) :], path]]
            return f"this goes in a circle: {' → '.join(circle)}"
        if len(chain) >= _DEEPEST:
            return f"more than {_DEEPEST} files, one upon the other"
        if not name.endswith(".toml") and name != PACKAGE:
            return f"`{given}` is neither a `.toml` file nor a `{PACKAGE}`"
        try:
            file = self._file(path)
        except (FileNotFoundError, NotADirectoryError):
            self._absent.add(path)
            return f"there is no file `{given}`"
        if name == PACKAGE and not file.values and not file.problems:
            return f"`{given}` has no `{KEY}`"
        return ""
