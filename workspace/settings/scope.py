"""What is in force in the folders that share a settings file, for each of their files, and what says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from jsleak.analysis.findings import Problem, Severity
from jsleak.analysis.rule import RuleSettings, rule_names

from ..model import Settings
from .files import SettingsFile
from .origin import DEFAULT, Origin

if TYPE_CHECKING:
    from .globs import Matcher
    from .places import Key

_ALL = "all"


@dataclass(frozen=True)
class Overrides:
    """What was asked for by hand, by flags or in the editor: it goes over the files. Empty and None: nothing was.

    ``select`` takes the place of the files' and brings back what they leave out, ``ignore`` adds to theirs; tables go key by key.
    """

    kind: Literal["flag", "editor"] = "flag"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    engines: tuple[str, ...] | None = None
    max_file_size: int | None = None
    respect_ignore: bool | None = None
    markdown: bool | None = None

    def origin(self, name: str) -> Origin:
        """Them as an origin."""
        return Origin(self.kind, name=name)


_NO_OVERRIDES = (Overrides("flag"), Overrides("editor"))


@dataclass(frozen=True, slots=True)
class Level:
    """Whether a rule runs, its severity if that is not its own, and what says so."""

    on: bool
    severity: Severity | None
    origin: Origin


class Scope:
    """What is in force where one settings file is the nearest.

    ``files`` has that file at its end, what it extends before it; it is empty where there is none. Patterns count from ``home``
    (default: the file's folder). With ``problems`` in them, whose paths are absolute, nobody should count on the rest.
    """

    def __init__(
        self,
        files: tuple[SettingsFile, ...],
        problems: tuple[Problem, ...],
        base: Settings,
        over: Overrides,
        home: str | None = None,
    ) -> None:
        self.files = files
        self.problems = problems
        self.overrides = over
        self.home = home or (files[-1].folder if files else None)
        self._base = base
        self._by_matches: dict[frozenset[int], Settings] = {}

    @cached_property
    def leaves(self) -> Mapping[Key, tuple[Any, Origin]]:
        """Each value that a file or a flag gives, whole or by the keys of its table, with where it comes from.

        Patterns are ``Glob``; those of ``per-file-ignores`` stand with their rules.
        """
        return dict(self._from_files()) | dict(self._from_overrides())

    def _from_files(self) -> Iterator[tuple[Key, tuple[Any, Origin]]]:
        if self.home is None:
            return
        from .declared import DECLARED
        from .globs import Glob

        home = self.home
        for file in self.files:
            folder = home if file is self.files[-1] else file.folder
            for name, value in file.values.items():
                for key, leaf in _flat((name,), value, DECLARED[name].kind.depth):
                    origin = Origin("file", file, key)
                    if name in ("include", "exclude"):
                        yield key, (tuple(Glob(folder, one).at(home) for one in leaf), origin)
                    elif name == "per-file-ignores":
                        glob = Glob(folder, str(key[1])).at(home)
                        yield (name, glob.folder, glob.pattern), ((glob, leaf), origin)
                    else:
                        yield key, (leaf, origin)

    def _from_overrides(self) -> Iterator[tuple[Key, tuple[Any, Origin]]]:
        over = self.overrides
        if over.select:
            yield ("select",), (over.select, over.origin("select"))
        if over.engines is not None:
            yield ("engines",), (over.engines, over.origin("engines"))
        if over.max_file_size is not None:
            yield ("max-file-size",), (over.max_file_size, over.origin("max-file-size"))
        if over.respect_ignore is not None:
            yield ("respect-ignore",), (over.respect_ignore, over.origin("no-ignore"))
        if over.markdown is not None:
            yield ("markdown",), (over.markdown, over.origin("markdown"))
        for key, value in _flat(("options",), over.options, 2):
            yield key, (value, over.origin("rule-option"))
        for key, value in _flat(("severity",), over.severity, 1):
            yield key, (value, over.origin("severity"))

    # On a walk

    @cached_property
    def _include(self) -> Matcher | None:
        return self._matcher("include")

    @cached_property
    def _exclude(self) -> Matcher | None:
        return self._matcher("exclude")

    def _matcher(self, name: str) -> Matcher | None:
        found = self.leaves.get((name,)) if self.files else None
        if not found:
            return None
        # Not at the top: few have such settings.
        from .globs import matcher

        return matcher(found[0])

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

    # For a file

    @cached_property
    def common(self) -> Settings:
        """What is in force for all files alike: everything but the rules."""
        given = {key[0]: value for key, (value, _) in self.leaves.items() if len(key) == 1}
        return replace(
            self._base,
            max_file_size=given.get("max-file-size", self._base.max_file_size),
            respect_ignore=given.get("respect-ignore", self._base.respect_ignore),
            markdown=given.get("markdown", self._base.markdown),
            time_limit=given.get("time-limit", self._base.time_limit),
            engines=given.get("engines", self._base.engines),
        )

    @cached_property
    def _by_pattern(self) -> tuple[tuple[Callable[[str], bool], tuple[str, ...], Origin], ...]:
        if not self.files:
            return ()
        from .globs import matcher

        patterns = [one for key, one in self.leaves.items() if key[0] == "per-file-ignores"]
        return tuple((matches, names, origin) for (glob, names), origin in patterns if (matches := matcher([glob])))

    def for_file(self, path: str) -> Settings:
        """What is in force for a file, by its absolute path. The same object for files for which the same is."""
        if not self.files and self.overrides in _NO_OVERRIDES:
            return self._base
        matches = self._matches(path)
        if matches not in self._by_matches:
            self._by_matches[matches] = replace(self.common, rules=self._rules(matches))
        return self._by_matches[matches]

    def levels(self, path: str) -> Mapping[str, Level]:
        """For a file: each rule, how it runs, and why."""
        return self._levels(self._matches(path))

    def _matches(self, path: str) -> frozenset[int]:
        return frozenset(index for index, one in enumerate(self._by_pattern) if one[0](path))

    def _rules(self, matches: frozenset[int]) -> RuleSettings:
        levels = self._levels(matches)
        on = frozenset(name for name, level in levels.items() if level.on)
        options: dict[str, dict[str, object]] = {}
        for key, (value, _) in self.leaves.items():
            if key[0] == "options":
                options.setdefault(str(key[1]), {})[str(key[2])] = value
        return RuleSettings(
            selected=None if len(on) == len(levels) else on,
            severity={name: level.severity for name, level in levels.items() if level.severity is not None},
            options=options,
            suppressions=self._base.rules.suppressions if self._base.rules else True,
        )

    def _levels(self, matches: frozenset[int]) -> Mapping[str, Level]:
        over = self.overrides
        selected, said = self.leaves.get(("select",), ((_ALL,), DEFAULT))
        levels = {name: Level(_ALL in selected or name in selected, None, said) for name in rule_names()}

        def turn_off(names: Iterable[str], origin: Origin) -> None:
            for name in levels if _ALL in names else names:
                levels[name] = Level(False, None, origin)

        if not over.select:
            turn_off(*self.leaves.get(("ignore",), ((), DEFAULT)))
        for key, (level, origin) in self.leaves.items():
            if key[0] != "severity":
                continue
            if level != "off":
                if levels[str(key[1])].on:
                    levels[str(key[1])] = Level(True, Severity(level), origin)
            elif not (over.select and origin.kind == "file"):
                turn_off([str(key[1])], origin)
        for index, (_, names, origin) in enumerate(self._by_pattern):
            if index in matches:
                turn_off(names, origin)
        turn_off(over.ignore, over.origin("ignore"))
        return levels


def _flat(key: Key, value: Any, depth: int) -> Iterator[tuple[Key, Any]]:
    if depth == 0:
        yield key, value
        return
    for name, inner in value.items():
        yield from _flat((*key, name), inner, depth - 1)
