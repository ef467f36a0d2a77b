"""Programs for experiments: what is kept, what is called with what, whether the place is reached, and where its lines stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsleak.analysis.findings import Finding, Hop, Severity
from jsleak.analysis.module import Module
from jsleak.analysis.rule import Experiment, Observation, RuleSettings, load_rules
from jsleak.analysis.run import build_module
from jsleak.analysis.syntax.parse import parse
from jsleak.engine.marking import mark_subject
from jsleak.engine.pool import Pool
from jsleak.engine.request import Request
from jsleak.engine.snippet.cut import cut
from jsleak.engine.snippet.drive import Drive, drive_of
from jsleak.engine.snippet.edits import Changes
from jsleak.engine.snippet.program import driver, source
from jsleak.engine.snippet.sites import Sites
from support import marks

PLACE = re.compile("⟦(.*?)⟧", re.DOTALL)
REGISTRY = "const registry = new FinalizationRegistry(() => {});\n"
BREAK = re.compile(r"\r\n|[\n\r\u2028\u2029]")


@dataclass(frozen=True)
class Case:
    """A module whose flagged call (and then the places of the path) stand in ⟦⟧; R is `registry.register`."""

    module: Module
    sites: Sites

    def drive(self, observe: Observation = "target-never-collected") -> Drive:
        return drive_of(self.sites, Experiment(observe, "held-value-to-undefined"))

    def program(self, drive: Drive | None, *, filled: bool, small: bool) -> str:
        changes = Changes(self.module.source.text)
        if drive is not None:
            drive.prepare(changes, filled=filled)
        if small:
            cut(self.sites, changes)
        mark_subject(self.sites, changes)
        return source(self.module, changes)


def case(marked: str) -> Case:
    marked = marked.replace("⟦R(", "⟦registry.register(")
    places, text, done = [], "", 0
    for match in PLACE.finditer(marked):
        text += marked[done : match.start()]
        places.append((len(text), len(text) + len(match[1])))
        text += match[1]
        done = match.end()
    text += marked[done:]
    module = build_module(text, "example.js", None, RuleSettings(), None)
    ranges = [module.source.range(*place) for place in places]
    hops = tuple(Hop("registered here", "example.js", place) for place in ranges[1:])
    rule = "held-value-retains-target"
    return Case(module, Sites(module, Finding(rule, Severity.ERROR, "example.js", ranges[0], "", retention=hops)))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def log(pool: Pool, one: Case, drive: Drive | None, *, filled: bool = False, small: bool = False) -> dict[str, Any]:
    """What the probe recorded."""
    steps = drive.calls(filled=filled) if drive is not None else ()
    answers = drive.settings(filled=filled) if drive is not None else {}
    trace = pool.run(Request(one.program(drive, filled=filled, small=small), drive=driver(one.module, "", steps, answers)))
    assert trace.observed is not None, (trace.completion, trace.error, trace.reason)
    found = trace.observed["experiment"]
    assert isinstance(found, dict)
    return found


def reached(recorded: dict[str, Any]) -> int:
    return sum(1 in (entry["site"], entry["registry"]) for entry in recorded["registrations"]) + sum(
        len(spot["returned"]) for spot in recorded["spots"] if spot["id"] == 1
    )


# Reached: by calls, with nothing cut and nothing filled in

BY_CALLS = {
    "exported function": "export function add(x) { ⟦R(x, 1)⟧; }",
    "default export": "export default function add(x) { ⟦R(x, 1)⟧; }",
    "arrow": "export const add = (x) => ⟦R(x, 1)⟧;",
    "exports": "exports.add = add; function add(x) { ⟦R(x, 1)⟧; }",
    "function expression given to exports": "exports.add = function (x) { ⟦R(x, 1)⟧; };",
    "arrow in module.exports": "module.exports = { add: (x) => { ⟦R(x, 1)⟧; } };",
    "method in module.exports": "module.exports = { add(x) { ⟦R(x, 1)⟧; } };",
    "getter in module.exports": "module.exports = { get made() { const x = {}; ⟦R(x, 1)⟧; return x; } };",
    "method of an object": "export const api = { add(x) { ⟦R(x, 1)⟧; } };",
    "async": "export async function add(x) { await null; ⟦R(x, 1)⟧; }",
    "never settles": "export function add(x) { return new Promise(() => { ⟦R(x, 1)⟧; }); }",
    "constructor": "export class Item { constructor() { ⟦R(this, 1)⟧; } }",
    "constructor of a class expression": "export const Item = class { constructor() { ⟦R(this, 1)⟧; } };",
    "method": "export class Item { open() { ⟦R(this, 1)⟧; } }",
    "private method": "export class Item { #open(x) { ⟦R(x, 1)⟧; } }",
    "getter": "export class Item { get handle() { ⟦R(this, 1)⟧; return 1; } }",
    "setter": "export class Item { set handle(x) { ⟦R(this, 1)⟧; } }",
    "static method": "export class Item { static of(x) { ⟦R(x, 1)⟧; } }",
    "static block": "export class Item { static { const x = {}; ⟦R(x, 1)⟧; } }",
    "field": "export class Item { made = ⟦R(this, 1)⟧; }",
    "arrow in a field": "export class Item { open = (x) => { ⟦R(x, 1)⟧; }; }",
    "symbol": "export class Item { [Symbol.iterator]() { ⟦R(this, 1)⟧; return []; } }",
    "subclass of an import": "import Base from 'base';\nexport class Item extends Base { constructor() { super(); ⟦R(this, "
    "1)⟧; } }",
    "subclass here": "class Base { constructor() { this.go(); } }\nexport class Item extends Base { go() { ⟦R(this, 1)⟧; } }",
    "prototype": "function Item() {}\nItem.prototype.open = function () { ⟦R(this, 1)⟧; };\nexports.Item = Item;",
    "old constructor": "function Item() { ⟦R(this, 1)⟧; }\nexports.Item = Item;",
    "only its caller fits": "function inner(x) { const key = new WeakMap(); key.set(x.own, 1); if (!x.real()) return; ⟦R(x, "
    "1)⟧; }\n"
    "export function outer() { inner({ own: {}, real: () => true }); }",
    "three callers up": "const at = (x) => { if (x !== only) return; ⟦R(x, 1)⟧; };\nconst only = {};\n"
    "function one(x) { at(x); }\nfunction two(x) { one(x); }\nexport function three() { two(only); }",
    "factory": "export function make() { return { add(x) { ⟦R(x, 1)⟧; } }; }",
    "factory in a factory": "export const make = () => ({ inner: () => ({ add(x) { ⟦R(x, 1)⟧; } }) });",
    "class in a factory": "export function make() { return class Item { constructor() { ⟦R(this, 1)⟧; } }; }",
    "callback given to an import": "import { lock } from 'lock';\nexport class Item { open() { return lock(this, () => { ⟦R(this, "
    "1)⟧; }); } }",
    "callback of a callback": "import { lock, retry } from 'lock';\n"
    "export class Item { async open() { return lock(async () => retry(async () => { ⟦R(this, 1)⟧; })); } }",
    "called by this module alone": "(function () { function add(x) { ⟦R(x, 1)⟧; } add({}); })();",
    "function inside of an immediately called one": "(() => { 'use strict'; function add(x) { ⟦R(x, 1)⟧; } window.add = add; })();",
    "UMD": "(function (root, make) { typeof define === 'function' && define.amd ? define([], make) : (root.lib = make()); "
    "})(this || globalThis, "
    "function () { function add(x) { ⟦R(x, 1)⟧; } return { add }; });",
    "this of a listener": "function onExit() { if (this.count !== 1) throw new Error(); ⟦R(this, 1)⟧; }\n"
    "export function start(worker) { worker.count = 1; worker.on('exit', onExit); }",
    "early return": "export function add(x) { if (x.closed) return; ⟦R(x, 1)⟧; }",
    "early throw": "export function add(x, n) { if (n < 4) throw new Error('few'); ⟦R(x, n)⟧; }",
    "else": "export function add(x) { if (x.closed) { x.reset(); } else { ⟦R(x, 1)⟧; } }",
    "comparison of a property": "export function add(x) { if (x.size >= 0 && x.kind !== 'file') return; ⟦R(x, 1)⟧; }",
    "result of a call": "export function add(x) { if (!x.has() || x.isClosed()) return; ⟦R(x, 1)⟧; }",
    "case": "export function add(x) { switch (x.kind) { case 'file': ⟦R(x, 1)⟧; } }",
    "type of a string": "export function add(x, name) { if (typeof name !== 'string') throw new TypeError(); ⟦R(x, name)⟧; }",
    "guard on an import": "import { isValid } from 'valid';\nexport function add(x) { if (isValid(x)) { return; } ⟦R(x, 1)⟧; }",
    "array": "export function all(list) { if (list.length === 0) return; for (const x of list) ⟦R(x, 1)⟧; }",
    "array method": "export function all(list) { list.forEach((x) => ⟦R(x, 1)⟧); }",
    "function as argument": "export function run(make) { const x = make(); ⟦R(x, 1)⟧; }",
    "constructor as argument": "export function run(Kind) { const x = new Kind(); ⟦R(x, 1)⟧; }",
    "iterated": "export function run(x) { for (const one of x.all()) ⟦R(one, 1)⟧; }",
    "awaited": "export async function run(x) { const { made } = await x.open(); ⟦R(made, 1)⟧; }",
    "taken apart": "export function run({ made, [0]: other = 1 }, [first]) { ⟦R(made, 1)⟧; registry.register(first, 1); }",
    "guard on what is taken apart": "export function run({ made, closed }) { if (closed) return; ⟦R(made, 1)⟧; }",
    "node": "const isNode = globalThis.process?.release?.name === 'node';\n"
    "export function add(x) { if (!isNode) return; ⟦R(x, 1)⟧; }",
    "environment": "export function add(x) { if (process.env.NODE_ENV === 'test') return; ⟦R(x, 1)⟧; }",
    "feature test": "export function add(x) { if (typeof FinalizationRegistry === 'undefined') return; ⟦R(x, 1)⟧; }",
    "descriptors from imports": "import { listed } from 'listed';\nexport class Item { constructor() { ⟦R(this, 1)⟧; } }\n"
    "Object.defineProperties(Item.prototype, { open: listed });",
    "an encoding that the host lacks": "const decoder = new TextDecoder('latin1');\nexport function add(x) { ⟦R(x, 1)⟧; }",
    "top-level await": "import { ready } from 'ready';\nawait ready();\nexport function add(x) { ⟦R(x, 1)⟧; }",
    "for await at the top": "import { all } from 'all';\nfor await (const one of all) one.go();\n"
    "export function add(x) { ⟦R(x, 1)⟧; }",
    "import.meta and import()": "const at = import.meta.url;\nconst lib = import('lib');\nexport function add(x) { ⟦R(x, at)⟧; }",
    "sloppy": "var undeclared_ = 1; function add(x) { implied = 010; ⟦R(x, implied)⟧; }\nexports.add = add;",
}
FILLED = {
    "table": "const table = [];\nexport function wrap(id) { const env = table[id]; ⟦R(env.get(1), 1)⟧; }",
    "set later": "let wasm;\nexport function init(module) { wasm = module.exports; }\n"
    "export function wrap() { const x = wasm.make(); ⟦R(x, 1)⟧; }",
    "set after waiting": "let lib = null;\nexport async function init() { lib = await load(); }\n"
    "export class Item { constructor() { if (!ready()) throw new Error('init first'); ⟦R(this, lib)⟧; } }\n"
    "function ready() { return !!lib; }",
}
CUT = {
    "stops before": "const add = (x) => { ⟦R(x, 1)⟧; };\nthrow new Error('not here');\nexport { add };",
    "never ends": "while (true) {}\nexport function add(x) { ⟦R(x, 1)⟧; }",
    "stops in the factory": "export function make() { const lib = {}; null.x; const add = (x) => { ⟦R(x, lib)⟧; }; return add; }",
    "needs what it uses": "null.x;\nconst kinds = { one: 1 };\nkinds.two = 2;\n"
    "export function add(x) { if (kinds.two !== 2) return; ⟦R(x, 1)⟧; }",
    "a field's function": "null.x;\nexport class Item { open = (x) => { ⟦R(x, 1)⟧; }; }",
    "one name of many": "const lost = null.x, kept = 1, { a, b } = null;\nexport function add(x) { if (kept) ⟦R(x, kept)⟧; }",
}
NOT = {
    "a global decides": "export function add(x) { if (globalThis.neverThere) ⟦R(x, 1)⟧; }",
    "never made": "export function add(x) { return x; const inner = () => { ⟦R(x, 1)⟧; }; }",
    "a brand": "class Item { #brand; static is(x) { return #brand in x; } }\n"
    "export function add(x) { if (!Item.is(x)) throw new TypeError(); ⟦R(x, 1)⟧; }",
    "after a loop without end": "export function add(x) { while (true) { if (x === 1) break; x = 2; if (x === 2) return; } ⟦R(x, "
    "1)⟧; }",
}


def ids(table: dict[str, str]) -> list[object]:
    return [pytest.param(program, id=title) for title, program in table.items()]


@pytest.mark.parametrize("program", ids(BY_CALLS))
def test_reached_by_calls(program: str, pool: Pool) -> None:
    one = case(REGISTRY + program)
    drive = one.drive()
    recorded = log(pool, one, drive)
    assert reached(recorded), (recorded["error"], recorded["calls"], drive.steps)


@pytest.mark.parametrize("program", ids(FILLED))
def test_reached_when_filled(program: str, pool: Pool) -> None:
    one = case(REGISTRY + program)
    assert not reached(log(pool, one, one.drive()))
    assert reached(log(pool, one, one.drive(), filled=True))


@pytest.mark.parametrize("program", ids(CUT))
def test_reached_when_cut(program: str, pool: Pool) -> None:
    one = case(REGISTRY + program)
    recorded = log(pool, one, one.drive(), small=True)
    assert reached(recorded), (recorded["error"], recorded["calls"])


@pytest.mark.parametrize("program", ids(NOT))
def test_not_reached(program: str, pool: Pool) -> None:
    one = case(REGISTRY + program)
    for filled in (False, True):
        for small in (False, True):
            assert not reached(log(pool, one, one.drive(), filled=filled, small=small))


# What is passed

KINDS = {
    "x.on(1)": "object",
    "x()": "function",
    "new x()": "function",
    "for (const one of x) one": "array",
    "f(...x)": "array",
    "x.map(f)": "array",
    "x[0]": "array",
    "x.length": "array",
    "x.startsWith('a')": "string",
    "x.length; x.charCodeAt(0)": "string",
    "x * 2": "number",
    "x++": "number",
    "table[x]": "key",
    "inner(x)": "string",
    "table.set(x, 1)": "object",
    "if (x !== 'file') return": "file",
    "if (typeof x !== 'string') return": "string",
    "if (x > 3) return": 3,
    "if (!(x > 3)) return": 4,
    "if (x) return": "undefined",
    "if (x === null) return": "object",
    "if (x !== null) return": None,
    "if (!x) return": "object",
}


@pytest.mark.parametrize(("body", "kind"), KINDS.items())
def test_kind_of_argument(body: str, kind: object) -> None:
    one = case(f"{REGISTRY}const inner = (text) => text.trim();\nexport function run(x) {{ {body}; ⟦R({{}}, 1)⟧; }}")
    assert one.drive().steps[0].count("$jsleak.arg") == 1
    import json

    text = one.drive().steps[0]
    inner = json.loads(re.search(r"scope\((.*)\)\)$", text)[1])  # type: ignore[index]
    assert inner == f'run($jsleak.arg("x", {json.dumps(kind)}))'


@pytest.mark.parametrize("observe", ["unregister-returns-false", "unregister-cancels-others"])
def test_the_same_name_is_the_same_object_where_tokens_are_told_apart(observe: Observation, pool: Pool) -> None:
    one = case(f"{REGISTRY}export function add(x) {{ ⟦R(x, 1, x)⟧; }}\nexport function drop(x) {{ ⟦registry.unregister(x)⟧; }}")
    recorded = log(pool, one, one.drive(observe))
    assert any(entry["unregistered"] for entry in recorded["registrations"]), recorded


def test_what_is_passed_lives_until_all_calls_were_made(pool: Pool) -> None:
    one = case(f"{REGISTRY}export function add(x) {{ ⟦R(x, 1)⟧; }}\nexport function other() {{}}")
    entry = log(pool, one, one.drive())["registrations"][0]
    assert entry["held"]["alive"]
    assert not entry["settled"]["alive"]


def test_nothing_of_the_experiment_keeps_what_is_made(pool: Pool) -> None:
    """Results, promises that stay pending, listeners that stand-ins were given and functions that were taken down are let go of."""
    one = case(
        REGISTRY + "export class Item { #own = this; constructor(emitter) { emitter.on('end', () => this.end()); this.open(); }\n"
        "open = () => new Promise(() => { ⟦R(this, 1)⟧; }); end() {} }"
    )
    for filled in (False, True):
        recorded = log(pool, one, one.drive(), filled=filled)
        assert recorded["registrations"]
        assert not any(entry["settled"]["alive"] for entry in recorded["registrations"])


# What is kept

KEPT = {
    "what it refers to": (
        "const a = 1;\nconst b = a;\nconst c = 2;\nexport function add(x) { ⟦R(x, b)⟧; }",
        [1, 2, 4],
    ),
    "what sets it": ("let a;\nlet b;\na = 1;\nb = 1;\nexport function add(x) { ⟦R(x, a)⟧; }", [1, 3, 5]),
    "inside of a function": (
        "export function make() {\nconst a = 1;\nconst b = 2;\nreturn (x) => { ⟦R(x, a)⟧; };\n}",
        [1, 2, 4, 5],
    ),
    "directives": ("'use strict';\nconst a = 1;\nexport function add(x) { ⟦R(x, 1)⟧; }", [1, 3]),
}


@pytest.mark.parametrize(("program", "lines"), [pytest.param(*row, id=title) for title, row in KEPT.items()])
def test_kept_lines(program: str, lines: list[int]) -> None:
    one = case(program.replace("const registry", "") + "\n" + REGISTRY)
    changes = Changes(one.module.source.text)
    cut(one.sites, changes)
    kept = [number for number, line in enumerate(changes.result().split("\n"), 1) if line.strip()]
    assert kept == [*lines, len(program.split("\n")) + 1]


# Where things stand

TEXTS = {
    "hashbang": "#!/usr/bin/env node\nconst registry = new FinalizationRegistry(() => {});\nexport function add(x) { ⟦R(x, 1)⟧; }",
    "CRLF": "import a from 'a';\r\nimport {\r\n  b,\r\n} from 'b';\r\nconst registry = new FinalizationRegistry(() => {});\r\n"
    "export const add = (x) => {\r\n  ⟦R(x, 1)⟧;\r\n};\r\n",
    "line separator": "const registry = new FinalizationRegistry(() => {});\u2028exports.add = function (x) {\u2029 ⟦R(x, 1)⟧; };",
    "comment at the end": "const registry = new FinalizationRegistry(() => {});\nexport function add(x) { ⟦R(x, 1)⟧; } // end",
    "call over many lines": "const registry = new FinalizationRegistry(() => {});\nexport function add(x) {\n"
    "  ⟦R(\n    x,\n    1,\n  )⟧;\n}",
    "regular expression and template": "const registry = new FinalizationRegistry(() => {});\nconst a = /}`/, b = `\n${1}\n`;\n"
    "export class Item { #open() {\n ⟦R(this, `\n`)⟧; } }",
}


@pytest.mark.parametrize("text", ids(TEXTS))
@pytest.mark.parametrize("small", [False, True])
def test_lines_stay(text: str, small: bool, pool: Pool) -> None:
    one = case(text)
    lines_stay(one, one.program(one.drive(), filled=True, small=small))
    assert reached(log(pool, one, one.drive(), filled=True, small=small))


def lines_stay(one: Case, program: str) -> None:
    program = program.split("\n};\nglobalThis.$jsleakProbe")[0]
    assert BREAK.findall(program) == BREAK.findall(one.module.source.text)
    for call in one.sites.calls:
        assert "$jsleak.s(1)" in BREAK.split(program)[one.module.range(call).end.line - 1]


EXAMPLES = [
    (name, text)
    for name, rule in load_rules().items()
    if isinstance(rule.rule.experiment, Experiment)
    for text in (*rule.bad.values(), *rule.good.values())
]


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(EXAMPLES), st.booleans(), st.booleans(), st.booleans(), st.data())
def test_any_example_parses_with_its_lines_in_place(
    example: tuple[str, str], filled: bool, small: bool, driven: bool, data: st.DataObject
) -> None:
    program = marks.parse(example[1])
    module = build_module(program.text, marks.FILENAME, None, RuleSettings(), None)
    places = dict.fromkeys(module.range(fact.node) for fact in (*module.registrations, *module.registries, *module.derefs))
    if not places:
        return
    place = data.draw(st.sampled_from(list(places)))
    one = Case(module, Sites(module, Finding(example[0], Severity.ERROR, marks.FILENAME, place, "")))
    made = one.program(one.drive() if driven else None, filled=filled, small=small)
    parse(made, filename="made.js")
    lines_stay(one, made)
