"""The flags that several commands share, and those of ``jsleak lint`` by what they are about.

A group is a decorator; the flags of a command stand in its help in the order of its groups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jsleak.analysis.findings import Severity
from jsleak.workspace import DEFAULT_MAX_FILE_SIZE

from .options import shown_size, size
from .output import COLOURS
from .outputs import Output, output, outputs
from .reporters import FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Command = TypeVar("Command", bound=Callable[..., Any])

_COUNTING = ("text", "json")
STDIN = "-"
"""The path that stands for standard input."""


def group(*flags: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """The decorator that gives a command all these flags."""

    def decorate(command: Command) -> Command:
        for flag in reversed(flags):
            command = flag(command)
        return command

    return decorate


def completing(what: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A function of the module ``completions``, which only a completion loads."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from . import completions

        items: list[CompletionItem] = getattr(completions, what)(context, parameter, incomplete)
        return items

    return complete


rules = group(
    click.option(
        "--select",
        multiple=True,
        metavar="RULES",
        help="Run only these rules (names with commas; repeatable).",
        shell_complete=completing("several_rules"),
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="RULES",
        help="Leave these rules out (names with commas; repeatable).",
        shell_complete=completing("several_rules"),
    ),
    click.option(
        "--severity", multiple=True, metavar="RULE=LEVEL", help="How severe a rule's findings are: error, warning, info, off."
    ),
    click.option(
        "--rule-option",
        multiple=True,
        metavar="RULE.OPTION=VALUE",
        help="Set an option of a rule (repeatable).",
        shell_complete=completing("rule_option"),
    ),
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
        "--format",
        "formats",
        type=output,
        multiple=True,
        metavar="NAME[=FILE]",
        shell_complete=completing("report_format"),
        help=f"How to report: {', '.join(FORMATS)} (default: text). Repeatable: one to standard output, others to files.",
    ),
    click.option("-o", "--output-file", metavar="FILE", help="Write the report to this file (of the --format that names none)."),
    click.option("-q", "--quiet", is_flag=True, help="No summary and no progress bar."),
    click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal)."),
)

stdin = click.option("--stdin-filename", metavar="PATH", help="The name of what is read from standard input (PATHS is `-`).")

files = group(
    click.option(
        "--max-file-size",
        type=size,
        metavar="SIZE",
        help=f"Skip larger files (default: {shown_size(DEFAULT_MAX_FILE_SIZE)}).",
    ),
    click.option("--markdown", is_flag=True, help="Walk Markdown files as well, for their blocks of JavaScript."),
    click.option("--no-ignore", is_flag=True, help="Walk what .gitignore and .ignore leave out."),
    click.option("--force-exclude", is_flag=True, help="Leave out what a walk would, even if it is named (for hooks)."),
    click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use (default: by the work to do)."),
)

engines = click.option(
    "--engines",
    metavar="RANGES",
    help='The engines to run on, as "quickjs-ng >=0.6, node >=18": their defects raise or lower severities.',
)

experiments = group(
    click.option("--confirm", is_flag=True, help="Put each finding to the test on a real engine (runs its code, locked in)."),
    click.option("--only-confirmed", is_flag=True, help="Drop the findings that an experiment refutes (implies --confirm)."),
    click.option("--show-snippet", is_flag=True, help="Show the program of each experiment (implies --confirm)."),
    engines,
)

suppressions = group(
    click.option("--ignore-suppressions", is_flag=True, help="Report what `jsleak-ignore` comments suppress as well."),
    click.option("--add-suppressions", is_flag=True, help="Write a `jsleak-ignore-next-line` comment for each finding."),
    click.option("--reason", default="", metavar="TEXT", help="The reason that --add-suppressions gives."),
)

git = group(
    click.option(
        "--changed",
        is_flag=False,
        flag_value="HEAD",
        metavar="[REF]",
        help="Only files that differ from REF (default: HEAD), or from where HEAD left it, or that Git does not track.",
    ),
    click.option("--staged", is_flag=True, help="Only files that are staged, as they are staged."),
)

known = click.option("--baseline", metavar="FILE", help="Report only what this file (see `jsleak baseline`) does not know.")

fixes = group(
    click.option("--fix", is_flag=True, help="Apply the safe fixes of what is found; report what remains."),
    click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: those that may change what the program does, too."),
    click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing."),
    click.option("--exit-non-zero-on-fix", is_flag=True, help="With --fix: exit with 1 if a file was changed."),
)

views = group(
    click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of showing them (text, json)."),
    click.option("--show-files", is_flag=True, help="List the files that would be examined, and how each was found."),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Say what was passed over and why, what took how long, and name what the summary counts.",
    ),
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
    severity: tuple[str, ...]
    rule_option: tuple[str, ...]
    config: str | None
    isolated: bool
    min_severity: str
    max_warnings: int | None
    exit_zero: bool
    stdin_filename: str | None
    max_file_size: int | None
    markdown: bool
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
    changed: str | None
    staged: bool
    baseline: str | None
    verbose: bool
    formats: tuple[Output, ...]
    output_file: str | None
    fix: bool
    unsafe_fixes: bool
    diff: bool
    exit_non_zero_on_fix: bool
    statistics: bool
    show_files: bool
    no_cache: bool
    cache_dir: str | None
    watch: bool
    quiet: bool
    colour: str

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """Which reports to make. Raises click.UsageError."""
        return outputs(self.formats, self.output_file)

    @property
    def confirming(self) -> bool:
        """Whether findings are put to the test."""
        return self.confirm or self.only_confirmed or self.show_snippet

    @property
    def fixing(self) -> bool:
        """Whether fixes are applied, or shown."""
        return self.fix or self.diff

    @property
    def reads_stdin(self) -> bool:
        """Whether the text to examine comes from standard input."""
        return STDIN in self.paths or self.stdin_filename is not None

    def check(self) -> None:
        """Raise click.UsageError for flags that contradict each other."""
        _ = self.outputs
        if self.reason and not self.add_suppressions:
            raise click.UsageError("--reason is for --add-suppressions.")
        if self.add_suppressions and self.ignore_suppressions:
            raise click.UsageError("--add-suppressions and --ignore-suppressions exclude each other.")
        if self.changed is not None and self.staged:
            raise click.UsageError("--changed and --staged exclude each other.")
        if self.staged and self.add_suppressions:
            raise click.UsageError("--add-suppressions writes into files, and --staged looks at what is staged instead.")
        if self.staged and self.fix:
            raise click.UsageError("--fix writes into files, and --staged looks at what is staged instead.")
        if self.unsafe_fixes and not self.fixing:
            raise click.UsageError("--unsafe-fixes is for --fix and --diff.")
        if self.exit_non_zero_on_fix and (self.diff or not self.fix):
            raise click.UsageError("--exit-non-zero-on-fix is for --fix.")
        if self.add_suppressions and self.diff:
            raise click.UsageError("--add-suppressions and --diff exclude each other.")
        if self.statistics and self.diff:
            raise click.UsageError("--statistics and --diff exclude each other.")
        if self.statistics and any(one.format not in _COUNTING for one in self.outputs):
            raise click.UsageError("--statistics is for the formats text and json.")
        if self.quiet and self.verbose:
            raise click.UsageError("--quiet and --verbose exclude each other.")
        if self.show_files and (self.fixing or self.add_suppressions or self.reads_stdin):
            raise click.UsageError("--show-files lists files and does nothing else.")
        if self.watch and self.reads_stdin:
            raise click.UsageError("--watch watches files, and standard input is none.")
        if self.watch and (self.add_suppressions or self.fixing or self.staged):
            raise click.UsageError("--watch and --fix, --diff, --add-suppressions or --staged exclude each other.")
        if self.reads_stdin:
            if self.changed is not None or self.staged:
                raise click.UsageError("--changed and --staged choose files, and standard input is none.")
            if self.paths not in ((), (STDIN,)):
                raise click.UsageError("Standard input (`-`, --stdin-filename) cannot be linted together with other paths.")
            if self.add_suppressions:
                raise click.UsageError("--add-suppressions writes into files, and standard input is none.")
