"""Which paths count: the held value leads to the very target, or to what may be another object of its kind."""

from __future__ import annotations

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.rule import RuleSettings

SETTINGS = RuleSettings(selected=frozenset({"held-value-retains-target"}))
REGISTRY = "const registry = new FinalizationRegistry((f) => f());\n"

SILENT = {
    "list prev": REGISTRY
    + "let last=null; class N{constructor(prev){this.prev=prev; registry.register(this, prev);} } for(let i=0;i<3;i++){ last=new N(last);}",
    "list next self-class": REGISTRY
    + "class N{constructor(other){ this.o = other; other.back = () => this; registry.register(other, 1); registry.register(this, other.name)} } new N(new N(null))",
    "prev closure": REGISTRY + "let prev; function f(o){ registry.register(o, prev); prev = () => o; } f({}); f({});",
    "loop last": REGISTRY + "function f(xs){ let last; for (const x of xs) { registry.register(x, () => last); last = x; } }",
    "shadow": REGISTRY + "function f(o){ registry.register(o, (o) => o.x); }",
    "field other inst": REGISTRY
    + "class A{ constructor(p){ this.clean = () => this.x; registry.register(this, p.clean);} } const a=new A({}); const b = new A(a);",
    "static last": REGISTRY
    + "class A{ static last=null; constructor(){ registry.register(this, A.last); A.last = this; } } new A(); new A();",
    "map module": REGISTRY
    + "const m=new Map(); class A{ constructor(id){ m.set(id,this); registry.register(this, () => m.delete(id)); } } new A(1)",
    "nulling": REGISTRY + "function f(){ let o={}; let self=o; registry.register(o, () => self); self=null; }",
    "weak": REGISTRY + "function f(){ const o={}; const w=new WeakRef(o); registry.register(o, () => w.deref()); }",
    "wm": REGISTRY + "const wm=new WeakMap(); function f(){ const o={}; wm.set(o,1); registry.register(o, () => wm); }",
    "key in closure": REGISTRY + "function f(k){ const o={k}; registry.register(o, () => k); }",
    "wrapper 2": REGISTRY + "function t(o,c){registry.register(o,c)} const a={}, b={}; t(a, () => b); t(b, () => 1);",
    "wrapper2 swapped": REGISTRY
    + "function t(o,c){registry.register(o,c)} function g(){const a={}, b={}; t(a, () => b); t(b, () => a);}",
    "a property that each call sets anew": REGISTRY
    + "class Screen { constructor(canvas) { this.canvas = canvas; } show(image) { this.canvas.onpaint = () => image; registry.register(image, this); } }",
}

FLAGGED = {
    "closure": REGISTRY + "function f(){ const o={}; registry.register(o, () => o.x); return o}",
    "self alias": REGISTRY + "class A{ constructor(){ const self=this; registry.register(this, function(){ self.close() }); } }",
    "uninit self": REGISTRY + "function f(){ let self; const o={}; self=o; registry.register(o, () => self); }",
    "array": REGISTRY + "function f(){ const o={}; registry.register(o, [1,[o]]); }",
    "map held": REGISTRY + "function f(){ const o={}; const m=new Map(); m.set('a', o); registry.register(o, m); }",
    "set held ctor": REGISTRY + "function f(){ const o={}; registry.register(o, new Set([o])); }",
    "push": REGISTRY + "function f(){ const o={}; const a=[]; a.push(o); registry.register(o, a); }",
    "assign": REGISTRY + "function f(){ const o={}; const h=Object.assign({}, {o}); registry.register(o, h); }",
    "spread": REGISTRY + "function f(){ const o={}; const h={...{o}}; registry.register(o, h); }",
    "proto fn": REGISTRY
    + "function A(){ registry.register(this, this.close.bind(this)); } A.prototype.close=function(){}; new A()",
    "arrow field": REGISTRY + "class A{ close=()=>{ this.x }; constructor(){ registry.register(this, this.close) } } new A()",
    "private": REGISTRY + "class A{ #h=()=>this.#y; #y=1; constructor(){ registry.register(this, this.#h) } } new A()",
    "bind arg": REGISTRY + "function rel(o){} function f(){ const o={}; registry.register(o, rel.bind(null, o)); }",
    "inst holder": REGISTRY + "class H{ constructor(o){ this.o=o } } function f(){ const o={}; registry.register(o, new H(o)); }",
    "closure factory": REGISTRY + "const mk=(o)=>({ run(){ return o } }); function f(){ const o={}; registry.register(o, mk(o)); }",
    "module level": REGISTRY + "const obj={}; registry.register(obj, { obj });",
    "module level clos": REGISTRY + "const obj={}; registry.register(obj, () => obj);",
    "class static reg": "class A{ static #r=new FinalizationRegistry(f=>f()); constructor(){ A.#r.register(this, () => this.close()) } close(){} } new A()",
    "nested wrap": REGISTRY
    + "class T{ static track(o, c){ registry.register(o,c,o) } } class A{ constructor(){ T.track(this, () => this.close()) } close(){} } new A()",
    "obj method wrap": REGISTRY
    + "const T={ track(o, c){ registry.register(o,c,o) } }; class A{ constructor(){ T.track(this, () => this.close()) } close(){} } new A()",
    "getter": REGISTRY + "class A{ get h(){ return () => this.x } constructor(){ registry.register(this, this.h) } } new A()",
    "async": REGISTRY + "async function open(){ const h = await mk(); registry.register(h, () => h.close()); return h }",
    "gen": REGISTRY + "function* g(){ const h = {}; registry.register(h, () => h.close()); yield h }",
    "destruct": REGISTRY + "function f({ conn }){ registry.register(conn, () => conn.close()); }",
    "arg obj": REGISTRY + "function f(opts){ registry.register(opts.conn, opts); }",
    "super": REGISTRY
    + "class B{ constructor(){ this.cb = () => this.z } } class A extends B{ constructor(){ super(); registry.register(this, this.cb) } } new A()",
    "promise": REGISTRY + "function f(){ const o={}; registry.register(o, Promise.resolve(o)); }",
    "target field": REGISTRY + "class A{ constructor(){ this.inner = {}; registry.register(this.inner, this) } } new A()",
    "cond reg": "const registry = typeof FinalizationRegistry === 'undefined' ? {register(){},unregister(){}} : new FinalizationRegistry(f=>f());\nclass A{ constructor(){ registry.register(this, () => this.close()) } }",
    "lazy reg": "let registry; function f(o){ registry ??= new FinalizationRegistry(f=>f()); registry.register(o, () => o.x) }",
    "lazy reg2": "let registry; function get(){ if(!registry) registry = new FinalizationRegistry(f=>f()); return registry } function f(o){ get().register(o, () => o.x) }",
    "global alias": "const FR = globalThis.FinalizationRegistry; const r = new FR(()=>{}); function f(o){ r.register(o, () => o.x) }",
    "destr alias": "const { FinalizationRegistry: FR } = globalThis; const r = new FR(()=>{}); function f(o){ r.register(o, () => o.x) }",
    "subclass": "class R extends FinalizationRegistry { constructor(){ super(f=>f()) } } const r = new R(); function f(o){ r.register(o, () => o.x) }",
    "subclass track": "class R extends FinalizationRegistry { track(o,c){ super.register(o,c,o) } } const r = new R(f=>f()); function f(o){ r.track(o, () => o.x) }",
    "subclass track this": "class R extends FinalizationRegistry { track(o,c){ this.register(o,c,o) } } const r = new R(f=>f()); function f(o){ r.track(o, () => o.x) }",
    "call": REGISTRY + "function f(o){ registry.register.call(registry, o, () => o.x) }",
    "apply": REGISTRY + "function f(o){ registry.register.apply(registry, [o, () => o.x]) }",
    "bindreg": REGISTRY + "const reg = registry.register.bind(registry); function f(o){ reg(o, () => o.x) }",
    "forEach": REGISTRY + "function f(xs){ xs.forEach(o => registry.register(o, () => o.x)) }",
    "iife": "(function(g){ const registry = new g.FinalizationRegistry(()=>{}); g.f = function(o){ registry.register(o, () => o.x) } })(globalThis)",
    "commonjs": "const registry = new FinalizationRegistry(()=>{}); module.exports = function f(o){ registry.register(o, () => o.x) }",
}


def flagged(program: str) -> int:
    result = analyze(program, filename="a.js", settings=SETTINGS)
    assert not result.problems
    return len(result.findings)


@pytest.mark.parametrize("program", SILENT.values(), ids=SILENT.keys())
def test_another_object_is_not_the_target(program: str) -> None:
    assert flagged(program) == 0


@pytest.mark.parametrize("program", FLAGGED.values(), ids=FLAGGED.keys())
def test_the_target_is_reached(program: str) -> None:
    assert flagged(program) == 1
