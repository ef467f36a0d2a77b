"""What ``jsleak run`` says of a program: registrations, leaks, growth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsleak.engine.growth import growth
from jsleak.engine.leaks import Options, RunReport, run_file
from jsleak.engine.pool import Pool
from jsleak.engine.request import EngineName, Limits
from jsleak.engine.trace import Sample


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def report(pool: Pool, folder: Path, text: str, options: Options | None = None, name: str = "main.js") -> RunReport:
    return run_file(str(folder / name), text, options or Options(), pool.run, bytes.decode)


def test_leak_of_the_design(pool: Pool, tmp_path: Path) -> None:
    text = 'let finrec = new FinalizationRegistry(v => {});\nfinrec.register({}, {});\nthrow "boom";\n'
    found = report(pool, tmp_path, text)
    assert (found.completion, found.error) == ("throw", "boom")
    ((registration, place),) = found.registrations
    assert (registration.target, registration.held, registration.callback) == ("collected", "object", "pending")
    assert place is not None
    assert (place.range.start.line, place.range.start.column, place.range.end.column) == (2, 1, 24)
    (leak,) = found.leaks
    assert (leak.kind, leak.engines, leak.place) == ("held-value-not-released", ("quickjs-ng >=0.6.0,<0.7.0",), place)


def test_every_program_of_the_oracle(pool: Pool, tmp_path: Path) -> None:
    programs = json.loads((Path(__file__).parent / "data" / "quickjs-ng-teardown.json").read_text("utf-8"))
    for program in programs:
        found = report(pool, tmp_path, program["source"])
        assert bool(found.leaks) == (program["observed"]["0.6.1"] == "leak"), program["source"]
        if program["observed"]["0.16.2"] == "exit 0":
            assert found.completion == "normal", program["source"]
        else:
            assert found.completion in ("throw", "rejection"), program["source"]


def test_after_a_normal_end_the_callbacks_have_run(pool: Pool, tmp_path: Path) -> None:
    found = report(pool, tmp_path, "const r = new FinalizationRegistry(() => {}); r.register({}, {});")
    assert [registration.callback for registration, _ in found.registrations] == ["ran"]
    assert not found.leaks


COMPLETIONS = [
    ("1;", "normal"),
    ("throw new Error('x');", "throw"),
    ("Promise.reject(1);", "rejection"),
    ("for (;;);", "timeout"),
    ("const a = []; for (;;) a.push(new Array(1000).fill(0));", "out-of-memory"),
    ("let 1;", "syntax-error"),
    ("import './nowhere.js';", "throw"),
]


@pytest.mark.parametrize(("text", "completion"), COMPLETIONS)
def test_completions(pool: Pool, tmp_path: Path, text: str, completion: str) -> None:
    found = report(pool, tmp_path, text, Options(limits=Limits(seconds=1.0, memory=32 << 20)))
    assert found.completion == completion


MODULE = """\
const r = new FinalizationRegistry(() => {});
const kept = [];
function keeps() { const o = {}; kept.push(o); r.register(o, 1); }
function drops() { r.register({}, 1); }
function forgets() { kept.push([1, 2, 3]); }
function nothing() {}
function strings() { kept.push(`${kept.length}${"x".repeat(100)}`); }
function temporary() { return [1, 2].map((x) => ({ x })).concat(new Map([[{}, []]])).length; }
let calls = 0;
function sometimes() { if (++calls % 4 === 0) kept.push([]); }
function once() { if (++calls === 12) kept.push([], [], []); }
function numbers() { map.set(++calls, 1); }
const map = new Map();
async function later() { await null; kept.push(new Map()); }
function listens(target) { target.addEventListener("x", () => target); }
"""
#: What is called, and for each leak its kind and line.
GROWTH = [
    ("keeps()", [("targets-grow", 3), ("objects-grow", 3)]),
    ("drops()", []),
    ("forgets()", [("objects-grow", 5)]),
    ("nothing()", []),
    ("strings()", [("memory-grows", 0)]),
    ("temporary()", []),
    ("numbers()", [("memory-grows", 0)]),
    ("once()", []),
    ("later()", [("objects-grow", 14)]),
    ("listens(globalThis.t ??= new EventTarget())", [("objects-grow", 15)]),
    ("listens(new EventTarget())", []),
    ("kept.length = 0, keeps()", []),
]


@pytest.mark.parametrize(("call", "leaks"), GROWTH)
@pytest.mark.parametrize(("name", "engine"), [("main.js", "quickjs"), ("main.mjs", "quickjs"), ("main.js", "node")])
def test_growth(pool: Pool, tmp_path: Path, name: str, engine: EngineName, call: str, leaks: list[tuple[str, int]]) -> None:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    found = report(pool, tmp_path, MODULE, Options(engine, repeat=20, call=call), name)
    if engine == "node":  # what V8 compiles and caches shows in its heap
        leaks = [leak for leak in leaks if leak[0] != "memory-grows"]
    assert [(leak.kind, leak.place.range.start.line if leak.place else 0) for leak in found.leaks] == leaks
    slopes = {line.what: line.slope for line in found.growth if line.grows}
    for kind, _ in leaks:
        if kind != "memory-grows":
            assert slopes[kind.removesuffix("-grow")] == pytest.approx(1)


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_what_only_some_calls_leave_behind(pool: Pool, tmp_path: Path, engine: EngineName) -> None:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    found = report(pool, tmp_path, MODULE, Options(engine, repeat=40, call="sometimes()"))
    assert [(leak.kind, leak.place.range.start.line if leak.place else 0) for leak in found.leaks] == [("objects-grow", 10)]
    assert [line.slope for line in found.growth if line.what == "objects"] == [pytest.approx(0.25, abs=0.03)]


def test_what_counts_allocations_changes_no_program(pool: Pool, tmp_path: Path) -> None:
    text = """\
const f = () => 1, o = { g: function () {}, h() {}, ["i"]: () => 2 }, typed = typeof[], has = "a" in{ a: 1 };
class A { x = [1]; constructor(y = { z: [new.target.name] }) { this.y = y; } static B = class { v = 1; }; }
const made = [new A().y.z[0], new (class { b() { return [2]; } })().b()[0], new A.B().v, new (f, A)().x[0]];
const { p = [1], ...q } = { r: {} }; let s; [s = {}] = []; ({ s } = { s: [3] });
const t = ((a, b = []) => [a, b])`x`, u = f?.([]), w = async (x) => { return{ x }; };
log = () => [f.name, o.g.name, o.h.name, o.i.name, typed, has, made, p, Object.keys(q), s, t.length, u, w.name].join("|");
log()
[0];
throw log();
"""
    plain = report(pool, tmp_path, "var log;" + text)
    counted = report(pool, tmp_path, "var log;" + text, Options(repeat=2, call="1"))
    assert (counted.completion, counted.error) == (plain.completion, plain.error) == ("throw", plain.error)
    assert plain.error.startswith("f|g|h|i|object|true|A,2,1,1|1|r|3|2|1|w")
    assert counted.place == plain.place


def test_line_through_samples() -> None:
    flat = [Sample(turn, 3, 1000, {}) for turn in range(1, 11)]
    assert not any(line.grows for line in growth(flat))
    steps = [Sample(turn, 3, 1000 + 5000 * (turn > 9), {}) for turn in range(1, 41)]
    assert not any(line.grows for line in growth(steps[10:]))
    filled = [Sample(turn, 4 * (turn > 20), 1000, {}) for turn in range(1, 41)]
    assert not any(line.grows for line in growth(filled))
    rising = [Sample(turn, turn * 2, 1000 + 64 * turn, {"1:1": turn}, {0: turn, 1: 3, 2: 0}) for turn in range(1, 11)]
    assert [(line.what, line.site, line.slope, line.grows) for line in growth(rising)] == [
        ("registrations", "", pytest.approx(2), True),
        ("targets", "1:1", pytest.approx(1), True),
        ("objects", "0", pytest.approx(1), True),
        ("objects", "1", pytest.approx(0), False),
        ("memory", "", pytest.approx(64), True),
    ]
    assert growth(rising[:4]) == ()


def test_stubs_are_named(pool: Pool, tmp_path: Path) -> None:
    found = report(pool, tmp_path, "import fs from 'node:fs'; fs.readFileSync('/etc/passwd');", name="main.mjs")
    assert found.completion == "normal"
    assert found.stubs == ("node:fs",)
    assert "node:fs" in found.notes[0]


WEAKREFS = """\
const kept = {}; (function () {})(); [1][0] = 2;
const a = new WeakRef(kept), b = new globalThis.WeakRef({});
a.deref(); b.deref();
setTimeout(() => b.deref(), 10);
class Mine extends WeakRef {}
new Mine(kept);
"""


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_weak_references(pool: Pool, tmp_path: Path, engine: EngineName) -> None:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    found = report(pool, tmp_path, WEAKREFS, Options(engine))
    rows = [
        (place and (place.range.start.line, place.range.start.column), one.target, one.derefs, one.empty_derefs)
        for one, place in found.weakrefs
    ]
    # V8 keeps a target until its job has ended; quickjs-ng lets it go at once.
    assert rows[:2] == [((2, 11), "alive", 1, 0), ((2, 34), "collected", 2, 2 if engine == "quickjs" else 1)]
    assert rows[2][1:] == ("alive", 0, 0)


def test_defects_that_were_worked_around(pool: Pool, tmp_path: Path) -> None:
    text = (
        "const r = new FinalizationRegistry(() => {}); const t = {}; r.register(t, 1, t); r.register({}, 2, {}); r.register({}, 3);"
    )
    (defect,) = report(pool, tmp_path, text).defects
    assert (defect.id, defect.engines, defect.registrations) == ("strong-unregister-token", ("quickjs-ng >=0.17.0,<0.18.0",), 2)
    assert "never be collected here: 1" in defect.message
    assert not report(pool, tmp_path, text.replace(", t)", ")").replace(", {})", ")")).defects
    if "node" in pool.engines:
        assert not report(pool, tmp_path, text, Options("node")).defects


#: A program, how it completes, and the line that it is pointed to (0: none).
PLACES: dict[str, tuple[str, str, str, int]] = {
    "in a function of the host": ("main.js", "1;\n\nsetTimeout(1);", "throw", 3),
    "in a timer": ("main.js", "setTimeout(() => {\n  null.x;\n});", "throw", 2),
    "in a callback that the host calls": ("main.js", "const t = [1];\nqueueMicrotask(\n() => t.x.y);", "throw", 3),
    "a promise that is thrown away": ("main.js", "async function f() {\n  throw new Error('x');\n}\nf();", "rejection", 2),
    "a module that waits": ("main.mjs", "1;\nawait null;\nthrow new Error('x');", "rejection", 3),
    "a module that one imports": ("main.mjs", "import { f } from './other.mjs';\nawait f();", "rejection", 3),
    "no error": ("main.mjs", "await null;\nthrow 1;", "rejection", 0),
}


@pytest.mark.parametrize("engine", ["quickjs", "node"])
@pytest.mark.parametrize("name", PLACES)
def test_where_it_ended(pool: Pool, tmp_path: Path, engine: EngineName, name: str) -> None:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    (tmp_path / "other.mjs").write_text("export async function f() {\n  await null;\n  throw new RangeError('there');\n}\n")
    file, text, completion, line = PLACES[name]
    found = report(pool, tmp_path, text, Options(engine), file)
    assert (found.completion, found.place.range.start.line if found.place else 0) == (completion, line), found.error
    if name == "a module that one imports":
        assert found.place is not None
        assert found.place.path == str(tmp_path / "other.mjs")


def test_what_fails_in_a_call_is_not_pointed_to_in_the_script(pool: Pool, tmp_path: Path) -> None:
    for engine in pool.engines:
        found = report(pool, tmp_path, "const a = 1;\nfunction f() { null.x; }", Options(engine, call="nowhere()"))
        assert (found.completion, found.place) == ("throw", None)
        found = report(pool, tmp_path, "const a = 1;\nfunction f() { null.x; }", Options(engine, call="f()"))
        assert found.place is not None
        assert found.place.range.start.line == 2


#: Programs whose place, to the column, is the same on every engine.
COLUMNS = [
    "throw new Error('x');",
    "const ns = { a: { E: Error } };\n  throw new ns.a.E('x');",
    "throw new /* a comment */ (Error)('x');",
    "'é'; throw new Error;",
    "new Map([1]);",
    "const p = Promise.reject(new\nError('z'));",
    "async function f() {\n  await null; throw new Error('x');\n}\nconst p = f();",
    "function F() { throw new Error(1); } new F();",
    "import { f } from './other.mjs';\nconst p = f();",
]


@pytest.mark.parametrize("text", COLUMNS)
def test_the_column_is_that_of_new(pool: Pool, tmp_path: Path, text: str) -> None:
    (tmp_path / "other.mjs").write_text("export async function f() {\n  await null;\n  throw new RangeError('there');\n}\n")
    name = "main.mjs" if "import" in text else "main.js"
    places = [report(pool, tmp_path, text, Options(engine), name).place for engine in pool.engines]
    assert places[0] is not None
    start = places[0].range.start
    lines = Path(places[0].path).read_text().split("\n") if places[0].path != str(tmp_path / name) else text.split("\n")
    assert lines[start.line - 1].startswith("new", start.column - 1)
    assert all(place == places[0] for place in places)
