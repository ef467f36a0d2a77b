"""What has changed and what is staged, in scratch repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace import LintResult, Settings, lint
from jsleak.workspace.git import GitError, changed, staged

WEAK = "new WeakRef({});\n"
BASE = {"a.js": "1\n", "sub/b.js": "2\n", "sub/deep/c.js": "3\n", "d.mjs": "4\n", "text.txt": "5\n", ".gitignore": "ignored.js\n"}

Git = Callable[..., str]


@pytest.fixture(autouse=True)
def own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own, nor of a hook that runs these tests."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "N")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "n@example.org")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return (tmp_path / "repository with\nnewline").resolve()


@pytest.fixture
def git(top: Path) -> Git:
    """Runs git in the repository, which has one commit of BASE."""

    def call(*arguments: str, folder: Path = top) -> str:
        return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

    top.mkdir()
    call("init", "-q", "-b", "main")
    write(top, BASE)
    call("add", "-A")
    call("commit", "-qm", "base")
    return call


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names(top: Path, paths: frozenset[str]) -> list[str]:
    return sorted(os.path.relpath(path, top).replace(os.sep, "/") for path in paths)


def test_staged_unstaged_and_untracked(git: Git, top: Path) -> None:
    assert names(top, changed(str(top))) == []
    write(
        top,
        {"a.js": "11\n", "sub/b.js": "22\n", "new one.js": "", "odd\nname.js": "", "ignored.js": "", "text.txt": "", "e/f.jsx": ""},
    )
    git("add", "a.js", "odd\nname.js")
    expected = ["a.js", "e/f.jsx", "new one.js", "odd\nname.js", "sub/b.js"]
    assert names(top, changed(str(top))) == expected
    assert names(top, changed(str(top / "sub"))) == expected
    assert names(top, staged(str(top / "sub")).files) == ["a.js", "odd\nname.js"]


def test_renamed_deleted_linked_and_touched(git: Git, top: Path) -> None:
    git("mv", "a.js", "moved.js")
    git("rm", "-q", "d.mjs")
    (top / "sub/b.js").unlink()
    (top / "link.js").symlink_to("moved.js")
    git("add", "link.js")
    os.utime(top / "sub/deep/c.js", (1, 1))
    assert names(top, changed(str(top))) == ["moved.js"]
    assert names(top, staged(str(top)).files) == ["moved.js"]


def test_settings_of_the_user_change_nothing(git: Git, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (("diff.relative", "true"), ("color.ui", "always"), ("diff.external", "false"), ("diff.noprefix", "true")):
        git("config", key, value)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    git("mv", "a.js", "ä.js")
    assert names(top, changed(str(top / "sub"))) == ["ä.js"]
    assert names(top, staged(str(top / "sub")).files) == ["ä.js"]


def test_since_a_branch_was_left(git: Git, top: Path) -> None:
    git("checkout", "-qb", "topic")
    write(top, {"topic.js": ""})
    git("add", "-A")
    git("commit", "-qm", "topic")
    git("checkout", "-q", "main")
    write(top, {"a.js": "main\n"})
    git("commit", "-qam", "main goes on")
    git("checkout", "-q", "topic")
    write(top, {"sub/b.js": "dirty\n"})
    assert names(top, changed(str(top), "main")) == ["sub/b.js", "topic.js"]
    assert names(top, changed(str(top), "HEAD~1")) == ["sub/b.js", "topic.js"]
    assert names(top, changed(str(top))) == ["sub/b.js"]


def test_before_the_first_commit(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    write(folder, {"a.js": "", "b.js": ""})
    subprocess.run(["git", "add", "a.js"], cwd=folder, check=True)
    assert names(folder, changed(str(folder))) == ["a.js", "b.js"]
    assert names(folder, staged(str(folder)).files) == ["a.js"]
    with pytest.raises(GitError, match="`main` is no commit"):
        changed(str(folder), "main")


def test_submodules_are_left_alone(git: Git, top: Path, tmp_path: Path) -> None:
    git("init", "-q", str(tmp_path / "other"))
    write(tmp_path / "other", {"o.js": ""})
    git("add", "-A", folder=tmp_path / "other")
    git("commit", "-qm", "o", folder=tmp_path / "other")
    git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "other"), "module.js")
    git("init", "-q", "nested.js")
    write(top, {"module.js/o.js": "dirty", "nested.js/n.js": ""})
    assert names(top, changed(str(top))) == []
    assert names(top, staged(str(top)).files) == []
    assert names(top, changed(str(top / "module.js"))) == ["module.js/o.js"]


REFS = ["no-such", "", "--output=x", "HEAD:a.js", "main..main", "a\0b"]


@pytest.mark.parametrize("ref", REFS)
def test_what_is_no_commit(git: Git, top: Path, ref: str) -> None:
    with pytest.raises(GitError, match="is no commit, branch or tag"):
        changed(str(top), ref)
    assert not (top / "x").exists()


def test_no_history_in_common(git: Git, top: Path) -> None:
    git("checkout", "-q", "--orphan", "other")
    git("commit", "-qm", "other")
    with pytest.raises(GitError, match="have no commit in common"):
        changed(str(top), "main")


@pytest.mark.parametrize("ask", [changed, staged])
def test_no_repository_and_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], object]) -> None:
    with pytest.raises(GitError, match=r"is in no working tree of Git: not a git repository"):
        ask(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match=r"there is no command `git` on the PATH\."):
        ask(str(tmp_path))


def lint_staged(folder: Path, *paths: str) -> LintResult:
    found = staged(str(folder))
    return lint(paths or (".",), Settings(jobs=1, contents=found.contents), folder=str(folder), only=found.files)


def test_the_index_is_what_is_examined(git: Git, top: Path) -> None:
    write(
        top,
        {
            "a.js": f"\n{WEAK}",
            "sub/b.js": "clean\n",
            "sub/gone.js": WEAK,
            "node_modules/m.js": WEAK,
            "large.js": f"{WEAK}{'/' * (8 << 20)}",
        },
    )
    git("add", "-Af")
    write(top, {"a.js": "clean on disk\n", "sub/b.js": WEAK, "sub/deep/c.js": WEAK})
    (top / "sub/gone.js").unlink()
    result = lint_staged(top)
    assert [(one.path, one.range.start.line) for one in result.findings] == [("a.js", 2), ("sub/gone.js", 1)]
    assert (result.files, result.skipped, result.problems) == (4, ("large.js",), ())
    assert [one.path for one in lint_staged(top, "sub", "a.js").findings] == ["a.js", "sub/gone.js"]
    assert [one.path for one in lint_staged(top, "sub/deep").findings] == []
    assert [one.path for one in lint_staged(top / "sub").findings] == ["gone.js"]


def test_a_conflict_is_read_from_disk(git: Git, top: Path) -> None:
    git("checkout", "-qb", "topic")
    write(top, {"a.js": "topic\n"})
    git("commit", "-qam", "topic")
    git("checkout", "-q", "main")
    write(top, {"a.js": "main\n"})
    git("commit", "-qam", "main")
    assert subprocess.run(["git", "merge", "-q", "topic"], cwd=top, capture_output=True, check=False).returncode == 1
    write(top, {"a.js": f"<<<<<<< {WEAK}"})
    assert names(top, changed(str(top))) == ["a.js"]
    found = staged(str(top))
    assert (names(top, found.files), found.contents) == (["a.js"], {})
    assert [one.kind.value for one in lint_staged(top).problems] == ["syntax-error"]


HOOKS = {
    "git commit": ("commit", "-qm", "x"),
    "git commit FILE": ("commit", "-qm", "x", "a.js"),
    "git commit -a": ("commit", "-qam", "x"),
}
SEEN = {"git commit": ["b.js"], "git commit FILE": ["a.js"], "git commit -a": ["a.js", "b.js"]}


@pytest.mark.parametrize("worktree", [False, True], ids=["main", "linked"])
@pytest.mark.parametrize("inside", [".", "sub"])
@pytest.mark.parametrize("name", HOOKS)
def test_in_a_hook(git: Git, top: Path, tmp_path: Path, name: str, inside: str, worktree: bool) -> None:
    """The index is that of the commit being made, and a folder of another repository has its own."""
    if worktree:
        git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
        top = (tmp_path / "linked").resolve()
    git("init", "-q", str(tmp_path / "other"))
    write(tmp_path / "other", {"other.js": ""})
    git("add", "-A", folder=tmp_path / "other")
    hook = Path(git("rev-parse", "--git-path", "hooks/pre-commit", folder=top).strip())
    hook = hook if hook.is_absolute() else top / hook
    hook.parent.mkdir(exist_ok=True)
    write(top, {"a.js": "11\n", "sub/b.js": "22\n"})
    git("add", "sub/b.js", folder=top)
    # The hook itself asks, since the index of a partial commit is there only while it runs.
    script = (
        "import os, sys\nfrom jsleak.workspace.git import staged\n"
        "for folder in sys.argv[1:]:\n    print(*sorted(map(os.path.basename, staged(folder).files)))\n"
    )
    hook.write_text(
        f"#!/bin/sh\ncd {inside}\n'{sys.executable}' -c '{script}' \"$PWD\" '{tmp_path}/other' >'{tmp_path}/seen' 2>&1\n"
    )
    hook.chmod(0o755)
    git(*HOOKS[name], folder=top)
    assert (tmp_path / "seen").read_text().splitlines() == [" ".join(SEEN[name]), "other.js"]


def test_an_explicit_pair_of_folders(git: Git, top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those have it who keep a repository elsewhere."""
    (top / ".git").rename(tmp_path / "kept")
    write(top, {"a.js": "11\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("GIT_WORK_TREE", str(top))
    assert names(top, changed(str(top / "sub"))) == ["a.js"]
    monkeypatch.delenv("GIT_WORK_TREE")
    assert names(top, changed(str(top))) == ["a.js"]
