"""``jsleak lint``: arguments, what they change, exit statuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

WEAK = "new WeakRef({})\n"
Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name, text in {
        "clean/a.js": "1\n",
        "error/a.js": WEAK,
        "warning/a.js": WEAK + "// @@warning",
        "info/a.js": WEAK + "// @@info",
        "broken/a.js": "/* WeakRef */\nlet x = <<< 1\n",
        "raise/a.js": WEAK + "@@raise",
        "mixed/a.js": WEAK,
        "mixed/b.js": WEAK + "<<<",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "binary.js").write_bytes(b"\x7fELF\0\0")


STATUSES: list[tuple[str, int, str]] = [
    ("clean", 0, "Found nothing in 1 file; 0 analysed."),
    ("error", 1, "Found 1 finding (1 error) in 1 of 1 file; 1 analysed."),
    ("warning", 1, "Found 1 finding (1 warning) in 1 of 1 file; 1 analysed."),
    ("info", 1, "(1 info)"),
    ("error warning info", 1, "Found 3 findings (1 error, 1 warning, 1 info) in 3 of 3 files; 3 analysed."),
    ("error --exit-zero", 0, "(1 error)"),
    ("broken --exit-zero", 2, "a.js"),
    ("error --max-warnings 5", 1, "(1 error)"),
    ("warning --max-warnings 0", 1, "(1 warning)"),
    ("warning --max-warnings 1", 0, "(1 warning)"),
    ("info --max-warnings 0", 0, "(1 info)"),
    ("warning --min-severity error", 0, "Found nothing"),
    ("info --min-severity warning", 0, "Found nothing"),
    ("warning --min-severity warning", 1, "(1 warning)"),
    ("missing.js", 2, "missing.js\n  problem[not-found] no such file or folder"),
    ("missing.js error", 2, "Found 1 finding"),
    ("binary.js", 2, "problem[not-text] not a text file: the byte 0x00 at offset 4 is a NUL byte"),
    ("broken", 2, "broken/a.js\n  2:9 problem[syntax-error] Unexpected token <<\n    2 │ let x = <<< 1\n      │         ━━━"),
    ("mixed", 2, "Found 1 finding (1 error) in 1 of 2 files; 1 analysed.\n1 problem: "),
    ("raise", 2, "problem[internal-error] the analysis failed, which is a defect of jsleak: RuntimeError: out of luck"),
    ("error --max-file-size 10", 0, "1 file over 10 bytes skipped (--max-file-size)."),
    ("error --max-file-size 0.01K", 0, "1 file over 10 bytes skipped (--max-file-size)."),
    ("error --max-file-size 2MiB", 1, "(1 error)"),
    ("error clean -q", 1, "error/a.js"),
    ("error --jobs 2", 1, "(1 error)"),
]


@pytest.mark.parametrize(("arguments", "status", "output"), STATUSES, ids=[case[0] for case in STATUSES])
def test_statuses(jsleak: Jsleak, arguments: str, status: int, output: str) -> None:
    done = jsleak("lint", *arguments.split())
    assert output in done.stdout.decode()
    assert done.stderr == b""
    assert done.returncode == status


USAGE: list[tuple[str, str]] = [
    ("lint --select anonymous-weakref-targt", "There is no rule `anonymous-weakref-targt`."),
    ("lint --ignore no-such,also-not", "There is no rule `no-such`."),
    ("lint --rule-option a.b", "`a.b` is not of the form RULE.OPTION=VALUE."),
    ("lint --rule-option a=b", "`a=b` is not of the form RULE.OPTION=VALUE."),
    ("lint --rule-option no-such.b=1", "There is no rule `no-such`."),
    ("lint --max-file-size huge", "`huge` is not a size like 500000, 800K or 2M."),
    ("lint --max-file-size 0", "the size must be at least one byte."),
    ("lint --max-warnings -1", "-1 is not in the range"),
    ("lint --jobs 0", "0 is not in the range"),
    ("lint --format xml", "There is no format `xml`."),
    ("lint - error", "Standard input (`-`, --stdin-filename) cannot be linted together with other paths."),
    ("lint error --stdin-filename a.js", "cannot be linted together"),
    ("lint --slect x", "No such option"),
    ("lint --baseline no-such.json", "no-such.json: no such file or folder. To write it: jsleak baseline --output no-such.json"),
    ("lint --baseline error/a.js", "error/a.js:1:1: no valid JSON: Expecting value."),
    ("lint --baseline error", "error: not a regular file."),
    ("lint --changed --staged", "--changed and --staged exclude each other."),
    ("lint --staged --add-suppressions", "--add-suppressions writes into files, and --staged looks at what is staged"),
    ("lint - --changed", "--changed and --staged choose files, and standard input is none."),
    ("baseline -", "A baseline is about files, and standard input is none."),
    ("lnt", "There is no command `lnt`. Did you mean `lint`?"),
    ("error/a.js", "There is no command `error/a.js`. To lint it: jsleak lint error/a.js"),
    ("explain no-such", "There is no rule `no-such`."),
    ("explain", "Missing argument 'RULE'"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[case[0] for case in USAGE])
def test_usage_errors(jsleak: Jsleak, arguments: str, message: str) -> None:
    done = jsleak(*arguments.split())
    assert message in " ".join(done.stderr.decode().split())
    assert done.stdout == b""
    assert done.returncode == 2


@pytest.mark.parametrize(
    "arguments", [["lint", "-"], ["lint", "--stdin-filename", "src/x.mjs"], ["lint", "-", "--stdin-filename", "x.js"]]
)
def test_standard_input(jsleak: Jsleak, arguments: list[str]) -> None:
    done = jsleak(*arguments, input=b"\n" + WEAK.encode())
    name = arguments[-1] if "--stdin-filename" in arguments else "<stdin>"
    assert done.stdout.decode().startswith(f"{name}\n  2:1 error[anonymous-weakref-target]")
    assert "2 │ new WeakRef({})" in done.stdout.decode()
    assert done.returncode == 1
    assert jsleak(*arguments, input=b"1").returncode == 0
    assert jsleak(*arguments, input=b"\0").returncode == 2


def test_json(jsleak: Jsleak) -> None:
    done = jsleak("lint", "mixed", "missing.js", "--format", "json", "--max-file-size", "30")
    document = json.loads(done.stdout)
    assert done.stderr == b""
    assert done.returncode == 2
    place = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 16}}
    hop = {"start": {"line": 1, "column": 13}, "end": {"line": 1, "column": 15}}
    assert document.pop("tool")["name"] == "jsleak"
    assert document == {
        "version": 1,
        "summary": {
            "files": 2,
            "analysed": 1,
            "findings": 1,
            "errors": 1,
            "warnings": 0,
            "infos": 0,
            "suppressed": 0,
            "fixed": 0,
            "fixable": 0,
            "unsafely_fixable": 0,
            "problems": 2,
            "skipped": 0,
            "known": 0,
            "gone": 0,
        },
        "findings": [
            {
                "rule": "anonymous-weakref-target",
                "severity": "error",
                "path": "mixed/a.js",
                "range": place,
                "message": "Nobody else holds `{}`.",
                "help": "Name it.",
                "retention": [{"label": "nothing but this call has it", "path": "mixed/a.js", "range": hop}],
                "fixes": [],
                "verdict": None,
            }
        ],
        "problems": [
            {"path": "missing.js", "kind": "not-found", "message": "no such file or folder", "range": None},
            {
                "path": "mixed/b.js",
                "kind": "syntax-error",
                "message": "Unexpected token <<",
                "range": {"start": {"line": 2, "column": 1}, "end": {"line": 2, "column": 4}},
            },
        ],
        "skipped": [],
        "gone": [],
    }


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_names_that_are_not_utf8(jsleak: Jsleak, tmp_path: Path, encoding: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\n.js")).write_text(WEAK)
    done = jsleak("lint", b"bad\xff\n.js", b"no\xff.js", PYTHONIOENCODING=encoding)
    shown = "bad\ufffd\\n.js" if encoding == "utf-8" else "bad?\\n.js"
    assert shown in done.stdout.decode()
    # The source was found by that name.
    assert "new WeakRef" in done.stdout.decode()
    assert done.stderr == b""
    document = json.loads(jsleak("lint", b"bad\xff\n.js", "--format", "json").stdout)
    assert document["findings"][0]["path"] == "bad\ufffd\n.js"


def test_version_and_help(jsleak: Jsleak) -> None:
    for flag in ("--version", "-V"):
        done = jsleak(flag)
        assert done.stdout.decode().startswith("jsleak 0.")
        assert done.returncode == 0
    for arguments in (["--help"], ["lint", "--help"], ["explain", "-h"], ["rules", "-h"]):
        done = jsleak(*arguments)
        assert done.stdout.startswith(b"Usage: jsleak")
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_reader_that_leaves(tmp_path: Path) -> None:
    (tmp_path / "many.js").write_text(WEAK * 5000)
    fake = os.fspath(Path(__file__).parent / "fake.py")
    for format_name in ("text", "json"):
        command = [sys.executable, fake, "lint", "many.js", "--format", format_name]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 141


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupt(tmp_path: Path, jobs: str) -> None:
    for number in range(3):
        (tmp_path / f"s{number}.js").write_text(WEAK + "@@sleep")
    fake = os.fspath(Path(__file__).parent / "fake.py")
    command = [sys.executable, fake, "lint", "--jobs", jobs, "."]
    started = tmp_path / "started"
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "FAKE_STARTED": os.fspath(started)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 20
        while not started.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"")
