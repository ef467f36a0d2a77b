"""Documents that hold scripts: which are looked at, and where the findings stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.editor import Editor, codes

SCRIPT = "new WeakRef({});"
RULE = ["anonymous-weakref-target"]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.html", f"<p>😀</p><script>{SCRIPT}</script>", (0, 17)),
        ("a.vue", f"<template/>\n<script setup>\n  {SCRIPT}\n</script>", (2, 2)),
        ("a.svelte", f"<script lang='ts'>{SCRIPT}</script>", (0, 18)),
        ("a.astro", f"---\n{SCRIPT}\n---\n", (1, 0)),
    ],
)
async def test_a_finding_in_a_script(editor: Editor, name: str, text: str, place: tuple[int, int]) -> None:
    await editor.initialize()
    found = await editor.diagnostics(editor.open(f"file:///x/{name}", text))
    assert codes(found) == RULE
    assert (found[0].range.start.line, found[0].range.start.character) == place


async def test_markdown_is_looked_at_where_settings_say_so(editor: Editor, tmp_path: Path) -> None:
    await editor.initialize()
    text = f"```js\n{SCRIPT}\n```\n"
    (tmp_path / "no").mkdir()
    (tmp_path / "yes").mkdir()
    (tmp_path / "yes/jsleak.toml").write_text("markdown = true\n")
    assert codes(await editor.diagnostics(editor.open((tmp_path / "no/a.md").as_uri(), text))) == []
    assert codes(await editor.diagnostics(editor.open((tmp_path / "yes/a.md").as_uri(), text))) == RULE
