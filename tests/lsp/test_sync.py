"""The server's text is the editor's, whatever is typed and however columns are counted."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from lsprotocol import types

from support.editor import Editor, capabilities, codes


@dataclass(frozen=True)
class Edits:
    """A text, the edits of one change in one encoding, and the text that they make."""

    name: str
    before: str
    edits: tuple[tuple[tuple[int, int], tuple[int, int], str], ...]
    after: str
    encoding: str = "utf-16"


TABLE = [
    Edits("insert", "abc", (((0, 1), (0, 1), "X"),), "aXbc"),
    Edits("two edits, the second in what the first made", "abc", (((0, 0), (0, 1), "12"), ((0, 1), (0, 2), "")), "1bc"),
    Edits("behind an astral character, utf-16", "'😀' a", (((0, 5), (0, 6), "b"),), "'😀' b"),
    Edits("behind an astral character, utf-8", "'😀' a", (((0, 7), (0, 8), "b"),), "'😀' b", "utf-8"),
    Edits("behind an astral character, utf-32", "'😀' a", (((0, 4), (0, 5), "b"),), "'😀' b", "utf-32"),
    Edits("behind tabs", "\t\ta", (((0, 2), (0, 3), "b"),), "\t\tb"),
    Edits("past the end of the last line", "abc", (((0, 9), (0, 9), "X"),), "abcX"),
    Edits("past the end of another line", "abc\nd", (((0, 9), (0, 9), "X"),), "abcX\nd"),
    Edits("past the last line", "abc\n", (((7, 0), (7, 0), "X"),), "abc\nX"),
    Edits("over lines", "a\r\nb\r\nc", (((0, 1), (2, 0), ""),), "ac"),
    Edits(
        "line separators end no line of the protocol",
        "a\u2028b\u2029c\nd",
        (((0, 4), (0, 5), "X"), ((1, 0), (1, 1), "Y")),
        "a\u2028b\u2029X\nY",
    ),
    Edits("form feeds and the like end none either", "a\x0cb\x85c\nd", (((1, 0), (1, 0), "X"),), "a\x0cb\x85c\nXd"),
    Edits("a return alone ends one", "a\rb", (((1, 0), (1, 1), "X"),), "a\rX"),
    Edits("a line feed that joins a return", "a\rb", (((1, 0), (1, 0), "\n"), ((1, 0), (1, 0), "X")), "a\r\nXb"),
    Edits("start behind end", "abc", (((0, 2), (0, 1), "X"),), "aXc"),
]


@pytest.mark.parametrize("edits", TABLE, ids=lambda edits: edits.name)
async def test_edits(editor: Editor, edits: Edits) -> None:
    result = await editor.initialize(wants=capabilities(encodings=(edits.encoding,)))
    assert result.capabilities.position_encoding == edits.encoding
    uri = editor.open("untitled:a.js", edits.before)
    editor.change(
        uri,
        *(
            types.TextDocumentContentChangePartial(types.Range(types.Position(*start), types.Position(*end)), text)
            for start, end, text in edits.edits
        ),
    )
    assert await editor.text(uri) == edits.after


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ((), "utf-16"),
        (("utf-16",), "utf-16"),
        (("utf-8", "utf-16"), "utf-8"),
        (("utf-32", "utf-16", "utf-8"), "utf-32"),
    ],
)
async def test_the_encoding_is_the_first_that_the_client_offers(editor: Editor, offered: tuple[str, ...], taken: str) -> None:
    result = await editor.initialize(wants=capabilities(encodings=offered))
    assert result.capabilities.position_encoding == taken


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 17), ("utf-16", 11), ("utf-32", 10)])
async def test_findings_behind_astral_characters_and_tabs(editor: Editor, encoding: str, column: int) -> None:
    text = "const r = new FinalizationRegistry(f);\n\u2028/*\t😀\u2029*/ \tr.register(a, 1, {});\nlet a = g();\n"
    await editor.initialize(wants=capabilities(encodings=(encoding,)))
    found = await editor.diagnostics(editor.open("untitled:a.js", text))
    places = [one.range.start for one in found if one.code == "token-mismatch"]
    assert places == [types.Position(1, column)]


async def test_a_document_that_is_opened_again_has_its_new_text(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("untitled:a.js", "new WeakRef(1)")
    assert codes(await editor.diagnostics(uri)) == ["invalid-registration"]
    editor.open(uri, "1", version=7)
    assert await editor.diagnostics(uri) == []
    assert await editor.text(uri) == "1"


async def test_a_change_of_a_document_that_is_not_open_is_passed_over(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("untitled:a.js", "a")
    editor.close(uri)
    editor.replace(uri, (0, 0), (0, 0), "b")
    assert await editor.text(editor.open("untitled:b.js", "c")) == "c"
