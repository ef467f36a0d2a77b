"""What an editor is shown of a document."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from jsleak.analysis.rule import load_rules
from support.editor import Editor, codes

LEAK = """const r = new FinalizationRegistry(close);
export class A {
  constructor() {
    r.register(this, () => this.fd);
  }
}
"""
HELD = ["held-value-retains-target", "object-held-value"]
GOOD = LEAK.replace("() => this.fd", "1")


async def test_a_finding_with_all_its_parts(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("file:///x/a.js", LEAK)
    found = await editor.diagnostics(uri)
    assert codes(found) == HELD
    one = found[0]
    assert (one.range.start, one.range.end) == (types.Position(3, 4), types.Position(3, 35))
    assert (one.severity, one.source) == (types.DiagnosticSeverity.Error, "jsleak")
    message, help_ = one.message.split("\n")
    assert "`this`" in message
    assert help_
    assert one.code_description is not None
    page = Path(one.code_description.href.removeprefix("file://"))
    assert "held-value-retains-target" in page.read_text(encoding="utf-8")
    assert one.related_information
    assert [hop.message.split(".")[0] for hop in one.related_information] == [
        str(number + 1) for number in range(len(one.related_information))
    ]
    assert {hop.location.uri for hop in one.related_information} == {uri}
    assert one.data["version"] == 1
    assert isinstance(one.data["key"], str)


async def test_what_does_nothing_is_shown_as_unnecessary(editor: Editor) -> None:
    await editor.initialize()
    found = await editor.diagnostics(editor.open("file:///x/a.js", next(iter(load_rules()["unregister-in-cleanup"].bad.values()))))
    tagged = {one.code: list(one.tags or ()) for one in found}
    assert tagged.pop("unregister-in-cleanup") == [types.DiagnosticTag.Unnecessary]
    assert not any(tagged.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("export const a = 1;", []),
        ("not javascript (", []),
        (GOOD, []),
        (LEAK + "(", [*HELD, "syntax-error"]),
    ],
    ids=["empty", "nothing of interest", "broken, but nothing of interest", "good", "broken from the start"],
)
async def test_documents(editor: Editor, text: str, expected: list[str]) -> None:
    await editor.initialize()
    assert codes(await editor.diagnostics(editor.open("untitled:Untitled-1", text))) == expected


async def test_fixing_a_finding_removes_it_and_undoing_brings_it_back(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("file:///x/a.js", LEAK)
    assert codes(await editor.diagnostics(uri)) == HELD
    editor.replace(uri, (3, 21), (3, 34), "1")
    assert await editor.diagnostics(uri) == []
    editor.rewrite(uri, LEAK)
    assert codes(await editor.diagnostics(uri)) == HELD
    editor.close(uri)
    assert (await editor.file(uri, lambda codes: not codes)) == []


async def test_last_good_findings_stay_and_move_while_the_text_is_broken(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("file:///x/a.js", LEAK)
    before = (await editor.diagnostics(uri))[0]
    editor.replace(uri, (0, 0), (0, 0), "\nfunction f( {\n")
    broken = {str(one.code): one for one in await editor.diagnostics(uri)}
    assert set(broken) == {"syntax-error", *HELD}
    moved = broken["held-value-retains-target"]
    assert moved.range.start == types.Position(before.range.start.line + 2, before.range.start.character)
    assert moved.data["key"] == before.data["key"]
    assert moved.related_information is not None
    assert before.related_information is not None
    assert [one.location.range.start.line - 2 for one in moved.related_information] == [
        one.location.range.start.line for one in before.related_information
    ]


async def test_a_finding_whose_own_text_is_edited_goes_while_the_text_is_broken(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("file:///x/a.js", LEAK)
    await editor.diagnostics(uri)
    editor.replace(uri, (3, 34), (3, 34), ", (")
    assert codes(await editor.diagnostics(uri)) == ["syntax-error"]


async def test_only_the_last_of_many_versions_is_published(editor: Editor) -> None:
    await editor.initialize()
    uri = editor.open("file:///x/a.js", LEAK)
    await editor.diagnostics(uri)
    for _ in range(20):
        last = editor.replace(uri, (0, 0), (0, 0), "//\n")
    found = await editor.diagnostics(uri)
    assert found[0].range.start.line == 23
    versions = [one.version for one in editor.published[uri]]
    assert versions == sorted(set(versions), key=versions.index)
    assert versions[-1] == last


async def test_imports_of_open_documents_and_of_files(editor: Editor, tmp_path: Path) -> None:
    """What is open counts, not what is on disk; a change of the lender is seen in the importer."""
    lender = tmp_path / "registry.js"
    lender.write_text("export const r = new FinalizationRegistry((fd) => close(fd));\n", encoding="utf-8")
    user = "import { r } from './registry.js';\nexport class A {\n  constructor() { r.register(this, () => this.fd); }\n}\n"
    await editor.initialize(options={"background": False})
    uri = editor.open((tmp_path / "a.js").as_uri(), user)
    assert codes(await editor.diagnostics(uri)) == HELD
    lent = editor.open(lender.as_uri(), "export const r = new Map();\n")
    await editor.until(lambda: not editor.published[uri][-1].diagnostics)
    editor.rewrite(lent, "export const r = new FinalizationRegistry((fd) => close(fd));\n")
    await editor.until(lambda: codes(editor.published[uri][-1].diagnostics) == HELD)
    hops = editor.published[uri][-1].diagnostics[0].related_information
    assert hops
    editor.close(lent)
    lender.write_text("export const r = new Map();\n", encoding="utf-8")
    editor.changed_on_disk((lender, types.FileChangeType.Changed))
    await editor.until(lambda: not editor.published[uri][-1].diagnostics)


async def test_other_languages_are_left_alone(editor: Editor) -> None:
    await editor.initialize()
    assert await editor.diagnostics(editor.open("file:///x/a.css", LEAK, language="css")) == []
    assert codes(await editor.diagnostics(editor.open("file:///x/a.mjs", LEAK, language="plaintext"))) == HELD


async def test_several_documents_at_once(editor: Editor) -> None:
    await editor.initialize()
    uris = [editor.open(f"file:///x/{number}.js", LEAK + "//\n" * number) for number in range(8)]
    for uri in uris:
        assert codes(await editor.diagnostics(uri)) == HELD
