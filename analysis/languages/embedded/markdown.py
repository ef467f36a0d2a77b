"""Markdown: each fenced block of JavaScript or TypeScript is a program. markdown-it finds them, in lists and quotations as well."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from ... import SourceType
from ..code import Code, Span
from .scripts import Dialect, as_javascript, but, matters

_DIALECTS: dict[str, Dialect] = {
    "js": "js", "javascript": "js", "mjs": "js", "cjs": "js", "node": "js",
    "jsx": "jsx", "javascriptreact": "jsx",
    "ts": "ts", "typescript": "ts", "mts": "ts", "cts": "ts",
    "tsx": "tsx", "typescriptreact": "tsx",
}  # fmt: skip
_SOURCE_TYPES: dict[str, SourceType] = {"mjs": "module", "mts": "module", "cjs": "commonjs", "cts": "commonjs"}
_LANGUAGE = re.compile(r"[{.\s]*([\w+#-]*)")
#: Markdown's line ends, which are fewer than JavaScript's.
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")


def markdown(text: str) -> tuple[Code, ...]:
    """The programs of a document, in order of place."""
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text)]
    found: list[Code] = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.map is None:
            continue
        match = _LANGUAGE.match(token.info)
        name = match[1].lower() if match else ""
        dialect = _DIALECTS.get(name)
        if dialect is None:
            continue
        spans = _spans(text, lines[token.map[0] + 1 :], token.content)
        if spans and matters(text, spans):
            found.append(as_javascript(but(text, spans), spans, dialect, _SOURCE_TYPES.get(name)))
    return tuple(found)


def _spans(text: str, lines: list[Span], content: str) -> list[Span]:
    """Where the lines of a block are, without the marks of the list or quotation that it is in."""
    found: list[Span] = []
    for (start, end), line in zip(lines, content.split("\n")[:-1], strict=False):
        # What is taken off in front of a line may be part of a tab, and comes back as blanks: blanks are no matter.
        code = line.lstrip(" \t")
        at = start + len(text[start:end].rstrip("\r\n")) - len(code)
        if code and "\ufffd" not in code and not text.startswith(code, at):
            return []
        found.append((at, end))
    return found
