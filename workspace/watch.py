"""Which changes on disk call for another run: those of files that a run would examine, and of files that decide how.

``watchfiles`` tells of every change below a folder. What stands in ``node_modules`` or is named by a ``.gitignore`` is passed over
by the walk that finds the files of a run, so that the two never disagree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .discovery import LEFT_OUT, Folder, WalkError, extensions, named_paths, walk
from .settings.files import PACKAGE, TOML
from .settings.resolve import SettingsFiles

if TYPE_CHECKING:
    from watchfiles.main import FileChange

_DECIDING = frozenset({TOML, PACKAGE, ".gitignore", ".ignore"})

#: Milliseconds. An editor's save is several changes: what comes within a step of each other is one.
_STEP = 50
_LONGEST = 1_600
_LOOK = 1


class CannotWatch(Exception):
    """The system does not let these folders be watched; the message says why."""


@dataclass(slots=True)
class Watched:
    """What is watched. Paths are real ones, as the system reports them.

    ``roots`` are watched with all that is below them, ``nearby`` for what stands right in them: the folders of files that the user
    named, those above that may hold settings, and those of ``also``: all settings files that ``settings`` has read so far, whatever
    they are called. ``files`` is what a run would examine now.
    """

    settings: SettingsFiles
    roots: dict[str, Folder] = field(default_factory=dict)
    nearby: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    also: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    _above: set[str] = field(default_factory=set)
    _walking: dict[str, tuple[bool, bool]] = field(default_factory=dict)

    def look(self) -> None:
        """Find what a run would examine now."""
        found = {path for path in self.named if os.path.exists(path)}
        self._walking = {root: self._how(folder.path) for root, folder in self.roots.items()}
        for real, folder in self.roots.items():
            cut = len(folder.path)
            respect_ignore, markdown = self._walking[real]
            paths = walk(folder, respect_ignore=respect_ignore, markdown=markdown)
            found.update(real + path[cut:] for path in paths if not isinstance(path, WalkError))
        self.files = found
        self._above = _above(found)

    def _how(self, root: str) -> tuple[bool, bool]:
        """Whether a walk goes by ignore files, and whether it finds Markdown."""
        try:
            common = self.settings.scope(root).common
        except FileNotFoundError:  # a settings file that the user named, and that has gone for now
            return True, False
        return common.respect_ignore, common.markdown

    def follow(self) -> bool:
        """Take up what the last run has read of settings; whether there are folders now that are not watched yet."""
        self.also.update(os.path.realpath(path) for path in self.settings.paths)
        if any(self._how(folder.path) != self._walking[root] for root, folder in self.roots.items()):
            self.look()
        roots = tuple(os.path.join(root, "") for root in self.roots)
        new = {os.path.dirname(path) for path in self.also if not path.startswith(roots)} - self.nearby
        new = {path for path in new if os.path.isdir(path)}
        self.nearby |= new
        return bool(new)

    def concern(self, changed: Set[str]) -> bool:
        """Whether a run may come to something else after these changes."""
        candidates = {path for path in changed if self._may_matter(path)}
        if not candidates:
            return False
        before = self.files
        self.look()
        if before != self.files or candidates & (self.files | self.also):
            return True
        deciding = {os.path.dirname(path) for path in candidates if os.path.basename(path) in _DECIDING}
        # Also a folder that has taken another's place: of what came with it nothing is told.
        return any(os.path.join(folder, "") in self._above for folder in deciding | (candidates - deciding))

    def _may_matter(self, path: str) -> bool:
        """Whether it is worth a look: by its name, or because it is a folder (or was)."""
        if path in self.named or path in self.also:
            return True
        root = next((root for root in self.roots if path.startswith(os.path.join(root, ""))), None)
        if root is None:
            return os.path.basename(path) in _DECIDING
        if not self.roots[root].inside and any(part in LEFT_OUT for part in path[len(root) :].split(os.sep)):
            return False
        name = os.path.basename(path)
        by_name = name.endswith(extensions(markdown=self._walking[root][1])) or name in _DECIDING
        return by_name or os.path.isdir(path) or os.path.join(path, "") in self._above


def _above(files: Set[str]) -> set[str]:
    """All folders above these files, each with a separator at its end."""
    folders: set[str] = set()
    for path in files:
        while (path := os.path.dirname(path)) and (folder := os.path.join(path, "")) not in folders:
            folders.add(folder)
    return folders


def watched(paths: Sequence[str], folder: str, settings: SettingsFiles) -> Watched:
    """What to watch for runs over ``paths``, which start from ``folder``, by ``settings``. What is not there yet may come."""
    result = Watched(settings)
    named = named_paths(paths, folder)
    for root in named.folders:
        result.roots[os.path.realpath(root.path)] = root
    absent = [path for given in paths if not os.path.lexists(path := os.path.normpath(os.path.join(folder, given)))]
    for path in (*named.files, *absent):
        real_folder = os.path.realpath(os.path.dirname(path))
        # A link and what it leads to: either may change.
        result.named |= {os.path.join(real_folder, os.path.basename(path)), os.path.realpath(path)}
        settings.scope(os.path.dirname(path))
    nearby = {os.path.dirname(path) for path in result.named}
    for start in (*result.roots, *sorted(nearby)):
        nearby.update(_settings_folders(start, os.path.realpath(folder)))
    result.nearby = {path for path in nearby if path not in result.roots and os.path.isdir(path)}
    result.look()
    result.follow()
    return result


def _settings_folders(start: str, top: str) -> Iterator[str]:
    """The folders above ``start`` up to ``top``, where settings may come to stand, and the first above that which has some."""
    here = start
    while (parent := os.path.dirname(here)) != here:
        here = parent
        if os.path.join(here, "").startswith(os.path.join(top, "")):
            yield here
        elif any(os.path.isfile(os.path.join(here, name)) for name in (TOML, PACKAGE)):
            yield here
            return


def changes(what: Watched) -> Iterator[bool]:
    """True each time another run is due, for ever; the first False says that from now on nothing is missed.

    Raises CannotWatch, and KeyboardInterrupt on Ctrl-C.
    """
    watchers = _watchers(what)
    started = False
    due = False
    while True:
        try:
            changed = {path for watcher in watchers for _, path in next(watcher)}
        except (OSError, RuntimeError) as error:
            raise CannotWatch(str(error)) from None
        if started and not due and not (changed and what.concern(changed)):
            continue
        yield started
        started = True
        # What changed in a new folder before it was watched is seen by a run after that.
        if due := what.follow():
            watchers = _watchers(what)


def _watchers(what: Watched) -> list[Iterator[set[FileChange]]]:
    """Two watchers that take turns: one of them blocks for a step, the other looks what there is. Raises CannotWatch."""
    from watchfiles import watch

    groups = [(sorted(what.roots), True), (sorted(what.nearby), False)]
    if not any(paths for paths, _ in groups):
        raise CannotWatch("none of these paths is there")
    waits = iter((_STEP, _LOOK))
    return [
        watch(
            *paths,
            watch_filter=None,
            debounce=_LONGEST,
            step=_STEP,
            rust_timeout=next(waits),
            yield_on_timeout=True,
            raise_interrupt=True,
            recursive=recursive,
            ignore_permission_denied=True,
        )
        for paths, recursive in groups
        if paths
    ]
