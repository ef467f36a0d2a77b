"""A run: find the files, search them for the names that matter, analyse those that have one, collect the results in order."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Suppressed
from jsleak.analysis.text import Position, Range

from .cache import ResultCache
from .discovery import Folder, WalkError, link_target, named_paths, walk
from .examine import FileResult, Garbage, Job, examine_here, examine_text
from .forced import Forced
from .model import LintResult, Progress, Settings
from .packages import forget
from .paths import display
from .reading import IsLink, NotRegular, NotText, Searcher, TooLarge, decode, not_text, read_bytes, read_problem, relevant
from .settings.resolve import SettingsFiles
from .settings.scope import Scope

_TICK = 512
_WHOLE_FILE = Range(Position(0, 0), Position(0, 0))


@dataclass(slots=True)
class _Search:
    """What the search has come to. ``jobs`` are the files to analyse, ``seen`` has all that were looked at, by their real paths."""

    folder: str
    settings: SettingsFiles
    progress: Progress | None
    cache: ResultCache | None
    files: int = 0
    seen: dict[str, Scope] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    links: list[tuple[str, Scope]] = field(default_factory=list)
    _searchers: dict[int, Searcher] = field(default_factory=dict)
    _wrong: dict[Problem, None] = field(default_factory=dict)

    def shown(self, path: str) -> str:
        return display(path, self.folder)

    def job(self, path: str, size: int, scope: Scope) -> None:
        self.jobs.append(Job(path, self.folder, size, scope.for_file(path)))

    def searcher(self, scope: Scope) -> Searcher:
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


def lint(
    paths: Sequence[str],
    settings: Settings | SettingsFiles | None = None,
    *,
    folder: str | None = None,
    progress: Progress | None = None,
    cache: ResultCache | None = None,
) -> LintResult:
    """Examine files and folders.

    ``settings`` are the same for all files, or by settings files, which are read anew. ``folder`` (default: the working folder) is
    what relative paths start from and reports are relative to. Must be absolute. ``cache`` has results of earlier runs, and gets
    those of this one.
    """
    files = SettingsFiles.of(settings)
    folder = folder or os.getcwd()
    forget()
    files.forget()
    search = _Search(folder, files, progress, cache)
    collecting = gc.isenabled()
    # Nothing in the search is cyclic, and a collection for each thousand of paths is a tenth of a walk.
    # The analysis has a rhythm of its own.
    gc.disable()
    try:
        named = named_paths(paths, folder)
        search.problems += named.problems
        left_out = Forced(files, folder) if files.base.force_exclude else None
        for path in named.files:
            if not (left_out and left_out(path)):
                _search_named(search, path)
        for root in named.folders:
            if not (left_out and left_out(os.path.join(root.path, ""))):
                _search_folder(search, root)
        for path, scope in search.links:
            _search_link(search, path, scope)
        results = _results(search, search.jobs)
        return _collect(search, [*results, *_run_importers(search, results)])
    finally:
        if collecting:
            gc.enable()


def lint_bytes(
    data: bytes,
    shown: str,
    settings: Settings | SettingsFiles | None = None,
    *,
    path: str | None = None,
    folder: str | None = None,
) -> LintResult:
    """Examine one text, which is called ``shown`` in reports.

    ``path`` (absolute) is where it stands, or would stand, on disk: its settings, its package and its imports are looked up from
    there. A text that stands nowhere has the settings of ``folder`` (default: the working folder).
    """
    files = SettingsFiles.of(settings)
    folder = folder or os.getcwd()
    forget()
    files.forget()
    if path and files.base.force_exclude and Forced(files, folder)(path):
        return LintResult()
    place = path or os.path.join(folder, shown)
    scope = files.scope(os.path.dirname(place) if path else folder)
    if scope.problems:
        return LintResult(problems=tuple(replace(one, path=display(one.path, folder)) for one in scope.problems))
    settings = scope.for_file(place)
    if len(data) > settings.max_file_size:
        return LintResult(files=1, skipped=(shown,))
    if not relevant(data):
        problems = _text_problems(data, shown)
        return LintResult(files=1, problems=tuple(problems))
    result = examine_text(data, shown, settings, path=path, folder=folder)
    return LintResult(1, int(result.analysed), result.findings, result.problems, suppressed=result.suppressed)


def _text_problems(data: bytes, shown: str) -> list[Problem]:
    try:
        decode(data)
    except NotText as error:
        return [not_text(shown, data, error)]
    return []


def _search_named(search: _Search, path: str) -> None:
    """A file that the user named is to be text even if nothing in it matters."""
    scope = search.settings.scope(os.path.dirname(path))
    if not search.trusts(scope):
        return
    search.seen[os.path.realpath(path)] = scope
    search.files += 1
    try:
        data = read_bytes(path, scope.common.max_file_size)
    except TooLarge:
        search.skipped.append(search.shown(path))
    except (OSError, NotRegular) as error:
        search.problems.append(read_problem(search.shown(path), error))
    else:
        if relevant(data):
            search.job(path, len(data), scope)
        else:
            search.problems += _text_problems(data, search.shown(path))


def _search_folder(search: _Search, named: Folder) -> None:
    root = named.path
    real = os.path.realpath(root)
    cut = len(root)
    seen = search.seen
    choose = search.settings.below(root)
    top = last = search.settings.scope(root)
    trusted = search.trusts(top)
    find = search.searcher(top).search
    for path in walk(named, respect_ignore=top.common.respect_ignore):
        if isinstance(path, WalkError):
            if choose(os.path.join(path.path, "")) is not None:
                search.problems.append(Problem(search.shown(path.path), ProblemKind.UNREADABLE, f"cannot be read: {path.reason}"))
            continue
        scope = choose(path)
        if scope is not last:
            if scope is None:
                continue
            last, trusted, find = scope, search.trusts(scope), search.searcher(scope).search
        if not trusted:
            continue
        # No link is followed below the root, so this is the file's real path.
        key = path if real == root else real + path[cut:]
        if key in seen:
            continue
        seen[key] = last
        search.files += 1
        try:
            if size := find(path):
                search.job(path, size, last)
        except IsLink:
            del seen[key]
            search.files -= 1
            search.links.append((path, last))
        except NotRegular:
            search.files -= 1
        except TooLarge:
            search.skipped.append(search.shown(path))
        except OSError as error:
            search.problems.append(read_problem(search.shown(path), error))
        if search.progress and search.files % _TICK == 0:
            search.progress("search", search.files, None)


def _search_link(search: _Search, path: str, scope: Scope) -> None:
    """A link to a file counts as the file, unless that is examined under its own name."""
    try:
        real = link_target(path)
        if real is None or real in search.seen:
            return
        search.seen[real] = scope
        size = search.searcher(scope).search(real)
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
            search.job(path, size, scope)


def _results(search: _Search, jobs: Sequence[Job]) -> list[FileResult]:
    """The results of all jobs, in their order: from the cache those that are known."""
    known = search.cache.find(jobs) if search.cache and jobs else [None] * len(jobs)
    todo = [job for job, result in zip(jobs, known, strict=True) if result is None]
    fresh = [FileResult()] * len(todo)
    if todo:
        try:
            _run(todo, fresh, search.settings.base, search.progress)
        finally:
            # After Ctrl-C, too: what is done is done.
            if search.cache:
                search.cache.put(todo, fresh)
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
        for index, result in examine_many(jobs, count, tick):
            results[index] = result
        return
    garbage = Garbage()
    for index, job in enumerate(jobs):
        tick(index)
        results[index] = examine_here(job)
        garbage.leave(job.size)


def _run_importers(search: _Search, results: Sequence[FileResult]) -> list[FileResult]:
    """Results of the files that import what others lend. That one of them does not parse is nobody's question."""
    if not any(result.lends for result in results):
        return []
    from .importers import importing_jobs

    jobs = list(importing_jobs(search.jobs, results, search.seen, search.folder))
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
