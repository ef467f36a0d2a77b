"""``jsleak baseline`` and ``lint --baseline``, over the real analysis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jsleak.cli.main import main

HEAD = "const r = new FinalizationRegistry(() => {});\n"
TWO = f"{HEAD}r.register({{}}, 1);\nr.register({{}}, {{}});\n"
"""Two warnings and an info."""

FILE = "jsleak-baseline.json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.js").write_text(TWO)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def entries(folder: Path, name: str = FILE) -> list[str]:
    return [one["rule"] for one in json.loads((folder / name).read_text())["findings"]]


def test_from_first_to_last(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "baseline") == (0, f"Wrote 3 findings to {FILE}: 3 new, 0 gone.\n", "")
    assert run(capsys, "lint", "--baseline", FILE) == (
        0,
        "Found nothing in 1 file; 1 analysed.\n3 findings known by the baseline.\n",
        "",
    )
    (folder / "a.js").write_text(f"// moved\n{HEAD}  r.register({{}}, {{}});\nnew WeakRef({{}});\n")
    status, out, _ = run(capsys, "lint", "--baseline", FILE, "-v")
    assert (status, out.count("warning[")) == (1, 1)
    assert "4:1 warning[anonymous-weakref-target]" in out
    assert out.endswith(
        "2 findings known by the baseline.\n1 finding of the baseline gone; `jsleak baseline` takes them out.\n"
        "  a.js: [anonymous-target] Nothing else holds the target `{}`: it is collected at once, "
        "and the cleanup callback comes at once.\n"
    )
    assert "gone; `jsleak baseline` takes them out (-v names them).\n" in run(capsys, "lint", "--baseline", FILE)[1]
    assert run(capsys, "baseline") == (0, f"Wrote 3 findings to {FILE}: 1 new, 1 gone.\n", "")
    assert run(capsys, "lint", "--baseline", FILE, "-q") == (0, "", "")


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "baseline", "-q")
    (folder / "a.js").write_text(f"{HEAD}r.register({{}}, {{}});\n")
    status, out, _ = run(capsys, "lint", "--baseline", FILE, "--format", "json")
    document = json.loads(out)
    assert (status, document["findings"]) == (0, [])
    assert (document["summary"]["known"], document["summary"]["gone"]) == (2, 1)
    (gone,) = document["gone"]
    assert (gone["rule"], gone["path"]) == ("anonymous-target", "a.js")
    assert gone["fingerprint"] in (folder / FILE).read_text()
    assert gone["message"].startswith("Nothing else holds")


def test_part_of_the_tree_keeps_the_rest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "src").mkdir()
    (folder / "src/b.js").write_text(TWO)
    run(capsys, "baseline", "--output", "base.json")
    for name in ("a.js", "src/b.js"):
        (folder / name).write_text("1")
    assert run(capsys, "baseline", "-o", "base.json", "src") == (0, "Wrote 3 findings to base.json: 0 new, 3 gone.\n", "")
    assert run(capsys, "lint", "src", "--baseline", "base.json") == (0, "Found nothing in 1 file; 0 analysed.\n", "")
    assert run(capsys, "baseline", "-o", "base.json", "--select", "anonymous-target")[1].endswith("0 new, 2 gone.\n")
    assert entries(folder, "base.json") == ["object-held-value"]


def test_severities(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is less is not added; once it is there, a look from a higher threshold does not lose it."""
    run(capsys, "baseline", "--min-severity", "warning")
    assert entries(folder) == ["anonymous-target"] * 2
    status, out, _ = run(capsys, "lint", "--baseline", FILE)
    assert (status, "1 finding (1 info)" in out) == (1, True)
    assert run(capsys, "lint", "--baseline", FILE, "--min-severity", "warning")[0] == 0
    run(capsys, "baseline")
    assert run(capsys, "baseline", "--min-severity", "error")[1].startswith("Wrote 3 findings")
    assert "gone" not in run(capsys, "lint", "--baseline", FILE, "--min-severity", "error")[1]


def test_severities_are_those_of_the_engines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "jsleak.toml").write_text('engines = ["quickjs-ng 0.6"]\nignore = ["anonymous-target"]\n')
    assert run(capsys, "lint", "--min-severity", "error", "--statistics", "-q")[1].split() == ["1", "error", "object-held-value"]
    run(capsys, "baseline", "--min-severity", "error")
    assert entries(folder) == ["object-held-value"]


def test_what_settings_leave_out_is_not_gone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "baseline")
    for settings in (
        'ignore = ["anonymous-target", "object-held-value"]',
        'per-file-ignores."*.js" = ["all"]',
        'exclude = ["a.js"]',
        "max-file-size = 3",
    ):
        (folder / "jsleak.toml").write_text(settings)
        assert "gone" not in run(capsys, "lint", "--baseline", FILE)[1]
        assert run(capsys, "baseline")[1].startswith("Wrote 3 findings to jsleak-baseline.json: 0 new, 0 gone.")
    (folder / "jsleak.toml").write_text('per-file-ignores."b.js" = ["all"]')
    (folder / "a.js").write_text(HEAD)
    assert run(capsys, "baseline")[1].startswith("Wrote 0 findings to jsleak-baseline.json: 0 new, 3 gone.")


def test_only_what_is_new_is_put_to_the_test_and_suppressed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "baseline")
    (folder / "a.js").write_text(f"{TWO}new WeakRef({{}});\n")
    status, out, _ = run(capsys, "lint", "--baseline", FILE, "--confirm", "--format", "json")
    document = json.loads(out)
    assert (status, [one["verdict"]["status"] for one in document["findings"]]) == (1, ["confirmed"])
    status, _, err = run(capsys, "lint", "--baseline", FILE, "--add-suppressions")
    assert (status, err) == (0, "Suppressed 1 finding in 1 file.\n")
    assert (folder / "a.js").read_text() == f"{TWO}// jsleak-ignore-next-line anonymous-weakref-target\nnew WeakRef({{}});\n"


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    run(capsys, "baseline")
    for text, expected in ((f"\n{TWO}", 0), (f"{TWO}new WeakRef({{}});\n", 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert run(capsys, "lint", "-", "--stdin-filename", "a.js", "--baseline", FILE, "-q")[0] == expected


def test_a_file_that_cannot_be_examined(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.js").write_text("new WeakRef({});\n")
    run(capsys, "baseline")
    (folder / "a.js").write_text(f"{TWO}<<<")
    (folder / "b.js").write_text("\nnew WeakRef({});\nnew WeakRef({});\n")
    status, out, _ = run(capsys, "baseline")
    assert status == 2
    assert "problem[syntax-error]" in out
    assert f"Wrote 5 findings to {FILE}: 1 new, 0 gone.\n" in out


@pytest.mark.parametrize("name", ["no/such/folder.json", "."])
def test_a_file_that_cannot_be_written(capsys: pytest.CaptureFixture[str], name: str) -> None:
    status, out, err = run(capsys, "baseline", "-o", name)
    assert status == 2
    assert "Traceback" not in err
    assert "no/such/folder.json\n  problem[not-written] cannot be written: no such file" in out or "not a regular file" in err


def test_a_malformed_one_is_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / FILE).write_text("{}")
    for arguments in (["baseline"], ["lint", "--baseline", FILE]):
        status, out, err = run(capsys, *arguments)
        assert (status, out) == (2, "")
        assert f'{FILE}:1:1: no baseline: it is to be an object with "version" and "findings".' in err
    assert (folder / FILE).read_text() == "{}"
