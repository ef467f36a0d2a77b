"""The hooks of ``.pre-commit-hooks.yaml``, carried out by pre-commit itself in scratch repositories.

pre-commit installs jsleak from a repository of what the wheel is made from, as it would from ours, so the tests need PyPI. It
does so once for all of them: they share its home, and the repository's commit.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = (
    ".pre-commit-hooks.yaml",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "src",
    "analysis",
    "cli",
    "engine",
    "lsp",
    "workspace",
)
LEAK = """\
const files = new FinalizationRegistry((close) => close());
export function open(file) {
  files.register(file, () => file.close(), file);
  return file;
}
"""
NO_LEAK = LEAK.replace("(close) => close()", "(fd) => release(fd)").replace("() => file.close()", "file.fd")
BROKEN = "export const files = FinalizationRegistry((fd) => release(fd));\n"
MENDED = BROKEN.replace("= Final", "= new Final")
RULE = "held-value-retains-target"

pytestmark = pytest.mark.slow


class Repository:
    """A git repository whose hooks pre-commit carries out."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        self.folder = folder
        self.environment = environment
        self.git("init", "--quiet", "--initial-branch=main")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")
        self.git("add", "--", name)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home without settings of the user's, in which pre-commit keeps what it installs, and git without global settings."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    names = {f"GIT_{role}_{what}": f"jsleak@{role}.invalid" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **kept,
        **names,
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }


@pytest.fixture(scope="module")
def jsleak(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Repository:
    """A repository of jsleak as it stands in the working tree."""
    repository = Repository(tmp_path_factory.mktemp("jsleak") / "repository", environment)
    for name in PACKAGE:
        source, copy = ROOT / name, repository.folder / name
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message=jsleak")
    return repository


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str]) -> Repository:
    return Repository(tmp_path / "project", environment)


def configured(project: Repository, jsleak: Repository, hook: str = "jsleak", *arguments: str) -> None:
    """A project whose every commit is checked, as docs/ci.md describes."""
    revision = jsleak.git("rev-parse", "HEAD")
    hooks = [{"id": hook, **({"args": list(arguments)} if arguments else {})}]
    # JSON is YAML, too.
    project.write(
        ".pre-commit-config.yaml",
        json.dumps({"repos": [{"repo": jsleak.folder.as_uri(), "rev": revision, "hooks": hooks}]}),
    )
    done = project.pre_commit("install")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_manifest_is_one_that_pre_commit_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_leaks_are_reported_in_all_kinds_of_javascript_and_in_nothing_else(project: Repository, jsleak: Repository) -> None:
    names = ["a.js", "b.mjs", "c.cjs", "d.jsx"]
    for name in [*names, "e.txt", "f.md"]:
        project.write(name, LEAK if name != "c.cjs" else LEAK.replace("export ", ""))
    configured(project, jsleak)
    done = project.pre_commit("run", "--all-files")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "in 4 of 4 files; 4 analysed." in done.stdout, done.stdout
    assert done.stdout.count(f"error[{RULE}]") == len(names)
    assert all(f"\n{name}\n" in done.stdout for name in names)


def test_commits_with_leaks_are_refused_and_those_without_pass(project: Repository, jsleak: Repository) -> None:
    configured(project, jsleak)
    project.write("src/open.js", LEAK)
    refused = project.run("git", "commit", "--message=leak")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert f"src/open.js\n  3:3 error[{RULE}]" in refused.stdout + refused.stderr
    project.write("src/open.js", NO_LEAK)
    project.git("commit", "--message=no leak")
    assert project.git("log", "--format=%s") == "no leak"


def test_commits_without_javascript_skip_the_hook(project: Repository, jsleak: Repository) -> None:
    configured(project, jsleak)
    project.write("notes.txt", LEAK)
    done = project.run("git", "commit", "--message=notes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(no files to check)Skipped" in done.stdout + done.stderr


def test_arguments_of_the_project_reach_jsleak(project: Repository, jsleak: Repository) -> None:
    project.write("open.js", LEAK)
    configured(project, jsleak, "jsleak", "--ignore", f"{RULE},object-held-value")
    done = project.pre_commit("run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_files_that_cannot_be_parsed_fail(project: Repository, jsleak: Repository) -> None:
    configured(project, jsleak)
    project.write("open.js", LEAK + "}")
    done = project.run("git", "commit", "--message=broken")
    assert done.returncode == 1
    assert "exit code: 2" in done.stdout + done.stderr


def test_fixes_stop_the_commit_and_the_next_one_passes(project: Repository, jsleak: Repository) -> None:
    """pre-commit fails a hook that changes files, so that what it changed is looked at and added."""
    configured(project, jsleak, "jsleak-fix")
    project.write("open.js", BROKEN)
    (project.folder / "open.js").chmod(0o755)
    refused = project.run("git", "commit", "--message=fix")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    shown = refused.stdout + refused.stderr
    assert "files were modified by this hook" in shown
    assert "1 fixed, 0 remaining." in shown
    assert (project.folder / "open.js").read_text(encoding="utf-8") == MENDED
    assert os.access(project.folder / "open.js", os.X_OK)
    project.git("add", "open.js")
    project.git("commit", "--message=fix")
    assert project.git("show", "HEAD:open.js") == MENDED.strip()


def test_what_has_no_safe_fix_is_reported(project: Repository, jsleak: Repository) -> None:
    configured(project, jsleak, "jsleak-fix")
    project.write("a.js", BROKEN)
    project.write("b.js", LEAK)
    done = project.pre_commit("run", "--all-files")
    assert done.returncode == 1
    assert f"b.js\n  3:3 error[{RULE}]" in done.stdout
    assert "1 fixed, 2 remaining." in done.stdout
    assert (project.folder / "b.js").read_text(encoding="utf-8") == LEAK
