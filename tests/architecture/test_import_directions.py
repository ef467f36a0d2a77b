"""Which folder may import which, no cycles inside of a folder, and heavy packages only where they are meant to be.

Imports are read from the syntax trees of the files, so nothing is run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT: dict[str, frozenset[str]] = {
    "analysis": frozenset(),
    "engine": frozenset({"analysis"}),
    "workspace": frozenset({"analysis"}),
    "cli": frozenset({"analysis", "engine", "workspace", "lsp"}),
    "lsp": frozenset({"analysis", "engine", "workspace"}),
}

# Packages that take long to import, or that only one folder should know of, and the folders that may import them.
HEAVY: dict[str, frozenset[str]] = {
    "esprima": frozenset({"analysis"}),
    "ignore": frozenset({"workspace"}),
    "click": frozenset({"cli"}),
    "jinja2": frozenset({"cli"}),
    "rich": frozenset({"cli"}),
    "quickjs_ng": frozenset({"engine"}),
    "pygls": frozenset({"lsp"}),
    "lsprotocol": frozenset({"lsp"}),
    "tree_sitter": frozenset({"analysis"}),
}

# What importing a module must not import, because a run that finds nothing to do would pay for it.
LAZY_ENTRIES: dict[str, frozenset[str]] = {
    "jsleak": frozenset({*HEAVY, "jsleak"}),
    "jsleak.api": frozenset({*HEAVY, "jsleak.engine", "jsleak.analysis.run"} - {"ignore"}),
    "jsleak.analysis": frozenset({*HEAVY, "jsleak.analysis.run", "jsleak.analysis.rule"}),
    "jsleak.analysis.text": frozenset(HEAVY),
    "jsleak.analysis.findings": frozenset(HEAVY),
    "jsleak.analysis.rule": frozenset(HEAVY),
    "jsleak.workspace": frozenset({"esprima", "rich", "click"}),
    "jsleak.cli.main": frozenset(HEAVY),
    "jsleak.cli.lint": frozenset({"pygls", "lsprotocol"}),
    "jsleak.cli.lsp": frozenset({"pygls", "lsprotocol", "esprima"}),
    "jsleak.lsp.worker": frozenset({"pygls", "lsprotocol", "click", "rich", "jsleak.engine"}),
    "jsleak.lsp.survey": frozenset({"pygls", "lsprotocol", "click", "rich", "jsleak.engine"}),
    "jsleak.lsp.warm": frozenset({"pygls", "lsprotocol", "click", "rich", "jsleak.engine"}),
}


@dataclass(frozen=True)
class Import:
    """One imported module or name; ``lazy`` if it is not carried out when the importing module is."""

    name: str
    line: int
    lazy: bool


def module_name(file: Path) -> str:
    parts = ["jsleak", *file.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    files = [file for folder in MAY_IMPORT for file in sorted((ROOT / folder).rglob("*.py"))]
    own = {"jsleak": ROOT / "src/jsleak/__init__.py", "jsleak.api": ROOT / "src/jsleak/api.py"}
    return own | {module_name(file): file for file in files}


@cache
def imports(module: str) -> tuple[Import, ...]:
    """Every import of a module, with names that are modules of ours resolved to those modules."""
    file = modules()[module]
    found: list[Import] = []

    def visit(node: ast.AST, lazy: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
                assert node.level <= len(package), f"{file}:{node.lineno}: relative import leaves the package"
                origin = ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{origin}.{alias.name}"
                found.append(Import(name if name in modules() else origin, node.lineno, lazy))
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            for child in node.body:
                visit(child, True)
            for child in node.orelse:
                visit(child, lazy)
        else:
            inner = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                visit(child, inner)

    visit(ast.parse(file.read_bytes(), str(file)), False)
    return tuple(found)


def is_type_checking(test: ast.expr) -> bool:
    return (test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")) == "TYPE_CHECKING"


def folder_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "jsleak" and len(parts) > 1 and parts[1] in MAY_IMPORT else None


def with_parents(name: str) -> list[str]:
    """A module and the packages that importing it carries out first."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def test_every_folder_is_known() -> None:
    linked = {path.name for path in (ROOT / "src/jsleak").iterdir() if path.is_symlink()}
    assert linked <= set(MAY_IMPORT)
    with_code = {folder for folder in MAY_IMPORT if any((ROOT / folder).rglob("*.py"))}
    assert linked >= with_code, "a folder without its link in src/jsleak"


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_folder_imports_only_what_it_may(folder: str) -> None:
    allowed = MAY_IMPORT[folder] | {folder}
    wrong = [
        f"{modules()[module].relative_to(ROOT)}:{imported.line}: {imported.name}"
        for module in modules()
        if folder_of(module) == folder
        for imported in imports(module)
        if (target := folder_of(imported.name)) is not None and target not in allowed
    ]
    assert not wrong, f"{folder} may import {sorted(allowed)}:\n" + "\n".join(wrong)


def test_no_import_stands_for_the_top_level_folder() -> None:
    """``import analysis`` works from a checkout only."""
    wrong = [
        f"{module}:{imported.line}: {imported.name}"
        for module in modules()
        for imported in imports(module)
        if imported.name.split(".")[0] in MAY_IMPORT
    ]
    assert not wrong, "\n".join(wrong)


def test_heavy_packages_stand_where_they_may() -> None:
    wrong = [
        f"{modules()[module].relative_to(ROOT)}:{imported.line}: {imported.name}"
        for module in modules()
        for imported in imports(module)
        if (package := imported.name.split(".")[0]) in HEAVY and folder_of(module) not in HEAVY[package]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("entry", LAZY_ENTRIES)
def test_entry_is_cheap_to_import(entry: str) -> None:
    """No chain of imports leads from an entry point to what it must not import."""
    reached: dict[str, str] = {}
    queue = [name for name in with_parents(entry) if name in modules()]
    while queue:
        module = queue.pop()
        for imported in imports(module):
            if imported.lazy:
                continue
            for name in with_parents(imported.name):
                if name not in reached:
                    reached[name] = f"{module}:{imported.line}"
                    if name in modules():
                        queue.append(name)
    wrong = {name: reached[name] for name in reached if name != entry and name in LAZY_ENTRIES[entry]}
    assert not wrong, f"importing {entry} imports {wrong}"


def test_no_cycles_between_modules() -> None:
    """Lazy imports and imports for types only may look back; what importing carries out may not."""
    graph = {
        module: {imported.name for imported in imports(module) if not imported.lazy and imported.name in modules()} - {module}
        for module in modules()
    }
    done: set[str] = set()

    def walk(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, "import cycle: " + " -> ".join([*trail[trail.index(module) :], module])
        if module not in done:
            for imported in sorted(graph[module]):
                walk(imported, (*trail, module))
            done.add(module)

    for module in sorted(graph):
        walk(module, ())
