"""Measures jsleak against other tools and prints a Markdown table of ratios.

Needs npm, and for the comparisons ``rg`` (ripgrep) and ``oxlint`` on PATH or beside this Python; what is missing is left out aloud.
The disk cache is warm, and jsleak goes without its own. Times are medians of runs that take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import blanking
import corpora
import esprima
from page import put
from timing import command, medians

from jsleak.analysis import analyze

BIN = Path(sys.executable).parent
ONE_RULE = ("-A", "all", "-D", "no-debugger", "--silent")


@dataclass(frozen=True)
class Row:
    """``ratio`` of what was measured to what it is measured against; ``target`` is the most that it may be."""

    what: str
    against: str
    ratio: float
    target: float | None


def tool(name: str) -> str | None:
    """Where a tool stands, beside this Python or on PATH."""
    return shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")


def trees(corpus: corpora.Corpora, rounds: int) -> list[Row]:
    """Whole runs over many files, few of which matter."""
    jsleak, rg, oxlint = tool("jsleak"), tool("rg"), tool("oxlint")
    assert jsleak, "jsleak is not installed beside this Python"
    whole, silent = str(corpus.tree), str(corpus.silent)
    runs: dict[str, Callable[[], object]] = {
        "whole": command([jsleak, "lint", "--no-cache", whole], frozenset({0, 1, 2})),
        "silent": command([jsleak, "lint", "--no-cache", silent], frozenset({0})),
    }
    if rg:
        runs["rg whole"] = command([rg, "-uu", "-l", "FinalizationRegistry", whole])
        runs["rg silent"] = command([rg, "-uu", "-l", "FinalizationRegistry", silent])
    if oxlint:
        runs["oxlint"] = command([oxlint, *ONE_RULE, whole])
    taken = medians(runs, rounds)
    rows = []
    if rg:
        rows.append(Row("lint of the tree", "`rg -uu -l FinalizationRegistry`", taken["whole"] / taken["rg whole"], None))
        rows.append(Row("lint of the tree's files that mention nothing", "the same", taken["silent"] / taken["rg silent"], 5))
    if oxlint:
        rows.append(Row("lint of the tree", "`oxlint` with one rule", taken["whole"] / taken["oxlint"], 3))
    for name, found in (("rg", rg), ("oxlint", oxlint)):
        if not found:
            print(f"{name} is not there: left out", file=sys.stderr)
    print(*(f"{name}: {seconds:.3f} s" for name, seconds in taken.items()), sep="\n", file=sys.stderr)
    return rows


def dense(files: tuple[Path, ...], rounds: int) -> list[Row]:
    """Every file matters: the analysis of all in one process, against parsing them."""
    texts = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in files]
    parsers = [(text, parser) for _, text in texts if (parser := bare_parser(text))]
    characters = sum(len(text) for _, text in texts)

    def parse() -> None:
        for text, parser in parsers:
            parser(text)
            gc.collect()

    def analyse() -> None:
        for name, text in texts:
            analyze(text, filename=name)
            gc.collect()

    taken = medians({"parse": parse, "analyse": analyse}, rounds)
    for name, seconds in taken.items():
        print(f"dense, {name}: {seconds:.3f} s, {characters / seconds / 1000:.0f} KB/s", file=sys.stderr)
    ratio = taken["analyse"] / taken["parse"]
    return [Row(f"analysis of the {len(files)} files that mention something", "bare `esprima.parse`", ratio, 2.5)]


def bare_parser(text: str) -> Callable[[str], object] | None:
    """The parser's function that takes the text: a script, else a module."""
    for parse in (esprima.parseScript, esprima.parseModule):
        with contextlib.suppress(esprima.Error):
            parse(text)
            return cast("Callable[[str], object]", parse)
    return None


def start_up(rounds: int) -> list[Row]:
    jsleak = tool("jsleak")
    assert jsleak
    taken = medians({"jsleak": command([jsleak, "--version"]), "python": command([sys.executable, "-c", "pass"])}, rounds)
    return [Row("`jsleak --version`", "`python -c pass`", taken["jsleak"] / taken["python"], 3)]


def typescript(rounds: int) -> Row:
    files, ratio = blanking.ratio(rounds)
    return Row(f"blanking and parsing {files} TypeScript files", "parsing what `tsc` makes of them", ratio, blanking.TARGET)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="fewer rounds, for a rough look")
    arguments.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = arguments.parse_args()
    corpus = corpora.prepare()
    rows = [
        *trees(corpus, 3 if options.short else 11),
        *dense(corpus.dense, 1 if options.short else 5),
        *start_up(10 if options.short else 40),
        typescript(1 if options.short else 5),
    ]
    shown = report(corpus, rows)
    print(shown)
    if options.write:
        put("table", shown)


def report(corpus: corpora.Corpora, rows: list[Row]) -> str:
    """The table in Markdown, with what was measured above it."""
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} processors. The tree: {corpus.files:,} JavaScript files, "
        f"{corpus.size / 1e6:.0f} MB; {corpus.mentioning} of them (of at most 1 MiB) mention a name that a rule asks about.",
        "",
        "| time of | against | ratio | at most |",
        "|---|---|---:|---:|",
    ]
    lines += (f"| {row.what} | {row.against} | {row.ratio:.2f} | {row.target or '–'} |" for row in rows)
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
