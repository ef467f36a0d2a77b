"""What a run can say of each file beside its findings: how it was found, or why it was passed over, and how long things took.

Nothing is noted unless it is asked for: a walk sees tens of thousands of files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from .discovery import Named


class Fate(StrEnum):
    """What became of a path."""

    PARSED = "parsed"
    NO_NAME = "no-name"
    IMPORTER = "importer"
    IGNORED = "ignored"
    TOO_LARGE = "too-large"
    NOT_REGULAR = "not-regular"
    SAME_FILE = "same-file"
    UNREADABLE = "unreadable"

    @property
    def examined(self) -> bool:
        """Whether the file is looked at; whether it is parsed depends on the names that it has."""
        return self in (Fate.PARSED, Fate.NO_NAME)


@dataclass(frozen=True, slots=True)
class Note:
    """A path as reports show it, what became of it, why in words, and how it was found."""

    path: str
    fate: Fate
    why: str = ""
    found: str = ""


@dataclass(slots=True)
class Notes:
    """The notes of a run, in the order in which they were made; ``seconds`` of wall clock by what took them.

    ``only_files``: the run is to end when all files are found.
    """

    only_files: bool = False
    notes: list[Note] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def add(self, path: str, fate: Fate, why: str = "", *, found: str = "") -> None:
        """Note one thing."""
        self.notes.append(Note(path, fate, why, found))

    def found(self, path: str, named: Named, shown: Callable[[str], str]) -> str:
        """How a path was found: by name, or in which folder."""
        if path in named.files:
            return "named"
        folders = [folder.path for folder in named.folders if path.startswith(os.path.join(folder.path, ""))]
        if not folders:
            return ""
        # "." is the folder that reports are relative to: shown, it would be its whole path.
        folder = shown(os.path.join(max(folders, key=len), "")).rstrip("/") or "."
        return f"link in {folder}" if os.path.islink(path) else f"in {folder}"

    def start(self) -> None:
        """Begin to count anew."""
        self._since = time.perf_counter()

    def lap(self, what: str) -> None:
        """Put the time since the start, or the last lap, down to something."""
        self.seconds[what] = time.perf_counter() - self._since
        self.start()
