"""Embedded scripts on the command line, over the real analysis: found, judged, fixed, suppressed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from jsleak.cli.main import main

REGISTRY = "const registry = new FinalizationRegistry((f) => f());"
LEAK = "class A { fd = 3; constructor() { registry.register(this, () => this.fd); } }"
FILES = {
    "page.html": f"<script type=module>\n{REGISTRY}\n</script>\n<script type=module>\n{REGISTRY}\n{LEAK}\nnew A();\n</script>\n",
    "Part.vue": f"<script>\nimport {{b}} from './b';\nexport default {{}};\n{REGISTRY}\n</script>\n"
    f"<script setup lang='ts'>\nimport {{ref}} from 'vue';\nconst n: number = 1;\n{LEAK}\nnew A();\n</script>\n",
    "notes.md": f"> ```js\n> {REGISTRY}\n> {LEAK}\n> new A();\n> ```\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    main(["lint", "--isolated", "--select", "held-value-retains-target", "--format", "json", *arguments])
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["findings"]
    return found


def test_markdown_is_opt_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["path"] for one in findings(capsys)] == ["Part.vue", "page.html"]
    assert [one["path"] for one in findings(capsys, "--markdown")] == ["Part.vue", "notes.md", "page.html"]
    assert [one["path"] for one in findings(capsys, "notes.md")] == ["notes.md"]


def test_each_is_put_to_the_test_in_its_own_program(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = [one["verdict"] for one in findings(capsys, "--markdown", "--confirm")]
    assert [one["status"] for one in verdicts if isinstance(one, dict)] == ["confirmed"] * 3


def test_suppressions_are_added(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert findings(capsys, "--markdown", "--add-suppressions", "--quiet") == []
    comment = "jsleak-ignore-next-line held-value-retains-target"
    assert f"</script>\n<script type=module>\n{REGISTRY}\n// {comment}\n{LEAK}" in (folder / "page.html").read_text()
    assert f"n: number = 1;\n// {comment}\n{LEAK}" in (folder / "Part.vue").read_text()
    assert "> class A { fd = 3; constructor() { /* jsleak-ignore-line held" in (folder / "notes.md").read_text()
    assert findings(capsys, "--markdown") == []


def test_fixes(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert findings(capsys, "--fix", "--unsafe-fixes") == []
    for name in ("page.html", "Part.vue"):
        text = (folder / name).read_text()
        assert text != FILES[name]
        assert text.count("<script") == FILES[name].count("<script")


@pytest.mark.skipif(sys.platform == "win32", reason="needs names of any characters")
@pytest.mark.parametrize("name", ["new\nline.js", "bell\x07.js", "esc\x1b[31m.js", "right\u202eleft.js", "\udcff.js"])
@pytest.mark.parametrize("report", ["text", "json"])
def test_names_of_any_characters(capsys: pytest.CaptureFixture[str], name: str, report: str, folder: Path) -> None:
    (folder / "odd").mkdir()
    (folder / "odd" / name).write_text("new WeakRef({});\n")
    (folder / "odd" / f"x{name}").write_bytes(b"new WeakRef({}) \xe9")
    assert main(["lint", "--isolated", "--format", report, "odd"]) == 2
    out = capsys.readouterr().out
    out.encode()
    if report == "json":
        (finding,) = json.loads(out)["findings"]
        assert finding["path"] == f"odd/{name}".encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    else:
        assert not any(one in out for one in "\x07\x1b\u202e")
        assert len([line for line in out.splitlines() if line.startswith("odd/")]) == 2
