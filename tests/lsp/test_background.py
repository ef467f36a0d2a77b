"""Files that are not open."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from support.editor import Editor, capabilities, codes

LEAK = "const r = new FinalizationRegistry(close);\nexport const track = (o) => r.register(o, () => o.fd);\n"
GOOD = LEAK.replace("() => o.fd", "1")
HELD = ["held-value-retains-target", "object-held-value"]
WATCH = capabilities(watch=True)


def is_held(found: list[str]) -> bool:
    return found == HELD


def is_empty(found: list[str]) -> bool:
    return not found


async def test_files_are_linted_with_progress(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(LEAK, encoding="utf-8")
    (tmp_path / "b.js").write_text(LEAK + "(", encoding="utf-8")
    (tmp_path / "c.txt").write_text(LEAK, encoding="utf-8")
    await editor.initialize((tmp_path,), capabilities(progress=True))
    await editor.file((tmp_path / "a.js").as_uri(), is_held)
    await editor.file((tmp_path / "b.js").as_uri(), lambda found: "syntax-error" in found)
    kinds = [value["kind"] if isinstance(value, dict) else value.kind for _, value in editor.progress]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    assert set(editor.published) == {(tmp_path / name).as_uri() for name in ("a.js", "b.js")}


async def test_what_changes_on_disk(editor: Editor, tmp_path: Path) -> None:
    """Changed, made, deleted, ignored: each shows without any document being open."""
    path = tmp_path / "a.js"
    path.write_text(GOOD, encoding="utf-8")
    await editor.initialize((tmp_path,), WATCH)
    await editor.until(lambda: editor.registered)
    path.write_text(LEAK, encoding="utf-8")
    editor.changed_on_disk((path, types.FileChangeType.Changed))
    await editor.file(path.as_uri(), is_held)
    path.unlink()
    editor.changed_on_disk((path, types.FileChangeType.Deleted))
    await editor.file(path.as_uri(), is_empty)
    other = tmp_path / "b.js"
    other.write_text(LEAK, encoding="utf-8")
    editor.changed_on_disk((other, types.FileChangeType.Created))
    await editor.file(other.as_uri(), is_held)
    ignore = tmp_path / ".gitignore"
    ignore.write_text("b.js\n", encoding="utf-8")
    editor.changed_on_disk((ignore, types.FileChangeType.Created))
    await editor.file(other.as_uri(), is_empty)


async def test_a_folder_that_is_deleted(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "inner" / "a.js"
    path.parent.mkdir()
    path.write_text(LEAK, encoding="utf-8")
    await editor.initialize((tmp_path,), WATCH)
    await editor.file(path.as_uri(), is_held)
    path.unlink()
    path.parent.rmdir()
    editor.changed_on_disk((path.parent, types.FileChangeType.Deleted))
    await editor.file(path.as_uri(), is_empty)


async def test_an_open_document_stands_for_its_file(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text(LEAK, encoding="utf-8")
    await editor.initialize((tmp_path,), WATCH)
    await editor.file(path.as_uri(), is_held)
    uri = editor.open(path.as_uri(), GOOD)
    assert await editor.diagnostics(uri) == []
    editor.close(uri)
    await editor.file(uri, is_held)


async def test_files_deleted_under_open_documents(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text(GOOD, encoding="utf-8")
    await editor.initialize((tmp_path,), WATCH)
    uri = editor.open(path.as_uri(), GOOD)
    path.unlink()
    editor.changed_on_disk((path, types.FileChangeType.Deleted))
    editor.rewrite(uri, LEAK)
    assert codes(await editor.diagnostics(uri)) == HELD
    editor.close(uri)
    await editor.file(uri, is_empty)


async def test_saving_tells_where_nothing_watches(editor: Editor, tmp_path: Path) -> None:
    lender, user = tmp_path / "r.js", tmp_path / "a.js"
    lender.write_text("export const r = new FinalizationRegistry(close);\n", encoding="utf-8")
    user.write_text("import { r } from './r.js';\nexport const track = (o) => r.register(o, () => o.fd);\n", encoding="utf-8")
    await editor.initialize((tmp_path,))
    await editor.file(user.as_uri(), is_held)
    uri = editor.open(lender.as_uri(), lender.read_text(encoding="utf-8"))
    await editor.diagnostics(uri)
    lender.write_text("export const r = new Map();\n", encoding="utf-8")
    editor.rewrite(uri, "export const r = new Map();\n")
    await editor.diagnostics(uri)
    editor.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await editor.file(user.as_uri(), is_empty)


async def test_folders_come_and_go(editor: Editor, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "a.js").write_text(LEAK, encoding="utf-8")
    await editor.initialize((first,))
    await editor.file((first / "a.js").as_uri(), is_held)
    event = types.WorkspaceFoldersChangeEvent(
        added=[types.WorkspaceFolder(second.as_uri(), "second")], removed=[types.WorkspaceFolder(first.as_uri(), "first")]
    )
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
    await editor.file((second / "a.js").as_uri(), is_held)
    await editor.file((first / "a.js").as_uri(), is_empty)


async def test_switched_off(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(LEAK, encoding="utf-8")
    await editor.initialize((tmp_path,), options={"background": False})
    uri = editor.open((tmp_path / "b.js").as_uri(), LEAK)
    await editor.diagnostics(uri)
    assert set(editor.published) == {uri}


async def test_the_user_can_stop_it(editor: Editor, tmp_path: Path) -> None:
    """The first step's cancel ends the run; what it would have found does not come."""
    for number in range(300):
        text = LEAK + f"export function f{number}(a) {{ return a.map((x) => x + {number}); }}\n" * 200
        (tmp_path / f"{number}.js").write_text(text, encoding="utf-8")
    await editor.initialize((tmp_path,), capabilities(progress=True))
    token, _ = await editor.until(lambda: editor.progress and editor.progress[0])
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    await editor.until(lambda: any(_kind(value) == "end" for _, value in editor.progress))
    assert editor.published == {}


def _kind(value: object) -> object:
    return value["kind"] if isinstance(value, dict) else getattr(value, "kind", None)
