"""Writes comments that suppress findings into their files, the way that ``analysis.suppressing`` lays them out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from jsleak.analysis.edits import apply
from jsleak.analysis.findings import Finding, Problem, ProblemKind
from jsleak.analysis.suppressed import ABOUT
from jsleak.analysis.suppressing import for_places
from jsleak.analysis.text import Range

from .examine import FileResult, examine_text
from .model import LintResult, Settings
from .packages import forget
from .reading import NotRegular, NotText, TooLarge, decode, read_bytes, read_problem
from .settings.resolve import SettingsFiles
from .writing import Changed, encode, replace_file, write_problem


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: how many findings are suppressed now, in how many files, and what is left."""

    findings: int
    files: int
    result: LintResult


def add_suppressions(result: LintResult, settings: Settings | SettingsFiles, *, folder: str, reason: str = "") -> Added:
    """Suppress the findings of a run in their files, each for its line. ``folder`` is what their paths are relative to.

    A file is changed only if it still has these findings, and if with the comments it has them no more and no new ones. What is
    said of suppressions themselves is left as it is.
    """
    left: list[Finding] = []
    suppressed = list(result.suppressed)
    problems = list(result.problems)
    added = files = 0
    forget()
    by_file = SettingsFiles.of(settings)
    for path, group in groupby(result.findings, key=lambda one: one.path):
        given = list(group)
        wanted = [one for one in given if one.rule not in ABOUT]
        outcome = _add(path, wanted, by_file.for_file(os.path.join(folder, path)), folder, reason) if wanted else None
        if isinstance(outcome, FileResult):
            added += len(wanted)
            files += 1
            suppressed = [one for one in suppressed if one.finding.path != path] + list(outcome.suppressed)
            about = {_what(one) for one in given if one.rule in ABOUT}
            left += (one for one in outcome.findings if _what(one) in about)
        else:
            left += given
            problems += [outcome] if outcome is not None else []
    suppressed.sort(key=lambda one: (one.finding.path, one.finding.range, one.finding.rule))
    after = replace(result, findings=tuple(left), suppressed=tuple(suppressed), problems=tuple(problems))
    return Added(added, files, after)


def _add(shown: str, wanted: Sequence[Finding], settings: Settings, folder: str, reason: str) -> FileResult | Problem:
    """Change one file: what it holds then, or what kept that from being done."""
    path = os.path.join(folder, shown)
    try:
        data = read_bytes(path, settings.max_file_size)
        text = decode(data)
        before = examine_text(data, shown, settings, path=path, folder=folder)
        if not before.analysed:
            return Problem(
                shown, ProblemKind.NOT_WRITTEN, "left alone: it has a syntax error, or could not be examined for another reason"
            )
        keys = {_key(one) for one in wanted}
        if not keys <= {_key(one) for one in before.findings}:
            raise Changed
        new = encode(apply(text, for_places(text, shown, [(one.range, one.rule) for one in wanted], reason)), data)
        after = examine_text(new, shown, settings, path=path, folder=folder)
        others = Counter(_what(one) for one in before.findings if _key(one) not in keys)
        if after.problems != before.problems or Counter(map(_what, after.findings)) - others:
            return Problem(shown, ProblemKind.NOT_WRITTEN, "left alone: with these comments it would not be rid of its findings")
        replace_file(path, data, new)
    except NotText:
        return write_problem(shown, Changed())
    except (TooLarge, NotRegular) as error:
        return read_problem(shown, error)
    except (OSError, Changed) as error:
        return write_problem(shown, error)
    return after


def _key(finding: Finding) -> tuple[str, Range]:
    """The same for the same finding of a second analysis. What engines make of it may have been added since the first."""
    return finding.rule, finding.range


def _what(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.message
