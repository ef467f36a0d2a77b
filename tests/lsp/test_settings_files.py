"""Settings files in the server: they count as on the command line, with the client's settings over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from support.editor import Editor, capabilities, codes

LEAK = "const r = new FinalizationRegistry(close);\nexport const track = (o) => r.register(o, () => o.fd);\n"
HELD = ["held-value-retains-target", "object-held-value"]

#: What jsleak.toml says, the client's settings, and what is found in src/a.js.
FOUND: list[tuple[str, dict[str, Any], list[str]]] = [
    ("", {}, HELD),
    (f'ignore = ["{HELD[1]}"]', {}, HELD[:1]),
    (f'select = ["{HELD[0]}"]', {"select": [HELD[1]]}, HELD[1:]),
    (f'ignore = ["{HELD[0]}"]', {"ignore": [HELD[1]]}, []),
    (f'severity.{HELD[0]} = "off"', {"severity": {HELD[0]: "error"}}, HELD),
    ('exclude = ["src/"]', {}, []),
    (f'per-file-ignores."src/" = ["{HELD[0]}"]', {}, HELD[1:]),
    ("max-file-size = 10", {}, ["too-large"]),
    ("max-file-size = 10", {"maxFileSize": 10000}, HELD),
]


@pytest.mark.parametrize(("text", "options", "expected"), FOUND, ids=[f"{text} {options}" for text, options, _ in FOUND])
async def test_an_open_document(editor: Editor, tmp_path: Path, text: str, options: dict[str, Any], expected: list[str]) -> None:
    (tmp_path / "jsleak.toml").write_text(text)
    (tmp_path / "src").mkdir()
    await editor.initialize((tmp_path,), options=options)
    assert codes(await editor.diagnostics(editor.open((tmp_path / "src/a.js").as_uri(), LEAK))) == expected
    assert editor.messages == []


async def test_engines_raise_severities(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"jsleak": {"engines": ["quickjs-ng >=0.6"], "select": ["object-held-value"]}}')
    await editor.initialize((tmp_path,))
    found = await editor.diagnostics(editor.open((tmp_path / "a.js").as_uri(), LEAK))
    assert [one.severity for one in found] == [types.DiagnosticSeverity.Error]


async def test_a_document_that_stands_nowhere_has_none(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "jsleak.toml").write_text('per-file-ignores."*" = ["all"]')
    await editor.initialize((tmp_path,))
    assert codes(await editor.diagnostics(editor.open("untitled:a.js", LEAK))) == HELD


async def test_files_that_are_not_open(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.js").write_text(LEAK)
    (tmp_path / "inner/b.js").write_text(LEAK)
    (tmp_path / "inner/jsleak.toml").write_text(f'ignore = ["{HELD[0]}"]')
    await editor.initialize((tmp_path,))
    await editor.file((tmp_path / "a.js").as_uri(), lambda found: found == HELD)
    await editor.file((tmp_path / "inner/b.js").as_uri(), lambda found: found == HELD[1:])


@pytest.mark.parametrize("name", ["jsleak.toml", "base.toml"])
async def test_a_change_shows_at_once(editor: Editor, tmp_path: Path, name: str) -> None:
    (tmp_path / "jsleak.toml").write_text('extends = "base.toml"\n')
    (tmp_path / "base.toml").write_text("")
    await editor.initialize((tmp_path,), capabilities(watch=True))
    uri = editor.open((tmp_path / "a.js").as_uri(), LEAK)
    assert codes(await editor.diagnostics(uri)) == HELD
    (tmp_path / name).write_text(f'ignore = ["{HELD[0]}"]')
    editor.changed_on_disk((tmp_path / name, types.FileChangeType.Changed))
    await editor.until(lambda: codes(editor.published[uri][-1].diagnostics) == HELD[1:])


async def test_wrong_ones_are_told_of_and_shown_in_their_file(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "jsleak.toml").write_text("\nselekt = 1\n")
    (tmp_path / "good").mkdir()
    (tmp_path / "good/jsleak.toml").write_text("")
    await editor.initialize((tmp_path,))
    assert codes(await editor.diagnostics(editor.open((tmp_path / "a.js").as_uri(), LEAK))) == []
    assert codes(await editor.diagnostics(editor.open((tmp_path / "good/a.js").as_uri(), LEAK))) == HELD
    (shown,) = await editor.file((tmp_path / "jsleak.toml").as_uri(), lambda found: found == ["bad-settings"])
    assert (shown.range.start.line, shown.message) == (1, "There is no setting `selekt`. Did you mean `select`?")
    assert len(editor.messages) == 1
    assert "jsleak.toml:2: There is no setting `selekt`." in editor.messages[0]
