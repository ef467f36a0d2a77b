"""What a start costs: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ["pygls", "lsprotocol", "esprima", "tree_sitter", "rich", "quickjs_ng", "multiprocessing"]
HEAVY += ["jinja2", "pygments", "markdown_it"]
SETTINGS = ["tomllib", "difflib", "pathspec", "jsleak.workspace.settings.parsing", "jsleak.workspace.settings.declared"]
CASES = [
    (["--version"], [*HEAVY, "click", "dataclasses", "importlib.metadata", "ignore", "jsleak.analysis", "typing", "re"]),
    (["lint", "."], [*HEAVY, *SETTINGS, "importlib.metadata", "jsleak.analysis.run", "json"]),
    (["lint", ".", "--select", "held-value-retains-target"], [*HEAVY, "jsleak.analysis.rules.held_value_retains_target"]),
    (["lint", ".", "--format", "json"], HEAVY),
    (["lint", ".", "--format", "sarif", "-o", "x"], [*HEAVY, "jsleak.analysis.pages", "jsleak.workspace.fingerprints"]),
    (["lint", ".", "--fix"], [*HEAVY, "jsleak.analysis.run", "difflib"]),
    (["lint", ".", "--diff", "-q"], [*HEAVY, "jsleak.analysis.run"]),
]


@pytest.mark.parametrize(("arguments", "forbidden"), CASES, ids=[" ".join(case[0]) for case in CASES])
def test_what_is_loaded(tmp_path: Path, arguments: list[str], forbidden: list[str]) -> None:
    (tmp_path / "a.js").write_text("1\n")
    script = (
        "import sys; before = set(sys.modules)\n"
        f"from jsleak.cli.main import main\nstatus = main({arguments!r})\n"
        f"loaded = (set(sys.modules) - before) & set({forbidden!r})\n"
        "sys.exit(f'status {status}, loaded {sorted(loaded)}' if status or loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_grammar_is_loaded_for_javascript(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("const registry = new FinalizationRegistry(() => {}); export { registry };\n")
    script = (
        "import sys; from jsleak.cli.main import main\n"
        "main(['lint', 'a.js']); sys.exit('tree_sitter' in sys.modules and 'loaded' or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_findings_in_a_pipe_need_no_colours(tmp_path: Path) -> None:
    """Nor does one file need other processes, nor one rule the modules of the others."""
    (tmp_path / "a.js").write_text("const ref = new WeakRef({}); export { ref };\n")
    heavy = ["rich.console", "rich.text", "multiprocessing", "jsleak.analysis.suppressions", "jsleak.analysis.rules.token_mismatch"]
    script = (
        "import sys; from jsleak.cli.main import main\n"
        "status = main(['lint', 'a.js', '--select', 'anonymous-weakref-target'])\n"
        f"loaded = set(sys.modules) & set({heavy!r})\n"
        "sys.exit(f'status {status}, loaded {sorted(loaded)}' if status != 1 or loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "anonymous-weakref-target" in done.stdout
