"""``lint --add-suppressions`` and ``--ignore-suppressions``, over the real analysis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jsleak.cli.main import main
from jsleak.workspace import suppress

HEAD = "const r = new FinalizationRegistry(() => {});\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["lint", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


FILES: dict[str, tuple[bytes, bytes]] = {
    "one": (
        f"{HEAD}r.register({{}}, 1);\n".encode(),
        f"{HEAD}// jsleak-ignore-next-line anonymous-target -- later\nr.register({{}}, 1);\n".encode(),
    ),
    "CRLF, a mark, and no last newline": (
        b"\xef\xbb\xbf" + f"{HEAD}\tr.register({{}}, 1);".replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf"
        + f"{HEAD}\t// jsleak-ignore-next-line anonymous-target -- later\n\tr.register({{}}, 1);".replace("\n", "\r\n").encode(),
    ),
    "UTF-16": (
        f"\ufeff{HEAD}r.register({{}}, '\U0001f600');\n".encode("utf-16-le"),
        f"\ufeff{HEAD}// jsleak-ignore-next-line anonymous-target -- later\nr.register({{}}, '\U0001f600');\n".encode("utf-16-le"),
    ),
    "several rules in several lines": (
        f"{HEAD}r.register({{}}, {{}});\nr.register({{}}, 2);\nthrow 1;\n".encode(),
        (
            f"{HEAD}// jsleak-ignore-next-line anonymous-target, object-held-value, throw-after-register -- later\n"
            "r.register({}, {});\n// jsleak-ignore-next-line anonymous-target, throw-after-register -- later\n"
            "r.register({}, 2);\nthrow 1;\n"
        ).encode(),
    ),
    "a comment that is there, and has its reason": (
        f"{HEAD}// jsleak-ignore-next-line anonymous-target -- so\nr.register({{}}, {{}});\n".encode(),
        f"{HEAD}// jsleak-ignore-next-line anonymous-target, object-held-value -- so\nr.register({{}}, {{}});\n".encode(),
    ),
    "JSX": (
        f"{HEAD}const a = <p>\n  {{r.register({{}}, 1)}}\n</p>;\n".encode(),
        (
            f"{HEAD}const a = <p>\n  {{/* jsleak-ignore-next-line anonymous-target -- later */}}\n"
            "  {r.register({}, 1)}\n</p>;\n"
        ).encode(),
    ),
    "a template": (
        f"{HEAD}f(`\n${{r.register({{}}, 1)}}`);\n".encode(),
        f"{HEAD}f(`\n${{/* jsleak-ignore-line anonymous-target -- later */ r.register({{}}, 1)}}`);\n".encode(),
    ),
}


@pytest.mark.parametrize(("before", "after"), [pytest.param(*row, id=name) for name, row in FILES.items()])
def test_added(folder: Path, capsys: pytest.CaptureFixture[str], before: bytes, after: bytes) -> None:
    path = folder / "a.js"
    path.write_bytes(before)
    path.chmod(0o755)
    status, out, err = lint(capsys, "--add-suppressions", "--reason", " later ")
    assert path.read_bytes() == after
    assert (status, path.stat().st_mode & 0o777) == (0, 0o755)
    assert "Found nothing in 1 file; 1 analysed." in out
    assert err.startswith("Suppressed ")
    assert lint(capsys, "-q") == (0, "", "")
    assert lint(capsys, "--ignore-suppressions", "-q", "--format", "json")[0] == 1


def test_what_is_said_of_suppressions_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.js").write_text(f"{HEAD}f(); // jsleak-ignore-line anonymous-targt\nr.register({{}}, 1);\n")
    status, out, err = lint(capsys, "--add-suppressions")
    assert (status, err) == (1, "Suppressed 1 finding in 1 file.\n")
    assert "2:28 warning[unknown-suppression] There is no rule `anonymous-targt`" in out.replace("\n    ", " ")
    assert (folder / "a.js").read_text().splitlines()[2] == "// jsleak-ignore-next-line anonymous-target"


def test_suppressed_and_known_findings_have_the_severity_of_the_engines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "jsleak.toml").write_text('engines = ["quickjs-ng 0.6"]\nselect = ["object-held-value"]\n')
    (folder / "a.js").write_text(f"{HEAD}r.register(kept, {{}}); // jsleak-ignore-line -- reason\nr.register(kept, []);\n")
    assert main(["baseline", "-q", "-o", "known.json"]) == 0
    lines = lint(capsys, "--baseline", "known.json", "--format", "ndjson")[1].splitlines()
    told = [one for one in map(json.loads, lines) if one["type"] in ("suppressed", "known")]
    assert [(one["type"], one["severity"]) for one in told] == [("suppressed", "error"), ("known", "error")]


def test_selected_findings_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.js").write_text(f"{HEAD}r.register({{}}, {{}});\n")
    assert lint(capsys, "--add-suppressions", "--min-severity", "warning")[0] == 0
    assert (folder / "a.js").read_text().splitlines()[1] == "// jsleak-ignore-next-line anonymous-target"


def test_findings_that_engines_make_worse(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What engines say is added to messages after the analysis, and a file is examined again before comments go into it."""
    (folder / "jsleak.toml").write_text('engines = ["quickjs-ng 0.6"]\n')
    (folder / "a.js").write_text(f"{HEAD}r.register({{}}, {{}});\n")
    assert "aborts at the end of a program" in lint(capsys)[1]
    assert lint(capsys, "--add-suppressions", "--confirm")[0::2] == (0, "Suppressed 2 findings in 1 file.\n")
    assert lint(capsys, "-q") == (0, "", "")


def test_a_file_that_changes_meanwhile(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "a.js"
    path.write_text(f"{HEAD}r.register({{}}, 1);\n")
    (folder / "b.js").write_text(f"{HEAD}r.register({{}}, 1);\n")
    read = suppress.read_bytes

    def change(name: str, limit: int) -> bytes:
        if Path(name).name == "a.js":
            path.write_text(f"f();\n{path.read_text()}")
        return read(name, limit)

    monkeypatch.setattr(suppress, "read_bytes", change)
    status, out, err = lint(capsys, "--add-suppressions")
    assert (status, err) == (2, "Suppressed 1 finding in 1 file.\n")
    assert "problem[not-written] left alone: it has changed since it was examined" in out
    assert path.read_text() == f"f();\n{HEAD}r.register({{}}, 1);\n"
    assert "jsleak-ignore" in (folder / "b.js").read_text()


def test_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.js").write_text(f"{HEAD}r.register({{}}, 1); // jsleak-ignore-line\n")
    status, out, _ = lint(capsys, "--format", "json")
    report = json.loads(out)
    assert (status, report["summary"]["suppressed"], report["findings"]) == (0, 1, [])
    assert lint(capsys)[1].endswith("1 finding suppressed by comments (--ignore-suppressions shows them).\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reason", "x"], "--reason is for --add-suppressions."),
        (["--add-suppressions", "-"], "--add-suppressions writes into files, and standard input is none."),
        (["--add-suppressions", "--ignore-suppressions"], "exclude each other."),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    status, _, err = lint(capsys, *arguments)
    assert status == 2
    assert message in " ".join(err.split())
