"""``jsleak lint``: from arguments to a run, from its result to a report and an exit status."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

from jsleak.analysis.findings import Severity
from jsleak.workspace import DEFAULT_MAX_FILE_SIZE, LintResult, Settings, lint_bytes
from jsleak.workspace import lint as run_lint

from .options import rule_settings, shown_size, size
from .output import COLOURS, counted
from .progress import Bar
from .reporters import FORMATS, Report, reporter

STDIN = "-"


@click.command(
    epilog="Exit status: 0 nothing to report; 1 findings; 2 a file could not be examined (it does not exist, cannot be read, is "
    "not text, has a syntax error), whose reasons are shown beside the other files' findings, or the command line is wrong. "
    "Files over the size limit are counted and do not change the status."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@click.option("--select", multiple=True, metavar="RULES", help="Run only these rules (names with commas; repeatable).")
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these rules out (names with commas; repeatable).")
@click.option("--rule-option", multiple=True, metavar="RULE.OPTION=VALUE", help="Set an option of a rule (repeatable).")
@click.option(
    "--min-severity",
    type=click.Choice([severity.value for severity in Severity]),
    default="info",
    help="Hide findings that are less.",
)
@click.option("--max-warnings", type=click.IntRange(min=0), metavar="N", help="Fail only on errors, or on more than N warnings.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="text", help="How to report (default: text).")
@click.option("--stdin-filename", metavar="PATH", help="The name of what is read from standard input (PATHS is `-`).")
@click.option(
    "--max-file-size", type=size, default=str(DEFAULT_MAX_FILE_SIZE), metavar="SIZE", help="Skip larger files (default: 1M)."
)
@click.option("--no-ignore", is_flag=True, help="Walk what .gitignore and .ignore leave out.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use (default: by the work to do).")
@click.option(
    "--confirm", "confirming", is_flag=True, help="Put each finding to the test on a real engine (runs its code, locked in)."
)
@click.option("--only-confirmed", is_flag=True, help="Drop the findings that an experiment refutes (implies --confirm).")
@click.option("--show-snippet", is_flag=True, help="Show the program of each experiment (implies --confirm).")
@click.option(
    "--engines", metavar="RANGES", help='The engines to run on, as "quickjs-ng >=0.6, node >=18": their defects raise severities.'
)
@click.option("--ignore-suppressions", is_flag=True, help="Report what `jsleak-ignore` comments suppress as well.")
@click.option("--add-suppressions", is_flag=True, help="Write a `jsleak-ignore-next-line` comment for each finding into its file.")
@click.option("--reason", default="", metavar="TEXT", help="The reason that --add-suppressions gives.")
@click.option("-q", "--quiet", is_flag=True, help="No summary and no progress bar.")
@click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal).")
def lint(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    rule_option: tuple[str, ...],
    min_severity: str,
    max_warnings: int | None,
    exit_zero: bool,
    format_name: str,
    stdin_filename: str | None,
    max_file_size: int,
    no_ignore: bool,
    jobs: int | None,
    confirming: bool,
    only_confirmed: bool,
    show_snippet: bool,
    engines: str | None,
    ignore_suppressions: bool,
    add_suppressions: bool,
    reason: str,
    quiet: bool,
    colour: str,
) -> int:
    """Find leaks in JavaScript files.

    PATHS are files and folders (default: the working folder). Folders are walked by .gitignore and .ignore, without node_modules;
    files given by name are always examined. `-` reads standard input.
    """
    reason = " ".join(reason.split())
    if reason and not add_suppressions:
        raise click.UsageError("--reason is for --add-suppressions.")
    if add_suppressions and ignore_suppressions:
        raise click.UsageError("--add-suppressions and --ignore-suppressions exclude each other.")
    settings = Settings(
        rules=replace(rule_settings(select, ignore, rule_option), suppressions=not ignore_suppressions),
        max_file_size=max_file_size,
        respect_ignore=not no_ignore,
        jobs=jobs,
        debug=bool(os.environ.get("JSLEAK_DEBUG")),
    )
    sources: dict[str, bytes] = {}
    if STDIN in paths or stdin_filename is not None:
        if paths not in ((), (STDIN,)):
            raise click.UsageError("Standard input (`-`, --stdin-filename) cannot be linted together with other paths.")
        if add_suppressions:
            raise click.UsageError("--add-suppressions writes into files, and standard input is none.")
        data = sys.stdin.buffer.read()
        name = stdin_filename or "<stdin>"
        sources[name] = data
        path = os.path.abspath(stdin_filename) if stdin_filename is not None else None  # noqa: PTH100 (resolve() follows links)
        result = lint_bytes(data, name, settings, path=path)
    else:
        with Bar(enabled=not quiet and format_name == "text") as bar:
            result = run_lint(paths or (".",), settings, progress=bar.update)
    if engines is not None:
        from .confirm import with_engines

        result = with_engines(result, engines)
    shown = at_least(result, Severity(min_severity))
    if confirming or only_confirmed or show_snippet:
        from .confirm import with_verdicts

        shown = with_verdicts(shown, settings, sources, drop_refuted=only_confirmed)
    if add_suppressions:
        from jsleak.workspace.suppress import add_suppressions as add

        added = add(shown, settings, folder=os.getcwd(), reason=reason)  # noqa: PTH109
        shown = added.result
        if not quiet:
            click.echo(f"Suppressed {counted(added.findings, 'finding')} in {counted(added.files, 'file')}.", err=True)
    limit = shown_size(max_file_size)
    report = Report(shown, colour=colour, quiet=quiet, sources=sources, size_limit=limit, programs=show_snippet)
    reporter(format_name)(report)
    return exit_status(shown, exit_zero=exit_zero, max_warnings=max_warnings)


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
