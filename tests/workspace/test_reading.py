"""From bytes to text, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.analysis import NAMES, mentions
from jsleak.analysis.text import Position
from jsleak.workspace import LintResult, lint_bytes
from jsleak.workspace.reading import NotText, decode, relevant

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
