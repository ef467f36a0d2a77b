"""On the components and pages of published packages, the scripts are those that the field's own compilers find, and they parse."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jsleak.analysis.depth import call_deep
from jsleak.analysis.languages import codes
from jsleak.analysis.languages.code import Span
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.syntax.parse import SyntaxProblem
from support.npm import fetched

pytestmark = pytest.mark.realworld

HERE = Path(__file__).resolve().parent
LEAST = {".vue": 500, ".svelte": 500, ".astro": 100, ".html": 300}
MENTION = "/*WeakRef*/"
"""At the start of a script, it makes a program of it."""


def files(root: Path, names: Sequence[str]) -> list[Path]:
    return [path for name in names for path in sorted((root / name).rglob("*")) if path.suffix in LEAST and path.is_file()]


def peers(root: Path, paths: Sequence[Path]) -> Iterator[dict[str, list[Span]]]:
    requests = "".join(f"{json.dumps(str(path))}\n" for path in paths)
    command = ["node", str(HERE / "peer.mjs"), str(root)]
    done = subprocess.run(command, input=requests, check=True, capture_output=True, text=True, encoding="utf-8")
    return (json.loads(line) for line in done.stdout.split("\n") if line)


def difference(text: str, name: str, spans: Sequence[Span]) -> str:
    """What is wrong with the programs of a file in which a peer finds scripts at these places."""
    wanted: list[Span] = []
    for index, (start, end) in enumerate(spans):
        more = index * len(MENTION)
        text = text[: start + more] + MENTION + text[start + more :]
        wanted.append((start + more, end + more + len(MENTION)))
    found = codes(text, filename=name, slicing=False)
    parts = sorted(span for code in found for span in code.parts)
    if parts != wanted:
        return f"{parts} instead of {wanted}"
    for code in found:
        try:
            call_deep(read_program, code, name)
        except SyntaxProblem as problem:
            return f"{text.count(chr(10), 0, problem.offset) + 1}: {problem.message}"
    return ""


def test_scripts_are_those_that_compilers_find() -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm fetches the packages")
    manifest = json.loads((HERE / "packages.json").read_text(encoding="utf-8"))
    root = fetched({**manifest["tools"], **manifest["packages"]})
    paths = files(root, list(manifest["packages"]))
    compared: Counter[str] = Counter()
    wrong: list[str] = []
    refused: list[str] = []
    for path, answer in zip(paths, peers(root, paths), strict=True):
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # refused, as docs/languages.md says
        if "error" in answer:
            refused.append(f"{name}: {answer['error']}")
            continue
        compared[path.suffix] += 1
        if told := difference(text, path.name, answer["scripts"]):
            wrong.append(f"{name}: {told}")
    assert refused == []
    assert wrong == [], "\n".join(wrong)
    assert {suffix: count for suffix, count in LEAST.items() if compared[suffix] < count} == {}
