"""Sessions that type: after each character every finding is there that is not under the cursor's statement.

They go through what the server does with a document: edits, an analysis of each text, and what is known then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from lsprotocol import types

from jsleak.analysis import analyze
from jsleak.analysis.depth import call_deep
from jsleak.analysis.languages import codes
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.rule import load_rules
from jsleak.analysis.syntax.nodes import Node, walk
from jsleak.analysis.syntax.parse import SyntaxProblem
from jsleak.lsp.documents import Document, is_broken
from jsleak.lsp.positions import Positions
from realworld.corpus import text_of
from support import marks
from support.breaking import tokens

NAME = "untitled:a.js"
REAL = (
    "@whatwg-node/server/esm/abortSignalAny.js",
    "lifecycle-utils/dist/registerFinalizer.js",
    "rxdb/src/plugins/reactivity-preact-signals/index.ts",
)
LARGE = pytest.param("@electron/remote/dist/src/main/server.js", marks=pytest.mark.slow)
#: The longest programs of the rules' tables.
PROGRAMS = sorted(
    {marks.parse(example).text for loaded in load_rules().values() for example in loaded.bad.values()}, key=len, reverse=True
)[:3]
Place = tuple[str, int, int]


@dataclass
class Session:
    """A document, and what the last text of it that parses gave."""

    document: Document
    good: set[Place] = field(default_factory=set)
    broken: int = 0
    shown_while_broken: int = 0

    @classmethod
    def of(cls, name: str) -> Session:
        return cls(Document(name, name, Positions("", "utf-16", name), 1))

    def edit(self, start: int, end: int, new: str, cursor: tuple[int, int]) -> None:
        """Make an edit. ``cursor`` is the cursor's statement after it."""
        shift = len(new) - (end - start)
        place = self.document.positions.span(start, end)
        self.document.change([types.TextDocumentContentChangePartial(place, new)], None)
        self.good = {
            (rule, first + shift, last + shift) if first >= end else (rule, first, last)
            for rule, first, last in self.good
            if first >= end or last <= start
        }
        analysis = analyze(self.document.text, filename=self.document.path)
        self.document.accept(analysis, {})
        shown = self.shown()
        if is_broken(analysis):
            self.broken += 1
            self.shown_while_broken += bool(shown)
            lost = {one for one in self.good - shown if one[2] <= cursor[0] or one[1] >= cursor[1]}
            assert not lost, f"{lost}\n{self.document.text}"
        else:
            self.good = shown

    def shown(self) -> set[Place]:
        """The findings that the editor shows, by rule and offsets."""
        snapshot = self.document.snapshot()
        offset = snapshot.source.offset
        return {(one.rule, offset(one.range.start), offset(one.range.end)) for one in snapshot.analysis.findings}


def found_in(text: str, name: str = NAME) -> set[Place]:
    session = Session.of(name)
    session.edit(0, 0, text, (0, 0))
    return session.good


def statements(text: str, name: str) -> list[Node]:
    """Innermost statements, in order of place."""
    [code] = codes(text, filename=name)
    root = call_deep(read_program, code, name).root
    kinds = ("ExpressionStatement", "VariableDeclaration", "ReturnStatement", "ThrowStatement")
    return sorted((node for node in walk(root) if node.type in kinds), key=lambda node: node._start)


def last_statement(text: str, name: str) -> int:
    """Where the innermost statement begins that ends where the text does; its end if it has none."""
    try:
        found = statements(text, name)
    except SyntaxProblem:
        return len(text)
    return next((node._start for node in reversed(found) if not text[node._end :].strip()), len(text))


def type_from_nothing(text: str, steps: list[int], name: str = NAME) -> Session:
    """Type a file from its beginning; each step is one edit. Nothing is shown that no text so far, nor the whole one, has."""
    session = Session.of(name)
    whole = found_in(text, name)
    ever: set[Place] = set()
    under = 0
    for start, end in pairwise(steps):
        session.edit(start, start, text[start:end], (under, end))
        if not is_broken(session.document.snapshot().analysis):
            ever |= session.good
            under = last_statement(text[:end], name)
        assert session.shown() <= whole | ever, text[:end]
    assert session.good == whole
    return session


def retype_statements(text: str, steps_of: int, name: str = NAME) -> Session:
    """Take statements out, one after the other, and type each again; whatever is elsewhere stays."""
    session = Session.of(name)
    session.edit(0, 0, text, (0, 0))
    whole = session.good
    there = statements(text, name)
    for node in there[:: max(1, len(there) // 12)]:
        session.edit(node._start, node._end, "", (node._start, node._start))
        places = [0, *(end for _, end in tokens(text[node._start : node._end]))]
        steps = list(range(node._end - node._start + 1)) if steps_of == 1 else places
        for start, end in pairwise(steps):
            at = node._start + start
            session.edit(at, at, text[at : node._start + end], (node._start, node._start + end))
        rest = node._start + steps[-1]
        session.edit(rest, rest, text[rest : node._end], (node._start, node._end))
        assert session.good == whole
    return session


def test_character_by_character() -> None:
    session = type_from_nothing(PROGRAMS[2], list(range(len(PROGRAMS[2]) + 1)))
    assert session.broken > len(PROGRAMS[2]) // 4


@pytest.mark.parametrize("text", PROGRAMS, ids=["first", "second", "third"])
def test_statements_typed_again(text: str) -> None:
    session = retype_statements(text, 2)
    assert session.shown_while_broken > session.broken // 10


@pytest.mark.realworld
@pytest.mark.parametrize("file", [LARGE, *REAL])
def test_real_files_token_by_token(file: str) -> None:
    text, name = real(file)
    assert found_in(text, name)
    type_from_nothing(text, [0, *(end for _, end in tokens(text)), len(text)], name)


@pytest.mark.realworld
@pytest.mark.parametrize("file", [LARGE, *REAL])
def test_statements_of_real_files_typed_again(file: str) -> None:
    text, name = real(file)
    session = retype_statements(text, 2, name)
    assert session.shown_while_broken > session.broken // 10


@pytest.mark.realworld
@pytest.mark.parametrize("file", REAL)
def test_real_files_character_by_character(file: str) -> None:
    text, name = real(file)
    type_from_nothing(text, list(range(len(text) + 1)), name)
    retype_statements(text, 1, name)


@pytest.mark.realworld
@pytest.mark.slow
@pytest.mark.parametrize("file", [LARGE])
def test_large_files_character_by_character(file: str) -> None:
    text, name = real(file)
    type_from_nothing(text, list(range(len(text) + 1)), name)
    retype_statements(text, 1, name)


def real(file: str) -> tuple[str, str]:
    """The text of a file of the register, and the name that it is typed under."""
    return text_of(file).text, f"untitled:a{Path(file).suffix}"
