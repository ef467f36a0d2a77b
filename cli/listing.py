"""``lint --show-files`` and ``--verbose``: which files a run looks at, which it passes over, and why."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

from jsleak import __version__
from jsleak.workspace import SettingsFiles
from jsleak.workspace import lint as run_lint
from jsleak.workspace.notes import Fate, Note, Notes
from jsleak.workspace.paths import printable

from .options import shown_size
from .output import visible

if TYPE_CHECKING:
    from .flags import LintFlags

_WHY = {
    Fate.NO_NAME: "not parsed: it names neither FinalizationRegistry nor WeakRef",
}


def show_files(asked: LintFlags, settings: SettingsFiles, only: Collection[str] | None) -> int:
    """List the files, each with how it was found after a tab; the exit status."""
    notes = Notes(only_files=True)
    result = run_lint(asked.paths or (".",), settings, only=only, notes=notes)
    files = sorted((note for note in notes.notes if note.fate.examined), key=lambda note: note.path)
    if asked.outputs[0].format == "json":
        document = {
            "version": 1,
            "tool": {"name": "jsleak", "version": __version__},
            "files": [{"path": printable(note.path), "found": note.found, "parsed": note.fate is Fate.PARSED} for note in files],
            "problems": [{"path": printable(one.path), "kind": one.kind.value, "message": one.message} for one in result.problems],
        }
        json.dump(document, sys.stdout, indent=1)
        print()
    else:
        for note in files:
            print(f"{visible(printable(note.path))}\t{visible(printable(note.found))}")
        for problem in result.problems:
            print(f"{visible(printable(problem.path))}: {visible(problem.message)}", file=sys.stderr)
    return 2 if result.failed else 0


def show_notes(notes: Notes, settings: SettingsFiles) -> None:
    """Write to standard error what was passed over and why, and what took how long."""
    last = {note.path: note for note in notes.notes}
    for path in sorted(last):
        note = last[path]
        if note.fate is not Fate.PARSED:
            print(f"{visible(printable(path))}: {_reason(note, settings)}", file=sys.stderr)
    times = ", ".join(f"{what} {seconds:.3f} s" for what, seconds in notes.seconds.items())
    if times:
        print(f"Time: {times}.", file=sys.stderr)


def _reason(note: Note, settings: SettingsFiles) -> str:
    if note.fate is Fate.IMPORTER:
        return f"parsed: {note.why}"
    if note.fate is Fate.TOO_LARGE:
        limit = settings.for_file(os.path.abspath(note.path)).max_file_size  # noqa: PTH100
        return f"over the size limit of {shown_size(limit)}"
    return _WHY[note.fate] if note.fate in _WHY else visible(printable(note.why))
