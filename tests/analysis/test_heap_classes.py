"""The retention graph: classes, constructors and what instances inherit."""

from __future__ import annotations

import pytest

from support import claims

PROGRAMS = {
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
    "classes capture by their methods": """
        function f() {
          const a = {}, b = {};
          class C { m() { return a; } }
          const c = new C();
          $retains(c, a); $retains(C, a); $free(c, b);
        }
        f();
    """,
}


@pytest.mark.parametrize("program", claims.cases(PROGRAMS))
def test_facts(program: str) -> None:
    claims.check(program)
