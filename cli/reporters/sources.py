"""What reporters share about files: their text, the fingerprints of findings, and how a file is named outside of this run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from jsleak.analysis.findings import Finding
from jsleak.analysis.text import Range, SourceText
from jsleak.workspace.paths import printable
from jsleak.workspace.reading import NotRegular, NotText, TooLarge, decode, read_bytes

from . import Report

_READ_LIMIT = 64 << 20
_SURROGATES = re.compile("[\ud800-\udfff]")


class Sources:
    """The text of the files that a report quotes; None where it has gone or changed into something else."""

    def __init__(self, given: Mapping[str, bytes]) -> None:
        self._given = given
        self._read: dict[str, SourceText | None] = {}

    def get(self, path: str) -> SourceText | None:
        """The text of a file by its name in reports."""
        if path not in self._read:
            try:
                data = self._given[path] if path in self._given else read_bytes(path, _READ_LIMIT)
                self._read[path] = SourceText(decode(data), path)
            except (OSError, ValueError, NotText, NotRegular, TooLarge):
                self._read[path] = None
        return self._read[path]

    def code(self, path: str, place: Range) -> str:
        """The source of a place; empty where it is not known."""
        source = self.get(path)
        return source.slice(source.offset(place.start), source.offset(place.end)) if source else ""

    def text(self, path: str) -> str | None:
        """The whole text of a file."""
        source = self.get(path)
        return source.text if source else None


def fingerprints_of(report: Report, sources: Sources, findings: Sequence[Finding]) -> Mapping[int, str]:
    """The fingerprint of each of these findings, by ``id``.

    Equal findings of one file are numbered. All findings of the run count there, those that a comment or a baseline takes away as
    well, so that the others keep their numbers when one is taken away.
    """
    from jsleak.workspace.fingerprints import fingerprints

    result = report.result
    known = {id(one): one for one in (*findings, *result.findings, *result.known, *(one.finding for one in result.suppressed))}
    return dict(zip(known, fingerprints(list(known.values()), sources.text), strict=True))


def from_root(path: str, variable: str) -> str:
    """The path as it is named from the folder that an environment variable holds, which a CI system knows the project by.

    The path itself where the variable is not set, or the file lies outside of it or is none.
    """
    root = os.environ.get(variable)
    if root and not path.startswith("<"):
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 (resolve() follows links)
        if absolute.is_relative_to(root):
            return printable(absolute.relative_to(root).as_posix())
    return printable(path)


def unicode_only(text: str) -> str:
    """The text without halves of surrogate pairs, which no encoding of Unicode has; a JavaScript string may hold them."""
    return _SURROGATES.sub("\ufffd", text)
