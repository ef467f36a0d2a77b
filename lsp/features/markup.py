"""Text for people in the two forms that clients show: Markdown and plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types

_CODE = re.compile(r"`([^`\n]+)`")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


@dataclass(frozen=True, slots=True)
class Markup:
    """Writes one of the forms."""

    markdown: bool

    def words(self, text: str) -> str:
        """A sentence of ours, in which source text stands between backticks: nothing in it may become markup."""
        if not self.markdown:
            return text
        pieces: list[str] = []
        done = 0
        for code in _CODE.finditer(text):
            pieces += (_escape(text[done : code.start()]), code[0])
            done = code.end()
        return "".join([*pieces, _escape(text[done:])])

    def strong(self, text: str) -> str:
        """A heading of a few words."""
        return f"**{self.words(text)}**" if self.markdown else text

    def link(self, label: str, uri: str | None, place: str = "") -> str:
        """A label that leads to a URI; in plain text the label and where it leads, in words."""
        if not self.markdown or uri is None:
            return f"{self.words(label)} ({self.words(place)})" if place else self.words(label)
        # A blank or a parenthesis in the URI would end it.
        safe = uri.replace("(", "%28").replace(")", "%29").replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
        return f"[{self.words(label)}]({safe})"

    def code(self, program: str) -> str:
        """A program as a block."""
        program = program.strip("\n")
        if not self.markdown:
            return "\n".join(f"    {line}".rstrip() for line in program.split("\n"))
        fence = "```"
        while fence in program:
            fence += "`"
        return f"{fence}js\n{program}\n{fence}"

    def numbered(self, items: Sequence[str]) -> str:
        """Items with numbers from 1."""
        return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))

    def listed(self, items: Sequence[str]) -> str:
        """Items without numbers; an item's further lines stand under its first."""
        return "\n".join("- " + item.replace("\n", "\n   ") for item in items)

    def content(self, parts: Sequence[str]) -> types.MarkupContent:
        """The parts as paragraphs."""
        kind = types.MarkupKind.Markdown if self.markdown else types.MarkupKind.PlainText
        return types.MarkupContent(kind, "\n\n".join(part for part in parts if part))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
