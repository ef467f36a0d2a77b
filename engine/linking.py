"""A script with the modules it imports, as one program for an engine that loads none.

Read are only regular files below the script's folder: no `..` and no link leads out of it. Packages and built-in modules become
stand-ins that take every use, and are named; of some of node's own modules the host has parts. A classic
script stays as it is, character by character, but for imports as it runs, for promises that it throws away where the engine tells
of none (see ``rewriting.watch_promises``), and where it is called repeatedly for what it allocates (see ``allocations``).
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files

from jsleak.analysis import SourceType
from jsleak.analysis.depth import call_deep
from jsleak.analysis.languages import Code, codes
from jsleak.analysis.scopes import Scopes, build_scopes
from jsleak.analysis.syntax.nodes import Node, walk
from jsleak.analysis.syntax.parse import SyntaxProblem, parse
from jsleak.analysis.text import Position, SourceText

from .allocations import watch_allocations
from .rewriting import Names, Pieces, Rewriting, export_getters, rewrite_dynamic, rewrite_module, waits, watch_promises

MODULES = frozenset(
    {"process", "events", "buffer", "crypto", "worker_threads", "timers", "timers/promises", "perf_hooks", "url", "util"}
)
"""Node's own modules of which the host has parts: see node_globals."""
MOST_FILES = 500
MOST_BYTES = 8 << 20
_CODE = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_ENDINGS = (*_CODE, ".json", *(f"/index{ending}" for ending in _CODE))
_WRITTEN_AS = {".js": ".ts", ".mjs": ".mts", ".cjs": ".cts"}
"""In TypeScript, an import names the file that the compiler will make."""
_CALL = "__jsleak_call"
Decode = Callable[[bytes], str]


class LinkError(Exception):
    """The program cannot start: a file of it has a syntax error, or imports what is not there."""

    def __init__(self, message: str, path: str, place: Position, *, syntax: bool) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.place = place
        self.syntax = syntax


@dataclass(frozen=True)
class Program:
    """What is run, and where each place of it stands in the user's files. ``stubs`` are the packages that were stood in for,
    ``modules`` those of node's own modules of which the host has parts.

    ``allocations`` are the file and the node of what `__jsleak_made` tells of, by its numbers.
    """

    text: str
    files: tuple[SourceText, ...]
    stubs: tuple[str, ...]
    source_type: SourceType
    pieces: Pieces
    roots: tuple[Node | None, ...] = ()
    call: str = ""
    allocations: tuple[tuple[SourceText, Node], ...] = ()
    codes: tuple[Code, ...] = ()
    modules: tuple[str, ...] = ()

    def place(self, line: int, column: int) -> tuple[SourceText, Position] | None:
        """The file and position that a place of the program stands for; None for what no file holds."""
        if not 1 <= line <= len(self._whole.line_starts):
            return None
        origin = self.pieces.origin(self._whole.offset(Position(line, max(column, 1))))
        if origin is None:
            return None
        file = self.files[origin[0]]
        return file, file.position(self.codes[origin[0]].offset(origin[1]))

    @property
    def _whole(self) -> SourceText:
        whole = self.__dict__.get("whole")
        if whole is None:
            whole = self.__dict__["whole"] = SourceText(self.text, "")
        assert isinstance(whole, SourceText)
        return whole


@dataclass(slots=True)
class _File:
    """One file of the program. ``links`` maps specifiers to the index of a file, the name of a package, or what is wrong.

    While the program is put together, the offsets of its tree are those of ``code.parsed``; then they become the file's.
    """

    source: SourceText
    code: Code
    real: str
    kind: str
    scopes: Scopes | None = None
    links: dict[str, int | str | dict[str, str]] = field(default_factory=dict)
    static: list[int] = field(default_factory=list)
    getters: dict[str, str] | None = None


def link(text: str, path: str, *, decode: Decode, watch: bool = True, call: str = "") -> Program:
    """The program of the script at ``path``; its ``call`` evaluates the expression ``call`` in the script's own scope.

    Raises LinkError where the program cannot start.
    """
    return call_deep(lambda: _Linker(path, decode, watch, call).link(text))


class _Linker:
    def __init__(self, path: str, decode: Decode, watch: bool, call: str) -> None:
        self.call = call
        self.path = path
        self.real = os.path.realpath(path)
        self.root = os.path.dirname(self.real)
        self.decode = decode
        self.watch = watch
        self.files: list[_File] = []
        self.by_path: dict[str, int] = {}
        self.stubs: dict[str, None] = {}
        self.modules: dict[str, None] = {}
        self.bytes = 0
        self.linker = "$link"
        self.allocations: list[tuple[SourceText, Node]] = []

    def link(self, text: str) -> Program:
        entry = self.load(text, self.path, self.real)
        first = self.files[entry]
        while any(self.linker in file.code.parsed for file in self.files):
            self.linker += "_"
        for file in self.files:
            self.check(file)
        pieces = Pieces()
        if first.kind == "script":
            if first.links:
                self.dynamic(pieces, first)
            self.append(pieces, first, 0)
        else:
            pieces.add(f"(function () {{ const {self.linker} = (0, {_runtime()})();\n")
            for index, file in enumerate(self.files):
                self.module(pieces, file, index)
            end = f"return {self.linker}.run({entry}); }}).call(globalThis);"
            pieces.add(end.replace("return ", "__jsleak_watch(", 1).replace("); })", ")); })", 1) if self.watch else end)
        for file in self.files:
            if file.scopes is not None:
                file.code.settle(file.scopes.program.node)
        sources = tuple(file.source for file in self.files)
        source_type: SourceType = "script" if first.kind == "script" else "commonjs" if first.kind == "commonjs" else "module"
        roots = tuple(None if file.scopes is None else file.scopes.program.node for file in self.files)
        call = self.call if first.kind == "script" or not self.call else f"{_CALL}()"
        parts = tuple(file.code for file in self.files)
        made, modules = tuple(self.allocations), tuple(self.modules)
        return Program(pieces.text, sources, tuple(self.stubs), source_type, pieces, roots, call, made, parts, modules)

    def dynamic(self, pieces: Pieces, script: _File) -> None:
        """What a classic script imports as it runs goes before it, and so do its directives, which must stay the first."""
        assert script.scopes is not None
        body = script.scopes.program.node.body
        pieces.add("".join(f"{script.code.parsed[one._start : one._end]};" for one in body if one.directive is not None))
        pieces.add(f"Object.defineProperty(globalThis, {json.dumps(self.linker)}, {{ value: (0, {_runtime()})() }});\n")
        pieces.add(f'{self.linker}.add("", "script", [], {json.dumps(script.links)});\n')
        for index, file in enumerate(self.files[1:], 1):
            self.module(pieces, file, index)

    def load(self, text: str, path: str, real: str) -> int:
        """Read a file and all it imports; its index."""
        index = self.by_path[real] = len(self.files)
        source = SourceText(text, path)
        if real.endswith(".json"):
            self.files.append(_File(source, Code(text), real, "json"))
            return index
        code = next(iter(codes(text, filename=path)), Code(""))
        try:
            program = parse(code.parsed, filename=path, source_type=code.source_type, jsx=code.jsx)
        except SyntaxProblem as problem:
            raise LinkError(problem.message, path, source.position(code.offset(problem.offset)), syntax=True) from None
        program.root._source = source
        scopes = build_scopes(program.root)
        kind: str = program.source_type
        if kind == "module" and waits(program.root):
            kind = "async"
        if kind == "script" and index:
            kind = "commonjs"  # what is imported has a scope of its own
        file = _File(source, code, real, kind, scopes)
        self.files.append(file)
        for node, specifier, static in _specifiers(scopes):
            if specifier not in file.links:
                file.links[specifier] = self.resolve(file, node, specifier, static)
            target = file.links[specifier]
            if static and isinstance(target, int) and target not in file.static:
                file.static.append(target)
        return index

    def check(self, file: _File) -> None:
        """Raise LinkError where a module imports a name that another module of ours does not export."""
        if file.scopes is None or file.kind not in ("module", "async"):
            return
        for statement in file.scopes.program.node.body:
            if statement.type != "ImportDeclaration":
                continue
            target = file.links[str(statement.source.value)]
            if not isinstance(target, int) or self.files[target].kind not in ("module", "async"):
                continue
            known = self.exports(target, ())
            for specifier in statement.specifiers or ():
                if specifier.type == "ImportNamespaceSpecifier":
                    continue
                imported = specifier.imported if specifier.type == "ImportSpecifier" else None
                name = "default" if imported is None else str(imported.name or imported.value)
                if name not in known:
                    message = f"The module '{statement.source.value}' does not provide an export named '{name}'"
                    raise LinkError(
                        message, file.source.path, file.source.position(file.code.offset(specifier._start)), syntax=True
                    )

    def resolve(self, file: _File, node: Node, specifier: str, static: bool) -> int | str | dict[str, str]:
        """What a specifier means: a file, a package that is stood in for, or an error at run time."""
        if not specifier.startswith((".", "/", "file:")):
            (self.modules if specifier.removeprefix("node:") in MODULES else self.stubs)[specifier] = None
            return specifier
        found = self.find(file, specifier) if specifier.startswith(".") else None
        if found in self.by_path:
            return self.by_path[str(found)]
        text = self.read(found) if found is not None else None
        if found is not None and text is not None:
            return self.load(text, os.path.join(os.path.dirname(self.path), os.path.relpath(found, self.root)), found)
        message = f"Cannot find module '{specifier}' below the script's folder"
        if static:
            raise LinkError(message, file.source.path, file.source.position(file.code.offset(node._start)), syntax=False)
        return {"error": message}

    def find(self, file: _File, specifier: str) -> str | None:
        """The real path of a relative specifier, if it lies below the script's folder."""
        base = os.path.join(os.path.dirname(file.real), specifier.split("?")[0].split("#")[0])
        stem, extension = os.path.splitext(base)
        written = [stem + _WRITTEN_AS[extension]] if extension in _WRITTEN_AS else []
        for path in (base, *written, *(base + ending for ending in _ENDINGS)):
            real = os.path.realpath(path)
            if real.startswith(os.path.join(self.root, "")) and os.path.isfile(real):
                return real
        return None

    def read(self, path: str) -> str | None:
        """The text of a regular file; None where it cannot be had or the program would grow too large."""
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return None
                data = stream.read(MOST_BYTES + 1)
            self.bytes += len(data)
            if self.bytes > MOST_BYTES or len(self.files) >= MOST_FILES:
                return None
            return self.decode(data)
        except (OSError, ValueError):
            return None

    def module(self, pieces: Pieces, file: _File, index: int) -> None:
        """Append a module: its place, what it is linked to, its exports, its text."""
        path = os.path.relpath(file.real, self.root).replace(os.sep, "/")
        head = [json.dumps(path), json.dumps(file.kind), json.dumps(file.static), json.dumps(file.links)]
        pieces.add(f"{self.linker}.add({', '.join(head)}, ")
        if file.kind == "json":
            pieces.add("function (exports, require, module) { module.exports = JSON.parse(")
            pieces.add(json.dumps(file.source.text), index, 0)
            pieces.add(");\n});\n")
            return
        if file.kind == "commonjs":
            pieces.add("function (exports, require, module, __filename, __dirname) {\n")
        else:
            assert file.scopes is not None
            getters = self.exports(index, ())
            listed = ", ".join(f"{json.dumps(name)}: () => {value}" for name, value in getters.items())
            kept = [binding.name for binding in file.scopes.program.scope.bindings.values() if binding.kind != "import"]
            pieces.add(f'{"async " if file.kind == "async" else ""}function* () {{ "use strict"; ')
            pieces.add(f"{self.linker}.exports({index}, {{ {listed} }}, () => [{', '.join(kept)}]); yield;\n")
        if self.call and index == 0:
            pieces.add(f"Object.defineProperty(globalThis, {json.dumps(_CALL)}, {{ value: () => (\n{self.call}\n) }});\n")
        self.append(pieces, file, index)
        pieces.add("\n});\n")

    def append(self, pieces: Pieces, file: _File, index: int) -> None:
        """Append a file's own text, rewritten as far as its kind needs it."""
        assert file.scopes is not None
        rewriting = Rewriting(file.code.parsed)
        root = file.scopes.program.node
        names = self.names(index)
        if file.kind in ("module", "async"):
            rewrite_module(rewriting, file.scopes, names)
        if file.kind != "script" or file.links:
            rewrite_dynamic(rewriting, root, names)
        if self.watch:
            watch_promises(rewriting, root)
        if self.call:
            made = watch_allocations(rewriting, root, len(self.allocations))
            self.allocations += ((file.source, node) for node in made)
        if rewriting.text.startswith("#!"):
            rewriting.replace(0, 2, "//")
        for piece in rewriting.pieces():
            pieces.add(piece.text, index, piece.source, piece.copied)

    def names(self, index: int) -> Names:
        def space(specifier: str) -> str:
            return f"{self.linker}.space({json.dumps(self.files[index].links[specifier])})"

        return Names(index, self.linker, space)

    def exports(self, index: int, above: tuple[int, ...]) -> dict[str, str]:
        """The exports of a module as expressions; those of `export *` are known by name."""
        file = self.files[index]
        if file.getters is None and file.scopes is not None and file.kind in ("module", "async"):

            def star(specifier: str) -> list[str]:
                target = file.links[specifier]
                if not isinstance(target, int) or target in (*above, index):
                    return []
                return [name for name in self.exports(target, (*above, index)) if name != "default"]

            getters = export_getters(file.scopes, self.names(index), star)
            if above:
                return getters
            file.getters = getters
        return file.getters or {}


def _runtime() -> str:
    return files(__package__).joinpath("linking.js").read_text("utf-8")


def _specifiers(scopes: Scopes) -> list[tuple[Node, str, bool]]:
    """The specifiers of a file with their nodes; True for those of declarations, which must be there."""
    root = scopes.program.node
    declarations = [item for item in root.body if item.type[:6] in ("Import", "Export") and item.source is not None]
    found = [(item.source, str(item.source.value), True) for item in declarations]
    for node in walk(root):
        if node.type == "ImportExpression":
            source = node.source
        elif node.type == "CallExpression" and node.callee.type == "Identifier" and node.callee.name == "require":
            source = node.arguments[0] if node.callee._binding is None and len(node.arguments) == 1 else None
        else:
            continue
        if source is not None and source.type == "Literal" and isinstance(source.value, str):
            found.append((source, source.value, False))
    return found
