"""What a file's surroundings tell the analysis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak import analysis
from jsleak.analysis import Loader
from jsleak.analysis.findings import Analysis, Problem, ProblemKind
from jsleak.workspace import LintResult, lint_bytes
from jsleak.workspace.packages import loader

WEAK = "new WeakRef({})\n"
Tree = Callable[[dict[str, "str | bytes"]], Path]
Run = Callable[..., LintResult]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str | None]]:
    """The source types that the analysis was given for each file; a text with ``import`` parses as a module only."""
    types: dict[str, list[str | None]] = {}

    def analyze(
        text: str,
        *,
        filename: str,
        source_type: str | None = None,
        settings: object = None,
        load: Loader | None = None,
        outline: bool = False,
    ) -> Analysis:
        types.setdefault(filename, []).append(source_type)
        if source_type == "commonjs" and "import" in text:
            return Analysis((), (Problem(filename, ProblemKind.SYNTAX_ERROR, "no import here"),))
        return Analysis()

    monkeypatch.setattr(analysis, "analyze", analyze)
    return types


def test_source_types(tree: Tree, run: Run, seen: dict[str, list[str | None]]) -> None:
    package = '{"type": "module"}'
    tree(
        {
            "none.js": WEAK,
            "m.mjs": WEAK,
            "c.cjs": WEAK,
            "esm/package.json": package,
            "esm/a.js": WEAK,
            "esm/deep/a.js": WEAK,
            "esm/a.cjs": WEAK,
            "esm/untyped/package.json": "{}",
            "esm/untyped/a.js": WEAK,
            "esm/vendor/node_modules/p.js": WEAK,
            "cjs/package.json": '\ufeff{"type": "commonjs"}',
            "cjs/a.js": WEAK,
            "cjs/bundled.js": "import 'x'\n" + WEAK,
            "cjs/bundled.cjs": "import 'x'\n" + WEAK,
            "broken/package.json": "{",
            "broken/a.js": WEAK,
        }
    )
    result = run(".", "esm/vendor/node_modules", jobs=1)
    assert seen == {
        "none.js": [None],
        "m.mjs": ["module"],
        "c.cjs": ["commonjs"],
        "esm/a.js": ["module"],
        "esm/deep/a.js": ["module"],
        "esm/a.cjs": ["commonjs"],
        "esm/untyped/a.js": [None],
        "esm/vendor/node_modules/p.js": [None],
        "cjs/a.js": ["commonjs"],
        "cjs/bundled.js": ["commonjs", None],
        "cjs/bundled.cjs": ["commonjs"],
        "broken/a.js": [None],
    }
    # A package's word is a hint, an extension is not.
    assert [problem.path for problem in result.problems] == ["cjs/bundled.cjs"]


LOADS = [
    ("./b", "lib/b.js"),
    ("./b.js", "lib/b.js"),
    ("./b?raw", "lib/b.js"),
    ("./m", "lib/m.mjs"),
    ("../c.cjs", "c.cjs"),
    ("./folder", "lib/folder/index.js"),
    ("./folder/", "lib/folder/index.js"),
    (".", "lib/index.js"),
    ("b", None),
    ("/b", None),
    ("./none", None),
    ("./plain", None),
    ("./large", None),
    ("./binary", None),
]


@pytest.mark.parametrize(("specifier", "expected"), LOADS, ids=[case[0] for case in LOADS])
def test_load(tree: Tree, specifier: str, expected: str | None) -> None:
    folder = tree(
        {
            "lib/b.js": WEAK,
            "lib/m.mjs": WEAK,
            "c.cjs": WEAK,
            "lib/folder/index.js": WEAK,
            "lib/index.js": WEAK,
            "lib/plain.js": "1",
            "lib/large.js": WEAK * 1000,
            "lib/binary.js": WEAK.encode() + b"\xff",
        }
    )
    load = loader(str(folder / "lib/a.js"), "lib/a.js", str(folder), 1000)
    assert load("lib/a.js", specifier) == ((expected, WEAK) if expected else None)


def test_a_text_that_is_not_on_disk_has_its_places_surroundings(tree: Tree, seen: dict[str, list[str | None]]) -> None:
    folder = tree({"package.json": '{"type": "module"}'})
    lint_bytes(WEAK.encode(), "new.js", path=str(folder / "new.js"), folder=str(folder))
    lint_bytes(WEAK.encode(), "<stdin>")
    lint_bytes(WEAK.encode(), "x.cjs")
    assert seen == {"new.js": ["module"], "<stdin>": [None], "x.cjs": ["commonjs"]}
