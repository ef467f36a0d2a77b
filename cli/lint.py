"""``jsleak lint``: from arguments to a run, from its result to a report and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from jsleak.analysis.findings import Severity
from jsleak.workspace import LintResult, SettingsFiles, lint_bytes
from jsleak.workspace import lint as run_lint
from jsleak.workspace.cache import open_cache
from jsleak.workspace.notes import Notes
from jsleak.workspace.paths import display

from . import flags
from .choosing import chosen, known_findings
from .flags import LintFlags
from .output import counted
from .outputs import shows_text, write_reports
from .progress import Bar
from .reporters import Report
from .settings import settings_files, size_limit, with_engines

if TYPE_CHECKING:
    from jsleak.workspace.baseline import Baseline
    from jsleak.workspace.fix import Fixes


@click.command(
    epilog="Exit status: 0 nothing to report; 1 findings; 2 a file could not be examined (it does not exist, cannot be read, is "
    "not text, has a syntax error), whose reasons are shown beside the other files' findings, or the command line is wrong. "
    "Files over the size limit are counted and do not change the status."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@flags.rules
@flags.settings
@flags.threshold
@flags.stdin
@flags.files
@flags.experiments
@flags.suppressions
@flags.known
@flags.git
@flags.fixes
@flags.views
@flags.cache
@flags.watch
@flags.report
def lint(**given: Any) -> int:
    """Find leaks in JavaScript files.

    PATHS are files and folders (default: the working folder). Folders are walked by .gitignore and .ignore, without node_modules;
    files given by name are always examined (but see --force-exclude). `-` reads standard input. Settings are looked for in
    jsleak.toml and package.json, from each file's folder upwards.
    """
    asked = LintFlags(**given)
    asked.check()
    settings = _settings(asked)
    if asked.watch:
        from .watch import watch

        return watch(asked, settings, lambda: once(asked, settings))
    return once(asked, settings)


def once(asked: LintFlags, settings: SettingsFiles) -> int:
    """Examine, report, and give the exit status."""
    baseline = known_findings(asked.baseline) if asked.baseline is not None else None
    settings, only = chosen(asked, settings)
    if asked.show_files:
        from .listing import show_files

        return show_files(asked, settings, only)
    notes = Notes() if asked.verbose else None
    status = _carry_out(asked, settings, only, baseline, notes)
    if notes is not None:
        from .listing import show_notes

        show_notes(notes, settings)
    return status


def _carry_out(
    asked: LintFlags, settings: SettingsFiles, only: Collection[str] | None, baseline: Baseline | None, notes: Notes | None
) -> int:
    result, sources = _examined(asked, settings, only, notes)
    if baseline is not None:
        from jsleak.workspace.baseline import compare

        result = compare(baseline, result, settings, folder=os.getcwd(), sources=sources).result  # noqa: PTH109
    result = with_engines(result, settings)
    result = at_least(result, Severity(asked.min_severity))
    if asked.confirming:
        from .confirm import with_verdicts

        result = with_verdicts(result, settings, sources, drop_refuted=asked.only_confirmed)
    fixes = None
    if asked.fixing:
        from . import fixing

        fixes = fixing.with_fixes(result, settings, asked, sources)
        if asked.diff:
            return fixing.show_diff(fixes, asked)
        result = at_least(with_engines(fixes.result, settings), Severity(asked.min_severity))
        sources = {**sources, **{file.path: file.after for file in fixes.files if file.path in sources}}
    if asked.add_suppressions:
        result = _with_suppressions(result, settings, asked)
    _reported(asked, result, settings, sources, fixes)
    status = exit_status(result, exit_zero=asked.exit_zero, max_warnings=asked.max_warnings)
    return status or int(asked.exit_non_zero_on_fix and not asked.exit_zero and bool(result.fixed))


def _reported(
    asked: LintFlags, result: LintResult, settings: SettingsFiles, sources: Mapping[str, bytes], fixes: Fixes | None
) -> None:
    report = Report(
        result,
        colour=asked.colour,
        quiet=asked.quiet,
        sources=sources,
        size_limit=size_limit(result, settings),
        programs=asked.show_snippet,
        verbose=asked.verbose,
        fixes=fixes,
        statistics=asked.statistics,
    )
    if not (asked.fix and asked.reads_stdin):
        write_reports(report, asked.outputs)
        return
    from . import fixing

    fixing.write_out(sources)
    with fixing.reported_beside():
        write_reports(report, asked.outputs)


def _settings(asked: LintFlags) -> SettingsFiles:
    return settings_files(
        select=asked.select,
        ignore=asked.ignore,
        rule_option=asked.rule_option,
        severity=asked.severity,
        engines=asked.engines,
        max_file_size=asked.max_file_size,
        markdown=asked.markdown,
        no_ignore=asked.no_ignore,
        config=asked.config,
        isolated=asked.isolated,
        force_exclude=asked.force_exclude,
        suppressions=not asked.ignore_suppressions,
        jobs=asked.jobs,
    )


def examined(asked: LintFlags) -> tuple[LintResult, SettingsFiles]:
    """The whole result of a run over files, and the settings that it had."""
    settings = _settings(asked)
    return _examined(asked, settings)[0], settings


def _examined(
    asked: LintFlags, settings: SettingsFiles, only: Collection[str] | None = None, notes: Notes | None = None
) -> tuple[LintResult, Mapping[str, bytes]]:
    """What the run found, and the bytes of what is on no disk by its name in reports."""
    if asked.reads_stdin:
        data = sys.stdin.buffer.read()
        name = asked.stdin_filename or "<stdin>"
        path = os.path.abspath(name) if asked.stdin_filename is not None else None  # noqa: PTH100 (resolve() follows links)
        return lint_bytes(data, name, settings, path=path), {name: data}
    # What is kept tells of the files on disk; what is staged may be something else.
    cache = None if asked.no_cache or settings.base.contents else open_cache(asked.cache_dir)
    with Bar(enabled=not asked.quiet and shows_text(asked.outputs)) as bar:
        result = run_lint(asked.paths or (".",), settings, progress=bar.update, only=only, notes=notes, cache=cache)
    if cache and (settings.base.debug or asked.verbose):
        click.echo("".join(f"cache: {note}\n" for note in cache.notes), nl=False, err=True)
    folder = os.getcwd()  # noqa: PTH109
    return result, {display(path, folder): data for path, data in settings.base.contents.items()}


def _with_suppressions(result: LintResult, settings: SettingsFiles, asked: LintFlags) -> LintResult:
    from jsleak.workspace.suppress import add_suppressions

    added = add_suppressions(result, settings, folder=os.getcwd(), reason=" ".join(asked.reason.split()))  # noqa: PTH109
    if not asked.quiet:
        click.echo(f"Suppressed {counted(added.findings, 'finding')} in {counted(added.files, 'file')}.", err=True)
    return added.result


def at_least(result: LintResult, severity: Severity) -> LintResult:
    """The result without its findings below ``severity``."""
    return replace(result, findings=tuple(finding for finding in result.findings if finding.severity.rank >= severity.rank))


def exit_status(result: LintResult, *, exit_zero: bool = False, max_warnings: int | None = None) -> int:
    """0, 1 or 2, as ``main`` documents. What could not be examined weighs more than any finding, and than ``--exit-zero``."""
    if result.failed:
        return 2
    if exit_zero:
        return 0
    if max_warnings is None:
        return 1 if result.findings else 0
    return 1 if result.count(Severity.ERROR) or result.count(Severity.WARNING) > max_warnings else 0
