"""TypeScript as JavaScript: what goes, what stays, what is written out, and the laws of all of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsleak.analysis import analyze
from jsleak.analysis.languages import Code, codes
from jsleak.analysis.languages.code import Insertion
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.syntax.nodes import walk
from jsleak.analysis.syntax.parse import parse

ERASED = {
    "annotation of a variable": ("const a: number = 1", "const a = 1"),
    "annotation of a parameter": ("function f(a: A, b?: B, ...c: C[]): D { return a }", "function f(a, b, ...c) { return a }"),
    "annotation of a pattern": ("const { a, b: [c] }: { a: A; b: B[] } = d", "const { a, b: [c] } = d"),
    "annotation of a catch": ("try { a() } catch (e: unknown) { b(e) }", "try { a() } catch (e) { b(e) }"),
    "definite variable": ("let a!: A; a = 1", "let a; a = 1"),
    "type predicate": ("function f(a: unknown): a is A { return !!a }", "function f(a) { return !!a }"),
    "assertion function": ("function f(a: unknown): asserts a is A { a() }", "function f(a) { a() }"),
    "generics": ("class A<in out T extends B = C> extends D<T> implements E<T>, F { m<U>(a: U) { return n<U>(a) } }",
                 "class A extends D { m(a) { return n(a) } }"),
    "generic arrow": ("const f = <T,>(a: T): T => a", "const f = (a) => a"),
    "async generic arrow": ("const f = async <T>(a: T): Promise<T> => a", "const f = async (a) => a"),
    "type arguments of new": ("new Map<string, Array<number>>()", "new Map()"),
    "type arguments of a tag": ("x = sql<{ a: string | bigint }>`b ${c}`", "x = sql`b ${c}`"),
    "text that looks like type arguments of a tag": ("x = `a<b>`", "x = `a<b>`"),
    "as": ("x = a as unknown as B.C.D.E<F>; y = (b as C).d", "x = a; y = (b).d"),
    "as of a union over lines": ("x = a as\n  | B.C.D\n  | undefined\nf()", "x = a\nf()"),
    "satisfies": ("x = { a: 1 } satisfies B", "x = { a: 1 }"),
    "non-null": ("a!.b!().c![0]!", "a.b().c[0]"),
    "old assertion": ("x = <A>b", "x = b"),
    "old assertion of an object as a body": ("x = () => <A>{ b: 1 }", "x = () => ({ b: 1 })"),
    "declare": ("declare const a: A; declare function f(): void; declare module 'm' { export const x: 1 } declare global { var y: 1 }\nz()",
                "z()"),
    "interface and type": ("interface A { a: string }\nexport interface B { (): void }\ntype C = A | B\nexport type D<T> = T[]\na()", "a()"),
    "type-only imports": ("import type A from 'a'; import type { B } from 'b'; import { type C, d } from 'c'; d()",
                          "import { d } from 'c'; d()"),
    "type-only exports": ("export type { A } from 'a'; export type * from 'b'; export type * as c from 'c'; export { type D, e } from 'd'",
                          "export { e } from 'd'"),
    "overloads": ("function f(a: A): void\nfunction f(a: B): void\nfunction f(a: any) { return a }", "function f(a) { return a }"),
    "overloads of methods": ("class A { m(a: B): void; m(a: C): void; m(a: any) { return a } }", "class A { m(a) { return a } }"),
    "abstract": ("abstract class A { abstract a: B; abstract m(): void; abstract get c(): D; d = 1 }", "class A { d = 1 }"),
    "modifiers": ("class A { public a = 1; private readonly b = 2; protected static c = 3; override d = 4; declare e: number }",
                  "class A { a = 1; b = 2; static c = 3; d = 4 }"),
    "fields": ("class A { a: B; b?: C; c!: D; readonly [e]: F = 1 }", "class A { a; b; c; [e] = 1 }"),
    "optional method": ("class A { m?(): void; n?() { return 1 } }", "class A { n() { return 1 } }"),
    "index signature": ("class A { [key: string]: unknown; a = 1 }", "class A { a = 1 }"),
    "accessor": ("class A { accessor a = 1 }", "class A { a = 1 }"),
    "this parameter": ("function f(this: A, b: C) { return this }\nfunction g(this: A) { return this }",
                       "function f(b) { return this }\nfunction g() { return this }"),
    "decorators": ("@a() class B { @c d = 1; @e() m(@f g: H) {} }", "class B { d = 1; m(g) {} }"),
    "import require": ("import a = require('a'); a()", "const a = require('a'); a()"),
    "import alias": ("import a = b.c.d; a()", "const a = b.c.d; a()"),
    "export equals": ("const a = 1; export = a", "const a = 1; module.exports = a"),
    "using": ("{ using a = f() as A }", "{ using a = f() }"),
    "call signatures without semicolons": ("interface A {\n  a(): B<C>\n  // comment\n  <T>(a: T): B<T>\n  <T extends D>(a: T): T\n}\na()", "a()"),
    "variance": ("interface A<in B, out C, in out D> {}\nclass E<out F> { g = 1 }", "class E { g = 1 }"),
    "a variable called out, where the grammar reads no call signatures": (
        2 * "declare const a: {\n  <B, C>(\n    d: D\n  ): (e: E<B>) => F<B, C | G>\n  <B, C>(\n    d: D\n  ): F<B, C | G>\n}\n"
        + "h(i, out as J)",
        "; ; h(i, out)",
    ),
    "a function called `as`": ("x = a ? as(a, b as any) : (b) => as(b as C)", "x = a ? as(a, b) : (b) => as(b)"),
    "names that are words of the language": ("interface A {\n  in: B\n  as?: C\n  type: D\n}\nconst type = 1, as = 2, of = 3\n",
                                             "const type = 1, as = 2, of = 3"),
    "escapes in a template type": ("type A = `a \\`b\\` ${C}`\nd()", "d()"),
    "type after a value without a semicolon": ("const a = b\ntype C = D\n;(e)", "const a = b;(e)"),
    "ASI after as": ("const a = b as C\n(d)", "const a = b;\n(d)"),
    "ASI after a declaration": ("a\ninterface B {}\n(c)", "a;\n(c)"),
    "ASI before a computed field": ("class A { a = b\n readonly [c] = 1\n private *d() {} }", "class A { a = b;\n [c] = 1;\n *d() {} }"),
    "ASI after a typed field": ("class A { a: B\n [c] = 1 }", "class A { a;\n [c] = 1 }"),
    "return type over lines": ("x = (a): {\n b: c\n} => a", "x = (a) => a"),
    "type parameters over lines": ("x = async <\n T\n>(a: T) => a", "x = async (a) => a"),
    "text that is not ASCII": ("const é: 'ü' = '😀'; /* ∑ */ f(é as Ω, '\u2028')", "const é = '😀'; f(é, '\u2028')"),
    "CRLF": ("type A = {\r\n  a: 1\r\n}\r\nconst b: A = c\r\n", "const b = c"),
    "CR": ("type A = 1\rconst b: A = c\r", "const b = c"),
    "nothing": ("", ""),
}  # fmt: skip

TSX = {
    "generic arrow": ("const f = <T,>(a: T) => <p>{a as B}</p>", "const f = (a) => <p>{a}</p>"),
    "type arguments of an element": ("x = <A<B> c={d!} />", "x = <A c={d} />"),
}


def dump(node: Any) -> Any:
    if isinstance(node, list):
        return [dump(one) for one in node if getattr(one, "type", "") != "EmptyStatement"]
    if not hasattr(node, "__dict__"):
        return node
    return {key: dump(value) for key, value in vars(node).items() if key[0] != "_" and key not in ("raw", "sourceType")}


def same(text: str, expected: str, filename: str) -> None:
    (code,) = codes(text, filename=filename)
    assert len(code.text) == len(text)
    program = read_program(code, filename)
    other = parse(expected, filename="a.js", source_type=program.source_type, jsx=filename.endswith("x"))
    assert dump(program.root) == dump(other.root), code.parsed


@pytest.mark.parametrize("name", ERASED)
def test_types_go(name: str) -> None:
    same(*ERASED[name], "a.ts")


@pytest.mark.parametrize("name", TSX)
def test_types_go_and_elements_stay(name: str) -> None:
    same(*TSX[name], "a.tsx")


MEANINGS = {
    "enum": ("enum A { B, C = 5, D }", "var A = {}; A['B'] = 0; A[A['B']] = 'B'; A['C'] = 5; A[A['C']] = 'C'; A['D'] = 6; A[A['D']] = 'D'"),
    "const enum of strings": ("export const enum A { B = 'b', 'c d' = `x` }", "export var A = {}; A['B'] = 'b'; A['c d'] = `x`"),
    "computed enum": ("enum A { B = 1 << 2, C = B | 8, D = f() }",
                      "var A = {}; A['B'] = 1 << 2; A[A['B']] = 'B'; A['C'] = A['B'] | 8; A[A['C']] = 'C'; A['D'] = f(); A[A['D']] = 'D'"),
    "merged enum": ("enum A { B } enum A { C = 1 }", "var A = {}; A['B'] = 0; A[A['B']] = 'B'; A['C'] = 1; A[A['C']] = 'C'"),
    "declared enum": ("declare enum A { B } a()", "a()"),
    "namespace": ("namespace A { export const b = 1; export function c() {} const d = 2 }",
                  "var A = {}; (function (A) { A.c = c; const b = 1; A.b = b; function c() {} const d = 2 })(A)"),
    "dotted namespace": ("namespace A.B { export let c = 1 }",
                         "var A = {}; (function (A) { var B = A.B = A.B || {}; (function (B) { let c = 1; B.c = c })(B) })(A)"),
    "namespace of types": ("namespace A { export type B = 1; interface C {} } a()", "a()"),
    "types in a namespace": ("namespace A { export type B = 1; export const c = 1 }",
                             "var A = {}; (function (A) { const c = 1; A.c = c })(A)"),
    "namespace merged with a class": ("class A {} namespace A { export const b = 1 }",
                                      "class A {} (function (A) { const b = 1; A.b = b })(A)"),
    "parameter properties": ("class A { constructor(private a: B, readonly c = 1, d?: E) { f() } }",
                             "class A { constructor(a, c = 1, d) { this.a = a; this.c = c; f() } }"),
    "parameter properties below a class": ("class A extends B { constructor(public c: D) { super(c); e() } }",
                                           "class A extends B { constructor(c) { super(c); this.c = c; e() } }"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_what_has_a_meaning_at_run_time_keeps_it(name: str) -> None:
    same(*MEANINGS[name], "a.ts")


def ends(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match[0]) for match in re.finditer(r"\r\n|[\n\r\u2028\u2029]", text)]


PROGRAMS = [pair[0] for table in (ERASED, MEANINGS) for pair in table.values()]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PROGRAMS), max_size=4), st.sampled_from(["\n", "\r\n", "\r", "\u2028"]))
def test_length_and_line_ends_stay(programs: list[str], end: str) -> None:
    text = f"{end};".join(programs)
    (code,) = codes(text, filename="a.ts")
    assert len(code.text) == len(text)
    assert ends(code.text) == ends(text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab<>(){}[]:;,.?!=|&`'\"\\ \n\r/*@#é😀\ud800\u2028"), max_size=60))
def test_any_text_keeps_its_length_and_lines(text: str) -> None:
    for filename in ("a.ts", "a.tsx"):
        (code,) = codes(text, filename=filename)
        assert len(code.text) == len(text)
        assert ends(code.text) == ends(text)


@pytest.mark.parametrize("name", ERASED)
def test_plain_javascript_stays_as_it_is(name: str) -> None:
    if name in ("accessor", "decorators", "export equals"):
        return
    text = ERASED[name][1]
    (code,) = codes(text, filename="a.ts")
    assert code.text == text
    assert not code.insertions


def test_nodes_of_what_is_written_out_stand_at_its_name() -> None:
    text = "enum Kind { A }\nclass B { constructor(private c: D) {} }"
    (code,) = codes(text, filename="a.ts")
    places = {text[node._start : node._end] for node in walk(read_program(code, "a.ts").root) if node._inserted}
    assert places == {"Kind", "c"}


def test_nodes_end_before_what_is_put_in_behind_them() -> None:
    code = Code("f(g)", insertions=(Insertion(0, "(", (0, 4)), Insertion(4, ")", (0, 4))))
    assert code.parsed == "(f(g))"
    (statement,) = read_program(code, "a.ts").root.body
    assert (statement._start, statement._end) == (0, 4)


def findings(text: str) -> list[str]:
    return [f"{one.rule} {one.range.start.line}" for one in analyze(text, filename="a.ts").findings]


REGISTRY = "const registry = new FinalizationRegistry<number>((fd) => { close(fd) });\n"
USED = {
    "a member of an enum is no object": (
        REGISTRY + "enum Kind { A, B = 'b' }\nexport function f(a: object) { registry.register(a, Kind.A); registry.register(a, Kind.B) }", []),
    "parameter property as a registry": (
        "export class A {\n constructor(private readonly r: FinalizationRegistry<() => void>) {\n this.r.register(this, () => this.b()) }\n b() {} }",
        ["held-value-retains-target 3", "object-held-value 3"]),
    "field as a registry": (
        "export class A { private r?: FinalizationRegistry<unknown> | null\n b() { this.r?.register(this, () => this.b()) } }",
        ["held-value-retains-target 2", "object-held-value 2"]),
    "parameter as a registry": (
        "export function f(a: object, r: FinalizationRegistry<object>) {\n r.register(a, { a }) }", ["held-value-retains-target 2", "object-held-value 2"]),
    "parameter of another type": ("export function f(a: object, r: Registry) { r.register(a, { a }) }  // FinalizationRegistry", []),
    "parameter as a WeakRef": ("export function f(a: WeakRef<{ b: 1 }>) {\n return a.deref()!.b }", ["unchecked-deref 2"]),
    "checked WeakRef": ("export function f(a: WeakRef<{ b: 1 }>) { return a.deref()?.b }", []),
    "primitive parameter": (REGISTRY + "export function f(a: object, b: string | number) { registry.register(a, b) }", []),
}  # fmt: skip


@pytest.mark.parametrize("name", USED)
def test_types_that_help_are_used(name: str) -> None:
    text, expected = USED[name]
    assert sorted(findings(text)) == expected
