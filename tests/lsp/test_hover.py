"""Hover: a program with a marked place, and what is told of it."""

from __future__ import annotations

import re

import pytest
from lsprotocol import types

from jsleak.analysis.findings import Status, Verdict
from jsleak.analysis.rule import load_rules
from jsleak.lsp.features.hover import hover
from jsleak.lsp.features.markup import Markup
from support.snapshots import URI, at, marked, snapshot_of

REGISTRY = "const registry = new FinalizationRegistry((held) => held);\n"
TEXT, MARKDOWN = Markup(markdown=False), Markup(markdown=True)


def page(rule: str) -> str:
    return f"file:///pages/{rule}.md"


def told(program: str, markup: Markup = TEXT, **known: object) -> str:
    """What hover says at the marked place; empty where it says nothing."""
    text, position = marked(program)
    found = hover(snapshot_of(text, **known), position, markup, page)  # type: ignore[arg-type]
    if found is None:
        return ""
    assert isinstance(found.contents, types.MarkupContent)
    assert found.contents.kind == (types.MarkupKind.Markdown if markup.markdown else types.MarkupKind.PlainText)
    return found.contents.value


SITES = {
    "nobody": (
        "class A { constructor(fd) { registry.‸register(this, 3, this); } }",
        """
A registration with `registry` (line 1)

- target `this` (instance of `A`): held weakly
- held value `3`: a number, which holds nothing
- token `this` (instance of `A`): held weakly

What keeps the target alive

Nothing that this module keeps: it is collected once nobody uses it any more.
""",
    ),
    "no token, a held value of unknown kind": (
        "class A { constructor(fd) { ‸registry.register(this, fd); } }",
        """
A registration with `registry` (line 1)

- target `this` (instance of `A`): held weakly
- held value `fd`: held strongly until the callback has run, if it is an object
- no token: it can't be unregistered

What keeps the target alive

Nothing that this module keeps: it is collected once nobody uses it any more.
""",
    ),
    "a collection and the caller": (
        "const all = new Map();\nexport function open(id) {\n  const h = {};\n  all.set(id, h);\n  registry.register(‸h, id, h);\n"
        "  return h;\n}\nexport function close(id) { all.delete(id); }",
        """
A registration with `registry` (line 1)

- target `h` (object literal): held weakly
- held value `id`: held strongly until the callback has run, if it is an object
- token `h` (object literal): held weakly

What keeps the target alive

- `open` returns it (line 7)
- `all`, until it is taken out or set to something else:
   1. module variable `all`: Map (line 2)
   2. Map value (line 5)
""",
    ),
    "a wrapper's call": (
        "export function track(object, held) {\n  registry.register(object, held, object);\n}\n"
        "export function open() {\n  const h = {};\n  ‸track(h, 1);\n}",
        """
A registration with `registry` (line 1) by a wrapper that calls `registry.register` (line 3)

- target `h` (object literal): held weakly
- held value `1`: a number, which holds nothing
- token `h` (object literal): held weakly

What keeps the target alive

Nothing that this module keeps: it is collected once nobody uses it any more.
""",
    ),
    "inside the wrapper": (
        "export function track(object, held) {\n  registry.‸register(object, held, object);\n}",
        """
A registration with `registry` (line 1)

- target `object`: held weakly
- held value `held`: held strongly until the callback has run, if it is an object
- token `object`: held weakly

What keeps the target alive

Nothing that this module is known to keep; the target comes from outside.
""",
    ),
    "a WeakRef": (
        "const o = {};\nexport const ref = new ‸WeakRef(o);",
        """
A WeakRef

- target `o` (object literal): held weakly

What keeps the target alive

- module variable `o` (line 2)
""",
    ),
}


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*row, id=name) for name, row in SITES.items()])
def test_of_a_call_without_a_finding(program: str, expected: str) -> None:
    assert told(REGISTRY + program) == expected.strip("\n")


SILENT = {
    "beside the call": "class A { constructor() { ‸ registry.register(this, 3, this); } }",
    "a map": "const m = new Map(); m.‸set(1, 2);",
    "the body of a function that is passed": (
        "export function open(fd) { const o = {}; registry.register(o, () => {\n  cl‸ose(fd);\n}, o); return o; }"
    ),
    "past the end": "const a = 1;\n‸",
}


@pytest.mark.parametrize("program", [pytest.param(program, id=name) for name, program in SILENT.items()])
def test_nothing_to_say(program: str) -> None:
    object_held = {"settings": None}
    text = told(REGISTRY + program, **object_held)
    assert text == "" or "object-held-value" in text  # which is told over its whole call


def test_the_range_is_the_call_in_utf16_units() -> None:
    text, position = marked(REGISTRY + "const o = {}; /* 𝒳 */ registry.‸register(o, '𝒴'); // 𝒵")
    found = hover(snapshot_of(text), position, TEXT, page)
    assert found is not None
    assert found.range is not None
    assert at(text, found.range) == "registry.register(o, '𝒴')"


FINDING = REGISTRY + "/* 𝒳 */ class A { constructor() { registry.‸register(this, () => this.x); } }\n"


def test_a_finding_in_all_its_parts() -> None:
    rule = load_rules()["held-value-retains-target"]
    parts = told(FINDING, MARKDOWN).split("\n\n---\n\n")[0].split("\n\n")
    assert parts[:2] == [
        "[held-value-retains-target](file:///pages/held-value-retains-target.md) · error",
        "`registry` keeps `this` alive: the held value `() => this.x` captures it.",
    ]
    assert parts[3:5] == [
        "**The path**",
        f"1. [held value: arrow function]({URI}#L2,60)\n2. [captures `this`]({URI}#L2,66)\n3. [is the target]({URI}#L2,54)",
    ]
    rest = "\n\n".join(parts[5:])
    assert list(re.findall(r"^\*\*(.+)\*\*$", rest, re.MULTILINE)) == [
        "Why it matters",
        "How to fix it",
        f"Bad: {next(iter(rule.bad))}",
        f"Good: {next(iter(rule.good))}",
    ]
    assert f"```js\n{next(iter(rule.bad.values())).strip()}\n```" in rest
    assert f"```js\n{next(iter(rule.good.values())).strip()}\n```" in rest


def test_plain_text_names_the_lines() -> None:
    text = told(FINDING)
    assert "1. held value: arrow function (line 2)\n2. captures `this` (line 2)\n3. is the target (line 2)" in text
    assert "file:" not in text
    assert "**" not in text


def test_further_findings_at_the_place_follow() -> None:
    first, second = told(FINDING).split("\n\n---\n\n")
    assert first.startswith("held-value-retains-target · error")
    assert second.startswith("object-held-value · info")
    assert "Why it matters" not in second


def test_a_verdict() -> None:
    verdict = Verdict(Status.CONFIRMED, "quickjs-ng 0.17.0", "1 of 1 target alive", ("as written: 1 of 1", "without: 0 of 1"))
    text = told(FINDING, verdicts={"held-value-retains-target": verdict})
    assert "Confirmed on quickjs-ng 0.17.0\n\n1 of 1 target alive\n\n- as written: 1 of 1\n- without: 0 of 1" in text


def test_places_in_other_modules() -> None:
    wrapper = "/* 𝒳 */ export const registry = new FinalizationRegistry(() => {});\n"
    wrapper += "/* 𝒳 */ export function track(object, held) { registry.register(object, held, object); }\n"
    program = 'import { track } from "./track (1).js";\nexport class A { constructor() { ‸track(this, 1); } }\n'
    modules = {"./track (1).js": wrapper}
    assert "by a wrapper that calls `registry.register` (track (1).js, line 2)" in told(program, modules=modules)
    assert "(file:///project/track%20%281%29.js#L2,48)" in told(program, MARKDOWN, modules=modules)


HOSTILE = {
    "a name that is markup": "const _a_ = {}; registry.‸register(_a_, 1, _a_);",
    "a template with a link": "const o = {}; registry.‸register(o, `[here](http://x.example)` + `<b>`, o);",
    "a computed receiver": "const o = {}; const table = { '`](http://x.example)': registry };\n"
    "table['`](http://x.example)'].‸register(o, 1, o);",
}


@pytest.mark.parametrize("program", [pytest.param(program, id=name) for name, program in HOSTILE.items()])
def test_source_text_never_becomes_markup(program: str) -> None:
    text = told(REGISTRY + program, MARKDOWN)
    assert text
    outside = re.sub(r"`[^`\n]+`", "", text)
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", outside)
    assert all(link.startswith("file:///") for link in links)
    assert not re.search(r"(?<!\\)<", outside)


def test_every_rule_has_a_hover_on_its_bad_examples() -> None:
    for name, rule in load_rules().items():
        for title, example in rule.bad.items():
            snapshot = snapshot_of(re.sub(r"^\s*(?://)?[\s^]*\^[\s^]*$\n?", "", example, flags=re.MULTILINE))
            for _, finding in snapshot.keyed:
                start = snapshot.positions.range(finding.range).start
                for markup in (TEXT, MARKDOWN):
                    found = hover(snapshot, start, markup, page)
                    assert found is not None, f"{name}: {title}"
                    assert isinstance(found.contents, types.MarkupContent)
                    assert finding.rule in found.contents.value
