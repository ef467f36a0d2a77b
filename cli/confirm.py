"""``jsleak confirm``, and what `lint --confirm` shares with it: findings are put to the test, which runs their code."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from jsleak.analysis.findings import Status
from jsleak.workspace import LintResult, Settings, SettingsFiles
from jsleak.workspace import lint as run_lint

from . import flags
from .outputs import Output, outputs, shows_text, write_reports
from .progress import Bar
from .reporters import Report
from .settings import by_path, settings_files, size_limit, with_engines

if TYPE_CHECKING:
    from jsleak.engine.confirm import Text
    from jsleak.engine.pool import Pool

_AT_LINE = re.compile(r"(?P<path>.+):(?P<line>\d+)")


@click.command(
    epilog="Exit status: 0 no finding, or all refuted; 1 findings that are confirmed or undecided; 2 a file could not be examined."
)
@click.argument("targets", nargs=-1, required=True, metavar="PATH[:LINE]...", shell_complete=flags.completing("path"))
@flags.rules
@flags.settings
@flags.engines
@click.option("--only-confirmed", is_flag=True, help="Drop the findings that an experiment refutes.")
@click.option("--show-snippet", is_flag=True, help="Show the program of each experiment.")
@flags.report
def confirm(
    targets: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: tuple[str, ...],
    rule_option: tuple[str, ...],
    config: str | None,
    isolated: bool,
    engines: str | None,
    only_confirmed: bool,
    show_snippet: bool,
    formats: tuple[Output, ...],
    output_file: str | None,
    quiet: bool,
    colour: str,
) -> int:
    """Put findings to the test on a real engine.

    The code of each finding runs as it is, and once more with the suspected cause removed: what is seen must change. What is
    confirmed runs again with each fix that the finding offers. It runs in a process of its own that sees no files, no network and
    no environment, within limits of time and memory.
    """
    asked = outputs(formats, output_file)
    settings = settings_files(
        select=select,
        ignore=ignore,
        severity=severity,
        rule_option=rule_option,
        engines=engines,
        config=config,
        isolated=isolated,
    )
    lines: dict[str, set[int]] = {}
    paths: list[str] = []
    for target in targets:
        match = None if os.path.exists(target) else _AT_LINE.fullmatch(target)  # noqa: PTH110
        path = match["path"] if match else target
        paths.append(path)
        if match:
            lines.setdefault(os.path.abspath(path), set()).add(int(match["line"]))  # noqa: PTH100
    from jsleak.engine.pool import Pool

    with Pool() as pool:
        if len(paths) == 1 and os.path.isfile(paths[0]):  # noqa: PTH113
            # The engine starts while the file is examined. It takes a thread, beside which no worker for many files can be forked.
            pool.warm()
        with Bar(enabled=not quiet and shows_text(asked)) as bar:
            result = run_lint(paths, settings, progress=bar.update)
        kept = []
        for one in result.findings:
            wanted = lines.get(os.path.abspath(one.path))  # noqa: PTH100 (resolve() follows links)
            if _wanted(wanted, one.range.start.line, one.range.end.line):
                kept.append(one)
        result = with_engines(replace(result, findings=tuple(kept)), settings)
        result = with_verdicts(result, settings, {}, drop_refuted=only_confirmed, pool=pool)
    limit = size_limit(result, settings)
    write_reports(Report(result, colour=colour, quiet=quiet, size_limit=limit, programs=show_snippet), asked)
    if result.failed:
        return 2
    return int(any(one.verdict is None or one.verdict.status is not Status.REFUTED for one in result.findings))


def _wanted(lines: set[int] | None, first: int, last: int) -> bool:
    return lines is None or any(first <= line <= last for line in lines)


def with_verdicts(
    result: LintResult, settings: SettingsFiles, sources: Mapping[str, bytes], *, drop_refuted: bool, pool: Pool | None = None
) -> LintResult:
    """The result with a verdict for each finding. ``sources`` holds the bytes of files that are on no disk; ``pool`` runs the code
    where there is one already.
    """
    if not result.findings:
        return result
    from jsleak.analysis.rule import RuleSettings
    from jsleak.engine.confirm import confirm_all

    of_file = by_path(settings)

    def find(path: str) -> Text | None:
        return _text(path, sources.get(path), of_file(path))

    findings = confirm_all(result.findings, find, RuleSettings(), pool)
    if drop_refuted:
        findings = tuple(one for one in findings if one.verdict is None or one.verdict.status is not Status.REFUTED)
    return replace(result, findings=findings)


def _text(path: str, data: bytes | None, settings: Settings) -> Text | None:
    from jsleak.engine.confirm import Text
    from jsleak.workspace.contents import Texts
    from jsleak.workspace.packages import by_extension, loader
    from jsleak.workspace.reading import NotRegular, NotText, TooLarge, decode, read_bytes

    absolute = os.path.abspath(path)  # noqa: PTH100
    try:
        text = decode(read_bytes(absolute, settings.max_file_size) if data is None else data)
    except (OSError, ValueError, NotText, NotRegular, TooLarge):
        return None
    on_disk = data is None or os.path.realpath(absolute) in settings.contents
    texts = Texts(settings.contents)
    load = loader(absolute, path, os.getcwd(), settings.max_file_size, texts) if on_disk else None  # noqa: PTH109
    return Text(path, text, by_extension(path), load, settings.rules)
