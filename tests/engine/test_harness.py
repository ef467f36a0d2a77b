"""What the recorder tells of registrations, callbacks, tokens and WeakRefs, on every engine."""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import _quickjs
import pytest

from jsleak.engine.defects import shown_by
from jsleak.engine.pool import Pool
from jsleak.engine.request import Request

ENGINES = ["quickjs", "node"]
DROP = "await $.collect(); await $.collect(); $.observe('rows', $.registrations()); $.observe('log', log);"
START = "const log = []; const fr = new FinalizationRegistry(function (held) { log.push([typeof held, this === undefined, arguments.length]); });\n"

# A program, and what its registrations have come to when everything that can be collected has been: (target, runs, unregistered).
SEEN = {
    "dropped": ("(function () { fr.register({}, 1); })();", [("collected", 1, False)]),
    "kept": ("const kept = {}; fr.register(kept, 1);", [("alive", 0, False)]),
    "unregistered": ("(function () { const a = {}; fr.register(a, 1, a); fr.unregister(a); })();", [("collected", 0, True)]),
    "its own token": ("(function () { const a = {}; fr.register(a, 1, a); })();", [("collected", 1, False)]),
    "token reaches the target": ("(function () { const a = {}; fr.register(a, 1, { a }); })();", [("collected", 1, False)]),
    "held value reaches the target": ("(function () { const a = {}; fr.register(a, { a }); })();", [("alive", 0, False)]),
    "a cycle": ("(function () { const a = {}; a.a = a; fr.register(a, 1); })();", [("collected", 1, False)]),
    "twice": ("(function () { const a = {}; fr.register(a, 1); fr.register(a, 2); })();", [("collected", 1, False)] * 2),
    "one token for two": (
        "const k = {}; (function () { const a = {}, b = {}; fr.register(a, 1, k); fr.register(b, 2, k); fr.unregister(k); fr.register({}, 3, k); })();",
        [("collected", 0, True), ("collected", 0, True), ("collected", 1, False)],
    ),
    "a registry that is dropped": (
        "(function () { const r = new FinalizationRegistry(() => log.push('lost')); globalThis.t = {}; r.register(t, 1); })();",
        [("alive", 0, False)],
    ),
    "a symbol": ("(function () { fr.register(Symbol('s'), 1); })();", [("collected", 1, False)]),
}


@pytest.fixture(scope="module")
def pool():  # type: ignore[no-untyped-def]
    with Pool(1) as made:
        yield made


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SEEN)
def test_what_becomes_of_registrations(pool: Pool, engine: str, name: str) -> None:
    if engine not in pool.engines:
        pytest.skip("no node here")
    source, expected = SEEN[name]
    trace = pool.run(Request(START + source, engine=engine, drive=DROP))  # type: ignore[arg-type]
    assert trace.completion == "normal", trace
    assert [(one.target, one.runs, one.unregistered) for one in trace.settled] == expected, source
    assert all(one.line >= 2 for one in trace.settled), trace.settled


@pytest.mark.parametrize("engine", ENGINES)
def test_the_callback_gets_what_was_held(pool: Pool, engine: str) -> None:
    if engine not in pool.engines:
        pytest.skip("no node here")
    source = '"use strict";' + START + "(function () { fr.register({}, 'held'); })();"
    trace = pool.run(Request(source, engine=engine, drive=DROP))  # type: ignore[arg-type]
    assert trace.observed is not None
    assert trace.observed["log"] == [["string", True, 1]]


def test_the_state_at_the_end_is_before_any_job(pool: Pool) -> None:
    source = START + "fr.register({}, {}); Promise.resolve().then(() => fr.register({}, 1)); throw 'boom';"
    trace = pool.run(Request(source))
    assert [one.callback for one in trace.at_end] == ["pending"]
    assert [one.callback for one in trace.settled] == ["ran", "ran"]


def test_weak_references_are_counted(pool: Pool) -> None:
    trace = pool.run(Request("const w = new WeakRef({ a: 1 });\nw.deref(); let k = {};\n  new WeakRef(k).deref();"))
    assert [(one.line, one.target, one.derefs, one.empty_derefs) for one in trace.weakrefs] == [
        (1, "collected", 1, 1),
        (3, "alive", 1, 0),
    ]


# A program, and for each of its registrations (runs, threw) in the end.
THROWING = {
    "it throws": ("r = new FinalizationRegistry(() => { throw new Error('late'); }); d(1);", [(1, True)]),
    "one of several": (
        "r = new FinalizationRegistry((n) => { if (n === 2) throw new Error('late'); }); d(1); d(2); d(3);",
        [(1, False), (1, True), (1, False)],
    ),
    "what it calls": ("r = new FinalizationRegistry(() => [1].map(() => { throw new Error('late'); })); d(1);", [(1, True)]),
    "a timer after it": (
        "r = new FinalizationRegistry(() => {}); d(1); setTimeout(() => { throw new Error('late'); }, 1);",
        [(1, False)],
    ),
    "a job after it": (
        "r = new FinalizationRegistry(() => queueMicrotask(() => { throw new Error('late'); })); d(1);",
        [(1, False)],
    ),
    "it rejects": ("r = new FinalizationRegistry(async () => { throw new Error('late'); }); d(1);", [(1, False)]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", THROWING)
def test_callbacks_that_throw(pool: Pool, engine: str, name: str) -> None:
    if engine not in pool.engines:
        pytest.skip("no node here")
    source, expected = THROWING[name]
    trace = pool.run(Request("let r; const d = (n) => r.register({}, n);\n" + source, engine=engine))  # type: ignore[arg-type]
    assert [(one.runs, one.threw) for one in trace.settled] == expected, trace
    if any(threw for _, threw in expected):
        assert (trace.completion, trace.error) == ("throw", "Error: late")


TOKENS = {
    "none": ("fr.register({}, 1);", (), [False]),
    "the target": ("(function () { const a = {}; fr.register(a, 1, a); })();", ("strong-unregister-token",), [True]),
    "a symbol that is the target": (
        "(function () { const a = Symbol(); fr.register(a, 1, a); })();",
        ("strong-unregister-token",),
        [True],
    ),
    "another": ("fr.register({}, 1, {});", ("strong-unregister-token",), [False]),
    "one that is refused": ("try { fr.register({}, 1, 1); } catch {}", (), []),
}


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_that_were_stood_in_for_are_told(pool: Pool, name: str) -> None:
    source, defects, own = TOKENS[name]
    trace = pool.run(Request(START + source))
    assert trace.defects == defects
    assert [one.own_token for one in trace.settled] == own
    assert [defect.id for defect, _ in shown_by(trace) if defect.id.startswith("strong")] == [
        "strong-unregister-token"
    ] * own.count(True)
    if "node" in pool.engines:
        assert pool.run(Request(START + source, engine="node")).defects == ()


def test_the_engine_has_the_defect_that_is_worked_around() -> None:
    for token, collected in (("t", 0), ("{ t }", 0), ("{}", 1)):
        context = _quickjs.Context()
        context.eval("globalThis.n = 0; const fr = new FinalizationRegistry(() => { n++; });")
        context.eval(f"(function () {{ const t = {{}}; fr.register(t, 1, {token}); }})();")
        context.gc()
        while context.execute_pending_job():
            pass
        assert context.eval("n") == collected, f"token {token}: does defects.toml still tell the truth?"


def test_the_weak_references_of_the_host_are_not_the_program_s(pool: Pool) -> None:
    source = "const s = AbortSignal.any([new AbortController().signal]); const w = new WeakRef(s);"
    (reference,) = pool.run(Request(source)).weakrefs
    assert reference.column > source.index("new WeakRef")


def test_columns_are_code_points(pool: Pool) -> None:
    trace = pool.run(Request("const fr = new FinalizationRegistry(() => {}), t = {};\n/* é€𝒳 */ fr.register(t, 1);"))
    line = "/* é€𝒳 */ fr.register(t, 1);"
    assert trace.settled[0].line == 2
    assert line.index("fr") < trace.settled[0].column <= len(line)


MANY = START + "const kept = []; for (let i = 0; i < 1e5; i++) { const t = {}; fr.register(t, i, t); if (i % 2) kept.push(t); }"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_thousand_registrations(pool: Pool, engine: str, tmp_path: Path) -> None:
    """Every one is reported, and no process has more than 500 MB. The time is measured by benchmarks/engine.py: tests share the machine."""
    if engine not in pool.engines:
        pytest.skip("no node here")
    resource = pytest.importorskip("resource")
    (tmp_path / "many.js").write_text(MANY)
    arguments = ["run", "many.js", "--engine", engine, "--format", "json", "--timeout", "60"]
    program = (
        "import resource, sys; from jsleak.cli.main import main\n"
        "status = main(sys.argv[1:]); sys.stdout.flush()\n"
        "sys.stderr.write(' '.join(str(resource.getrusage(of).ru_maxrss) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))\n"
        "sys.exit(status)"
    )
    most = 500 << 20

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))

    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=tmp_path, capture_output=True, text=True, preexec_fn=bound, check=False
    )
    assert ran.returncode == 0, ran.stderr
    (run,) = json.loads(ran.stdout)["runs"]
    assert (run["completion"], run["reason"]) == ("normal", "")
    rows = Counter((one["target"], one["callback"], one["line"]) for one in run["registrations"])
    assert rows == {("collected", "ran", 2): 50_000, ("alive", "not-due", 2): 50_000}
    unit = 1 if sys.platform == "darwin" else 1 << 10
    assert all(int(resident) * unit < most for resident in ran.stderr.split()), ran.stderr


def test_the_rows_are_what_the_program_can_not_change(pool: Pool) -> None:
    source = (
        "for (const p of [Object.prototype, Array.prototype, String.prototype]) { p.toJSON = () => 'forged'; }\n"
        "JSON.stringify = () => '{}'; Array.prototype.join = () => 'x'; WeakRef.prototype.deref = () => 1; Reflect.apply = null;\n"
        "Object.defineProperty(Object.prototype, 'held', { set() { throw 1; } });\n"
        "Object.defineProperty(Array.prototype, 0, { set() { throw 'elements are defined, not set'; }, configurable: true });\n"
        "Object.defineProperty(Object.prototype, 'value', { get() { return 7; } });\n"
        "const r = new FinalizationRegistry(() => {}); const t = {}; r.register(t, 1, t); r.register({}, 'x');"
    )
    trace = pool.run(Request(source))
    assert (trace.completion, trace.error) == ("normal", "")
    assert [(one.target, one.held) for one in trace.at_end] == [("alive", "number"), ("collected", "string")]
    assert json.dumps([one.callback for one in trace.settled]) == '["not-due", "ran"]'
