"""What type checkers see of ``jsleak``: every name with its type, and mistakes as errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

USE = """\
import jsleak
from jsleak import Finding, LintResult, RuleSettings, Settings

rules = RuleSettings(selected=frozenset({"async-cleanup"}))
result: LintResult = jsleak.lint("src", settings=Settings(rules=rules))
found: tuple[Finding, ...] = jsleak.confirm(result.findings, sources={"a.js": ""})
reveal_type(jsleak.analyze("", filename="a.js").findings[0].retention[0].range.start.line)
reveal_type(jsleak.apply_edits("", found[0].fixes[0].edits))
reveal_type(jsleak.rules()["async-cleanup"].severity)
reveal_type(jsleak.__version__)
"""
TYPES = ["int", "str", "Severity", "str"]
MISUSE = """\
import jsleak

jsleak.analyze(b"")
jsleak.analyze("", "a.js")
jsleak.lint(paths=3)
jsleak.analyze("").finding
from jsleak import nothing_like_it
jsleak.nothing_like_it_either
"""


def mypy(folder: Path, program: str) -> list[str]:
    (folder / "use.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", folder / "cache", "use.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not done.stderr
    return done.stdout.splitlines()


def test_types(tmp_path: Path) -> None:
    told = mypy(tmp_path, USE)
    assert [line.rstrip('"').rpartition('"')[2].rpartition(".")[2] for line in told if "Revealed type is" in line] == TYPES, told
    assert len(told) == len(TYPES), told


def test_mistakes(tmp_path: Path) -> None:
    told = mypy(tmp_path, MISUSE)
    lines = [int(line.split(":")[1]) for line in told if ": error:" in line]
    assert lines == [3, 4, 5, 6, 7, 8], told
