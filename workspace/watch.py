"""Which changes on disk call for another run: those of files that a run would examine, and of files that decide how.

``watchfiles`` tells of every change below a folder. What stands in ``node_modules`` or is named by a ``.gitignore`` is passed over
by the walk that finds the files of a run, so that the two never disagree.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from .discovery import LEFT_OUT, Folder, WalkError, extensions, named_paths, walk
from .settings.files import PACKAGE, TOML

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
    named, and those above that may hold settings. ``also`` are further files that decide how a run goes. ``files`` is what a run
    would examine now.
    """

    roots: dict[str, Folder] = field(default_factory=dict)
    nearby: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    also: set[str] = field(default_factory=set)
    respect_ignore: bool = True
    markdown: bool = False
    files: set[str] = field(default_factory=set)
    _above: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Find what a run would examine now."""
        found = {path for path in self.named if os.path.exists(path)}
        for real, folder in self.roots.items():
            cut = len(folder.path)
            paths = walk(folder, respect_ignore=self.respect_ignore, markdown=self.markdown)
            found.update(real + path[cut:] for path in paths if not isinstance(path, WalkError))
        self.files = found
        self._above = _above(found)

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
        by_name = name.endswith(extensions(markdown=self.markdown)) or name in _DECIDING
        return by_name or os.path.isdir(path) or os.path.join(path, "") in self._above


def _above(files: Set[str]) -> set[str]:
    """All folders above these files, each with a separator at its end."""
    folders: set[str] = set()
    for path in files:
        while (path := os.path.dirname(path)) and (folder := os.path.join(path, "")) not in folders:
            folders.add(folder)
    return folders


def watched(
    paths: Sequence[str], folder: str, *, respect_ignore: bool, markdown: bool = False, also: Iterable[str] = ()
) -> Watched:
    """What to watch for a run over ``paths``, which start from ``folder``. What is not there yet may come.

    ``also`` are absolute paths of further files that decide how a run goes: settings by other names, say.
    """
    result = Watched(respect_ignore=respect_ignore, markdown=markdown)
    named = named_paths(paths, folder)
    for root in named.folders:
        result.roots[os.path.realpath(root.path)] = root
    absent = [path for given in paths if not os.path.lexists(path := os.path.normpath(os.path.join(folder, given)))]
    for path in (*named.files, *absent):
        real_folder = os.path.realpath(os.path.dirname(path))
        # A link and what it leads to: either may change.
        result.named |= {os.path.join(real_folder, os.path.basename(path)), os.path.realpath(path)}
    result.also = {os.path.realpath(path) for path in also}
    result.nearby = {os.path.dirname(path) for path in result.named | result.also}
    for start in (*result.roots, *sorted(result.nearby)):
        result.nearby.update(_settings_folders(start, os.path.realpath(folder)))
    result.nearby = {path for path in result.nearby if path not in result.roots and os.path.isdir(path)}
    result.look()
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
    from watchfiles import watch

    groups = [(sorted(what.roots), True), (sorted(what.nearby), False)]
    if not any(paths for paths, _ in groups):
        raise CannotWatch("none of these paths is there")
    # Two watchers that take turns: one of them blocks for a step, the other looks what there is.
    waits = iter((_STEP, _LOOK))
    watchers = [
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
    started = False
    while True:
        try:
            changed = {path for watcher in watchers for _, path in next(watcher)}
        except (OSError, RuntimeError) as error:
            raise CannotWatch(str(error)) from None
        if not started:
            started = True
            yield False
        if changed and what.concern(changed):
            yield True
