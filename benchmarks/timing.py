"""Times things in turns, so that what else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def medians(things: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each; one round before the first is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in things}
    for number in range(rounds + 1):
        for name, thing in things.items():
            started = time.perf_counter()
            thing()
            if number:
                seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def command(arguments: Sequence[str], allowed: frozenset[int] = frozenset({0, 1})) -> Callable[[], None]:
    """Runs a command and throws its output away. Raises where its exit status is not one of ``allowed``."""

    def run() -> None:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode not in allowed:
            raise RuntimeError(f"{arguments}: exit status {done.returncode}\n{done.stderr.decode(errors='replace')}")

    return run
