"""What a file holds, by the extension of its name."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is written in a file."""

    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    TSX = "tsx"
    HTML = "html"
    VUE = "vue"
    SVELTE = "svelte"
    ASTRO = "astro"
    MARKDOWN = "markdown"


_KINDS = {
    ".ts": Kind.TYPESCRIPT,
    ".mts": Kind.TYPESCRIPT,
    ".cts": Kind.TYPESCRIPT,
    ".tsx": Kind.TSX,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".vue": Kind.VUE,
    ".svelte": Kind.SVELTE,
    ".astro": Kind.ASTRO,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
}


def kind_of(filename: str) -> Kind:
    """The kind of a file; what has another extension, or none, is taken for JavaScript."""
    return _KINDS.get(filename[filename.rfind(".") :].lower(), Kind.JAVASCRIPT)
