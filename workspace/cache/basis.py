"""What a result was made from, noted by whoever makes it: a file may change between its analysis and the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jsleak.analysis import Loader, SourceType

_DIGEST_SIZE = 16


@dataclass(frozen=True, slots=True)
class Link:
    """A module that the analysis asked for: who imports it by which specifier, its name in reports and its text's digest.

    ``name`` None: there was no such module, or none that matters.
    """

    importer: str
    specifier: str
    name: str | None = None
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Basis:
    """The digest of a file's bytes, what its package says of its kind, and the modules that it was joined with, as asked for."""

    digest: bytes
    hint: SourceType | None
    links: tuple[Link, ...]


def digest(data: bytes) -> bytes:
    """The digest of a file or text."""
    from hashlib import blake2b

    return blake2b(data, digest_size=_DIGEST_SIZE).digest()


def text_digest(text: str) -> bytes:
    """The digest of a text, whatever its characters."""
    return digest(text.encode("utf-8", "surrogatepass"))


def noting(load: Loader, note: Callable[[Link], None]) -> Loader:
    """The same loader, which notes each answer."""

    def noted(importer: str, specifier: str) -> tuple[str, str] | None:
        answer = load(importer, specifier)
        note(Link(importer, specifier, answer[0], text_digest(answer[1])) if answer else Link(importer, specifier))
        return answer

    return noted
