"""What a run is told and what it gives back. Facts only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from jsleak.analysis.findings import Finding, Problem, ProblemKind, Severity, Suppressed
from jsleak.analysis.rule import RuleSettings

DEFAULT_MAX_FILE_SIZE = 8 << 20
"""Bytes. Bundles up to this size take seconds (docs/benchmarks.md), as most of each need not be parsed, few most of a minute."""

DEFAULT_TIME_LIMIT = 60.0
"""Seconds of wall clock for each file."""

Phase = Literal["search", "analyse"]
Progress = Callable[[Phase, int, "int | None"], None]
"""Called now and then with the phase, how many files it has done, and of how many (None: not known yet)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run; what is in force for one file, where settings files say so.

    ``max_file_size`` is in bytes, ``time_limit`` in seconds of wall clock for each file. ``engines`` are ranges of those that the
    code must run on, for whoever knows engines. ``force_exclude``: what is left out of walks is left out if it is named, too.
    ``jobs`` None takes one process for each processor when there is enough to do; 1 stays in this process. ``contents``
    has bytes that stand for those on disk, by real path.
    """

    rules: RuleSettings | None = None
    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    respect_ignore: bool = True
    markdown: bool = False
    jobs: int | None = None
    time_limit: float = DEFAULT_TIME_LIMIT
    debug: bool = False
    engines: tuple[str, ...] = ()
    force_exclude: bool = False
    contents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """A finding that a baseline knows: its file, its rule, its fingerprint, and the beginning of its message for people."""

    path: str
    rule: str
    fingerprint: str
    message: str


@dataclass(frozen=True, slots=True)
class LintResult:
    """All that a run found, in order of path and place.

    ``files`` counts the files looked at, ``analysed`` those of them that name what a rule asks about and were parsed, ``skipped``
    names those over the size limit; ``suppressed`` are findings that comments take away, ``known`` those that a baseline does,
    ``fixed`` those that fixes have taken away, and ``gone`` what a baseline knows and the run did not find any more. Paths are
    relative to the working folder where they lie below it, with forward slashes. A name that is not UTF-8 holds surrogates
    (PEP 383), so that the file can be opened again: a report must replace them. ``seen`` are the real paths of the files looked
    at, ``walked`` those of the folders searched whole.
    """

    files: int = 0
    analysed: int = 0
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    known: tuple[Finding, ...] = ()
    gone: tuple[BaselineEntry, ...] = ()
    seen: Collection[str] = field(default=frozenset(), repr=False, compare=False)
    walked: tuple[str, ...] = field(default=(), repr=False, compare=False)
    fixed: tuple[Finding, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def failed(self) -> bool:
        """Whether some file could not be examined at all. An analysis that ran out of budget has still found something."""
        return any(problem.kind is not ProblemKind.ANALYSIS_INCOMPLETE for problem in self.problems)
