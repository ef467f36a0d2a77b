"""``lint --fix``, ``--unsafe-fixes`` and ``--diff``, over the real analysis."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jsleak.cli.main import main
from jsleak.workspace import fix as fixing

NEW = "const r = FinalizationRegistry((h) => h);\n"
FIXED = NEW.replace("= ", "= new ")
#: An unsafe fix, and no safe one.
UNSAFE = "const weak = new WeakRef({});\n"
NONE = "const s = new FinalizationRegistry((h) => h);\ns.register(globalThis, globalThis);\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    status = main(["lint", *arguments])
    captured = capsysbinary.readouterr()
    return status, captured.out.decode(), captured.err.decode()


Capture = pytest.CaptureFixture[bytes]


def test_safe_fixes_only(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text(NEW + UNSAFE)
    status, out, _ = lint(capsysbinary)
    assert (status, out.splitlines()[-1]) == (1, "1 fixable with --fix, 1 more with --unsafe-fixes.")
    status, out, err = lint(capsysbinary, "--fix")
    assert (folder / "a.js").read_text() == FIXED + UNSAFE
    assert (status, err) == (1, "")
    assert "invalid-registration" not in out
    assert out.splitlines()[-2:] == ["1 fixed, 1 remaining.", "1 fixable with --unsafe-fixes."]
    status, out, _ = lint(capsysbinary, "--fix", "--unsafe-fixes")
    assert (folder / "a.js").read_text() == FIXED + "const referent = {};\nconst weak = new WeakRef(referent);\n"
    assert (status, out.splitlines()[-1]) == (0, "1 fixed, 0 remaining.")
    assert lint(capsysbinary, "--fix", "--unsafe-fixes") == (0, "Found nothing in 1 file; 1 analysed.\n0 fixed, 0 remaining.\n", "")


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        (NEW, [], 0),
        (NEW, ["--exit-non-zero-on-fix"], 1),
        (NEW, ["--exit-non-zero-on-fix", "--exit-zero"], 0),
        (FIXED, ["--exit-non-zero-on-fix"], 0),
        (NEW + NONE, [], 1),
        (NEW + NONE, ["--exit-zero"], 0),
        (NEW + UNSAFE, ["--max-warnings", "1"], 0),
        (NEW + UNSAFE, ["--min-severity", "error"], 0),
        (NEW + UNSAFE, ["--ignore", "invalid-registration"], 1),
    ],
)
def test_the_status_is_that_of_what_remains(
    folder: Path, capsysbinary: Capture, text: str, arguments: list[str], status: int
) -> None:
    (folder / "a.js").write_text(text)
    assert lint(capsysbinary, "--fix", *arguments)[0] == status
    assert ("new Fin" in (folder / "a.js").read_text().partition("\n")[0]) == ("--ignore" not in arguments)


def test_other_files_are_fixed_beside_a_broken_one(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text("new FinalizationRegistry(<<<")
    (folder / "b.js").write_text(NEW)
    status, out, _ = lint(capsysbinary, "--fix", "--format", "json")
    report = json.loads(out)
    assert (status, (folder / "b.js").read_text()) == (2, FIXED)
    summary = report["summary"]
    assert (summary["fixed"], summary["findings"], summary["problems"], summary["fixable"]) == (1, 0, 1, 0)


ENCODED = {
    "CRLF": (NEW * 2).replace("r =", "s =", 1).replace("\n", "\r\n").encode(),
    "a mark": b"\xef\xbb\xbf" + NEW.encode(),
    "no last newline": f"{NEW}f(WeakRef(g));".encode(),
    "line separators": f"f('\u2028\x0b\x0c\x1c\x85'); // \u2028{NEW}\u2029f()\r{NEW.replace('r =', 's =')}".encode(),
    "far apart": (NEW + "f();\n" * 30 + NEW.replace("r =", "s =")).encode(),
    "astral": f"'\U0001f600'; {NEW}".encode(),
}


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the diffs")
@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_a_diff_can_be_applied(folder: Path, capsysbinary: Capture, data: bytes) -> None:
    name = "sub/ä b.js"
    (folder / "sub").mkdir()
    (folder / name).write_bytes(data)
    assert main(["lint", "--diff"]) == 1
    out, err = capsysbinary.readouterr()
    assert re.fullmatch(rb"Would fix [12] findings? in 1 file\.\n", err)
    assert (folder / name).read_bytes() == data
    done = subprocess.run(["git", "apply", "-p0", "-"], input=out, cwd=folder, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    patched = (folder / name).read_bytes()
    assert patched != data
    (folder / name).write_bytes(data)
    assert main(["lint", "--fix", "-q"]) == 0
    assert (folder / name).read_bytes() == patched


def test_a_diff_of_nothing(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text(UNSAFE)
    assert lint(capsysbinary, "--diff") == (0, "", "No fixes to apply.\n")
    status, out, err = lint(capsysbinary, "--diff", "--unsafe-fixes", "-q")
    assert (status, out.splitlines()[:2], err) == (1, ["--- a.js", "+++ a.js"], "")
    assert lint(capsysbinary, "--diff", "--unsafe-fixes", "--exit-zero", "-q")[0] == 0


def test_a_diff_tells_of_problems(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text("new FinalizationRegistry(<<<")
    (folder / "b.js").write_text(NEW)
    status, out, err = lint(capsysbinary, "--diff")
    assert status == 2
    assert out.startswith("--- b.js\n+++ b.js\n@@ -1 +1 @@\n-const r = Fin")
    assert "problem[syntax-error]" in err
    assert "invalid-registration" not in out + err


def test_a_coloured_diff_steers_no_terminal(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text("'\x1b[2J\u202e'; " + NEW)
    _, out, _ = lint(capsysbinary, "--diff", "--color", "always")
    assert "\x1b[31m-" in out
    assert "\x1b[2J" not in out
    assert "\u202e" not in out
    assert "\x1b[2J" in lint(capsysbinary, "--diff", "--color", "never")[1]


class Input:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


STDIN: dict[str, tuple[bytes, bytes, int]] = {
    "fixed": (NEW.encode(), FIXED.encode(), 0),
    "CRLF and a mark": (
        b"\xef\xbb\xbf" + NEW.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode(),
        0,
    ),
    "something remains": ((NEW + UNSAFE).encode(), (FIXED + UNSAFE).encode(), 1),
    "nothing to do": (b"f();", b"f();", 0),
    "empty": (b"", b"", 0),
    "it does not parse": (b"new WeakRef(<", b"new WeakRef(<", 2),
    "it is no text": (b"new WeakRef(\xff\x00", b"new WeakRef(\xff\x00", 2),
}


@pytest.mark.parametrize(("given", "expected", "status"), STDIN.values(), ids=STDIN)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture, given: bytes, expected: bytes, status: int) -> None:
    monkeypatch.setattr(sys, "stdin", Input(given))
    assert main(["lint", "-", "--fix"]) == status
    out, err = capsysbinary.readouterr()
    assert out == expected
    assert (b" fixed, %d remaining.\n" % (status == 1)) in err


def test_standard_input_as_a_diff(monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture) -> None:
    monkeypatch.setattr(sys, "stdin", Input(NEW.encode()))
    status, out, err = lint(capsysbinary, "--diff", "--stdin-filename", "src/a.js")
    assert (status, err) == (1, "Would fix 1 finding in 1 file.\n")
    assert out == f"--- src/a.js\n+++ src/a.js\n@@ -1 +1 @@\n-{NEW}+{FIXED}"


#: What is wrong with the registrations shows only once there is a `new`.
REVEALED = f"""\
const kept = (globalThis.kept = {{}});
{NEW}globalThis.r = r;
r.register(kept, {{}});
r.register(kept, []); // jsleak-ignore-line object-held-value -- reason
"""


@pytest.mark.parametrize(
    ("engines", "severity", "level", "shown"),
    [
        ("quickjs-ng 0.6", "error", "error", True),
        ("quickjs-ng 0.6", "error", "info", True),
        ("node 20", "info", "info", True),
        ("node 20", "info", "warning", False),
    ],
)
def test_what_a_fix_reveals_has_the_severity_of_the_engines(
    folder: Path, capsysbinary: Capture, engines: str, severity: str, level: str, shown: bool
) -> None:
    (folder / "a.js").write_text(REVEALED)
    asked = ["--fix", "--engines", engines, "--min-severity", level, "--format", "ndjson"]
    out = lint(capsysbinary, *asked, "--select", "invalid-registration,object-held-value")[1]
    assert (folder / "a.js").read_text() == REVEALED.replace(NEW, FIXED)
    told = [(one["type"], one["rule"], one["severity"]) for one in map(json.loads, out.splitlines()) if "rule" in one]
    revealed = [("finding", "object-held-value", severity)] if shown else []
    assert told == [*revealed, ("suppressed", "object-held-value", severity)]


def test_the_rest_can_be_suppressed_at_once(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text(NEW + UNSAFE)
    status, out, err = lint(capsysbinary, "--fix", "--add-suppressions")
    assert (status, err) == (0, "Suppressed 1 finding in 1 file.\n")
    assert out.splitlines()[1] == "1 fixed, 0 remaining."
    assert (folder / "a.js").read_text() == f"{FIXED}// jsleak-ignore-next-line anonymous-weakref-target\n{UNSAFE}"


PROVABLE = """\
export function rename(ref) {
  return ref.deref().name;
}
try {
  rename(new WeakRef({ name: "b" }));
} catch {}
"""


#: The experiment never comes to the registration.
UNDECIDED = """\
const registry = new FinalizationRegistry((clean) => clean());
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.fd, (function deeper() { return deeper() + 1; })());
  }
}
new Handle(3);
"""


def test_confirmed_fixes(folder: Path, capsysbinary: Capture) -> None:
    (folder / "a.js").write_text(PROVABLE)
    (folder / "b.js").write_text(UNDECIDED)
    rules = ("--select", "unchecked-deref,held-value-retains-target")
    assert lint(capsysbinary, *rules)[1].splitlines()[-1] == "2 fixable with --fix --unsafe-fixes."
    status, out, _ = lint(capsysbinary, *rules, "--unsafe-fixes", "--fix", "--confirm")
    assert (folder / "a.js").read_text() == PROVABLE.replace("deref().", "deref()?.")
    assert (folder / "b.js").read_text() == UNDECIDED
    assert status == 1
    assert out.splitlines()[-2:] == ["1 fixed, 1 remaining.", "1 not fixed: no experiment has shown that the fix works."]


def test_a_fix_that_is_refused(folder: Path, capsysbinary: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.js").write_text(NEW)
    examine = fixing.examine_text

    def spoilt(data: bytes, *rest: object, **more: object) -> object:
        return examine(data.replace(b"new ", b"new <"), *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(fixing, "examine_text", spoilt)
    status, out, _ = lint(capsysbinary, "--fix")
    assert (status, (folder / "a.js").read_text()) == (1, NEW)
    assert out.splitlines()[-2:] == [
        "0 fixed, 1 remaining.",
        "1 not fixed: with the fix the finding would stay, or another one come.",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unsafe-fixes"], "--unsafe-fixes is for --fix and --diff."),
        (["--exit-non-zero-on-fix"], "--exit-non-zero-on-fix is for --fix."),
        (["--exit-non-zero-on-fix", "--diff"], "--exit-non-zero-on-fix is for --fix."),
        (["--diff", "--add-suppressions"], "--add-suppressions and --diff exclude each other."),
    ],
)
def test_usage(capsysbinary: Capture, arguments: list[str], message: str) -> None:
    status, _, err = lint(capsysbinary, *arguments)
    assert status == 2
    assert message in " ".join(err.split())
