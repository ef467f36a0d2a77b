"""``lint --fix`` and ``--diff``: applies fixes, and shows them as unified diffs."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import replace
from typing import TYPE_CHECKING

from jsleak.workspace import LintResult, SettingsFiles
from jsleak.workspace.fix import Fixes, Mode, Rewritten, fix, fix_bytes
from jsleak.workspace.paths import printable
from jsleak.workspace.reading import decode

from .output import counted, visible, wants_colour
from .outputs import Output, write_reports
from .reporters import Report

if TYPE_CHECKING:
    from .flags import LintFlags

_NO_NEWLINE = "\\ No newline at end of file\n"
_COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def with_fixes(result: LintResult, settings: SettingsFiles, asked: LintFlags, sources: Mapping[str, bytes]) -> Fixes:
    """What comes of the fixes of all that is reported. Files are changed unless a diff is asked for."""
    mode = Mode(unsafe=asked.unsafe_fixes, proven=asked.confirming)
    folder = os.getcwd()  # noqa: PTH109
    if asked.reads_stdin:
        ((name, data),) = sources.items()
        path = os.path.abspath(name) if asked.stdin_filename is not None else None  # noqa: PTH100
        return fix_bytes(result, data, settings, mode, path=path, folder=folder)
    return fix(result, settings, mode, folder=folder, write=not asked.diff)


def write_out(sources: Mapping[str, bytes]) -> None:
    """Write the text that came from standard input to standard output."""
    for data in sources.values():
        sys.stdout.buffer.write(data)
    sys.stdout.flush()


def reported_beside() -> AbstractContextManager[object]:
    """In its body, reports go to standard error: standard output has the fixed text."""
    return redirect_stdout(sys.stderr)


def show_diff(fixes: Fixes, asked: LintFlags) -> int:
    """Write diffs to standard output, all else to standard error; the exit status."""
    coloured = wants_colour(asked.colour, sys.stdout)
    for file in fixes.files:
        lines = unified(file)
        if coloured:
            lines = (_painted(line) for line in lines)
        # UTF-8 whatever the terminal's encoding, and CRLF as it is: the diff can be applied.
        sys.stdout.buffer.write("".join(lines).encode("utf-8", "surrogateescape"))
    sys.stdout.flush()
    result = fixes.result
    with reported_beside():
        if result.problems:
            write_reports(Report(replace(result, findings=()), colour=asked.colour, quiet=True), [Output("text")])
        if not asked.quiet:
            found = counted(len(result.fixed), "finding")
            print(f"Would fix {found} in {counted(len(fixes.files), 'file')}." if fixes.files else "No fixes to apply.")
            if fixes.unproven:
                print(f"{fixes.unproven:,} not fixed: no experiment has shown that the fix works.")
    if result.failed:
        return 2
    return int(bool(fixes.files) and not asked.exit_zero)


def unified(file: Rewritten) -> Iterator[str]:
    """The unified diff of a file, line by line, each with its line end. A text in UTF-16 is shown in UTF-8."""
    from difflib import unified_diff

    name = file.path.replace("\n", "\\n")
    before, after = (_lines(_marked(data).split("\n")) for data in (file.before, file.after))
    for line in unified_diff(before, after, name, name):
        yield line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"


def _marked(data: bytes) -> str:
    """The text with the byte order mark of UTF-8, which is a part of its first line."""
    return ("\ufeff" if data.startswith(codecs.BOM_UTF8) else "") + decode(data)


def _lines(parts: list[str]) -> list[str]:
    """Lines with their ends. Only LF ends one here, as in every tool that applies a diff."""
    lines = [f"{part}\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _painted(line: str) -> str:
    text = visible(printable(line.rstrip("\r\n")))
    start = _BOLD if line.startswith(("---", "+++")) else _COLOURS.get(line[0], "")
    return f"{start}{text}{_RESET if start else ''}\n"
