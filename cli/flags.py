"""The flags that several commands share, and those of ``jsleak lint`` by what they are about.

A group is a decorator; the flags of a command stand in its help in the order of its groups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from jsleak.analysis.findings import Severity
from jsleak.workspace import DEFAULT_MAX_FILE_SIZE

from .options import shown_size, size
from .output import COLOURS
from .reporters import FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])

STDIN = "-"
"""The path that stands for standard input."""


def group(*flags: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """The decorator that gives a command all these flags."""

    def decorate(command: Command) -> Command:
        for flag in reversed(flags):
            command = flag(command)
        return command

    return decorate


rules = group(
    click.option("--select", multiple=True, metavar="RULES", help="Run only these rules (names with commas; repeatable)."),
    click.option("--ignore", multiple=True, metavar="RULES", help="Leave these rules out (names with commas; repeatable)."),
    click.option("--rule-option", multiple=True, metavar="RULE.OPTION=VALUE", help="Set an option of a rule (repeatable)."),
)

threshold = group(
    click.option(
        "--min-severity",
        type=click.Choice([severity.value for severity in Severity]),
        default="info",
        help="Hide findings that are less.",
    ),
    click.option(
        "--max-warnings", type=click.IntRange(min=0), metavar="N", help="Fail only on errors, or on more than N warnings."
    ),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
)

report = group(
    click.option(
        "--format", "format_name", type=click.Choice(list(FORMATS)), default="text", help="How to report (default: text)."
    ),
    click.option("-q", "--quiet", is_flag=True, help="No summary and no progress bar."),
    click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal)."),
)

files = group(
    click.option("--stdin-filename", metavar="PATH", help="The name of what is read from standard input (PATHS is `-`)."),
    click.option(
        "--max-file-size",
        type=size,
        default=str(DEFAULT_MAX_FILE_SIZE),
        metavar="SIZE",
        help=f"Skip larger files (default: {shown_size(DEFAULT_MAX_FILE_SIZE)}).",
    ),
    click.option("--no-ignore", is_flag=True, help="Walk what .gitignore and .ignore leave out."),
    click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use (default: by the work to do)."),
)

experiments = group(
    click.option("--confirm", is_flag=True, help="Put each finding to the test on a real engine (runs its code, locked in)."),
    click.option("--only-confirmed", is_flag=True, help="Drop the findings that an experiment refutes (implies --confirm)."),
    click.option("--show-snippet", is_flag=True, help="Show the program of each experiment (implies --confirm)."),
    click.option(
        "--engines",
        metavar="RANGES",
        help='The engines to run on, as "quickjs-ng >=0.6, node >=18": defects raise severities.',
    ),
)

suppressions = group(
    click.option("--ignore-suppressions", is_flag=True, help="Report what `jsleak-ignore` comments suppress as well."),
    click.option("--add-suppressions", is_flag=True, help="Write a `jsleak-ignore-next-line` comment for each finding."),
    click.option("--reason", default="", metavar="TEXT", help="The reason that --add-suppressions gives."),
)


cache = group(
    click.option("--no-cache", is_flag=True, help="Neither use nor keep results of earlier runs (also: JSLEAK_NO_CACHE=1)."),
    click.option(
        "--cache-dir", metavar="PATH", help="Where results are kept (also: JSLEAK_CACHE_DIR; default: the user's cache folder)."
    ),
)

watch = group(
    click.option("--watch", is_flag=True, help="Examine again whenever a file changes, until Ctrl-C."),
)


@dataclass(frozen=True, kw_only=True)
class LintFlags:
    """What ``jsleak lint`` was asked for: a field for each of its flags."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    rule_option: tuple[str, ...]
    min_severity: str
    max_warnings: int | None
    exit_zero: bool
    stdin_filename: str | None
    max_file_size: int
    no_ignore: bool
    jobs: int | None
    confirm: bool
    only_confirmed: bool
    show_snippet: bool
    engines: str | None
    ignore_suppressions: bool
    add_suppressions: bool
    reason: str
    no_cache: bool
    cache_dir: str | None
    watch: bool
    format_name: str
    quiet: bool
    colour: str

    @property
    def confirming(self) -> bool:
        """Whether findings are put to the test."""
        return self.confirm or self.only_confirmed or self.show_snippet

    @property
    def reads_stdin(self) -> bool:
        """Whether the text to examine comes from standard input."""
        return STDIN in self.paths or self.stdin_filename is not None

    def check(self) -> None:
        """Raise click.UsageError for flags that contradict each other."""
        if self.reason and not self.add_suppressions:
            raise click.UsageError("--reason is for --add-suppressions.")
        if self.add_suppressions and self.ignore_suppressions:
            raise click.UsageError("--add-suppressions and --ignore-suppressions exclude each other.")
        if self.watch and self.reads_stdin:
            raise click.UsageError("--watch watches files, and standard input is none.")
        if self.watch and self.add_suppressions:
            raise click.UsageError("--watch and --add-suppressions exclude each other.")
        if self.reads_stdin:
            if self.paths not in ((), (STDIN,)):
                raise click.UsageError("Standard input (`-`, --stdin-filename) cannot be linted together with other paths.")
            if self.add_suppressions:
                raise click.UsageError("--add-suppressions writes into files, and standard input is none.")
