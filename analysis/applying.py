"""Applies the fixes of many findings to one text, round after round, and keeps only those that do what they promise.

Each round makes the changes that touch no other; what they touch has its turn in the next one, on the new text. A round is kept
if the text parses as well as before, if its findings are gone, and if none has been added; else it is made again with half of its
fixes, down to the one that is to blame, which is then left out. A finding counts as added unless it was hidden before: at its own
place by a graver one (a call that threw), or it is about a suppression that has nothing to suppress now.

Texts are examined by whoever drives the generator ``fixing``: a server waits for a worker, a command line calls the analysis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from .edits import apply, independent, mover
from .findings import Edit, Finding, Fix, Problem
from .suppressed import ABOUT
from .text import Position

#: Texts examined at most.
ROUNDS = 100

FixName = tuple[str, int]
"""A fix of a finding: its title, and how many before it have the same."""

Allowed = Callable[[Finding], Sequence[Fix]]
"""Which of a finding's fixes may be applied, the best first."""


class Examined(Protocol):
    """What is known of a text."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...


R = TypeVar("R", bound=Examined)


@dataclass(frozen=True, slots=True)
class Open:
    """A finding that the text still has, ``now`` in it and as it was found at ``first`` (None: it came with a fix).

    ``fixes`` may be applied, ``refused`` says that one was and did not do what it should.
    """

    now: Finding
    first: Finding | None
    fixes: tuple[FixName, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Applied(Generic[R]):
    """What came of it: the text, what is known of it, the findings that are gone (as first found), and those that are left."""

    text: str
    result: R
    fixed: tuple[Finding, ...]
    left: tuple[Open, ...]


def best(finding: Finding, *, unsafe: bool = False) -> Sequence[Fix]:
    """The safe fixes of a finding; with ``unsafe`` the others after them."""
    safe = [fix for fix in finding.fixes if fix.safe]
    return [*safe, *(fix for fix in finding.fixes if not fix.safe)] if unsafe else safe


def fixing(text: str, result: R, allowed: Allowed, newcomers: Allowed = best) -> Generator[str, R, Applied[R]]:
    """Yields texts, and is sent what is known of each; returns what came of it. ``result`` is what is known of ``text``.

    ``allowed`` is asked once for each finding, ``newcomers`` for those about suppressions that a fix leaves behind it.
    """
    left = [Open(finding, finding, _names(finding, allowed(finding))) for finding in result.findings]
    fixed: list[Finding] = []
    most: int | None = None
    for _ in range(ROUNDS):
        batch = independent(text, _changes(left))[:most]
        if not batch:
            break
        most = None
        edits = [edit for _, change in batch for edit in change]
        changed = apply(text, edits)
        indices = [index for index, _ in batch]
        if changed != text:
            after = yield changed
            outcome = _compare(text, edits, result, after, left, indices)
            if outcome is not None:
                fixed += (left[index].first for index in outcome.gone if left[index].first is not None)  # type: ignore[misc]
                left = [*outcome.left, *(Open(one, None, _names(one, newcomers(one))) for one in outcome.new)]
                text, result = changed, after
                continue
        if len(batch) > 1:
            most = len(batch) // 2
        else:
            (index,) = indices
            left[index] = replace(left[index], fixes=left[index].fixes[1:], refused=True)
    return Applied(text, result, tuple(fixed), tuple(left))


def _names(finding: Finding, fixes: Sequence[Fix]) -> tuple[FixName, ...]:
    by_name = _named(finding)
    return tuple(name for fix in fixes for name, other in by_name.items() if other is fix)


def _named(finding: Finding) -> dict[FixName, Fix]:
    seen: Counter[str] = Counter()
    named: dict[FixName, Fix] = {}
    for fix in finding.fixes:
        named[fix.title, seen[fix.title]] = fix
        seen[fix.title] += 1
    return named


def _changes(left: list[Open]) -> Iterator[tuple[int, Sequence[Edit]]]:
    """The edits of each finding's next fix, by its index; a fix that the text does not have any more is passed over."""
    for index, one in enumerate(left):
        if not one.fixes:
            continue
        named = _named(one.now)
        there = tuple(name for name in one.fixes if name in named)
        left[index] = replace(one, fixes=there)
        if there:
            yield index, named[there[0]].edits


@dataclass(frozen=True, slots=True)
class _Outcome:
    gone: Sequence[int]
    left: Sequence[Open]
    new: Sequence[Finding]


def _compare(
    text: str, edits: Sequence[Edit], before: Examined, after: Examined, opens: Sequence[Open], fixed: Collection[int]
) -> _Outcome | None:
    """Which findings are gone, left and new; None if the round is not to be kept.

    Code moves with a fix, and messages quote it, so that of a finding nothing but its rule is sure to stay. What tells is the
    number of each rule's findings; one that is as it was, at its place, is still there whatever the numbers say.
    """
    if Counter(one.kind for one in after.problems) - Counter(one.kind for one in before.problems):
        return None
    move = mover(text, edits)
    places = [move(one.now.range.start) for one in opens]
    keys = [(one.now.rule, place, one.now.message) for one, place in zip(opens, places, strict=True)]
    others = Counter(key for index, key in enumerate(keys) if index not in fixed)
    still = Counter((finding.rule, finding.range.start, finding.message) for finding in after.findings) - others
    if any(keys[index] in still for index in fixed):
        return None
    outcome = _matched(opens, places, after.findings, fixed)
    mended = [(places[index], opens[index].now) for index in fixed]
    return outcome if all(_was_hidden(finding, mended) for finding in outcome.new) else None


def _was_hidden(new: Finding, mended: Iterable[tuple[Position, Finding]]) -> bool:
    """Whether a finding was there before, behind one that is gone now: a lesser one, at the same place."""
    return new.rule in ABOUT or any(
        new.range.start <= place < new.range.end and new.rule != one.rule and new.severity.rank < one.severity.rank
        for place, one in mended
    )


def _matched(opens: Sequence[Open], places: Sequence[Position], findings: Sequence[Finding], fixed: Collection[int]) -> _Outcome:
    """Each finding of the new text with the one that it was: by place, else by message, else the first of its rule."""
    waiting = [index for index in range(len(opens)) if index not in fixed]
    matched: dict[int, int] = {}
    alike: Sequence[Callable[[int, Finding], bool]] = (
        lambda index, finding: places[index] == finding.range.start and opens[index].now.message == finding.message,
        lambda index, finding: places[index] == finding.range.start,
        lambda index, finding: opens[index].now.message == finding.message,
        lambda index, finding: True,
    )
    for same in alike:
        for number, finding in enumerate(findings):
            if number in matched:
                continue
            found = next((index for index in waiting if opens[index].now.rule == finding.rule and same(index, finding)), None)
            if found is not None:
                matched[number] = found
                waiting.remove(found)
    left = [replace(opens[matched[number]], now=finding) for number, finding in enumerate(findings) if number in matched]
    new = [finding for number, finding in enumerate(findings) if number not in matched]
    return _Outcome((*fixed, *waiting), left, new)
