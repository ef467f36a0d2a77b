"""Code that means harm: each program ends with a trace that says what happened, and nothing of it stays."""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from jsleak.engine import node_engine, sandbox, syscalls
from jsleak.engine.pool import Pool
from jsleak.engine.process import Worker
from jsleak.engine.request import EngineName, Limits, Request

TIGHT = Limits(seconds=1.0, memory=64 << 20, output=8 << 10, jobs=20_000)
REGISTRY = "const r = new FinalizationRegistry(() => {});\n"
BENIGN = REGISTRY + "r.register({}, {});\nthrow 'boom';"

# What the program does, how it may complete on quickjs, and how on node.
HOSTILE: dict[str, tuple[str, set[str], set[str]]] = {
    "infinite loop": ("for (;;);", {"timeout"}, {"timeout"}),
    "loop in a finally": ("try { for (;;); } finally { for (;;); }", {"timeout"}, {"timeout"}),
    "endless microtasks": ("const f = () => Promise.resolve().then(f); f();", {"timeout"}, {"timeout", "out-of-memory"}),
    "endless timers": ("const f = () => setTimeout(f, 0); f();", {"timeout"}, {"timeout"}),
    "callbacks that register again": (
        "const q = new FinalizationRegistry((n) => { q.register({}, n + 1); }); q.register({}, 0);",
        {"timeout"},
        {"timeout"},
    ),
    "deep recursion": ("function f() { return f() + 1; } f();", {"throw"}, {"throw"}),
    "deep source": ("eval('['.repeat(1e6));", {"throw", "out-of-memory"}, {"throw", "crash", "out-of-memory"}),
    "strings": ("let s = 'xy'; const a = []; for (;;) { s += s.slice(0, 1e6); a.push(s + a.length); }", {"out-of-memory"}, set()),
    "arrays": ("const a = []; for (;;) a.push(new Array(1e5).fill(a.length));", {"out-of-memory"}, {"out-of-memory", "timeout"}),
    "buffers": (
        "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1));",
        {"out-of-memory"},
        {"out-of-memory", "throw", "timeout"},
    ),
    "Atomics.wait": ("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", {"throw"}, {"throw", "timeout"}),
    "regular expression": ("/(a+)+b/.test('a'.repeat(40));", {"timeout"}, {"timeout"}),
    "huge output": ("for (let i = 0; i < 2000; i++) console.log('x'.repeat(1000));", {"normal"}, {"normal"}),
    "lines of the protocol": (
        """console.log('\\n{"completion": "normal", "error": "", "line": 0, "column": 0, "reason": ""}\\n'); throw 'mine';""",
        {"throw"},
        {"throw"},
    ),
    "a toString that never ends": ("throw { toString() { for (;;); } };", {"timeout", "throw"}, {"timeout", "throw"}),
    "a getter on globalThis": (
        "Object.defineProperty(globalThis, 'FinalizationRegistry', { get() { for (;;); } });",
        {"normal"},
        {"normal"},
    ),
}


def running() -> set[int]:
    """The processes that this one started."""
    mine = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                mine.add(int(entry.name))
    return mine


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's temporary files are: others may run jsleak beside it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as made:
        yield made


@pytest.fixture(params=get_args(EngineName))
def engine(request: pytest.FixtureRequest, pool: Pool) -> EngineName:
    name: EngineName = request.param
    if name not in pool.engines:
        pytest.skip(f"no {name} here")
    return name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program(pool: Pool, engine: EngineName, name: str) -> None:
    source, quickjs, node = HOSTILE[name]
    allowed = quickjs if engine == "quickjs" else node or {"out-of-memory", "timeout", "throw", "crash"}
    started = time.monotonic()
    trace = pool.run(Request(source, engine=engine, limits=TIGHT))
    assert trace.completion in allowed, trace
    if trace.completion in ("timeout", "out-of-memory", "crash"):
        assert trace.reason
    assert time.monotonic() - started < 8
    assert pool.run(Request(BENIGN, engine=engine)).error == "boom"


def test_what_happened_before_the_limit_is_told(pool: Pool) -> None:
    trace = pool.run(Request(REGISTRY + "r.register({}, {});\nfor (;;);", limits=TIGHT))
    assert (trace.completion, [one.callback for one in trace.at_end]) == ("timeout", ["pending"])
    trace = pool.run(Request(REGISTRY + "r.register({}, {});\nconst a = []; for (;;) a.push([]);", limits=TIGHT))
    assert (trace.completion, [one.callback for one in trace.at_end]) == ("out-of-memory", ["pending"])


def test_output_has_a_bound(pool: Pool, engine: EngineName) -> None:
    source = "for (let i = 0; i < 2000; i++) console.log('x'.repeat(1000));"
    trace = pool.run(Request(source, engine=engine, limits=TIGHT))
    assert 0 < len(trace.output) <= TIGHT.output
    assert "printed more than 8 KB" in trace.reason


def test_a_worker_that_is_killed_from_outside(engine: EngineName) -> None:
    with Pool(2) as own:
        own.warm(engine)
        traces = {}

        def ask(name: str, source: str) -> None:
            traces[name] = own.run(Request(source, engine=engine, limits=Limits(seconds=60.0)))

        for number in (signal.SIGKILL, signal.SIGABRT):
            victim = threading.Thread(target=ask, args=("victim", "for (;;);"))
            victim.start()
            worker = busy_worker(own, engine)
            other = threading.Thread(target=ask, args=("other", BENIGN))
            other.start()
            os.kill(worker.process.pid, number)
            victim.join()
            other.join()
            assert (traces["victim"].completion, number.name in traces["victim"].reason) == ("crash", True), traces["victim"]
            assert traces["other"].error == "boom"
            assert own.run(Request(BENIGN, engine=engine)).error == "boom"


def busy_worker(pool: Pool, engine: EngineName) -> Worker:
    """The worker that runs a program, as soon as there is one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for worker in list(pool.workers):
            if worker not in pool.idle[engine]:
                return worker
        time.sleep(0.01)
    raise AssertionError("no worker has taken the program")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_nothing_remains(engine: EngineName, own_folder: Path) -> None:
    before = running()
    with Pool(2) as own:
        # The last program ends well, so its worker stays warm and is to be seen.
        for source in ("for (;;);", "const a = []; for (;;) a.push([a]);", BENIGN):
            own.run(Request(source, engine=engine, limits=TIGHT))
        assert running() > before
    assert running() == before
    assert not list(own_folder.iterdir())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_end_with_their_parent(engine: EngineName, own_folder: Path) -> None:
    program = (
        "import os, signal, threading, time\n"
        "from jsleak.engine.pool import Pool\nfrom jsleak.engine.request import Limits, Request\n"
        f"pool = Pool(1); pool.run(Request('1', engine={engine!r}))\n"
        f"ask = lambda: pool.run(Request('for (;;);', engine={engine!r}, limits=Limits(seconds=60.0)))\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        f"while not any(one not in pool.idle[{engine!r}] for one in pool.workers): time.sleep(0.01)\n"
        "print(next(iter(pool.workers)).process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = os.environ | {"TMPDIR": str(own_folder)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, env=environment)
    child = Path("/proc") / ran.stdout.strip()
    deadline = time.monotonic() + 5
    while child.exists() and "Z" not in (child / "stat").read_text().rpartition(")")[2].split()[:1] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.exists() or (child / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    assert not list(own_folder.iterdir())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_how_a_worker_is_locked_in() -> None:
    os.environ["JSLEAK_SECRET"] = "secret"
    try:
        with Pool(1) as own:
            own.run(Request("1"))
            entry = Path("/proc") / str(next(iter(own.workers)).process.pid)
            assert (entry / "environ").read_bytes() == b""
            assert str((entry / "cwd").readlink()).endswith("(deleted)")
            assert len(list((entry / "fd").iterdir())) <= 6
            assert os.getsid(int(entry.name)) == int(entry.name)
            limits = {line[:26].strip(): line[26:].split()[:2] for line in (entry / "limits").read_text().splitlines()}
            assert limits["Max file size"] == limits["Max core file size"] == limits["Max processes"] == ["0", "0"]
            assert "unlimited" not in [*limits["Max cpu time"], *limits["Max data size"], *limits["Max open files"]]
    finally:
        del os.environ["JSLEAK_SECRET"]


# A program that gets out of node's realm for programs (which is no boundary) meets the process's own.
ESCAPE = "import('node:fs').catch((e) => { const process = e.constructor.constructor('return process')(); WHAT; });"
ESCAPED = {
    "abort": ("process.abort()", "SIGABRT"),
    "exit": ("process.exit(0)", "ended with status 0"),
    "a killing signal to itself": ("process.kill(process.pid, 'SIGKILL')", "SIGKILL"),
}


@pytest.mark.parametrize("name", ESCAPED)
def test_an_engine_that_ends_itself(pool: Pool, name: str) -> None:
    if "node" not in pool.engines:
        pytest.skip("no node here")
    what, reason = ESCAPED[name]
    trace = pool.run(Request(ESCAPE.replace("WHAT", what), engine="node", limits=TIGHT))
    assert (trace.completion, reason in trace.reason) == ("crash", True), trace
    assert pool.run(Request(BENIGN, engine="node")).error == "boom"


OUTSIDE = """
const told = {};
const attempt = (name, work) => { try { told[name] = String(work()); } catch (error) { told[name] = error.code; } };
attempt("read", () => require("fs").readFileSync("/etc/passwd"));
attempt("write", () => require("fs").writeFileSync("/tmp/jsleak-escaped", "x"));
attempt("start", () => require("child_process").spawnSync("/bin/true").error.code);
attempt("thread", () => new (require("worker_threads").Worker)("1", { eval: true }));
attempt("signal", () => process.kill(process.ppid, 0));
attempt("environment", () => Object.keys(process.env).length);
const ways = { network: { port: PORT, host: "127.0.0.1" }, socket: { path: "SOCKET" } };
let left = 2;
for (const [name, way] of Object.entries(ways)) {
  const one = require("net").connect(way);
  const end = (code) => { told[name] = code; one.destroy(); if (--left === 0) console.log(JSON.stringify(told)); };
  one.on("connect", () => end("connected"));
  one.on("error", (error) => end(error.code));
}
"""


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[str]:
    """The program above, with a port and a socket of this machine that somebody listens on."""
    path = tmp_path / "socket"
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(path))
        local.listen()
        yield OUTSIDE.replace("PORT", str(port.getsockname()[1])).replace("SOCKET", str(path))


def locked_in(tmp_path: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command as the engines are run."""
    folder = tmp_path / "folder"
    folder.mkdir()
    whole = [*sandbox.command("sandbox", sandbox.ROOT, ""), str(folder), str(1 << 30), *command]
    return subprocess.run(whole, capture_output=True, text=True, timeout=30, env={}, check=False)


refusing = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in syscalls.NUMBERS, reason="no system calls are refused here"
)


@refusing
def test_what_node_reaches_without_a_realm(tmp_path: Path, listening: str) -> None:
    node = node_engine.found()
    if node is None:
        pytest.skip("no node here")
    _, path, permission = node
    ran = locked_in(tmp_path, [path, permission, "--no-warnings", "-e", listening])
    told = json.loads(ran.stdout)
    assert told == {
        "read": "ERR_ACCESS_DENIED",
        "write": "ERR_ACCESS_DENIED",
        "start": "ERR_ACCESS_DENIED",
        "thread": "ERR_ACCESS_DENIED",
        "signal": "EPERM",
        "environment": "0",
        "network": "EPERM",
        "socket": "EPERM",
    }


@refusing
def test_what_the_system_refuses_a_process(tmp_path: Path) -> None:
    """The same of Python, which has nothing of its own against it."""
    program = (
        "import os, signal, socket, threading\n"
        "def attempt(work):\n"
        "    try: return work() or 'done'\n"
        "    except OSError as error: return error.strerror\n"
        "thread = threading.Thread(target=int); thread.start(); thread.join()\n"
        "for work in (lambda: socket.socket().fileno(), lambda: socket.socket(socket.AF_UNIX).fileno(), os.fork,\n"
        "             lambda: os.kill(os.getppid(), 0), lambda: os.kill(0, 0), lambda: os.kill(-1, 0), lambda: os.kill(os.getpid(), 0)):\n"
        "    print(attempt(work), flush=True)\n"
        "os.abort()"
    )
    ran = locked_in(tmp_path, [sys.executable, "-I", "-S", "-c", program])
    refused = "Operation not permitted"
    assert ran.stdout.split("\n") == [refused] * 6 + ["done", ""], ran.stderr
    assert ran.returncode == -signal.SIGABRT


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_many_runs_do_not_grow_the_parent(engine: EngineName) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with Pool(1) as own:
        for _ in range(20):
            own.run(Request(BENIGN, engine=engine))
        before = resident()
        for _ in range(1000 if engine == "quickjs" else 50):
            own.run(Request(BENIGN, engine=engine))
        assert resident() - before < 4 << 20
        assert len(own.workers) == 1


HEAP = "const a = []; for (let i = 0; i < 4e5; i++) a.push({ i, x: [i] });"
HEAPS = {"quickjs": (32, 256), "node": (32, 256)}


def test_the_memory_limit_is_the_run_s_own(pool: Pool, engine: EngineName) -> None:
    small, large = HEAPS[engine]
    for memory, completion in ((small, "out-of-memory"), (large, "normal"), (small, "out-of-memory")):
        trace = pool.run(Request(HEAP, engine=engine, limits=Limits(seconds=20, memory=memory << 20)))
        assert trace.completion == completion, (memory, trace.reason)
        assert trace.reason == ("" if completion == "normal" else f"it needed more than {memory} MB")


REACH = "[typeof require, typeof process, typeof std, typeof os, typeof Deno, typeof fetch, typeof XMLHttpRequest, typeof scriptArgs].join()"


def test_no_system_is_in_reach(pool: Pool, engine: EngineName) -> None:
    trace = pool.run(Request(f"throw {REACH}", engine=engine))
    assert set(trace.error.split(",")) == {"undefined"}
    for way in (
        "this.constructor.constructor('return process')()",
        "import('std').then(() => { throw 'got it'; })",
        "import('node:fs')",
    ):
        trace = pool.run(Request(way, engine=engine))
        assert "got it" not in trace.error
