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
    click.option(
        "--severity", multiple=True, metavar="RULE=LEVEL", help="How severe a rule's findings are: error, warning, info, off."
    ),
    click.option("--rule-option", multiple=True, metavar="RULE.OPTION=VALUE", help="Set an option of a rule (repeatable)."),
)

settings = group(
    click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="Use this settings file, and none that is found.",
    ),
    click.option("--isolated", is_flag=True, help="Use no settings file."),
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
        metavar="SIZE",
        help=f"Skip larger files (default: {shown_size(DEFAULT_MAX_FILE_SIZE)}).",
    ),
    click.option("--no-ignore", is_flag=True, help="Walk what .gitignore and .ignore leave out."),
    click.option("--force-exclude", is_flag=True, help="Leave out what a walk would, even if it is named (for hooks)."),
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


@dataclass(frozen=True, kw_only=True)
class LintFlags:
    """What ``jsleak lint`` was asked for: a field for each of its flags."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    severity: tuple[str, ...]
    rule_option: tuple[str, ...]
    config: str | None
    isolated: bool
    min_severity: str
    max_warnings: int | None
    exit_zero: bool
    stdin_filename: str | None
    max_file_size: int | None
    no_ignore: bool
    force_exclude: bool
    jobs: int | None
    confirm: bool
    only_confirmed: bool
    show_snippet: bool
    engines: str | None
    ignore_suppressions: bool
    add_suppressions: bool
    reason: str
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
        if self.reads_stdin:
            if self.paths not in ((), (STDIN,)):
                raise click.UsageError("Standard input (`-`, --stdin-filename) cannot be linted together with other paths.")
            if self.add_suppressions:
                raise click.UsageError("--add-suppressions writes into files, and standard input is none.")
