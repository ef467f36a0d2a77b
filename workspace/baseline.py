"""The findings that a project has agreed to live with for now: a baseline takes them out of a run's result and tells what has gone.

Findings are known by their fingerprints, with paths relative to the baseline's own folder, so that it may be used from anywhere. An
entry counts as gone only if this run would have found it: its rule ran, and its file was examined, or has been deleted from a
folder that was searched whole. Of everything else a run over part of the tree says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache

from jsleak.analysis.findings import Finding

from .contents import bytes_of
from .fingerprints import fingerprints, reader
from .model import BaselineEntry, LintResult, Settings
from .paths import display
from .reading import NotRegular, TooLarge, relevant
from .settings.resolve import SettingsFiles


@dataclass(frozen=True, slots=True)
class Baseline:
    """``folder`` is what the paths of its entries are relative to: absolute, without links."""

    folder: str
    entries: tuple[BaselineEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A run's result, without what the baseline knows, and what a baseline of now would hold.

    ``kept`` are the entries of before that have not gone, ``new`` those of the findings that are in ``result``, in their order.
    """

    result: LintResult
    kept: tuple[BaselineEntry, ...]
    new: tuple[BaselineEntry, ...]


def compare(
    baseline: Baseline,
    result: LintResult,
    settings: Settings | SettingsFiles,
    *,
    folder: str,
    sources: Mapping[str, bytes] | None = None,
) -> Compared:
    """Hold the result of a run with ``settings`` against a baseline.

    The result must be whole: what is left out by severity would be called gone. ``folder`` is what its paths are relative to,
    ``sources`` has the bytes of what is on no disk by its name in reports.
    """
    shown = _relative(baseline.folder, folder)
    moved = [replace(finding, path=shown(finding.path)) for finding in result.findings]
    names = {there.path: here.path for here, there in zip(result.findings, moved, strict=True)}
    read = reader(folder, sources)
    prints = fingerprints(moved, lambda path: read(names[path]))
    before = {entry.fingerprint for entry in baseline.entries}
    gone = _gone(baseline, set(prints), result, SettingsFiles.of(settings), folder)
    kept = tuple(entry for entry in baseline.entries if entry not in gone)
    new: list[BaselineEntry] = []
    left: list[Finding] = []
    known: list[Finding] = []
    for finding, there, fingerprint in zip(result.findings, moved, prints, strict=True):
        if fingerprint in before:
            known.append(finding)
        else:
            left.append(finding)
            new.append(BaselineEntry(there.path, finding.rule, fingerprint, finding.message))
    here = [replace(entry, path=display(_absolute(baseline, entry), folder)) for entry in baseline.entries if entry in gone]
    after = replace(result, findings=tuple(left), known=tuple(known), gone=tuple(here))
    return Compared(after, kept, tuple(new))


def _relative(base: str, folder: str) -> Callable[[str], str]:
    """Turns a path as reports show it into one relative to ``base``, with forward slashes."""
    real = cache(os.path.realpath)

    def turn(path: str) -> str:
        absolute = os.path.join(folder, path)
        # Of the folder only: a link to a file counts as a file of its own.
        absolute = os.path.join(real(os.path.dirname(absolute)), os.path.basename(absolute))
        try:
            return os.path.relpath(absolute, base).replace(os.sep, "/")
        except ValueError:  # on another drive
            return absolute.replace(os.sep, "/")

    return turn


def _absolute(baseline: Baseline, entry: BaselineEntry) -> str:
    return os.path.normpath(os.path.join(baseline.folder, entry.path))


def _gone(
    baseline: Baseline, found: AbstractSet[str], result: LintResult, settings: SettingsFiles, folder: str
) -> frozenset[BaselineEntry]:
    missing = [entry for entry in baseline.entries if entry.fingerprint not in found]
    if not missing:
        return frozenset()
    failed = {os.path.realpath(os.path.join(folder, path)) for path in _not_examined(result)}
    whole = any(_inside(baseline.folder, root) for root in result.walked)

    @cache
    def examined(path: str) -> bool:
        real = os.path.realpath(path)
        if real in failed:
            return False
        if real in result.seen:
            return whole or _stands_alone(real, settings.for_file(path))
        return not os.path.lexists(path) and any(_inside(real, root) for root in result.walked)

    def ran(rule: str, path: str) -> bool:
        rules = settings.for_file(path).rules
        return rules is None or rules.selected is None or rule in rules.selected

    places = [(entry, _absolute(baseline, entry)) for entry in missing]
    return frozenset(entry for entry, path in places if ran(entry.rule, path) and examined(path))


def _not_examined(result: LintResult) -> Iterable[str]:
    yield from result.skipped
    for problem in result.problems:
        yield problem.path


def _inside(path: str, root: str) -> bool:
    return path == root or path.startswith(root if root.endswith(os.sep) else root + os.sep)


def _stands_alone(path: str, settings: Settings) -> bool:
    """Whether what is found in a file does not depend on which others a run looks at.

    One that names nothing that a rule asks about has findings by what it imports, and is looked for only if that was seen, too.
    """
    try:
        data = bytes_of(path, settings)
    except (OSError, TooLarge, NotRegular):
        return False
    return relevant(data) or b"./" not in data


def sorted_entries(entries: Sequence[BaselineEntry]) -> list[BaselineEntry]:
    """In the order of the file: lines that move in a source leave the baseline as it is."""
    return sorted(set(entries), key=lambda entry: (entry.path, entry.rule, entry.fingerprint))
