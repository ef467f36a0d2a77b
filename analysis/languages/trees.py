"""Trees of tree-sitter: concrete, and there for any text, broken as it may be.

The grammars take milliseconds to load, so each is loaded for the first file that needs it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, cached_property, lru_cache
from typing import Literal

from tree_sitter import Language, Node, Parser, Point, Query, QueryCursor, Tree

Grammar = Literal["javascript", "typescript", "tsx", "html"]

_WIDE = re.compile("[^\x00-\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def language(grammar: Grammar) -> Language:
    """A grammar by its name."""
    if grammar == "javascript":
        import tree_sitter_javascript

        return Language(tree_sitter_javascript.language())
    if grammar == "html":
        import tree_sitter_html

        return Language(tree_sitter_html.language())
    import tree_sitter_typescript

    return Language(tree_sitter_typescript.language_tsx() if grammar == "tsx" else tree_sitter_typescript.language_typescript())


@cache
def query(grammar: Grammar, patterns: str) -> Query:
    """A query, compiled once."""
    return Query(language(grammar), patterns)


class Concrete:
    """The tree of a text. Its nodes count bytes of UTF-8; ``offset`` turns these into code points."""

    def __init__(self, text: str, grammar: Grammar, read: bytes | None = None, old: Tree | None = None) -> None:
        """``read`` is what the grammar reads instead, byte for byte in the same places; ``old`` a tree that was edited to fit."""
        self.text = text
        self.grammar: Grammar = grammar
        self.data = self.encoded(text)
        parser = Parser(language(grammar))
        given = self.data if read is None else read
        self.tree: Tree = parser.parse(given, old) if old is not None else parser.parse(given)

    def changed(self, text: str, spans: Iterable[tuple[int, int]]) -> Concrete:
        """The tree of a text that is as long, with its lines where they were, and differs in these stretches of code points.

        Only what they touch is read again, if all characters are as wide as they were.
        """
        data = self.data
        if len(data) != len(self.text) or not text.isascii():
            return Concrete(text, self.grammar)
        tree = self.tree.copy()
        for start, end in spans:
            first, last = (Point(data.count(b"\n", 0, at), at - data.rfind(b"\n", 0, at) - 1) for at in (start, end))
            tree.edit(start, end, end, first, last, last)
        return Concrete(text, self.grammar, old=tree)

    @staticmethod
    def encoded(text: str) -> bytes:
        """The bytes of a text. A lone surrogate has no encoding; the replacement is as wide as it is in the others' count."""
        return (text if text.isascii() else _SURROGATE.sub("\ufffd", text)).encode()

    @property
    def root(self) -> Node:
        """The node of the whole text."""
        return self.tree.root_node

    def captures(self, patterns: str, node: Node | None = None) -> dict[str, list[Node]]:
        """The nodes that a query finds within one or the whole text, by the names that it gives them."""
        return QueryCursor(query(self.grammar, patterns)).captures(node or self.root)

    @cached_property
    def _wide(self) -> tuple[list[int], list[int]]:
        """The byte offsets behind the characters that take more than a byte, and how many bytes too much there are up to each."""
        ends: list[int] = []
        extra: list[int] = []
        surplus = 0
        for match in _WIDE.finditer(self.text):
            character = ord(match[0])
            more = 1 if character < 0x800 else 2 if character < 0x10000 else 3
            surplus += more
            ends.append(match.start() + surplus + 1)
            extra.append(surplus)
        return ends, extra

    def offset(self, byte: int) -> int:
        """The code point that begins at a byte."""
        if len(self.data) == len(self.text):
            return byte
        ends, extra = self._wide
        index = bisect_right(ends, byte)
        return byte - extra[index - 1] if index else byte

    def byte(self, offset: int) -> int:
        """The byte that a code point begins at."""
        if len(self.data) == len(self.text):
            return offset
        ends, extra = self._wide
        index = bisect_right(range(len(ends)), offset, key=lambda at: ends[at] - extra[at])
        return offset + extra[index - 1] if index else offset

    def source(self, node: Node) -> str:
        """The text of a node."""
        return self.data[node.start_byte : node.end_byte].decode()


@lru_cache(maxsize=1)
def javascript(text: str) -> Concrete:
    """The tree of a JavaScript text; the last one is kept, for a text may be asked for its errors, then for its functions."""
    return Concrete(text, "javascript")
