"""Findings and registrations that follow the edits of their text, for as long as nothing newer is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from jsleak.analysis.findings import Edit, Finding, Hop
from jsleak.analysis.outline import Site
from jsleak.analysis.text import Range, SourceText

Span = tuple[int, int]


@dataclass(slots=True)
class Moving:
    """A finding and the offsets of its places in the text as it is now.

    ``hops`` has None for a place in another file, ``fixes`` None for a fix whose text was edited.
    """

    finding: Finding
    span: Span
    hops: list[Span | None]
    fixes: list[list[Span] | None]

    @classmethod
    def of(cls, finding: Finding, source: SourceText) -> Moving:
        """At rest, in the text that it was found in."""

        def span(place: Range) -> Span:
            return source.offset(place.start), source.offset(place.end)

        hops = [span(hop.range) if hop.path == finding.path else None for hop in finding.retention]
        fixes: list[list[Span] | None] = [[span(edit.range) for edit in fix.edits] for fix in finding.fixes]
        return cls(finding, span(finding.range), hops, fixes)

    @property
    def place(self) -> tuple[Span, str]:
        """Where it stands, and what tells it from others there."""
        return self.span, self.finding.rule

    def edit(self, start: int, end: int, length: int) -> bool:
        """Follow the replacement of a stretch by ``length`` characters; False where that touched the finding's own text."""
        if _touches(self.span, start, end):
            return False
        shift = length - (end - start)
        self.span = _moved(self.span, start, end, shift)
        self.hops = [None if hop is None else _moved(hop, start, end, shift) for hop in self.hops]
        self.fixes = [
            None
            if fix is None or any(_touches(span, start, end) for span in fix)
            else [_moved(span, start, end, shift) for span in fix]
            for fix in self.fixes
        ]
        return True

    def now(self, source: SourceText) -> Finding:
        """The finding in the coordinates of the text as it is now."""
        hops = tuple(
            hop if span is None else Hop(hop.label, hop.path, source.range(*span))
            for hop, span in zip(self.finding.retention, self.hops, strict=True)
        )
        fixes = tuple(
            replace(fix, edits=tuple(Edit(source.range(*span), edit.text) for edit, span in zip(fix.edits, spans, strict=True)))
            for fix, spans in zip(self.finding.fixes, self.fixes, strict=True)
            if spans is not None
        )
        return replace(self.finding, range=source.range(*self.span), retention=hops, fixes=fixes)


@dataclass(slots=True)
class MovingSite:
    """A registration whose call is followed. Where its arguments are is no longer told."""

    site: Site
    span: Span

    @classmethod
    def of(cls, site: Site, source: SourceText) -> MovingSite:
        """At rest, in the text that it was found in."""
        return cls(site, (source.offset(site.range.start), source.offset(site.range.end)))

    @property
    def place(self) -> tuple[Span, str]:
        """Where it stands."""
        return self.span, ""

    def edit(self, start: int, end: int, length: int) -> bool:
        """Follow a replacement; False where that touched the call."""
        if _touches(self.span, start, end):
            return False
        self.span = _moved(self.span, start, end, length - (end - start))
        return True

    def now(self, source: SourceText) -> Site:
        """The registration with its call's place in the text as it is now."""
        return replace(self.site, range=source.range(*self.span))


_Followed = TypeVar("_Followed", Moving, MovingSite)


def follow(moving: Iterable[_Followed], start: int, end: int, length: int) -> list[_Followed]:
    """Those whose own text the replacement did not touch, moved."""
    return [one for one in moving if one.edit(start, end, length)]


def united(known: Iterable[_Followed], found: Sequence[_Followed]) -> list[_Followed]:
    """What was known, and what was found since, in order of place. Of what is the same the newer stands."""
    newer = {one.place for one in found}
    both: list[_Followed] = [one for one in known if one.place not in newer]
    both += found
    return sorted(both, key=lambda one: one.place)


def _touches(span: Span, start: int, end: int) -> bool:
    return (start < span[1] and end > span[0]) or (span[0] == span[1] and start < span[0] < end)


def _moved(span: Span, start: int, end: int, shift: int) -> Span:
    if end <= span[0]:
        return span[0] + shift, span[1] + shift
    if start >= span[1]:
        return span
    return min(span[0], start), max(span[1], end) + shift
