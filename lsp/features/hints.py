"""Inlay hints: which arguments of a registration are held strongly, and which weakly."""

from __future__ import annotations

from lsprotocol import types

from jsleak.analysis.outline import Part
from jsleak.lsp.snapshot import Snapshot

from .places import overlaps, sites, span

_WHY = {
    "target": "The registry does not keep the target alive.",
    "held value": "The registry keeps the held value alive until its callback has run: it must not lead to the target.",
    "token": "The registry does not keep the token alive.",
}


def hints(snapshot: Snapshot, range_: types.Range) -> list[types.InlayHint]:
    """A hint before each argument in a range that is held at all; a primitive holds nothing."""
    found: dict[tuple[int, int], types.InlayHint] = {}
    for site in sites(snapshot):
        outer = span(snapshot, site.range)
        for part in site.parts:
            if part.strength == "none" or part.path != snapshot.path:
                continue
            start, end = span(snapshot, part.range)
            if outer[0] <= start and end <= outer[1] and overlaps(snapshot.positions.span(start, end), range_):
                at = snapshot.positions.position(start)
                found.setdefault((at.line, at.character), _hint(part, at, site.kind == "WeakRef"))
    return [found[place] for place in sorted(found)]


def _hint(part: Part, at: types.Position, is_weakref: bool) -> types.InlayHint:
    why = "The WeakRef does not keep its target alive." if is_weakref else _WHY[part.role]
    return types.InlayHint(
        at, f"{part.strength}:", kind=types.InlayHintKind.Parameter, tooltip=why, padding_left=False, padding_right=True
    )
