"""``lint --changed`` and ``--staged``, over the real analysis."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.cli.main import main

BAD = "new WeakRef({});\n"
Git = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def git(folder: Path) -> Git:
    """Runs git in the folder, which has one commit with ``old.js`` and ``src/old.js``."""

    def call(*arguments: str) -> None:
        name = ("-c", "user.name=N", "-c", "user.email=n@example.org")
        subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True)

    call("init", "-q", "-b", "main")
    (folder / "src").mkdir()
    for file in ("old.js", "src/old.js"):
        (folder / file).write_text(BAD)
    call("add", "-A")
    call("commit", "-qm", "old")
    return call


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["lint", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def files(out: str) -> list[str]:
    return [line for line in out.splitlines() if line.endswith(".js")]


def test_changed(git: Git, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert lint(capsys, "--changed") == (0, "Found no JavaScript files.\n", "")
    git("checkout", "-qb", "topic")
    (folder / "src/new.js").write_text(BAD)
    git("add", "-A")
    git("commit", "-qm", "new")
    (folder / "dirty.js").write_text(BAD)
    (folder / "node_modules").mkdir()
    (folder / "node_modules/m.js").write_text(BAD)
    for arguments, expected in (
        (["--changed"], ["dirty.js"]),
        (["--changed", "main"], ["dirty.js", "src/new.js"]),
        (["--changed=main", "src"], ["src/new.js"]),
        (["src", "old.js", "--changed", "main"], ["src/new.js"]),
        (["--changed", "--", "src"], []),
        (["--changed", "main", "node_modules"], ["node_modules/m.js"]),
    ):
        status, out, _ = lint(capsys, *arguments)
        assert (status, files(out)) == (int(bool(expected)), expected)
    monkeypatch.chdir(folder / "src")
    assert files(lint(capsys, "--changed", "main")[1]) == ["new.js"]
    assert len(files(lint(capsys, "--changed", "main", "..")[1])) == 2


def test_staged_content_is_what_is_shown_and_put_to_the_test(git: Git, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "old.js").write_text(f"// staged\n{BAD}")
    git("add", "old.js")
    (folder / "old.js").write_text("clean\n")
    status, out, _ = lint(capsys, "--staged", "--confirm")
    assert (status, files(out)) == (1, ["old.js"])
    assert "    2 │ new WeakRef({});\n" in out
    assert "confirmed (quickjs-ng" in out


def test_an_import_is_read_as_it_is_staged(git: Git, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both where the module is part of the commit and where it has only been changed on disk since."""
    lender = "export const registry = new FinalizationRegistry((f) => f());\n"
    user = "import { registry } from './%s.js';\nclass A { constructor() { registry.register(this, () => this.x); } }\n"
    (folder / "committed.js").write_text(lender)
    git("add", "-A")
    git("commit", "-qm", "lender")
    (folder / "staged.js").write_text(lender)
    (folder / "a.js").write_text(user % "staged")
    (folder / "b.js").write_text(user % "committed")
    git("add", "-A")
    (folder / "staged.js").unlink()
    (folder / "committed.js").write_text("export const registry = new Map();\n")
    out = lint(capsys, "--staged", "--select", "held-value-retains-target")[1]
    assert (files(out), out.count("error[held-value-retains-target]")) == (["a.js", "b.js"], 2)


def test_with_a_baseline(git: Git, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run over what has changed calls nothing gone but what is gone from it."""
    main(["baseline", "-q"])
    (folder / "src/old.js").unlink()
    (folder / "old.js").write_text(f"\n{BAD}{BAD}")
    status, out, _ = lint(capsys, "--changed", "--baseline", "jsleak-baseline.json")
    assert status == 1
    assert "Found 1 finding (1 warning) in 1 of 1 file; 1 analysed.\n" in out
    assert out.endswith("1 finding known by the baseline.\n")
    (folder / "old.js").write_text("1\n")
    assert "1 finding of the baseline gone" in lint(capsys, "--changed", "--baseline", "jsleak-baseline.json")[1]


ERRORS = {
    "a path": (["--changed", "src"], "`src` is no commit, branch or tag", "If it is a path: `--changed HEAD src`."),
    "an unknown branch": (["--changed", "nowhere"], "--changed: `nowhere` is no commit, branch or tag", ""),
}


@pytest.mark.parametrize(("arguments", "first", "second"), ERRORS.values(), ids=ERRORS)
def test_usage_errors(git: Git, capsys: pytest.CaptureFixture[str], arguments: list[str], first: str, second: str) -> None:
    status, out, err = lint(capsys, *arguments)
    assert (status, out) == (2, "")
    assert first in err
    assert second in err


def test_no_repository(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--changed", "--staged"):
        status, out, err = lint(capsys, flag)
        assert (status, out) == (2, "")
        assert f"{flag}: " in err
        assert "is in no working tree of Git" in err
