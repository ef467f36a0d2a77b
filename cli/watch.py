"""``jsleak lint --watch``: a run, and another after each change that may concern it, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

import click

from jsleak.workspace.watch import CannotWatch, changes, watched

from .flags import LintFlags
from .settings import settings_files


def watch(asked: LintFlags, once: Callable[[LintFlags], int], *, also: Iterable[str] = ()) -> int:
    """Run ``once`` again and again; ``also`` are files that decide how it goes.

    Ends by KeyboardInterrupt, or as a click.ClickException where nothing can be watched.
    """
    folder = os.getcwd()  # noqa: PTH109
    settings = settings_files(config=asked.config, isolated=asked.isolated, markdown=asked.markdown)
    markdown = settings.scope(folder).common.markdown
    what = watched(asked.paths or (".",), folder, respect_ignore=not asked.no_ignore, markdown=markdown, also=also)
    try:
        for due in changes(what):
            _draw(asked, once, first=not due)
    except CannotWatch as error:
        raise click.ClickException(f"--watch: {error}") from None
    return 0


def _draw(asked: LintFlags, once: Callable[[LintFlags], int], *, first: bool) -> None:
    """One run. What is wrong with its settings can be mended, and is shown; what is wrong with the command line cannot."""
    click.clear()  # on a terminal only
    try:
        once(asked)
    except click.ClickException as error:
        if first and isinstance(error, click.UsageError):
            raise
        error.show()
    # The next line follows on another stream, and whoever reads may be waiting.
    sys.stdout.flush()
    if not asked.quiet:
        click.echo("Watching for changes; Ctrl-C ends.", err=True)
