"""The retention graph: values, variables and properties."""

from __future__ import annotations

import pytest

from support import claims

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
    "Object.create and Object.assign": """
        const a = {}, p = { a }, o = Object.create(p), q = Object.assign({}, p, { b: 1 }), r = Object.freeze({ a });
        $retains(o, p); $retains(o, a); $retains(q, a); $free(q, p); $same(q.a, a); $retains(r, a); $same(o.a, a);
        const s = { __proto__: p };
        $retains(s, a);
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
    "symbols, regular expressions, templates": """
        $is(Symbol("a"), "primitive"); $is(/a/, "regexp"); $is(`a${1}`, "primitive"); $is(1 + 1, "primitive");
        $is(!{}, "primitive"); $is(void 0, "primitive"); $is(typeof {}, "primitive"); $is(new Error("a"), "error");
        $is([] == [], "primitive");
        $is(1n, "primitive"); $is(null, "primitive"); $is(String({}), "primitive");
    """,
}


@pytest.mark.parametrize("program", claims.cases(PROGRAMS))
def test_facts(program: str) -> None:
    claims.check(program)
