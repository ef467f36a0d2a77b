"""What a finding is known by from one run to the next: a fingerprint over its file, its rule, and the code that it is about.

Lines and columns are no part of it, nor is the message, so it stays when code moves or is indented anew, when the rest of the file
changes, and when a later version words things differently. As in CodeQL's ``primaryLocationLineHash``, only the first characters of
the code count, without blanks: a long callback may change inside, and lines may be broken elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from jsleak.analysis.findings import Finding
from jsleak.analysis.text import SourceText

from .reading import NotRegular, NotText, TooLarge, decode, read_bytes

VERSION = "01"
"""What each fingerprint begins with. It changes when the same code would get another one, so that the two are never compared."""

_ENOUGH = 100
"""Characters of code. More would tie a finding to the whole of a callback, fewer would take too many for equal."""

_READ_LIMIT = 64 << 20

Read = Callable[[str], "str | None"]
"""Gives the text of a finding's path; None if it cannot be read."""


def fingerprints(findings: Sequence[Finding], read: Read) -> tuple[str, ...]:
    """A string of hexadecimal digits for each finding, in their order, no two of them equal.

    Equal findings of one file are numbered by their places, whatever order they are given in. ``read`` is asked once for each path.
    """
    codes = _codes(findings, read)
    equals: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index, (finding, code) in enumerate(zip(findings, codes, strict=True)):
        equals[_portable(finding.path), finding.rule, code].append(index)
    made = [""] * len(findings)
    for key, indices in equals.items():
        indices.sort(key=lambda index: (findings[index].range, findings[index].message, findings[index].path))
        for number, index in enumerate(indices):
            made[index] = _digest((*key, str(number)))
    return tuple(made)


def reader(folder: str, sources: Mapping[str, bytes] | None = None) -> Read:
    """Reads paths as reports show them: relative to ``folder``, unless ``sources`` holds their bytes."""
    given = sources or {}

    def read(path: str) -> str | None:
        try:
            return decode(given[path] if path in given else read_bytes(os.path.join(folder, path), _READ_LIMIT))
        except (OSError, ValueError, NotText, NotRegular, TooLarge):
            return None

    return read


def _codes(findings: Sequence[Finding], read: Read) -> list[str]:
    """For each finding the beginning of its code without blanks; nothing where the file cannot be read."""
    texts: dict[str, SourceText] = {}
    codes: list[str] = []
    for finding in findings:
        if (source := texts.get(finding.path)) is None:
            source = texts[finding.path] = SourceText(read(finding.path) or "", finding.path)
        code = source.slice(source.offset(finding.range.start), source.offset(finding.range.end))
        codes.append("".join(code.split())[:_ENOUGH])
    return codes


def _portable(path: str) -> str:
    """The path as it is on every system: macOS and Git may spell one name in two normal forms."""
    return unicodedata.normalize("NFC", path.replace("\\", "/"))


def _digest(parts: Sequence[str]) -> str:
    # Length first, so that no part can be taken for the end of another. Names that are not UTF-8 hold surrogates.
    data = b"".join(b"%d:%s" % (len(part), part.encode("utf-8", "surrogatepass")) for part in parts)
    return VERSION + hashlib.sha256(data).hexdigest()[:32]
