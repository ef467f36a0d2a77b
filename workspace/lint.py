"""A run: find the files, search them for the names that matter, analyse those that have one, collect the results in order."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace

from jsleak.analysis.findings import Finding, Suppressed
from jsleak.analysis.garbage import uncollected
from jsleak.analysis.text import Position, Range

from .cache import ResultCache
from .examine import FileResult, Garbage, Job, examine_here, examine_text
from .forced import Forced
from .model import LintResult, Progress, Settings
from .notes import Fate, Notes
from .packages import forget
from .paths import display
from .reading import relevant
from .search import Search, text_problems
from .settings.resolve import SettingsFiles

_WHOLE_FILE = Range(Position(0, 0), Position(0, 0))


def lint(
    paths: Sequence[str],
    settings: Settings | SettingsFiles | None = None,
    *,
    folder: str | None = None,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
    notes: Notes | None = None,
    cache: ResultCache | None = None,
) -> LintResult:
    """Examine files and folders.

    ``settings`` are the same for all files, or by settings files, which are read anew. ``folder`` (default: the working folder) is
    what relative paths start from and reports are relative to. Must be absolute. ``only`` leaves of what ``paths`` name the files
    with these real paths. ``notes`` is told of each file that is found or left out; nothing is analysed if it is all that is
    wanted. ``cache`` has results of earlier runs, and gets those of this one.
    """
    files = SettingsFiles.of(settings)
    folder = folder or os.getcwd()
    forget()
    files.forget()
    search = Search(folder, files, progress, only, notes)
    # Nothing in the search is cyclic, and a collection for each thousand of paths is a tenth of a walk.
    # The analysis has a rhythm of its own.
    with uncollected():
        search.run(paths)
        if notes is not None and notes.only_files:
            return _collect(search, [])
        results = _results(search, cache, search.jobs)
        results += _run_importers(search, cache, results)
        if notes is not None:
            notes.lap("analysis")
        return _collect(search, results)


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
        return LintResult(files=1, problems=tuple(text_problems(data, shown)))
    result = examine_text(data, shown, settings, path=path, folder=folder)
    return LintResult(1, int(result.analysed), result.findings, result.problems, suppressed=result.suppressed)


def _results(search: Search, cache: ResultCache | None, jobs: Sequence[Job]) -> list[FileResult]:
    """The results of all jobs, in their order: from the cache those that are known."""
    known = cache.find(jobs) if cache and jobs else [None] * len(jobs)
    todo = [job for job, result in zip(jobs, known, strict=True) if result is None]
    fresh = [FileResult()] * len(todo)
    if todo:
        try:
            _run(todo, fresh, search.settings.base, search.progress)
        finally:
            # After Ctrl-C, too: what is done is done.
            if cache:
                cache.put(todo, fresh)
    rest = iter(fresh)
    return [next(rest) if result is None else result for result in known]


def _run(jobs: Sequence[Job], results: list[FileResult], settings: Settings, progress: Progress | None) -> None:
    """Fill in the results of all jobs, in their order."""

    def tick(done: int) -> None:
        if progress:
            progress("analyse", done, len(jobs))

    if len(jobs) > 1:
        # Not at the top: for one file it would take longer to import than the file to examine.
        from .pool import examine_many, worker_count

        # What is staged goes with each job to another process, and is seldom much work.
        if (count := worker_count(jobs, 1 if settings.contents else settings.jobs)) > 1:
            _preload()
            for index, result in examine_many(jobs, count, tick):
                results[index] = result
            return
    garbage = Garbage()
    for index, job in enumerate(jobs):
        tick(index)
        results[index] = examine_here(job)
        garbage.leave(job.size)


def _run_importers(search: Search, cache: ResultCache | None, results: Sequence[FileResult]) -> list[FileResult]:
    """Results of the files that import what others lend. That one of them does not parse is nobody's question."""
    if search.only is None and not any(result.lends for result in results):
        return []
    from .importers import borrowing_jobs, importing_jobs

    if search.only is None:
        jobs = list(importing_jobs(search.jobs, results, search.seen, search.folder))
    else:
        jobs = list(borrowing_jobs(search.jobs, search.seen, search.folder))
    further = _results(search, cache, jobs)
    for job in jobs:
        search.note(job.path, Fate.IMPORTER, "it imports what another one registers with")
    return [result for result in further if result.analysed]


def _preload() -> None:
    """Load what the analysis needs before the workers are forked, so that each finds it loaded."""
    from contextlib import suppress

    with suppress(ImportError):
        import jsleak.analysis.run  # noqa: F401


def _collect(search: Search, results: Sequence[FileResult]) -> LintResult:
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
    return LintResult(
        search.files,
        sum(result.analysed for result in results),
        tuple(findings),
        tuple(problems),
        tuple(sorted(search.skipped)),
        tuple(suppressed),
        seen=search.seen,
        walked=tuple(os.path.realpath(root.path) for root in search.named.folders) if search.only is None else (),
    )
