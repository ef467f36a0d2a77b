"""``jsleak baseline``: write down the findings of now, so that `jsleak lint --baseline` reports only new ones."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from jsleak.analysis.findings import Severity
from jsleak.workspace import LintResult, SettingsFiles
from jsleak.workspace.baseline import Baseline, compare
from jsleak.workspace.baseline_file import DEFAULT_NAME, folder_of, write_baseline
from jsleak.workspace.writing import Changed, write_problem

from . import flags
from .choosing import known_findings
from .flags import LintFlags
from .lint import examined
from .lint import lint as lint_command
from .output import COLOURS, counted
from .outputs import Output, write_reports
from .reporters import Report
from .settings import size_limit, with_engines


@click.command(
    epilog="Exit status: 0 the baseline holds what was found; 2 a file could not be examined, whose entries stay as they were, or "
    "the baseline could not be read or written, or the command line is wrong."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@click.option("-o", "--output", default=DEFAULT_NAME, metavar="FILE", help=f"The baseline's name (default: {DEFAULT_NAME}).")
@flags.rules
@flags.settings
@click.option(
    "--min-severity",
    type=click.Choice([severity.value for severity in Severity]),
    default="info",
    help="Add no findings that are less.",
)
@flags.files
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what could not be examined.")
@click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal).")
def baseline(output: str, **given: Any) -> int:
    """Write down the findings of now, so that `jsleak lint --baseline FILE` reports only new ones.

    PATHS are those of `jsleak lint`. A baseline that is there already gets what is new and loses what has gone; what is not looked
    at this time stays in it. The paths in it are relative to its folder: commit it.
    """
    asked = LintFlags(**{**lint_command.make_context("lint", []).params, **given})
    if asked.reads_stdin:
        raise click.UsageError("A baseline is about files, and standard input is none.")
    asked.check()
    before = known_findings(output) if os.path.lexists(output) else Baseline(folder_of(output))
    result, settings = examined(asked)
    compared = compare(before, result, settings, folder=os.getcwd())  # noqa: PTH109
    severity = Severity(asked.min_severity)
    raised = with_engines(compared.result, settings).findings
    wanted = [new for new, one in zip(compared.new, raised, strict=True) if one.severity.rank >= severity.rank]
    try:
        write_baseline(output, [*compared.kept, *wanted])
    except (OSError, Changed) as error:
        return _end(replace(compared.result, problems=(*result.problems, write_problem(output, error))), settings, asked)
    if not asked.quiet:
        total = counted(len(compared.kept) + len(wanted), "finding")
        click.echo(f"Wrote {total} to {output}: {len(wanted)} new, {len(compared.result.gone)} gone.")
    return _end(compared.result, settings, asked)


def _end(result: LintResult, settings: SettingsFiles, asked: LintFlags) -> int:
    """Report what could not be examined; the exit status."""
    if result.problems:
        limit = size_limit(result, settings)
        problems = replace(result, findings=())
        write_reports(Report(problems, colour=asked.colour, quiet=True, size_limit=limit), [Output("text")])
    return 2 if result.failed else 0
