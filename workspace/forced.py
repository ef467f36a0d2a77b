"""What is left out of walks, asked of one path.

Hooks name their files, and want none of them examined that ``jsleak lint`` would not see.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from .discovery import kept
from .settings.resolve import SettingsFiles
from .settings.scope import Scope


class Forced:
    """Tells of an absolute path (a folder's ends with a separator) whether a walk of ``folder`` would leave it out.

    A path elsewhere is asked of the folder of its settings file, or of its own.
    """

    def __init__(self, files: SettingsFiles, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._choose: dict[str, Callable[[str], Scope | None]] = {}
        self._kept: dict[tuple[str, bool], frozenset[str] | None] = {}

    def __call__(self, path: str) -> bool:
        bare = path.rstrip(os.sep) or os.sep
        if bare == self._folder:
            return False
        parent = os.path.dirname(bare)
        top = self._folder if _below(bare, self._folder) else self._files.scope(parent).home
        if top is None or not _below(bare, top):
            top = parent
        if top not in self._choose:
            self._choose[top] = self._files.below(top, forced=True)
        return self._choose[top](path) is None or self._ignored(bare, top)

    def _ignored(self, path: str, top: str) -> bool:
        respect = self._files.scope(top).common.respect_ignore
        while path != top:
            parent = os.path.dirname(path)
            if (parent, respect) not in self._kept:
                self._kept[parent, respect] = kept(parent, respect_ignore=respect)
            names = self._kept[parent, respect]
            if names is not None and os.path.basename(path) not in names:
                return True
            path = parent
        return False


def _below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))
