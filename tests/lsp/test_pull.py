"""Diagnostics that the editor asks for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from jsleak.lsp.diagnostics import SOURCE, result_id
from support.editor import Editor, capabilities, codes

LEAK = "const r = new FinalizationRegistry(close);\nexport const track = (o) => r.register(o, () => o.fd);\n"
HELD = ["held-value-retains-target", "object-held-value"]
PULL = capabilities(pull=True)


async def test_a_client_that_pulls_is_not_pushed_to(editor: Editor, tmp_path: Path) -> None:
    result = await editor.initialize((tmp_path,), PULL)
    provider = result.capabilities.diagnostic_provider
    assert provider is not None
    assert (provider.identifier, provider.inter_file_dependencies, provider.workspace_diagnostics) == (SOURCE, True, True)
    uri = editor.open((tmp_path / "a.js").as_uri(), LEAK)
    report = await editor.pull(uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert codes(report.items) == HELD
    assert editor.published == {}


async def test_a_client_that_cannot_be_told_to_pull_again_is_pushed_to(editor: Editor) -> None:
    wants = capabilities()
    assert wants.text_document is not None
    wants.text_document.diagnostic = types.DiagnosticClientCapabilities()
    result = await editor.initialize(wants=wants)
    assert result.capabilities.diagnostic_provider is None
    assert codes(await editor.diagnostics(editor.open("untitled:a.js", LEAK))) == HELD


async def test_what_has_not_changed_is_not_sent_again(editor: Editor) -> None:
    await editor.initialize(wants=PULL)
    uri = editor.open("untitled:a.js", LEAK)
    first = await editor.pull(uri)
    assert first.result_id
    again = await editor.pull(uri, first.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    assert again.result_id == first.result_id
    editor.replace(uri, (2, 0), (2, 0), "// behind everything\n")
    assert isinstance(await editor.pull(uri, first.result_id), types.RelatedUnchangedDocumentDiagnosticReport)
    editor.replace(uri, (0, 0), (0, 0), "\n")
    moved = await editor.pull(uri, first.result_id)
    assert isinstance(moved, types.RelatedFullDocumentDiagnosticReport)
    assert [one.range.start.line for one in moved.items] == [2, 2]


async def test_a_pull_that_is_cancelled_is_answered_so_and_the_next_one_well(editor: Editor) -> None:
    await editor.initialize(wants=PULL)
    slow = LEAK + "".join(f"export function f{n}(a) {{ return [a, {n}].map((x) => x + a * {n}); }}\n" for n in range(4000))
    uri = editor.open("untitled:a.js", slow)
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
    asked = editor.client.protocol.send_request_async(types.TEXT_DOCUMENT_DIAGNOSTIC, params, msg_id="pull-1")
    editor.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams(id="pull-1"))
    with pytest.raises(JsonRpcException) as refused:
        await asyncio.wait_for(asked, 30)
    assert refused.value.code == types.LSPErrorCodes.RequestCancelled
    report = await editor.pull(uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert codes(report.items) == HELD


async def test_a_pull_gives_the_newest_text_s_diagnostics(editor: Editor) -> None:
    await editor.initialize(wants=PULL)
    uri = editor.open("untitled:a.js", LEAK)
    pulled = asyncio.ensure_future(editor.pull(uri))
    editor.rewrite(uri, "\n" + LEAK)
    report = await pulled
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert [one.range.start.line for one in report.items] == [2, 2]


async def test_the_importers_of_a_changed_document_are_pulled_again(editor: Editor, tmp_path: Path) -> None:
    await editor.initialize((tmp_path,), PULL, {"background": False})
    lender = editor.open((tmp_path / "r.js").as_uri(), "export const r = new Map();\n")
    user = editor.open(
        (tmp_path / "a.js").as_uri(), "import { r } from './r';\nexport const track = (o) => r.register(o, () => o.fd);\n"
    )
    assert isinstance(await editor.pull(lender), types.RelatedFullDocumentDiagnosticReport)
    assert codes((await editor.pull(user)).items) == []
    before = editor.refreshes
    editor.rewrite(lender, "export const r = new FinalizationRegistry(close);\n")
    await editor.until(lambda: editor.refreshes > before)
    assert codes((await editor.pull(user)).items) == HELD


async def test_files_that_are_not_open(editor: Editor, tmp_path: Path) -> None:
    """First all, then only what is new; what is deleted is taken back."""
    leaky, good = tmp_path / "leaky.js", tmp_path / "good.js"
    leaky.write_text(LEAK, encoding="utf-8")
    good.write_text(LEAK.replace("() => o.fd", "1"), encoding="utf-8")
    await editor.initialize((tmp_path,), capabilities(pull=True, watch=True))
    await editor.until(lambda: editor.registered)
    first = await editor.pull_workspace()
    assert {one.uri: codes(one.items) for one in first} == {leaky.as_uri(): HELD}
    known = {one.uri: one.result_id for one in first}
    assert [one.kind for one in await editor.pull_workspace(known)] == ["unchanged"]
    waiting = asyncio.ensure_future(editor.pull_workspace(known, "parts"))
    leaky.unlink()
    editor.changed_on_disk((leaky, types.FileChangeType.Deleted))
    assert await waiting == []
    parts = [value for token, value in editor.progress if token == "parts"]
    assert [(one["uri"] if isinstance(one, dict) else one.uri) for part in parts for one in _items(part)] == [leaky.as_uri()]


def _items(part: object) -> list[object]:
    return list(part["items"] if isinstance(part, dict) else part.items)  # type: ignore[attr-defined]


async def test_an_open_document_is_not_among_the_files(editor: Editor, tmp_path: Path) -> None:
    leaky = tmp_path / "leaky.js"
    leaky.write_text(LEAK, encoding="utf-8")
    await editor.initialize((tmp_path,), PULL)
    uri = editor.open(leaky.as_uri(), LEAK)
    assert await editor.pull_workspace() == []
    editor.close(uri)
    assert [one.uri for one in await editor.pull_workspace()] == [uri]


async def test_what_was_said_of_an_open_document_is_taken_back_where_files_are_not_examined(editor: Editor, tmp_path: Path) -> None:
    """The client asks before the document is opened, and waits."""
    await editor.initialize((tmp_path,), PULL, {"background": False})
    waiting = asyncio.ensure_future(editor.pull_workspace({(tmp_path / "other.js").as_uri(): result_id([], list)}, "parts"))
    uri = editor.open((tmp_path / "leaky.js").as_uri(), LEAK)
    assert codes((await editor.pull(uri)).items) == HELD
    editor.close(uri)
    assert await waiting == []
    told = [one for token, value in editor.progress if token == "parts" for one in _items(value)]
    last = told[-1] if isinstance(told[-1], dict) else vars(told[-1])
    assert (last["uri"], last["kind"], last["items"]) == (uri, "full", [])
