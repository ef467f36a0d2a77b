"""More shapes for the rules about WeakRefs and what registrations are given: each line names the rules that flag it."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.rule import RuleSettings

RULES = frozenset(
    {
        "anonymous-target",
        "anonymous-weakref-target",
        "deref-across-await",
        "strong-copy-of-weak-target",
        "unchecked-deref",
        "unguarded-eviction",
        "unregister-in-cleanup",
        "weak-cache-without-eviction",
    }
)

PROGRAMS = {
    "derefs": """
        export class Conn {
          #ref;
          constructor(s) { this.#ref = new WeakRef(s); }
          async kept() { const s = this.#ref.deref(); if (!s) return; await s.x(); s.y(); }
          async first() { this.#ref.deref().x(); await 1; }                                 // unchecked-deref
          async inside() { if (this.#ref.deref()) { await 1; return this.#ref.deref().z; } } // deref-across-await
          async variable() { const s = this.#ref.deref(); s.x; await 1; }                   // unchecked-deref
          async caught() { try { this.#ref.deref().x(); } catch {} }
          async assigned() { let s; if ((s = this.#ref.deref())) s.x(); }
          async loop() { let s; while ((s = this.#ref.deref()) !== undefined) { s.x(); await 1; } }
          chain() { return this.#ref.deref()?.a.b; }
          other() { const s = this.#ref.deref() ?? fallback; return s.x; }
          and() { return this.#ref && this.#ref.deref() && this.#ref.deref().x; }
          get alive() { return this.#ref.deref() !== undefined; }
          helper() { if (!this.alive) return; return this.#ref.deref().x; }
          cases() { switch (this.#ref.deref()) { case undefined: return; } return this.#ref.deref().x; }
          asserted() { invariant(this.#ref.deref(), "x"); return this.#ref.deref().x; }
          async forAwait() { if (!this.#ref.deref()) return; for await (const x of y) this.#ref.deref().z(); } // deref-across-await
          async thrown() { const s = this.#ref.deref(); if (s === undefined) throw new Error("x"); const { a } = s; }
          *gen() { if (this.#ref.deref()) { yield this.#ref.deref().x; yield this.#ref.deref().x; } }          // deref-across-await
          written() { this.#ref.deref().x.y = 3; }                                          // unchecked-deref
          only() { return (this.#ref?.deref()).x; }                                         // unchecked-deref
          called() { this.#ref.deref()(); }                                                 // unchecked-deref
          given() { return this.#ref.deref(); }
        }
    """,
    "callers check": """
        class A {
          constructor(o) { this.ref = new WeakRef(o); }
          run() { if (this.ref.deref()) this._use(); }
          _use() { return this.ref.deref().x; }
        }
    """,
    "targets that stay": """
        const table = {}, ref = new WeakRef(table), all = new WeakRef(globalThis);
        function f() { return ref.deref().x + all.deref().y; }
        class B { constructor() { this.self = new WeakRef(this); } m() { return this.self.deref().x; } }
        function g(o) { const r = new WeakRef(o); return { get: () => r.deref().x, keep: () => o }; } // unchecked-deref
        function h(o) { const r = new WeakRef(o); return () => r.deref().x + o.y; }
        async function i(o) { const r = new WeakRef(o); await 1; r.deref().x; }                      // unchecked-deref
        async function j(o) { const r = new WeakRef(o); await 1; r.deref().x; o.y; }
        const now = (r) => r.deref().x; now(new WeakRef(table));
    """,
    "strong copies": """
        let current, memo = null; const list = [], reg = {};
        const ref = new WeakRef(make());
        function a() { current = ref.deref(); }                                          // strong-copy-of-weak-target
        function b() { memo = ref.deref(); try { memo?.x; } finally { memo = null; } }
        function c() { reg.x = ref.deref(); }                                            // strong-copy-of-weak-target
        function d() { list.push(ref.deref()); }                                         // strong-copy-of-weak-target
        function e() { const o = ref.deref(); return () => o; }
        function f(out) { out.x = ref.deref(); }
        const g = () => { let r; [ref].forEach((x) => { r = x.deref(); }); return r; };
        class A {
          #r; #c;
          constructor(o) { this.#r = new WeakRef(o); this.first = this.#r.deref(); }
          get v() { return (this.#c ??= this.#r.deref()); }                              // strong-copy-of-weak-target
          w() { this.t = this.#r.deref(); this.use(); this.t = undefined; }
          z() { const o = this.#r.deref(); if (o) this.items.push(o); }
        }
        class B {
          own = []; r = new WeakRef(make());
          z() { const o = this.r.deref(); if (o) this.own.push(o); }                     // strong-copy-of-weak-target
        }
        class C {
          kept = []; r = new WeakRef(make());
          z() { this.kept.push(this.r.deref()); }
          reset() { this.kept.length = 0; }
        }
    """,
    "evictions": """
        const c1 = new Map(), r1 = new FinalizationRegistry((k) => { c1.delete(k); });                // unguarded-eviction
        export const put1 = (k, v) => { c1.set(k, new WeakRef(v)); r1.register(v, k); };
        const c2 = new Map(), r2 = new FinalizationRegistry((k) => { if (c2.has(k)) c2.delete(k); }); // unguarded-eviction
        export function put2(k, v) { c2.set(k, new WeakRef(v)); r2.register(v, k); }
        const c3 = new Map(), r3 = new FinalizationRegistry(({ key, ref }) => { if (c3.get(key) === ref) c3.delete(key); });
        export function put3(key, v) { const ref = new WeakRef(v); c3.set(key, ref); r3.register(v, { key, ref }); }
        const c4 = new Map(), r4 = new FinalizationRegistry((k) => { const e = c4.get(k); if (e && !e.deref()) c4.delete(k); });
        export function put4(k, v) { c4.set(k, new WeakRef(v)); r4.register(v, k); }
        class K {
          constructor() { this.m = new Map(); this.fr = new FinalizationRegistry((k) => this.m.delete(k)); } // unguarded-eviction
          set(k, v) { this.m.set(k, new WeakRef(v)); this.fr.register(v, k, v); }
        }
        class L {
          constructor() { this.n = new Map(); this.fr = new FinalizationRegistry((k) => this.n.delete(k)); }
          set(k, v) { this.fr.unregister(this.get(k)); this.n.set(k, new WeakRef(v)); this.fr.register(v, k, v); }
        }
        let id = 0; const c5 = new Map(), r5 = new FinalizationRegistry((k) => c5.delete(k));
        export function put5(v) { const k = ++id; c5.set(k, new WeakRef(v)); r5.register(v, k); }
        export function put6(v) { const k = Symbol(); c5.set(k, new WeakRef(v)); r5.register(v, k); }
        export function put7(v) { c5.set(v.id, new WeakRef(v)); r5.register(v, v.id); }
    """,
    "caches": """
        const c1 = new Map(), c3 = new Map(); export const c2 = new Map();
        export function put1(k, v) { c1.set(k, new WeakRef(v)); }             // weak-cache-without-eviction
        export function put2(k, v) { c2.set(k, new WeakRef(v)); }
        export function put3(k, v) { c3.set(k, new WeakRef(v)); sweep(c3); }
        const sweep = (m) => { for (const [k, r] of m) if (!r.deref()) m.delete(k); };
        class P { static cache = new Map(); static put(k, v) { P.cache.set(k, new WeakRef(v)); } } // weak-cache-without-eviction
        export class Q { entries = new Map(); put(k, v) { this.entries.set(k, new WeakRef(v)); } }
        for (const k of ["a", "b"]) c3.set(k, new WeakRef(globalThis));
    """,
    "fresh targets": """
        const R = typeof FinalizationRegistry === "undefined" ? { register() {} } : new FinalizationRegistry(() => {});
        R?.register({}, 1);                                                   // anonymous-target
        class MyRegistry extends FinalizationRegistry { constructor() { super(() => {}); } track(o) { this.register(o, 1); } }
        const my = new MyRegistry();
        my.track([]);                                                         // anonymous-target
        my.register(new Map(), 1);                                            // anonymous-target
        my.register(/a/, 1);                                                  // anonymous-target
        my.register(globalThis.x ? {} : R, 1);
        my.register(new Proxy({}, {}), 1); my.register(new Worker("a"), 1); my.register(make(), 1); my.register(R, 1);
        class Emitter extends EventTarget {}
        class Timer { constructor() { setTimeout(() => this.tick(), 1); } tick() {} }
        class Named { constructor() { this.on = () => this.x; } set x(v) { seen.push(this); } }
        class Setter extends Named { constructor() { super(); this.x = 1; } }
        class Quiet extends Named { y = 1; }
        my.register(new Emitter(), 1); my.register(new Timer(), 1); my.register(new Setter(), 1);
        my.register(new Quiet(), 1);                                          // anonymous-target
        const seen = [];
        const refs = [{}, []].map((o) => new WeakRef(o)), ref = (o) => new WeakRef(o), kept = {};
        ref({});                                                              // anonymous-weakref-target
        ref(kept);
    """,
    "ended registrations": """
        const r = new FinalizationRegistry((held) => { r.unregister(held); });      // unregister-in-cleanup
        export const open = (o) => { const held = {}; r.register(o, held, held); };
        const s = new FinalizationRegistry((held) => { s.unregister(held); });
        export function all(list) { const held = {}; for (const o of list) s.register(o, held, held); }
        const t = new FinalizationRegistry(([token]) => { t.unregister(token); });
        export function one(o) { const token = {}; t.register(o, [token], token); }
        export function two(o, token) { t.register(o, [token], token); }
    """,
}


@pytest.mark.parametrize("program", [pytest.param(dedent(program), id=name) for name, program in PROGRAMS.items()])
def test_lines_are_flagged(program: str) -> None:
    result = analyze(program, filename="example.js", settings=RuleSettings(selected=RULES))
    assert not result.problems
    found = Counter((finding.range.start.line, finding.rule) for finding in result.findings)
    expected: Counter[tuple[int, str]] = Counter()
    for number, line in enumerate(program.split("\n"), 1):
        names = line.rpartition("// ")[2].split()
        if "// " in line and RULES.issuperset(names):
            expected.update((number, name) for name in names)
    lines = program.split("\n")
    assert found == expected, "\n".join(
        f"{number}: {lines[number - 1].strip()}: {rule}" for number, rule in (found - expected) + (expected - found)
    )
