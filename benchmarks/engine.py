"""Measures the engine's pool and prints a Markdown table: first and further runs, whole experiments, and the parent's memory.

Times are of wall clock; where the machine has other work, the processor time beside them says more. What comes first is that of a
Python that is started for it, with compiled modules as in an installation; the rest are medians of a warm pool. An experiment is
a finding's way to its verdict: what drives the code is planned, the code runs as it is and with the cause removed.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from page import put

from jsleak.analysis import analyze
from jsleak.analysis.findings import Status
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module
from jsleak.engine.confirm import confirm
from jsleak.engine.pool import Pool
from jsleak.engine.request import EngineName, Limits, Request

LEAK = "let finrec = new FinalizationRegistry(v => {});\nfinrec.register({}, {});\nthrow 'boom';"
FIRST = (
    f"from jsleak.engine.pool import Pool\nfrom jsleak.engine.request import Request\nwith Pool() as p: p.run(Request({LEAK!r}))"
)
MANY = (
    "const r = new FinalizationRegistry(() => {}); const kept = [];\n"
    "for (let i = 0; i < 1e5; i++) { const t = {}; r.register(t, i, t); if (i % 2) kept.push(t); }"
)
#: What only a call from outside comes to, as in most packages.
MODULE = """\
import { close, opened } from "./native.js";

const registry = new FinalizationRegistry((handle) => close(handle));

export class Handle {
  #listener = () => this.close();

  constructor(path) {
    if (!path) throw new TypeError("a path is needed");
    this.native = opened(path);
    registry.register(this, this.#listener);
  }

  close() {
    close(this.native);
  }
}
"""


def started(arguments: list[str], rounds: int, status: int = 0, output: bytes = b"") -> tuple[float, float]:
    """Milliseconds of wall clock and of processor time from a Python's start to its end, at the median."""
    walls, processor = [], []
    with tempfile.TemporaryDirectory() as compiled:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled
        for number in range(rounds + 1):  # the first compiles
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run([sys.executable, *arguments], capture_output=True, env=environment)
            wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            assert done.returncode == status, done.stderr
            assert output in done.stdout, done.stdout
            if number:
                walls.append(wall)
                processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * statistics.median(walls), 1000 * statistics.median(processor)


def further(pool: Pool, engine: EngineName, rounds: int) -> float:
    """Milliseconds of a run in a warm pool, at the median."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        pool.run(Request(LEAK, engine=engine))
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def experiment(pool: Pool, rounds: int) -> float:
    """Milliseconds from a finding to its verdict in a warm pool, at the median."""
    module = build_module(MODULE, "handle.js", None, RuleSettings(), None)
    (finding,) = [one for one in analyze(MODULE, filename="handle.js").findings if one.rule == "held-value-retains-target"]
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        verdict = confirm(module, finding, pool.run, ["quickjs"]).verdict
        times.append(time.perf_counter() - start)
        assert verdict is not None, "no verdict"
        assert verdict.status is Status.CONFIRMED, verdict.reason
    return 1000 * statistics.median(times)


def command(arguments: list[str], text: str, rounds: int, status: int, output: bytes) -> tuple[float, float]:
    """The same of a jsleak command on a file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "handle.js"
        file.write_text(text, encoding="utf-8")
        return started(["-m", "jsleak", *arguments, str(file)], rounds, status, output)


def resident() -> float:
    """Megabytes that this process has in memory. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / (1 << 20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="runs in the warm pool (1000)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    rounds = options.rounds
    confirming = ["confirm", "--select", "held-value-retains-target"]
    rows: list[tuple[str, float, float | None, float]] = [
        ("start to first verdict, ms", *started(["-c", FIRST], 9), 150.0),
        ("`jsleak confirm` on a file, ms", *command(confirming, MODULE, 9, 1, b"confirmed"), 150.0),
    ]
    wall, processor = command(["run", "--timeout", "60"], MANY, 1, 0, b"100,000 registrations")
    rows.append(("`jsleak run` with 100,000 registrations, s", wall / 1000, processor / 1000, 5.0))
    with Pool(1) as pool:
        pool.run(Request(LEAK))
        before = resident()
        rows.append(("each further run, ms", further(pool, "quickjs", rounds), None, 25.0))
        rows.append(("each experiment, ms", experiment(pool, min(rounds, 100)), None, 25.0))
        rows.append((f"growth of the parent over {rounds:,} runs, MB", resident() - before, None, 2.0))
        trace = pool.run(Request(MANY, limits=Limits(seconds=20, memory=500 << 20, jobs=1_000_000)))
        assert len(trace.settled) == 100_000, trace.reason
        rows.append(("100,000 registrations in the engine, s", trace.seconds, None, 5.0))
        if "node" in pool.engines:
            pool.run(Request(LEAK, engine="node"))
            rows.append(("each further run on node, ms", further(pool, "node", min(rounds, 50)), None, 0.0))
    table = [f"Python {platform.python_version()}.", "", "| what | measured | processor time | at most |", "|---|---:|---:|---:|"]
    for what, value, busy, most in rows:
        table.append(f"| {what} | {value:.1f} | {'–' if busy is None else f'{busy:.1f}'} | {f'{most:g}' if most else '–'} |")
    print("\n".join(table))
    if options.write:
        put("engine", "\n".join(table))


if __name__ == "__main__":
    main()
