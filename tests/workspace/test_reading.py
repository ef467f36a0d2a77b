"""From bytes to text, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis import NAMES, mentions
from jsleak.analysis.text import Position
from jsleak.workspace import LintResult, Settings, lint, lint_bytes
from jsleak.workspace.reading import NotText, decode, not_text, relevant

WEAK = "new WeakRef({})\n"
Tree = Callable[[dict[str, "str | bytes"]], Path]
Run = Callable[..., LintResult]


def test_the_names_searched_for_are_the_analysis_own() -> None:
    assert all(mentions(name) for name in NAMES)
    assert not mentions(b"".join(name[:-1] for name in NAMES))


@pytest.mark.parametrize(
    "data",
    [
        WEAK.encode(),
        b"\xef\xbb\xbf" + WEAK.encode(),
        b"\xff\xfe" + WEAK.encode("utf-16-le"),
        b"\xfe\xff" + WEAK.encode("utf-16-be"),
    ],
    ids=["UTF-8", "UTF-8 with a mark", "UTF-16 little", "UTF-16 big"],
)
def test_encodings(tree: Tree, run: Run, data: bytes) -> None:
    tree({"a.js": data})
    for paths in ((), ("a.js",)):
        result = run(*paths)
        assert [(finding.path, finding.range.start) for finding in result.findings] == [("a.js", Position(1, 1))]
    assert lint_bytes(data, "b.js").findings[0].path == "b.js"


BAD = [
    ("latin-1", b"// ok\n/* \xe9 */ new WeakRef({})", 9, Position(2, 4)),
    ("latin-1 after a mark", b"\xef\xbb\xbf/* \xe9 */ new WeakRef({})", 6, Position(1, 4)),
    ("NUL", b"new WeakRef({})\n\0", 16, Position(2, 1)),
    ("cut UTF-8", b"new WeakRef({})\n// \xf0\x9f", 19, Position(2, 4)),
    ("half UTF-16", b"\xff\xfe" + WEAK.encode("utf-16-le") + b"\x00\xd8", 34, None),
]


@pytest.mark.parametrize(("data", "offset", "place"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_is_not_text_is_a_problem_with_its_place(
    tree: Tree, run: Run, data: bytes, offset: int, place: Position | None
) -> None:
    tree({"bad.js": data, "good.js": WEAK})
    for paths in ((), ("bad.js", "good.js")):
        result = run(*paths)
        assert [finding.path for finding in result.findings] == ["good.js"]
        (problem,) = result.problems
        assert (problem.path, problem.kind.value) == ("bad.js", "not-text")
        assert f"at offset {offset} " in problem.message
        assert (problem.range.start if problem.range else None) == place


ENCODINGS = [
    (f"/* é */ {WEAK}".encode("utf-16-le"), "UTF-16 without a byte order mark"),
    (f"/* é */ {WEAK}".encode("utf-16-be"), "UTF-16 without a byte order mark"),
    (f"/* é */ {WEAK}".encode("utf-32"), "UTF-32"),
    (f"/* façade, naïve */ {WEAK}".encode("latin-1"), "Latin-1"),
    (f"/* “façade” – 5 € */ {WEAK}".encode("cp1252"), "Windows-1252"),
    (f"/* 日本語の文字 */ {WEAK}".encode("shift-jis"), ""),
    (f"/* 日本語の文字 */ {WEAK}".encode("euc-jp"), ""),
    (f"/* é */ {WEAK} // ".encode() + b"\xff", ""),
    (WEAK.encode() + b"\x7fELF\0\1\2\xe9", ""),
]


@pytest.mark.parametrize(("data", "name"), ENCODINGS, ids=[name or "not known" for _, name in ENCODINGS])
def test_other_encodings_are_refused_by_name(tree: Tree, run: Run, data: bytes, name: str) -> None:
    tree({"other.js": data, "good.js": WEAK})
    for paths in ((), ("other.js", "good.js")):
        result = run(*paths)
        assert [finding.path for finding in result.findings] == ["good.js"]
        (problem,) = result.problems
        assert problem.kind.value == "not-text"
        assert problem.message.partition("; looks like ")[2] == name
        assert result.failed


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_not(data: bytes) -> None:
    relevant(data)
    try:
        text, refusal = decode(data), None
    except NotText as error:
        text, refusal = "", error
    assert "\0" not in text
    if refusal is not None:
        assert 0 <= refusal.offset < len(data)
        assert not_text("a.js", data, refusal).kind.value == "not-text"


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can't be changed")
@pytest.mark.parametrize("after", ["", WEAK * 2, "x" * 5000, None], ids=["empty", "longer", "too large", "a folder"])
def test_a_file_that_changes_between_search_and_analysis(tree: Tree, after: str | None) -> None:
    folder = tree({"a.js": WEAK, "b.js": WEAK})

    def change(phase: str, done: int, total: int | None) -> None:
        path = folder / "b.js"
        if phase == "analyse" and path.is_file():
            if after is None:
                path.unlink()
                path.mkdir()
            else:
                path.write_text(after)

    result = lint((".",), Settings(jobs=1, max_file_size=4096), folder=str(folder), progress=change)
    assert result.findings[0].path == "a.js"
    changed = [finding.path for finding in result.findings[1:]]
    problems = [(one.path, one.kind.value) for one in result.problems]
    expected: dict[str | None, tuple[list[str], list[tuple[str, str]]]] = {
        "": ([], []),
        WEAK * 2: (["b.js", "b.js"], []),
        "x" * 5000: ([], [("b.js", "too-large")]),
        None: ([], [("b.js", "unreadable")]),
    }
    assert (changed, problems) == expected[after]


def test_what_does_not_matter_need_not_be_text_unless_named(tree: Tree, run: Run) -> None:
    tree({"picture.js": b"\x89PNG\0\xff"})
    assert run().problems == ()
    assert run("picture.js").problems[0].kind.value == "not-text"
    assert lint_bytes(b"\x89PNG\0\xff", "picture.js").problems[0].kind.value == "not-text"


def test_decode_gives_offsets_of_the_file() -> None:
    with pytest.raises(NotText) as error:
        decode(b"\xef\xbb\xbfab\xff")
    assert error.value.offset == 5


def test_large_files_are_counted(tree: Tree, run: Run) -> None:
    pad = "//" + "x" * 1000 + "\n"
    tree({"a.js": WEAK + pad, "big.js": WEAK + pad * 4, "plain.js": pad * 4, "exact.js": WEAK.ljust(2048, " ")})
    result = run(max_file_size=2048)
    assert result.skipped == ("big.js", "plain.js")
    assert [finding.path for finding in result.findings] == ["a.js", "exact.js"]
    assert not result.failed
    assert run("big.js", max_file_size=2048).skipped == ("big.js",)
    assert run("big.js", max_file_size=1 << 40).findings
    assert lint_bytes(pad.encode() * 4, "x.js").skipped == ()


def test_relevant() -> None:
    assert not relevant("\ufeffnothing".encode("utf-16-le"))
    assert relevant("\ufeffWeakRef".encode("utf-16-be"))
