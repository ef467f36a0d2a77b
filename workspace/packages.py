"""What a file's surroundings say of it: the kind of module it is, and the modules that it imports."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TypeVar

from jsleak.analysis import Loader, SourceType

from .cache.basis import text_digest
from .paths import display
from .reading import NotRegular, NotText, TooLarge, decode, read_bytes, relevant

_PACKAGE_LIMIT = 4 << 20
Content = TypeVar("Content")
_ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_SUFFIXES = ("", *_ENDINGS, *(f"/index{ending}" for ending in _ENDINGS))
_WRITTEN_AS = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""In TypeScript, an import names the file that the compiler will make."""


def by_extension(path: str) -> SourceType | None:
    """What the extension alone decides."""
    if path.endswith((".mjs", ".mts")):
        return "module"
    return "commonjs" if path.endswith((".cjs", ".cts")) else None


@lru_cache(maxsize=4096)
def package_type(folder: str) -> SourceType | None:
    """The ``type`` of the nearest ``package.json`` upwards, by Node's rule: the search ends at a ``node_modules`` folder.

    None where there is no such file, or it says nothing (the text decides then), or it cannot be read.
    """
    if os.path.basename(folder) == "node_modules":
        return None
    # Not at the top: a run that finds nothing to analyse does without.
    import json

    try:
        package = json.loads(decode(read_bytes(os.path.join(folder, "package.json"), _PACKAGE_LIMIT)))
    except FileNotFoundError:
        parent = os.path.dirname(folder)
        return package_type(parent) if parent != folder else None
    except (OSError, ValueError, RecursionError, NotText, TooLarge, NotRegular):
        return None
    kind = package.get("type") if isinstance(package, dict) else None
    return "module" if kind == "module" else "commonjs" if kind == "commonjs" else None


def package_hint(path: str) -> SourceType | None:
    """What the package says of a file's kind, where its extension does not."""
    return package_type(os.path.dirname(path)) if by_extension(path) is None else None


def loader(path: str, shown: str, folder: str, max_file_size: int, unsaved: Mapping[str, str] | None = None) -> Loader:
    """What gives the analysis the modules that the file at ``path`` (called ``shown``) and its imports reach relatively.

    Only those that mention what a rule asks about: nothing else can change a finding. ``unsaved`` has texts, by absolute path, that
    stand for those on disk.
    """
    return _relative(path, shown, folder, lambda target: _open_module(target, unsaved or {}, max_file_size))


def digests(path: str, shown: str, folder: str, max_file_size: int) -> Callable[[str, str], tuple[str, bytes] | None]:
    """The same, of modules on disk, with the digest of each module's text in the place of the text."""
    return _relative(path, shown, folder, lambda target: _module_digest(target, max_file_size))


def _relative(
    path: str, shown: str, folder: str, find: Callable[[str], tuple[str, Content] | None]
) -> Callable[[str, str], tuple[str, Content] | None]:
    """Resolves relative specifiers; ``find`` gives the path of the module that is meant, and what is wanted of it."""
    paths = {shown: path}

    def load(importer: str, specifier: str) -> tuple[str, Content] | None:
        if not specifier.startswith(("./", "../")) and specifier not in (".", ".."):
            return None
        found = find(target(paths[importer], specifier))
        if found is None:
            return None
        name = display(found[0], folder)
        paths[name] = found[0]
        return (name, found[1])

    return load


def target(importer: str, specifier: str) -> str:
    """The absolute path that a relative specifier names, without the extension that may be left out."""
    return os.path.normpath(os.path.join(os.path.dirname(importer), specifier.split("?")[0]))


def candidates(target: str) -> tuple[str, ...]:
    """The files that may be meant by ``target``, first come first served."""
    stem, extension = os.path.splitext(target)
    written = [stem + ending for ending in _WRITTEN_AS.get(extension, ())]
    named, *others = [os.path.normpath(target + suffix) for suffix in _SUFFIXES]
    return (named, *written, *others)


def _open_module(target: str, unsaved: Mapping[str, str], max_file_size: int) -> tuple[str, str] | None:
    if unsaved:
        for path in candidates(target):
            if (text := unsaved.get(path)) is not None:
                return (path, text) if relevant(text.encode("utf-8", "surrogatepass")) else None
            if os.path.isfile(path):
                break
    return _module(target, max_file_size)


@lru_cache(maxsize=64)
def _module(target: str, max_file_size: int) -> tuple[str, str] | None:
    return _read_module(target, max_file_size)


@cache
def _module_digest(target: str, max_file_size: int) -> tuple[str, bytes] | None:
    found = _read_module(target, max_file_size)
    return found and (found[0], text_digest(found[1]))


def _read_module(target: str, max_file_size: int) -> tuple[str, str] | None:
    for path in candidates(target):
        if not os.path.isfile(path):
            continue
        try:
            data = read_bytes(path, max_file_size)
            return (path, decode(data)) if relevant(data) else None
        except (OSError, ValueError, NotText, TooLarge, NotRegular):
            # The importing file is analysed without it; the module's own run reports what is wrong with it.
            return None
    return None


def forget() -> None:
    """Drop what was learnt of files that may have changed since."""
    package_type.cache_clear()
    _module.cache_clear()
    _module_digest.cache_clear()
