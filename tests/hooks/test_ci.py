"""The GitHub Action and what docs/ci.md shows: by the published schemas, and by running the steps' own commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
RECIPES = dict(
    re.findall(r'^```yaml title="([^"]+)"\n(.*?)^```$', (ROOT / "docs/ci.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
)
LEAK = """\
const files = new FinalizationRegistry((close) => close());
export function open(file) {
  files.register(file, () => file.close(), file);
  return file;
}
"""
RULE = "held-value-retains-target"


def script(name: str) -> str:
    """The command of the action's step with this name."""
    (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == name)
    return str(step["run"])


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As GitHub runs a step whose shell is bash."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def lint(folder: Path, paths: str = ".", arguments: str = "") -> subprocess.CompletedProcess[str]:
    jsleak = Path(sys.executable).with_name("jsleak")
    return run(script("jsleak lint"), folder, JSLEAK=str(jsleak), PATHS=paths, ARGUMENTS=arguments)


def valid(schema: str, file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_is_one() -> None:
    valid("vendor.github-actions", ROOT / "action.yml")


@pytest.mark.parametrize(
    ("name", "schema"), [(".github/workflows/jsleak.yml", "vendor.github-workflows"), (".gitlab-ci.yml", "vendor.gitlab-ci")]
)
def test_what_the_page_shows_is_valid(name: str, schema: str, tmp_path: Path) -> None:
    file = tmp_path / Path(name).name
    file.write_text(RECIPES[name], encoding="utf-8")
    valid(schema, file)


def test_the_page_and_the_workflow_name_only_inputs_that_there_are() -> None:
    workflow = yaml.safe_load(RECIPES[".github/workflows/jsleak.yml"])
    used = set(workflow["jobs"]["jsleak"]["steps"][1]["with"])
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (?:`([^`]+)`|none) \|", (ROOT / "docs/ci.md").read_text("utf-8"), re.MULTILINE))
    assert listed == {name: what["default"] for name, what in ACTION["inputs"].items()}
    assert used <= set(listed)


def test_the_hook_of_the_page_is_in_the_manifest() -> None:
    shown = {hook["id"] for repo in yaml.safe_load(RECIPES[".pre-commit-config.yaml"])["repos"] for hook in repo["hooks"]}
    offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert shown <= offered


def test_a_leak_fails_the_action(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(LEAK, encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"error[{RULE}]" in done.stdout


def test_paths_and_arguments_are_one_a_line_and_never_read_by_the_shell(tmp_path: Path) -> None:
    for name in ("a b.js", "$(touch hacked).js", "c.js"):
        (tmp_path / name).write_text(LEAK, encoding="utf-8")
    done = lint(tmp_path, "a b.js\n\n$(touch hacked).js\n", f"--select={RULE}\n--min-severity=error\n")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Found 2 findings (2 errors) in 2 of 2 files" in done.stdout
    assert not (tmp_path / "hacked").exists()


def test_no_finding_passes_the_action(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(LEAK, encoding="utf-8")
    done = lint(tmp_path, arguments="--select=async-cleanup")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_job_for_gitlab_lints(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.js").write_text(LEAK, encoding="utf-8")
    install, command = yaml.safe_load(RECIPES[".gitlab-ci.yml"])["jsleak"]["script"]
    assert install.startswith("pip install")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = run(command, tmp_path, PATH=path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert RULE in done.stdout


@pytest.mark.slow
def test_the_action_installs_jsleak(tmp_path: Path) -> None:
    source = tmp_path / "action"
    source.mkdir()
    for name in ("LICENSE", "README.md", "pyproject.toml", "src", "analysis", "cli", "engine", "lsp", "workspace"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, source / name)
    told = tmp_path / "env"
    done = run(
        script("Install jsleak"),
        tmp_path,
        PYTHON=sys.executable,
        SOURCE=str(source),
        RUNNER_TEMP=str(tmp_path),
        GITHUB_ENV=str(told),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    jsleak = told.read_text("utf-8").strip().removeprefix("JSLEAK=")
    version = subprocess.run([jsleak, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert version.stdout.startswith("jsleak")
