"""Colour and the progress bar: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

import pty

FAKE = Path(__file__).parent / "fake.py"
Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]
ESCAPE = b"\x1b["


def on_terminal(folder: Path, *arguments: str, **environment: str) -> bytes:
    """What a terminal of 100 columns is sent."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process, descriptor = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(
            sys.executable,
            [sys.executable, str(FAKE), *arguments],
            {**kept, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        )
    sent = b""
    try:
        while part := os.read(descriptor, 65536):
            sent += part
    except OSError:  # Linux says so when the other end has closed
        pass
    os.waitpid(process, 0)
    os.close(descriptor)
    return sent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.js").write_text("new WeakRef({})\n")
    return tmp_path


TERMINAL: list[tuple[str, dict[str, str], bool]] = [
    ("", {}, True),
    ("", {"NO_COLOR": "1"}, False),
    ("", {"NO_COLOR": ""}, True),
    ("", {"TERM": "dumb"}, False),
    ("--color never", {}, False),
    ("--color always", {"NO_COLOR": "1"}, True),
]


@pytest.mark.parametrize(("arguments", "environment", "coloured"), TERMINAL)
def test_colour_on_a_terminal(folder: Path, arguments: str, environment: dict[str, str], coloured: bool) -> None:
    sent = on_terminal(folder, "lint", *arguments.split(), **environment)
    assert (b"\x1b[1;31m" in sent) is coloured
    assert b"Found 1 finding" in sent


PIPE: list[tuple[str, dict[str, str], bool]] = [
    ("", {}, False),
    ("", {"FORCE_COLOR": "1"}, True),
    ("", {"FORCE_COLOR": "0"}, False),
    ("", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ("--color always", {}, True),
    ("--color never", {"FORCE_COLOR": "1"}, False),
    ("--format json", {"FORCE_COLOR": "1"}, False),
]


@pytest.mark.parametrize(("arguments", "environment", "coloured"), PIPE)
def test_colour_in_a_pipe(folder: Path, jsleak: Jsleak, arguments: str, environment: dict[str, str], coloured: bool) -> None:
    assert (ESCAPE in jsleak("lint", *arguments.split(), **environment).stdout) is coloured


def test_progress_bar(tmp_path: Path, jsleak: Jsleak) -> None:
    for number in range(4):
        (tmp_path / f"a{number}.js").write_text("new WeakRef({}) // @@slow")
    assert b"Analysing" in on_terminal(tmp_path, "lint", "--jobs", "1")
    assert b"Analysing" not in on_terminal(tmp_path, "lint", "--jobs", "1", "-q")
    assert b"Analysing" not in on_terminal(tmp_path, "lint", "--jobs", "1", "--format", "json")
    assert jsleak("lint", "--jobs", "1").stderr == b""


def test_progress_bar_beside_workers(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"a{number}.js").write_text("new WeakRef({}) // @@slow")
    assert b"Analysing" in on_terminal(tmp_path, "lint", "--jobs", "2")


def test_no_progress_bar_for_a_short_run(folder: Path) -> None:
    assert b"Analysing" not in on_terminal(folder, "lint")


def test_long_messages_are_broken_into_lines_on_a_terminal_only(tmp_path: Path, jsleak: Jsleak) -> None:
    (tmp_path / "a.js").write_text("new WeakRef({})\n")
    narrow = on_terminal(tmp_path, "lint", COLUMNS="40").decode()
    assert "\n    Nobody else holds `{}`." in narrow.replace("\r", "")
    assert b"error[anonymous-weakref-target] Nobody else holds" in jsleak("lint", COLUMNS="40").stdout
