"""What ``jsleak run`` says of a program: registrations, leaks, growth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsleak.engine.growth import growth
from jsleak.engine.leaks import Options, RunReport, run_file
from jsleak.engine.pool import Pool
from jsleak.engine.request import EngineName, Limits
from jsleak.engine.trace import Sample


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def report(pool: Pool, folder: Path, text: str, options: Options | None = None, name: str = "main.js") -> RunReport:
    return run_file(str(folder / name), text, options or Options(), pool.run, bytes.decode)


def test_leak_of_the_design(pool: Pool, tmp_path: Path) -> None:
    text = 'let finrec = new FinalizationRegistry(v => {});\nfinrec.register({}, {});\nthrow "boom";\n'
    found = report(pool, tmp_path, text)
    assert (found.completion, found.error) == ("throw", "boom")
    ((registration, place),) = found.registrations
    assert (registration.target, registration.held, registration.callback) == ("collected", "object", "pending")
    assert place is not None
    assert (place.range.start.line, place.range.start.column, place.range.end.column) == (2, 1, 24)
    (leak,) = found.leaks
    assert (leak.kind, leak.engines, leak.place) == ("held-value-not-released", ("quickjs-ng >=0.6.0,<0.7.0",), place)


def test_every_program_of_the_oracle(pool: Pool, tmp_path: Path) -> None:
    programs = json.loads((Path(__file__).parent / "data" / "quickjs-ng-teardown.json").read_text("utf-8"))
    for program in programs:
        found = report(pool, tmp_path, program["source"])
        assert bool(found.leaks) == (program["observed"]["0.6.1"] == "leak"), program["source"]
        if program["observed"]["0.16.2"] == "exit 0":
            assert found.completion == "normal", program["source"]
        else:
            assert found.completion in ("throw", "rejection"), program["source"]


def test_after_a_normal_end_the_callbacks_have_run(pool: Pool, tmp_path: Path) -> None:
    found = report(pool, tmp_path, "const r = new FinalizationRegistry(() => {}); r.register({}, {});")
    assert [registration.callback for registration, _ in found.registrations] == ["ran"]
    assert not found.leaks


COMPLETIONS = [
    ("1;", "normal"),
    ("throw new Error('x');", "throw"),
    ("Promise.reject(1);", "rejection"),
    ("for (;;);", "timeout"),
    ("const a = []; for (;;) a.push(new Array(1000).fill(0));", "out-of-memory"),
    ("let 1;", "syntax-error"),
    ("import './nowhere.js';", "throw"),
]


@pytest.mark.parametrize(("text", "completion"), COMPLETIONS)
def test_completions(pool: Pool, tmp_path: Path, text: str, completion: str) -> None:
    found = report(pool, tmp_path, text, Options(limits=Limits(seconds=1.0, memory=32 << 20)))
    assert found.completion == completion


MODULE = """\
const r = new FinalizationRegistry(() => {});
const kept = [];
function keeps() { const o = {}; kept.push(o); r.register(o, 1); }
function drops() { r.register({}, 1); }
function forgets() { kept.push([1, 2, 3]); }
function nothing() {}
"""
GROWTH = [
    ("keeps()", ["targets-grow"]),
    ("drops()", []),
    ("forgets()", ["memory-grows"]),
    ("nothing()", []),
    ("kept.length = 0, keeps()", []),
]


@pytest.mark.parametrize(("call", "kinds"), GROWTH)
@pytest.mark.parametrize("name", ["main.js", "main.mjs"])
def test_growth(pool: Pool, tmp_path: Path, name: str, call: str, kinds: list[str]) -> None:
    found = report(pool, tmp_path, MODULE, Options(repeat=30, call=call), name)
    assert [leak.kind for leak in found.leaks] == kinds
    if kinds == ["targets-grow"]:
        place = found.leaks[0].place
        assert place is not None
        assert place.range.start.line == 3
        slopes = {line.what: line.slope for line in found.growth}
        assert slopes["objects"] == pytest.approx(1)


def test_line_through_samples() -> None:
    flat = [Sample(turn, 3, 1000, {}) for turn in range(1, 11)]
    assert not any(line.grows for line in growth(flat))
    steps = [Sample(turn, 3, 1000 + 5000 * (turn > 9), {}) for turn in range(1, 41)]
    assert not any(line.grows for line in growth(steps[10:]))
    rising = [Sample(turn, turn * 2, 1000 + 64 * turn, {"1:1": turn}) for turn in range(1, 11)]
    assert {line.what: (line.slope, line.grows) for line in growth(rising)} == {
        "registrations": (pytest.approx(2), True),
        "objects": (pytest.approx(1), True),
        "memory": (pytest.approx(64), True),
    }
    assert growth(rising[:4]) == ()


def test_stubs_are_named(pool: Pool, tmp_path: Path) -> None:
    found = report(pool, tmp_path, "import fs from 'node:fs'; fs.readFileSync('/etc/passwd');", name="main.mjs")
    assert found.completion == "normal"
    assert found.stubs == ("node:fs",)
    assert "node:fs" in found.notes[0]


WEAKREFS = """\
const kept = {}; (function () {})(); [1][0] = 2;
const a = new WeakRef(kept), b = new globalThis.WeakRef({});
a.deref(); b.deref();
setTimeout(() => b.deref(), 10);
class Mine extends WeakRef {}
new Mine(kept);
"""


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_weak_references(pool: Pool, tmp_path: Path, engine: EngineName) -> None:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    found = report(pool, tmp_path, WEAKREFS, Options(engine))
    rows = [
        (place and (place.range.start.line, place.range.start.column), one.target, one.derefs, one.empty_derefs)
        for one, place in found.weakrefs
    ]
    # V8 keeps a target until its job has ended; quickjs-ng lets it go at once.
    assert rows[:2] == [((2, 11), "alive", 1, 0), ((2, 34), "collected", 2, 2 if engine == "quickjs" else 1)]
    assert rows[2][1:] == ("alive", 0, 0)


def test_defects_that_were_worked_around(pool: Pool, tmp_path: Path) -> None:
    text = (
        "const r = new FinalizationRegistry(() => {}); const t = {}; r.register(t, 1, t); r.register({}, 2, {}); r.register({}, 3);"
    )
    (defect,) = report(pool, tmp_path, text).defects
    assert (defect.id, defect.engines, defect.registrations) == ("strong-unregister-token", ("quickjs-ng >=0.17.0,<0.18.0",), 2)
    assert "never be collected here: 1" in defect.message
    assert not report(pool, tmp_path, text.replace(", t)", ")").replace(", {})", ")")).defects
    if "node" in pool.engines:
        assert not report(pool, tmp_path, text, Options("node")).defects
