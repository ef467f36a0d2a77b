"""Applies fixes to the files of a run, as ``analysis.applying`` makes them: those of the findings that the run reports, no others.

A file is changed only if it still has these findings, and only by fixes that take theirs away and add none. It is replaced as a
whole, or left as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from jsleak.analysis.applying import Applied, best, fixing
from jsleak.analysis.findings import Finding, Fix, FixOutcome, Problem, ProblemKind, Suppressed
from jsleak.analysis.text import Range

from .examine import FileResult, examine_text
from .model import LintResult, Settings
from .packages import forget
from .reading import NotRegular, NotText, TooLarge, decode, read_bytes, read_problem
from .settings.resolve import SettingsFiles
from .writing import Changed, encode, replace_file, write_problem


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file (by its name in reports) that fixes change: its bytes before and after."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Fixes:
    """What came of it. ``refused`` counts findings whose fix did not do what it should, ``unproven`` those whose fix no experiment
    has shown to work. ``unsafe``: unsafe fixes were applied, too.
    """

    result: LintResult
    files: tuple[Rewritten, ...] = ()
    refused: int = 0
    unproven: int = 0
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Mode:
    """Which fixes are applied: ``unsafe`` ones as well; only those that are ``proven``, by an experiment with the fix."""

    unsafe: bool = False
    proven: bool = False

    def of(self, finding: Finding) -> Sequence[Fix]:
        """The fixes of a finding that may be applied, the best first."""
        chosen = best(finding, unsafe=self.unsafe)
        if not self.proven:
            return chosen
        trials = finding.verdict.fixes if finding.verdict else ()
        works = [fix for fix, trial in zip(finding.fixes, trials, strict=False) if trial.outcome is FixOutcome.WORKS]
        return [fix for fix in chosen if any(fix is one for one in works)]

    def of_newcomer(self, finding: Finding) -> Sequence[Fix]:
        """The same for one that came with a fix: no experiment was made with that."""
        return () if self.proven else best(finding, unsafe=self.unsafe)


def fix(result: LintResult, settings: Settings | SettingsFiles, mode: Mode, *, folder: str, write: bool = True) -> Fixes:
    """Apply fixes to the files of a run; without ``write`` only say what would come of it.

    ``folder`` is what the findings' paths are relative to.
    """
    files = SettingsFiles.of(settings)

    def replace_one(shown: str, before: bytes, after: bytes) -> None:
        replace_file(os.path.join(folder, shown), before, after)
        forget()  # what others import from here

    def read(shown: str) -> bytes:
        path = os.path.join(folder, shown)
        return read_bytes(path, files.for_file(path).max_file_size)

    def examine(data: bytes, shown: str) -> FileResult:
        path = os.path.join(folder, shown)
        return examine_text(data, shown, files.for_file(path), path=path, folder=folder)

    return _fix(result, mode, read, examine, replace_one if write else None)


def fix_bytes(
    result: LintResult, data: bytes, settings: Settings | SettingsFiles, mode: Mode, *, path: str | None, folder: str
) -> Fixes:
    """The same for one text that is on no disk, of which ``result`` tells; ``path`` is where it would stand."""
    files = SettingsFiles.of(settings)

    def examine(data: bytes, shown: str) -> FileResult:
        return examine_text(data, shown, files.for_file(path or os.path.join(folder, shown)), path=path, folder=folder)

    return _fix(result, mode, lambda shown: data, examine, None)


def _fix(
    result: LintResult,
    mode: Mode,
    read: Callable[[str], bytes],
    examine: Callable[[bytes, str], FileResult],
    put: Callable[[str, bytes, bytes], None] | None,
) -> Fixes:
    forget()
    left: list[Finding] = []
    fixed: list[Finding] = []
    suppressed = list(result.suppressed)
    problems = list(result.problems)
    files: list[Rewritten] = []
    refused = unproven = 0
    for shown, group in groupby(result.findings, key=lambda one: one.path):
        reported = list(group)
        unproven += sum(bool(best(one, unsafe=mode.unsafe)) and not mode.of(one) for one in reported)
        outcome = _fix_file(shown, reported, mode, read, examine, put, others=bool(files))
        if isinstance(outcome, _Outcome):
            left += outcome.left
            fixed += outcome.fixed
            refused += outcome.refused
            if outcome.suppressed is not None:
                suppressed = [one for one in suppressed if one.finding.path != shown] + list(outcome.suppressed)
            if outcome.file is not None:
                files.append(outcome.file)
        else:
            left += reported
            problems += [outcome] if outcome is not None else []
    suppressed.sort(key=lambda one: (one.finding.path, one.finding.range, one.finding.rule))
    after = replace(
        result, findings=tuple(left), suppressed=tuple(suppressed), problems=tuple(problems), fixed=(*result.fixed, *fixed)
    )
    return Fixes(after, tuple(files), refused, unproven, mode.unsafe)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one file. ``suppressed`` is None where it was not changed."""

    left: Sequence[Finding]
    fixed: Sequence[Finding] = ()
    refused: int = 0
    suppressed: Sequence[Suppressed] | None = None
    file: Rewritten | None = None


def _fix_file(
    shown: str,
    reported: Sequence[Finding],
    mode: Mode,
    read: Callable[[str], bytes],
    examine: Callable[[bytes, str], FileResult],
    put: Callable[[str, bytes, bytes], None] | None,
    *,
    others: bool,
) -> _Outcome | Problem | None:
    """Fix one file. None where nothing is to be done. ``others``: other files have been changed, so that findings may have gone."""
    if not any(mode.of(one) for one in reported):
        return None
    try:
        data = read(shown)
        text = decode(data)
        before = examine(data, shown)
        if any(problem.kind is ProblemKind.SYNTAX_ERROR for problem in before.problems):
            return None  # whether a fix does good is seen only of a file that parses
        pairs = _paired(reported, before.findings)
        if len(pairs) < len(reported) and not others:
            raise Changed
        applied = _applied(text, data, shown, before, pairs, mode, examine)
        gone = [one for one in reported if not any(one is other for other in pairs.values())]
        if applied.text == text:
            return _outcome(applied, pairs, gone, None)
        new = encode(applied.text, data)
        if put is not None:
            put(shown, data, new)
    except NotText:
        return write_problem(shown, Changed())
    except (TooLarge, NotRegular) as error:
        return read_problem(shown, error)
    except (OSError, Changed) as error:
        return write_problem(shown, error)
    return _outcome(applied, pairs, gone, Rewritten(shown, data, new))


def _paired(reported: Iterable[Finding], found: Iterable[Finding]) -> dict[int, Finding]:
    """What was reported by what a second analysis found, by identity. Severities and messages may have changed between the two."""
    waiting: dict[tuple[str, Range], list[Finding]] = {}
    for one in reported:
        waiting.setdefault((one.rule, one.range), []).append(one)
    pairs: dict[int, Finding] = {}
    for finding in found:
        candidates = waiting.get((finding.rule, finding.range), [])
        alike = [one for one in candidates if one.message == finding.message] or candidates
        if alike:
            pairs[id(finding)] = alike[0]
            candidates.remove(alike[0])
    return pairs


def _applied(
    text: str,
    data: bytes,
    shown: str,
    before: FileResult,
    pairs: dict[int, Finding],
    mode: Mode,
    examine: Callable[[bytes, str], FileResult],
) -> Applied[FileResult]:
    def allowed(finding: Finding) -> Sequence[Fix] | None:
        original = pairs.get(id(finding))
        if original is None:
            return None
        # The fixes are the same, but not the same objects.
        numbers = [original.fixes.index(fix) for fix in mode.of(original)]
        return [finding.fixes[number] for number in numbers if number < len(finding.fixes)]

    work = fixing(text, before, allowed, mode.of_newcomer)
    try:
        changed = next(work)
        while True:
            changed = work.send(examine(encode(changed, data), shown))
    except StopIteration as end:
        done: Applied[FileResult] = end.value
        return done


def _outcome(applied: Applied[FileResult], pairs: dict[int, Finding], gone: Sequence[Finding], file: Rewritten | None) -> _Outcome:
    """``gone`` were not there any more when the file's turn came, thanks to fixes in other files."""
    left: list[Finding] = []
    refused = 0
    for one in applied.left:
        if one.first is None:
            left.append(one.now)
        elif (original := pairs.get(id(one.first))) is not None:
            refused += bool(one.refused)
            # What was made of it since it was found: a verdict, and what engines make of its severity.
            message = one.now.message if original.message == one.first.message else original.message
            left.append(replace(one.now, severity=original.severity, message=message, verdict=original.verdict))
    fixed = [*gone, *(pairs[id(one)] for one in applied.fixed if id(one) in pairs)]
    return _Outcome(left, fixed, refused, applied.result.suppressed if file else None, file)
