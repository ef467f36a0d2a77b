"""A run: find the files, search them for the names that matter, analyse those that have one, collect the results in order."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Suppressed
from jsleak.analysis.text import Position, Range

from .cache import ResultCache
from .discovery import Folder, WalkError, link_target, named_paths, walk
from .examine import FileResult, Garbage, Job, examine_here, examine_text
from .model import LintResult, Progress, Settings
from .packages import forget
from .paths import display
from .reading import IsLink, NotRegular, NotText, Searcher, TooLarge, decode, not_text, read_bytes, read_problem, relevant

_TICK = 512
_WHOLE_FILE = Range(Position(0, 0), Position(0, 0))


@dataclass(slots=True)
class _Search:
    """What the search has come to. ``jobs`` are the files to analyse."""

    folder: str
    settings: Settings
    searcher: Searcher
    progress: Progress | None
    cache: ResultCache | None
    files: int = 0
    seen: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def shown(self, path: str) -> str:
        return display(path, self.folder)


def lint(
    paths: Sequence[str],
    settings: Settings | None = None,
    *,
    folder: str | None = None,
    progress: Progress | None = None,
    cache: ResultCache | None = None,
) -> LintResult:
    """Examine files and folders.

    ``folder`` (default: the working folder) is what relative paths start from and reports are relative to. Must be absolute.
    ``cache`` has results of earlier runs, and gets those of this one.
    """
    settings = settings or Settings()
    folder = folder or os.getcwd()
    forget()
    search = _Search(folder, settings, Searcher(settings.max_file_size), progress, cache)
    collecting = gc.isenabled()
    # Nothing in the search is cyclic, and a collection for each thousand of paths is a tenth of a walk.
    # The analysis has a rhythm of its own.
    gc.disable()
    try:
        named = named_paths(paths, folder)
        search.problems += named.problems
        for path in named.files:
            _search_named(search, path)
        for root in named.folders:
            _search_folder(search, root)
        for path in search.links:
            _search_link(search, path)
        results = _results(search, search.jobs)
        return _collect(search, [*results, *_run_importers(search, results)])
    finally:
        if collecting:
            gc.enable()


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
    search.seen.add(os.path.realpath(path))
    search.files += 1
    try:
        data = read_bytes(path, search.settings.max_file_size)
    except TooLarge:
        search.skipped.append(search.shown(path))
    except (OSError, NotRegular) as error:
        search.problems.append(read_problem(search.shown(path), error))
    else:
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
    for path in walk(named, respect_ignore=search.settings.respect_ignore):
        if isinstance(path, WalkError):
            search.problems.append(Problem(search.shown(path.path), ProblemKind.UNREADABLE, f"cannot be read: {path.reason}"))
            continue
        # No link is followed below the root, so this is the file's real path.
        key = path if real == root else real + path[cut:]
        if key in seen:
            continue
        seen.add(key)
        search.files += 1
        try:
            if size := find(path):
                search.jobs.append(Job(path, search.folder, size))
        except IsLink:
            seen.discard(key)
            search.files -= 1
            search.links.append(path)
        except NotRegular:
            search.files -= 1
        except TooLarge:
            search.skipped.append(search.shown(path))
        except OSError as error:
            search.problems.append(read_problem(search.shown(path), error))
        if search.progress and search.files % _TICK == 0:
            search.progress("search", search.files, None)


def _search_link(search: _Search, path: str) -> None:
    """A link to a file counts as the file, unless that is examined under its own name."""
    try:
        real = link_target(path)
        if real is None or real in search.seen:
            return
        search.seen.add(real)
        size = search.searcher.search(real)
    except TooLarge:
        search.skipped.append(search.shown(path))
    except FileNotFoundError:
        search.problems.append(Problem(search.shown(path), ProblemKind.NOT_FOUND, "a symbolic link to nothing"))
    except (NotRegular, IsLink):
        return
    except OSError as error:
        search.problems.append(read_problem(search.shown(path), error))
    else:
        search.files += 1
        if size:
            search.jobs.append(Job(path, search.folder, size))


def _results(search: _Search, jobs: Sequence[Job]) -> list[FileResult]:
    """The results of all jobs, in their order: from the cache those that are known."""
    known = search.cache.find(jobs, search.settings) if search.cache and jobs else [None] * len(jobs)
    todo = [job for job, result in zip(jobs, known, strict=True) if result is None]
    fresh = [FileResult()] * len(todo)
    if todo:
        try:
            _run(todo, fresh, search.settings, search.progress)
        finally:
            # After Ctrl-C, too: what is done is done.
            if search.cache:
                search.cache.put(todo, fresh, search.settings)
    rest = iter(fresh)
    return [next(rest) if result is None else result for result in known]


def _run(jobs: Sequence[Job], results: list[FileResult], settings: Settings, progress: Progress | None) -> None:
    """Fill in the results of all jobs, in their order."""
    from .pool import examine_many, worker_count

    def tick(done: int) -> None:
        if progress:
            progress("analyse", done, len(jobs))

    if (count := worker_count(jobs, settings.jobs)) > 1:
        _preload()
        for index, result in examine_many(jobs, settings, count, tick):
            results[index] = result
        return
    garbage = Garbage()
    for index, job in enumerate(jobs):
        tick(index)
        results[index] = examine_here(job, settings)
        garbage.leave(job.size)


def _run_importers(search: _Search, results: Sequence[FileResult]) -> list[FileResult]:
    """Results of the files that import what others lend. That one of them does not parse is nobody's question."""
    if not any(result.lends for result in results):
        return []
    from .importers import importing_jobs

    jobs = list(importing_jobs(search.jobs, results, search.seen, search.folder, search.settings.max_file_size))
    return [result for result in _results(search, jobs) if result.analysed]


def _preload() -> None:
    """Load what the analysis needs before the workers are forked, so that each finds it loaded."""
    from contextlib import suppress

    with suppress(ImportError):
        import jsleak.analysis.run  # noqa: F401


def _collect(search: _Search, results: Sequence[FileResult]) -> LintResult:
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
    return LintResult(search.files, analysed, tuple(findings), tuple(problems), skipped, tuple(suppressed))
