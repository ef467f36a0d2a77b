"""What an entry is found by, and whether the modules that it depends on are still the same.

The key is a digest of everything but those modules: which they are is known only from the analysis itself, so they stand in the
entry, in the order in which the analysis asked for them.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from jsleak import __version__, analysis
from jsleak.analysis.rule import RuleSettings

from ..packages import by_extension, digests, package_hint
from .basis import Basis, Link, digest

if TYPE_CHECKING:
    from jsleak.analysis import SourceType

    from ..examine import Job

_SIZE = 20


class Keys:
    """Makes keys. What the files of a run have in common is digested once."""

    def __init__(self) -> None:
        self._common: dict[int, tuple[RuleSettings | None, bytes]] = {}

    def of_file(self, data: bytes, job: Job) -> bytes:
        """The key of a file by what it holds."""
        return self._key(digest(data), package_hint(job.path), job)

    def of_result(self, basis: Basis, job: Job) -> bytes:
        """The key of a file by what it held when it was analysed."""
        return self._key(basis.digest, basis.hint, job)

    def _key(self, content: bytes, package: SourceType | None, job: Job) -> bytes:
        parts = (self._settings(job.settings.rules), content, f"{by_extension(job.path)} {package}", job.shown)
        hashed = blake2b(digest_size=_SIZE)
        for part in parts:
            data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
            hashed.update(len(data).to_bytes(8, "little") + data)
        return hashed.digest()

    def _settings(self, rules: RuleSettings | None) -> bytes:
        # By identity: files share their settings, and these hold dictionaries. What is kept here keeps its number.
        known = self._common.get(id(rules))
        if known is None:
            known = self._common[id(rules)] = (rules, fingerprint() + canonical(rules or RuleSettings()).encode())
        return known[1]


def canonical(value: object) -> str:
    """The same text for the same settings, whatever the order they were made in."""
    if isinstance(value, RuleSettings):
        # All fields, so that one that is added counts.
        return canonical({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{key!r}:{canonical(item)}" for key, item in value.items())) + "}"
    if isinstance(value, Set):
        return "<" + ",".join(sorted(map(canonical, value))) + ">"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "[" + ",".join(map(canonical, value)) + "]"
    return repr(value)


def still_linked(links: Sequence[Link], job: Job) -> bool:
    """Whether the analysis of a job would be given the same modules as when ``links`` were noted."""
    if not links:
        return True
    load = digests(job.path, job.shown, job.folder, job.settings.max_file_size)
    return all((load(link.importer, link.specifier) or (None, b"")) == (link.name, link.digest) for link in links)


@cache
def fingerprint() -> bytes:
    """A digest of the code that makes a result: jsleak's version, the text of its files and of its parser's, and
    the versions of what reads other languages.

    So a checkout in which somebody works on a rule never gives what the rule said before, and the same version installed anew (in
    CI, say) finds its results. Sizes and times instead of texts would spare 6 ms of a run, and be right for neither.
    """
    hashed = blake2b(digest_size=_SIZE)
    hashed.update(repr((__version__, sys.implementation.cache_tag)).encode())
    parser = importlib.util.find_spec("esprima")
    workspace = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (*analysis.__path__, *(parser.submodule_search_locations or () if parser else ()), workspace):
        for name, text in sorted(_sources(os.path.realpath(folder), "")):
            hashed.update(f"{name}\0{len(text)}\0".encode("utf-8", "surrogatepass") + text)
    hashed.update("\0".join(_grammars()).encode("utf-8", "surrogatepass"))
    return hashed.digest()


def _grammars() -> list[str]:
    """What is installed of the compiled readers of other languages: the names of their folders, which tell their versions."""
    found = importlib.util.find_spec("tree_sitter")
    try:
        beside = os.listdir(os.path.dirname(os.path.dirname(found.origin))) if found and found.origin else []
    except OSError:
        return []
    return sorted(name for name in beside if name.startswith(("tree_sitter", "markdown_it")))


def _sources(folder: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Name and text of each Python file below a folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    with open(entry.path, "rb", buffering=0) as file:
                        yield prefix + entry.name, file.read()
                elif entry.is_dir() and entry.name != "__pycache__":
                    yield from _sources(entry.path, f"{prefix}{entry.name}/")
    except OSError:
        return  # in an archive, say: the version has to do
