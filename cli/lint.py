"""``jsleak lint``: from arguments to a run, from its result to a report and an exit status."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

import click

from jsleak.analysis.findings import Severity
from jsleak.workspace import LintResult, Settings, lint_bytes
from jsleak.workspace import lint as run_lint
from jsleak.workspace.cache import open_cache

from . import flags
from .flags import LintFlags
from .options import rule_settings, shown_size
from .output import counted
from .progress import Bar
from .reporters import Report, reporter


@click.command(
    epilog="Exit status: 0 nothing to report; 1 findings; 2 a file could not be examined (it does not exist, cannot be read, is "
    "not text, has a syntax error), whose reasons are shown beside the other files' findings, or the command line is wrong. "
    "Files over the size limit are counted and do not change the status."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@flags.rules
@flags.threshold
@flags.files
@flags.experiments
@flags.suppressions
@flags.cache
@flags.watch
@flags.report
def lint(**given: Any) -> int:
    """Find leaks in JavaScript files.

    PATHS are files and folders (default: the working folder). Folders are walked by .gitignore and .ignore, without node_modules;
    files given by name are always examined. `-` reads standard input.
    """
    asked = LintFlags(**given)
    asked.check()
    if asked.watch:
        from .watch import watch

        return watch(asked, once)
    return once(asked)


def once(asked: LintFlags) -> int:
    """Examine, report, and give the exit status."""
    settings = _settings(asked)
    result, sources = _examined(asked, settings)
    if asked.engines is not None:
        from .confirm import with_engines

        result = with_engines(result, asked.engines)
    result = at_least(result, Severity(asked.min_severity))
    if asked.confirming:
        from .confirm import with_verdicts

        result = with_verdicts(result, settings, sources, drop_refuted=asked.only_confirmed)
    if asked.add_suppressions:
        result = _with_suppressions(result, settings, asked)
    limit = shown_size(asked.max_file_size)
    report = Report(result, colour=asked.colour, quiet=asked.quiet, sources=sources, size_limit=limit, programs=asked.show_snippet)
    reporter(asked.format_name)(report)
    return exit_status(result, exit_zero=asked.exit_zero, max_warnings=asked.max_warnings)


def _settings(asked: LintFlags) -> Settings:
    return Settings(
        rules=replace(rule_settings(asked.select, asked.ignore, asked.rule_option), suppressions=not asked.ignore_suppressions),
        max_file_size=asked.max_file_size,
        respect_ignore=not asked.no_ignore,
        jobs=asked.jobs,
        debug=bool(os.environ.get("JSLEAK_DEBUG")),
    )


def _examined(asked: LintFlags, settings: Settings) -> tuple[LintResult, dict[str, bytes]]:
    """What the run found, and the bytes of what is on no disk by its name in reports."""
    if asked.reads_stdin:
        data = sys.stdin.buffer.read()
        name = asked.stdin_filename or "<stdin>"
        path = os.path.abspath(name) if asked.stdin_filename is not None else None  # noqa: PTH100 (resolve() follows links)
        return lint_bytes(data, name, settings, path=path), {name: data}
    with Bar(enabled=not asked.quiet and asked.format_name == "text") as bar:
        cache = None if asked.no_cache else open_cache(asked.cache_dir)
        result = run_lint(asked.paths or (".",), settings, progress=bar.update, cache=cache)
    if cache and settings.debug:
        click.echo("".join(f"cache: {note}\n" for note in cache.notes), nl=False, err=True)
    return result, {}


def _with_suppressions(result: LintResult, settings: Settings, asked: LintFlags) -> LintResult:
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
