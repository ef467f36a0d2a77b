"""Settings files: what is read, what is said of what means nothing, and where."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.workspace.settings.declared import DECLARED
from jsleak.workspace.settings.files import SettingsFile, find
from jsleak.workspace.settings.parsing import parsed
from jsleak.workspace.settings.places import json_places, toml_places


def engine_error(text: str) -> str | None:
    return "no such engine" if text.startswith("netscape") else None


def toml(text: str | bytes) -> SettingsFile:
    return parsed("/p/jsleak.toml", text.encode() if isinstance(text, str) else text, engine_error)


@pytest.mark.parametrize("setting", DECLARED.values(), ids=list(DECLARED))
def test_each_example_is_good(setting: Any) -> None:
    file = toml(setting.example)
    assert file.problems == ()
    assert list(file.values) == [setting.name]


#: The text, then the line and column of each problem and how it begins.
WRONG: list[tuple[str, list[tuple[int, int, str]]]] = [
    ('\nselekt = ["all"]', [(2, 1, "There is no setting `selekt`. Did you mean `select`?")]),
    ("select = []", [(1, 10, '`select` selects no rule; ["all"] selects all of them.')]),
    ('select = "all"', [(1, 10, "`select` must be a list of strings, not 'all'.")]),
    ("ignore = [1]", [(1, 11, "`ignore` must be a list of strings, not [1].")]),
    (
        'ignore = [\n  "anonymous-target",\n  "object-held",\n]',
        [(3, 3, "`ignore`: there is no rule `object-held`. Did you mean `object-held-value`?")],
    ),
    ('[severity]\nno-rule-at-all = "off"', [(2, 1, "`severity`: there is no rule `no-rule-at-all`.")]),
    (
        'severity.anonymous-target = "warn"',
        [(1, 29, "`severity.anonymous-target` must be one of info, warning, error, off, not 'warn'. Did you mean `warning`?")],
    ),
    ("severity.anonymous-target = []", [(1, 29, "`severity.anonymous-target` must be one of info")]),
    (
        "[options.throw-after-register]\nany-cal = true",
        [(2, 1, "`options.throw-after-register`: the rule has no option `any-cal`. Did you mean `any-call`?")],
    ),
    (
        "options.throw-after-register.any-call = 1",
        [(1, 41, "`options.throw-after-register.any-call` must be true or false, not 1.")],
    ),
    ("options.throw-after-register = 1", [(1, 32, "`options.throw-after-register` must be a table of options, not 1.")]),
    ('per-file-ignores."#" = ["all"]', [(1, 18, "`per-file-ignores`: `#` is no pattern as in .gitignore")]),
    ('exclude = ["dist/", ""]', [(1, 21, "`exclude`: `` is no pattern as in .gitignore: it is empty, or a comment.")]),
    ('engines = ["node", "netscape 4"]', [(1, 20, "`engines`: no such engine")]),
    ("max-file-size = 0", [(1, 17, "`max-file-size` must be a number of bytes above 0, or a size like")]),
    ('max-file-size = "' + "9" * 400 + 'G"', [(1, 17, "`max-file-size` must be a number of bytes")]),
    ("time-limit = nan", [(1, 14, "`time-limit` must be a number of seconds above 0")]),
    ("time-limit = true", [(1, 14, "`time-limit` must be a number of seconds above 0")]),
    ('respect-ignore = "no"', [(1, 18, "`respect-ignore` must be true or false, not 'no'.")]),
    ("a = ", [(1, 5, "not TOML: ")]),
    ("select = [", [(1, 11, "not TOML: ")]),
    ("a = 1\nb = 2\n", [(1, 1, "There is no setting `a`."), (2, 1, "There is no setting `b`.")]),
]


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[text[:40] for text, _ in WRONG])
def test_what_is_wrong_and_where(text: str, expected: list[tuple[int, int, str]]) -> None:
    problems = toml(text).problems
    assert len(problems) == len(expected)
    for problem, (line, column, beginning) in zip(problems, expected, strict=True):
        assert problem.range
        assert problem.kind == "bad-settings"
        assert problem.message.startswith(beginning)
        assert (problem.range.start.line, problem.range.start.column) == (line, column)


def test_a_wrong_value_costs_no_other() -> None:
    file = toml('ignore = ["nonsense", "anonymous-target"]\nselect = 3\ntime-limit = 5')
    assert file.values == {"ignore": ("anonymous-target",), "time-limit": 5.0}
    assert len(file.problems) == 2


@pytest.mark.parametrize("data", [b"\xff\xfea", b"a = '\xff'", b"[" * 5000, b"\0"], ids=["UTF-16", "bytes", "deep", "NUL"])
def test_what_is_no_toml_is_a_problem(data: bytes) -> None:
    assert [one.kind for one in toml(data).problems] == ["bad-settings"]


def test_a_mark_and_crlf_shift_nothing() -> None:
    (problem,) = toml('\ufeffselect = ["all"]\r\nx = 1\r\n').problems
    assert problem.range
    assert (problem.range.start.line, problem.range.start.column) == (2, 1)


PACKAGES: list[tuple[str, bool, int]] = [
    ('{"name": "x"}', False, 0),
    ('{"dependencies": {"jsleak": "1"}}', False, 0),
    ('{"jsleak": {}}', True, 0),
    ('{"jsleak": {"ignore": ["anonymous-target"]}}', True, 0),
    ('{"jsleak": {"ignore": ["anonymous"]}}', True, 1),
    ('{"jsleak": 3}', True, 1),
    ('{"jsleak": ', True, 1),
    ("{", False, 0),
]


@pytest.mark.parametrize(("text", "counts", "problems"), PACKAGES, ids=[case[0] for case in PACKAGES])
def test_package_json(tmp_path: Path, text: str, counts: bool, problems: int) -> None:
    (tmp_path / "package.json").write_text(text)
    file = find(str(tmp_path), engine_error)
    assert (file is not None) == counts
    if file is not None:
        assert len(file.problems) == problems


def test_a_package_tells_the_place() -> None:
    file = parsed("/p/package.json", b'{\n  "jsleak": {\n    "ignore": ["nonsense"]\n  }\n}', engine_error)
    assert file.problems[0].range
    assert (file.problems[0].range.start.line, file.problems[0].range.start.column) == (3, 16)


def test_toml_goes_before_a_package(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"jsleak": {"select": ["anonymous-target"]}}')
    (tmp_path / "jsleak.toml").write_text("")
    file = find(str(tmp_path), engine_error)
    assert file
    assert file.path.endswith("jsleak.toml")


def test_a_folder_of_that_name_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "jsleak.toml").mkdir()
    file = find(str(tmp_path), engine_error)
    assert file
    assert [one.message for one in file.problems] == ["not a regular file"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def ways(value: object, key: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """The way to everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {key}.union(*(ways(one, (*key, name)) for name, one in inner))


@given(JSON)
def test_everything_in_json_has_its_place(value: object) -> None:
    text = json.dumps(value, indent=1)
    places = json_places(text)
    assert set(places) == ways(value)
    for key, place in places.items():
        here = value
        for part in key:
            here = here[part]  # type: ignore[index]
        assert json.loads(text[slice(*place.value)]) == here


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers() | st.text() | st.lists(st.integers()), max_size=4))
def test_everything_in_toml_has_its_place(table: dict[str, Any]) -> None:
    def quoted(value: object) -> str:
        # JSON's strings are TOML's, but for the characters above the first plane and DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    text = "# first\n" + "".join(f"{quoted(name)} = {quoted(value)} # last\n" for name, value in table.items())
    assert tomllib.loads(text) == table
    places = toml_places(text)
    assert set(places) == ways(table) - {()}
    for name, value in table.items():
        assert tomllib.loads("x = " + text[slice(*places[name,].value)])["x"] == value


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_raise(data: bytes) -> None:
    toml(data)
    parsed("/p/package.json", data, engine_error)
