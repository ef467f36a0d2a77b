"""``lint --show-files``, ``--verbose`` and ``--statistics``, over the real analysis."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from jsleak.cli.main import main

WEAK = "WeakRef({});\n"
UNSAFE = "const weak = new WeakRef({});\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    return tmp_path


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["lint", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


TREE = {
    "src/a.js": WEAK,
    "src/b.js": "f();\n",
    "src/c.min.js": WEAK,
    "src/notes.txt": WEAK,
    "dist/deep/x.js": WEAK,
    "vendor/v.js": WEAK,
    "vendor/kept.js": WEAK,
    "node_modules/p/i.js": WEAK,
    "big.js": " " * 5000,
    ".gitignore": "# made\n\ndist/\n*.min.js\r\n",
    "vendor/.ignore": "*\n!kept.js\n",
}


@pytest.fixture
def tree(folder: Path) -> Path:
    write(folder, TREE)
    (folder / "loop.js").symlink_to("loop.js")
    (folder / "nowhere.js").symlink_to("nothing")
    (folder / "same.js").symlink_to("src/a.js")
    (folder / "folder.js").symlink_to("src")
    (folder / "outside.js").symlink_to(folder / "src" / "notes.txt")
    os.mkfifo(folder / "pipe.js")
    return folder


def test_files_and_how_they_were_found(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lint(capsys, "--show-files", "--max-file-size", "4000")
    assert out.splitlines() == ["outside.js\tlink in .", "src/a.js\tin .", "src/b.js\tin .", "vendor/kept.js\tin ."]
    assert (status, err.splitlines()) == (2, ["loop.js: a loop of symbolic links", "nowhere.js: a symbolic link to nothing"])
    status, out, err = lint(capsys, "--show-files", "dist/deep/x.js", "src", "node_modules")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "dist/deep/x.js\tnamed",
        "node_modules/p/i.js\tin node_modules",
        "src/a.js\tin src",
        "src/b.js\tin src",
    ]


def test_files_for_programs(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = lint(capsys, "--show-files", "--format", "json", "src", "missing.js")
    report = json.loads(out)
    assert status == 2
    assert report["files"] == [
        {"path": "src/a.js", "found": "in src", "parsed": True},
        {"path": "src/b.js", "found": "in src", "parsed": False},
    ]
    assert report["problems"] == [{"path": "missing.js", "kind": "not-found", "message": "no such file or folder"}]


def test_the_files_are_those_that_a_run_looks_at(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["src"], ["--no-ignore"], ["src/b.js", "src"], ["node_modules", "."]):
        _, out, _ = lint(capsys, "--show-files", "--max-file-size", "4000", *arguments)
        _, report, _ = lint(capsys, "--format", "json", "--max-file-size", "4000", *arguments)
        summary = json.loads(report)["summary"]
        assert len(out.splitlines()) == summary["files"] - summary["skipped"]


def test_what_was_passed_over_and_why(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = lint(capsys, "--verbose", "--max-file-size", "4000", "--exit-zero", "--statistics")
    *lines, times = err.splitlines()
    assert lines == [
        "big.js: over the size limit of 3.91 KiB",
        "dist/: ignored by .gitignore:3 `dist/`",
        "folder.js: a link to a folder, which is not followed",
        "loop.js: a loop of symbolic links",
        "node_modules/: left out unless it is named",
        "nowhere.js: a symbolic link to nothing",
        "pipe.js: not a regular file",
        "same.js: a link to src/a.js, which is examined already",
        "src/b.js: not parsed: it names neither FinalizationRegistry nor WeakRef",
        "src/c.min.js: ignored by .gitignore:4 `*.min.js`",
        "vendor/v.js: ignored by vendor/.ignore:1 `*`",
    ]
    assert re.fullmatch(r"Time: search \d+\.\d{3} s, analysis \d+\.\d{3} s\.", times)
    assert "3  error  " in out


def test_the_walk_and_its_notes_agree(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every JavaScript file is examined, or named with what left it out, or below what is."""
    files = {
        "a/.gitignore": "x*\n!xy.js\n/only-here.js\n",
        "a/x.js": WEAK,
        "a/xy.js": WEAK,
        "a/only-here.js": WEAK,
        "a/b/only-here.js": WEAK,
        "a/b/xz/q.js": WEAK,
        "a/b/.ignore": "!x.js\n",
        "a/b/x.js": WEAK,
        ".hidden/h.js": WEAK,
        ".gitignore": "**/build\nlogs/**/d.js\n",
        "c/build/e.js": WEAK,
        "logs/1/2/d.js": WEAK,
        "logs/e.js": WEAK,
    }
    write(folder, files)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    (folder / ".git" / "info" / "exclude").write_text("e.js\n")
    _, out, _ = lint(capsys, "--show-files")
    examined = [line.partition("\t")[0] for line in out.splitlines()]
    err = lint(capsys, "-v", "--exit-zero")[2]
    reasons = dict(line.split(": ", 1) for line in err.splitlines()[:-1])
    for name in files:
        if name.endswith(".js"):
            left_out = [path for path in reasons if name == path or (path.endswith("/") and name.startswith(path))]
            assert (name in examined) != bool(left_out), (name, reasons)
    assert reasons == {
        "a/only-here.js": "ignored by a/.gitignore:3 `/only-here.js`",
        "a/b/xz/": "ignored by a/.gitignore:1 `x*`",
        "a/x.js": "ignored by a/.gitignore:1 `x*`",
        "c/build/": "ignored by .gitignore:1 `**/build`",
        "logs/1/2/d.js": "ignored by .gitignore:2 `logs/**/d.js`",
        "logs/e.js": "ignored by .git/info/exclude:1 `e.js`",
    }


def test_an_ignore_file_of_the_user(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, {"home/.config/git/ignore": "mine.js\n", "src/mine.js": WEAK})
    assert lint(capsys, "-v", "src")[2].startswith("src/mine.js: ignored by Git's ignore file of this user or repository\n")


def test_a_module_that_is_parsed_for_what_it_imports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        folder,
        {
            "a.mjs": "export const r = new FinalizationRegistry((h) => h);\n",
            "b.mjs": "import { r } from './a.mjs';\nr.register({}, 1);\n",
        },
    )
    assert "b.mjs: parsed: it imports what another one registers with\n" in lint(capsys, "-v", "--exit-zero")[2]


def test_statistics(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, {"a.js": WEAK + UNSAFE, "b.js": UNSAFE + UNSAFE.replace("weak", "other"), "c.js": "new WeakRef(<"})
    status, out, _ = lint(capsys, "--statistics")
    assert status == 2
    assert "problem[syntax-error]" in out
    assert [line.rstrip() for line in out.splitlines()[-5:]] == [
        "3  warning  anonymous-weakref-target  3 fixable unsafely",
        "1  error    invalid-registration      1 fixable",
        "Found 4 findings (1 error, 3 warnings) in 2 of 3 files; 2 analysed.",
        "1 fixable with --fix, 3 more with --unsafe-fixes.",
        "1 problem: what could not be examined is named above.",
    ]
    assert "Nothing else holds" not in out


def test_statistics_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, {"a.js": WEAK + UNSAFE})
    status, out, _ = lint(capsys, "--statistics", "--format", "json")
    report = json.loads(out)
    assert (status, "findings" in report, report["summary"]["findings"]) == (1, False, 2)
    assert report["statistics"] == [
        {"rule": "invalid-registration", "severity": "error", "count": 1, "fixable": 1, "unsafely_fixable": 0},
        {"rule": "anonymous-weakref-target", "severity": "warning", "count": 1, "fixable": 0, "unsafely_fixable": 1},
    ]
    assert (report["summary"]["fixable"], report["summary"]["unsafely_fixable"]) == (1, 1)


def test_statistics_of_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, {"a.js": "f();\n"})
    assert lint(capsys, "--statistics") == (0, "Found nothing in 1 file; 0 analysed.\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-q", "-v"], "--quiet and --verbose exclude each other."),
        (["--statistics", "--diff"], "--statistics and --diff exclude each other."),
        (["--show-files", "--fix"], "--show-files lists files and does nothing else."),
        (["--show-files", "-"], "--show-files lists files and does nothing else."),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    status, _, err = lint(capsys, *arguments)
    assert status == 2
    assert message in " ".join(err.split())
