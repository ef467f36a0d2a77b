"""Which files a run looks at, and which of them it analyses: those that mention what a rule asks about."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from jsleak.analysis.findings import Problem, ProblemKind

from .contents import bytes_of
from .discovery import LEFT_OUT, Folder, Named, WalkError, extensions, link_target, named_paths, walk
from .examine import Job
from .forced import Forced
from .model import Progress, Settings
from .notes import Fate, Notes
from .paths import display
from .reading import IsLink, NotRegular, NotText, Searcher, TooLarge, decode, not_text, read_problem, relevant
from .settings.resolve import SettingsFiles
from .settings.scope import Scope

_TICK = 512


@dataclass(slots=True)
class Search:
    """What a search has come to. ``jobs`` are the files to analyse, ``seen`` has all that were looked at, by their real paths."""

    folder: str
    settings: SettingsFiles
    progress: Progress | None = None
    only: Collection[str] | None = None
    notes: Notes | None = None
    files: int = 0
    named: Named = field(default_factory=Named)
    seen: dict[str, Scope] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    links: list[tuple[str, Scope]] = field(default_factory=list)
    _searchers: dict[int, Searcher] = field(default_factory=dict)
    _wrong: dict[Problem, None] = field(default_factory=dict)

    def run(self, paths: Sequence[str]) -> None:
        """Look at all that ``paths`` name."""
        self.named = named_paths(paths, self.folder)
        self.problems += self.named.problems
        left_out = Forced(self.settings, self.folder) if self.settings.base.force_exclude else None
        for path in self.named.files:
            if left_out and left_out(path):
                self.note(path, Fate.IGNORED, "left out of walks (--force-exclude)")
            else:
                _search_named(self, path)
        for root in self.named.folders if self.only is None or self.only else ():
            if not (left_out and left_out(os.path.join(root.path, ""))):
                _search_folder(self, root)
                _search_absent(self, root)
        for path, scope in self.links:
            _search_link(self, path, scope)
        if self.notes is not None:
            _note_the_rest(self, self.notes)

    def note(self, path: str, fate: Fate, why: str = "") -> None:
        """Note what became of a path, if anybody wants to know."""
        if self.notes is not None:
            self.notes.add(self.shown(path), fate, why, found=self.notes.found(path, self.named, self.shown))

    def shown(self, path: str) -> str:
        """A path as reports show it."""
        return display(path, self.folder)

    def job(self, path: str, size: int, scope: Scope) -> None:
        """Have a file analysed."""
        self.jobs.append(Job(path, self.folder, size, scope.for_file(path)))

    def searcher(self, scope: Scope) -> Searcher:
        """What searches files of a scope, one for each size limit."""
        limit = scope.common.max_file_size
        if limit not in self._searchers:
            self._searchers[limit] = Searcher(limit)
        return self._searchers[limit]

    def trusts(self, scope: Scope) -> bool:
        """Whether settings can be counted on. What is wrong in them is told once, and costs their own files only."""
        for problem in scope.problems:
            if problem not in self._wrong:
                self._wrong[problem] = None
                self.problems.append(replace(problem, path=self.shown(problem.path)))
        return not scope.problems


def text_problems(data: bytes, shown: str) -> list[Problem]:
    """Why the bytes of a file that the user named are no text; nothing if they are."""
    try:
        decode(data)
    except NotText as error:
        return [not_text(shown, data, error)]
    return []


def _note_the_rest(search: Search, notes: Notes) -> None:
    """What the search itself does not come by."""
    from .ignored import ignored

    notes.lap("search")
    for root in search.named.folders:
        respect = search.settings.scope(root.path).common.respect_ignore
        for one in ignored(root, respect_ignore=respect, shown=search.folder):
            search.note(one.path, Fate.IGNORED, one.why)
    for problem in search.problems:
        notes.add(problem.path, Fate.UNREADABLE, problem.message)
    notes.start()


def _search_named(search: Search, path: str) -> None:
    """A file that the user named is to be text even if nothing in it matters."""
    real = os.path.realpath(path)
    if search.only is not None and real not in search.only:
        return
    scope = search.settings.scope(os.path.dirname(path))
    if not search.trusts(scope):
        return
    search.seen[real] = scope
    search.files += 1
    try:
        data = bytes_of(path, scope.common)
    except TooLarge:
        search.skipped.append(search.shown(path))
        search.note(path, Fate.TOO_LARGE)
    except (OSError, NotRegular) as error:
        search.problems.append(read_problem(search.shown(path), error))
    else:
        search.note(path, Fate.PARSED if relevant(data) else Fate.NO_NAME)
        if relevant(data):
            search.job(path, len(data), scope)
        else:
            search.problems += text_problems(data, search.shown(path))


def _search_folder(search: Search, named: Folder) -> None:
    root = named.path
    real = os.path.realpath(root)
    cut = len(root)
    seen, only, contents = search.seen, search.only, search.settings.base.contents
    noting = search.notes is not None
    choose = search.settings.below(root)
    top = last = search.settings.scope(root)
    trusted = search.trusts(top)
    find = search.searcher(top).search
    for path in walk(named, respect_ignore=top.common.respect_ignore, markdown=top.common.markdown):
        if isinstance(path, WalkError):
            if choose(os.path.join(path.path, "")) is not None:
                search.problems.append(Problem(search.shown(path.path), ProblemKind.UNREADABLE, f"cannot be read: {path.reason}"))
            continue
        scope = choose(path)
        if scope is not last:
            if scope is None:
                search.note(path, Fate.IGNORED, "left out by include or exclude of the settings")
                continue
            last, trusted, find = scope, search.trusts(scope), search.searcher(scope).search
        if not trusted:
            continue
        # No link is followed below the root, so this is the file's real path.
        key = path if real == root else real + path[cut:]
        if only is not None and key not in only:
            continue
        if key in seen:
            search.note(path, Fate.SAME_FILE, "examined already")
            continue
        seen[key] = last
        search.files += 1
        try:
            if size := find(path) if key not in contents else _size(key, last.common):
                search.job(path, size, last)
            if noting:
                search.note(path, Fate.PARSED if size else Fate.NO_NAME)
        except IsLink:
            del seen[key]
            search.files -= 1
            search.links.append((path, last))
        except NotRegular:
            search.files -= 1
            if not os.path.isdir(path):
                search.note(path, Fate.NOT_REGULAR, "not a regular file")
        except TooLarge:
            search.skipped.append(search.shown(path))
            search.note(path, Fate.TOO_LARGE)
        except OSError as error:
            search.problems.append(read_problem(search.shown(path), error))
        if search.progress and search.files % _TICK == 0:
            search.progress("search", search.files, None)


def _size(path: str, settings: Settings) -> int:
    """``Searcher.search`` for a file of ``Settings.contents``."""
    data = bytes_of(path, settings)
    return len(data) if relevant(data) else 0


def _search_absent(search: Search, named: Folder) -> None:
    """The files of ``Settings.contents`` below a folder that are on no disk, and so on no walk."""
    root = os.path.realpath(named.path)
    choose = search.settings.below(named.path) if search.only else None
    endings = extensions(markdown=search.settings.scope(named.path).common.markdown) if search.only else ()
    for path in sorted(search.only or ()):
        below = path.removeprefix(os.path.join(root, ""))
        if below == path or path in search.seen or path not in search.settings.base.contents or os.path.lexists(path):
            continue
        place = os.path.join(named.path, below)
        if path.endswith(endings) and (named.inside or not any(part in LEFT_OUT for part in below.split(os.sep))):
            scope = choose(place) if choose else None
            if scope is None or not search.trusts(scope):
                continue
            search.seen[path] = scope
            search.files += 1
            try:
                if size := _size(path, scope.common):
                    search.job(place, size, scope)
            except TooLarge:
                search.skipped.append(search.shown(path))


def _search_link(search: Search, path: str, scope: Scope) -> None:
    """A link to a file counts as the file, unless that is examined under its own name."""
    try:
        real = link_target(path)
        if real is not None and search.only is not None and real not in search.only:
            return
        if real is None or real in search.seen:
            already = f"a link to {search.shown(real)}, which is examined already" if real is not None else ""
            search.note(path, Fate.SAME_FILE, already or "a link to a folder, which is not followed")
            return
        search.seen[real] = scope
        size = search.searcher(scope).search(real)
    except TooLarge:
        search.skipped.append(search.shown(path))
        search.note(path, Fate.TOO_LARGE)
    except FileNotFoundError:
        search.problems.append(Problem(search.shown(path), ProblemKind.NOT_FOUND, "a symbolic link to nothing"))
    except (NotRegular, IsLink):
        search.note(path, Fate.NOT_REGULAR, "a link to what is no regular file")
    except OSError as error:
        search.problems.append(read_problem(search.shown(path), error))
    else:
        search.files += 1
        search.note(path, Fate.PARSED if size else Fate.NO_NAME)
        if size:
            search.job(path, size, scope)
