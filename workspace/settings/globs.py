"""Patterns of files in the manner of ``.gitignore``, each from the folder of the settings file that says it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

Matcher = Callable[[str], bool]
"""Tells of an absolute path; that of a folder ends with a separator."""


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern, and the absolute folder that it counts from."""

    folder: str
    pattern: str

    def at(self, folder: str) -> Glob:
        """The same for a settings file in ``folder`` that takes it over: names without a slash mean any place below that one."""
        return self if "/" in self.pattern.rstrip("/") else Glob(folder, self.pattern)


def what_is_wrong(pattern: str) -> str:
    """Why nothing can be matched with a pattern; empty if it is a good one."""
    from pathspec import GitIgnoreSpec

    try:
        if all(one.include is None for one in GitIgnoreSpec.from_lines([pattern]).patterns):
            return "it is empty, or a comment"
    except ValueError as error:
        return str(error)
    return ""


def matcher(globs: Iterable[Glob]) -> Matcher | None:
    """Whether any of the patterns holds, later ones with ``!`` taking back earlier ones of the same folder; None for none."""
    # Not at the top: few have such settings.
    from pathspec import GitIgnoreSpec

    specs = [
        (folder if folder.endswith(os.sep) else folder + os.sep, GitIgnoreSpec.from_lines([one.pattern for one in group]))
        for folder, group in groupby(sorted(globs, key=lambda one: one.folder), key=lambda one: one.folder)
    ]
    if not specs:
        return None

    def matches(path: str) -> bool:
        return any(path.startswith(base) and bool(spec.match_file(path[len(base) :])) for base, spec in specs)

    return matches
