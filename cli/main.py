"""The entry point. Imports nothing that costs time before it knows what is asked for."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 130
BROKEN_PIPE = 141


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: nothing to report. 1: findings. 2: the command, or a part of it, could not do its work. 130 and 141: Ctrl-C, and a reader
    that went away, by the shell's convention.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments in (["--version"], ["-V"]):
        from jsleak import __version__

        return _guarded(lambda: _print(f"jsleak {__version__}"))
    return _guarded(lambda: _run(arguments))


def _guarded(command: Callable[[], int]) -> int:
    """Run a command; neither a reader that left nor Ctrl-C shows a traceback."""
    try:
        status = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _print(text: str) -> int:
    print(text)
    return 0


def _run(arguments: list[str]) -> int:
    import click

    from .app import app

    if "_JSLEAK_COMPLETE" in os.environ:
        app.main(arguments, "jsleak")
    # Not app.main: that turns a broken pipe into findings (exit status 1).
    try:
        with app.make_context("jsleak", list(arguments)) as context:
            status = app.invoke(context)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return 2
    return status if isinstance(status, int) else 0
