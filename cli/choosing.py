"""What narrows a run from outside of the files: what Git says of them, and the findings that a baseline knows."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from jsleak.workspace import SettingsFiles

from .flags import LintFlags
from .output import visible

if TYPE_CHECKING:
    from jsleak.workspace.baseline import Baseline


def chosen(asked: LintFlags, settings: SettingsFiles) -> tuple[SettingsFiles, Collection[str] | None]:
    """The files that --changed or --staged leave (None: all), and the settings with what they hold. Raises click.UsageError."""
    if asked.changed is None and not asked.staged:
        return settings, None
    from jsleak.workspace.git import GitError, changed, staged

    folder = os.getcwd()  # noqa: PTH109
    try:
        if asked.changed is not None:
            return settings, changed(folder, asked.changed)
        found = staged(folder)
    except GitError as error:
        flag = "--staged" if asked.staged else "--changed"
        hint = ""
        if asked.changed and os.path.exists(asked.changed):  # noqa: PTH110
            hint = f" If it is a path: `--changed HEAD {asked.changed}`."
        raise click.UsageError(f"{flag}: {visible(str(error))}{hint}") from None
    return settings.holding(found.contents), found.files


def known_findings(path: str) -> Baseline:
    """The baseline at ``path``. Raises click.UsageError."""
    from jsleak.workspace.baseline_file import BaselineError, read_baseline

    try:
        return read_baseline(path)
    except BaselineError as error:
        hint = "" if os.path.lexists(path) else f" To write it: jsleak baseline --output {path}"
        raise click.UsageError(f"{visible(str(error))}{hint}") from None
