"""What the analysis says about a file: findings, problems, and what they are made of.

These are facts, made once and never changed. Reports (text, JSON, LSP) are made from them elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .text import Range

if TYPE_CHECKING:
    from .outline import Site
    from .suppressions import Suppression


class Severity(StrEnum):
    """How much a finding matters; ``rank`` orders them."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return _RANK[self]


_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a retention path: what keeps the next one alive, and where that is written."""

    label: str
    path: str
    range: Range


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``range`` by ``text``."""

    range: Range
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that removes a finding. ``safe``: it cannot change what a working program does.

    ``reveals``: as it was, the code did not get past this place, so that what else is wrong with it is found only with the fix.
    """

    title: str
    safe: bool
    edits: tuple[Edit, ...]
    reveals: bool = False


class Status(StrEnum):
    """Outcome of an experiment."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"


class FixOutcome(StrEnum):
    """What an experiment says of a fix: the defect is gone with it, is still there, or nothing could be told."""

    WORKS = "works"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FixTrial:
    """The experiment once more, with a fix applied. ``observed`` is what was seen, or why nothing could be told."""

    title: str
    outcome: FixOutcome
    observed: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an experiment on a real engine said of a finding.

    ``evidence`` has a line for each run: what was observed as written, with the cause removed, and with each fix. ``program`` is
    what was run. ``fixes`` has a trial for each fix of the finding, in their order; empty unless the finding is confirmed.
    """

    status: Status
    engine: str
    reason: str
    evidence: tuple[str, ...] = ()
    program: str = ""
    fixes: tuple[FixTrial, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim about the code at ``range`` of file ``path``.

    ``message`` says what happens and why; ``help`` says what to type instead. ``retention`` is the path by which an object is kept
    alive (or its cleanup lost), hop by hop; empty where the claim is not about a path.
    """

    rule: str
    severity: Severity
    path: str
    range: Range
    message: str
    help: str = ""
    retention: tuple[Hop, ...] = ()
    fixes: tuple[Fix, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a comment in the source suppresses: the comment's place, and the reason that it gives, if any."""

    finding: Finding
    comment: Range
    reason: str = ""


class ProblemKind(StrEnum):
    """Why a file (or a path) could not be examined, or not wholly, or not be changed."""

    SYNTAX_ERROR = "syntax-error"
    NOT_FOUND = "not-found"
    UNREADABLE = "unreadable"
    NOT_TEXT = "not-text"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    ANALYSIS_INCOMPLETE = "analysis-incomplete"
    INTERNAL_ERROR = "internal-error"
    NOT_WRITTEN = "not-written"
    BAD_SETTINGS = "bad-settings"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that kept a file from being examined. ``range`` is None where it concerns the file as a whole."""

    path: str
    kind: ProblemKind
    message: str
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was found in one file, in order of place.

    ``lends`` are the exported names by which other modules take part in the protocol without naming it: registries, and
    functions and classes that register what they are given. ``outline`` is there where it was asked for. ``suppressed`` are the
    findings that the file's own ``suppressions`` take away, and that are not among ``findings``.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    lends: tuple[str, ...] = ()
    outline: tuple[Site, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    suppressions: tuple[Suppression, ...] = ()


def together(parts: Sequence[Analysis]) -> Analysis:
    """What was found in the programs of one file, as one. What has a place stands in its order."""

    def joined(name: str) -> tuple[Any, ...]:
        return tuple(one for part in parts for one in getattr(part, name))

    found = Analysis(**{one.name: joined(one.name) for one in fields(Analysis)})
    return replace(found, findings=tuple(sorted(found.findings, key=lambda one: one.range)))
