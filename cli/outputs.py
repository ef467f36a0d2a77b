"""Where reports go: from ``--format`` and ``--output-file`` to streams.

``--format NAME`` writes to standard output, ``--format NAME=FILE`` to a file; it may be repeated. ``--output-file`` is the file of
the one format that names none.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

import click

from jsleak.workspace.paths import printable

from .options import nearest
from .reporters import FORMATS, Report, reporter

STDOUT = "-"
"""The file that stands for standard output."""


@dataclass(frozen=True)
class Output:
    """A report to make; ``file`` None is standard output."""

    format: str
    file: str | None = None


def output(value: str) -> Output:
    """``NAME`` or ``NAME=FILE``. Raises click.BadParameter."""
    name, equals, file = value.partition("=")
    if name not in FORMATS:
        raise click.BadParameter(f"There is no format `{name}`.{nearest(name, FORMATS)} There are: {', '.join(FORMATS)}.")
    if equals and not file:
        raise click.BadParameter(f"`{value}` names no file.")
    return Output(name, None if file in ("", STDOUT) else file)


def outputs(formats: Sequence[Output], output_file: str | None) -> tuple[Output, ...]:
    """The reports that the flags ask for, those to files first. Raises click.UsageError for what cannot be."""
    asked = list(formats) or [Output("text")]
    to_stdout = [index for index, one in enumerate(asked) if one.file is None]
    if len(to_stdout) > 1:
        names = " and ".join(f"`{asked[index].format}`" for index in to_stdout)
        raise click.UsageError(f"Only one format can go to standard output, not {names}. Others need a file: --format NAME=FILE")
    if output_file is not None:
        if not to_stdout:
            raise click.UsageError("--output-file is for a format without a file, and each --format names one.")
        if output_file != STDOUT:
            asked[to_stdout[0]] = replace(asked[to_stdout[0]], file=output_file)
    seen: dict[str, str] = {}
    for one in asked:
        if one.file is not None:
            real = os.path.realpath(one.file)
            if real in seen:
                raise click.UsageError(f"`{printable(one.file)}` is the file of two reports.")
            seen[real] = one.format
            _check(one.file)
    return tuple(sorted(asked, key=lambda one: one.file is None))


def shows_text(asked: Sequence[Output]) -> bool:
    """Whether standard output has text for people, or nothing: then there may be a progress bar."""
    return all(one.file is not None or one.format == "text" for one in asked)


def write_reports(report: Report, asked: Sequence[Output]) -> None:
    """Make the reports. One that cannot be written keeps no other from being made; then raises click.ClickException."""
    failures: list[str] = []
    for one in asked:
        if one.file is None:
            reporter(one.format)(report, _stdout(one.format))
            continue
        try:
            _write_file(report, one.format, one.file)
        except OSError as error:
            failures.append(f"`{printable(one.file)}` cannot be written: {(error.strerror or str(error)).lower()}.")
    if failures:
        sys.stdout.flush()
        raise click.ClickException("\n".join(failures))


def _check(file: str) -> None:
    """Raise a usage error for a file that could not be written, while there is nothing to lose yet."""
    folder = os.path.dirname(os.path.realpath(file)) or os.curdir  # noqa: PTH120
    reason = ""
    if os.path.isdir(file):  # noqa: PTH112
        reason = "it is a folder"
    elif not os.path.isdir(folder):  # noqa: PTH112
        reason = f"there is no folder `{printable(os.path.dirname(file) or folder)}`"  # noqa: PTH120
    elif os.path.exists(file) and not os.access(file, os.W_OK):  # noqa: PTH110
        reason = "it is read-only"
    elif not os.access(folder, os.W_OK) and not _is_device(file):
        reason = f"the folder `{printable(folder)}` is read-only"
    if reason:
        raise click.UsageError(f"`{printable(file)}` cannot be written: {reason}.")


def _stdout(format_name: str) -> TextIO:
    """Standard output. What is for programs is UTF-8 whatever the locale says; text is in the terminal's encoding."""
    stream = sys.stdout
    if format_name != "text" and hasattr(stream, "reconfigure"):
        stream.flush()
        stream.reconfigure(encoding="utf-8", errors="replace")
    return stream


def _write_file(report: Report, format_name: str, file: str) -> None:
    """The report in a file, in UTF-8; all of it or nothing. A pipe or a device is written to."""
    from jsleak.workspace.writing import open_whole

    make = reporter(format_name)
    if _is_device(file):
        with open(file, "w", encoding="utf-8", errors="replace", newline="\n") as stream:  # noqa: PTH123
            make(report, stream)
        return
    with open_whole(file) as stream:
        make(report, stream)


def _is_device(file: str) -> bool:
    """Whether there is something by this name that is no regular file: a pipe, ``/dev/stderr``."""
    return os.path.exists(file) and not stat.S_ISREG(os.stat(file).st_mode)  # noqa: PTH110, PTH116
