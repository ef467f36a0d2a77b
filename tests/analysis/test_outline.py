"""What the outline says of registrations and WeakRefs: each argument, how it is held, and what keeps the target alive."""

from __future__ import annotations

import pickle

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.outline import Site
from jsleak.analysis.rule import load_rules
from support import marks

REGISTRY = "const registry = new FinalizationRegistry((held) => held);\n"


def told(text: str) -> list[str]:
    """One line for each site: its call, its parts, and ` <- ` each holder's hops."""
    analysis = analyze(text, filename="a.js", outline=True)
    assert not analysis.problems
    lines = []
    for site in analysis.outline:
        parts = ", ".join(f"{part.text} {part.strength} {part.what or part.kind}" for part in site.parts)
        ways = "".join(
            f" <- {holder.root}: {' / '.join(hop.label for hop in holder.hops)}{' (cut)' if holder.cut else ''}"
            for holder in site.holders
        )
        lines.append(f"{site.callee}({parts}){ways}")
    return lines


OUTLINES = {
    "held by nobody": (
        "class A { constructor(fd) { registry.register(this, 3, this); } }",
        ["registry.register(this weak instance of `A`, 3 none number, this weak instance of `A`)"],
    ),
    "held value unknown": (
        "class A { constructor(fd) { registry.register(this, fd); } }",
        ["registry.register(this weak instance of `A`, fd strong unknown)"],
    ),
    "held closure": (
        "function open() { const h = {}; registry.register(h, () => 1); }",
        ["registry.register(h weak object literal, () => 1 strong arrow function)"],
    ),
    "undefined is no token": (
        "function open() { const h = {}; registry.register(h, 'a', undefined); }",
        ["registry.register(h weak object literal, 'a' none string)"],
    ),
    "through the held value": (
        "function open() { const h = {}; registry.register(h, { h }); }",
        [
            "registry.register(h weak object literal, { h } strong object literal)"
            " <- held-value: held value: object literal / property `h`"
        ],
    ),
    "module variable": (
        "const h = {}; registry.register(h, 1);",
        ["registry.register(h weak object literal, 1 none number) <- module: module variable `h`"],
    ),
    "an entry that stays": (
        "const all = new Set(); function open() { const h = {}; all.add(h); registry.register(h, 1); }",
        ["registry.register(h weak object literal, 1 none number) <- module: module variable `all`: Set / Set entry"],
    ),
    "an entry that is taken out": (
        "const all = new Set(); function open() { const h = {}; all.add(h); registry.register(h, 1); }\n"
        "function close(h) { all.delete(h); }",
        ["registry.register(h weak object literal, 1 none number) <- module: module variable `all`: Set / Set entry (cut)"],
    ),
    "an entry's property": (
        "const all = []; function open() { const h = {}; all.push({ h }); registry.register(h, 1); }",
        [
            "registry.register(h weak object literal, 1 none number)"
            " <- module: module variable `all`: array literal / array element: object literal / property `h`"
        ],
    ),
    "a static field": (
        "class A { static #all = new Map(); constructor(id) { A.#all.set(id, this); registry.register(this, 1); } }",
        [
            "registry.register(this weak instance of `A`, 1 none number)"
            " <- module: module variable `A`: class `A` / property `#all`: Map / Map value"
        ],
    ),
    "weak entries hold nothing": (
        "const all = new Map(); const seen = new WeakSet();\n"
        "function open(id) { const h = {}; all.set(id, new WeakRef(h)); seen.add(h); registry.register(h, 1); }",
        ["WeakRef(h weak object literal)", "registry.register(h weak object literal, 1 none number)"],
    ),
    "a timer's closure": (
        "class A { constructor() { setInterval(() => this.tick(), 5); registry.register(this, 1); } tick() {} }",
        [
            "registry.register(this weak instance of `A`, 1 none number)"
            " <- outside: given to `setInterval`: arrow function / captures `this`"
        ],
    ),
    "the object's own closure": (
        "class A { constructor() { this.tick = () => this.x; registry.register(this, 1); } }",
        ["registry.register(this weak instance of `A`, 1 none number)"],
    ),
    "what is returned": (
        "function open() { const h = {}; registry.register(h, 1); return h; }",
        ["registry.register(h weak object literal, 1 none number) <- caller: `open` returns it"],
    ),
    "a closure that is returned": (
        "function open() { const h = {}; registry.register(h, 1); return { get() { return h; } }; }",
        [
            "registry.register(h weak object literal, 1 none number)"
            " <- caller: `open` returns it: object literal / property `get`: method `get` / captures `h`"
        ],
    ),
    "a wrapper, at its call and inside": (
        "function track(object, held) { registry.register(object, held); }\n"
        "function open() { const h = {}; track(h, 'a'); }\nopen();",
        [
            "registry.register(object weak unknown, held strong unknown)",
            "track(h weak object literal, 'a' none string)",
        ],
    ),
    "another object of the same place": (
        "let last = null; function open() { const h = {}; registry.register(h, 1); }\nfunction other() { const h = {}; last = h; }",
        ["registry.register(h weak object literal, 1 none number)"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=name) for name, row in OUTLINES.items()])
def test_outline(text: str, expected: list[str]) -> None:
    assert told(REGISTRY + text) == expected


def test_places() -> None:
    text = REGISTRY + "/* \U0001f600 */ const h = {}; registry.register(h, 'a');\n"
    (site,) = analyze(text, filename="a.js", outline=True).outline
    assert (site.range.start.line, site.range.start.column, site.range.end.column) == (2, 23, 48)
    assert [(part.role, part.range.start.column) for part in site.parts] == [("target", 41), ("held value", 44)]
    assert site.registry is not None
    assert site.registry.text == "registry"
    assert site.registry.made is not None
    assert site.registry.made.range.start.column == 18


def test_only_where_it_is_asked_for() -> None:
    assert analyze(REGISTRY, filename="a.js").outline == ()


def test_a_registration_of_another_module_is_not_shown_here() -> None:
    wrapper = "export const registry = new FinalizationRegistry(() => {});\n"
    wrapper += "export function track(object, held) { registry.register(object, held, object); }\n"
    text = 'import { track } from "./track.js";\nexport class A { constructor() { track(this, 1); } }\n'
    analysis = analyze(text, filename="a.js", outline=True, load=lambda importer, specifier: ("track.js", wrapper))
    (site,) = analysis.outline
    assert (site.callee, site.range.start.line) == ("track", 2)
    assert [(part.role, part.path) for part in site.parts] == [("target", "a.js"), ("held value", "a.js"), ("token", "a.js")]
    assert [hop.path for hop in site.via] == ["track.js"]


def examples() -> list[str]:
    return [marks.parse(text).text for rule in load_rules().values() for text in (*rule.bad.values(), *rule.good.values())]


def test_every_example_has_an_outline_that_is_small_and_can_be_sent() -> None:
    sites: list[Site] = []
    for text in examples():
        analysis = analyze(text, filename="a.js", outline=True)
        assert not analysis.problems, text
        assert pickle.loads(pickle.dumps(analysis)) == analysis
        assert len(pickle.dumps(analysis.outline)) < 3_000 * max(1, len(analysis.outline))
        sites += analysis.outline
    assert len(sites) > 150
    assert {holder.root for site in sites for holder in site.holders} == {"held-value", "cleanup", "module", "outside", "caller"}
