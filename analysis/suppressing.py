"""Where a comment goes that suppresses a finding: which edit writes it, in the file's own layout.

What such comments mean is read in ``suppressions``. A comment that is there already gets one more rule in its list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .depth import call_deep
from .findings import Edit
from .languages import Code, codes
from .languages.program import read_program
from .suppressions import FILE, LINE, NEXT_LINE, WORD, suppressions
from .syntax.nodes import Node, children
from .syntax.parse import SyntaxProblem
from .text import Position, Range, SourceText

_LIST = r"[ \t]+[a-z][\w-]*(?:[ \t]*,[ \t]*[a-z][\w-]*)*"
_FILE = re.compile(rf"(?://|/\*)[ \t]*{WORD}-{FILE}(?P<list>{_LIST})")
#: Only a text with one of these has lines that begin in the middle of something, or comments that suppress.
_WHERE_IT_MATTERS = ("`", "<", "/*", "\\\n", "\\\r", WORD)
#: Comments for several tools may stand above each other.
_COMMENT_LINE = re.compile(r"\s*(?://.*|/\*((?!\*/).)*\*/\s*|\{\s*/\*((?!\*/).)*\*/\s*\}\s*)?")
_TERMINATOR = re.compile("\r\n|[\n\r\u2028\u2029]")
_INDENT = re.compile(r"[^\S\n\r\u2028\u2029]*")
_BEGINNING = re.compile("\ufeff?(?:#![^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$))?")
_TRIVIA = re.compile(r"\s+|//[^\n\r\u2028\u2029]*|/\*.*?\*/", re.DOTALL)


def for_line(text: str, filename: str, place: Range, rule: str, reason: str = "") -> tuple[Edit, ...]:
    """Suppress one rule for the line that a finding begins in.

    The comment stands on the line above, in JSX between tags as `{/* … */}`, and where a line above would be part of a string,
    right before the finding. One that covers the line already gets the rule, and keeps the reason that it has.
    """
    return for_places(text, filename, [(place, rule)], reason)


def for_places(text: str, filename: str, places: Iterable[tuple[Range, str]], reason: str = "") -> tuple[Edit, ...]:
    """The same for several findings, each by its place and rule: one comment for each line."""
    source = SourceText(text, filename)
    programs = _programs(source)
    there = [
        one
        for program in programs
        if program.root is not None
        for one in suppressions(program.source, program.root)
        if one.rules and one.kind in (NEXT_LINE, LINE)
    ]
    lines: dict[int, list[tuple[Range, str]]] = defaultdict(list)
    for place, rule in sorted(places):
        lines[place.start.line].append((place, rule))
    edits: list[Edit] = []
    for group in lines.values():
        place = group[0][0]
        rules = ", ".join(dict.fromkeys(rule for _, rule in group))
        above = [one for one in there if one.covers is not None and one.covers.start <= place.start < one.covers.end]
        if above:
            end = above[0].rules[-1].range.end
            edits.append(Edit(Range(end, end), f", {rules}"))
        else:
            edits.append(
                _comment(_holding(programs, source.offset(place.start)), place.start, rules, f" -- {reason}" if reason else "")
            )
    return tuple(edits)


@dataclass(frozen=True, slots=True)
class _Program:
    """A program in a file: its tree, None where nothing depends on it or there is none."""

    code: Code
    source: SourceText
    root: Node | None


def _programs(source: SourceText) -> list[_Program]:
    found: list[_Program] = []
    for code in codes(source.text, filename=source.path):
        own = code.source(source.text, source.path)
        matters = any(mark in own.code for mark in _WHERE_IT_MATTERS)
        found.append(_Program(code, own, _tree(code, source.path) if matters else None))
    return found or [_Program(Code(source.text), source, None)]


def _holding(programs: Sequence[_Program], offset: int) -> _Program:
    return next((one for one in programs if one.code.holds(offset)), programs[0])


def _comment(program: _Program, place: Position, rules: str, reason: str) -> Edit:
    source, root = program.source, program.root
    text = source.text
    line = source.line(place.line)
    start = source.line_starts[place.line - 1] if place.line <= len(source.line_starts) else len(text)
    if start == 0 and text.startswith("\ufeff"):
        start, line = 1, line[1:]
    found = _INDENT.match(line)
    indent = found[0] if found else ""
    end = _TERMINATOR.search(text)
    terminator = end[0] if end else "\n"
    surroundings = _surroundings(source.code, root, start) if root is not None else "code"
    if not program.code.holds(start + len(indent)):
        surroundings = "other"  # the line begins with what is around the script
    if surroundings == "code":
        return _insertion(source, start, f"{indent}// {WORD}-{NEXT_LINE} {rules}{reason}{terminator}")
    reason = reason.replace("*/", "* /")
    if surroundings == "jsx" and line[len(indent) :].startswith(("{", "<")):
        return _insertion(source, start, f"{indent}{{/* {WORD}-{NEXT_LINE} {rules}{reason} */}}{terminator}")
    return _insertion(source, source.offset(place), f"/* {WORD}-{LINE} {rules}{reason} */ ")


def for_file(text: str, rule: str, filename: str = "", place: Position | None = None) -> tuple[Edit, ...]:
    """Suppress one rule for the whole file: a comment at its beginning, after a hashbang; of a page, in the script at ``place``."""
    source = SourceText(text, filename)
    found = _BEGINNING.match(text)
    at = start = found.end() if found else 0
    parts = _holding(_programs(source), source.offset(place)).code.parts if place is not None else ()
    if parts:
        at = start = parts[0][0]
        if not (line := _TERMINATOR.match(text, start)):
            return (_insertion(source, start, f"/* {WORD}-{FILE} {rule} */ "),)
        at = start = line.end()
    while trivia := _TRIVIA.match(text, at):
        if own := _FILE.match(trivia[0]):
            return (_insertion(source, at + own.end("list"), f", {rule}"),)
        at = trivia.end()
    end = _TERMINATOR.search(text)
    terminator = end[0] if end else "\n"
    before = terminator if start and not _TERMINATOR.match(text[start - 1]) and text[start - 1] != "\ufeff" else ""
    return (_insertion(source, start, f"{before}// {WORD}-{FILE} {rule}{terminator}"),)


def _insertion(source: SourceText, offset: int, text: str) -> Edit:
    return Edit(source.range(offset, offset), text)


def _surroundings(text: str, root: Node, offset: int) -> str:
    """What an offset at a line's beginning stands in: "code", "jsx" (between tags), or "other": a string, template or comment."""
    node, before = root, 0
    while True:
        inner = next((child for child in children(node) if child._start < offset < _end(child)), None)
        if inner is None:
            break
        node, before = inner, inner._start
    if node.type in ("JSXText", "JSXElement", "JSXFragment"):
        return "jsx"
    if node.type in ("Literal", "TemplateElement"):
        return "other"
    before = max([before, *(child._end for child in children(node) if child._end <= offset)])
    return "other" if _in_comment(text, before, offset) else "code"


def _end(node: Node) -> int:
    """Where what is inside of a node ends; before `${` one is still inside of a template."""
    return node._end + 1 if node.type == "TemplateElement" else node._end


def _tree(code: Code, filename: str) -> Node | None:
    try:
        return call_deep(_root, code, filename)
    except (SyntaxProblem, RecursionError):
        return None


def _root(code: Code, filename: str) -> Node:
    return read_program(code, filename).root


def _in_comment(text: str, start: int, offset: int) -> bool:
    """Whether an offset stands inside of a comment; between ``start`` and it there are no strings."""
    at = start
    while at < offset:
        trivia = _TRIVIA.match(text, at)
        if trivia is None:
            at += 1
            continue
        if at < offset < trivia.end():
            return trivia[0].startswith("/*")
        at = trivia.end()
    return False
