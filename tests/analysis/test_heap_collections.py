"""The retention graph: maps, sets, weak collections and array methods."""

from __future__ import annotations

import pytest

from support import claims

PROGRAMS = {
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
}


@pytest.mark.parametrize("program", claims.cases(PROGRAMS))
def test_facts(program: str) -> None:
    claims.check(program)
