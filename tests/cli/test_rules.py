"""``jsleak rules``, ``jsleak explain``, and what options make of rule names."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping

import click
import pytest
from click.testing import CliRunner

from jsleak.analysis.findings import Finding, Severity
from jsleak.analysis.pages import markdown
from jsleak.analysis.rule import LoadedRule, NoExperiment, Option, Rule, rule_names
from jsleak.cli import options
from jsleak.cli.app import app
from jsleak.cli.options import rule_options, shown_size, size, split_names
from jsleak.cli.settings import settings_files
from jsleak.workspace.settings import scope

Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]


def _check(module: object) -> Iterator[Finding]:
    return iter(())


OPTIONS = (
    Option("any-call", False, "Count any call."),
    Option("depth", 3, "How deep."),
    Option("mode", "fast", "How."),
    Option("names", ("close", "free"), "Release methods."),
)
RULES: Mapping[str, LoadedRule] = {
    name: LoadedRule(
        Rule(
            name,
            severity,
            f"The {name}.",
            ("https://tc39.es/ecma262/",),
            NoExperiment("made up"),
            OPTIONS if name == "some-rule" else (),
        ),
        _check,
        "## What it does\nFinds things.",
        {"the plain case": "\nnew WeakRef({});\n// ^^\n"},
        {"held": "const a = {};\n"},
    )
    for name, severity in (("other-rule", Severity.WARNING), ("some-rule", Severity.ERROR))
}


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "load_rules", lambda: RULES)
    monkeypatch.setattr(options, "rule_names", lambda: tuple(RULES))
    monkeypatch.setattr(scope, "rule_names", lambda: tuple(RULES))


def test_page() -> None:
    assert (
        markdown(RULES["some-rule"])
        == """\
# some-rule

**error**: The some-rule.

## What it does
Finds things.

## Options

- `any-call` (default `false`): Count any call. Set it with `--rule-option some-rule.any-call=VALUE`.
- `depth` (default `3`): How deep. Set it with `--rule-option some-rule.depth=VALUE`.
- `mode` (default `fast`): How. Set it with `--rule-option some-rule.mode=VALUE`.
- `names` (default `close,free`): Release methods. Set it with `--rule-option some-rule.names=VALUE`.

## Bad: the plain case

```js
new WeakRef({});
// ^^
```

## Good: held

```js
const a = {};
```

## Sources

- https://tc39.es/ecma262/
"""
    )


SELECTIONS: list[tuple[list[str], list[str], set[str] | None]] = [
    ([], [], None),
    (["some-rule"], [], {"some-rule"}),
    (["some-rule, other-rule"], [], None),
    (["some-rule", "other-rule"], ["some-rule"], {"other-rule"}),
    ([], ["some-rule"], {"other-rule"}),
    ([], ["some-rule,other-rule"], set()),
]


@pytest.mark.parametrize(("select", "ignore", "expected"), SELECTIONS)
def test_selection(made_up: None, select: list[str], ignore: list[str], expected: set[str] | None) -> None:
    rules = settings_files(select=select, ignore=ignore, isolated=True).for_file("/a.js").rules
    assert rules
    assert rules.selected == expected


def test_rule_options(made_up: None) -> None:
    given = ["some-rule.any-call=true", "some-rule.depth=7", "some-rule.mode=a=b", "some-rule.names=close, end"]
    assert rule_options(given) == {"some-rule": {"any-call": True, "depth": 7, "mode": "a=b", "names": ("close", "end")}}


WRONG = [
    ("some-rule.any-call=maybe", "`some-rule.any-call=maybe`: the value must be true or false."),
    ("some-rule.depth=deep", "`some-rule.depth=deep`: the value must be a whole number."),
    (
        "some-rule.any-cal=true",
        "The rule `some-rule` has no option `any-cal`. Did you mean `any-call`? It has: any-call, depth, mode, names.",
    ),
    ("other-rule.x=1", "The rule `other-rule` has no option `x`. It has none."),
    ("some-rul.x=1", "There is no rule `some-rul`. Did you mean `some-rule`? `jsleak rules` lists them."),
]


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[case[0] for case in WRONG])
def test_wrong_rule_options(made_up: None, given: str, message: str) -> None:
    with pytest.raises(click.BadParameter) as error:
        rule_options([given])
    assert error.value.message == message


def test_small_things() -> None:
    assert split_names(["a,b", " c ,, "]) == ["a", "b", "c"]
    assert [size(text) for text in ("10", "1.5K", "2MiB", "1 g", "3kb")] == [10, 1536, 2 << 20, 1 << 30, 3072]
    assert [shown_size(count) for count in (10, 1024, 1 << 20, 3 << 29)] == ["10 bytes", "1 KiB", "1 MiB", "1.5 GiB"]


def test_listing(jsleak: Jsleak) -> None:
    done = jsleak("rules", "--format", "json")
    listed = json.loads(done.stdout)
    assert done.returncode == 0
    assert [rule["name"] for rule in listed] == list(rule_names())
    assert all(set(rule) == {"name", "severity", "summary", "experiment", "options", "sources"} for rule in listed)
    shown = jsleak("rules").stdout.decode()
    assert [line.split()[0] for line in shown.splitlines() if not line.startswith(" ")] == list(rule_names())


@pytest.mark.parametrize("name", rule_names())
def test_explain(name: str) -> None:
    def explained(*arguments: str, charset: str = "utf-8") -> str:
        done = CliRunner(charset=charset).invoke(app, ["explain", name, *arguments])
        assert (done.exit_code, done.stderr, done.exception) == (0, "", None)
        return done.stdout

    assert explained().startswith(f"# {name}\n")
    coloured = explained("--color", "always")
    assert "\x1b[" in coloured
    assert name in coloured
    assert explained("--color", "always", charset="ascii").isascii()


def test_explain_as_a_process(jsleak: Jsleak) -> None:
    plain = jsleak("explain", "anonymous-target")
    assert plain.stdout.startswith(b"# anonymous-target\n")
    assert (plain.returncode, plain.stderr) == (0, b"")
    ascii_only = jsleak("explain", "anonymous-target", "--color", "always", PYTHONIOENCODING="ascii")
    assert ascii_only.stdout.isascii()
    assert (ascii_only.returncode, ascii_only.stderr) == (0, b"")
