"""Parsing a file: which grammar its text follows, its tree, or the one error that a user should see.

A text is a module, a script or a CommonJS module (the body of a function). The caller may know which; else the file's name or the
text itself tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from esprima.error_handler import Error

from .. import SourceType
from ..depth import is_deep, run_deep
from ..findings import ProblemKind
from ..text import occurrences
from .nodes import Node, children
from .parser import MAX_DEPTH, TRIVIA, JSXSourceParser, SourceParser
from .validation import validate

_LINE_PREFIX = re.compile(r"^Line \d+: ")
_MODULE = re.compile(
    r"""(?:import|export)(?:
        (?<=import)(?: \s*["'{*] | \s+[\w$]+\s*(?:,|from\b) )
      | (?<=export)(?: \s*[{*] | \s+(?:default|const|let|var|function|class|async)\b )
    )""",
    re.VERBOSE,
)
_COMMONJS = re.compile(
    r"require(?<!\wrequire)\s*\(|module(?<!\wmodule)\.exports\b|exports(?<!\wexports)\.\w|__(?<!\w__)(?:dir|file)name\b"
)
_TOO_DEEP = "This code nests too deep"


class SyntaxProblem(Exception):
    """Why a text has no tree. ``offset`` is in code points, inside the text; ``kind`` is SYNTAX_ERROR or TOO_DEEP.

    ``early`` says that it has the form of a program, but breaks one of the rules that are checked once all of it is read.
    """

    def __init__(self, message: str, offset: int, kind: ProblemKind = ProblemKind.SYNTAX_ERROR, *, early: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.kind = kind
        self.early = early


@dataclass(frozen=True, slots=True)
class Program:
    """The tree of a text and the grammar that it follows. ``root`` spans the whole text."""

    root: Node
    source_type: SourceType


def parse(
    text: str,
    *,
    filename: str,
    source_type: SourceType | None = None,
    jsx: bool | None = None,
    whole: str | None = None,
    modular: bool | None = None,
) -> Program:
    """The tree of a file's text; raises ``SyntaxProblem``.

    A ``source_type`` that is given decides, else what parses; of several errors the one furthest into the text is raised. What a
    file's name says of it is known to ``languages``. ``whole`` is the text that bodies were left out of, ``modular`` whether it
    imports or exports, where that is known. Without ``jsx``, JSX is tried in .jsx files, and elsewhere when nothing else parses.

    Raises ``RecursionError`` where the text nests too deep for the thread's stack: call it through ``depth.call_deep``, within
    which a text that is too deep even then is a ``SyntaxProblem``.
    """
    extension = filename[filename.rfind(".") :].lower()
    goals = (source_type,) if source_type is not None else _likely_goals(whole or text, modular)
    maybe_jsx = jsx is None and extension != ".jsx"
    jsx = extension == ".jsx" if jsx is None else jsx
    problem: SyntaxProblem | None = None
    fallback: Program | None = None
    for goal in goals:
        try:
            program = _parse_as(text, goal, jsx=jsx)
        except SyntaxProblem as error:
            if problem is None or error.offset > problem.offset:
                problem = error
            if error.kind is ProblemKind.TOO_DEEP:
                break
        else:
            if source_type is None and goal == "module" and goal is goals[0] and not _is_module(program.root):
                fallback = program  # what looked like a declaration stood in a string or a comment
                continue
            return program
    if fallback is not None:
        return fallback
    assert problem is not None
    if maybe_jsx and "<" in text and problem.kind is ProblemKind.SYNTAX_ERROR:
        try:
            return _parse_as(text, goals[0], jsx=True)
        except SyntaxProblem as error:
            if error.offset > problem.offset:
                problem = error
    raise problem


def _likely_goals(text: str, modular: bool | None = None) -> tuple[SourceType, ...]:
    """The grammars to try, the likeliest first."""
    words = ("import", "export") if modular is not False else ()
    for start in (at for word in words for at in occurrences(text, word) if _MODULE.match(text, at)):
        # A declaration stands at the start of a line or after the end of something; most others are in comments and strings.
        before = text[max(0, start - 200) : start].rstrip(" \t")
        if not before or before[-1] in "\n\r;}\ufeff" or before.endswith("*/"):
            return ("module", "commonjs", "script") if _COMMONJS.search(text) else ("module", "script", "commonjs")
    if _COMMONJS.search(text):
        return ("commonjs", "script", "module")
    return ("script", "module", "commonjs")


def _is_module(root: Node) -> bool:
    return any(statement.type.startswith(("Import", "Export")) for statement in root.body)


def _parse_as(text: str, goal: SourceType, *, jsx: bool) -> Program:
    # A byte order mark before a hashbang is no part of the program; blanks of the same length keep the offsets.
    code = " //" + text[3:] if text.startswith("\ufeff#!") else text
    parser: Any = None
    try:
        parser = (JSXSourceParser if jsx else SourceParser)(code, module=goal == "module")
        root = _tree(parser, goal)
    except Error as error:
        raise _problem(text, error, parser) from None
    except RecursionError:
        if not is_deep():
            raise
        raise SyntaxProblem(_TOO_DEEP, _inside(text, parser and parser.startMarker.index), ProblemKind.TOO_DEEP) from None
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        where = _inside(text, parser and parser.startMarker.index)
        raise SyntaxProblem(f"This code could not be parsed ({type(error).__name__} in the parser)", where) from error
    _validate(code, root, goal)
    for declaration, kind in parser.resources.items():
        declaration.kind = kind
    root._start = 0
    root._end = len(text)
    return Program(root, goal)


def _tree(parser: Any, goal: SourceType) -> Node:
    root: Node
    if goal == "module":
        root = parser.parseModule()
    else:
        parser.context.inFunctionBody = goal == "commonjs"
        root = parser.parseScript()
    if goal == "script":
        parser.refuse_resources(root.body, "at the top level of a script: put it into a block, a function or a module")
    return root


def _validate(text: str, root: Node, goal: SourceType) -> None:
    """Raise the first early error.

    The tree of a long chain is deep, though a loop parsed it: where this thread's stack is too small for it, a deep run needs no
    second parse.
    """

    def report(message: str, node: Node) -> None:
        at = node._protoErrorStart
        raise SyntaxProblem(message, node._start if at is None else at, early=True)

    def run() -> None:
        try:
            validate(root, report, text, commonjs=goal == "commonjs")
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise SyntaxProblem(f"This code could not be checked ({type(error).__name__} in the parser)", 0) from error

    try:
        run()
    except RecursionError:
        pass  # left here, so that its frames are freed
    else:
        return
    offset = _too_deep(root)
    try:
        if offset is None:
            run_deep(run)
    except RecursionError:
        offset = 0
    if offset is not None:
        raise SyntaxProblem(_TOO_DEEP, offset, ProblemKind.TOO_DEEP)


def _too_deep(root: Node) -> int | None:
    """The offset of a node that has more than MAX_DEPTH others around it."""
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in children(node)]
        if not level:
            return None
    return level[0]._start


def _inside(text: str, offset: int | None) -> int:
    return max(0, min(offset or 0, len(text)))


def _problem(text: str, error: Error, parser: Any) -> SyntaxProblem:
    """What to tell the user of esprima's error."""
    message = _LINE_PREFIX.sub("", error.message)
    offset = _inside(text, error.index)
    token = 0 if parser is None else parser.startMarker.index
    if message.startswith("Invalid regular expression"):
        return SyntaxProblem(message, _inside(text, token))
    if message != "Unexpected token ILLEGAL":
        return SyntaxProblem(message, offset)
    if offset == len(text):
        comment = TRIVIA.match(text, 0 if parser is None else parser.lastMarker.index)
        if comment is not None and text.startswith("/*", comment.end()):
            return SyntaxProblem("Unterminated comment", comment.end())
        if text[token : token + 1] in ("`", "}"):
            return SyntaxProblem("Unterminated template literal", token)
    return SyntaxProblem(_illegal(text, offset, text[token : token + 1]), offset)


def _illegal(text: str, offset: int, first: str) -> str:
    """What is wrong at ``offset``, in a token that starts with ``first``."""
    here = text[offset : offset + 1]
    if here and here in "'\"" and first == here:
        return "Unterminated string literal"
    if first and first in "'\"`":
        return "Invalid escape sequence"
    if first.isdecimal():
        return "Invalid number"
    if not here:
        return "Unexpected end of input"
    return f"Unexpected character `{here}`" if here.isprintable() else f"Unexpected character U+{ord(here):04X}"
