"""TypeScript of published packages, and what ts-blank-space and tsc make of it.

``packages.json`` names the packages.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jsleak.analysis.depth import call_deep
from jsleak.analysis.languages import codes
from jsleak.analysis.languages.code import blank
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.languages.trees import Concrete
from jsleak.analysis.syntax.nodes import Node
from jsleak.analysis.syntax.parse import SyntaxProblem, parse
from support.npm import fetched

HERE = Path(__file__).resolve().parent
ENDINGS = (".ts", ".tsx", ".mts", ".cts")
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
LARGEST = 1 << 20  # bytes: jsleak's own limit
_IGNORED = frozenset({"raw", "sourceType", "directive"})
_LISTED = frozenset(
    {"ExportNamedDeclaration", "ExpressionStatement", "FunctionDeclaration", "PropertyDefinition", "VariableDeclaration"}
)


@cache
def manifest() -> Mapping[str, Mapping[str, str]]:
    """The packages and the tools, by name, with their versions."""
    return json.loads((HERE / "packages.json").read_text(encoding="utf-8"))


@cache
def modules() -> Path:
    """The folder of the packages and the tools."""
    return fetched({name: version for group in manifest().values() for name, version in group.items()})


def files(group: str) -> list[Path]:
    """The TypeScript files of a group of packages that are no declarations, each text once."""
    seen: set[bytes] = set()
    found = []
    for name in manifest()[group]:
        for path in sorted((modules() / name).rglob("*")):
            if path.name.endswith(ENDINGS) and not path.name.endswith(DECLARATIONS) and path.is_file():
                data = path.read_bytes()
                digest = hashlib.sha256(data).digest()
                if digest not in seen and len(data) <= LARGEST:
                    seen.add(digest)
                    found.append(path)
    return found


def conversions(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What the peers make of files; that takes them a minute, so it is kept beside the packages."""
    key = json.dumps([manifest(), *map(str, paths)]).encode() + (HERE / "peer.mjs").read_bytes()
    kept = modules().parent / f"peer-{hashlib.sha256(key).hexdigest()[:12]}.jsonl"
    if not kept.exists():
        answers = [json.dumps(answer) for answer in ask({"path": str(path)} for path in paths)]
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_text("\n".join(answers), encoding="utf-8")
        partial.replace(kept)
    return [json.loads(line) for line in kept.read_text(encoding="utf-8").split("\n")]


def ask(requests: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the peers answer, in the order of the requests."""
    text = "".join(json.dumps(request) + "\n" for request in requests)
    command = ["node", str(HERE / "peer.mjs"), str(modules())]
    done = subprocess.run(command, input=text, check=True, capture_output=True, text=True, encoding="utf-8")
    return (json.loads(line) for line in done.stdout.split("\n") if line)


@dataclass
class Result:
    """What came of the comparison of a file. ``how`` the peer made it; ``same`` None where there is nothing to compare with."""

    path: Path
    how: str
    size: int = 0
    problem: str = ""
    difference: str = ""
    names: list[str] = field(default_factory=list)
    piece: str = ""


def compare(path: Path, answer: Mapping[str, str]) -> Result:
    """Compare what we make of a file with what the peer did."""
    text = path.read_text(encoding="utf-8")
    result = Result(path, answer["how"], len(text))
    if result.how == "invalid":
        return result
    call_deep(_compare, result, text, answer["text"])
    return result


def _compare(result: Result, text: str, theirs: str) -> None:
    name = result.path.name
    (code,) = codes(text, filename=name, slicing=False)
    assert len(code.text) == len(text)
    try:
        program = read_program(code, name)
    except SyntaxProblem as problem:
        line = text.count("\n", 0, problem.offset) + 1
        result.problem = f"{line}: {problem.message}: {text.splitlines()[line - 1][:120]}"
        return
    if result.how == "blanked" and code.text == theirs:
        return
    jsx = name.endswith(".tsx")
    try:
        other = parse(_without_decorators(theirs), filename="peer.js", source_type=program.source_type, jsx=jsx)
    except SyntaxProblem as problem:
        around = theirs[max(0, problem.offset - 60) : problem.offset + 60]
        result.difference = f"what the peer made does not parse: {problem.message}: {around!r}"
        return
    written = Written(text, name) if result.how == "transpiled" else None
    ours = dump(program.root, written.is_ours if written else _nothing)
    peers = dump(other.root, written.is_theirs if written else _nothing)
    if written:
        ours, peers = _without_kinds(ours), _without_kinds(peers)
    result.difference = difference(ours, peers)
    if written:
        result.names, result.piece = written.names, written.piece


def _without_decorators(text: str) -> str:
    if "@" not in text:
        return text
    concrete = Concrete(text, "javascript")
    found = concrete.captures("(decorator) @decorator").get("decorator", [])
    spans: list[tuple[int, int]] = []
    for node in sorted(found, key=lambda node: node.start_byte):
        start, end = concrete.offset(node.start_byte), concrete.offset(node.end_byte)
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return blank(text, spans)


def _nothing(_node: Node) -> bool:
    return False


class Written:
    """What of a file is written out and not blanked: enums and namespaces, which run alone, and parameter properties."""

    def __init__(self, text: str, name: str) -> None:
        concrete = Concrete(text, "tsx" if name.endswith(".tsx") else "typescript")
        found = concrete.captures(
            "(enum_declaration) @space [(internal_module) (module)] @space"
            '(required_parameter (accessibility_modifier)) @property (required_parameter "readonly") @property'
            '(optional_parameter (accessibility_modifier)) @property (optional_parameter "readonly") @property'
        )
        self.spans: list[tuple[int, int]] = []
        self.names: list[str] = []
        pieces = []
        for node in sorted(found.get("space", []), key=lambda node: node.start_byte):
            outer = node
            while outer.parent is not None and outer.parent.type in ("export_statement", "expression_statement"):
                outer = outer.parent
            start, end = concrete.offset(outer.start_byte), concrete.offset(outer.end_byte)
            if (outer.parent is not None and outer.parent.type == "ambient_declaration") or (
                self.spans and start < self.spans[-1][1]
            ):
                continue
            self.spans.append((start, end))
            given = node.child_by_field_name("name")
            assert given is not None
            self.names.append(concrete.source(given).partition(".")[0].strip())
            if outer.parent is concrete.root or outer.parent == concrete.root:
                pieces.append(concrete.source(node))
        self.fields = {concrete.source(node.child_by_field_name("pattern") or node) for node in found.get("property", [])}
        self.piece = "\n".join(pieces)

    def _is_field(self, node: Node) -> bool:
        return node.type == "PropertyDefinition" and node.value is None and node.key.name in self.fields

    def is_ours(self, node: Node) -> bool:
        """Whether a node of our tree is of what runs alone."""
        return self._is_field(node) or any(start <= node._start < end for start, end in self.spans)

    def is_theirs(self, node: Node) -> bool:
        """Whether a node of tsc's tree is of what runs alone: `var X;` and `(function (X) { … })(X || (X = {}));`."""
        if self._is_field(node):
            return True
        declared = node.declaration if node.type == "ExportNamedDeclaration" and node.declaration is not None else node
        if declared.type == "VariableDeclaration" and declared.kind in ("var", "let"):
            return all(one.init is None and one.id.name in self.names for one in declared.declarations)
        call = node.expression if node.type == "ExpressionStatement" else None
        function = call.callee if call is not None and call.type == "CallExpression" else None
        return bool(
            function is not None
            and function.type == "FunctionExpression"
            and len(function.params) == 1
            and function.params[0].name in self.names
        )


def dump(node: Any, left_out: Callable[[Node], bool]) -> Any:
    """A tree as lists, without places and without empty statements."""
    if isinstance(node, list):
        return [
            dump(one, left_out)
            for one in node
            if not hasattr(one, "type") or not (one.type == "EmptyStatement" or (one.type in _LISTED and left_out(one)))
        ]
    if not hasattr(node, "__dict__"):
        return node
    found = [node.__dict__.get("type", "")]
    for key, value in sorted(vars(node).items()):
        if not key.startswith("_") and key not in _IGNORED and value is not None and value is not False:
            found.append([key, dump(value, left_out)])
    return found


def _without_kinds(tree: Any) -> Any:
    """Without telling `const` and `var` apart: an alias (`import a = b.c`) is one here and the other there."""
    if not isinstance(tree, list):
        return tree
    return ["kind", ""] if tree in (["kind", "var"], ["kind", "const"]) else [_without_kinds(one) for one in tree]


def difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Where two trees part first; empty where they do not."""
    if ours == theirs:
        return ""
    if isinstance(ours, list) and isinstance(theirs, list):
        for index, (one, other) in enumerate(zip_longest(ours, theirs)):
            if one != other:
                label = one[0] if isinstance(one, list) and one and isinstance(one[0], str) else str(index)
                return difference(one, other, f"{path}/{label}")
    return f"{path}: {_short(ours)} instead of {_short(theirs)}"


def _short(tree: Any) -> str:
    words = json.dumps(tree, default=str)
    return words if len(words) < 600 else f"{words[:600]}…"


def run_pieces(results: Iterable[Result]) -> None:
    """Run the enums and namespaces of the files, as we write them and as tsc does, and compare what they make."""
    wanted = [result for result in results if result.piece and result.path.suffix != ".tsx"]
    requests = []
    for result in wanted:
        (code,) = codes(result.piece, filename=result.path.name, slicing=False)
        requests.append({"run": [code.parsed, result.piece], "names": sorted(set(result.names))})
    for result, answer in zip(wanted, ask(requests), strict=True):
        if answer["ours"] != answer["theirs"]:
            result.difference += f" run: {_short(answer['ours'])} instead of {_short(answer['theirs'])}"
        elif isinstance(answer["ours"], str):
            result.difference += f" run: {answer['ours']}"
