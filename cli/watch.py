"""``jsleak lint --watch``: a run, and another after each change that may concern it, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from jsleak.workspace import SettingsFiles
from jsleak.workspace.watch import CannotWatch, changes, watched

from .flags import LintFlags


def watch(asked: LintFlags, settings: SettingsFiles, once: Callable[[], object]) -> int:
    """Run ``once``, which goes by ``settings``, again and again.

    Ends by KeyboardInterrupt, or as a click.ClickException where nothing can be watched.
    """
    what = watched(asked.paths or (".",), os.getcwd(), settings)  # noqa: PTH109
    try:
        for due in changes(what):
            _draw(once, first=not due, quiet=asked.quiet)
    except CannotWatch as error:
        raise click.ClickException(f"--watch: {error}") from None
    return 0


def _draw(once: Callable[[], object], *, first: bool, quiet: bool) -> None:
    """One run. What is wrong with its settings can be mended, and is shown; what is wrong with the command line cannot."""
    click.clear()  # on a terminal only
    try:
        once()
    except click.ClickException as error:
        if first and isinstance(error, click.UsageError):
            raise
        error.show()
    except FileNotFoundError as error:  # that of --config
        click.ClickException(f"{error.filename}: there is no such file").show()
    # The next line follows on another stream, and whoever reads may be waiting.
    sys.stdout.flush()
    if not quiet:
        click.echo("Watching for changes; Ctrl-C ends.", err=True)
