"""What slicing saves: the analysis of large bundles, whole and sliced, in turns in one process.

The files were chosen as bundles of more than 300 KB that name FinalizationRegistry or WeakRef. Those of ``PROFILED`` were looked
into to make it faster, those of ``CHECKED`` were not. With `--suite` it takes the files of the tests' real-world suite in their
place, all that are large and name them. Prints a Markdown table; `--write` puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from corpora import NPM, PACKAGES
from page import put

from jsleak.analysis import analyze, mentions, run
from jsleak.analysis.findings import Analysis
from jsleak.analysis.languages import codes

GOAL = 5
#: Bytes from which on a file is large.
LARGE = 300_000
TESTS = Path(__file__).resolve().parents[1] / "tests"
PROFILED = (
    "playwright-core/lib/vite/traceViewer/assets/defaultSettingsView-BQT9Z6FV.js",
    "miniflare/dist/src/workers/assets/router.worker.js",
    "prettier/internal/experimental-cli.mjs",
    "next/dist/compiled/edge-runtime/index.js",
    "three/build/three.module.js",
    "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js",
    "pdfjs-dist/build/pdf.mjs",
    "rollup/dist/shared/rollup.js",
    "next/dist/compiled/next-server/app-page.runtime.dev.js",
    "@huggingface/transformers/dist/transformers.js",
    "webpack/lib/javascript/syntax-printer.js",
    "miniflare/dist/src/index.js",
)
CHECKED = (
    "next/dist/compiled/next-server/app-page.runtime.prod.js",
    "next/dist/compiled/@edge-runtime/primitives/fetch.js",
    "@firebase/database-compat/dist/index.standalone.js",
    "firebase/firebase-compat.js",
    "terser/dist/bundle.min.js",
    "pyodide/pyodide.asm.mjs",
    "three/build/three.webgpu.js",
    "mapbox-gl/dist/mapbox-gl.js",
    "pdfjs-dist/build/pdf.worker.mjs",
    "monaco-editor/min/vs/editor-BdtEMBbM.js",
    "monaco-editor/esm/vs/languages/features/typescript/lib/lib.js",
)

#: Seconds that are measured for a text at least, in no more than so many rounds.
ENOUGH = 8.0
MOST = 12


@dataclass(frozen=True)
class Measured:
    """Processor seconds of the analysis of one text, and whether it says the same both ways."""

    name: str
    characters: int
    stays: float | None
    whole: float
    sliced: float
    same: bool

    @property
    def ratio(self) -> float:
        return self.whole / self.sliced


def install() -> Path:
    """The ``node_modules`` folder of ``packages/large``, installed on first use into the user's cache folder."""
    manifest = PACKAGES / "large/package.json"
    key = hashlib.sha256(manifest.read_bytes()).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jsleak" / f"benchmark-large-{key}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(manifest, folder)
        subprocess.run(NPM, cwd=folder, check=True, stdin=subprocess.DEVNULL)
        (folder / "done").touch()
    return folder / "node_modules"


def uncut(text: str, *, filename: str, source_type: None = None, slicing: bool = False) -> object:
    """``codes`` that leaves nothing out."""
    return codes(text, filename=filename, source_type=source_type, slicing=False)


def measure(path: Path, name: str, rounds: int) -> Measured:
    """The best of some rounds of each; of more rounds where they are so short that a machine may be slow for all of them."""
    text = path.read_text(encoding="utf-8", errors="replace")

    def sliced() -> Analysis:
        return analyze(text, filename=name)

    def whole() -> Analysis:
        with patch.object(run, "codes", uncut):
            return analyze(text, filename=name)

    cut, first = timed(sliced)
    full, second = timed(whole)
    for _ in range(max(rounds, min(MOST, int(ENOUGH / (cut + full)))) - 1):
        cut = min(cut, timed(sliced)[0])
        full = min(full, timed(whole)[0])
    code = codes(text, filename=name)[0]
    stays = len("".join(code.text.split())) / len("".join(text.split())) if code.whole is not None else None
    return Measured(name, len(text), stays, full, cut, told(first) == told(second))


def timed(thing: Callable[[], Analysis]) -> tuple[float, Analysis]:
    """Processor seconds, and the result."""
    run._resolve_linked.cache_clear()
    gc.collect()
    started = time.process_time()
    result = thing()
    return time.process_time() - started, result


def told(result: Analysis) -> tuple[object, ...]:
    """All that a user gets to see."""
    return result.findings, result.problems, result.suppressed


def row(one: Measured) -> str:
    """A row of the table."""
    package = "/".join(one.name.split("/")[: 2 if one.name.startswith("@") else 1])
    stays = f"{one.stays:.0%}".replace("%", " %") if one.stays is not None else "not sliced"
    same = "yes" if one.same else "**no**"
    return (
        f"| {package}, `{one.name.rsplit('/', 1)[1]}` | {one.characters:,} | {stays} | {one.whole:.2f} | {one.sliced:.2f} "
        f"| {one.ratio:.1f} | {same} |"
    )


def suite() -> dict[str, Path]:
    """The large files of the real-world suite that name the protocol, by their names, the smallest first."""
    sys.path.insert(0, str(TESTS))
    corpus: Any = importlib.import_module("realworld.corpus")
    paths = {name: corpus.path_of(name) for name, first in corpus.sources().items() if name == first}
    large = {name: path for name, path in paths.items() if path.stat().st_size > LARGE and mentions(path.read_bytes())}
    return dict(sorted(large.items(), key=lambda item: item[1].stat().st_size))


def chosen(modules: Path) -> dict[str, dict[str, Path]]:
    """The bundles, by what they are for."""
    return {title: {name: modules / name for name in names} for title, names in (("profiled", PROFILED), ("only checked", CHECKED))}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each text is analysed each way at least (2)")
    parser.add_argument("--modules", type=Path, help="a node_modules folder that has the packages already")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--suite", action="store_true", help="take the files of the real-world suite")
    options = parser.parse_args()
    groups = {"": suite()} if options.suite else chosen(options.modules or install())
    analyze("new WeakRef({});", filename="first.js")
    table = [
        f"Python {platform.python_version()}; processor time, best of {options.rounds} rounds or more.",
        "",
        "| text | characters | text that stays | whole, s | sliced, s | ratio | same findings |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    every: list[Measured] = []
    for title, files in groups.items():
        found = [measure(path, name, options.rounds) for name, path in files.items()]
        table += [row(one) for one in found]
        if title:
            table.append(
                f"| *median of those that were {title}* | | | | | *{statistics.median(one.ratio for one in found):.1f}* | |"
            )
        every += found
    table += [f"| **median** | | | | | **{statistics.median(one.ratio for one in every):.1f}** (goal: {GOAL}) | |", ""]
    print("\n".join(table))
    if options.write:
        put("slicing-suite" if options.suite else "slicing", "\n".join(table))
    if not all(one.same for one in every):
        raise SystemExit("Some findings differ.")


if __name__ == "__main__":
    main()
