"""The cache from the command line: what it spares, how it is switched off, where it is and how to empty it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace.cache import FOLDER_VARIABLE, OFF_VARIABLE
from jsleak.workspace.cache.store import NAME

Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]
WEAK = "new WeakRef({})\n"

#: What a run that finds everything in the cache has no need of.
SPARED = [
    "esprima",
    "jsleak.analysis.run",
    "jsleak.analysis.rules.async_cleanup",
    "multiprocessing",
    "platformdirs",
    "quickjs_ng",
    "watchfiles",
    "logging",
]


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], list[str]]:
    """The files that were analysed since the last question."""
    path = tmp_path / "log"

    def read() -> list[str]:
        lines = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return sorted(lines)

    return read


@pytest.fixture
def lint(tmp_path: Path, jsleak: Jsleak) -> Jsleak:
    """``jsleak lint`` with a cache of its own, which writes the log."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        own = {OFF_VARIABLE: "", FOLDER_VARIABLE: str(tmp_path / "cache"), "FAKE_LOG": str(tmp_path / "log")}
        return jsleak("lint", *arguments, **{**own, **environment})

    return run


def test_what_is_analysed(tmp_path: Path, lint: Jsleak, log: Callable[[], list[str]]) -> None:
    (tmp_path / "a.js").write_text(WEAK)
    (tmp_path / "b.js").write_text(WEAK * 2)
    first = lint()
    assert (first.returncode, log()) == (1, ["a.js", "b.js"])
    second = lint()
    assert (second.returncode, second.stdout, second.stderr, log()) == (1, first.stdout, b"", [])
    (tmp_path / "a.js").write_text(WEAK * 3)
    lint()
    assert log() == ["a.js"]
    lint("--select", "async-cleanup")
    assert log() == ["a.js", "b.js"]


OFF: list[tuple[tuple[str, ...], dict[str, str], bool]] = [
    ((), {}, False),
    (("--no-cache",), {}, True),
    ((), {OFF_VARIABLE: "1"}, True),
    ((), {OFF_VARIABLE: "0"}, False),
    (("--cache-dir", "elsewhere"), {}, True),
    (("--cache-dir", "elsewhere", "--no-cache"), {}, True),
]


@pytest.mark.parametrize(("arguments", "environment", "analysed"), OFF)
def test_switched_off_or_elsewhere(
    tmp_path: Path,
    lint: Jsleak,
    log: Callable[[], list[str]],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    analysed: bool,
) -> None:
    (tmp_path / "a.js").write_text(WEAK)
    lint()
    log()
    lint(*arguments, **environment)
    assert bool(log()) is analysed
    assert (tmp_path / "elsewhere").exists() is (arguments == ("--cache-dir", "elsewhere"))


def test_folder_named_wins_over_the_switch(tmp_path: Path, lint: Jsleak) -> None:
    (tmp_path / "a.js").write_text(WEAK)
    lint("--cache-dir", "elsewhere", **{OFF_VARIABLE: "1"})
    assert (tmp_path / "elsewhere" / NAME).exists()


def test_a_cache_that_cannot_be_is_not_missed(tmp_path: Path, lint: Jsleak) -> None:
    (tmp_path / "a.js").write_text(WEAK)
    (tmp_path / "file").write_text("")
    quiet = lint("--cache-dir", "file/below")
    assert (quiet.returncode, quiet.stderr) == (1, b"")
    assert lint("--cache-dir", "file/below", JSLEAK_DEBUG="1").stderr.startswith(b"cache: ")


def test_dir_size_clean(tmp_path: Path, jsleak: Jsleak, lint: Jsleak) -> None:
    folder = tmp_path / "cache"
    here = {FOLDER_VARIABLE: str(folder)}
    assert jsleak("cache", "dir", **here).stdout.decode() == f"{folder}{os.linesep}"
    assert jsleak("cache", "size", **here).stdout.split(b",")[0] == b"0 results"
    assert jsleak("cache", "clean", **here).stdout.startswith(b"There was nothing")
    (tmp_path / "a.js").write_text(WEAK)
    lint()
    assert jsleak("cache", "size", **here).stdout.split(b",")[0] == b"1 result"
    done = jsleak("cache", "clean", **here)
    assert (done.returncode, done.stdout[:8]) == (0, b"Removed ")
    assert not folder.exists()
    assert jsleak("cache", "dir", "--cache-dir", "x").stdout.decode().strip() == str(tmp_path / "x")


def test_size_of_something_else(tmp_path: Path, jsleak: Jsleak) -> None:
    (tmp_path / NAME).write_text("something else, and longer than the header of a database: " + "x" * 100)
    done = jsleak("cache", "size", "--cache-dir", ".")
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert b"The cache cannot be used" in done.stderr


def test_default_folder_is_the_users(tmp_path: Path, jsleak: Jsleak) -> None:
    shown = Path(
        jsleak("cache", "dir", HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "own"), LOCALAPPDATA=str(tmp_path))
        .stdout.decode()
        .strip()
    )
    assert tmp_path in shown.parents


def test_what_a_second_run_loads(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.js").write_text(f"{WEAK}// {number}")
    script = (
        "import sys; before = set(sys.modules)\n"
        "from jsleak.cli.main import main\nstatus = main(['lint', '.', '--format', 'json'])\n"
        f"print(status, *sorted((set(sys.modules) - before) & set({SPARED!r})), file=sys.stderr)"
    )
    environment = {**os.environ, OFF_VARIABLE: "", FOLDER_VARIABLE: str(tmp_path / "cache")}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
        )

    first, second = run(), run()
    assert "esprima" in first.stderr
    assert second.stderr == "1\n"
    assert second.stdout == first.stdout
