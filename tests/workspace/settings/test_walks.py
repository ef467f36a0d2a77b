"""Settings in a run: which files are taken, with which settings, and what a wrong settings file costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace import LintResult, Settings, SettingsFiles, lint, lint_bytes

WEAK = "new WeakRef({})\n"
Tree = Callable[[dict[str, "str | bytes"]], Path]
FILES = ["a.js", "dist/b.js", "src/c.js", "src/dist/d.js", "src/e.min.js"]


def examined(root: Path, *paths: str, force: bool = False) -> LintResult:
    return lint(paths or (".",), SettingsFiles(Settings(jobs=1, force_exclude=force)), folder=str(root))


def names(result: LintResult) -> list[str]:
    return sorted({finding.path for finding in result.findings})


#: Further files, what is named, and what is examined of FILES without and with --force-exclude.
TAKEN: list[tuple[dict[str, str], list[str], list[str], list[str]]] = [
    ({}, ["."], FILES, FILES),
    ({"jsleak.toml": 'exclude = ["dist/"]'}, ["."], ["a.js", "src/c.js", "src/e.min.js"], ["a.js", "src/c.js", "src/e.min.js"]),
    ({"jsleak.toml": 'exclude = ["/dist/"]'}, ["."], [FILES[0], *FILES[2:]], [FILES[0], *FILES[2:]]),
    ({"jsleak.toml": 'exclude = ["*.js", "!c.js"]'}, ["."], ["src/c.js"], ["src/c.js"]),
    (
        {"jsleak.toml": 'include = ["src/"]\nexclude = ["*.min.js"]'},
        ["."],
        ["src/c.js", "src/dist/d.js"],
        ["src/c.js", "src/dist/d.js"],
    ),
    ({"jsleak.toml": 'exclude = ["dist/"]'}, ["dist/b.js"], ["dist/b.js"], []),
    ({"jsleak.toml": 'exclude = ["dist/"]'}, ["dist"], ["dist/b.js"], []),
    ({"jsleak.toml": 'exclude = ["dist/"]'}, ["src/dist"], ["src/dist/d.js"], []),
    ({"jsleak.toml": 'include = ["src/"]'}, ["a.js", "src/c.js"], ["a.js", "src/c.js"], ["src/c.js"]),
    ({".gitignore": "dist/\n"}, ["dist/b.js", "src/dist/d.js", "a.js"], ["a.js", "dist/b.js", "src/dist/d.js"], ["a.js"]),
    ({".gitignore": "dist/\n", "jsleak.toml": "respect-ignore = false"}, ["."], FILES, FILES),
    # The nearest settings file counts, unless its folder is left out by those above.
    ({"jsleak.toml": 'exclude = ["c.js"]', "src/jsleak.toml": ""}, ["."], FILES, FILES),
    (
        {"jsleak.toml": 'exclude = ["src/"]', "src/jsleak.toml": "x ="},
        ["."],
        ["a.js", "dist/b.js"],
        ["a.js", "dist/b.js"],
    ),
]


@pytest.mark.parametrize(("files", "named", "taken", "forced"), TAKEN)
def test_what_is_taken(tree: Tree, files: dict[str, str], named: list[str], taken: list[str], forced: list[str]) -> None:
    root = tree({**dict.fromkeys(FILES, WEAK), **files})
    result = examined(root, *named)
    assert (names(result), result.problems, result.files) == (taken, (), len(taken))
    assert names(examined(root, *named, force=True)) == forced


def test_each_file_has_its_own_limit(tree: Tree) -> None:
    root = tree({"a.js": WEAK, "small/jsleak.toml": "max-file-size = 3", "small/b.js": WEAK})
    result = examined(root)
    assert (names(result), result.skipped) == (["a.js"], ("small/b.js",))
    assert examined(root, "small/b.js").skipped == ("small/b.js",)


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_file_has_its_own_time(tree: Tree, jobs: int) -> None:
    root = tree({"a.js": WEAK, "slow/jsleak.toml": "time-limit = 0.2", "slow/b.js": WEAK + "// @@sleep"})
    result = lint((".",), SettingsFiles(Settings(jobs=jobs)), folder=str(root))
    assert names(result) == ["a.js"]
    assert "took more than 0.2 s" in result.problems[0].message


@pytest.mark.parametrize("named", [["."], ["a.js", "bad/b.js", "bad/c.js"]], ids=["walked", "named"])
def test_wrong_settings_cost_their_own_files_only_and_are_told_once(tree: Tree, named: list[str]) -> None:
    root = tree({"a.js": WEAK, "bad/jsleak.toml": "\nselekt = 1", "bad/b.js": WEAK, "bad/c.js": WEAK})
    result = examined(root, *named)
    assert names(result) == ["a.js"]
    assert [(one.path, one.kind.value, one.range and one.range.start.line) for one in result.problems] == [
        ("bad/jsleak.toml", "bad-settings", 2)
    ]
    assert result.failed


def test_wrong_settings_of_a_folder_without_files_are_told_of(tree: Tree) -> None:
    assert examined(tree({"jsleak.toml": "x = 1"})).failed


def test_a_text_has_the_settings_of_the_place_that_it_names(tree: Tree) -> None:
    root = tree({"jsleak.toml": 'exclude = ["out/"]', "small/jsleak.toml": "max-file-size = 3", "bad/jsleak.toml": "x = 1"})

    def result(name: str | None, force: bool = False) -> LintResult:
        files = SettingsFiles(Settings(force_exclude=force))
        path = None if name is None else str(root / name)
        return lint_bytes(WEAK.encode(), name or "<stdin>", files, path=path, folder=str(root))

    assert names(result(None)) == ["<stdin>"]
    assert names(result("out/a.js")) == ["out/a.js"]
    assert result("small/a.js").skipped == ("small/a.js",)
    assert [one.path for one in result("bad/a.js").problems] == ["bad/jsleak.toml"]


def test_a_forced_text_that_is_left_out_is_not_examined(tree: Tree) -> None:
    root = tree({"jsleak.toml": 'exclude = ["out/"]', "out/a.js": WEAK})
    files = SettingsFiles(Settings(force_exclude=True))
    assert lint_bytes(WEAK.encode(), "out/a.js", files, path=str(root / "out/a.js"), folder=str(root)) == LintResult()
