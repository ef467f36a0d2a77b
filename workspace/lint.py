"""A run: find the files, search them for the names that matter, analyse those that have one, collect the results in order."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Suppressed
from jsleak.analysis.text import Position, Range

from .contents import bytes_of
from .discovery import LEFT_OUT, Folder, Named, WalkError, extensions, link_target, named_paths, walk
from .examine import FileResult, Garbage, Job, examine_here, examine_text
from .model import LintResult, Progress, Settings
from .notes import Fate, Notes
from .packages import forget
from .paths import display
from .reading import IsLink, NotRegular, NotText, Searcher, TooLarge, decode, not_text, read_problem, relevant

_TICK = 512
_WHOLE_FILE = Range(Position(0, 0), Position(0, 0))


@dataclass(slots=True)
class _Search:
    """What the search has come to. ``jobs`` are the files to analyse."""

    folder: str
    settings: Settings
    searcher: Searcher
    progress: Progress | None
    only: Collection[str] | None = None
    files: int = 0
    seen: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    named: Named = field(default_factory=Named)
    notes: Notes | None = None

    def note(self, path: str, fate: Fate, why: str = "") -> None:
        if self.notes is not None:
            self.notes.add(self.shown(path), fate, why, found=self.notes.found(path, self.named, self.shown))

    def shown(self, path: str) -> str:
        return display(path, self.folder)


def lint(
    paths: Sequence[str],
    settings: Settings | None = None,
    *,
    folder: str | None = None,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
    notes: Notes | None = None,
) -> LintResult:
    """Examine files and folders.

    ``folder`` (default: the working folder) is what relative paths start from and reports are relative to. Must be absolute.
    ``only`` leaves of what ``paths`` name the files with these real paths.
    ``notes`` is told of each file that is found or left out; nothing is analysed if it is all that is wanted.
    """
    settings = settings or Settings()
    folder = folder or os.getcwd()
    forget()
    search = _Search(folder, settings, Searcher(settings.max_file_size), progress, only, notes=notes)
    collecting = gc.isenabled()
    # Nothing in the search is cyclic, and a collection for each thousand of paths is a tenth of a walk.
    # The analysis has a rhythm of its own.
    gc.disable()
    try:
        named = named_paths(paths, folder)
        search.problems += named.problems
        search.named = named
        for path in named.files:
            _search_named(search, path)
        for root in named.folders if only is None or only else ():
            _search_folder(search, root)
            _search_absent(search, root)
        for path in search.links:
            _search_link(search, path)
        if notes is not None:
            _note_the_rest(search, notes)
            if notes.only_files:
                return _collect(search, [], ())
        results = _run(search.jobs, settings, progress) if search.jobs else []
        walked = tuple(os.path.realpath(root.path) for root in named.folders) if only is None else ()
        return _collect(search, [*results, *_run_importers(search, results)], walked)
    finally:
        if collecting:
            gc.enable()


def _note_the_rest(search: _Search, notes: Notes) -> None:
    """What the search itself does not come by."""
    from .ignored import ignored

    notes.lap("search")
    for root in search.named.folders:
        for one in ignored(root, respect_ignore=search.settings.respect_ignore, shown=search.folder):
            search.note(one.path, Fate.IGNORED, one.why)
    for problem in search.problems:
        notes.add(problem.path, Fate.UNREADABLE, problem.message)
    notes.start()


def lint_bytes(
    data: bytes, shown: str, settings: Settings | None = None, *, path: str | None = None, folder: str | None = None
) -> LintResult:
    """Examine one text, which is called ``shown`` in reports.

    ``path`` (absolute) is where it stands, or would stand, on disk: its package and its imports are looked up from there.
    """
    settings = settings or Settings()
    forget()
    if len(data) > settings.max_file_size:
        return LintResult(files=1, skipped=(shown,))
    if not relevant(data):
        problems = _text_problems(data, shown)
        return LintResult(files=1, problems=tuple(problems))
    result = examine_text(data, shown, settings, path=path, folder=folder or os.getcwd())
    return LintResult(1, int(result.analysed), result.findings, result.problems, suppressed=result.suppressed)


def _text_problems(data: bytes, shown: str) -> list[Problem]:
    try:
        decode(data)
    except NotText as error:
        return [not_text(shown, data, error)]
    return []


def _search_named(search: _Search, path: str) -> None:
    """A file that the user named is to be text even if nothing in it matters."""
    real = os.path.realpath(path)
    if search.only is not None and real not in search.only:
        return
    search.seen.add(real)
    search.files += 1
    try:
        data = bytes_of(path, search.settings)
    except TooLarge:
        search.skipped.append(search.shown(path))
        search.note(path, Fate.TOO_LARGE)
    except (OSError, NotRegular) as error:
        search.problems.append(read_problem(search.shown(path), error))
    else:
        search.note(path, Fate.PARSED if relevant(data) else Fate.NO_NAME)
        if relevant(data):
            search.jobs.append(Job(path, search.folder, len(data)))
        else:
            search.problems += _text_problems(data, search.shown(path))


def _search_folder(search: _Search, named: Folder) -> None:
    root = named.path
    real = os.path.realpath(root)
    cut = len(root)
    seen = search.seen
    find = search.searcher.search
    only, contents = search.only, search.settings.contents
    for path in walk(named, respect_ignore=search.settings.respect_ignore):
        if isinstance(path, WalkError):
            search.problems.append(Problem(search.shown(path.path), ProblemKind.UNREADABLE, f"cannot be read: {path.reason}"))
            continue
        # No link is followed below the root, so this is the file's real path.
        key = path if real == root else real + path[cut:]
        if only is not None and key not in only:
            continue
        if key in seen:
            search.note(path, Fate.SAME_FILE, "examined already")
            continue
        seen.add(key)
        search.files += 1
        try:
            if size := find(path) if key not in contents else _size(key, search.settings):
                search.jobs.append(Job(path, search.folder, size))
            search.note(path, Fate.PARSED if size else Fate.NO_NAME)
        except IsLink:
            seen.discard(key)
            search.files -= 1
            search.links.append(path)
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


def _search_absent(search: _Search, named: Folder) -> None:
    """The files of ``Settings.contents`` below a folder that are on no disk, and so on no walk."""
    root = os.path.realpath(named.path)
    for path in sorted(search.only or ()):
        below = path.removeprefix(os.path.join(root, ""))
        if below == path or path in search.seen or path not in search.settings.contents or os.path.lexists(path):
            continue
        if path.endswith(extensions()) and (named.inside or not any(part in LEFT_OUT for part in below.split(os.sep))):
            search.seen.add(path)
            search.files += 1
            try:
                if size := _size(path, search.settings):
                    search.jobs.append(Job(os.path.join(named.path, below), search.folder, size))
            except TooLarge:
                search.skipped.append(search.shown(path))


def _search_link(search: _Search, path: str) -> None:
    """A link to a file counts as the file, unless that is examined under its own name."""
    try:
        real = link_target(path)
        if real is not None and search.only is not None and real not in search.only:
            return
        if real is None or real in search.seen:
            already = f"a link to {search.shown(real)}, which is examined already" if real is not None else ""
            search.note(path, Fate.SAME_FILE, already or "a link to a folder, which is not followed")
            return
        search.seen.add(real)
        size = search.searcher.search(real)
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
            search.jobs.append(Job(path, search.folder, size))


def _run(jobs: Sequence[Job], settings: Settings, progress: Progress | None) -> list[FileResult]:
    """The results of all jobs, in their order."""
    from .pool import examine_many, worker_count

    results: list[FileResult] = [FileResult()] * len(jobs)

    def tick(done: int) -> None:
        if progress:
            progress("analyse", done, len(jobs))

    if (count := worker_count(jobs, settings.jobs)) > 1:
        _preload()
        for index, result in examine_many(jobs, settings, count, tick):
            results[index] = result
        return results
    garbage = Garbage()
    for index, job in enumerate(jobs):
        tick(index)
        results[index] = examine_here(job, settings)
        garbage.leave(job.size)
    return results


def _run_importers(search: _Search, results: Sequence[FileResult]) -> list[FileResult]:
    """Results of the files that import what others lend. That one of them does not parse is nobody's question."""
    if search.only is None and not any(result.lends for result in results):
        return []
    from .importers import borrowing_jobs, importing_jobs

    if search.only is None:
        jobs = list(importing_jobs(search.jobs, results, search.seen, search.folder, search.settings))
    else:
        jobs = list(borrowing_jobs(search.jobs, search.seen, search.folder, search.settings))
    further = _run(jobs, search.settings, search.progress) if jobs else []
    for job in jobs:
        search.note(job.path, Fate.IMPORTER, "it imports what another one registers with")
    return [result for result in further if result.analysed]


def _preload() -> None:
    """Load what the analysis needs before the workers are forked, so that each finds it loaded."""
    from contextlib import suppress

    with suppress(ImportError):
        import jsleak.analysis.run  # noqa: F401


def _collect(search: _Search, results: Sequence[FileResult], walked: tuple[str, ...]) -> LintResult:
    if search.notes is not None and not search.notes.only_files:
        search.notes.lap("analysis")
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    problems = list(search.problems)
    for result in results:
        findings += result.findings
        suppressed += result.suppressed
        problems += result.problems
    findings.sort(key=lambda finding: (finding.path, finding.range, finding.rule))
    suppressed.sort(key=lambda one: (one.finding.path, one.finding.range, one.finding.rule))
    problems.sort(key=lambda problem: (problem.path, problem.range or _WHOLE_FILE, problem.kind))
    analysed = sum(result.analysed for result in results)
    skipped = tuple(sorted(search.skipped))
    return LintResult(
        search.files, analysed, tuple(findings), tuple(problems), skipped, tuple(suppressed), seen=search.seen, walked=walked
    )
