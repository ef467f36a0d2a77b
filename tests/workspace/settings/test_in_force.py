"""What is in force for a file: the nearest settings file, what it extends, what was asked for by hand."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis.rule import rule_names
from jsleak.workspace import Overrides, Settings, SettingsFiles
from jsleak.workspace.settings.files import SettingsFile
from jsleak.workspace.settings.scope import Scope

Tree = Callable[[dict[str, "str | bytes"]], Path]
A, B, C = "anonymous-target", "object-held-value", "unchecked-deref"
ALL = set(rule_names())


def on(settings: Settings) -> set[str]:
    assert settings.rules
    return set(ALL if settings.rules.selected is None else settings.rules.selected)


#: Settings files by name, flags, a file, and the rules that run for it.
RULES: list[tuple[dict[str, str], dict[str, Any], str, set[str]]] = [
    ({"jsleak.toml": ""}, {}, "a.js", ALL),
    ({"jsleak.toml": f'ignore = ["{A}"]'}, {}, "a.js", ALL - {A}),
    ({"jsleak.toml": f'select = ["{A}", "{B}"]\nignore = ["{A}"]'}, {}, "a.js", {B}),
    ({"jsleak.toml": f'severity.{A} = "off"'}, {}, "a.js", ALL - {A}),
    ({"jsleak.toml": f'ignore = ["{A}"]'}, {}, "deep/er/a.js", ALL - {A}),
    ({"jsleak.toml": f'ignore = ["{A}"]', "deep/jsleak.toml": f'ignore = ["{B}"]'}, {}, "deep/er/a.js", ALL - {B}),
    ({"jsleak.toml": f'ignore = ["{A}"]', "deep/package.json": "{}"}, {}, "deep/a.js", ALL - {A}),
    ({"package.json": f'{{"jsleak": {{"select": ["{C}"]}}}}'}, {}, "a.js", {C}),
    ({"jsleak.toml": f'per-file-ignores."test/" = ["{A}"]'}, {}, "src/test/a.js", ALL - {A}),
    ({"jsleak.toml": f'per-file-ignores."/test/" = ["{A}"]'}, {}, "src/test/a.js", ALL),
    ({"jsleak.toml": 'per-file-ignores."*.min.js" = ["all"]'}, {}, "src/a.min.js", set()),
    # Flags go over files.
    ({"jsleak.toml": f'select = ["{A}"]'}, {"select": (B,)}, "a.js", {B}),
    ({"jsleak.toml": f'ignore = ["{A}"]\nseverity.{B} = "off"'}, {"select": (A, B)}, "a.js", {A, B}),
    ({"jsleak.toml": f'ignore = ["{A}"]'}, {"ignore": (B,)}, "a.js", ALL - {A, B}),
    ({"jsleak.toml": f'severity.{A} = "off"'}, {"severity": {A: "error"}}, "a.js", ALL),
    ({"jsleak.toml": ""}, {"select": (A, B), "ignore": (B,)}, "a.js", {A}),
    ({"jsleak.toml": f'per-file-ignores."*.js" = ["{A}"]'}, {"select": (A, B)}, "a.js", {B}),
    # extends: tables by their keys, everything else as a whole; names without a slash mean any place below.
    ({"base.toml": f'ignore = ["{A}"]', "jsleak.toml": 'extends = "base.toml"'}, {}, "a.js", ALL - {A}),
    ({"base.toml": f'ignore = ["{A}"]', "jsleak.toml": f'extends = "base.toml"\nignore = ["{B}"]'}, {}, "a.js", ALL - {B}),
    (
        {
            "base.toml": f'severity.{A} = "off"\nseverity.{B} = "off"',
            "jsleak.toml": f'extends = ["base.toml"]\nseverity.{A} = "error"',
        },
        {},
        "a.js",
        ALL - {B},
    ),
    (
        {"a.toml": f'select = ["{A}"]', "b.toml": f'select = ["{B}"]', "jsleak.toml": 'extends = ["a.toml", "b.toml"]'},
        {},
        "a.js",
        {B},
    ),
    (
        {"shared/base.toml": f'per-file-ignores."*.test.js" = ["{A}"]', "jsleak.toml": 'extends = "shared/base.toml"'},
        {},
        "a.test.js",
        ALL - {A},
    ),
    (
        {"shared/base.toml": f'per-file-ignores."/x/*.js" = ["{A}"]', "jsleak.toml": 'extends = "shared/base.toml"'},
        {},
        "x/a.js",
        ALL,
    ),
]


@pytest.mark.parametrize(("files", "flags", "name", "expected"), RULES)
def test_which_rules_run(tree: Tree, files: dict[str, str], flags: dict[str, Any], name: str, expected: set[str]) -> None:
    root = tree({**files})
    settings = SettingsFiles(overrides=Overrides(**flags))
    path = str(root / name)
    assert settings.scope(str((root / name).parent)).problems == ()
    assert on(settings.for_file(path)) == expected
    levels = settings.scope(str((root / name).parent)).levels(path)
    assert {rule for rule, level in levels.items() if level.on} == expected


def test_everything_else(tree: Tree) -> None:
    root = tree(
        {
            "jsleak.toml": f'engines = ["node >=18"]\nmax-file-size = "2K"\ntime-limit = 3\nrespect-ignore = false\n'
            f'severity.{A} = "info"\noptions.throw-after-register.any-call = true'
        }
    )
    got = SettingsFiles().for_file(str(root / "a.js"))
    assert (got.engines, got.max_file_size, got.time_limit, got.respect_ignore) == (("node >=18",), 2048, 3.0, False)
    assert got.rules
    assert got.rules.severity == {A: "info"}
    assert got.rules.options == {"throw-after-register": {"any-call": True}}
    over = Overrides(engines=("node 20",), max_file_size=7, respect_ignore=True)
    got = SettingsFiles(overrides=over).for_file(str(root / "a.js"))
    assert (got.engines, got.max_file_size, got.time_limit, got.respect_ignore) == (("node 20",), 7, 3.0, True)


def test_without_files_the_base_is_in_force_as_it_is(tmp_path: Path) -> None:
    base = Settings(max_file_size=10, time_limit=2)
    assert SettingsFiles(base, isolated=True).for_file(str(tmp_path / "a.js")) is base
    assert SettingsFiles.of(base).for_file(str(tmp_path / "a.js")) is base


def test_config_takes_the_place_of_what_is_found_and_counts_from_the_folder(tree: Tree) -> None:
    root = tree({"jsleak.toml": f'ignore = ["{A}"]', "etc/other.toml": f'per-file-ignores."/src/" = ["{B}"]'})
    files = SettingsFiles(config=str(root / "etc/other.toml"), folder=str(root))
    assert on(files.for_file(str(root / "src/a.js"))) == ALL - {B}
    assert on(files.for_file(str(root / "a.js"))) == ALL


BAD_EXTENDS = [
    ({"jsleak.toml": 'extends = "no.toml"'}, "there is no file `no.toml`"),
    ({"jsleak.toml": 'extends = "jsleak.toml"'}, "this goes in a circle: jsleak.toml → jsleak.toml"),
    ({"jsleak.toml": 'extends = "b.toml"', "b.toml": 'extends = "jsleak.toml"'}, "this goes in a circle"),
    ({"jsleak.toml": 'extends = "b.ini"', "b.ini": ""}, "`b.ini` is neither a `.toml` file nor a `package.json`"),
    ({"jsleak.toml": 'extends = "p/package.json"', "p/package.json": "{}"}, "has no `jsleak`"),
    ({"jsleak.toml": 'extends = "b.toml"', "b.toml": "x = 1"}, "There is no setting `x`."),
]


@pytest.mark.parametrize(("files", "message"), BAD_EXTENDS, ids=[case[1] for case in BAD_EXTENDS])
def test_what_cannot_be_extended(tree: Tree, files: dict[str, str], message: str) -> None:
    (problem,) = SettingsFiles().scope(str(tree({**files}))).problems
    assert message in problem.message


def test_they_travel_to_other_processes_and_are_read_anew_there(tree: Tree) -> None:
    root = tree({"jsleak.toml": f'ignore = ["{A}"]'})
    files = SettingsFiles(overrides=Overrides(ignore=(B,)))
    path = str(root / "a.js")
    before = files.for_file(path)
    (root / "jsleak.toml").write_text("")
    assert files.for_file(path) is before
    assert on(pickle.loads(pickle.dumps(files)).for_file(path)) == ALL - {B}
    files.forget()
    assert on(files.for_file(path)) == ALL - {B}


LEVELS = st.dictionaries(st.sampled_from([A, B, C]), st.sampled_from(["info", "warning", "error", "off"]))
NAMES = st.lists(st.sampled_from([A, B, C]), unique=True, max_size=3).map(tuple)


@given(LEVELS, LEVELS, NAMES, NAMES)
def test_flags_win(said: dict[str, str], asked: dict[str, str], ignored: tuple[str, ...], select: tuple[str, ...]) -> None:
    """Whatever a file says: what is selected by hand runs unless it is turned off by hand, with the severity asked for by hand."""
    file = SettingsFile("/p/jsleak.toml", values={"severity": said, "ignore": ignored})
    scope = Scope((file,), (), Settings(), Overrides(select=select, severity=asked))
    levels = scope.levels("/p/a.js")
    for rule in select:
        assert levels[rule].on == (asked.get(rule) != "off")
        if rule in asked and levels[rule].on:
            assert levels[rule].severity == asked[rule]
    if select:
        assert {rule for rule, level in levels.items() if level.on} <= set(select)
