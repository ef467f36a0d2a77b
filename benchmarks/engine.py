"""Measures the engine's pool and prints a Markdown table: the first verdict, each further one, and the parent's memory.

Times are of wall clock. The first verdict is that of a Python that is started for it; further ones are medians of a warm pool.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

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


def resident() -> float:
    """Megabytes that this process has in memory. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / (1 << 20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="runs in the warm pool (1000)")
    rounds = parser.parse_args().rounds
    rows = [("start to first verdict, ms", first(9), 150.0)]
    with Pool(1) as pool:
        pool.run(Request(LEAK))
        before = resident()
        rows.append(("each further run, ms", further(pool, "quickjs", rounds), 25.0))
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
