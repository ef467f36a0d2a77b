"""The recorder is not seen: what a program can ask about FinalizationRegistry and WeakRef has the same answer with and without it.

The programs follow the steps of ECMA-262, 26.1 (WeakRef) and 26.2 (FinalizationRegistry). Each is run twice, on every engine.
"""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import json
import shutil
import subprocess

import _quickjs
import pytest

from jsleak.engine.prelude import prelude

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
