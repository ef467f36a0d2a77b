"""All safe fixes of a document at once, as ``analysis.applying`` makes them, and the edits that an editor makes of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from difflib import SequenceMatcher

from lsprotocol import types

from jsleak.analysis.applying import best, fixing
from jsleak.analysis.findings import Analysis
from jsleak.lsp.positions import Positions

Analyse = Callable[[str], Awaitable[Analysis]]


async def fixed(text: str, analysis: Analysis, analyse: Analyse) -> str:
    """The text with all safe fixes applied that do what they promise."""
    work = fixing(text, analysis, best)
    try:
        changed = next(work)
        while True:
            changed = work.send(await analyse(changed))
    except StopIteration as end:
        return str(end.value.text)


def line_edits(positions: Positions, changed: str) -> list[types.TextEdit]:
    """The edits, of whole lines, that make ``changed`` of a text; the client's cursor stays where lines stay."""
    text = positions.text
    before, after = text.splitlines(keepends=True), changed.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    return [
        types.TextEdit(positions.span(starts[first], starts[last]), "".join(after[new:newer]))
        for tag, first, last, new, newer in SequenceMatcher(None, before, after).get_opcodes()
        if tag != "equal"
    ]
