"""What is in force for a file: the nearest settings file upwards, what that one extends, and over both what was asked for by hand.

The search goes on to the top of the file system, as that of ruff and Biome does: a repository's top (``.git``) does not end it. The
nearest file counts alone; it takes over others only by ``extends``. What a folder's settings leave out is left out whole: no
settings file in there is read on a walk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from jsleak.analysis.findings import Problem, Severity
from jsleak.analysis.rule import RuleSettings, rule_names

from ..model import Settings
from .files import KEY, PACKAGE, SettingsFile, find, read
from .globs import Glob, Matcher, matcher
from .origin import DEFAULT, Origin
from .places import Key

_DEEPEST = 50
_ALL = "all"


@dataclass(frozen=True)
class Overrides:
    """What was asked for by hand, by flags or in the editor: it goes over the files. Empty and None: nothing was.

    ``select`` takes the place of the files' and brings back what they ignore, ``ignore`` adds to theirs; tables go key by key.
    """

    kind: Literal["flag", "editor"] = "flag"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    engines: tuple[str, ...] | None = None
    max_file_size: int | None = None
    respect_ignore: bool | None = None

    def origin(self, name: str) -> Origin:
        """Them as an origin."""
        return Origin(self.kind, name=name)


@dataclass(frozen=True, slots=True)
class Level:
    """Whether a rule runs, its severity if that is not its own, and what says so."""

    on: bool
    severity: Severity | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What is in force for one file. With ``problems`` in the files that say it, nobody should count on it."""

    settings: Settings
    engines: tuple[str, ...]
    scope: Scope

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the settings files. Paths are absolute."""
        return self.scope.problems


class Scope:
    """What is in force in the folders that share a settings file. ``files`` has that file at its end, what it extends before it."""

    def __init__(self, files: tuple[SettingsFile, ...], problems: tuple[Problem, ...], base: Settings, over: Overrides) -> None:
        self.files = files
        self.problems = problems
        self._base = base
        self.overrides = over
        self._by_matches: dict[frozenset[int], FileSettings] = {}

    @cached_property
    def leaves(self) -> Mapping[Key, tuple[Any, Origin]]:
        """Each value that a file or a flag gives, whole or by the keys of its table, with where it comes from.

        Patterns are ``Glob``; those of ``per-file-ignores`` stand with their rules.
        """
        from .declared import declared

        home = self.files[-1].folder if self.files else ""
        leaves: dict[Key, tuple[Any, Origin]] = {}
        for file in self.files:
            for name, value in file.values.items():
                for key, leaf in _flat((name,), value, declared()[name].kind.depth):
                    origin = Origin("file", file, key)
                    if name in ("include", "exclude"):
                        leaves[key] = (tuple(Glob(file.folder, one).at(home) for one in leaf), origin)
                    elif name == "per-file-ignores":
                        glob = Glob(file.folder, str(key[1])).at(home)
                        leaves[(name, glob.folder, glob.pattern)] = ((glob, leaf), origin)
                    else:
                        leaves[key] = (leaf, origin)
        return leaves | dict(self._given())

    def _given(self) -> Iterator[tuple[Key, tuple[Any, Origin]]]:
        over = self.overrides
        if over.engines is not None:
            yield ("engines",), (over.engines, over.origin("--engines"))
        if over.max_file_size is not None:
            yield ("max-file-size",), (over.max_file_size, over.origin("--max-file-size"))
        if over.respect_ignore is not None:
            yield ("respect-ignore",), (over.respect_ignore, over.origin("--no-ignore"))
        for key, value in _flat(("options",), over.options, 2):
            yield key, (value, over.origin("--rule-option"))

    def value(self, name: str) -> tuple[Any, Origin]:
        """A value that is whole, with where it comes from."""
        from .declared import declared

        return self.leaves.get((name,)) or (declared()[name].default, DEFAULT)

    @cached_property
    def _include(self) -> Matcher | None:
        return self._matcher("include")

    @cached_property
    def _exclude(self) -> Matcher | None:
        return self._matcher("exclude")

    def _matcher(self, name: str) -> Matcher | None:
        found = self.leaves.get((name,)) if self.files else None
        return matcher(found[0]) if found else None

    @cached_property
    def plain(self) -> bool:
        """Whether it takes every file alike on a walk."""
        return not self.files or (self._include is None and self._exclude is None)

    def excludes(self, path: str) -> bool:
        """Whether ``exclude`` names a file, or a folder (whose path ends with a separator)."""
        return self._exclude is not None and self._exclude(path)

    def includes(self, path: str) -> bool:
        """Whether ``include`` names a file, or is not given."""
        return self._include is None or self._include(path)

    @cached_property
    def _by_pattern(self) -> tuple[tuple[Matcher, tuple[str, ...], Origin], ...]:
        found = []
        for key, (value, origin) in self.leaves.items():
            if key[0] == "per-file-ignores" and (matches := matcher([value[0]])):
                found.append((matches, value[1], origin))
        return tuple(found)

    def for_file(self, path: str) -> FileSettings:
        """What is in force for a file, by its absolute path."""
        matches = frozenset(index for index, one in enumerate(self._by_pattern) if one[0](path)) if self.files else frozenset()
        if matches not in self._by_matches:
            self._by_matches[matches] = self._make(self._levels(matches))
        return self._by_matches[matches]

    def levels(self, path: str) -> Mapping[str, Level]:
        """For a file: each rule, how it runs, and why."""
        return self._levels(frozenset(index for index, one in enumerate(self._by_pattern) if one[0](path)))

    def _make(self, levels: Mapping[str, Level]) -> FileSettings:
        on = frozenset(name for name, level in levels.items() if level.on)
        options: dict[str, dict[str, object]] = {}
        for key, (value, _) in self.leaves.items():
            if key[0] == "options":
                options.setdefault(str(key[1]), {})[str(key[2])] = value
        rules = RuleSettings(
            selected=None if len(on) == len(levels) else on,
            severity={name: level.severity for name, level in levels.items() if level.severity is not None},
            options=options,
            suppressions=self._base.rules.suppressions if self._base.rules else True,
        )
        settings = replace(
            self._base,
            rules=rules,
            max_file_size=self.value("max-file-size")[0],
            respect_ignore=self.value("respect-ignore")[0],
            time_limit=self._base.time_limit if ("time-limit",) not in self.leaves else self.value("time-limit")[0],
        )
        return FileSettings(settings, self.value("engines")[0], self)

    def _levels(self, matches: frozenset[int]) -> Mapping[str, Level]:
        levels = dict.fromkeys(rule_names(), Level(True, None, DEFAULT))

        def turn_off(names: Iterable[str], origin: Origin) -> None:
            for name in levels if _ALL in names else names:
                levels[name] = Level(False, None, origin)

        selected, origin = self.value("select")
        if _ALL not in selected:
            turn_off(set(levels) - set(selected), origin)
            levels |= {name: Level(True, None, origin) for name in selected}
        turn_off(*self.value("ignore"))
        for key, (level, said) in self.leaves.items():
            if key[0] == "severity":
                self._set_level(levels, str(key[1]), level, said)
        over = self.overrides
        if over.select:
            said = over.origin("--select")
            chosen = set(levels) if _ALL in over.select else set(over.select)
            turn_off(set(levels) - chosen, said)
            levels |= {name: Level(True, None, said) for name in chosen if not levels[name].on}
        for index, (_, names, said) in enumerate(self._by_pattern):
            if index in matches:
                turn_off(names, said)
        turn_off(over.ignore, over.origin("--ignore"))
        for name, level in over.severity.items():
            self._set_level(levels, name, level, over.origin("severity"))
        return levels

    @staticmethod
    def _set_level(levels: dict[str, Level], name: str, level: str, said: Origin) -> None:
        if level == "off":
            levels[name] = Level(False, None, said)
        elif levels[name].on:
            levels[name] = Level(True, Severity(level), said)


def _flat(key: Key, value: Any, depth: int) -> Iterator[tuple[Key, Any]]:
    if depth == 0:
        yield key, value
        return
    for name, inner in value.items():
        yield from _flat((*key, name), inner, depth - 1)


def _any_engine(text: str) -> str | None:
    return None


class SettingsFiles:
    """The settings files of a run (or of a server), each read once until ``forget``.

    ``base`` has what no file can say. ``config`` is the absolute path of a file that takes the place of all that would be found;
    ``isolated`` finds none. ``engine_error`` says what is wrong with a range of engines, which this folder knows nothing of.
    """

    def __init__(
        self,
        base: Settings | None = None,
        overrides: Overrides | None = None,
        *,
        config: str | None = None,
        isolated: bool = False,
        engine_error: Callable[[str], str | None] | None = None,
    ) -> None:
        self.base = base or Settings()
        self.overrides = overrides or Overrides()
        self._config = config
        self._isolated = isolated
        self._engine_error = engine_error or _any_engine
        self.forget()

    def __getstate__(self) -> dict[str, Any]:
        """What a process of its own needs: it reads the files itself."""
        return {name: vars(self)[name] for name in ("base", "overrides", "_config", "_isolated", "_engine_error")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.forget()

    def forget(self) -> None:
        """Read the files again when they are asked for next."""
        self._nowhere = Scope((), (), self.base, self.overrides)
        self._scopes: dict[str, Scope] = {}
        self._read: dict[str, SettingsFile] = {}
        self._fixed: Scope | None = None

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all files that were read."""
        return frozenset(self._read)

    def scope(self, folder: str) -> Scope:
        """What is in force in a folder, by its absolute path. Raises FileNotFoundError for a ``config`` that is not there."""
        if self._isolated:
            return self._nowhere
        if self._config is not None:
            self._fixed = self._fixed or self._made(self._file(self._config))
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

    def for_file(self, path: str) -> FileSettings:
        """What is in force for a file, by its absolute path."""
        return self.scope(os.path.dirname(path)).for_file(path)

    def below(self, root: str) -> Callable[[str], Scope | None]:
        """Tells of a path that a walk of ``root`` comes to which scope it is in; None where settings leave it out.

        That ``root`` itself is left out by its settings counts for nothing: somebody named it.
        """
        top = self.scope(root)
        named = top.excludes(os.path.join(root, ""))
        known: dict[str, Scope | None] = {root: top}

        def excluded(scope: Scope, path: str) -> bool:
            return not (named and scope is top) and scope.excludes(path)

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

        last: tuple[str, Scope | None] = (root, top)

        def choose(path: str) -> Scope | None:
            nonlocal last
            folder = path[: path.rfind(os.sep)] or os.sep
            if folder != last[0]:
                last = (folder, enter(folder))
            scope = last[1]
            if scope is None or scope.plain:
                return scope
            return scope if scope.includes(path) and not excluded(scope, path) else None

        return choose

    def _file(self, path: str) -> SettingsFile:
        if path not in self._read:
            self._read[path] = read(path, self._engine_error)
        return self._read[path]

    def _made(self, file: SettingsFile) -> Scope:
        layers: dict[str, SettingsFile] = {}
        problems: list[Problem] = []
        self._add(file, (), layers, problems)
        return Scope(tuple(layers.values()), tuple(dict.fromkeys(problems)), self.base, self.overrides)

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
            return f"there is no file `{given}`"
        if name == PACKAGE and not file.values and not file.problems:
            return f"`{given}` has no `{KEY}`"
        return ""
