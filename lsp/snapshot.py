"""What is known of one open document at one version: the only thing that the features are given."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jsleak.analysis.findings import Analysis, Finding, Verdict
from jsleak.analysis.text import SourceText

from .positions import Positions

if TYPE_CHECKING:
    from jsleak.engine.leaks import Leak

FindingKey = str
"""Names a finding for as long as it stays the same, wherever its lines are moved to."""


def finding_keys(findings: Sequence[Finding], source: SourceText) -> tuple[FindingKey, ...]:
    """The key of each finding of one text: rule, message, the text at its range, and its number among those that are equal."""
    seen: Counter[str] = Counter()
    keys: list[FindingKey] = []
    for finding in findings:
        text = source.slice(source.offset(finding.range.start), source.offset(finding.range.end))
        digest = hashlib.sha256("\0".join((finding.rule, finding.message, text)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        keys.append(f"{digest}-{seen[digest]}")
        seen[digest] += 1
    return tuple(keys)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One open document at one version.

    ``path`` is what the findings of this document call it: an absolute path, or the URI where that names no file. ``analysis`` is
    in the coordinates of ``source``. ``stale`` says that findings come from an earlier text and were moved with the edits: the
    document does not parse now (the syntax error is among the problems), so that only a part of it could be analysed, or its
    analysis is still to come. Of its outline then only the places of the calls are those of ``source``. ``keys`` has one for
    each finding, in order. ``others`` has the texts of other modules that findings name places in, by path. ``leaks`` are those of
    the last run of this very text.
    """

    uri: str
    version: int | None
    path: str
    source: SourceText
    positions: Positions
    analysis: Analysis
    stale: bool = False
    keys: tuple[FindingKey, ...] = ()
    verdicts: Mapping[FindingKey, Verdict] = field(default_factory=dict)
    others: Mapping[str, Positions] = field(default_factory=dict)
    leaks: tuple[Leak, ...] = ()

    @property
    def keyed(self) -> tuple[tuple[FindingKey, Finding], ...]:
        """Each finding with its key, in order of place."""
        return tuple(zip(self.keys, self.analysis.findings, strict=True))

    def finding(self, key: FindingKey) -> Finding | None:
        """The finding that has a key; None where there is none any more."""
        return next((finding for own, finding in self.keyed if own == key), None)
