"""Applies the fixes of many findings to one text, round after round, and keeps only those that do what they promise.

Each round makes the changes that touch no other; what they touch has its turn in the next one, on the new text. A round is kept
if the text parses as well as before, if its findings are gone, and if none has been added; else it is made again with half of its
fixes, down to the one that is to blame, which is then left out. Findings may come with a fix that ``reveals`` them, which has
rounds apart from the others, and about suppressions that have nothing to suppress any more.

Texts are examined by whoever drives the generator ``fixing``: a server waits for a worker, a command line calls the analysis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
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

Allowed = Callable[[Finding], "Sequence[Fix] | None"]
"""Which of a finding's fixes may be applied, the best first; None for a finding that is to be left as it is."""


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

    ``fixes`` may be applied (None: nothing is to be done about it), ``refused`` are those that did not do what they should.
    """

    now: Finding
    first: Finding | None
    fixes: tuple[FixName, ...] | None = ()
    refused: tuple[FixName, ...] = ()


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

    ``allowed`` is asked once for each finding, ``newcomers`` for those that come with a fix,
    and for what a round makes possible for others.
    """
    left = [Open(finding, finding, _names(finding, allowed(finding))) for finding in result.findings]
    fixed: list[Finding] = []
    most: int | None = None
    for _ in range(ROUNDS):
        turn = _next_fixes(left)
        if not turn:
            break
        reveals = any(fix.reveals for fix in turn.values())
        batch = independent(text, ((index, fix.edits) for index, fix in turn.items() if fix.reveals == reveals))[:most]
        most = None
        edits = [edit for _, change in batch for edit in change]
        changed = apply(text, edits)
        indices = [index for index, _ in batch]
        if changed != text:
            after = yield changed
            outcome = _compare(text, edits, result, after, left, indices, reveals=reveals)
            if outcome is not None:
                fixed += (left[index].first for index in outcome.gone if left[index].first is not None)  # type: ignore[misc]
                left = [_again(one, finding, newcomers) for one, finding in zip(outcome.left, after.findings, strict=True)]
                text, result = changed, after
                continue
        if len(batch) > 1:
            most = len(batch) // 2
        else:
            index = indices[0] if indices else next(iter(turn))  # none: its own edits overlap
            first, *rest = left[index].fixes or ()
            left[index] = replace(left[index], fixes=tuple(rest), refused=(*left[index].refused, first))
    return Applied(text, result, tuple(fixed), tuple(left))


def _again(one: Open | None, now: Finding, allowed: Allowed) -> Open:
    """A finding as it is after a round, with the fixes that it may have now and had not before."""
    if one is None:
        return Open(now, None, _names(now, allowed(now)))
    if one.fixes is None:
        return replace(one, now=now)
    more = _names(now, allowed(now)) or ()
    return replace(one, now=now, fixes=(*one.fixes, *(name for name in more if name not in (*one.fixes, *one.refused))))


def _names(finding: Finding, fixes: Sequence[Fix] | None) -> tuple[FixName, ...] | None:
    if fixes is None:
        return None
    by_name = _named(finding)
    return tuple(name for fix in fixes for name, other in by_name.items() if other is fix)


def _named(finding: Finding) -> dict[FixName, Fix]:
    seen: Counter[str] = Counter()
    named: dict[FixName, Fix] = {}
    for fix in finding.fixes:
        named[fix.title, seen[fix.title]] = fix
        seen[fix.title] += 1
    return named


def _next_fixes(left: list[Open]) -> dict[int, Fix]:
    """Each finding's next fix, by its index; one that the text does not have any more is passed over."""
    found: dict[int, Fix] = {}
    for index, one in enumerate(left):
        if one.fixes:
            named = _named(one.now)
            there = tuple(name for name in one.fixes if name in named)
            left[index] = replace(one, fixes=there)
            if there:
                found[index] = named[there[0]]
    return found


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The findings that are gone, by index; and for each of the new text the one that it was, None where it is new."""

    gone: Sequence[int]
    left: Sequence[Open | None]


def _compare(
    text: str,
    edits: Sequence[Edit],
    before: Examined,
    after: Examined,
    opens: Sequence[Open],
    fixed: Collection[int],
    *,
    reveals: bool,
) -> _Outcome | None:
    """Which findings are gone, left and new; None if the round is not to be kept.

    Code moves with a fix, and messages quote it, so that of a finding nothing but its rule is sure to stay. What tells is the
    number of each rule's findings; one that is as it was, at its place, is still there whatever the numbers say.
    """
    if Counter(one.kind for one in after.problems) - Counter(one.kind for one in before.problems):
        return None
    expected = Counter(one.now.rule for index, one in enumerate(opens) if index not in fixed)
    added = Counter(finding.rule for finding in after.findings) - expected
    if not reveals and any(rule not in ABOUT or rule in {opens[index].now.rule for index in fixed} for rule in added):
        return None
    move = mover(text, edits)
    places = [move(one.now.range.start) for one in opens]
    keys = [(one.now.rule, place, one.now.message) for one, place in zip(opens, places, strict=True)]
    others = Counter(key for index, key in enumerate(keys) if index not in fixed)
    still = Counter((finding.rule, finding.range.start, finding.message) for finding in after.findings) - others
    if any(keys[index] in still for index in fixed):
        return None
    return _matched(opens, places, after.findings, fixed)


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
    return _Outcome((*fixed, *waiting), [opens[matched[number]] if number in matched else None for number in range(len(findings))])
