"""``lint --watch`` as a process, on a terminal and in a pipe.

What it shows is waited for; a test that waits in vain fails by its limit.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

import pty

import click

from jsleak.cli import watch as cli_watch
from jsleak.cli.flags import LintFlags
from jsleak.workspace import SettingsFiles
from jsleak.workspace.cache import FOLDER_VARIABLE, OFF_VARIABLE

FAKE = Path(__file__).parent / "fake.py"
WEAK = "new WeakRef({})\n"
READY = b"Watching for changes"
CLEAR = b"\x1b[2J"
LIMIT = 60.0


class Session:
    """A process and all that it has written."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], *, terminal: bool) -> None:
        here, there = pty.openpty() if terminal else os.pipe()
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        environment |= {
            "TERM": "xterm-256color",
            OFF_VARIABLE: "",
            FOLDER_VARIABLE: str(folder.parent / "cache"),
            "FAKE_LOG": str(folder.parent / "log"),
        }
        self.process = subprocess.Popen(
            [sys.executable, str(FAKE), "lint", "--watch", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=there,
            stderr=there,
            start_new_session=True,
        )
        os.close(there)
        self._descriptor = here
        self.sent = b""
        self.log = folder.parent / "log"

    def more(self) -> bool:
        """Read what comes next; False at the end."""
        ready, _, _ = select.select([self._descriptor], [], [], LIMIT)
        assert ready, f"nothing more after:\n{self.sent.decode()}"
        try:
            part = os.read(self._descriptor, 65536)
        except OSError:  # Linux says so when the other end has closed
            return False
        self.sent += part
        return bool(part)

    def round(self) -> bytes:
        """What is written up to the end of the next run."""
        ends = time.monotonic() + LIMIT
        while READY not in self.sent:
            assert self.more() and time.monotonic() < ends, self.sent.decode()  # noqa: PT018
        end = self.sent.index(b"\n", self.sent.index(READY)) + 1 if b"\n" in self.sent[self.sent.index(READY) :] else len(self.sent)
        shown, self.sent = self.sent[:end], self.sent[end:]
        return shown

    def until(self, wanted: bytes) -> bytes:
        """What is written up to the end of the first run that shows ``wanted``. A save may be seen in the middle."""
        while wanted not in (shown := self.round()):
            pass
        return shown

    def analysed(self) -> list[str]:
        """The files that were analysed since the last question."""
        lines = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(set(lines))

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal, and give the exit status."""
        self.process.send_signal(number)
        while self.more():
            pass
        return self.process.wait(LIMIT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._descriptor)


def save(path: Path, text: str) -> None:
    """Put a new file in the place of the old one, as editors do."""
    other = path.with_name(f".{path.name}.tmp")
    other.write_text(text)
    other.replace(path)


Start = Callable[..., Session]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.js").write_text(WEAK)
    (folder / "src" / "b.js").write_text("// WeakRef\n")
    return folder


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    sessions: list[Session] = []

    def begin(*arguments: str, terminal: bool = False) -> Session:
        sessions.append(Session(folder, arguments, terminal=terminal))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()


def test_redrawn_on_a_terminal(folder: Path, start: Start) -> None:
    session = start(terminal=True)
    first = session.round()
    assert first.startswith(CLEAR)
    assert b"Found 1 finding" in first
    (folder / "src" / "a.js").write_text(WEAK * 2)
    second = session.until(b"Found 2 findings")
    assert second.startswith(CLEAR)
    assert session.end() == 130, session.sent.decode()
    assert b"Traceback" not in session.sent


def test_in_a_pipe(folder: Path, start: Start) -> None:
    session = start()
    assert b"Found 1 finding" in session.round()
    assert session.analysed() == ["src/a.js", "src/b.js"]
    (folder / "src" / "b.js").write_text(WEAK)
    shown = session.until(b"Found 2 findings")
    assert b"\x1b" not in shown
    assert session.analysed() == ["src/b.js"]
    assert session.end() == 130, session.sent.decode()


def test_created_renamed_deleted(folder: Path, start: Start) -> None:
    session = start()
    session.round()
    (folder / "src" / "new").mkdir()
    (folder / "src" / "new" / "c.js").write_text(WEAK)
    assert b"src/new/c.js" in session.until(b"Found 2 findings")
    (folder / "src" / "new").rename(folder / "src" / "old")
    session.until(b"src/old/c.js")
    (folder / "src" / "old" / "c.js").unlink()
    session.until(b"Found 1 finding ")
    (folder / "src" / "a.js").unlink()
    session.until(b"Found nothing")


def test_atomic_saves(folder: Path, start: Start) -> None:
    """An editor writes a new file and gives it the old one's name, again and again; also where the file itself is watched."""
    session = start("src/a.js")
    session.round()
    for number in (2, 3):
        save(folder / "src" / "a.js", WEAK * number)
        assert b"Found %d findings" % number in session.round()


def test_ignored_folders_do_not_trigger(folder: Path, start: Start) -> None:
    (folder / ".gitignore").write_text("dist\n")
    for name in ("dist", "node_modules"):
        (folder / name).mkdir()
    session = start()
    session.round()
    for name in ("dist", "node_modules"):
        (folder / name / "x.js").write_text(WEAK)
    save(folder / "src" / "notes.txt", WEAK)
    save(folder / "src" / "a.js", WEAK * 2)
    assert b"Found 2 findings" in session.round()
    session.end()
    assert READY not in session.sent


def test_broken_code_does_not_end_it(folder: Path, start: Start) -> None:
    session = start()
    session.round()
    (folder / "src" / "a.js").write_text("<<< WeakRef")
    session.until(b"1 problem")
    (folder / "src" / "a.js").write_text(WEAK)
    session.until(b"Found 1 finding ")


def test_a_change_during_a_run_is_not_missed(folder: Path, start: Start) -> None:
    (folder / "src" / "a.js").write_text(WEAK + "// @@slow")
    session = start()
    while not session.log.exists():
        assert session.process.poll() is None
    (folder / "src" / "a.js").write_text(WEAK * 2)
    session.until(b"Found 2 findings")


WRONG = [
    (["--select", "no-such-rule"], b"There is no rule"),
    (["-"], b"--watch watches files"),
    (["--add-suppressions"], b"exclude each other"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_command_lines_end_it(start: Start, arguments: list[str], message: bytes) -> None:
    session = start(*arguments)
    while session.more():
        pass
    assert session.process.wait(LIMIT) == 2
    assert message in session.sent


def test_wrong_settings_are_shown_and_do_not_end_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_watch, "changes", lambda what: iter([False, True, True, True]))
    answers = iter([None, click.BadParameter("not now"), FileNotFoundError(2, "", "gone.toml"), None])

    def once() -> int:
        if answer := next(answers):
            raise answer
        print("examined")
        return 0

    asked = dict.fromkeys(LintFlags.__dataclass_fields__) | {"paths": (str(folder),), "no_ignore": False, "quiet": False}
    assert cli_watch.watch(LintFlags(**asked), SettingsFiles(), once) == 0  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    assert out == "examined\nexamined\n"
    assert err.count("Watching for changes") == 4
    assert "not now" in err
    assert "gone.toml: there is no such file" in err


def test_settings_that_others_extend(folder: Path, start: Start) -> None:
    (folder / "jsleak.toml").write_text("")
    session = start()
    session.round()
    save(folder / "jsleak.toml", 'extends = "../shared/base.toml"')
    assert b"there is no file `../shared/base.toml`" in session.round()
    (folder.parent / "shared").mkdir()
    (folder.parent / "shared" / "base.toml").write_text('exclude = ["a.js"]')
    save(folder / "jsleak.toml", 'extends = "../shared/base.toml" # now')
    session.until(b"Found nothing")
    # Whether one run or two show it depends on what came when. Of the new folder nothing is missed from here on.
    save(folder.parent / "shared" / "base.toml", "")
    session.until(b"Found 1 finding ")
