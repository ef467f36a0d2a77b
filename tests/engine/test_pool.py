"""The pool: engines, errors of programs, many at once, what repeated calls show."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from jsleak.engine import pool as pools
from jsleak.engine.pool import EngineMissing, Pool
from jsleak.engine.request import Request
from jsleak.engine.trace import Trace


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as made:
        yield made


def test_the_engines_have_versions(pool: Pool) -> None:
    assert pool.engines["quickjs"].startswith("quickjs-ng 0.17.")


def test_an_engine_that_is_missing(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "engine", lambda name: "")
    with pytest.raises(EngineMissing, match="no `node`"):
        pool.run(Request("1", engine="node"))


COMPLETIONS = {
    "1": ("normal", "", 0),
    "": ("normal", "", 0),
    "throw 'boom'": ("throw", "boom", 0),
    "\n\n null.x": ("throw", "TypeError: cannot read property 'x' of null", 3),
    "throw null": ("throw", "null", 0),
    "throw {}": ("throw", "[object Object]", 0),
    "throw 'two\\nlines'": ("throw", "two\nlines", 0),
    "\n let let = 1": ("syntax-error", "SyntaxError: 'let' is not a valid lexical identifier", 2),
    "eval('let let')": ("throw", "SyntaxError: 'let' is not a valid lexical identifier", 1),
    "class extends": ("syntax-error", "SyntaxError: class statement requires a name", 1),
    "import x from 'y'": ("syntax-error", None, 1),
}


@pytest.mark.parametrize("source", COMPLETIONS)
def test_how_a_program_completes(pool: Pool, source: str) -> None:
    completion, error, line = COMPLETIONS[source]
    trace = pool.run(Request(source))
    assert trace.completion == completion, trace
    assert error is None or trace.error == error
    assert trace.line == line


def test_programs_share_nothing(pool: Pool) -> None:
    pool.run(Request("globalThis.left = 1; Array.prototype.left = 1;"))
    for engine in pool.engines:
        assert pool.run(Request("throw typeof left + [].left", engine=engine)).error == "undefinedundefined"


def test_many_at_once(pool: Pool) -> None:
    answers: dict[int, Trace] = {}

    def ask(number: int) -> None:
        answers[number] = pool.run(Request(f"throw {number}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: trace.error for number, trace in answers.items()} == {number: str(number) for number in range(24)}
    assert len(pool.workers) <= 4


def test_a_repeated_call_has_a_slope(pool: Pool) -> None:
    source = (
        "const r = new FinalizationRegistry(() => {}); const kept = [];\n"
        "function leak() { const t = {}; kept.push(t); r.register(t, 1); }\nfunction fine() { r.register({}, 1); }"
    )
    for engine in pool.engines:
        leaking = pool.run(Request(source, engine=engine, call="leak()", repeat=5))
        assert [one.registrations for one in leaking.samples] == [1, 2, 3, 4, 5]
        assert [one.registrations for one in pool.run(Request(source, engine=engine, call="fine()", repeat=5)).samples] == [0] * 5
        assert all(one.memory > 0 for one in leaking.samples)


def test_a_driver_observes(pool: Pool) -> None:
    for engine in pool.engines:
        drive = "$.observe('a', { deep: [1] }); await $.collect(); $.observe('b', mine);"
        trace = pool.run(Request("const mine = 7;", engine=engine, drive=drive))
        assert trace.observed == {"a": {"deep": [1]}, "b": 7}
        failed = pool.run(Request("", engine=engine, drive="throw new Error('no')"))
        assert "no" in failed.reason


def test_a_closed_pool() -> None:
    pool = Pool()
    pool.run(Request("1"))
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError):
        pool.run(Request("1"))


def test_a_warm_worker_is_the_one_that_runs() -> None:
    with Pool() as pool:
        pool.warm()
        pool.warm()
        assert pool.run(Request("throw 1")).error == "1"
        assert len(pool.workers) == 1


def test_a_warm_worker_that_nobody_needs_ends_with_its_pool() -> None:
    pool = Pool()
    pool.warm()
    pool.close()
    assert not pool.workers
    pool.warm()
    assert not pool.workers
