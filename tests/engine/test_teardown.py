"""The law of quickjs-ng 0.6's teardown: what the real 0.6.1 did, predicted from one run on today's engine."""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jsleak.engine.defects import shown_by
from jsleak.engine.pool import Pool
from jsleak.engine.request import Request
from jsleak.engine.teardown import aborts, lost_held_values
from jsleak.engine.trace import Registration, Trace

ORACLE = Path(__file__).parent / "data" / "quickjs-ng-teardown.json"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def test_every_program_of_the_oracle(pool: Pool) -> None:
    programs = json.loads(ORACLE.read_text("utf-8"))
    wrong = []
    for program in programs:
        trace = pool.run(Request(program["source"]))
        seen = program["observed"]["0.6.1"]
        if aborts(trace) != (seen == "leak"):
            wrong.append(f"{program['id']}: {seen}\n{program['source']}")
    assert len(programs) == 386
    assert not wrong, f"{len(wrong)} of {len(programs)}:\n" + "\n".join(wrong)


REGISTRY = "const r = new FinalizationRegistry(() => {});\n"

# The lines whose held value is lost, and why.
SHAPES: list[tuple[str, str, list[int]]] = [
    ("a token used too late: the job is in the queue", "const k = {}; r.register({}, {}, k);\nr.unregister(k); throw 1;", [2]),
    ("unregistered while the target lived", "const k = {}; { let t = {}; r.register(t, {}, k);\nr.unregister(k); } throw 1;", []),
    ("the registry's own registration dies first", "let q = new FinalizationRegistry(() => {}); { let t = {}; q.register(t, {}); q = null; } throw 1;", []),
    ("the target dies, then its registry", "let q = new FinalizationRegistry(() => {}); q.register({}, {}); q = null; throw 1;", [2]),
    ("a block's variable lives until its script ends", "let q = new FinalizationRegistry(() => {}); { let t = {}; q.register(t, {}); } q = null; throw 1;", []),
    ("a big int is no object", "r.register({}, 10n); throw 1;", []),
    ("null is no object", "r.register({}, null); throw 1;", []),
    ("a registered value of a class", "class A {} r.register({}, new A()); throw 1;", [2]),
    ("a bound function is an object", "r.register({}, function () {}.bind(1)); throw 1;", [2]),
    ("a Proxy is an object", "r.register({}, new Proxy({}, {})); throw 1;", [2]),
    ("the context itself", "r.register({}, globalThis); throw 1;", [2]),
    ("an evicted cache", "const m = new Map();\nfor (let i = 0; i < 3; i++) { const t = { i }; m.set(0, t); r.register(t, { i }); }\nthrow 1;", [3, 3]),
    ("what the exception held is freed with it", "{ const t = {}; r.register(t, {}); throw Object.assign(new Error('x'), { t }); }", [2]),
    ("a closure that is alive keeps its target", "globalThis.f = (() => { const t = {}; r.register(t, {}); return () => t; })(); throw 1;", []),
    ("nobody keeps what waits for a promise that nobody has", "(async () => { const t = {}; r.register(t, {}); await new Promise(() => 0); t; })(); throw 1;", [2]),
    ("a suspended async function keeps its target", "globalThis.p = new Promise(() => 0); (async () => { const t = {}; r.register(t, {}); await p; t; })(); throw 1;", []),
    ("a rejection is no exception", "r.register({}, {}); Promise.reject(new Error('x'));", []),
    ("a promise job comes too late to throw", "r.register({}, {}); Promise.resolve().then(() => { throw 1; });", []),
    ("jobs run before what throws in none", "r.register({}, {});", []),
    ("a WeakMap entry dies with its key", "const w = new WeakMap(); { const k = {}, t = {}; w.set(k, t); r.register(t, {}); } throw 1;", [2]),
    ("a deleted property", "const o = { t: {} }; r.register(o.t, {}); delete o.t; throw 1;", [2]),
    ("an iterator that was closed", "function* g() { const t = {}; r.register(t, {}); yield; } for (const _ of g()) break; throw 1;", [2]),
    ("a target's own getter", "r.register({ get x() { return 1; } }, {}); throw 1;", [2]),
    ("nothing runs where nothing parses", "r.register({}, {}); throw }", []),
    ("two of one target", "{ const t = {}; r.register(t, {});\nr.register(t, 1); r.register(t, () => 0); } throw 1;", [2, 3]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "lines"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES])
def test_shapes_of_our_own(pool: Pool, source: str, lines: list[int]) -> None:
    assert sorted(item.line for item in lost_held_values(pool.run(Request(REGISTRY + source)))) == lines


def test_cleanup_that_throws(pool: Pool) -> None:
    source = "const r = new FinalizationRegistry(() => { throw new Error('x'); }); r.register({}, {});"
    trace = pool.run(Request(source))
    assert aborts(trace)
    assert [defect.id for defect, _ in shown_by(trace) if defect.id.startswith("teardown")] == ["teardown-throwing-cleanup"]


PENDING = Registration(1, 1, 1, 1, "collected", "object", "pending", False, False, 0, False, False)


def test_without_settling_a_dead_registry_loses_nothing() -> None:
    trace = Trace("x", "throw", at_end=(PENDING,), script_threw=True)
    assert not aborts(trace)
    assert aborts(replace(trace, at_end=(replace(PENDING, registry_alive=True),)))
    assert aborts(replace(trace, settled=(replace(PENDING, callback="ran", runs=1),)))


def test_only_an_exception_of_the_script_loses_jobs() -> None:
    assert not aborts(Trace("x", "throw", at_end=(replace(PENDING, registry_alive=True),)))
