"""What a baseline knows, what is new, and what has gone; of what a run did not look at it says nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jsleak.analysis.rule import RuleSettings
from jsleak.workspace import Settings, lint
from jsleak.workspace.baseline import Baseline, Compared, compare
from jsleak.workspace.baseline_file import BaselineError, read_baseline, write_baseline
from jsleak.workspace.model import BaselineEntry

Tree = Callable[[dict[str, "str | bytes"]], Path]
WEAK = "new WeakRef({});\n"
RULE = "anonymous-weakref-target"


def run(folder: Path, baseline: Baseline, *paths: str, **settings: object) -> Compared:
    chosen = Settings(jobs=1, **settings)  # type: ignore[arg-type]
    return compare(baseline, lint(paths or (".",), chosen, folder=str(folder)), chosen, folder=str(folder))


def written(folder: Path, *paths: str) -> Baseline:
    """The baseline that a first run writes into a folder."""
    file = folder / "base.json"
    compared = run(folder, read_baseline(str(file)) if file.exists() else Baseline(str(folder.resolve())), *paths)
    write_baseline(str(file), [*compared.kept, *compared.new])
    return read_baseline(str(file))


def gone(compared: Compared) -> list[str]:
    return sorted(entry.path for entry in compared.result.gone)


def new(compared: Compared) -> list[tuple[str, int]]:
    return [(finding.path, finding.range.start.line) for finding in compared.result.findings]


FILES: dict[str, str | bytes] = {"src/a.js": WEAK * 2, "src/b.js": WEAK, "lib/c.js": WEAK}

CHANGES: dict[str, tuple[dict[str, str | None], tuple[str, ...], list[tuple[str, int]], int, list[str]]] = {
    "nothing": ({}, (".",), [], 4, []),
    "lines that move": ({"src/a.js": f"\n\n  {WEAK}\n\t{WEAK}"}, (".",), [], 4, []),
    "one more": ({"src/b.js": WEAK + WEAK}, (".",), [("src/b.js", 2)], 4, []),
    "another file": ({"src/d.js": WEAK}, (".",), [("src/d.js", 1)], 4, []),
    "one of two": ({"src/a.js": f"\n{WEAK}"}, (".",), [], 3, ["src/a.js"]),
    "a file with none": ({"src/a.js": "1"}, (".",), [], 2, ["src/a.js", "src/a.js"]),
    "a file that is deleted": ({"src/a.js": None}, (".",), [], 2, ["src/a.js", "src/a.js"]),
    "a folder, and what has gone in it": ({"src/b.js": "1", "lib/c.js": "1"}, ("src",), [], 2, ["src/b.js"]),
    "a folder, and what is deleted in it": ({"src/b.js": None, "lib/c.js": None}, ("src",), [], 2, ["src/b.js"]),
    "one file": ({"src/a.js": "1", "src/b.js": WEAK, "lib/c.js": None}, ("src/b.js",), [], 1, []),
    "a file that has gone, named": ({"src/b.js": "1"}, ("src/b.js",), [], 0, ["src/b.js"]),
    "a syntax error": ({"src/a.js": f"{WEAK}<<<"}, (".",), [], 2, []),
    "a file that is too large now": ({"src/a.js": "1" * 1000}, (".",), [], 2, []),
    "a file that is ignored now": ({"src/a.js": "1", ".gitignore": "a.js\n"}, (".",), [], 2, []),
}


@pytest.mark.parametrize(("changes", "paths", "expected", "known", "missing"), CHANGES.values(), ids=CHANGES)
def test_what_is_new_and_what_has_gone(
    tree: Tree,
    changes: dict[str, str | None],
    paths: tuple[str, ...],
    expected: list[tuple[str, int]],
    known: int,
    missing: list[str],
) -> None:
    folder = tree(FILES)
    baseline = written(folder)
    for name, text in changes.items():
        (folder / name).unlink(missing_ok=True)
        if text is not None:
            (folder / name).write_text(text)
    compared = run(folder, baseline, *paths, max_file_size=900)
    assert (new(compared), len(compared.result.known), gone(compared)) == (expected, known, missing)
    assert len(compared.kept) == 4 - len(missing)
    # Written anew, it knows all that this run found, and all that it did not look at.
    again = run(folder, replace(baseline, entries=(*compared.kept, *compared.new)), *paths, max_file_size=900)
    assert (new(again), gone(again)) == ([], [])


def test_a_rule_that_did_not_run_has_nothing_gone(tree: Tree) -> None:
    folder = tree(FILES)
    baseline = written(folder)
    (folder / "src/b.js").write_text("1")
    for selected, missing in ((frozenset({"token-mismatch"}), []), (frozenset({RULE}), ["src/b.js"]), (None, ["src/b.js"])):
        assert gone(run(folder, baseline, rules=RuleSettings(selected=selected))) == missing


def test_what_is_found_by_an_import_has_gone_only_if_all_was_looked_at(tree: Tree) -> None:
    folder = tree(FILES)
    baseline = written(folder)
    (folder / "src/b.js").write_text("import { registry } from '../lib/c.js';")
    assert gone(run(folder, baseline, "src/b.js")) == []
    assert gone(run(folder, baseline, "src")) == []
    assert gone(run(folder, baseline)) == ["src/b.js"]


def test_paths_are_the_baselines_own(tree: Tree, tmp_path: Path) -> None:
    """From another working folder, and through a link to the folder, it knows the same."""
    folder = tree(FILES)
    baseline = written(folder)
    assert [entry.path for entry in baseline.entries] == ["lib/c.js", "src/a.js", "src/a.js", "src/b.js"]
    inside = run(folder / "src", baseline, ".", "../lib")
    assert (new(inside), len(inside.result.known)) == ([], 4)
    (folder / "src/a.js").write_text("1")
    assert gone(run(folder / "src", baseline)) == ["a.js", "a.js"]
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/link").symlink_to(folder / "src")
    through = run(tmp_path / "elsewhere", baseline, "link")
    assert (new(through), len(through.result.known), len(through.result.gone)) == ([], 1, 2)


def test_the_file(tree: Tree) -> None:
    folder = tree({"b.js": WEAK, "a b.js": WEAK * 2})
    file = folder / "base.json"
    written(folder)
    text = file.read_text()
    assert [line[:14] for line in text.splitlines()] == [
        "{",
        ' "version": 1,',
        ' "findings": [',
        '  {"path": "a ',
        '  {"path": "a ',
        '  {"path": "b.',
        " ]",
        "}",
    ]
    assert set(json.loads(text)["findings"][0]) == {"path", "rule", "fingerprint", "message"}
    # Lines that move leave it as it is.
    before = file.stat().st_ino, file.stat().st_mtime_ns
    (folder / "b.js").write_text(f"\n\n{WEAK}")
    written(folder)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "entry",
    [
        BaselineEntry("\udcff.js", "a-rule", "01ab", "names that are not UTF-8"),
        BaselineEntry("ä/\u2028.js", "a-rule", "01ab", 'lines\n and "quotes"'),
        BaselineEntry("../a.js", "a-rule", "01ab", "m" * 500),
    ],
    ids=["surrogates", "separators", "long"],
)
def test_written_and_read(tmp_path: Path, entry: BaselineEntry) -> None:
    file = str(tmp_path / "base.json")
    write_baseline(file, [entry, entry])
    (read,) = read_baseline(file).entries
    assert (read.path, read.rule, read.fingerprint) == (entry.path, entry.rule, entry.fingerprint)
    assert len(read.message) <= 120
    write_baseline(file, [])
    assert read_baseline(file).entries == ()


HEAD = '{\n "version": 1,\n "findings": [\n'
GOOD = '{"path": "a.js", "rule": "r", "fingerprint": "01aa", "message": ""}'
MALFORMED = {
    "no JSON": ("nothing", "1:1: no valid JSON: Expecting value."),
    "a conflict": (f"{HEAD}{GOOD},\n<<<<<<< ours\n", "5:1: a merge conflict that nobody has resolved."),
    "a list": ("[1]", '1:1: no baseline: it is to be an object with "version" and "findings".'),
    "a later version": ('{"version": 2, "findings": []}', "1:13: a baseline of another version of jsleak."),
    "no findings": ('{"version": 1}', '1:1: no baseline: "findings" is to be a list.'),
    "findings that are no list": ('{"version": 1,\n"findings": {}}', '2:13: no baseline: "findings" is to be a list.'),
    "an entry that is none": (f"{HEAD}{GOOD},\n  7]}}", "5:3: an entry is to be an object."),
    "an entry without a path": (f'{HEAD}{{"rule": "r"}}]}}', '4:1: an entry is to have a text as its "path".'),
    "a number for a rule": (f'{HEAD}{{"path": "a.js", "rule": 7}}]}}', '4:26: an entry is to have a text as its "rule".'),
    "another fingerprint": (f"{HEAD}{GOOD.replace('01aa', '99aa')}]}}", "4:46: a fingerprint of another version of jsleak."),
    "NUL in a path": (HEAD + GOOD.replace("a.js", "\\u0000") + "]}", "4:10: no file can have this name."),
    "deep": ("[" * 100_000, "no baseline: it is nested too deeply."),
}


@pytest.mark.parametrize(("text", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "base.json"
    file.write_text(text)
    with pytest.raises(BaselineError) as raised:
        read_baseline(str(file))
    assert str(raised.value).startswith(f"{file}:")
    assert message in str(raised.value)


def test_no_text_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_bytes(b"ab\xff")
    with pytest.raises(BaselineError, match="no text: the byte at offset 2 is not UTF-8"):
        read_baseline(str(tmp_path / "base.json"))
    with pytest.raises(BaselineError, match="no such file"):
        read_baseline(str(tmp_path / "none.json"))
    with pytest.raises(BaselineError, match="not a regular file"):
        read_baseline(str(tmp_path))
