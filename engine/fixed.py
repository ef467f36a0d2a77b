"""A finding in the code that its fix makes: the edits applied, the module built anew, the finding's places carried over.

A place is followed by its offsets, and where it stood in what was replaced, by its text in the replacement. It counts as found
only if a node of the same kind stands there. A fix may take the flagged call away; then the place where it stood is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from jsleak.analysis.edits import OverlappingEdits, apply
from jsleak.analysis.findings import Edit, Finding, Fix, Hop
from jsleak.analysis.module import Module
from jsleak.analysis.rule import Observation
from jsleak.analysis.syntax.nodes import Node, walk
from jsleak.analysis.syntax.parse import SyntaxProblem
from jsleak.analysis.text import Range, SourceText

from .experiment import OBSERVATIONS
from .seen import PASSED, SUBJECT, Log, Seen, spot_of, times
from .snippet.edits import Changes
from .snippet.program import TOOL
from .snippet.sites import Sites

Build = Callable[[str], Module]
Carry = Callable[[Node], Node | None]


#: A fix may make one of the other.
_CALLS = ("CallExpression", "NewExpression")


class NotFollowed(Exception):
    """The fix can't be tried; the message says why."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A finding's places in the fixed module. ``gap`` is the offset where the flagged code stood that the fix takes away."""

    sites: Sites
    carry: Carry
    gap: int | None = None


def fixed(module: Module, finding: Finding, fix: Fix, build: Build) -> Fixed:
    """The finding in the fixed code; ``build`` makes a module of a text. Raises NotFollowed."""
    shift = Shift(module.source, fix.edits)
    try:
        after = build(apply(module.source.text, fix.edits))
    except OverlappingEdits:
        raise NotFollowed("its edits overlap") from None
    except SyntaxProblem as problem:
        raise NotFollowed(f"the fixed code does not parse: {problem.message}") from None
    except RecursionError:
        raise NotFollowed("the fixed code nests too deep") from None
    before = Sites(module, finding)
    nodes: dict[tuple[int, int, str], Node] = {}
    for one in walk(after.scopes.program.node):
        nodes.setdefault((one._start, one._end, one.type), one)

    def carry(node: Node) -> Node | None:
        places = shift.candidates(node._start, node._end)
        kinds = (node.type, *(kind for kind in _CALLS if node.type in _CALLS and kind != node.type))
        found = (nodes.get((start, end, kind)) for kind in kinds for start, end in places)
        return next((one for one in found if one is not None), None)

    def carried(place: Range) -> Range | None:
        node = before.at(place)
        if node is not None:
            found = carry(node)
            return after.range(found) if found is not None else None
        start, end = module.source.offset(place.start), module.source.offset(place.end)
        return next((after.source.range(*offsets) for offsets in shift.candidates(start, end)), None)

    own = carried(finding.range)
    gap = shift.gap(finding.range) if own is None else None
    if own is None and gap is None:
        raise NotFollowed("the flagged code can't be found in the fixed code")
    hops: list[Hop] = []
    for hop in finding.retention:
        place = carried(hop.range) if hop.path == finding.path else hop.range
        if place is not None:
            hops.append(replace(hop, range=place))
    if own is None:
        assert gap is not None
        own = after.source.range(gap, gap)
    return Fixed(Sites(after, replace(finding, range=own, retention=tuple(hops), fixes=())), carry, gap)


@dataclass(frozen=True, slots=True)
class _Change:
    """An edit by offsets: ``start`` and ``end`` in the old text, ``at`` where its text begins in the new one."""

    start: int
    end: int
    at: int
    text: str

    @property
    def growth(self) -> int:
        return len(self.text) - (self.end - self.start)


class Shift:
    """Where places of a text are once edits were made to it."""

    def __init__(self, source: SourceText, edits: tuple[Edit, ...]) -> None:
        self.text = source.text
        self.source = source
        places = sorted(((source.offset(edit.range.start), source.offset(edit.range.end), edit.text) for edit in edits), key=_start)
        self.changes: list[_Change] = []
        grown = 0
        for start, end, text in places:
            self.changes.append(_Change(start, end, start + grown, text))
            grown += self.changes[-1].growth

    def candidates(self, start: int, end: int) -> list[tuple[int, int]]:
        """The offsets where a stretch may be in the new text, the most certain first."""
        around = self._around(start, end)
        if around is None:
            return self._moved(start, end)
        found = self._quoted(self.text[start:end])
        if (around.start, around.end) == (start, end) and around.text:
            found.append((around.at, around.at + len(around.text)))
        return found

    def gap(self, place: Range) -> int | None:
        """The offset in the new text where something stood, if all that the edits do is to take away."""
        around = self._around(self.source.offset(place.start), self.source.offset(place.end))
        return around.at if around is not None and not any(one.text.strip() for one in self.changes) else None

    def _around(self, start: int, end: int) -> _Change | None:
        """The edit that replaces a whole stretch."""
        return next((one for one in self.changes if one.start <= start < end <= one.end), None)

    def _moved(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where a stretch is whose ends no edit replaces: without what is inserted at its ends, then with it."""
        if any(one.start < start < one.end or one.start < end < one.end for one in self.changes):
            return []
        before = sum(one.growth for one in self.changes if one.end <= start)
        inside = sum(one.growth for one in self.changes if start <= one.start and one.end <= end and one.start != one.end)
        inside += sum(one.growth for one in self.changes if start < one.start == one.end < end)
        first, last = start + before, end + before + inside
        at_start, at_end = (sum(one.growth for one in self.changes if one.start == one.end == place) for place in (start, end))
        places = [(first, last), (first, last + at_end), (first - at_start, last), (first - at_start, last + at_end)]
        return list(dict.fromkeys(places))

    def _quoted(self, text: str) -> list[tuple[int, int]]:
        """Where a text stands in what the edits put in, if it stands there once."""
        found = [(one.at + at, one.at + at + len(text)) for one in self.changes for at in _occurrences(one.text, text)]
        return found if len(found) == 1 else []


def _start(place: tuple[int, int, str]) -> tuple[int, int]:
    return place[:2]


def _occurrences(text: str, part: str) -> list[int]:
    found: list[int] = []
    at = text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + 1)
    return found


# What is seen of a call that is gone


def mark_gap(changes: Changes, at: int) -> None:
    """Mark the place where a fix took the flagged statement away."""
    changes.around(at, at, f";{TOOL}.b({PASSED});", "")


#: Observations of the flagged call itself, which it can't be made of any more where a fix took it away.
_OF_THE_CALL: frozenset[Observation] = frozenset(
    {"call-throws", "unregister-returns-false", "unregister-cancels-others", "deref-of-undefined", "weakref-empty-at-once"}
)


def without_call(observation: Observation, log: Log) -> Seen:
    """What was seen where a fix took the flagged call away: that counts only if the program came to where it stood.

    Any registration may show the defect then, not the flagged one only.
    """
    everything = [{**entry, "site": entry["site"] or SUBJECT} for entry in log["registrations"]]
    seen = OBSERVATIONS[observation][1]({**log, "registrations": everything})
    passed = spot_of(log, PASSED)["before"]
    if not passed:
        return Seen(seen.count, seen.text, False, "the place where the flagged call stood was not reached")
    if observation in _OF_THE_CALL:
        return Seen(0, f"the call is gone, and the place where it stood was passed {times(passed)}", True)
    return seen
