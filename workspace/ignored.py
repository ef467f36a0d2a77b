"""What a walk leaves out, and by which line of which ignore file.

The walker itself does not say. So this looks at each folder that it enters for what it does not give; the line is then found with
pathspec, in the order in which the walker asks: ``.ignore`` files before ``.gitignore`` files, near ones before far ones, Git's own
last. Only the outermost folder that is left out is named: nothing is known of what lies below it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .discovery import LEFT_OUT, Folder, entries, extensions

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_UNNAMED = "Git's ignore file of this user or repository"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file or folder (its path ends with a separator) that is left out, and why."""

    path: str
    why: str


def ignored(folder: Folder, *, respect_ignore: bool, shown: str) -> Iterator[Ignored]:
    """What a walk of ``folder`` leaves out, in order of path. ``shown`` is the folder that ignore files are named relative to."""
    if folder.inside:
        return
    given = set(entries(folder, respect_ignore=respect_ignore))
    endings = extensions()
    pending = [folder.path]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as scanned:
                children = sorted(scanned, key=lambda one: one.name)
        except OSError:
            continue  # the walk says so itself
        below = []
        for child in children:
            is_folder = child.is_dir(follow_symlinks=False)
            if child.path in given:
                below += [child.path] if is_folder else []
            elif is_folder and child.name in LEFT_OUT:
                if child.name == "node_modules":
                    yield Ignored(child.path + os.sep, "left out unless it is named")
            elif is_folder or child.name.endswith(endings):
                yield Ignored(child.path + os.sep * is_folder, f"ignored by {_reason(child.path, shown, is_folder=is_folder)}")
        pending += reversed(below)
    _spec.cache_clear()


def _reason(path: str, shown: str, *, is_folder: bool) -> str:
    for name in (".ignore", ".gitignore"):
        folder = path
        while (parent := os.path.dirname(folder)) != folder:
            folder = parent
            relative = os.path.relpath(path, folder).replace(os.sep, "/") + "/" * is_folder
            if found := _line(os.path.join(folder, name), relative, shown):
                return found
            if name == ".gitignore" and os.path.exists(os.path.join(folder, ".git")):
                if found := _line(os.path.join(folder, ".git", "info", "exclude"), relative, shown):
                    return found
                break
    return _UNNAMED


def _line(file: str, relative: str, shown: str) -> str:
    """The line of an ignore file that decides of a path; empty if none does."""
    numbered = _spec(file)
    if numbered is None:
        return ""
    spec, lines = numbered
    result = spec.check_file(relative)
    if not result.include or result.index is None:
        return ""
    number, text = lines[result.index]
    name = os.path.relpath(file, shown) if file.startswith(shown.rstrip(os.sep) + os.sep) else file
    return f"{name}:{number} `{text}`"


@cache
def _spec(file: str) -> tuple[GitIgnoreSpec, list[tuple[int, str]]] | None:
    """The patterns of an ignore file with their lines; None where there is none that can be read."""
    from pathspec import GitIgnoreSpec

    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            lines = [(number, text) for number, line in enumerate(opened, 1) if (text := line.rstrip("\r\n"))]
        return GitIgnoreSpec.from_lines(text for _, text in lines), lines
    except (OSError, ValueError):
        return None
