"""What can be read of a text that does not parse: the rest, with blanks in the place of what is broken.

Where brackets have no counterparts, the lines tell what belongs together (``layout``). Else tree-sitter's tree has error nodes, and
the smallest statement or member around each is blanked. What esprima refuses even then grows, from the statement to the block
around it. How much work that may be is bounded by the length of the text; where nothing helps, nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tree_sitter import Node

from .. import SourceType
from ..findings import ProblemKind
from ..syntax.parse import Program, SyntaxProblem
from .code import Code, Span, blank
from .layout import Bracket, Layout, torn, well_nested
from .program import read_program
from .slicing import sliced
from .trees import javascript

#: How often the parser is asked, and how much it may read in vain, in lengths of the text (of LEAST for a shorter one).
ROUNDS = 16
READS = 0.5
LEAST = 20_000
#: More errors than these are no typing mistakes: the text is something else.
MOST_ERRORS = 100

_CONTAINERS = frozenset({"program", "statement_block", "class_body", "switch_body"})
_QUOTED = frozenset({"comment", "string", "string_fragment", "template_string", "regex", "regex_pattern", "jsx_text"})
_LOOSE_END = re.compile(r"(?<![.=!<>])[.=][ \t]*(?=[\n\r])")
_INDENTED = re.compile(r"\s*(\S*)")
_BRACKETS = '["{" "}" "(" ")" "[" "]" "${"] @bracket'
_MODULE = "[(import_statement) (export_statement)] @declaration"
_JSX = "[(jsx_element) (jsx_self_closing_element)] @jsx"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The tree of what can be read; ``code.broken`` has what cannot."""

    code: Code
    program: Program


def recover(code: Code, problem: SyntaxProblem, filename: str) -> Recovered | None:
    """What can be read of a program that the parser refuses with ``problem``; None where nothing can."""
    if problem.kind is not ProblemKind.SYNTAX_ERROR:
        return None
    return _Recovery(code, filename).run()


class _Recovery:
    def __init__(self, code: Code, filename: str) -> None:
        self._whole = code
        self._filename = filename
        self._layout = Layout(code.text)
        self._broken: list[Span] = []
        self._text = code.text
        self._tree = javascript(code.text)
        self._left = READS * max(LEAST, len(code.text))

    def run(self) -> Recovered | None:
        if not self._mend_brackets() or not self._take_errors():
            return None
        for _ in range(ROUNDS):
            code = self._code()
            if not code.text.strip():
                return None
            code = replace(sliced(code, self._tree), skeleton=None)
            try:
                return Recovered(code, read_program(code, self._filename))
            except SyntaxProblem as problem:
                self._left -= len(code.text) if problem.early else max(problem.offset, len(code.text) // ROUNDS)
                if problem.kind is not ProblemKind.SYNTAX_ERROR or self._left <= 0 or not self._grow(problem.offset):
                    return None
        return None

    # What the parser is given

    def _code(self) -> Code:
        """What is left, in one grammar: each that is tried in vain costs as much as the one that fits."""
        whole = self._whole
        goal: SourceType | None = whole.source_type
        if goal is None:
            goal = "module" if self._tree.captures(_MODULE) else "commonjs"
        jsx = whole.jsx
        if jsx is None:
            jsx = self._filename.lower().endswith(".jsx") or (">" in self._text and bool(self._tree.captures(_JSX)))
        kept = tuple(one for one in whole.insertions if not any(start <= one.at < end for start, end in self._broken))
        return replace(
            whole, text=self._text, source_type=goal, jsx=jsx, insertions=kept, broken=tuple(self._trimmed()), skeleton=None
        )

    def _trimmed(self) -> Iterator[Span]:
        text = self._whole.text
        for start, end in self._broken:
            stretch = text[start:end]
            first = start + len(stretch) - len(stretch.lstrip())
            yield first, max(first, start + len(stretch.rstrip()))

    def _blank(self, spans: Iterable[Span]) -> bool:
        """Blank more; False where that is nothing new."""
        merged = merge([*self._broken, *spans])
        if merged == self._broken:
            return False
        self._broken = merged
        self._text = blank(self._whole.text, merged)
        self._tree = self._tree.changed(self._text, merged)
        return True

    # Brackets

    def _brackets(self) -> list[Bracket]:
        """The brackets, but those of statements without an error: these have their counterparts there."""
        tree = self._tree
        torn = (node for node in tree.root.children if node.has_error or node.is_missing or not node.is_named)
        nodes = [bracket for node in torn for bracket in tree.captures(_BRACKETS, node).get("bracket", ())]
        nodes.sort(key=lambda node: node.start_byte)
        # One that is missing has no width.
        return [(tree.offset(node.start_byte), node.type[-1]) for node in nodes if node.end_byte > node.start_byte]

    def _mend_brackets(self) -> bool:
        self._take_loose_ends()
        self._mend_templates()
        for _ in range(3):
            if not self._tree.root.has_error:
                return True
            brackets = self._brackets()
            if well_nested(brackets):
                return True
            if not self._blank(torn(self._layout, brackets)):
                return False
        return not self._tree.root.has_error or well_nested(self._brackets())

    def _take_loose_ends(self) -> None:
        """A line that ends in a dot or an equals sign goes on in the next, which is further in, or it is being typed."""
        found: list[Span] = []
        for match in _LOOSE_END.finditer(self._text):
            at = self._tree.byte(match.start())
            node = self._tree.root.descendant_for_byte_range(at, at)
            level = self._layout.indent(match.start())
            following = _INDENTED.match(self._text, match.end())
            if node is None or node.type in _QUOTED or following is None:
                continue
            if following[1][:1] not in (".", "?", "") and self._layout.indent(following.start(1)) <= level:
                found.append(self._layout.block(match.start(), match.end(), level))
        self._blank(found)

    def _mend_templates(self) -> None:
        """A backtick without its counterpart turns strings into code and code into strings up to the end."""
        text = self._whole.text
        if text.count("`") % 2 == 0:
            return
        first = next((self._tree.offset(node.start_byte) for node in errors(self._tree.root)), len(text))
        templates = self._tree.captures("(template_string) @template").get("template", ())
        starts = [self._tree.offset(node.start_byte) for node in templates if node.start_point.row != node.end_point.row]
        start, _ = self._layout.block(min([first, *starts]), min([first, *starts]) + 1, 0)
        self._blank([(start, len(text))])

    # Errors

    def _take_errors(self) -> bool:
        for _ in range(3):
            found = list(errors(self._tree.root))
            if not found:
                return True
            if len(found) > MOST_ERRORS:
                return False
            if not self._blank([self._unit(node) for node in found]):
                return True
        return True

    def _unit(self, node: Node) -> Span:
        """The smallest statement or member around a node, with those on its lines: they may be pieces of one that was torn."""
        first = last = unit(node)
        while (before := first.prev_sibling) is not None and before.end_point.row == first.start_point.row and before.is_named:
            first = before
        while (after := last.next_sibling) is not None and after.start_point.row == last.end_point.row and after.is_named:
            last = after
        return self._tree.offset(first.start_byte), self._tree.offset(last.end_byte)

    def _grow(self, offset: int) -> bool:
        """Blank the smallest thing around an offset that is not blank yet."""
        return any(self._text[start:end].strip() and self._blank([(start, end)]) for start, end in self._around(offset))

    def _around(self, offset: int) -> Iterator[Span]:
        tree = self._tree
        at = tree.byte(min(offset, max(0, len(tree.text) - 1)))
        node: Node | None = tree.root.descendant_for_byte_range(at, at)
        while node is not None and node.parent is not None:
            if node.parent.type in _CONTAINERS:
                yield tree.offset(node.start_byte), tree.offset(node.end_byte)
            node = node.parent
        for level in self._layout.levels(offset):
            yield self._layout.block(offset, offset + 1, level)


def errors(root: Node) -> Iterator[Node]:
    """The error nodes and the missing ones, the outermost of each, in order of place."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            yield node
        elif node.has_error:
            pending.extend(reversed(node.children))


def unit(node: Node) -> Node:
    """The smallest statement or member around a node."""
    while node.parent is not None and node.parent.type not in _CONTAINERS:
        node = node.parent
    return node


def merge(spans: Iterable[Span]) -> list[Span]:
    """Ascending and apart."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return found
