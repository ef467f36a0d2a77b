"""The packages of package.json and typescript.json, the labelled sites in them, and what jsleak finds in them.

Those of package.json are installed with what they depend on; ``$JSLEAK_REALWORLD`` names a folder where they are already (it holds
``node_modules``), else they are installed once into the user's cache folder. Of those of typescript.json and of the tests of
TypeScript, which come alone, only the TypeScript is looked at. Paths are relative to ``node_modules``. Files with the same content
are one: the first in order of path stands for all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jsleak.analysis.findings import Finding
from jsleak.analysis.text import Position, SourceText
from jsleak.workspace import DEFAULT_MAX_FILE_SIZE, LintResult, Settings, lint
from support.npm import fetched, missing

HERE = Path(__file__).resolve().parent
JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx")
TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
LARGEST = DEFAULT_MAX_FILE_SIZE


@dataclass(frozen=True)
class Site:
    """A use that was judged by hand; ``file`` is where its text stands in the installed packages."""

    file: str
    line: int
    column: int
    is_real_risk: bool
    why: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Found:
    """A finding and the file that stands for all with the same text."""

    file: str
    finding: Finding

    @property
    def place(self) -> str:
        return f"{self.finding.range.start.line}:{self.finding.range.start.column}"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file, self.finding.rule, self.place


@cache
def packages() -> Path:
    """The ``node_modules`` folder, installed if it is not there yet."""
    if given := os.environ.get("JSLEAK_REALWORLD"):
        return Path(given) / "node_modules"
    manifest = (HERE / "package.json").read_bytes()
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache_home / "jsleak" / f"realworld-{hashlib.sha256(manifest).hexdigest()[:12]}"
    with missing(folder / "installed") as wanted:
        if wanted:
            (folder / "package.json").write_bytes(manifest)
            options = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
            subprocess.run(["npm", "install", *options], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder / "node_modules"


@cache
def typescript() -> Path:
    """The ``node_modules`` folder of the packages that come alone."""
    return fetched(_alone())


@cache
def _alone() -> Mapping[str, str]:
    peers = json.loads((HERE.parent / "typescript" / "packages.json").read_text(encoding="utf-8"))["packages"]
    return {**peers, **json.loads((HERE / "typescript.json").read_text(encoding="utf-8"))}


def path_of(file: str) -> Path:
    """Where a file of the packages is."""
    path = packages() / file
    return path if path.exists() else typescript() / file


@cache
def sources() -> Mapping[str, str]:
    """Every JavaScript and TypeScript file of the packages, and the first file with the same content."""
    folders = [(packages(), packages(), JAVASCRIPT + TYPESCRIPT)]
    folders += [(typescript(), typescript() / name, TYPESCRIPT) for name in _alone()]
    first: dict[bytes, str] = {}
    found: dict[str, str] = {}
    for root, folder, endings in folders:
        for path in sorted(folder.rglob("*")):
            if path.name.endswith(endings) and not path.name.endswith(DECLARATIONS) and path.is_file() and not path.is_symlink():
                name = path.relative_to(root).as_posix()
                if name not in found:  # a package may be in both folders
                    found[name] = first.setdefault(hashlib.sha256(path.read_bytes()).digest(), name)
    return found


@cache
def sites() -> tuple[Site, ...]:
    """The labelled sites. A label that names a nested copy of a package stands for the one that is installed."""
    found = []
    for label in json.loads((HERE / "labels.json").read_text(encoding="utf-8")):
        file = label["file"]
        if not path_of(file).exists():
            file = file.rpartition("node_modules/")[2]
        file = sources().get(file, file)
        found.append(Site(file, label["line"], label["column"], label["is_real_risk"], label["why"]))
    return tuple(found)


@cache
def text_of(file: str) -> SourceText:
    return SourceText(path_of(file).read_text(encoding="utf-8", errors="replace"), file)


_CALL = re.compile(r"[^;(){}\n'\"\\]{0,120}\(")
_TOKEN = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|//[^\n]*|/\*.*?\*/|[()]""", re.DOTALL)


def extent(site: Site) -> tuple[Position, Position]:
    """Where the labelled expression starts and ends: a call up to its closing parenthesis, else some more of the line."""
    source = text_of(site.file)
    start = source.offset(Position(site.line, site.column))
    call = _CALL.match(source.text, start)
    if call is None:
        end = source.offset(Position(site.line, min(site.column + 120, len(source.line(site.line)) + 1)))
        return source.position(start), source.position(end)
    depth = 0
    for token in _TOKEN.finditer(source.text, call.end() - 1):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return source.position(start), source.position(token.end())
    raise ValueError(f"{site.place}: no end of the call")


def at(site: Site, found: Iterable[Found]) -> list[Found]:
    """The findings whose range shares a character with the labelled expression."""
    start, end = extent(site)
    return [item for item in found if item.file == site.file and item.finding.range.start < end and start < item.finding.range.end]


@cache
def results() -> tuple[LintResult, ...]:
    """What jsleak says of the packages, whatever the files' sizes: of those of package.json, and of the others."""
    settings = Settings(time_limit=300)
    files = sorted(set(sources().values()))
    found = []
    for root in (packages(), typescript()):
        paths = [str(path) for path in map(path_of, files) if path.is_relative_to(root)]
        found.append(lint(paths, settings, folder=str(root)))
    return tuple(found)


@cache
def findings() -> tuple[Found, ...]:
    return tuple(Found(finding.path, finding) for result in results() for finding in result.findings)


@cache
def expected() -> tuple[Mapping[str, Any], ...]:
    """The entries of expected.toml: which rule finds which real risk, or why none does."""
    return tuple(tomllib.loads((HERE / "expected.toml").read_text(encoding="utf-8")).get("risk", []))


@cache
def reviewed() -> tuple[Mapping[str, Any], ...]:
    """The entries of reviewed.toml: findings judged by hand."""
    return tuple(tomllib.loads((HERE / "reviewed.toml").read_text(encoding="utf-8")).get("finding", []))


def reviewed_keys() -> set[tuple[str, str, str]]:
    return {(entry["file"], entry["rule"], place) for entry in reviewed() for place in entry["places"]}


def risk_findings() -> dict[str, list[Found]]:
    """For each real risk by place, the findings there of the rule that expected.toml names."""
    entries = {place_of(entry): entry for entry in expected()}
    found: dict[str, list[Found]] = {}
    for site in sites():
        if site.is_real_risk:
            entry = entries.get(site.place, {})
            there = at(published(site, entry), findings())
            found[site.place] = [item for item in there if item.finding.rule == entry.get("rule")]
    return found


def place_of(entry: Mapping[str, Any]) -> str:
    return f"{entry['file']}:{entry['line']}:{entry['column']}"


def published(site: Site, entry: Mapping[str, Any]) -> Site:
    """The site, or for one in TypeScript the same expression in the JavaScript that the package's users run (``compiled``)."""
    if compiled := entry.get("compiled"):
        file, line, column = compiled.rsplit(":", 2)
        return replace(site, file=sources()[file], line=int(line), column=int(column))
    return site


def package_of(file: str) -> str:
    """Name and version of the package that a file belongs to."""
    for folder in path_of(file).parents:
        manifest = folder / "package.json"
        if manifest.exists():
            facts = json.loads(manifest.read_text(encoding="utf-8"))
            if "name" in facts and "version" in facts:
                return f"{facts['name']} {facts['version']}"
    raise FileNotFoundError(f"no package.json above {file}")
