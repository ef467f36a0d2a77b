"""The recorder is not seen: what a program can ask about FinalizationRegistry and WeakRef has the same answer with and without it.

The programs follow the steps of ECMA-262, 26.1 (WeakRef) and 26.2 (FinalizationRegistry). Each is run twice, on every engine.
"""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import _quickjs
import pytest

from jsleak.engine.defects import shown_by
from jsleak.engine.pool import Pool
from jsleak.engine.prelude import prelude
from jsleak.engine.request import Request

SHOW = """
const show = (v) => { try { return JSON.stringify(v) ?? String(v); } catch { return String(v); } };
const attempt = (f) => { try { return show(f()); } catch (e) { return `${e.constructor.name}: ${e.message}\n${shape(e)}\n${e.stack}`; } };
const shape = (o) => Reflect.ownKeys(o).map((k) => {
  const d = Object.getOwnPropertyDescriptor(o, k);
  return [String(k), typeof d.value === "function" ? [d.value.name, d.value.length, "prototype" in d.value, String(d.value)] : d.value === undefined
    ? null : String(d.value), d.writable, d.enumerable, d.configurable];
});
const fr = new FinalizationRegistry(() => {});
const t = {};
"""

# What each expression gives must not depend on the recorder.
SAME = {
    "shape of FinalizationRegistry": "shape(FinalizationRegistry)",
    "shape of its prototype": "shape(FinalizationRegistry.prototype)",
    "shape of WeakRef": "shape(WeakRef)",
    "shape of its prototype too": "shape(WeakRef.prototype)",
    "shape of Function.prototype": "shape(Function.prototype)",
    "global properties": "Reflect.ownKeys(globalThis).map(String).filter((k) => k !== 'SHOW')",
    "attributes of the global": "Object.getOwnPropertyDescriptor(globalThis, 'WeakRef').enumerable",
    "source": "[String(FinalizationRegistry), String(WeakRef), String(fr.register), String(Function.prototype.toString)]",
    "source of others": "[String(function f(a) { return a; }), String(class A {}), String(Map)]",
    "toString of no function": "Function.prototype.toString.call({})",
    "toStringTag": "[Object.prototype.toString.call(fr), Object.prototype.toString.call(new WeakRef(t))]",
    "instanceof": "[fr instanceof FinalizationRegistry, new WeakRef(t) instanceof WeakRef, fr instanceof WeakRef]",
    "constructor": "[fr.constructor === FinalizationRegistry, new WeakRef(t).constructor === WeakRef]",
    "own properties of instances": "[Reflect.ownKeys(fr), Reflect.ownKeys(new WeakRef(t))]",
    "enumeration": "{ const ks = []; for (const k in fr) ks.push(k); for (const k in FinalizationRegistry) ks.push(k); ks }",
    "extensible": "[Object.isExtensible(FinalizationRegistry), Object.isFrozen(FinalizationRegistry.prototype)]",
    "prototype of the constructor": "Object.getPrototypeOf(FinalizationRegistry) === Function.prototype",
    "no callback": "new FinalizationRegistry()",
    "a callback that can't be called": "new FinalizationRegistry({})",
    "without new": "FinalizationRegistry(() => {})",
    "without new, WeakRef": "WeakRef({})",
    "WeakRef of nothing": "new WeakRef()",
    "WeakRef of a primitive": "new WeakRef(1)",
    "WeakRef of a symbol": "typeof new WeakRef(Symbol('s')).deref()",
    "WeakRef of a registered symbol": "new WeakRef(Symbol.for('s'))",
    "register of another receiver": "FinalizationRegistry.prototype.register.call({}, t, 1)",
    "register of no receiver": "FinalizationRegistry.prototype.register(t, 1)",
    "register, target first": "fr.register(1, 1)",
    "register, held value next": "fr.register(t, t)",
    "register, token last": "fr.register(t, 1, 1)",
    "register, order of checks": "fr.register(1, 1, 1)",
    "register, held value before token": "fr.register(t, t, 1)",
    "register, registered symbol": "fr.register(Symbol.for('a'), 1)",
    "register, symbol": "fr.register(Symbol('a'), 1)",
    "register, NaN held": "fr.register(t, NaN)",
    "register gives undefined": "fr.register(t, 1)",
    "register, token undefined": "fr.register(t, 1, undefined)",
    "register, token null": "fr.register(t, 1, null)",
    "unregister of nothing": "fr.unregister()",
    "unregister of a primitive": "fr.unregister('a')",
    "unregister of an unknown token": "fr.unregister({})",
    "unregister of a token": "fr.register(t, 1, t), [fr.unregister(t), fr.unregister(t)]",
    "unregister of two": "{ const k = {}; fr.register(t, 1, k); fr.register({}, 2, k); [fr.unregister(k), fr.unregister(k)] }",
    "unregister in another registry": "{ const k = {}; fr.register(t, 1, k); new FinalizationRegistry(() => {}).unregister(k) }",
    "unregister of another receiver": "FinalizationRegistry.prototype.unregister.call(new Map(), t)",
    "deref": "new WeakRef(t).deref() === t",
    "deref of another receiver": "WeakRef.prototype.deref.call(fr)",
    "methods are no constructors": "new fr.register(t, 1)",
    "subclass": "{ class R extends FinalizationRegistry { constructor() { super(() => {}); } more() { return 1; } }"
    " const r = new R(); [r instanceof R, r instanceof FinalizationRegistry, r.more(), r.constructor === R, r.register(t, 1) === undefined] }",
    "subclass with an own register": "{ class R extends FinalizationRegistry { register(a, b) { return super.register(a, b, a); } }"
    " const r = new R(() => {}); r.register(t, 1); r.unregister(t) }",
    "subclass of WeakRef": "{ class W extends WeakRef {} const w = new W(t); [w instanceof W, w.deref() === t] }",
    "construct with another prototype": "Object.getPrototypeOf(Reflect.construct(FinalizationRegistry, [() => {}], Map)) === Map.prototype",
    "construct with a getter that throws": "Reflect.construct(FinalizationRegistry, [() => {}],"
    " Object.defineProperty(function () {}.bind(), 'prototype', { get() { throw Object.assign(new RangeError('mine'), { stack: 'which has a frame of ours' }); } }))",
    "replaced by the program": "{ const real = fr.register; FinalizationRegistry.prototype.register = function () { return 'mine'; };"
    " const got = fr.register(); FinalizationRegistry.prototype.register = real; [got, fr.register === real] }",
    "stack lines": "{ const e = new Error('x');\n\n const f = new Error('y'); [e.stack, f.stack] }",
    "stackTraceLimit stays": "{ const before = Error.stackTraceLimit; fr.register(t, 1); Error.stackTraceLimit === before }",
    "prepareStackTrace is not called": "{ let n = 0; Error.prepareStackTrace = () => { n++; return ''; }; fr.register({}, 1); new WeakRef(t);"
    " const d = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'); delete Error.prepareStackTrace; [n, typeof d.value, d.enumerable] }",
    "JSON of a registry": "JSON.stringify({ fr })",
    "well-known symbols": "[fr.register(Symbol.iterator, 1, Symbol.iterator), fr.unregister(Symbol.iterator)]",
    "errors in deep stacks": "{ const f = (n) => n ? f(n - 1) : fr.register(1, 1); f(30) }",
    "errors in short stacks": "{ Error.stackTraceLimit = 3; const f = (n) => n ? f(n - 1) : fr.unregister(1);"
    " try { f(30) } catch (e) { var s = e.stack; } Error.stackTraceLimit = 1; try { f(30) } catch (e) { var t = e.stack; } Error.stackTraceLimit = 10; [s, t] }",
    "errors of a subclass": "{ class R extends FinalizationRegistry { register(t) { super.register(t, t); } } new R(() => {}).register(t) }",
    "errors of a constructor in a subclass": "{ class R extends FinalizationRegistry {} new R(1) }",
    "errors of a constructor in a subclass of WeakRef": "{ class W extends WeakRef {} new W(1) }",
}

# What each program logs when all that can be collected has been.
CALLBACKS = {
    "arguments": "new FinalizationRegistry(function () { say([...arguments], this === undefined, new.target === undefined); })",
    "strict": "new FinalizationRegistry(function () { 'use strict'; say(typeof this); })",
    "stack": "new FinalizationRegistry(function named() { say(new Error('x').stack); })",
    "stack of an arrow": "new FinalizationRegistry(() => { const f = () => new Error('x').stack; say(f()); })",
    "short stack": "new FinalizationRegistry(() => { const f = (n) => n ? f(n - 1) : new Error('x').stack; say(f(8), f(9), f(10), f(20)); })",
    "prepared stack": "new FinalizationRegistry(() => { Error.prepareStackTrace = (e, sites) => sites.map((s) => s.getFunctionName()).join();"
    " say(new Error('x').stack); Error.prepareStackTrace = undefined; })",
    "caller": "new FinalizationRegistry(function named() { try { say(String(named.caller)); } catch (e) { say(e.name); } })",
    "a bound function": "new FinalizationRegistry(function (...all) { say(this, all); }.bind(7, 8))",
    "a class": "new FinalizationRegistry(class { constructor() { say('never'); } })",
    "a Proxy": "new FinalizationRegistry(new Proxy(() => {}, { apply(f, self, all) { say(typeof self, all); } }))",
    "what is thrown": "new FinalizationRegistry((held) => { say(held); throw new RangeError('mine'); })",
    "a method of a subclass": "new (class R extends FinalizationRegistry { constructor() { super((held) => this.end(held)); } end(held) { say(held, new Error('x').stack); } })()",
}
COLLECTED = """
var log = [];
const say = (...all) => log.push(JSON.stringify(all));
const fr = PROGRAM;
const kept = {};
(function () {
  fr.register({}, 1);
  for (const held of ["a", undefined, { b: 1 }]) fr.register({}, held, {});
  const t = { list: [] };
  t.self = t;
  fr.register(t, 2), fr.register(t, 3, {}), fr.register(t, 4);
  fr.register(kept, 5);
  const u = {};
  fr.register(u, 6, u), fr.unregister(u);
})();
"""

# Runs each of (program, expression to ask in the end) with and without the recorder, in realms of their own.
NODE = """
const vm = require("node:vm");
let errors;
process.on("uncaughtException", (error) => errors.push(String(error)));
const turn = () => new Promise((resolve) => setImmediate(resolve));
(async () => {
  const { harness, asked } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const answers = [];
  for (const [name, program, last] of asked) {
    const pair = [];
    for (const recorded of [true, false]) {
      errors = [];
      const realm = vm.createContext(vm.constants?.DONT_CONTEXTIFY ?? Object.create(null));
      if (recorded) vm.runInContext(harness, realm, { filename: "jsleak:harness" })(false, true);
      vm.runInContext(program, realm, { filename: "program.js" });
      for (let round = 0; round < 4; round++) { await turn(); gc(); await turn(); }
      vm.runInContext("globalThis.log?.sort()", realm); // V8 keeps no order of its own
      pair.push([vm.runInContext(last, realm, { filename: "asked.js" }), errors]);
    }
    answers.push([name, pair]);
  }
  console.log(JSON.stringify(Object.fromEntries(answers)));
})();
"""

Asked = tuple[str, str, str]
ASKED: dict[str, Asked] = {
    **{name: (name, SHOW, f"attempt(() => (0, eval)({json.dumps(expression)}))") for name, expression in SAME.items()},
    **{
        f"callback: {name}": (name, COLLECTED.replace("PROGRAM", expression), "JSON.stringify(log)")
        for name, expression in CALLBACKS.items()
    },
}


def quickjs_answers(asked: Asked) -> list[object]:
    """What the bundled engine answers with the recorder, and without it."""
    _, program, last = asked
    pair: list[object] = []
    for recorded in (True, False):
        context = _quickjs.Context()
        if recorded:
            context.eval(prelude()[0])(True, True)
        context.eval(program)
        errors: list[str] = []
        for _ in range(3):
            context.gc()
            more = True
            while more:
                try:
                    more = context.execute_pending_job()
                except _quickjs.JSException as error:
                    errors.append(str(error))
        pair.append([context.eval(last), errors])
    return pair


@pytest.fixture(scope="module")
def on_node() -> dict[str, list[object]]:
    """The same on node, all at once."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    text = json.dumps({"harness": prelude()[0], "asked": [(name, *asked[1:]) for name, asked in ASKED.items()]})
    ran = subprocess.run([node, "--expose-gc", "-e", NODE], input=text, capture_output=True, text=True, check=True)
    answers: dict[str, list[object]] = json.loads(ran.stdout)
    return answers


@pytest.mark.parametrize("name", ASKED)
def test_it_is_not_seen(name: str) -> None:
    with_recorder, without = quickjs_answers(ASKED[name])
    assert with_recorder == without


@pytest.mark.parametrize("name", ASKED)
def test_it_is_not_seen_on_node(on_node: dict[str, list[object]], name: str) -> None:
    with_recorder, without = on_node[name]
    assert with_recorder == without


ENGINES = ["quickjs", "node"]
DROP = "await $.collect(); await $.collect(); $.observe('rows', $.registrations()); $.observe('log', log);"
START = "const log = []; const fr = new FinalizationRegistry(function (held) { log.push([typeof held, this === undefined, arguments.length]); });\n"

# A program, and what its registrations have come to when everything that can be collected has been: (target, runs, unregistered).
SEEN = {
    "dropped": ("(function () { fr.register({}, 1); })();", [("collected", 1, False)]),
    "kept": ("const kept = {}; fr.register(kept, 1);", [("alive", 0, False)]),
    "unregistered": ("(function () { const a = {}; fr.register(a, 1, a); fr.unregister(a); })();", [("collected", 0, True)]),
    "its own token": ("(function () { const a = {}; fr.register(a, 1, a); })();", [("collected", 1, False)]),
    "token reaches the target": ("(function () { const a = {}; fr.register(a, 1, { a }); })();", [("collected", 1, False)]),
    "held value reaches the target": ("(function () { const a = {}; fr.register(a, { a }); })();", [("alive", 0, False)]),
    "a cycle": ("(function () { const a = {}; a.a = a; fr.register(a, 1); })();", [("collected", 1, False)]),
    "twice": ("(function () { const a = {}; fr.register(a, 1); fr.register(a, 2); })();", [("collected", 1, False)] * 2),
    "one token for two": (
        "const k = {}; (function () { const a = {}, b = {}; fr.register(a, 1, k); fr.register(b, 2, k); fr.unregister(k); fr.register({}, 3, k); })();",
        [("collected", 0, True), ("collected", 0, True), ("collected", 1, False)],
    ),
    "a registry that is dropped": (
        "(function () { const r = new FinalizationRegistry(() => log.push('lost')); globalThis.t = {}; r.register(t, 1); })();",
        [("alive", 0, False)],
    ),
    "a symbol": ("(function () { fr.register(Symbol('s'), 1); })();", [("collected", 1, False)]),
}


@pytest.fixture(scope="module")
def pool():  # type: ignore[no-untyped-def]
    with Pool(1) as made:
        yield made


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SEEN)
def test_what_becomes_of_registrations(pool: Pool, engine: str, name: str) -> None:
    if engine not in pool.engines:
        pytest.skip("no node here")
    source, expected = SEEN[name]
    trace = pool.run(Request(START + source, engine=engine, drive=DROP))  # type: ignore[arg-type]
    assert trace.completion == "normal", trace
    assert [(one.target, one.runs, one.unregistered) for one in trace.settled] == expected, source
    assert all(one.line >= 2 for one in trace.settled), trace.settled


@pytest.mark.parametrize("engine", ENGINES)
def test_the_callback_gets_what_was_held(pool: Pool, engine: str) -> None:
    if engine not in pool.engines:
        pytest.skip("no node here")
    source = '"use strict";' + START + "(function () { fr.register({}, 'held'); })();"
    trace = pool.run(Request(source, engine=engine, drive=DROP))  # type: ignore[arg-type]
    assert trace.observed is not None
    assert trace.observed["log"] == [["string", True, 1]]


def test_the_state_at_the_end_is_before_any_job(pool: Pool) -> None:
    source = START + "fr.register({}, {}); Promise.resolve().then(() => fr.register({}, 1)); throw 'boom';"
    trace = pool.run(Request(source))
    assert [one.callback for one in trace.at_end] == ["pending"]
    assert [one.callback for one in trace.settled] == ["ran", "ran"]


def test_weak_references_are_counted(pool: Pool) -> None:
    trace = pool.run(Request("const w = new WeakRef({ a: 1 });\nw.deref(); let k = {};\n  new WeakRef(k).deref();"))
    assert [(one.line, one.target, one.derefs, one.empty_derefs) for one in trace.weakrefs] == [
        (1, "collected", 1, 1),
        (3, "alive", 1, 0),
    ]


# A program, and for each of its registrations (runs, threw) in the end.
THROWING = {
    "it throws": ("r = new FinalizationRegistry(() => { throw new Error('late'); }); d(1);", [(1, True)]),
    "one of several": (
        "r = new FinalizationRegistry((n) => { if (n === 2) throw new Error('late'); }); d(1); d(2); d(3);",
        [(1, False), (1, True), (1, False)],
    ),
    "what it calls": ("r = new FinalizationRegistry(() => [1].map(() => { throw new Error('late'); })); d(1);", [(1, True)]),
    "a timer after it": (
        "r = new FinalizationRegistry(() => {}); d(1); setTimeout(() => { throw new Error('late'); }, 1);",
        [(1, False)],
    ),
    "a job after it": (
        "r = new FinalizationRegistry(() => queueMicrotask(() => { throw new Error('late'); })); d(1);",
        [(1, False)],
    ),
    "it rejects": ("r = new FinalizationRegistry(async () => { throw new Error('late'); }); d(1);", [(1, False)]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", THROWING)
def test_callbacks_that_throw(pool: Pool, engine: str, name: str) -> None:
    if engine not in pool.engines:
        pytest.skip("no node here")
    source, expected = THROWING[name]
    trace = pool.run(Request("let r; const d = (n) => r.register({}, n);\n" + source, engine=engine))  # type: ignore[arg-type]
    assert [(one.runs, one.threw) for one in trace.settled] == expected, trace
    if any(threw for _, threw in expected):
        assert (trace.completion, trace.error) == ("throw", "Error: late")


TOKENS = {
    "none": ("fr.register({}, 1);", (), [False]),
    "the target": ("(function () { const a = {}; fr.register(a, 1, a); })();", ("strong-unregister-token",), [True]),
    "a symbol that is the target": (
        "(function () { const a = Symbol(); fr.register(a, 1, a); })();",
        ("strong-unregister-token",),
        [True],
    ),
    "another": ("fr.register({}, 1, {});", ("strong-unregister-token",), [False]),
    "one that is refused": ("try { fr.register({}, 1, 1); } catch {}", (), []),
}


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_that_were_stood_in_for_are_told(pool: Pool, name: str) -> None:
    source, defects, own = TOKENS[name]
    trace = pool.run(Request(START + source))
    assert trace.defects == defects
    assert [one.own_token for one in trace.settled] == own
    assert [defect.id for defect, _ in shown_by(trace) if defect.id.startswith("strong")] == [
        "strong-unregister-token"
    ] * own.count(True)
    if "node" in pool.engines:
        assert pool.run(Request(START + source, engine="node")).defects == ()


def test_the_engine_has_the_defect_that_is_worked_around() -> None:
    for token, collected in (("t", 0), ("{ t }", 0), ("{}", 1)):
        context = _quickjs.Context()
        context.eval("globalThis.n = 0; const fr = new FinalizationRegistry(() => { n++; });")
        context.eval(f"(function () {{ const t = {{}}; fr.register(t, 1, {token}); }})();")
        context.gc()
        while context.execute_pending_job():
            pass
        assert context.eval("n") == collected, f"token {token}: does defects.toml still tell the truth?"


def test_the_weak_references_of_the_host_are_not_the_program_s(pool: Pool) -> None:
    source = "const s = AbortSignal.any([new AbortController().signal]); const w = new WeakRef(s);"
    (reference,) = pool.run(Request(source)).weakrefs
    assert reference.column > source.index("new WeakRef")


def test_columns_are_code_points(pool: Pool) -> None:
    trace = pool.run(Request("const fr = new FinalizationRegistry(() => {}), t = {};\n/* é€𝒳 */ fr.register(t, 1);"))
    line = "/* é€𝒳 */ fr.register(t, 1);"
    assert trace.settled[0].line == 2
    assert line.index("fr") < trace.settled[0].column <= len(line)


MANY = START + "const kept = []; for (let i = 0; i < 1e5; i++) { const t = {}; fr.register(t, i, t); if (i % 2) kept.push(t); }"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_thousand_registrations(pool: Pool, engine: str, tmp_path: Path) -> None:
    """Every one is reported, and no process has more than 500 MB. The time is measured by benchmarks/engine.py: tests share the machine."""
    if engine not in pool.engines:
        pytest.skip("no node here")
    resource = pytest.importorskip("resource")
    (tmp_path / "many.js").write_text(MANY)
    arguments = ["run", "many.js", "--engine", engine, "--format", "json", "--timeout", "60"]
    program = (
        "import resource, sys; from jsleak.cli.main import main\n"
        "status = main(sys.argv[1:]); sys.stdout.flush()\n"
        "sys.stderr.write(' '.join(str(resource.getrusage(of).ru_maxrss) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))\n"
        "sys.exit(status)"
    )
    most = 500 << 20

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))

    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=tmp_path, capture_output=True, text=True, preexec_fn=bound, check=False
    )
    assert ran.returncode == 0, ran.stderr
    (run,) = json.loads(ran.stdout)["runs"]
    assert (run["completion"], run["reason"]) == ("normal", "")
    rows = Counter((one["target"], one["callback"], one["line"]) for one in run["registrations"])
    assert rows == {("collected", "ran", 2): 50_000, ("alive", "not-due", 2): 50_000}
    unit = 1 if sys.platform == "darwin" else 1 << 10
    assert all(int(resident) * unit < most for resident in ran.stderr.split()), ran.stderr


def test_the_rows_are_what_the_program_can_not_change(pool: Pool) -> None:
    source = (
        "for (const p of [Object.prototype, Array.prototype, String.prototype]) { p.toJSON = () => 'forged'; }\n"
        "JSON.stringify = () => '{}'; Array.prototype.join = () => 'x'; WeakRef.prototype.deref = () => 1; Reflect.apply = null;\n"
        "Object.defineProperty(Object.prototype, 'held', { set() { throw 1; } });\n"
        "Object.defineProperty(Array.prototype, 0, { set() { throw 'elements are defined, not set'; }, configurable: true });\n"
        "Object.defineProperty(Object.prototype, 'value', { get() { return 7; } });\n"
        "const r = new FinalizationRegistry(() => {}); const t = {}; r.register(t, 1, t); r.register({}, 'x');"
    )
    trace = pool.run(Request(source))
    assert (trace.completion, trace.error) == ("normal", "")
    assert [(one.target, one.held) for one in trace.at_end] == [("alive", "number"), ("collected", "string")]
    assert json.dumps([one.callback for one in trace.settled]) == '["not-due", "ran"]'
