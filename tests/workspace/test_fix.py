"""Fixes as a run applies them to files: over all BAD examples, and where files, links and other writers get in the way."""

from __future__ import annotations

import codecs
import os
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.findings import Finding, FixOutcome, FixTrial, Severity, Status, Verdict
from jsleak.analysis.rule import RuleSettings, load_rules
from jsleak.analysis.text import Range
from jsleak.workspace import LintResult, Settings, lint
from jsleak.workspace import fix as fixing
from jsleak.workspace.fix import Fixes, Mode, fix
from jsleak.workspace.reading import decode
from support import marks

ANY_CALL = {rule: {"any-call": True} for rule in ("throw-after-register", "unregister-not-in-finally")}
UNSAFE = Mode(unsafe=True)


@pytest.fixture(autouse=True)
def fake_analysis() -> None:
    """The real analysis, unlike in the other tests of this folder."""


def settings() -> Settings:
    return Settings(rules=RuleSettings(options=ANY_CALL), jobs=1)


def examples() -> dict[str, str]:
    """The BAD examples by a name for a file."""
    return {
        f"{name}-{number}.js": marks.parse(text).text
        for name, rule in load_rules().items()
        for number, text in enumerate(rule.bad.values())
    }


def windows(text: str) -> bytes:
    """CRLF, tabs, and a byte order mark."""
    tabs = re.sub(r"^(  )+", lambda found: "\t" * (len(found[0]) // 2), text, flags=re.MULTILINE)
    return codecs.BOM_UTF8 + tabs.replace("\n", "\r\n").encode()


def utf16(text: str) -> bytes:
    return codecs.BOM_UTF16_LE + text.removesuffix("\n").encode("utf-16-le")


def together(programs: dict[str, str]) -> dict[str, str]:
    """A file for each rule, with all of its examples that can stand in a block."""
    files: dict[str, list[str]] = {}
    for name, text in programs.items():
        block = "{\n" + textwrap.indent(text, "  ") + "}\n"
        if not analyze(block, filename=name).problems:
            files.setdefault(name.rpartition("-")[0], []).append(block)
    return {f"{rule}.js": "".join(blocks) for rule, blocks in files.items()}


def key(finding: Finding) -> tuple[str, str, Range, str]:
    return finding.path, finding.rule, finding.range, finding.message


def check_law(folder: Path, using: Settings, mode: Mode) -> Fixes:
    """What is said of the files' fixes is so: what is left is what another run finds, and it finds nothing more to do."""

    def found() -> LintResult:
        return lint((".",), using, folder=os.fspath(folder))

    before = found()
    assert not before.problems
    done = fix(before, using, mode, folder=os.fspath(folder))
    after = found()
    assert not after.problems, [(one.path, one.message, (folder / one.path).read_text()) for one in after.problems]
    assert sorted(map(key, done.result.findings)) == sorted(map(key, after.findings))
    assert set(map(key, done.result.fixed)) <= set(map(key, before.findings))
    if not done.refused:
        assert not [(key(one), decode((folder / one.path).read_bytes())) for one in after.findings if mode.of(one)]
    for file in done.files:
        assert (folder / file.path).read_bytes() == file.after
    again = fix(after, using, mode, folder=os.fspath(folder))
    assert (again.files, again.result.fixed) == ((), ())
    return done


@pytest.mark.parametrize("mode", [Mode(), UNSAFE], ids=["safe", "unsafe"])
@pytest.mark.parametrize("encoded", [str.encode, windows, utf16], ids=["as written", "CRLF, tabs, BOM", "UTF-16"])
def test_law_over_all_examples(tmp_path: Path, encoded: Callable[[str], bytes], mode: Mode) -> None:
    for name, text in examples().items():
        (tmp_path / name).write_bytes(encoded(text))
    done = check_law(tmp_path, settings(), mode)
    assert done.files
    assert done.refused == 0
    for file in done.files:
        if encoded is windows:
            assert file.after.startswith(codecs.BOM_UTF8)
            assert file.after.count(b"\n") == file.after.count(b"\r\n")
            assert not re.search(rb"^\t* ", file.after, re.MULTILINE) or re.search(rb"^\t* ", file.before, re.MULTILINE)
        if encoded is utf16:
            assert file.after.startswith(codecs.BOM_UTF16_LE)


@pytest.mark.parametrize("mode", [Mode(), UNSAFE], ids=["safe", "unsafe"])
def test_law_over_examples_in_one_file(tmp_path: Path, mode: Mode) -> None:
    for name, text in together(examples()).items():
        (tmp_path / name).write_text(text)
    done = check_law(tmp_path, settings(), mode)
    assert len(done.result.fixed) > len(done.files) > 1


# Files

NEW = "const r = FinalizationRegistry((h) => h);\n"
FIXED = "const r = new FinalizationRegistry((h) => h);\n"


def run(folder: Path, mode: Mode | None = None, *, write: bool = True) -> Fixes:
    result = lint((".",), settings(), folder=os.fspath(folder))
    return fix(result, settings(), mode or Mode(), folder=os.fspath(folder), write=write)


def test_mode_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "real" / "a.txt"
    real.parent.mkdir()
    real.write_text(NEW)
    real.chmod(0o750)
    (tmp_path / "a.js").symlink_to(real)
    done = run(tmp_path)
    assert [file.path for file in done.files] == ["a.js"]
    assert (tmp_path / "a.js").is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == (FIXED, 0o750)
    assert sorted(path.name for path in real.parent.iterdir()) == ["a.txt"]


def test_nothing_is_written_for_a_diff(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(NEW)
    (file,) = run(tmp_path, write=False).files
    assert (file.before, file.after) == (NEW.encode(), FIXED.encode())
    assert (tmp_path / "a.js").read_text() == NEW


def test_a_file_that_cannot_be_written_keeps_no_other_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / f"{name}.js").write_text(NEW)
    put = fixing.replace_file

    def refuse(path: str, before: bytes, after: bytes) -> None:
        if path.endswith("b.js"):
            raise PermissionError(13, "Permission denied", path)
        put(path, before, after)

    monkeypatch.setattr(fixing, "replace_file", refuse)
    done = run(tmp_path)
    assert [file.path for file in done.files] == ["a.js", "c.js"]
    assert [(one.path, one.message) for one in done.result.problems] == [("b.js", "cannot be written: permission denied")]
    assert [one.path for one in done.result.findings] == ["b.js"]


@pytest.mark.parametrize("changed", ["f();\n" + NEW, "f();\n", "", "\0"], ids=["moved", "gone", "empty", "no text"])
def test_a_file_that_has_changed_is_left_alone(tmp_path: Path, changed: str) -> None:
    (tmp_path / "a.js").write_text(NEW)
    result = lint((".",), settings(), folder=os.fspath(tmp_path))
    (tmp_path / "a.js").write_text(changed)
    done = fix(result, settings(), Mode(), folder=os.fspath(tmp_path))
    assert (tmp_path / "a.js").read_text() == changed
    assert [one.message for one in done.result.problems] == ["left alone: it has changed since it was examined"]
    assert done.result.findings == result.findings


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.js"
    path.write_text(NEW)
    put = fixing.replace_file

    def late(name: str, before: bytes, after: bytes) -> None:
        path.write_text(NEW + "// mine\n")
        put(name, before, after)

    monkeypatch.setattr(fixing, "replace_file", late)
    done = run(tmp_path)
    assert path.read_text() == NEW + "// mine\n"
    assert [one.message for one in done.result.problems] == ["left alone: it has changed since it was examined"]


def test_only_what_is_reported_is_fixed(tmp_path: Path) -> None:
    text = "".join(NEW.replace("r =", f"r{number} =") for number in range(4))
    (tmp_path / "a.js").write_text(text)
    result = lint((".",), settings(), folder=os.fspath(tmp_path))
    some = LintResult(result.files, result.analysed, (result.findings[1], result.findings[3]))
    done = fix(some, settings(), Mode(), folder=os.fspath(tmp_path))
    lines = text.splitlines(keepends=True)
    lines[1], lines[3] = (line.replace("= ", "= new ") for line in (lines[1], lines[3]))
    assert (tmp_path / "a.js").read_text() == "".join(lines)
    assert (len(done.result.fixed), done.result.findings) == (2, ())


@pytest.mark.parametrize("outcome", [*FixOutcome, None])
def test_only_what_is_proven_is_applied(tmp_path: Path, outcome: FixOutcome | None) -> None:
    (tmp_path / "a.js").write_text(NEW)
    result = lint((".",), settings(), folder=os.fspath(tmp_path))
    (finding,) = result.findings
    trials = () if outcome is None else (FixTrial("Write `new`", outcome, ""),)
    verdict = Verdict(Status.CONFIRMED, "an engine", "", fixes=trials)
    judged = replace(result, findings=(replace(finding, verdict=verdict),))
    done = fix(judged, settings(), Mode(proven=True), folder=os.fspath(tmp_path))
    works = outcome is FixOutcome.WORKS
    assert (tmp_path / "a.js").read_text() == (FIXED if works else NEW)
    assert (len(done.result.fixed), done.unproven) == (works, not works)
    assert [one.verdict for one in done.result.findings] == ([] if works else [verdict])


def test_what_was_made_of_a_finding_stays_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(f"{NEW}f(WeakRef(g));\nnew WeakRef({{}});\n")
    result = lint((".",), settings(), folder=os.fspath(tmp_path))
    verdict = Verdict(Status.INCONCLUSIVE, "", "because")
    judged = tuple(
        replace(one, severity=Severity.INFO, message=f"Raised: {one.message}", verdict=verdict) for one in result.findings
    )
    done = fix(replace(result, findings=judged), settings(), Mode(), folder=os.fspath(tmp_path))
    (left,) = done.result.findings
    assert (left.rule, left.severity, left.message[:8], left.verdict) == ("anonymous-weakref-target", "info", "Raised: ", verdict)
    assert list(done.result.fixed) == [one for one in judged if one.rule == "invalid-registration"]


def test_suppressed_findings_are_left_and_their_places_move(tmp_path: Path) -> None:
    text = f"// jsleak-ignore-next-line invalid-registration\n{NEW}" + NEW.replace("r =", "s =")
    (tmp_path / "a.js").write_text("f(WeakRef(g), () => {\n});\n" + text)
    done = run(tmp_path)
    assert (tmp_path / "a.js").read_text() == "f(new WeakRef(g), () => {\n});\n" + text.replace("s = ", "s = new ")
    assert [one.finding.range.start.line for one in done.result.suppressed] == [4]


def test_a_module_that_is_fixed_changes_what_is_found_in_those_that_import_it(tmp_path: Path) -> None:
    (tmp_path / "a.mjs").write_text(NEW.replace("const", "export const"))
    (tmp_path / "b.mjs").write_text("import { r } from './a.mjs';\nr.register({}, 1);\nexport const weak = WeakRef(globalThis);\n")
    done = run(tmp_path)
    assert not done.result.problems
    assert (tmp_path / "a.mjs").read_text() == FIXED.replace("const", "export const")
    assert "new WeakRef" in (tmp_path / "b.mjs").read_text()
