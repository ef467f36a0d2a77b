"""Reading TypeScript: blanking its types and parsing the rest, against parsing the JavaScript that tsc makes of it.

The files are a share of those that tests/typescript fetches. Both sides parse with the same parser, in turns.
"""

from __future__ import annotations

import gc
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from timing import medians

from jsleak.analysis.languages import codes
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.syntax.parse import parse

ROOT = Path(__file__).resolve().parents[1]
SHARE = 60  # every so many files
TARGET = 1.5
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def ratio(rounds: int) -> tuple[int, float]:
    """How many files were read, and the ratio of the times."""
    sys.path.insert(0, str(ROOT / "tests"))
    peer: Any = importlib.import_module("typescript.peer")

    files = [path for path in peer.files("packages") if path.suffix == ".ts"][::SHARE]
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("tsc.mjs")), str(peer.modules())],
        input="\n".join(map(str, files)),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    pairs = [
        (path.read_text(encoding="utf-8"), json.loads(line)) for path, line in zip(files, done.stdout.split("\n"), strict=False)
    ]
    pairs = [
        (text, other) for text, other in pairs if "@" not in _COMMENT.sub("", other)
    ]  # tsc leaves decorators, no parser of ours takes them
    texts, made = [text for text, _ in pairs], [other for _, other in pairs]

    def ours() -> None:
        for text in texts:
            read_program(codes(text, filename="a.ts")[0], "a.ts")
            gc.collect()

    def theirs() -> None:
        for text in made:
            parse(text, filename="a.js", jsx=False)
            gc.collect()

    taken = medians({"blank and parse": ours, "parse": theirs}, rounds)
    print(*(f"TypeScript, {name}: {seconds:.3f} s" for name, seconds in taken.items()), sep="\n", file=sys.stderr)
    return len(files), taken["blank and parse"] / taken["parse"]


if __name__ == "__main__":
    print(f"{ratio(5)[1]:.2f}")
