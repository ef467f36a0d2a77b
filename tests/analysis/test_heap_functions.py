"""The retention graph: closures, calls, promises and generators."""

from __future__ import annotations

import pytest

from support import claims

PROGRAMS = {
    "destructured parameters": """
        const a = {}, b = {};
        function f({ x, y = b }, [z]) { return { x, y, z }; }
        const r = f({ x: a }, [b]);
        $same(r.x, a); $same(r.z, b); $retains(r, a);
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
    "arguments and this at the top": """
        function f() { $is(arguments, "unknown"); }
        f({});
        $is(globalThis, "builtin");
    """,
}


@pytest.mark.parametrize("program", claims.cases(PROGRAMS))
def test_facts(program: str) -> None:
    claims.check(program)
