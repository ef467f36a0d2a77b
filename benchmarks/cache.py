"""Measures what the cache spares: `jsleak lint` over 1,000 files that are all analysed, and again when nothing has changed.

Two trees, made here: *ordinary* modules of some 60 lines, of which one in ten has a finding, and the *smallest* there can be, each
a rule's example of a few lines, most with a finding. Times are of the whole command with its start and its report; processor time
is that of all its processes. Prints a Markdown table; `--write` puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from page import put
from typing_session import function, handle

from jsleak.analysis.rule import load_rules

JSLEAK = Path(sys.executable).with_name("jsleak")
MARKS = re.compile(r"^[ \t]*(?://)?[ \t]*\^[\^ \t]*\n?", re.MULTILINE)
FILES = 1000
GOAL = 0.1


@dataclass(frozen=True)
class Cost:
    """Seconds of a command: by the clock, and of processors."""

    wall: float
    processor: float


def ordinary(folder: Path) -> None:
    """Modules of some 60 lines."""
    leaks = leaking()
    for number in range(FILES):
        own = next(leaks) if number % 10 == 0 else handle(number)
        others = "".join(function(number * 4 + part).replace("export ", "") for part in range(4))
        write(folder, number, f"{own}\n{others}\n")


def smallest(folder: Path) -> None:
    """A rule's example each."""
    leaks = leaking()
    for number in range(FILES):
        write(folder, number, f"{next(leaks)}\n// {number}\n")


def leaking() -> Iterator[str]:
    """The rules' bad examples, without the lines that mark the places, over and over."""
    return itertools.cycle([MARKS.sub("", text) for rule in load_rules().values() for text in rule.bad.values()])


def write(folder: Path, number: int, text: str) -> None:
    """One file of the tree; fifty in a folder."""
    path = folder / f"part{number // 50}" / f"module{number}.js"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lint(folder: Path, cache: Path) -> tuple[Cost, str]:
    """The cost of a run, and its report."""
    command: list[str | Path] = [JSLEAK, "lint", "--cache-dir", cache]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 1:
        raise RuntimeError(f"exit status {done.returncode}\n{done.stderr}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


def median(costs: list[Cost]) -> Cost:
    """The median of each."""
    return Cost(statistics.median(one.wall for one in costs), statistics.median(one.processor for one in costs))


def measure(make: Callable[[Path], None], rounds: int) -> tuple[Cost, Cost]:
    """The cost of the first run and of the second."""
    firsts: list[Cost] = []
    seconds: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        tree.mkdir()
        make(tree)
        for number in range(rounds):
            cache = Path(folder, f"cache{number}")
            first, report = lint(tree, cache)
            firsts.append(first)
            for _ in range(3):
                second, again = lint(tree, cache)
                assert again == report, "the second run says something else"
                seconds.append(second)
    return median(firsts), median(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often both are measured (3)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    table = [
        f"Python {platform.python_version()}, {os.cpu_count()} processors; {FILES:,} files, all of them analysed.",
        "",
        "| second run, in parts of the first | first, s | second, s | ratio | at most |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, make, goal in (("ordinary modules", ordinary, GOAL), ("smallest files, most with a finding", smallest, None)):
        first, second = measure(make, options.rounds)
        for what in ("wall", "processor"):
            one, two = getattr(first, what), getattr(second, what)
            table.append(f"| {name}, {what} time | {one:.2f} | {two:.2f} | {two / one:.3f} | {goal or '–'} |")
    shown = "\n".join([*table, ""])
    print(shown)
    if options.write:
        put("cache", shown)


if __name__ == "__main__":
    main()
