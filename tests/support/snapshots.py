"""Snapshots of one document for tests of the language server's features, and what a client makes of edits.

A program's place is marked in it by ``‸``. The client's side is written anew here, so that a mistake of the server's own conversion
shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lsprotocol import types

from jsleak.analysis import analyze
from jsleak.analysis.findings import Verdict
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.text import SourceText
from jsleak.lsp.positions import Positions
from jsleak.lsp.snapshot import Snapshot, finding_keys

PATH = "/project/a.js"
URI = f"file://{PATH}"
MARK = "‸"
UTF16 = types.PositionEncodingKind.Utf16


def snapshot_of(
    text: str,
    *,
    settings: RuleSettings | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
    encoding: types.PositionEncodingKind = UTF16,
    stale: bool = False,
    modules: Mapping[str, str] | None = None,
) -> Snapshot:
    """A document as the server knows it once it is analysed. ``verdicts`` go by rule, ``modules`` are texts by specifier."""
    source = SourceText(text, PATH)

    def load(importer: str, specifier: str) -> tuple[str, str] | None:
        other = (modules or {}).get(specifier)
        return None if other is None else (f"/project/{specifier.removeprefix('./')}", other)

    analysis = analyze(text, filename=PATH, settings=settings, load=load, outline=True)
    keys = finding_keys(analysis.findings, source)
    told = {
        key: (verdicts or {})[finding.rule]
        for key, finding in zip(keys, analysis.findings, strict=True)
        if finding.rule in (verdicts or {})
    }
    texts = {f"/project/{specifier.removeprefix('./')}": other for specifier, other in (modules or {}).items()}
    others = {path: Positions(other, encoding, path) for path, other in texts.items()}
    return Snapshot(URI, 7, PATH, source, Positions(text, encoding, PATH), analysis, stale, keys, told, others)


def marked(program: str) -> tuple[str, types.Position]:
    """A program without its mark, and where that stood, in lines and UTF-16 units."""
    before, _, after = program.partition(MARK)
    lines = re.split("\r\n|\r|\n", before)
    return before + after, types.Position(len(lines) - 1, units(lines[-1]))


def units(text: str) -> int:
    """How many UTF-16 units a text has."""
    return len(text.encode("utf-16-le")) // 2


def at(text: str, range_: types.Range) -> str:
    """The characters of a range, as a client that counts UTF-16 units takes them."""
    data = text.encode("utf-16-le")
    return data[2 * _offset(text, range_.start) : 2 * _offset(text, range_.end)].decode("utf-16-le")


def applied(text: str, edits: Iterable[types.TextEdit]) -> str:
    """The text after a client has made edits: all of them in the text as it was, which must not overlap."""
    data = text.encode("utf-16-le")
    places = [(_offset(text, edit.range.start), _offset(text, edit.range.end), edit.new_text) for edit in edits]
    pieces: list[bytes] = []
    done = 0
    for start, end, new in sorted(places, key=lambda place: place[0]):  # stable: at one place the order counts
        assert done <= start <= end, "edits overlap"
        pieces += (data[2 * done : 2 * start], new.encode("utf-16-le"))
        done = end
    return b"".join([*pieces, data[2 * done :]]).decode("utf-16-le")


def made(edit: types.WorkspaceEdit | None) -> Sequence[types.TextEdit]:
    """The edits of the one document that a workspace edit changes."""
    assert edit is not None
    if edit.document_changes is None:
        assert edit.changes is not None
        return edit.changes[URI]
    (change,) = edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document == types.OptionalVersionedTextDocumentIdentifier(URI, 7)
    return [edit for edit in change.edits if isinstance(edit, types.TextEdit)]


def _offset(text: str, position: types.Position) -> int:
    """The offset in UTF-16 units of a position."""
    lines = re.split("(\r\n|\r|\n)", text)
    before = "".join(lines[: 2 * position.line])
    assert position.character <= units(lines[2 * position.line]), f"{position} lies past its line's end"
    return units(before) + position.character
