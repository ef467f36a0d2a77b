"""Where in a document something is, and what is there; links to places in it and in others."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from jsleak.analysis.findings import Finding, Hop
from jsleak.analysis.outline import Site
from jsleak.analysis.text import Range
from jsleak.lsp.diagnostics import location
from jsleak.lsp.documents import file_uri
from jsleak.lsp.snapshot import FindingKey, Snapshot


def span(snapshot: Snapshot, range_: Range) -> tuple[int, int]:
    """The offsets of a range of the analysis."""
    return snapshot.source.offset(range_.start), snapshot.source.offset(range_.end)


def findings_at(snapshot: Snapshot, start: int, end: int) -> list[tuple[FindingKey, Finding]]:
    """The findings that a stretch touches, the narrowest first."""
    touched = []
    for key, finding in snapshot.keyed:
        first, last = span(snapshot, finding.range)
        if first <= end and start <= last:
            touched.append((last - first, key, finding))
    return [(key, finding) for _, key, finding in sorted(touched, key=lambda one: one[0])]


def site_at(snapshot: Snapshot, offset: int) -> Site | None:
    """The innermost registration or WeakRef whose call, apart from the bodies of functions in it, an offset stands in."""
    best: tuple[int, Site] | None = None
    for site in sites(snapshot):
        start, end = span(snapshot, site.range)
        if not start <= offset <= end or (best is not None and best[0] <= end - start):
            continue
        bodies = (span(snapshot, part.range) for part in site.parts if part.kind == "function" and part.path == snapshot.path)
        if not any(start < first < offset < last for first, last in bodies):
            best = end - start, site
    return best[1] if best is not None else None


def sites(snapshot: Snapshot) -> Iterable[Site]:
    """The registrations and WeakRefs with all their places; none while those are not known."""
    return () if snapshot.stale else snapshot.analysis.outline


def finding_of(snapshot: Snapshot, site: Site) -> tuple[FindingKey, Finding] | None:
    """The finding that stands at a site; the gravest where there are several."""
    at = [(key, finding) for key, finding in snapshot.keyed if finding.range == site.range]
    return max(at, key=lambda one: one[1].severity.rank, default=None)


def place_link(snapshot: Snapshot, hop: Hop) -> tuple[str, str]:
    """The URI of a hop's place, with its line for clients that follow it, and the place in words."""
    place = location(snapshot, hop)
    line = place.range.start.line + 1 if place is not None else hop.range.start.line
    column = place.range.start.character + 1 if place is not None else 1
    uri = place.uri if place is not None else file_uri(hop.path)
    name = "" if hop.path == snapshot.path else f"{hop.path.replace(chr(92), '/').rsplit('/', 1)[-1]}, "
    return f"{uri}#L{line},{column}", f"{name}line {line}"


def overlaps(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a place; touching is enough."""
    return _at(one.start) <= _at(other.end) and _at(other.start) <= _at(one.end)


def _at(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
