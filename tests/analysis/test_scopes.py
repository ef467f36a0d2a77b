"""Scopes: which identifier means which binding, and what functions capture.

In the programs a comment right behind an identifier names its binding: the same label, the same binding; ``/*?*/`` is a global.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from jsleak.analysis.scopes import FunctionInfo, Scopes, build_scopes
from jsleak.analysis.syntax.nodes import children, walk
from jsleak.analysis.syntax.parse import parse

#: What facts climb from; names that refer to nothing (labels, keys, specifiers) need no parent.
REFERRING = frozenset({"CallExpression", "MemberExpression", "AssignmentExpression", "ThisExpression"})
LABEL = re.compile(r"/\*([\w?]+)\*/")

BINDINGS = {
    "let in blocks": "let x/*1*/; { let x/*2*/; x/*2*/; { x/*2*/; } } x/*1*/;",
    "const in a nested function": "const x/*1*/ = 1; function f() { return x/*1*/; }",
    "var is the function's": "function f() { x/*1*/; if (1) { var x/*1*/ = 2; } { x/*1*/; } } x/*?*/;",
    "var twice": "var x/*1*/ = 1; var x/*1*/ = 2; x/*1*/;",
    "var of the program from inside": "function f() { return x/*1*/; } var x/*1*/ = 1;",
    "let used before its declaration": "function f() { return x/*1*/; } let x/*1*/ = 1;",
    "function hoisted": "f/*1*/(); function f/*1*/() {}",
    "function in a block": "{ f/*1*/(); function f/*1*/() {} }",
    "function and parameter of one name": "function f/*1*/(f/*2*/) { return f/*2*/; } f/*1*/;",
    "parameters shadow": "let x/*1*/; function f(x/*2*/) { x/*2*/; } x/*1*/;",
    "named function expression": "const g = function f/*1*/() { return f/*1*/; }; f/*?*/;",
    "name of a function expression shadowed": "(function f/*1*/() { var f/*2*/; f/*2*/; });",
    "named class expression": "const C = class D/*1*/ { static m() { return D/*1*/; } }; D/*?*/;",
    "class": "class C/*1*/ { m() { return C/*1*/; } } new C/*1*/();",
    "class heritage": "let C/*1*/; { class C/*2*/ extends C/*2*/ {} } C/*1*/;",
    "member names are no references": "let x/*1*/; ({ x: 1 }).x; class A { x() {} y = x/*1*/; }",
    "shorthand properties are": "let x/*1*/; ({ x/*1*/ });",
    "computed names are": "let x/*1*/; ({ [x/*1*/]: 1 })[x/*1*/]; class A { [x/*1*/]() {} }",
    "labels are not": "let x/*1*/; x: for (;;) { break x; } x/*1*/;",
    "catch parameter": "let e/*1*/; try {} catch (e/*2*/) { e/*2*/; } e/*1*/;",
    "catch without parameter": "let e/*1*/; try {} catch { e/*1*/; }",
    "catch pattern": "try {} catch ({ message/*1*/ }) { message/*1*/; } message/*?*/;",
    "for let": "let i/*1*/; for (let i/*2*/ = 0; i/*2*/ < 3; i/*2*/++) { i/*2*/; } i/*1*/;",
    "for of": "let x/*1*/; for (const x/*2*/ of [x/*2*/]) x/*2*/; x/*1*/;",
    "for of without declaration": "let x/*1*/; for (x/*1*/ of []) x/*1*/;",
    "for var": "for (var i/*1*/ in {}) ; i/*1*/;",
    "switch is one scope": "switch (1) { case 1: let x/*1*/; case 2: x/*1*/; } x/*?*/;",
    "default parameters see earlier ones": "let a/*1*/; function f(a/*2*/, b/*3*/ = a/*2*/) { a/*2*/; b/*3*/; }",
    "default parameter's closure": "function f(a/*1*/ = 1, b = () => a/*1*/) {}",
    "destructured": "const { a/*1*/, b: c/*2*/, ...d/*3*/ } = {}; a/*1*/; b/*?*/; c/*2*/; d/*3*/;",
    "destructured array with defaults": "let [a/*1*/, [b/*2*/ = a/*1*/], ...c/*3*/] = []; a/*1*/; b/*2*/; c/*3*/;",
    "destructured by assignment": "let a/*1*/, b/*2*/; [a/*1*/, { x: b/*2*/ }] = []; ({ a/*1*/, b/*2*/ = a/*1*/ } = {});",
    "destructured parameters": "function f({ a/*1*/ }, [b/*2*/]) { a/*1*/; b/*2*/; }",
    "imports": 'import d/*1*/, { a as b/*2*/ } from "m"; import * as n/*3*/ from "n"; d/*1*/; a/*?*/; b/*2*/; n/*3*/;',
    "exports": "const a/*1*/ = 1; export { a/*1*/ as b }; export default a/*1*/;",
    "arrow parameters": "let x/*1*/; (x/*2*/) => x/*2*/; (y/*3*/) => x/*1*/;",
    "template and tag": "let t/*1*/, v/*2*/; t/*1*/`${v/*2*/}`;",
    "static block": "let x/*1*/; class C { static { let x/*2*/ = 1; x/*2*/; } } x/*1*/;",
    "field initialiser": "let x/*1*/; class C { a = x/*1*/; static b = () => x/*1*/; }",
    "optional chains": "let o/*1*/, k/*2*/; o/*1*/?.a?.[k/*2*/]?.(o/*1*/);",
    "typeof of an unknown name": "typeof FinalizationRegistry/*?*/ === 'undefined';",
    "JSX": "let A/*1*/, b/*2*/; <A/*1*/ b={b/*2*/}><p>{b/*2*/}</p></A>;",
    "using": "{ using f/*1*/ = open(); f/*1*/; } f/*?*/;",
    "await using in a loop": "async function g() { for (await using f/*1*/ of []) f/*1*/; }",
}


def scopes_of(text: str) -> Scopes:
    return build_scopes(parse(text, filename="example.js").root)


def function_named(scopes: Scopes, name: str) -> FunctionInfo:
    return next(function for function in scopes.functions if function.name == name)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in BINDINGS.items()])
def test_names_mean_their_bindings(text: str) -> None:
    program = scopes_of(text).program.node
    bindings: dict[str, object] = {}
    checked = set()
    shorthands = {node.key for node in walk(program) if node.type == "Property" and node.shorthand}
    for node in walk(program):
        label = LABEL.match(text, node._end) if node.type in ("Identifier", "JSXIdentifier") else None
        if label is None or node in shorthands:
            continue
        checked.add(label.start())
        if label[1] == "?":
            assert node._binding is None, f"{node.name} at {node._start} is no global\n{text}"
        else:
            assert node._binding is not None, f"{node.name} at {node._start} has no binding\n{text}"
            assert bindings.setdefault(label[1], node._binding) is node._binding, f"{node.name} at {node._start}\n{text}"
    assert len(set(bindings.values())) == len(bindings), "two labels for one binding"
    assert checked == {label.start() for label in LABEL.finditer(text)}, "a label that stands behind no identifier"


CAPTURES = {
    "what it uses of outside": ("function f() { let a, b; const g = () => a; }", "g", {"a"}),
    "not its own": ("function f() { let a; function g(a, b) { let c; return a + b + c; } }", "g", set()),
    "what functions inside it use": ("function f() { let a; function g() { return () => a; } }", "g", {"a"}),
    "not what only siblings use": ("function f() { let a, b; const g = () => a; const h = () => b; }", "g", {"a"}),
    "assigned": ("function f() { let a; function g() { a = 1; } }", "g", {"a"}),
    "of the program": ("let a; function g() { return a; }", "g", {"a"}),
    "itself": ("function f() { function g() { return g; } }", "g", {"g"}),
    "by default parameters": ("function f() { let a; function g(b = a) {} }", "g", {"a"}),
    "by methods of a class inside": ("function f() { let a; function g() { return class { m() { return a; } }; } }", "g", {"a"}),
    "shorthand and JSX": ("function f() { let a, B; const g = () => ({ a, b: <B/> }); }", "g", {"a", "B"}),
}


@pytest.mark.parametrize(("text", "name", "expected"), [pytest.param(*case, id=name) for name, case in CAPTURES.items()])
def test_captures(text: str, name: str, expected: set[str]) -> None:
    assert {binding.name for binding in function_named(scopes_of(text), name).free} == expected


THIS = {
    "arrow": ("class C { m() { const g = () => this; } }", "g", True),
    "arrow in an arrow": ("class C { m() { const g = () => () => this; } }", "g", True),
    "arrow that only calls super": ("class C extends D { m() { const g = () => super.m(); } }", "g", True),
    "arrow without": ("class C { m() { const g = () => 1; } }", "g", False),
    "function has its own": ("class C { m() { const g = function () { return this; }; } }", "g", False),
    "arrow around a function": ("class C { m() { const g = () => function () { return this; }; } }", "g", False),
    "arrow around a class": ("class C { m() { const g = () => class { x = this; }; } }", "g", False),
    "arrow in a field": ("class C { g = () => this; }", "g", True),
}


@pytest.mark.parametrize(("text", "name", "expected"), [pytest.param(*case, id=name) for name, case in THIS.items()])
def test_captures_this(text: str, name: str, expected: bool) -> None:
    functions = [function for function in scopes_of(text).functions if function.name == name and function.kind != "field"]
    assert functions[0].captures_this is expected


FACTS: dict[str, tuple[str, Callable[[Scopes], object], object]] = {
    "writes": (
        "let a = 1; a = 2; a++; [a] = []; for (a of []);",
        lambda scopes: scopes.program.scope.bindings["a"].writes,
        4,
    ),
    "no writes": ("const a = 1; a.b = 2; a;", lambda scopes: scopes.program.scope.bindings["a"].writes, 0),
    "kinds": (
        "import i from 'm'; var v; let l; const c = 1; function f() {} class k {}",
        lambda scopes: [binding.kind for binding in scopes.program.scope.bindings.values()],
        ["import", "var", "let", "const", "function", "class"],
    ),
    "exports": (
        "export const a = 1, { b, c: [d] } = {}; export function f() {} export class C {} let e; export { e as 'x y' };"
        " export default 1;",
        lambda scopes: sorted(name for name, _ in scopes.exports),
        sorted(["a", "b", "d", "f", "C", "x y", "default"]),
    ),
    "re-exports name nothing here": ("export { a } from 'm'; export * from 'n';", lambda scopes: scopes.exports, []),
    "members of a class": (
        "class C { a = 1; static b = 2; #c; constructor() {} m() {} static s() {} get g() {} set g(v) {} #p() {}"
        " [Symbol.dispose]() {} }",
        lambda scopes: (
            sorted(scopes.classes[0].methods),
            sorted(scopes.classes[0].static_methods),
            [name for name, _, _ in scopes.classes[0].fields],
            [name for name, _, _ in scopes.classes[0].static_fields],
            scopes.classes[0].constructor is not None,
        ),
        (["#p", "@@dispose", "g", "m", "set g"], ["s"], ["a", "#c"], ["b"], True),
    ),
    "inferred names": (
        "const a = () => {}; let b; b = function () {}; const o = { c: () => {}, d() {} }; o.e = () => {};"
        " class K { f = () => {}; }",
        lambda scopes: [function.name for function in scopes.functions if function.kind in ("arrow", "function", "method")],
        ["a", "b", "c", "d", "e", "f"],
    ),
    "prototype methods": (
        "function F() {} F.prototype.m = function () {}; F.prototype = { n: function () {} };",
        lambda scopes: [function.prototype_owner is not None for function in scopes.functions[2:]],
        [True, True],
    ),
    "async and generators": (
        "async function a() {} function* b() {} async () => {};",
        lambda scopes: [(function.is_async, function.is_generator) for function in scopes.functions[1:]],
        [(True, False), (False, True), (True, False)],
    ),
    "where the protocol is named": (
        "new FinalizationRegistry(f); r.register(a); r.unregister(a); w.deref(); globalThis.WeakRef; register();",
        lambda scopes: len(scopes.protocol_nodes),
        5,
    ),
    "a local of that name is not it": (
        "class WeakRef {} new WeakRef(1); function f(FinalizationRegistry) { new FinalizationRegistry(); }",
        lambda scopes: scopes.protocol_nodes,
        [],
    ),
}


@pytest.mark.parametrize(("text", "ask", "expected"), [pytest.param(*case, id=name) for name, case in FACTS.items()])
def test_facts(text: str, ask: Callable[[Scopes], object], expected: object) -> None:
    assert ask(scopes_of(text)) == expected


def test_every_node_knows_its_parent() -> None:
    text = """
        import a, { b as c } from "m"; let d; export { d as e }; export default class extends (f, g) { #h = 1; [i]() {} }
        x: for (const { j = 1, ...k } of l) { if (m) continue x; else break x; }
        var n = (o, { p }, [q] = [], ...r) => `${s}${t}`; async function* u() { yield* await v; try {} catch ({ w }) {} finally {} }
        y?.z[0]?.(...aa); switch (bb) { case cc: default: } ({ get i() {}, set i(j) {}, k, l() {} }); [dd.ee, ...ff] = gg++;
        let hh = <D e={f} {...g}>{h}</D>;
    """
    program = scopes_of(text).program.node
    unlinked = [
        f"{child.type} in {node.type}"
        for node in walk(program)
        for child in children(node)
        if child._parent is not node and (child.type in REFERRING or child._binding is not None)
    ]
    assert not unlinked
