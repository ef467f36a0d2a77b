"""Results of earlier runs, so that a file is analysed again only when something that its result depends on has changed.

A result depends on the file's bytes, the name that reports give it, what its package says of its kind, the rules' settings, the
texts of the modules it was joined with, and the code that analyses (``keys``). It is kept as JSON (``encoding``) in one SQLite file
in the user's cache folder (``store``). Whatever is wrong with that file, a run goes on as if there were none: ``notes`` says what
happened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from jsleak.analysis.findings import ProblemKind

from ..reading import NotRegular, TooLarge, read_bytes

if TYPE_CHECKING:
    from ..examine import FileResult, Job
    from .store import Store

FOLDER_VARIABLE = "JSLEAK_CACHE_DIR"
OFF_VARIABLE = "JSLEAK_NO_CACHE"

#: Keys of one SELECT; SQLite takes 999 everywhere.
_BATCH = 500


def open_cache(folder: str | None = None) -> ResultCache | None:
    """The cache in ``folder``, else the one that the environment names or the user's own; None where the environment wants none."""
    if folder is None and os.environ.get(OFF_VARIABLE, "") not in ("", "0"):
        return None
    return ResultCache(folder)


def cache_folder() -> str:
    """The folder that the environment names, else the user's own."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return os.path.abspath(named)
    import platformdirs

    return platformdirs.user_cache_dir("jsleak", appauthor=False)


class ResultCache:
    """The cache of one folder. Neither ``find`` nor ``put`` ever raises for the state it is in."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self.notes: list[str] = []

    @property
    def folder(self) -> str:
        """Where it is, absolute."""
        return os.path.abspath(self._folder) if self._folder else cache_folder()

    def find(self, jobs: Sequence[Job]) -> list[FileResult | None]:
        """For each job, in their order, its result if one is known that is true of the files as they are."""
        from .keys import Keys

        keys = Keys()
        by_key: dict[bytes, list[int]] = {}
        for index, job in enumerate(jobs):
            try:
                data = read_bytes(job.path, job.settings.max_file_size)
            except (OSError, TooLarge, NotRegular):
                continue  # its own run says so
            by_key.setdefault(keys.of_file(data, job), []).append(index)
        found: list[FileResult | None] = [None] * len(jobs)

        def look(store: Store) -> None:
            wanted = list(by_key)
            for start in range(0, len(wanted), _BATCH):
                for key, value in store.get(wanted[start : start + _BATCH]).items():
                    for index in by_key[key]:
                        found[index] = self._read(value, jobs[index])

        self._ask(look)
        return found

    def put(self, jobs: Iterable[Job], results: Iterable[FileResult]) -> None:
        """Keep the results that another run would come to as well."""
        from .encoding import encode
        from .keys import Keys

        keys = Keys()
        rows = {
            keys.of_result(result.basis, job): encode(result)
            for job, result in zip(jobs, results, strict=True)
            if result.basis is not None and _lasting(result)
        }
        if rows:
            self._ask(lambda store: store.put(rows))

    def _read(self, value: bytes, job: Job) -> FileResult | None:
        from .encoding import BadEntry, decode
        from .keys import still_linked

        try:
            result, links = decode(value)
        except BadEntry as error:
            self.notes.append(f"an entry of {job.shown} is not as this version writes it: {error}")
            return None
        return result if still_linked(links, job) else None

    def _ask(self, act: Callable[[Store], None]) -> None:
        """Do something with the store; what is wrong with it becomes a note."""
        try:
            from .store import FAILURES, Store
        except ImportError as error:
            self.notes.append(f"no cache: this Python has no SQLite ({error})")
            return
        try:
            act(Store(self.folder))
        except FAILURES as error:
            self.notes.append(f"{self.folder}: {error}")


def _lasting(result: FileResult) -> bool:
    """Whether the result is the file's own: what broke down or took too long may end differently the next time."""
    return all(problem.kind is not ProblemKind.INTERNAL_ERROR for problem in result.problems)
