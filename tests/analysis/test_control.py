"""What can run after a marked place, and what can throw: tables of small functions.

In the first table each program is the body of a function. `start()` marks the place, one-letter calls are what may follow, and
a call of `boom` is what may throw (as does `throw`). What is expected are the letters that can run after `start()`, and `exit`
and `error` for the two ways out.
"""

from __future__ import annotations

import pytest

from jsleak.analysis.control import CallGraph, Flow, Point, Throws, build_flow
from jsleak.analysis.control.callgraph import called_name
from jsleak.analysis.scopes import FunctionInfo, Scopes, build_scopes
from jsleak.analysis.syntax.nodes import Node
from jsleak.analysis.syntax.parse import parse

AFTER = {
    "sequence": ("a(); start(); b(); c();", "b c exit"),
    "a call that throws": ("start(); a(); boom(); b();", "a b exit error"),
    "throw": ("start(); a(); throw b();", "a b error"),
    "nothing after return": ("start(); return a(); b();", "a exit"),
    "both branches": ("start(); if (a()) b(); else c(); d();", "a b c d exit"),
    "the other branch": ("if (a()) { start(); b(); } else { c(); }", "b exit"),
    "else if": ("if (a()) b(); else if (c()) start(); else d(); e();", "e exit"),
    "conditional expression": ("a() ? start() : b(); c();", "c exit"),
    "logical and": ("start() && a(); b();", "a b exit"),
    "nullish assignment": ("let x; start(); x ??= a(); b();", "a b exit"),
    "arguments before the call": ("a(start(), b());", "a b exit"),
    "optional call": ("start(); a?.(b()); c();", "a b c exit"),
    "default of a pattern": ("start(); const { x = a() } = b(); c();", "a b c exit"),
    # Loops
    "while goes round": ("while (a()) { b(); start(); c(); } d();", "a b c d exit"),
    "while (true) has no end": ("while (true) { a(); start(); } b();", "a"),
    "minified endless loop": ("for (; !0; ) { start(); a(); } b();", "a"),
    "for (;;) left by break": ("for (;;) { start(); if (a()) break; b(); } c();", "a b c exit"),
    "do once": ("do { a(); start(); } while (b()); c();", "a b c exit"),
    "for": ("for (a(); b(); c()) { start(); } d();", "b c d exit"),
    "for of": ("for (const x of a()) { b(); start(); } c();", "b c exit"),
    "for in": ("for (const x in a()) { start(); b(); } c();", "b c exit"),
    "continue": ("for (const x of a()) { start(); if (b()) continue; c(); } d();", "b c d exit"),
    "continue runs the update": ("for (; a(); b()) { start(); continue; }", "a b exit"),
    "labelled continue": ("outer: for (;;) { a(); for (;;) { start(); continue outer; b(); } }", "a"),
    "labelled break": ("outer: while (a()) { while (b()) { start(); break outer; } c(); } d();", "d exit"),
    "labelled block": ("done: { start(); if (a()) break done; b(); } c();", "a b c exit"),
    "labelled if": ("done: if (a()) { start(); break done; } b();", "b exit"),
    # switch
    "falls through": ("switch (a()) { case 1: start(); b(); case 2: c(); break; case 3: d(); } e();", "b c e exit"),
    "default in the middle": ("start(); switch (a()) { case 1: b(); break; default: c(); case 2: d(); } e();", "a b c d e exit"),
    "no default": ("start(); switch (a()) { case 1: return b(); } c();", "a b c exit"),
    "continue in a switch": ("for (;;) { switch (a()) { case 1: start(); continue; } b(); }", "a b"),
    # try
    "caught": ("try { start(); boom(); a(); } catch { b(); } c();", "a b c exit"),
    "nothing throws": ("try { start(); a(); } catch { b(); } c();", "a c exit"),
    "thrown again": ("try { start(); boom(); } catch (error) { a(); throw error; } b();", "a b exit error"),
    "thrown in catch": ("try { a(); } catch { start(); b(); boom(); } c();", "b c exit error"),
    "finally after the end": ("try { start(); } finally { a(); } b();", "a b exit"),
    "finally after a throw": ("try { start(); boom(); } finally { a(); } b();", "a b exit error"),
    "finally after only a throw": ("try { start(); throw 1; } finally { a(); } b();", "a error"),
    "finally after return": ("try { start(); return; } finally { a(); } b();", "a exit"),
    "return in finally swallows": ("try { start(); throw 1; } finally { return a(); } b();", "a exit"),
    "throw in finally replaces": ("try { start(); return 1; } finally { throw a(); }", "a error"),
    "break in finally swallows": ("for (;;) { try { start(); throw 1; } finally { break; } } a();", "a exit"),
    "continue in finally swallows": ("while (a()) { try { start(); throw 1; } finally { continue; } }", "a exit"),
    "catch and finally": ("try { start(); boom(); a(); } catch { b(); } finally { c(); } d();", "a b c d exit"),
    "throw in catch runs finally": ("try { boom(); } catch { start(); throw 1; } finally { a(); } b();", "a error"),
    "nested finally": ("try { try { start(); throw 1; } finally { a(); } } finally { b(); } c();", "a b error"),
    "nested finally, inner swallows": ("try { try { start(); throw 1; } finally { return a(); } } finally { b(); }", "a b exit"),
    "return through two finallies": ("try { try { start(); return; } finally { a(); } } finally { b(); } c();", "a b exit"),
    "break through finally": ("for (;;) { try { start(); break; } finally { a(); } b(); } c();", "a c exit"),
    "continue through finally": ("while (a()) { try { start(); continue; } finally { b(); } c(); }", "a b exit"),
    "finally in finally": ("try { start(); } finally { try { boom(); } finally { a(); } b(); } c();", "a b c exit error"),
    "try in catch": ("try { boom(); } catch { try { start(); boom(); } catch { a(); } b(); } c();", "a b c exit"),
    "break of a labelled try": ("done: try { start(); break done; } finally { a(); } b();", "a b exit"),
    "break of a labelled try in its finally": ("done: try { start(); } finally { if (a()) break done; b(); } c();", "a b c exit"),
    "labelled continue through finally": (
        "outer: while (a()) { while (b()) { try { start(); continue outer; } finally { c(); } d(); } }",
        "a b c exit",
    ),
    "endless loop in try": ("try { while (true) { start(); boom(); } } catch { a(); } b();", "a b exit"),
    # What does not run here
    "functions made on the way": ("start(); const f = () => a(); function g() { b(); } c();", "c exit"),
    "fields of a class": ("start(); class K { x = a(); static y = b(); static { c(); } m() { d(); } }", "b c exit"),
    "with": ("with (a()) { start(); if (b()) return; c(); } d();", "b c d exit"),
}


def body_of(text: str, head: str = "function f()") -> FunctionInfo:
    function = scopes_of(f"{head} {{ {text} }}").program.children[0]
    assert function.name == "f"
    return function


def scopes_of(text: str) -> Scopes:
    return build_scopes(parse(text, filename="a.js", source_type="commonjs").root)


def throws(node: Node) -> bool:
    return node.type == "ThrowStatement" or (node.type == "CallExpression" and called_name(node) == "boom")


def call_points(flow: Flow, name: str) -> list[Point]:
    return [
        point
        for point in flow.points
        if point.node is not None and point.node.type == "CallExpression" and called_name(point.node) == name
    ]


def run_after(flow: Flow, *stops: str) -> set[str]:
    found: set[str] = set()

    def stop(node: Node) -> bool:
        return node.type == "CallExpression" and called_name(node) in stops

    for point, _ in flow.after(call_points(flow, "start"), throws=throws, stop=stop):
        if point is flow.exit:
            found.add("exit")
        elif point is flow.thrown:
            found.add("error")
        elif point.node is not None and point.node.type == "CallExpression":
            found.add(called_name(point.node))
    return found - {"boom", "start"}


@pytest.mark.parametrize(("text", "expected"), AFTER.values(), ids=AFTER.keys())
def test_after(text: str, expected: str) -> None:
    assert run_after(build_flow(body_of(text))) == set(expected.split())


@pytest.mark.parametrize(
    ("head", "text", "expected"),
    [
        ("async function f()", "start(); await a(); b();", "a b exit"),
        ("async function f()", "for await (const x of a()) { start(); b(); } c();", "b c exit"),
        ("function* f()", "start(); yield a(); b();", "a b exit"),
        ("function* f()", "try { start(); yield; a(); } finally { b(); } c();", "a b c exit"),
        ("function* f()", "try { start(); yield; throw 1; } finally { a(); } b();", "a exit error"),
        ("function f(x = start(), y = a())", "b();", "a b exit"),
    ],
)
def test_after_in_other_functions(head: str, text: str, expected: str) -> None:
    assert run_after(build_flow(body_of(text, head))) == set(expected.split())


def test_stop() -> None:
    flow = build_flow(body_of("start(); if (a()) { b(); c(); } else d();"))
    assert run_after(flow, "b") == {"a", "b", "d", "exit"}


def test_last_thrower() -> None:
    flow = build_flow(body_of("start(); try { boom(1); a(); } catch (error) { throw error; }"))
    last = [thrower for point, thrower in flow.after(call_points(flow, "start"), throws=throws) if point is flow.thrown]
    assert [point.node.type for point in last if point is not None and point.node is not None] == ["ThrowStatement"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start(); boom(1); boom(2);", [1, 2]),
        ("boom(1); start();", []),
        ("start(); try { boom(1); } catch { }", []),
        ("start(); try { boom(1); } catch (error) { undo(); throw error; }", []),
        ("start(); try { boom(1); } finally { undo(); }", []),
        ("start(); try { boom(1); } finally { a(); }", [1]),
        ("start(); try { boom(1); } catch { boom(2); }", [1, 2]),
        ("start(); undo(); boom(1);", []),
        ("start(); if (a()) undo(); boom(1);", [1]),
        ("start(); try { boom(1); } finally { return; }", []),
    ],
)
def test_escapes(text: str, expected: list[int]) -> None:
    flow = build_flow(body_of(text))

    def stop(node: Node) -> bool:
        return node.type == "CallExpression" and called_name(node) == "undo"

    points = flow.escapes(call_points(flow, "start"), throws=throws, stop=stop)
    nodes = dict.fromkeys(point.node for point in points)
    assert [node.arguments[0].value for node in nodes if node is not None and node.type == "CallExpression"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a();", True),
        ("if (x) a();", False),
        ("if (x) return; a();", False),
        ("if (x) throw 1; a();", True),
        ("try { a(); } catch { }", True),
        ("x && a();", False),
        ("for (const y of x) a();", False),
        ("do { a(); } while (x);", True),
        ("try { b(); } finally { a(); }", True),
        ("x?.a();", True),
        ("if (x) a(); else b();", False),
    ],
)
def test_always(text: str, expected: bool) -> None:
    flow = build_flow(body_of(text))
    (node,) = {point.node for point in call_points(flow, "a")}
    assert node is not None
    assert flow.always(node) is expected


def test_finally_nested_deep_stays_small() -> None:
    text = "a();"
    for _ in range(60):
        text = f"try {{ boom(); }} finally {{ {text} }}"
    assert len(build_flow(body_of(text)).points) < 100_000


THROWS = {
    "throw": ("throw 1;", True),
    "throw under a condition": ("if (x) throw 1;", True),
    "throw that is caught": ("try { throw 1; } catch { }", False),
    "JSON.parse": ("JSON.parse(x);", True),
    "JSON.parse of a good literal": ("JSON.parse('{\"a\": 1}');", False),
    "JSON.parse of a bad literal": ("JSON.parse('{');", True),
    "JSON.stringify": ("JSON.stringify(x);", False),
    "a JSON of its own": ("const JSON = x; JSON.parse(y);", False),
    "globalThis.structuredClone": ("globalThis.structuredClone(x);", True),
    "new URL": ("new URL(x);", True),
    "new URL of a literal": ("new URL('https://example.org');", False),
    "decodeURIComponent": ("decodeURIComponent(x);", True),
    "BigInt of digits": ("BigInt('12');", False),
    "BigInt": ("BigInt(x);", True),
    "property of null": ("null.x;", True),
    "optional property of null": ("null?.x;", False),
    "property of undefined": ("undefined.x;", True),
    "fs of a require": ("const fs = require('fs'); fs.closeSync(x);", True),
    "destructured from a require": ("const { closeSync } = require('node:fs'); closeSync(x);", True),
    "fs that is not known": ("fs.closeSync(x);", False),
    "unknown call": ("x();", False),
    "function of the module": ("bad();", True),
    "function of the module, caught": ("try { bad(); } catch { }", False),
    "harmless function": ("good();", False),
    "twice removed": ("indirect();", True),
    "recursion": ("loop();", False),
    "a function that may be another": ("changed();", False),
    "call of an async function": ("later();", False),
    "call of a generator": ("lazy();", False),
    "called at once": ("(() => { throw 1; })();", True),
    "made, not called": ("const g = () => { throw 1; };", False),
    "constructor": ("new Bad();", True),
    "constructor that is called": ("new Good();", False),
}
MODULE = """
function bad() { throw new Error('x'); }
function good() { return 1; }
const indirect = () => bad();
function loop() { loop(); }
let changed = () => { throw 1; };
changed = good;
async function later() { throw 1; }
function* lazy() { throw 1; }
class Bad { constructor() { this.set(); } set() { throw 1; } }
class Good { constructor() { this.set(); } set() { } }
"""


def throws_of(text: str, head: str = "function f(x, y)") -> bool:
    scopes = scopes_of(f"{head} {{ {text} }}\n{MODULE}")
    return Throws(build_flow).function(scopes.program.children[0]) is not None


@pytest.mark.parametrize(("text", "expected"), THROWS.values(), ids=THROWS.keys())
def test_throws(text: str, expected: bool) -> None:
    assert throws_of(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("await x;", True),
        ("await null;", False),
        ("await x.catch(() => {});", False),
        ("await x.then(y, y);", False),
        ("await x().then(y, y);", False),
        ("await x().then(y).finally(y);", True),
        ("await x().catch(y).finally(y);", False),
        ("await new Promise((resolve) => setTimeout(resolve, 1));", False),
        ("await new Promise((resolve, reject) => x(resolve, reject));", True),
        ("await Promise.allSettled(x);", False),
        ("await Promise.all(x);", True),
        ("await later();", True),
        ("await calm();", False),
        ("await delay();", False),
        ("await delay().then(() => x());", False),
        ("await delay().then(() => { throw 1; });", True),
        ("await delay().then(x);", True),
        ("try { await x; } catch { }", False),
        ("for await (const y of x) { }", True),
    ],
)
def test_await_throws(text: str, expected: bool) -> None:
    assert (
        throws_of(
            text + "\nasync function calm() { return 1; }\nfunction delay() { return new Promise((resolve) => x(resolve)); }",
            "async function f(x, y)",
        )
        is expected
    )


def test_any_call() -> None:
    function = body_of("registry.register(x); console.log(1); other();")
    answers = {called_name(node): Throws(build_flow).reason(node, any_call=True) for node in function.own_nodes}
    assert [name for name, reason in answers.items() if reason is not None] == ["other"]


def test_call_graph() -> None:
    scopes = scopes_of(
        """
        function f() { g(); h.shut(); [1].forEach(() => inner()); }
        function g() { deep(); }
        function deep() { registry.unregister(1); }
        function inner() { }
        class H { shut() { } }
        function alone() { other(); }
        """
    )
    graph = CallGraph(scopes)
    functions = {function.name: function for function in scopes.functions if function.name}
    reached = {function.name for function in graph.reached(functions["f"])}
    assert {"f", "g", "deep", "inner", "shut"} <= reached
    assert "alone" not in reached
    assert {function.name for function in graph.reached(functions["f"], certain=True)} == {"f", "g", "deep"}
    assert [graph.unregisters(functions[name]) for name in ("f", "g", "deep", "inner", "alone")] == [True, True, True, False, False]
