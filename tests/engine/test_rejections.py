"""Rejections that nobody handles: the bundled engine tells of the same ones as node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jsleak.engine import rejections
from jsleak.engine.pool import Pool
from jsleak.engine.request import EngineName, Limits, Request

if not rejections.known():
    pytest.skip("this release of the wheel was not looked at (rejections.py)", allow_module_level=True)

FAIL = "async function fail(text) { await null; throw new Error(text); }\n"

# What a program's completion and error are, on every engine.
PROGRAMS: dict[str, tuple[str, str, str]] = {
    "a promise that is kept": ("const p = Promise.reject(new Error('a'));", "rejection", "Error: a"),
    "a call that is kept": ("const p = fail('a');", "rejection", "Error: a"),
    "a call that is returned": ("[1].map(() => fail('a'));", "rejection", "Error: a"),
    "an executor that throws": ("globalThis.p = new Promise(() => { throw 'a'; });", "rejection", "a"),
    "one that is garbage at once": ("(() => { const p = Promise.reject('a'); })();", "rejection", "a"),
    "a chain without an end": ("const p = fail('a').then(() => 1).finally(() => 2);", "rejection", "Error: a"),
    "a handler that throws": ("const p = fail('a').catch(() => { throw new RangeError('b'); });", "rejection", "RangeError: b"),
    "an async generator": (
        "const g = (async function* () { throw new Error('a'); })(); const p = g.next();",
        "rejection",
        "Error: a",
    ),
    "all": ("const p = Promise.all([fail('a'), fail('b')]);", "rejection", "Error: a"),
    "the first of two": ("const p = [fail('a'), fail('b')];", "rejection", "Error: a"),
    "one is handled, one is not": ("const p = [fail('a').catch(() => {}), fail('b')];", "rejection", "Error: b"),
    "handled in the same job": ("const p = Promise.reject(1); p.catch(() => {});", "normal", ""),
    "handled in a later job": ("const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => {}));", "normal", ""),
    "handled too late": ("const p = Promise.reject(1); setTimeout(() => p.catch(() => {}), 5);", "rejection", "1"),
    "awaited": ("(async () => { try { await fail('a'); } catch {} })();", "normal", ""),
    "awaited by nobody who catches": ("const p = (async () => { await fail('a'); })();", "rejection", "Error: a"),
    "settled": ("const p = Promise.allSettled([fail('a')]);", "normal", ""),
    "an exception comes first": ("const p = Promise.reject(1); throw new Error('b');", "throw", "Error: b"),
    "a rejection comes first": ("const p = Promise.reject(1); setTimeout(() => { throw 2; });", "rejection", "1"),
    "an error that throws when it is shown": ("const p = Promise.reject({ get a() { throw 1; } });", "rejection", ""),
    "nothing at all": ("const p = Promise.reject();", "rejection", "undefined"),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


@pytest.mark.parametrize("engine", ["quickjs", "node"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_nobody_handles(pool: Pool, engine: EngineName, name: str) -> None:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    source, completion, error = PROGRAMS[name]
    trace = pool.run(Request(FAIL + source, engine=engine, rejections=True))
    assert trace.completion == completion, trace
    assert not error or trace.error == error
    assert trace.hears_rejections


def test_only_where_it_was_asked_for(pool: Pool) -> None:
    trace = pool.run(Request("const p = Promise.reject(1);"))
    assert (trace.completion, trace.hears_rejections) == ("normal", False)


def test_reasons_are_not_kept(pool: Pool) -> None:
    source = (
        "const r = new FinalizationRegistry(() => {});\n"
        "(() => { const t = {}; r.register(t, {}); const p = Promise.reject(Object.assign(new Error('x'), { t })); })();\nthrow 1;"
    )
    trace = pool.run(Request(source, rejections=True))
    assert [(one.target, one.callback) for one in trace.at_end] == [("collected", "pending")]


HOSTILE = {
    "no end of them": ("for (;;) Promise.reject(new Error('x'));", {"timeout", "out-of-memory"}),
    "many": ("for (let i = 0; i < 20000; i++) Promise.reject({ i });", {"rejection"}),
    "one while the stack is full": (
        "let n = 0; function f() { n++; try { f(); } finally { Promise.reject(n); } } try { f(); } catch {}",
        {"rejection"},
    ),
    "one that rejects when it is shown": (
        "const e = { get a() { Promise.reject(e); return 1; } }; Promise.reject(e);",
        {"rejection"},
    ),
    "one that never ends when it is shown": ("Promise.reject({ get a() { for (;;); } });", {"timeout", "rejection"}),
    "one that fills the memory when it is shown": (
        "Promise.reject({ get a() { const l = []; for (;;) l.push(new Array(1000)); } });",
        {"out-of-memory", "rejection", "timeout"},
    ),
    "a forged note": (
        "globalThis.p = Promise.reject('mine'); Array.prototype[0] = 'forged'; Promise.prototype.then = null;",
        {"rejection"},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_rejections(pool: Pool, name: str) -> None:
    source, completions = HOSTILE[name]
    trace = pool.run(Request(source, rejections=True, limits=Limits(seconds=1.0, memory=64 << 20, jobs=20_000)))
    assert trace.completion in completions, trace
    assert pool.run(Request("throw 'boom'", rejections=True)).error == "boom"
