"""Files with a syntax error on the command line: the error, and beside it what the rest shows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = """\
const registry = new FinalizationRegistry((fd) => close(fd));
registry.register({}, 1);
console.log(
"""
GOOD = "const registry = new FinalizationRegistry((fd) => close(fd));\nregistry.register(globalThis, 1);\n"


def jsleak(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jsleak", *arguments]
    return subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "broken.js").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "good.js").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_text_shows_the_error_and_the_findings(folder: Path) -> None:
    done = jsleak(folder, "lint", "broken.js")
    assert done.returncode == 2
    assert "  2:1 warning[anonymous-target] " in done.stdout
    assert "problem[syntax-error] Unexpected end of input" in done.stdout
    assert done.stderr == ""


def test_json_has_both(folder: Path) -> None:
    done = jsleak(folder, "lint", "--format", "json", ".")
    assert done.returncode == 2
    report = json.loads(done.stdout)
    assert [(one["rule"], one["path"]) for one in report["findings"]] == [("anonymous-target", "broken.js")]
    assert [(one["kind"], one["path"]) for one in report["problems"]] == [("syntax-error", "broken.js")]
    # What was read in part was not analysed.
    assert (report["summary"]["files"], report["summary"]["analysed"]) == (2, 1)


def test_the_problem_is_the_one_of_the_whole_text(folder: Path) -> None:
    """Nothing of the recovery is seen in it: not its grammar, not its blanks."""
    (folder / "broken.js").write_text(BROKEN.replace("console.log(", "f(;\ng(;"), encoding="utf-8")
    (problem,) = json.loads(jsleak(folder, "lint", "--format", "json", "broken.js").stdout)["problems"]
    assert problem["message"] == "Unexpected token `;`"
    assert problem["range"]["start"] == {"line": 3, "column": 3}


def test_standard_input(folder: Path) -> None:
    done = jsleak(folder, "lint", "-", text=BROKEN)
    assert done.returncode == 2
    assert "warning[anonymous-target]" in done.stdout
    assert "problem[syntax-error]" in done.stdout


def test_no_comment_is_written_into_a_broken_file(folder: Path) -> None:
    done = jsleak(folder, "lint", "--add-suppressions", "broken.js")
    assert done.returncode == 2
    assert "left alone: it has a syntax error" in done.stdout
    assert (folder / "broken.js").read_text(encoding="utf-8") == BROKEN


@pytest.mark.parametrize("unsafe", [(), ("--unsafe-fixes",)])
def test_no_fix_is_applied_to_a_broken_file(folder: Path, unsafe: tuple[str, ...]) -> None:
    done = jsleak(folder, "lint", "--fix", *unsafe, "broken.js")
    assert done.returncode == 2
    assert "warning[anonymous-target]" in done.stdout
    assert (folder / "broken.js").read_text(encoding="utf-8") == BROKEN


def test_what_a_broken_file_lends_is_not_known(folder: Path) -> None:
    (folder / "lender.mjs").write_text("export const r = new FinalizationRegistry((fd) => fd);\nf(;\n", encoding="utf-8")
    (folder / "user.mjs").write_text("import { r } from './lender.mjs';\nr.register({}, 1);\n", encoding="utf-8")
    report = json.loads(jsleak(folder, "lint", "--format", "json", "lender.mjs", "user.mjs").stdout)
    assert report["findings"] == []
