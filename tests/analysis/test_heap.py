"""The retention graph: what may be what, and what keeps what alive.

The programs state their expected facts by calls of markers: ``$same(a, b)``, ``$differ(a, b)`` (not certainly the same),
``$retains(a, b)``, ``$free(a, b)`` (no strong path), ``$is(a, "kind kind")``. A claim must hold in some activation, its denial in
all of them. The registry that each program begins with makes it one in which the protocol is at work, so that calls are followed.
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from jsleak.analysis.heap import Activation, Var, same_value, strong_path
from jsleak.analysis.module import Module
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module
from jsleak.analysis.syntax.nodes import Node, walk

PRELUDE = "const registry = new FinalizationRegistry(() => {});\n"

PROGRAMS = {
    "object literals": """
        const a = {}, b = { a, inner: { a } }, c = { x: 1 };
        $retains(b, a); $retains(b, b.a); $same(b.a, a); $same(b.inner.a, a);
        $free(a, b); $free(c, a); $differ(a, c); $is(a, "object"); $is(c.x, "primitive");
    """,
    "computed and quoted properties": """
        const a = {}, k = globalThis.k;
        const b = { "a b": a }, c = { [k]: a }, d = {};
        d[k] = a;
        $same(b["a b"], a); $retains(b, a); $retains(c, a); $retains(d, a);
    """,
    "arrays": """
        const a = {}, b = [1, a], c = [...[a]], d = [[a]];
        $retains(b, a); $retains(c, a); $retains(d, a); $same(b[1], a); $is(b, "array");
        const [x, y] = b;
        $same(y, a); $is(x, "primitive");
    """,
    "object spread": """
        const a = {}, b = { a }, c = { ...b, x: 1 };
        $retains(c, a); $same(c.a, a); $free(c, b);
    """,
    "destructuring": """
        const a = {}, b = {};
        const { x, y: { z }, w = b } = { x: a, y: { z: b } };
        $same(x, a); $same(z, b); $differ(x, b);
        let p, q;
        [p, q] = [a, b];
        ({ r: p } = { r: a });
        $same(q, b);
    """,
    "destructured parameters": """
        const a = {}, b = {};
        function f({ x, y = b }, [z]) { return { x, y, z }; }
        const r = f({ x: a }, [b]);
        $same(r.x, a); $same(r.z, b); $retains(r, a);
    """,
    "aliases": """
        const a = {}; const b = a; let c = b; const d = (1, c);
        $same(a, b); $same(a, c); $same(a, d);
        let e = {}; e = a;
        $differ(e, a);
        const f = globalThis.x ? a : {}; const g = globalThis.x ?? a;
        $differ(f, a); $differ(g, a);
    """,
    "two of one site": """
        function make() { return {}; }
        const a = make(), b = make();
        $differ(a, b); $free(a, b); $is(a, "object");
    """,
    "closures": """
        function f() {
          const a = {}, b = {};
          const g = () => a, h = () => () => b, i = function () { return typeof a; };
          $retains(g, a); $free(g, b); $retains(h, b); $free(h, a); $retains(i, a);
          const j = (a) => a;
          $free(j, a);
        }
        f();
    """,
    "closures capture this by arrow only": """
        class C {
          m() {
            const o = this;
            const g = () => this, h = function () { return this; }, i = () => o;
            $retains(g, this); $free(h, this); $retains(i, this); $same(o, this);
          }
        }
        new C().m();
    """,
    "a variable that is set to null again": """
        function f() {
          let a = {};
          const g = () => a, b = a;
          a = null;
          $free(g, b);
        }
        f();
    """,
    "a property that is deleted or cleared": """
        function f() {
          const a = {}, b = { a }, c = { a }, d = { a };
          delete b.a;
          c.a = undefined;
          $free(b, a); $free(c, a); $retains(d, a);
        }
        f();
    """,
    "bound functions": """
        function f(x) { return x; }
        const a = {}, b = {};
        const g = f.bind(a, b), h = g.bind(null);
        $retains(g, a); $retains(g, b); $retains(h, a); $is(g, "bound"); $same(g(), b);
        const i = a.toString.bind(a);
        $free(b, a);
    """,
    "call and apply": """
        function f(x) { return { t: this, x }; }
        const a = {}, b = {};
        $same(f.call(a, b).t, a); $same(f.call(a, b).x, b); $retains(f.apply(a, [b]), a); $retains(f.apply(a, [b]), b);
    """,
    "a bound function bound to itself": """
        let f = function () { return };
        for (let i = 0; i < 3; i++) f = f.bind(null);
        f(); new f();
    """,
    "classes": """
        class C {
          field = {}; self = this;
          static all = {};
          constructor(x) { this.x = x; }
          get gx() { return this.x; }
          m() { return this; }
        }
        const a = {}, c = new C(a), d = new C({});
        $retains(c, a); $same(c.x, a); $is(c, "instance"); $free(d, a); $differ(c, d); $retains(c, c.field); $free(c, d);
        $same(c.self, c); $is(C.all, "object unknown"); $is(c.field, "object unknown");
    """,
    "inheritance": """
        class A { constructor(x) { this.x = x; } m() { return this.x; } }
        class B extends A { constructor(x, y) { super(x); this.y = y; } m() { return super.m(); } }
        class D extends B {}
        const a = {}, b = {}, c = new B(a, b), d = new D(a, b);
        $retains(c, a); $retains(c, b); $same(c.x, a); $same(c.y, b); $same(d.x, a); $retains(d, b);
    """,
    "private names": """
        class C {
          #x; static #all = {};
          constructor(x) { this.#x = x; }
          get() { $same(this.#x, this.#x); return this.#x; }
          static all() { $is(C.#all, "object"); return C.#all; }
        }
        const a = {}, c = new C(a);
        $retains(c, a);
    """,
    "getters of a class": """
        class C { constructor(x) { this.x = x; } get y() { return this.x; } }
        const a = {}, c = new C(a);
        $same(c.y, a);
    """,
    "constructor functions and prototypes": """
        function F(x) { this.x = x; }
        F.prototype.m = function () { $is(this, "instance"); return this; };
        const a = {}, f = new F(a);
        $retains(f, a); $same(f.x, a); $is(f, "instance");
    """,
    "a constructor that returns something else": """
        class C { constructor(x) { return { x }; } }
        function F(x) { return { x }; }
        const a = {};
        $retains(new F(a), a);
    """,
    "Object.create and Object.assign": """
        const a = {}, p = { a }, o = Object.create(p), q = Object.assign({}, p, { b: 1 }), r = Object.freeze({ a });
        $retains(o, p); $retains(o, a); $retains(q, a); $free(q, p); $same(q.a, a); $retains(r, a); $same(o.a, a);
        const s = { __proto__: p };
        $retains(s, a);
    """,
    "factories": """
        function make(x) { const o = { x }; return o; }
        const outer = (x) => make({ x });
        const a = {}, b = {}, f = make(a), g = make(b), h = outer(a);
        $retains(f, a); $same(f.x, a); $free(f, b); $retains(h, a); $free(h, b); $differ(f, g);
    """,
    "wrappers of wrappers": """
        const id = (x) => x;
        const twice = (x) => id(id(x));
        const a = {}, b = {};
        $same(id(a), a); $same(twice(a), a); $differ(twice(a), b);
    """,
    "parameters of the canonical activation": """
        function f(x, y) {
          const o = { x };
          $retains(o, x); $differ(x, y); $free(o, y); $is(x, "param");
        }
    """,
    "default and rest parameters": """
        const d = {};
        function f(x = d, ...rest) { return { x, rest }; }
        const a = {}, b = {}, r = f(a, 1, b), s = f();
        $same(r.x, a); $retains(r, b); $same(s.x, d);
    """,
    "recursion": """
        function f(x, n) { return n ? f({ x }, n - 1) : { x }; }
        const a = {};
        $is(f(a, 2), "object unknown");
        const g = { m() { return g.m(); } };
        g.m();
    """,
    "immediately called": """
        const a = {};
        const b = (function (x) { return { x }; })(a), c = ((x) => ({ x }))(a);
        $retains(b, a); $same(b.x, a); $retains(c, a);
    """,
    "maps and sets": """
        const a = {}, b = {}, m = new Map(), s = new Set(), n = new Map([[a, b]]), t = new Set([a]);
        m.set(a, b); s.add(a);
        $retains(m, a); $retains(m, b); $retains(s, a); $free(s, b); $retains(n, a); $retains(n, b); $retains(t, a);
        $is(m, "map"); $is(s, "set"); $is(m.get(a), "object primitive");
    """,
    "what is removed is held no more": """
        const a = {}, l = [a], m = new Map([[1, a]]), s = new Set([a]);
        l.push(a); l.pop(); m.delete(1); s.add(a); s.clear();
        $free(m, a); $free(s, a); $is(l.shift(), "object primitive");
    """,
    "what only the cleanup removes is held": """
        const s = new Set();
        const other = new FinalizationRegistry((x) => s.delete(x));
        const a = {};
        s.add(a);
        $retains(s, a);
    """,
    "weak collections hold nothing": """
        const a = {}, b = {}, w = new WeakMap([[a, b]]), s = new WeakSet(), r = new WeakRef(a);
        w.set(a, b); s.add(a);
        $free(w, a); $free(w, b); $free(s, a); $free(r, a); $is(r, "weakref"); $is(w, "weakmap");
        $is(r.deref(), "object primitive"); $free({ r }, a);
    """,
    "forEach and for-of": """
        const a = {}, l = [a], m = new Map([["k", a]]), s = new Set([a]);
        l.forEach((x) => { registry.register(x, 1); $same(x, a); });
        for (const x of l) $is(x, "object");
        for (const [k, x] of m) { $is(k, "primitive"); $is(x, "object"); }
        for (const x of s) $is(x, "object");
        for (const x of m.values()) $is(x, "object");
        for (const k in a) $is(k, "primitive");
        $retains(l.map((x) => ({ x })), a);
    """,
    "array methods": """
        const a = {}, b = {}, l = [], m = [b];
        l.push(a);
        $retains(l, a); $retains(l.slice(), a); $retains([].concat(l), a); $retains([[a]].flat(), a);
        $is(l.length, "primitive"); $is(l.indexOf(a), "primitive"); $is(l.includes(a), "primitive"); $is(l.join(), "primitive");
        $is(l.find(Boolean), "object primitive"); $retains(l.sort(), a); $is(l.unheardOf(), "unknown");
        l.push(b); m.push(a);
        $retains(l, a); $retains(l, b); $retains(m, a); $retains(m, b);
    """,
    "promises and await": """
        const a = {};
        async function f() { return a; }
        async function g() {
          const x = await f(), y = await a, z = await Promise.resolve(a);
          $same(x, a); $same(y, a); $retains(f(), a);
          f().then((v) => { registry.register(v, 1); $same(v, a); });
        }
        g();
        $is(f(), "promise");
    """,
    "generators": """
        function* f(x) { yield { x }; }
        const a = {};
        for (const v of f(a)) { $retains(v, a); $is(v, "object"); }
        $retains(f(a), a);
        for (const v of [...f(a)]) $is(v, "object");
    """,
    "conditional values": """
        const a = {}, b = globalThis.x ? a : [];
        $is(b, "object array"); $retains({ b }, b);
        const c = globalThis.x && a;
    """,
    "logical assignment": """
        class C { #x; get() { return (this.#x ??= {}); } }
        const o = {};
        o.a ||= {};
        $is(o.a, "object");
    """,
    "exceptions": """
        try { registry.x(); } catch (e) { $is(e, "unknown"); }
    """,
    "unknown calls": """
        const a = {};
        const b = globalThis.make(a), c = new globalThis.Thing(a), d = imported(a);
        $free(b, a); $free(c, a); $free(d, a); $is(b, "unknown"); $is(c, "external");
    """,
    "what a parameter holds is its own": """
        function f(x) {
          const o = { p: x.p };
          $free(o, x); $retains(o, x.p); $differ(x.p, x);
        }
    """,
    "classes capture by their methods": """
        function f() {
          const a = {}, b = {};
          class C { m() { return a; } }
          const c = new C();
          $retains(c, a); $retains(C, a); $free(c, b);
        }
        f();
    """,
    "getters and methods of literals": """
        function f() {
          const a = {};
          const o = { m() { return a; }, get x() { return a; } };
          $retains(o, a); $retains(o.m, a);
        }
        f();
    """,
    "an accessor alone holds what it captures": """
        function f() {
          const a = {};
          const o = { get x() { return a; } };
          $retains(o, a);
        }
        f();
    """,
    "arguments and this at the top": """
        function f() { $is(arguments, "unknown"); }
        f({});
        $is(globalThis, "builtin");
    """,
    "symbols, regular expressions, templates": """
        $is(Symbol("a"), "primitive"); $is(/a/, "regexp"); $is(`a${1}`, "primitive"); $is(1 + 1, "primitive");
        $is(!{}, "primitive"); $is(void 0, "primitive"); $is(typeof {}, "primitive"); $is(new Error("a"), "error");
        $is([] == [], "primitive");
        $is(1n, "primitive"); $is(null, "primitive"); $is(String({}), "primitive");
    """,
}


#: Programs with the registrations that are seen in them: what may be the target, and how many calls lead to `register`.
REGISTRATIONS = {
    "constant": ("const r = new FinalizationRegistry(f); r.register(t = {}, 1);", ["object 0"]),
    "alias and destructured": (
        "const { FinalizationRegistry: R } = globalThis; const S = R; new S(f).register({}, 1);"
        " new globalThis.FinalizationRegistry(f);",
        ["object 0"],
    ),
    "window, self, global": (
        "new window.FinalizationRegistry(f).register([], 1); new self.FinalizationRegistry(f).register({});",
        2,
    ),
    "polyfilled": (
        "const r = typeof FinalizationRegistry === 'undefined' ? { register() {}, unregister() {} } : new FinalizationRegistry(f);"
        "r.register({}, 1);",
        ["object 0"],
    ),
    "polyfilled by &&, ?? and optional calls": (
        "const r = globalThis.FinalizationRegistry && new FinalizationRegistry(f); r?.register({}, 1);"
        " (r ?? null)?.register?.([], 1);",
        2,
    ),
    "fields": (
        "class C { #r = new FinalizationRegistry(f); static s = new FinalizationRegistry(f); r;"
        " constructor() { this.r = new FinalizationRegistry(f); }"
        " m(o) { this.#r.register(o); C.s.register(o); this.r.register(o); } }",
        ["param 0", "param 0", "param 0"],
    ),
    "subclass": (
        "class R extends FinalizationRegistry { constructor() { super(f); } register(o, h) { super.register(o, h, o); } }"
        "const r = new R(); r.register({}, 1);",
        ["object 1", "param 0"],
    ),
    "applied": ("const r = new FinalizationRegistry(f); Reflect.apply(r.register, r, [{}, 1]); r.register.apply(r, [[], 1]);", 1),
    "taken off": ("const r = new FinalizationRegistry(f); const { register } = r; register.call(r, {}, 1);", ["object 0"]),
    "bound": ("const r = new FinalizationRegistry(f); const g = r.register.bind(r); g([], 1);", ["array 0"]),
    "from the prototype": (
        "const r = new FinalizationRegistry(f); FinalizationRegistry.prototype.register.call(r, {}, 1);",
        1,
    ),
    "wrapped": (
        "const r = new FinalizationRegistry(f); const track = (o, h) => r.register(o, h); track({}, 1); track([], 2);",
        ["array 1", "object 1", "param 0"],
    ),
    "wrapped twice": (
        "const r = new FinalizationRegistry(f); const a = (o) => r.register(o, 1); const b = (o) => a(o); b({});",
        ["object 2", "param 0", "param 1"],
    ),
    "passed as an argument": (
        "const r = new FinalizationRegistry(f); function track(registry, o) { registry.register(o, 1); } track(r, {});",
        ["object 1"],
    ),
    "lazily made": (
        "let r; function get() { return (r ??= new FinalizationRegistry(f)); } function track(o) { get().register(o, 1); }",
        ["param 0"],
    ),
    "in a factory": (
        "function make() { const r = new FinalizationRegistry(f); return { track(o) { r.register(o, 1); } }; } make().track({});",
        ["object 1", "param 0", "param 1"],
    ),
    "something else of that name": (
        "class FinalizationRegistry { register() {} } new FinalizationRegistry(f).register({}, 1);"
        " new Map().register({}); a.register({});",
        [],
    ),
    "unknown receivers": ("export function f(r) { r.register({}, 1); customElements.register({}); }", []),
}


def registrations(module: Module) -> list[str]:
    """What the target may be and how many calls lead to `register`, for each registration that the module itself makes."""
    own = set(walk(module.scopes.program.node))
    found = [registration for registration in module.registrations if registration.place in own and registration.target is not None]
    return sorted(f"{' '.join(sorted({obj.kind for obj in call.target.objects}))} {len(call.via)}" for call in found if call.target)


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*case, id=name) for name, case in REGISTRATIONS.items()])
def test_registrations_are_seen(program: str, expected: list[str] | int) -> None:
    found = registrations(build_module(program, "example.js", None, RuleSettings(), None))
    assert (found if isinstance(expected, list) else len(found)) == expected, found


MODULES = {
    "./registry.js": "export const registry = new FinalizationRegistry(() => {});"
    " export default (o, h) => registry.register(o, h);",
    "./common.cjs": "const r = new FinalizationRegistry(() => {}); exports.keep = (x) => (r.register(x, 1), { x });",
}
JOINED = {
    "a registry": ("import { registry as r } from './registry.js'; r.register({}, 1);", ["object 0"]),
    "a wrapper": ("import track from './registry.js'; track([], 1);", ["array 1"]),
    "a namespace": (
        "import * as all from './registry.js'; all.registry.register({}, 1); all.default([], 1);",
        ["array 1", "object 0"],
    ),
    "CommonJS": ("import c from './common.cjs'; c.keep({}); const { keep } = require('./common.cjs'); keep([]);", 2),
    "a module that is not known": ("import { registry } from './nowhere.js'; registry.register({}, 1);", []),
}


def load(importer: str, specifier: str) -> tuple[str, str] | None:
    text = MODULES.get(specifier)
    return (specifier, text) if text is not None else None


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*case, id=name) for name, case in JOINED.items()])
def test_modules_are_joined(program: str, expected: list[str] | int) -> None:
    found = registrations(build_module(program, "example.js", None, RuleSettings(), load))
    assert (found if isinstance(expected, list) else len(found)) == expected, found


def module_of(program: str) -> Module:
    return build_module(PRELUDE + dedent(program), "example.js", None, RuleSettings(), None)


def marker_calls(module: Module) -> dict[Node, list[Activation]]:
    found: dict[Node, list[Activation]] = {}
    for node in walk(module.scopes.program.node):
        if node.type == "CallExpression" and node.callee.type == "Identifier" and str(node.callee.name).startswith("$"):
            found[node] = [activation for call, activation in module.heap.call_results if call is node]
    return found


def value(module: Module, node: Node, activation: Activation) -> Var:
    """The variable of a marker's argument; calls were lowered before and are not to be lowered twice."""
    if node.type in ("CallExpression", "NewExpression"):
        return module.heap.call_results[(node, activation)]
    var = module.heap.expr(node, activation)
    module.heap.solver.run()
    return var


def holds(module: Module, node: Node, activation: Activation) -> bool:
    name = str(node.callee.name)
    first = value(module, node.arguments[0], activation)
    if name == "$is":
        return {obj.kind for obj in first.objects} == set(str(node.arguments[1].value).split())
    second = value(module, node.arguments[1], activation)
    if name in ("$same", "$differ"):
        return same_value(first, second)
    return strong_path(first, None, second, activation) is not None


@pytest.mark.parametrize("program", [pytest.param(program, id=name) for name, program in PROGRAMS.items()])
def test_facts(program: str) -> None:
    module = module_of(program)
    wrong: list[str] = []
    for node, activations in marker_calls(module).items():
        words = module.text(node)
        if not activations:
            wrong.append(f"{words}: not reached")
        claims = [holds(module, node, activation) for activation in activations]
        denied = node.callee.name in ("$free", "$differ")
        if activations and any(claims) == denied:
            kinds = [[obj.kind for obj in value(module, node.arguments[0], activation).objects] for activation in activations]
            wrong.append(f"{words}: {kinds}")
    assert not wrong, "\n".join(wrong)
