"""All safe fixes of a document at once: those that touch no other, then what is found after them, until nothing changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from difflib import SequenceMatcher

from lsprotocol import types

from jsleak.analysis.edits import apply
from jsleak.analysis.findings import Analysis, Edit, Finding
from jsleak.analysis.text import SourceText
from jsleak.lsp.positions import Positions

Analyse = Callable[[str], Awaitable[Analysis]]
#: Rounds at most; each takes an analysis.
ROUNDS = 20


async def fixed(text: str, analysis: Analysis, analyse: Analyse) -> str:
    """The text with all safe fixes applied. A round that would leave a text that does not parse is not made."""
    for _ in range(ROUNDS):
        edits = chosen(text, analysis.findings)
        if not edits:
            break
        changed = apply(text, edits)
        after = await analyse(changed)
        if changed == text or after.problems:
            break
        text, analysis = changed, after
    return text


def chosen(text: str, findings: Iterable[Finding]) -> list[Edit]:
    """The edits of the first safe fix of each finding, less those that touch one chosen before: the next round has them."""
    source = SourceText(text, "")
    taken: list[tuple[int, int]] = []
    edits: list[Edit] = []
    for finding in findings:
        fix = next((fix for fix in finding.fixes if fix.safe), None)
        if fix is None:
            continue
        spans = [(source.offset(edit.range.start), source.offset(edit.range.end)) for edit in fix.edits]
        if not any(start <= last and first <= end for start, end in spans for first, last in taken):
            taken += spans
            edits += fix.edits
    return edits


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
