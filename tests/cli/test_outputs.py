"""``--format`` and ``--output-file``: what goes where, and that a file is whole or not there."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.cli.outputs import Output, outputs, write_reports
from jsleak.cli.reporters import FORMATS, Report
from jsleak.workspace import LintResult
from jsleak.workspace.writing import open_whole

Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]
WEAK = "new WeakRef({})\n"


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(WEAK)
    (tmp_path / "folder").mkdir()


def test_several_formats(jsleak: Jsleak, tmp_path: Path) -> None:
    flags = [f"--format={name}=folder/{name}.out" for name in FORMATS]
    done = jsleak("lint", "a.js", *flags, "--format", "ndjson")
    assert (done.returncode, done.stderr) == (1, b"")
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["finding", "summary"]
    for name in FORMATS:
        assert b"anonymous-weakref-target" in (tmp_path / f"folder/{name}.out").read_bytes(), name
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == sorted(f"{name}.out" for name in FORMATS)


CASES: list[tuple[list[str], list[str], str]] = [
    (["--format", "sarif=x"], ["x"], ""),
    (["--format", "sarif", "--output-file", "x"], ["x"], ""),
    (["-o", "x"], ["x"], ""),
    (["--format", "json=x", "--format", "text", "-o", "y"], ["x", "y"], ""),
    (["--format", "json=x", "--format", "text"], ["x"], "Found 1 finding"),
    (["--format", "text=-"], [], "Found 1 finding"),
    (["-o", "-"], [], "Found 1 finding"),
    (["--format", "gitlab"], [], "check_name"),
    (["--format", "html=a=b.html"], ["a=b.html"], ""),
]


@pytest.mark.parametrize(("arguments", "files", "output"), CASES, ids=[" ".join(case[0]) for case in CASES])
def test_where_it_goes(jsleak: Jsleak, tmp_path: Path, arguments: list[str], files: list[str], output: str) -> None:
    done = jsleak("lint", "a.js", *arguments)
    assert (done.returncode, done.stderr) == (1, b"")
    assert (output in done.stdout.decode()) if output else done.stdout == b""
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.js", "folder", *files])
    for name in files:
        assert b"weakref" in (tmp_path / name).read_bytes().lower()


WRONG: list[tuple[list[str], str]] = [
    (["--format", "sarf=x"], "There is no format `sarf`. Did you mean `sarif`? There are: text, json,"),
    (["--format", "sarif="], "`sarif=` names no file."),
    (["--format", "json", "--format", "sarif"], "Only one format can go to standard output, not `json` and `sarif`."),
    (["--format", "json=x", "-o", "y"], "--output-file is for a format without a file"),
    (["--format", "json=x", "--format", "sarif=./x"], "`./x` is the file of two reports."),
    (["--format", "json=no/x"], "`no/x` cannot be written: there is no folder `no`."),
    (["-o", "folder"], "`folder` cannot be written: it is a folder."),
    (["-o", "a.js/x"], "`a.js/x` cannot be written: there is no folder `a.js`."),
]


@pytest.mark.parametrize("command", ["lint", "confirm"])
@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_wrong_outputs(jsleak: Jsleak, tmp_path: Path, command: str, arguments: list[str], message: str) -> None:
    """Said before the run: the file that would end the process has not been looked at."""
    (tmp_path / "crash.js").write_text(WEAK + "@@crash")
    done = jsleak(command, "crash.js", *arguments, "--jobs=1" if command == "lint" else "--quiet")
    assert message in " ".join(done.stderr.decode().split())
    assert (done.returncode, done.stdout) == (2, b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.js", "crash.js", "folder"]


def test_confirm_takes_them_too(jsleak: Jsleak, tmp_path: Path) -> None:
    done = jsleak("confirm", "a.js", "--format", "sarif=x.sarif", "--format", "json")
    assert done.stderr == b""
    [result] = json.loads((tmp_path / "x.sarif").read_bytes())["runs"][0]["results"]
    assert result["properties"]["verdict"]["status"] == json.loads(done.stdout)["findings"][0]["verdict"]["status"]


def test_file_is_utf_8_whatever_the_locale_says(jsleak: Jsleak, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xc3\xbc\xff.js")
    (tmp_path / name).write_text(WEAK)
    done = jsleak("lint", os.fsencode(name), "--format", "text=x", "--format", "junit=y", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.returncode, done.stderr) == (1, b"")
    assert "ü\ufffd.js" in (tmp_path / "x").read_text(encoding="utf-8")
    assert "ü\ufffd.js" in (tmp_path / "y").read_text(encoding="utf-8")
    done = jsleak("lint", os.fsencode(name), "--format", "gitlab", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "ü\ufffd.js" in done.stdout.decode("utf-8")


def test_colours_are_for_terminals(jsleak: Jsleak, tmp_path: Path) -> None:
    jsleak("lint", "a.js", "-o", "x")
    assert b"\x1b" not in (tmp_path / "x").read_bytes()
    jsleak("lint", "a.js", "-o", "x", "--color", "always")
    assert b"\x1b" in (tmp_path / "x").read_bytes()


def test_a_failure_keeps_no_other_report_from_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import click

    monkeypatch.chdir(tmp_path)
    asked = outputs([Output("text", "folder/x"), Output("json", "y"), Output("text")], None)
    (tmp_path / "folder").rmdir()
    with pytest.raises(click.ClickException) as raised:
        write_reports(Report(LintResult(1, 0)), asked)
    assert raised.value.message == "`folder/x` cannot be written: no such file or directory."
    assert json.loads((tmp_path / "y").read_text())["summary"]["files"] == 1
    assert "Found nothing in 1 file" in capsys.readouterr().out


def test_a_failed_report_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("old")

    def fail() -> None:
        with open_whole(str(file)) as stream:
            stream.write("new")
            stream.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert file.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.js", "folder", "x"]


@pytest.mark.skipif(os.name == "nt", reason="modes and links are POSIX's")
def test_mode_and_link_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "x", tmp_path / "link"
    mask = os.umask(0o027)
    try:
        with open_whole(str(file)) as stream:
            stream.write("1\n")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    file.chmod(0o604)
    link.symlink_to("x")
    with open_whole(str(link)) as stream:
        stream.write("2\n")
    assert link.is_symlink()
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"2\n", 0o604)


@pytest.mark.skipif(not os.path.exists("/dev/stderr"), reason="no such device")  # noqa: PTH110
def test_a_device_is_written_to(jsleak: Jsleak) -> None:
    """And not replaced, which root might."""
    done = jsleak("lint", "a.js", "--format", "json=/dev/stderr")
    assert json.loads(done.stderr)["summary"]["findings"] == 1
    assert not stat.S_ISREG(os.stat("/dev/stderr").st_mode) or os.path.islink("/dev/stderr")  # noqa: PTH114, PTH116
    jsleak("lint", "a.js", "-o", os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116
