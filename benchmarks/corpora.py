"""The files that are measured: JavaScript copied out of two npm installs, kept in the user's cache folder.

All of an install's JavaScript files make one tree. ``packages/tree`` has many files of which few matter; ``packages/dense``
adds some that do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from jsleak.analysis import mentions

PACKAGES = Path(__file__).with_name("packages")
SUFFIXES = frozenset({".js", ".mjs", ".cjs", ".jsx"})
LARGEST = 1 << 20  # half of what jsleak analyses by default; the tables were measured with it
NPM = ["npm", "install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]


@dataclass(frozen=True)
class Corpora:
    """Folders and files.

    ``tree`` holds ``files`` files of ``size`` bytes together; ``mentioning`` of them mention what a rule asks about and are at
    most 1 MiB large. ``silent`` holds those that mention nothing. ``dense`` are the files of both installs that mention
    something, each text once.
    """

    tree: Path
    silent: Path
    files: int
    size: int
    mentioning: int
    dense: tuple[Path, ...]


def prepare() -> Corpora:
    """All of them, made on first use; reading them here also warms the disk cache."""
    folder = _folder()
    tree, silent = folder / "tree", folder / "silent"
    dense: dict[bytes, Path] = {}
    size = files = mentioning = 0
    for path in _files(tree):
        data = path.read_bytes()
        files += 1
        size += len(data)
        mentioning += mentions(data) and len(data) <= LARGEST
    for path in (*_files(tree), *_files(folder / "dense")):
        data = path.read_bytes()
        if mentions(data) and len(data) <= LARGEST:
            dense.setdefault(hashlib.sha256(data).digest(), path)
    for path in _files(silent):
        path.read_bytes()
    return Corpora(tree, silent, files, size, mentioning, tuple(dense.values()))


def _folder() -> Path:
    manifests = [PACKAGES / name / "package.json" for name in ("tree", "dense")]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in manifests)).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jsleak" / f"benchmark-{key}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for manifest in manifests:
            install = folder / "install"
            install.mkdir(parents=True)
            shutil.copy(manifest, install)
            subprocess.run(NPM, cwd=install, check=True, stdin=subprocess.DEVNULL)
            _copy(install / "node_modules", folder, manifest.parent.name)
            shutil.rmtree(install)
        (folder / "done").touch()
    return folder


def _copy(packages: Path, folder: Path, name: str) -> None:
    """Copies the JavaScript files; nested ``node_modules`` get another name, because every linter leaves that one out."""
    for path in _files(packages):
        place = Path(*("modules" if part == "node_modules" else part for part in path.relative_to(packages).parts))
        data = path.read_bytes()
        for tree in (name, "silent") if name == "tree" and not mentions(data) else (name,):
            target = folder / tree / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _files(root: Path) -> list[Path]:
    """The JavaScript files below a folder, in order of path."""
    return [path for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink()]
