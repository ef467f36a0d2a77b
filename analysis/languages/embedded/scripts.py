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

_PATTERN = "(script_element (start_tag)) @script"
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_MATTERS = re.compile("|".join([*(re.escape(name.decode()) for name in NAMES), r"\bimport\b", r"\brequire\b"]))
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
    found = concrete.captures(_PATTERN).get("script", [])
    made = [_script(concrete, node) for node in found if not _is_text(concrete, node)]
    return [one for one in made if "src" not in one.attributes and text[one.start : one.end].strip()]


def _script(concrete: Concrete, node: Node) -> Script:
    offset = concrete.offset
    tag = node.children[0]
    end_tag = node.children[-1] if node.children[-1].type == "end_tag" and not node.children[-1].is_missing else None
    start = offset(tag.end_byte)
    end = offset(end_tag.start_byte if end_tag is not None else node.end_byte)
    inner = concrete.source(tag)[len("<script") :].rstrip(">")
    attributes = {name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(inner)}
    closed = end_tag is not None and end_tag.end_byte > end_tag.start_byte
    outer = node.parent
    # After an error the tree may not tell; nobody indents a component's own scripts.
    begins_line = node.start_point.column == 0
    outermost = outer is None or outer.type in ("document", "ERROR") or begins_line
    return Script(offset(tag.start_byte), start, end, closed, attributes, outermost)


def _is_text(concrete: Concrete, node: Node) -> bool:
    outer = node.parent
    if outer is None or outer.type != "element":
        return False
    names = [one for one in outer.children[0].children if one.type == "tag_name"]
    return bool(names) and concrete.source(names[0]).lower() in _PLAIN_TEXT


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
