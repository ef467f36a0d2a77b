"""The `<script>` elements of a text, and how what is in them becomes a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tree_sitter import Node

from ... import NAMES, SourceType
from ..code import Code, Span, blank
from ..trees import Concrete

Dialect = Literal["js", "jsx", "ts", "tsx"]

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_MATTERS = re.compile("|".join([*(re.escape(name.decode()) for name in NAMES), r"""["']\.{1,2}[/"']"""]))
_DIALECTS: dict[str, Dialect] = {
    "": "js",
    "js": "js",
    "javascript": "js",
    "jsx": "jsx",
    "ts": "ts",
    "typescript": "ts",
    "tsx": "tsx",
}
#: In these, tags are text.
_PLAIN_TEXT = frozenset({"textarea", "title"})


@dataclass(frozen=True, slots=True)
class Script:
    """A script element: its start tag from ``tag``, its text from ``start`` to ``end``, where its end tag is if it has one.

    ``attributes`` by name in lower case; what has no value has an empty one. ``outermost``: in no other element.
    """

    tag: int
    start: int
    end: int
    closed: bool
    attributes: Mapping[str, str]
    outermost: bool

    @property
    def dialect(self) -> Dialect | None:
        """What the ``lang`` attribute says it is written in; None for what we do not know."""
        return _DIALECTS.get(self.attributes.get("lang", "").lower())


def scripts(text: str) -> list[Script]:
    """The elements with a text of their own, in order of place."""
    concrete = Concrete(text, "html")
    found = [_script(concrete, node) for node in concrete.captures("(raw_text) @text").get("text", ())]
    return [one for one in found if one is not None and "src" not in one.attributes and text[one.start : one.end].strip()]


def _script(concrete: Concrete, node: Node) -> Script | None:
    """The script that a raw text is, unless it is something else. What has no end tag is no element in the tree."""
    tag, end_tag, outer = node.prev_sibling, node.next_sibling, node.parent
    if tag is None or tag.type != "start_tag" or _name(concrete, tag) != "script":
        return None
    if outer is not None and outer.type == "script_element":
        outer = outer.parent
    if outer is not None and outer.type == "element" and _name(concrete, outer.children[0]) in _PLAIN_TEXT:
        return None
    offset = concrete.offset
    closed = end_tag is not None and end_tag.type == "end_tag" and end_tag.end_byte > end_tag.start_byte
    inner = concrete.source(tag)[len("<script") :].rstrip(">")
    attributes = {name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(inner)}
    # After an error the tree may not tell; nobody indents a component's own scripts.
    outermost = outer is None or outer.type in ("document", "ERROR") or tag.start_point.column == 0
    return Script(offset(tag.start_byte), offset(tag.end_byte), offset(node.end_byte), closed, attributes, outermost)


def _name(concrete: Concrete, tag: Node) -> str:
    return next((concrete.source(one).lower() for one in tag.children if one.type == "tag_name"), "")


def matters(text: str, spans: Iterable[Span]) -> bool:
    """Whether one of these stretches can have a finding, or can reach what another module lends."""
    return any(_MATTERS.search(text, start, end) for start, end in spans)


def but(text: str, spans: Sequence[Span]) -> str:
    """The text with blanks for all but these stretches (ascending)."""
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    return blank(text, zip(ends, starts, strict=True))


def only(text: str, spans: Sequence[Span]) -> str:
    """The same for the texts of scripts: a semicolon in the place of its end tag keeps each from the next."""
    kept = but(text, spans)
    for _, end in spans[:-1]:
        kept = write(kept, end, ";")
    return kept


def write(text: str, at: int, what: str) -> str:
    """The text with something else at a place, of the same length."""
    return text[:at] + what + text[at + len(what) :]


def as_javascript(text: str, spans: Sequence[Span], dialect: Dialect, source_type: SourceType | None) -> Code:
    """The program of a text in which nothing but these parts of it is left."""
    if dialect in ("ts", "tsx"):
        from ..typescript import to_javascript

        return replace(to_javascript(text, f"script.{dialect}", source_type), parts=tuple(spans))
    return Code(text, source_type=source_type, jsx=True if dialect == "jsx" else None, parts=tuple(spans))
