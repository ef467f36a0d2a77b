"""What a run can say of each file beside its findings: how it was found, or why it was passed over, and how long things took.

Nothing is noted unless it is asked for: a walk sees tens of thousands of files.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What became of a path."""

    ANALYSED = "analysed"
    NO_NAME = "no-name"
    IMPORTER = "importer"
    IGNORED = "ignored"
    TOO_LARGE = "too-large"
    NOT_REGULAR = "not-regular"
    SAME_FILE = "same-file"
    LINK_TO_FOLDER = "link-to-folder"
    UNREADABLE = "unreadable"

    @property
    def examined(self) -> bool:
        """Whether the file is looked at; whether it is parsed depends on the names that it has."""
        return self in (Fate.ANALYSED, Fate.NO_NAME)


@dataclass(frozen=True, slots=True)
class Note:
    """A path as reports show it, what became of it, and why or how in words. ``found`` is how a file was found."""

    path: str
    fate: Fate
    why: str = ""
    found: str = ""


@dataclass(slots=True)
class Notes:
    """The notes of a run, in the order in which they were made; ``seconds`` of wall clock by what took them."""

    notes: list[Note] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, path: str, fate: Fate, why: str = "", found: str = "") -> None:
        """Note one thing."""
        self.notes.append(Note(path, fate, why, found))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the time that the body takes."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - start
