"""Comments that suppress findings: which there are in a file, what each covers, and what it is good for.

A suppression is a comment that opens with one of these words, with names of rules (none: all of them) and a reason if any:

    // jsleak-ignore-next-line RULE, RULE -- reason
    // jsleak-ignore-line …          findings that begin in the comment's own line
    // jsleak-ignore-file …          the whole file; it has to stand before the first statement
    // jsleak-ignore-start …         up to `jsleak-ignore-end` with the same names, or to the file's end

A comment of either form will do, in JSX as `{/* … */}`. What counts is where a finding begins. Lines that hold nothing but comments
and blanks are no next lines, so that comments for several tools can stand above each other. Here they are read; what they do to
findings is told in ``suppressed``, how they are written in ``suppressing``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Edit
from .syntax.nodes import Node, children, start
from .text import Position, Range, SourceText

WORD = "jsleak-ignore"
NEXT_LINE, LINE, FILE, START, END = KINDS = ("next-line", "line", "file", "start", "end")

_NEWLINE = "\n\r\u2028\u2029"
_COMMENT = re.compile(rf"//[^{_NEWLINE}]*|/\*.*?\*/", re.DOTALL)
_TRIVIA = re.compile(rf"(?:\s|\ufeff|//[^{_NEWLINE}]*|/\*.*?\*/)*+", re.DOTALL)
_JSX_TRIVIA = re.compile(rf"(?:\s|\{{(?:\s|//[^{_NEWLINE}]*|/\*.*?\*/)*+\}})*+", re.DOTALL)
_HASHBANG = re.compile(rf"\ufeff?#![^{_NEWLINE}]*")
_WORDS = re.compile(rf"(?:\s|\*)*(?P<word>{WORD}(?:-(?P<kind>[\w-]+))?)(?![\w-])")
_REASON = re.compile(r"(?:^|\s)--(?:\s+|$)")
_NAME = re.compile(r"[^,]+")
_TERMINATOR = re.compile(rf"\r\n|[{_NEWLINE}]")
_TEXT_NODES = frozenset({"Literal", "TemplateElement", "JSXText"})


@dataclass(frozen=True, slots=True)
class RuleName:
    """A rule as a suppression names it, right or wrong."""

    name: str
    range: Range


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that suppresses findings, or means to.

    ``kind`` is one of KINDS, or else what was written for it ("" where the comment says no more than `jsleak-ignore`). No
    ``rules``: all of them. ``range`` is the comment's, ``word`` that of the word it opens with. ``covers`` is where findings begin
    that it concerns, up to the end of the file for START; None where it concerns none: an END, an unknown kind, a FILE that stands
    after the first statement. ``removal`` takes the comment away, with its line where nothing else stands there.
    """

    kind: str
    rules: tuple[RuleName, ...]
    reason: str
    range: Range
    word: Range
    covers: Range | None
    removal: Edit


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment from ``start`` to ``end``; ``empty`` is the `{…}` of nothing but comments, between JSX tags, that it is in."""

    start: int
    end: int
    match: re.Match[str]
    empty: Node | None


def suppressions(source: SourceText, root: Node) -> tuple[Suppression, ...]:
    """All suppressions of a file, in order of place. ``root`` is its tree."""
    if WORD not in source.code:
        return ()
    code = _first_statement(source, root)
    return tuple(_suppression(source, comment, code) for comment in _comments(source.code, root))


def _comments(text: str, root: Node) -> list[_Comment]:
    """The comments that open with the word. It may stand in strings, templates, regular expressions and JSX text as well."""
    offsets = [match.start() for match in re.finditer(WORD, text)]
    found: dict[int, _Comment] = {}
    hashbang = _HASHBANG.match(text)
    for offset, node, before, parent in _innermost(root, offsets):
        if node.type in _TEXT_NODES:
            continue
        for comment in _COMMENT.finditer(text, max(before, hashbang.end() if hashbang else 0)):
            if comment.start() > offset:
                break
            match = _WORDS.match(text, comment.start() + 2, comment.end())
            if match is not None and match.start("word") == offset:
                found[comment.start()] = _Comment(comment.start(), comment.end(), match, _empty_container(node, parent))
    return [found[place] for place in sorted(found)]


def _empty_container(node: Node, parent: Node | None) -> Node | None:
    """The `{…}` without an expression that a node is, or is part of."""
    container = parent if node.type == "JSXEmptyExpression" else node
    if container is not None and container.type == "JSXExpressionContainer" and container.expression.type == "JSXEmptyExpression":
        return container
    return None


def _innermost(root: Node, offsets: Sequence[int]) -> list[tuple[int, Node, int, Node | None]]:
    """For each offset (ascending) the innermost node around it, the end of what that node has in front of it, and its parent."""
    found: list[tuple[int, Node, int, Node | None]] = []
    pending: list[tuple[Node, Node | None, Sequence[int]]] = [(root, None, offsets)]
    while pending:
        node, parent, wanted = pending.pop()
        below = sorted(children(node), key=start)
        starts = [child._start for child in below]
        own: list[int] = []
        inside: dict[int, list[int]] = defaultdict(list)
        for offset in wanted:
            # Two may begin at one place: the key and the value of `{a = 1}`.
            index = bisect_right(starts, offset) - 1
            while index > 0 and below[index]._end <= offset and starts[index - 1] == starts[index]:
                index -= 1
            (inside[index] if index >= 0 and offset < below[index]._end else own).append(offset)
        found += [(offset, node, _end_before(node, below, starts, offset), parent) for offset in own]
        pending += [(below[index], node, group) for index, group in inside.items()]
    return found


def _end_before(node: Node, below: Sequence[Node], starts: Sequence[int], offset: int) -> int:
    """The end of the last of the nodes below that stands before an offset, or the beginning of the node itself."""
    index = bisect_right(starts, offset) - 1
    if index < 0:
        return node._start
    return max(child._end for child in below[bisect_left(starts, starts[index]) : index + 1])


def _first_statement(source: SourceText, root: Node) -> int:
    """The offset of the first statement of the file that is no directive."""
    for statement in root.body:
        if statement.directive or statement._inserted:
            continue
        # What is no statement of the file is what the file's own are read in (a component's function).
        own = [statement] if source.code[statement._start] == source.text[statement._start] else _innermost_body(statement)
        return next((int(one._start) for one in own if not one._inserted), int(root._end))
    return int(root._end)


def _innermost_body(statement: Node) -> list[Node]:
    declared = statement.declaration.declarations if statement.type == "ExportNamedDeclaration" and statement.declaration else []
    function = declared[0].init if declared else None
    return list(function.body.body) if function is not None and function.type == "ArrowFunctionExpression" else [statement]


def _suppression(source: SourceText, comment: _Comment, code: int) -> Suppression:
    text, match = source.code, comment.match
    kind = match["kind"] or ""
    body_end = comment.end - 2 if text.startswith("/*", comment.start) else comment.end
    rest = text[match.end() : body_end]
    reason = _REASON.search(rest)
    names = [
        (match.end() + name.start() + len(name[0]) - len(name[0].lstrip()), name[0].strip())
        for name in _NAME.finditer(rest, 0, reason.start() if reason else len(rest))
        if name[0].strip()
    ]
    return Suppression(
        kind,
        tuple(RuleName(name, source.range(start, start + len(name))) for start, name in names),
        " ".join(rest[reason.end() :].split()) if reason else "",
        source.range(comment.start, comment.end),
        source.range(*match.span("word")),
        _covers(source, comment, kind, code),
        _removal(source, comment),
    )


def _covers(source: SourceText, comment: _Comment, kind: str, code: int) -> Range | None:
    end_of_text = Position(len(source.line_starts) + 1, 1)
    first = source.position(comment.start)
    if kind == NEXT_LINE:
        line = source.position(_next_code(source.code, comment)).line
        return Range(Position(line, 1), Position(line + 1, 1))
    if kind == LINE:
        return Range(Position(first.line, 1), Position(source.position(comment.end).line + 1, 1))
    if kind == START:
        return Range(first, end_of_text)
    if kind == FILE and comment.start < code:
        return Range(Position(1, 1), end_of_text)
    return None


def _next_code(text: str, comment: _Comment) -> int:
    """An offset in the line that follows a comment: the next that has code, or the very next where the comment's own goes on."""
    at = comment.empty._end if comment.empty is not None else comment.end
    terminator = _TERMINATOR.search(text, at)
    if terminator is None:
        return len(text)
    if text[at : terminator.start()].strip():
        return terminator.end()
    following = (_JSX_TRIVIA if comment.empty is not None else _TRIVIA).match(text, terminator.end())
    return following.end() if following else terminator.end()


def _removal(source: SourceText, comment: _Comment) -> Edit:
    """Leaves no blank line and no blank at a line's end, and joins neither words nor lines of JSX text."""
    text, container = source.code, comment.empty
    start, end = comment.start, comment.end
    if container is not None and len(_COMMENT.findall(text, container._start, container._end)) == 1:
        if _is_text(text[:start].rstrip(" \t\n\r{")[-1:]) and _is_text(text[container._end :].lstrip()[:1]):
            return Edit(source.range(start, end), "/* */")
        start, end = container._start, container._end
    line_start = source.line_starts[source.position(start).line - 1]
    terminator = _TERMINATOR.search(text, end)
    line_end = terminator.start() if terminator else len(text)
    before, after = text[line_start:start], text[end:line_end]
    alone = not after.strip()
    if alone and not before.strip("\ufeff \t"):
        first = line_start + before.startswith("\ufeff")
        return Edit(source.range(first, terminator.end() if terminator else line_end), "")
    if container is not None:
        return Edit(source.range(start, end), "")
    if alone:
        return Edit(source.range(line_start + len(before.rstrip()), line_end), "")
    if _TERMINATOR.search(text, start, end):
        return Edit(source.range(start, end), text[source.line_starts[source.position(start).line] - 1])  # it ends a line
    if not before.strip() or before[-1].isspace():
        return Edit(source.range(start, end + len(after) - len(after.lstrip())), "")
    return Edit(source.range(start, end), "" if after[0].isspace() else " ")


def _is_text(character: str) -> bool:
    """Whether text of JSX begins or ends so, rather than a tag or a container."""
    return bool(character) and character not in "<>{}"
