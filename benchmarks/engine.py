"""Measures the engine's pool and prints a Markdown table: first and further runs, whole experiments, and the parent's memory.

Times are of wall clock. What comes first is that of a Python that is started for it; the rest are medians of a warm pool. An
experiment is a finding's way to its verdict: what drives the code is planned, the code runs as it is and with the cause removed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def first(rounds: int) -> float:
    """Milliseconds from the start of a Python to the end of its first run, at the median."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", FIRST], check=True)
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def further(pool: Pool, engine: EngineName, rounds: int) -> float:
    """Milliseconds of a run in a warm pool, at the median."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        pool.run(Request(LEAK, engine=engine))
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def experiment(pool: Pool, rounds: int) -> float:
    """Milliseconds from a finding to its verdict in a warm pool, at the median."""
    module = build_module(MODULE, "handle.js", None, RuleSettings(), None)
    (finding,) = [one for one in analyze(MODULE, filename="handle.js").findings if one.rule == "held-value-retains-target"]
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        verdict = confirm(module, finding, pool.run, ["quickjs"]).verdict
        times.append(time.perf_counter() - started)
        assert verdict is not None, "no verdict"
        assert verdict.status is Status.CONFIRMED, verdict.reason
    return 1000 * statistics.median(times)


def command(rounds: int) -> float:
    """Milliseconds from the start of `jsleak confirm` on a file to its end, at the median."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "handle.js"
        file.write_text(MODULE, encoding="utf-8")
        for _ in range(rounds):
            started = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "jsleak", "confirm", str(file), "--select", "held-value-retains-target"], capture_output=True
            )
            times.append(time.perf_counter() - started)
            assert done.returncode == 1, done.stderr
            assert b"confirmed" in done.stdout, done.stdout
    return 1000 * statistics.median(times)


def resident() -> float:
    """Megabytes that this process has in memory. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / (1 << 20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="runs in the warm pool (1000)")
    rounds = parser.parse_args().rounds
    rows = [("start to first verdict, ms", first(9), 150.0)]
    rows.append(("`jsleak confirm` on a file, ms", command(9), 150.0))
    with Pool(1) as pool:
        pool.run(Request(LEAK))
        before = resident()
        rows.append(("each further run, ms", further(pool, "quickjs", rounds), 25.0))
        rows.append(("each experiment, ms", experiment(pool, min(rounds, 100)), 25.0))
        rows.append((f"growth of the parent over {rounds:,} runs, MB", resident() - before, 2.0))
        trace = pool.run(Request(MANY, limits=Limits(seconds=20, memory=500 << 20, jobs=1_000_000)))
        assert len(trace.settled) == 100_000, trace.reason
        rows.append(("100,000 registrations, s", trace.seconds, 5.0))
        if "node" in pool.engines:
            pool.run(Request(LEAK, engine="node"))
            rows.append(("each further run on node, ms", further(pool, "node", min(rounds, 50)), 0.0))
    print("| what | measured | at most |\n|---|---:|---:|")
    for what, value, most in rows:
        print(f"| {what} | {value:.1f} | {f'{most:g}' if most else '–'} |")


if __name__ == "__main__":
    main()
