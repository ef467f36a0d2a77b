"""What the README says of the rules, and of the example that it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jsleak.analysis import analyze

ROOT = Path(__file__).resolve().parents[2]


def test_table_of_rules_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/readme_rules.py", "--check"], check=False)
    assert done.returncode == 0, "run tools/readme_rules.py"


def test_the_first_example_has_three_findings() -> None:
    """The program that quickjs-ng 0.6 aborts on: quickjs-ng issue 648."""
    file = ROOT / "examples/boom.js"
    result = analyze(file.read_text(encoding="utf-8"), filename="boom.js")
    assert sorted(finding.rule for finding in result.findings) == ["anonymous-target", "object-held-value", "throw-after-register"]
    assert {finding.range.start.line for finding in result.findings} == {2}
    assert not result.problems
