"""From flags to the settings of a run: what the user asks for goes over what settings files say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace

import click

from jsleak.analysis.findings import Finding, Severity
from jsleak.analysis.rule import RuleSettings
from jsleak.workspace import LintResult, Overrides, Settings, SettingsFiles

from .options import known_rule, nearest, rule_options, shown_size, split_names

ALL = "all"
_LEVELS = (*(severity.value for severity in Severity), "off")


def settings_files(
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    rule_option: Iterable[str] = (),
    severity: Iterable[str] = (),
    engines: str | None = None,
    max_file_size: int | None = None,
    markdown: bool = False,
    no_ignore: bool = False,
    config: str | None = None,
    isolated: bool = False,
    force_exclude: bool = False,
    suppressions: bool = True,
    jobs: int | None = None,
) -> SettingsFiles:
    """What a run goes by, from its flags. Raises click.BadParameter and click.UsageError."""
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other.")
    if engines is not None and (why := engine_error(engines)):
        raise click.BadParameter(why, param_hint="'--engines'")
    over = Overrides(
        select=tuple(name if name == ALL else known_rule(name, "--select") for name in split_names(select)),
        ignore=tuple(known_rule(name, "--ignore") for name in split_names(ignore)),
        severity=dict(_severity(text) for text in split_names(severity)),
        options=rule_options(rule_option),
        engines=None if engines is None else (engines,),
        max_file_size=max_file_size,
        respect_ignore=False if no_ignore else None,
        markdown=True if markdown else None,
    )
    base = Settings(
        rules=RuleSettings(suppressions=suppressions),
        jobs=jobs,
        debug=bool(os.environ.get("JSLEAK_DEBUG")),
        force_exclude=force_exclude,
    )
    path = None if config is None else os.path.abspath(config)  # noqa: PTH100 (resolve() follows links)
    return SettingsFiles(base, over, config=path, isolated=isolated, engine_error=engine_error)


def _severity(text: str) -> tuple[str, str]:
    rule, equals, level = text.partition("=")
    if not equals:
        raise click.BadParameter(f"`{text}` is not of the form RULE=LEVEL.", param_hint="'--severity'")
    if level not in _LEVELS:
        message = f"`{text}`: the level must be one of {', '.join(_LEVELS)}.{nearest(level, _LEVELS)}"
        raise click.BadParameter(message, param_hint="'--severity'")
    return known_rule(rule, "--severity"), level


def engine_error(text: str) -> str | None:
    """What is wrong with a range of engines."""
    # Not at the top: few name any.
    from jsleak.engine.versions import VersionError, parse_engines

    try:
        parse_engines(text)
    except VersionError as error:
        return str(error)
    return None


def with_engines(result: LintResult, files: SettingsFiles) -> LintResult:
    """The result with severities for the engines that the settings of each file name; those it has already stay as they are."""

    def raised(finding: Finding) -> Finding:
        engines = files.for_file(_absolute(finding.path)).engines
        return _raised(finding, ", ".join(engines)) if engines else finding

    findings = tuple(map(raised, result.findings))
    known = tuple(map(raised, result.known))
    suppressed = tuple(replace(one, finding=raised(one.finding)) for one in result.suppressed)
    return replace(result, findings=findings, known=known, suppressed=suppressed)


def _raised(finding: Finding, engines: str) -> Finding:
    # Not at the top: few name any.
    from jsleak.engine.severity import for_engines

    return for_engines([finding], engines)[0]


def size_limit(result: LintResult, files: SettingsFiles) -> str:
    """The limit that the skipped files are over, as people write it; empty if there are several."""
    limits = {files.for_file(_absolute(path)).max_file_size for path in result.skipped}
    return shown_size(limits.pop()) if len(limits) == 1 else ""


def by_path(files: SettingsFiles) -> Callable[[str], Settings]:
    """The settings of a file by the path that reports call it."""
    return lambda path: files.for_file(_absolute(path))


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 (resolve() follows links)
