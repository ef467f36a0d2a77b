"""The modules that use a registry (or a function that registers) without naming FinalizationRegistry: they import it.

The search for names passes them by, so they are looked for once the modules that lend such things are known: by what an import of
them has to hold, before anything is parsed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from .contents import Texts, bytes_of
from .examine import FileResult, Job
from .packages import loader
from .reading import NotRegular, TooLarge
from .settings.scope import Scope

_RELATIVE = re.compile(rb"""(['"])(\.{1,2}(?:/[^'"\n]*)?)\1""")


def importing_jobs(jobs: Sequence[Job], results: Sequence[FileResult], paths: Mapping[str, Scope], folder: str) -> Iterator[Job]:
    """Jobs for the files among ``paths`` that seem to import what a file of ``jobs`` lends, in order of path."""
    stems: dict[bytes, set[bytes]] = {}
    for job, result in zip(jobs, results, strict=True):
        if result.lends:
            stems.setdefault(_stem(job.path), set()).update(os.fsencode(name) for name in result.lends)
    if not stems:
        return
    specifier = re.compile(
        rb"""\.{1,2}/[^'"\n]*?\b("""
        + b"|".join(map(re.escape, sorted(stems)))
        + rb""")(?:\.[cm]?[jt]sx?|/index(?:\.[cm]?[jt]sx?)?)?['"]"""
    )
    analysed = {job.path for job in jobs}
    for path, scope in sorted(paths.items(), key=lambda item: item[0]):
        if path in analysed:
            continue
        try:
            data = bytes_of(path, scope.common)
        except (OSError, TooLarge, NotRegular):
            continue  # the search has said so already
        if b"./" in data and any(_uses(data, stems[match[1]]) for match in specifier.finditer(data)):
            yield Job(path, folder, len(data), scope.for_file(path))


def borrowing_jobs(jobs: Sequence[Job], paths: Mapping[str, Scope], folder: str) -> Iterator[Job]:
    """The same where the modules that lend need not be among those looked at: what each file imports is opened."""
    analysed = {os.path.realpath(job.path) for job in jobs}
    for path, scope in sorted(paths.items(), key=lambda item: item[0]):
        if path in analysed:
            continue
        try:
            data = bytes_of(path, scope.common)
        except (OSError, TooLarge, NotRegular):
            continue
        load = loader(path, path, folder, scope.common.max_file_size, Texts(scope.common.contents))
        if any(load(path, os.fsdecode(match[2])) for match in _RELATIVE.finditer(data)):
            yield Job(path, folder, len(data), scope.for_file(path))


def _stem(path: str) -> bytes:
    name = os.path.basename(path).partition(".")[0]
    return os.fsencode(name if name != "index" else os.path.basename(os.path.dirname(path)))


def _uses(data: bytes, names: set[bytes]) -> bool:
    return any(name == b"default" or name in data for name in names)
