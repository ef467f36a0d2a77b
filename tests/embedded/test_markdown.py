"""In the documents of published packages, the programs are the blocks that CommonMark's reference parser finds, line for line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from jsleak.analysis.depth import call_deep
from jsleak.analysis.languages import codes
from jsleak.analysis.languages.code import Code, Span
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.syntax.parse import SyntaxProblem
from realworld.corpus import packages, typescript
from support.npm import fetched

pytestmark = pytest.mark.realworld

HERE = Path(__file__).resolve().parent
MENTION = "/*WeakRef*/"
"""At the start of a block, it makes a program of it."""
LANGUAGES = frozenset(
    {"js", "javascript", "mjs", "cjs", "node", "jsx", "javascriptreact"}
    | {"ts", "typescript", "mts", "cts", "tsx", "typescriptreact"}
)  # fmt: skip
LEAST_DOCUMENTS = 600
LEAST_BLOCKS = 3_000
MOST_BROKEN = 0.1
"""How many of the programs may have a syntax error: documents leave out what is not the matter."""


def documents() -> list[Path]:
    """Those of the register's packages, and of packages that come with their manual."""
    manifest = json.loads((HERE / "packages.json").read_text(encoding="utf-8"))
    manuals = fetched({**manifest["tools"], **manifest["manuals"]})
    alone = json.loads((HERE.parent / "realworld/typescript.json").read_text(encoding="utf-8"))
    folders = [packages(), *(typescript() / name for name in alone), *(manuals / name for name in manifest["manuals"])]
    return [
        path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in (".md", ".markdown") and path.is_file()
    ]


def peers(paths: Sequence[Path]) -> Iterator[list[dict[str, Any]]]:
    requests = "".join(f"{json.dumps(str(path))}\n" for path in paths)
    root = fetched(json.loads((HERE / "packages.json").read_text(encoding="utf-8"))["tools"])
    command = ["node", str(HERE / "markdown.mjs"), str(root)]
    done = subprocess.run(command, input=requests, check=True, capture_output=True, text=True, encoding="utf-8")
    return (json.loads(line) for line in done.stdout.split("\n") if line)


def is_ours(info: str) -> bool:
    """Whether an info string names a language that we read: its first word does, or its first class does (``{.js}``)."""
    word = re.match(r"\{?\s*\.?([^\s{},:]*)", info)
    return word is not None and word[1].lower() in LANGUAGES


def mentioning(text: str, blocks: Sequence[Sequence[Span]]) -> tuple[str, list[list[Span]]]:
    """The text with a mention at the start of each block, and where the lines of the blocks are then."""
    pieces: list[str] = []
    moved: list[list[Span]] = []
    done = 0
    for block in blocks:
        before, after = len(moved) * len(MENTION), (len(moved) + 1) * len(MENTION)
        first, *rest = block
        pieces += (text[done : first[0]], MENTION)
        done = first[0]
        moved.append([(first[0] + before, first[1] + after), *((start + after, end + after) for start, end in rest)])
    return "".join([*pieces, text[done:]]), moved


def lines_of(code: Code, text: str) -> list[Span]:
    """Where the lines of a program are, without line ends and blank lines."""
    spans = [(start, start + len(text[start:end].rstrip("\r\n"))) for start, end in code.parts]
    return [(start, end) for start, end in spans if text[start:end].strip()]


def test_programs_are_the_blocks_of_the_reference_parser() -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm fetches the packages")
    paths = documents()
    compared: Counter[str] = Counter()
    wrong: list[str] = []
    for path, answer in zip(paths, peers(paths), strict=True):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # refused, as docs/languages.md says
        blocks = [[(start, end) for start, end in block["lines"]] for block in answer if is_ours(block["info"]) and block["lines"]]
        text, expected = mentioning(text, blocks)
        found = codes(text, filename=path.name, slicing=False)
        if (given := [lines_of(code, text) for code in found]) != expected:
            wrong.append(f"{path}: {given} instead of {expected}")
        compared["documents"] += 1
        for code in found:
            compared["blocks"] += 1
            try:
                call_deep(read_program, code, path.name)
            except SyntaxProblem:
                compared["broken"] += 1
    assert wrong == [], "\n".join(wrong)
    assert compared["documents"] >= LEAST_DOCUMENTS
    assert compared["blocks"] >= LEAST_BLOCKS
    assert compared["broken"] <= MOST_BROKEN * compared["blocks"]


FRONTS = ("> ", ">", "> > ", "- ", "* ", "-\t", "1. ", "10) ", "+   ", "  ", "   ", "    ", "\t", " \t", "", "", "")
FENCES = ("```js", "````ts", "~~~ mjs", "``` {.js}", "```", "````", "~~~", "```js `x`", "~~~js ~")
TEXTS = ("WeakRef;", "\U0001f980 WeakRef", "text", "# title", "---", "<div>", "</div>", "<!--", "-->", "===", "&amp;", "", "")
#: After a line of a quotation markdown-it takes this for a mark of it, too; CommonMark does not.
INDENTED_MARK = re.compile(r"^(?: {4}| {0,3}\t)\s*>", re.MULTILINE)
LINE_ENDS = ("\n", "\n", "\n", "\r\n", "\r")


def made(seed: int) -> str:
    """A document of lines that are put together at random."""
    random = Random(seed)
    end = random.choice(LINE_ENDS)
    lines = ("".join(random.choices(FRONTS, k=random.randint(1, 3))) + random.choice(FENCES + 2 * TEXTS) for _ in range(14))
    return "".join(line + end for line in lines)


def test_random_documents(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm fetches the packages")
    paths: list[Path] = []
    for text in map(made, range(8000)):
        if not INDENTED_MARK.search(text.replace("\r", "\n")):
            paths.append(tmp_path / f"{len(paths)}.md")
            paths[-1].write_text(text, encoding="utf-8", newline="")
    wrong: list[str] = []
    compared = 0
    for path, answer in zip(paths, peers(paths), strict=True):
        text = path.read_bytes().decode("utf-8")
        blocks = [block["lines"] for block in answer if is_ours(block["info"])]
        expected = [
            [(start, end) for start, end in block] for block in blocks if any("WeakRef" in text[start:end] for start, end in block)
        ]
        found = [lines_of(code, text) for code in codes(text, filename="a.md")]
        compared += len(expected)
        if found != expected:
            wrong.append(f"{text!r}: {found} instead of {expected}")
    assert wrong == [], "\n".join(wrong)
    assert compared > 500
