"""What a fingerprint stays the same for, and what it tells apart."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis.findings import Finding, Severity
from jsleak.analysis.text import SourceText
from jsleak.workspace.fingerprints import VERSION, fingerprints, reader

_CALL = re.compile(r"r\.register\([^)]*\)|new\s+WeakRef\([^)]*\)")


def findings(text: str, path: str = "a.js") -> list[Finding]:
    """One finding for each call in a text."""
    source = SourceText(text, path)
    return [
        Finding("anonymous-target", Severity.WARNING, path, source.range(match.start(), match.end()), f"at {match.start()}")
        for match in _CALL.finditer(text)
    ]


def prints(text: str, path: str = "a.js") -> tuple[str, ...]:
    return fingerprints(findings(text, path), lambda _: text)


LINES = [
    "r.register({}, 1);",
    "r.register({}, 1); // again",
    "if (a) r.register({}, 2);",
    "x = new WeakRef({a: 1});",
    "x = new WeakRef(\n  {a: 1}\n);",
    "r.register(y,\tz);",
]
OTHERS = ["", "f();", "// r is what it is", "const a = `\n`;", "  }"]
ends = st.sampled_from(["\n", "\r\n", "\r", "\u2028"])
programs = st.lists(st.sampled_from(LINES), min_size=1, max_size=8)


@given(programs, st.lists(st.tuples(st.integers(0, 8), st.sampled_from(OTHERS))), ends)
def test_lines_elsewhere_keep_all(lines: list[str], inserted: list[tuple[int, str]], end: str) -> None:
    changed = list(lines)
    for place, line in sorted(inserted, reverse=True):
        changed.insert(place, line)
    assert prints(end.join(changed)) == prints("\n".join(lines))


@given(programs, st.sampled_from(["", "\t", "      "]), ends)
def test_indentation_and_line_ends_keep_all(lines: list[str], indent: str, end: str) -> None:
    text = "\n".join(lines)
    assert prints("\n".join(indent + line for line in text.split("\n")).replace("\n", end)) == prints(text)


@given(st.dictionaries(st.text(min_size=1, max_size=5), programs, min_size=1, max_size=4))
def test_different_findings_differ(files: dict[str, list[str]]) -> None:
    texts = {path: "\n".join(lines) for path, lines in files.items()}
    all_ = [finding for path, text in texts.items() for finding in findings(text, path)]
    all_ += [replace(finding, rule="another") for finding in all_]
    made = fingerprints(all_, texts.get)
    assert len(set(made)) == len(all_)
    assert all(re.fullmatch(rf"{VERSION}[0-9a-f]{{32}}", one) for one in made)


@given(programs, st.randoms())
def test_the_order_does_not_matter(lines: list[str], random: object) -> None:
    text = "\n".join(lines)
    ordered = findings(text)
    shuffled = list(ordered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected = dict(zip(ordered, fingerprints(ordered, lambda _: text), strict=True))
    assert dict(zip(shuffled, fingerprints(shuffled, lambda _: text), strict=True)) == expected


@given(programs)
def test_one_that_goes_takes_one_away(lines: list[str]) -> None:
    whole = prints("\n".join(lines))
    for index in range(len(lines)):
        left = prints("\n".join(lines[:index] + lines[index + 1 :]))
        assert len(set(whole) - set(left)) == 1
        assert set(left) < set(whole)


SAME = {
    "another message": ("r.register({}, 1)", {"message": "now worded so"}, "a.js"),
    "another severity": ("r.register({}, 1)", {"severity": Severity.ERROR}, "a.js"),
    "separators of Windows": ("r.register({}, 1)", {"path": "src\\a.js"}, "src/a.js"),
    "a name in the other normal form": ("r.register({}, 1)", {"path": "e\u0301.js"}, "\u00e9.js"),
}


@pytest.mark.parametrize(("text", "change", "path"), SAME.values(), ids=SAME)
def test_same(text: str, change: dict[str, object], path: str) -> None:
    (finding,) = findings(text, path)
    changed = replace(finding, **change)  # type: ignore[arg-type]
    assert fingerprints([changed], lambda _: text) == fingerprints([finding], lambda _: text)


def test_the_end_of_a_long_callback_may_change() -> None:
    long = "r.register({" + "a: 1, " * 40 + "b: %s})"
    assert prints(long % 1) == prints(long % 2)
    assert prints("r.register({b: 1})") != prints("r.register({b: 2})")


def test_stable() -> None:
    """A change of these is a change of VERSION: baselines and code scanning know findings by them."""
    assert prints("r.register({}, 1);\nr.register({}, 1);", "src/a.js") == (
        "013c8416180b8982787fd5989b1b9ac914",
        "01b0b356946349ea0fb21888c6f8d83d40",
    )


def test_a_file_that_is_gone_or_has_a_name_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_bytes(b"r.register({}, 1)")
    (tmp_path / "b.js").write_bytes(b"\xff")
    read = reader(str(tmp_path), {"given.js": "\ufeffr".encode()})
    assert [read(path) for path in ("a.js", "b.js", "c.js", "given.js", "\0")] == ["r.register({}, 1)", None, None, "r", None]
    made = fingerprints([*findings("r.register({}, 1)", "\udcff.js"), *findings("r.register({}, 1)", "b.js")], read)
    assert len(set(made)) == 2
