"""Where a comment goes that suppresses a finding: which edit writes it, in the file's own layout.

What such comments mean is read elsewhere; here they are only written. A comment that is there already gets one more rule in its
list.
"""

from __future__ import annotations

import re

from .depth import call_deep
from .findings import Edit
from .syntax.nodes import Node, children
from .syntax.parse import SyntaxProblem, parse
from .text import Range, SourceText

_LIST = r"[ \t]+[a-z][\w-]*(?:[ \t]*,[ \t]*[a-z][\w-]*)*"
_NEXT_LINE = re.compile(rf"[ \t]*(?:\{{[ \t]*)?(?://|/\*)[ \t]*jsleak-ignore-next-line(?P<list>{_LIST})")
_LINE = re.compile(rf"(?://|/\*)[ \t]*jsleak-ignore-line(?P<list>{_LIST})")
_FILE = re.compile(rf"(?://|/\*)[ \t]*jsleak-ignore-file(?P<list>{_LIST})")
_TERMINATOR = re.compile("\r\n|[\n\r\u2028\u2029]")
_INDENT = re.compile(r"[^\S\n\r\u2028\u2029]*")
_BEGINNING = re.compile("\ufeff?(?:#![^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$))?")
_TRIVIA = re.compile(r"\s+|//[^\n\r\u2028\u2029]*|/\*.*?\*/", re.DOTALL)


def for_line(text: str, filename: str, place: Range, rule: str) -> tuple[Edit, ...]:
    """Suppress one rule for the line that a finding begins in.

    The comment stands on the line above, in JSX between tags as `{/* … */}`, and where a line above would be part of a string,
    right before the finding.
    """
    source = SourceText(text, filename)
    number = place.start.line
    start = source.line_starts[number - 1] if number <= len(source.line_starts) else len(text)
    line = source.line(number)
    if number > 1 and (above := _NEXT_LINE.match(source.line(number - 1))):
        return (_insertion(source, source.line_starts[number - 2] + above.end("list"), f", {rule}"),)
    if same := _LINE.search(line):
        return (_insertion(source, start + same.end("list"), f", {rule}"),)
    found = _INDENT.match(line)
    indent = found[0] if found else ""
    end = _TERMINATOR.search(text)
    terminator = end[0] if end else "\n"
    surroundings = _surroundings(text, filename, start)
    comment = f"jsleak-ignore-next-line {rule}"
    if surroundings == "code":
        return (_insertion(source, start, f"{indent}// {comment}{terminator}"),)
    if surroundings == "jsx" and line[len(indent) :].startswith(("{", "<")):
        return (_insertion(source, start, f"{indent}{{/* {comment} */}}{terminator}"),)
    return (_insertion(source, source.offset(place.start), f"/* jsleak-ignore-line {rule} */ "),)


def for_file(text: str, rule: str) -> tuple[Edit, ...]:
    """Suppress one rule for the whole file: a comment at its beginning, after a hashbang."""
    source = SourceText(text, "")
    found = _BEGINNING.match(text)
    at = start = found.end() if found else 0
    while trivia := _TRIVIA.match(text, at):
        if own := _FILE.match(trivia[0]):
            return (_insertion(source, at + own.end("list"), f", {rule}"),)
        at = trivia.end()
    end = _TERMINATOR.search(text)
    terminator = end[0] if end else "\n"
    before = terminator if start and not _TERMINATOR.match(text[start - 1]) and text[start - 1] != "\ufeff" else ""
    return (_insertion(source, start, f"{before}// jsleak-ignore-file {rule}{terminator}"),)


def _insertion(source: SourceText, offset: int, text: str) -> Edit:
    return Edit(source.range(offset, offset), text)


def _surroundings(text: str, filename: str, offset: int) -> str:
    """What an offset at a line's beginning stands in: "code", "jsx" (between tags), or "other": a string, template or comment."""
    if not any(mark in text for mark in ("`", "<", "/*", "\\\n", "\\\r")):
        return "code"
    try:
        root = call_deep(_root, text, filename)
    except (SyntaxProblem, RecursionError):
        return "code"
    node, before = root, 0
    while True:
        inner = next((child for child in children(node) if child._start < offset < child._end), None)
        if inner is None:
            break
        node, before = inner, inner._start
    if node.type in ("JSXText", "JSXElement", "JSXFragment"):
        return "jsx"
    if node.type in ("Literal", "TemplateElement"):
        return "other"
    before = max([before, *(child._end for child in children(node) if child._end <= offset)])
    return "other" if _in_comment(text, before, offset) else "code"


def _root(text: str, filename: str) -> Node:
    return parse(text, filename=filename).root


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
