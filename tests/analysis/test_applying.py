"""Rounds of fixes, over a toy language in which each finding and each fix is a letter or two.

``a`` is a finding whose fix writes ``.``. The fixes of the others: ``b`` writes ``b`` again (it does nothing); ``c`` writes ``C``,
which is a finding too (it stays); ``d`` writes ``a`` (it adds another); ``e`` writes ``!``, which does not parse; ``f`` is rid of
itself and of the letter after it; ``u`` is found only in a text that has no ``r``, whose fix reveals it; ``x`` has no fix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis.applying import Applied, best, fixing
from jsleak.analysis.edits import apply, independent
from jsleak.analysis.findings import Analysis, Edit, Finding, Fix, Problem, ProblemKind, Severity
from jsleak.analysis.text import SourceText

WRITES = {"a": ".", "b": "b", "c": "C", "d": "a", "e": "!", "f": "", "r": ".", "u": "."}


def examine(text: str) -> Analysis:
    if "!" in text:
        return Analysis(problems=(Problem("toy", ProblemKind.SYNTAX_ERROR, "!"),))
    source = SourceText(text, "toy")
    found: list[Finding] = []
    for match in re.finditer("[abcdefrx]" if "r" in text else "[abcdefux]|C", text):
        letter = match[0]
        place = source.range(*match.span())
        edit = Edit(
            source.range(match.start(), min(match.end() + 1, len(text))) if letter == "f" else place, WRITES.get(letter, "")
        )
        fixes = (Fix("fix it", True, (edit,), reveals=letter == "r"),) if letter in WRITES else ()
        found.append(Finding(letter.lower(), Severity.ERROR, "toy", place, f"the letter {letter}", fixes=fixes))
    return Analysis(tuple(found))


def fixed(text: str) -> Applied[Analysis]:
    work = fixing(text, examine(text), best)
    try:
        changed = next(work)
        while True:
            changed = work.send(examine(changed))
    except StopIteration as end:
        done: Applied[Analysis] = end.value
        return done


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("a", "."),
        ("a a-aa", ". .-.."),
        ("b", "b"),
        ("a c a", ". c ."),
        ("a d a", ". d ."),
        ("e a a a a a a a", "e . . . . . . ."),
        ("a-b-c-d-e-a-x", ".-b-c-d-e-.-x"),
        ("fa", ""),
        ("ffff", ""),
        ("fe a", " ."),
        ("r-u-a", ".-.-."),
        ("r-r-u-d", ".-.-.-d"),
        ("e-r-u", "e-.-."),
    ],
)
def test_rounds(before: str, after: str) -> None:
    done = fixed(before)
    assert done.text == after
    assert done.result == examine(after)
    assert [one.now for one in done.left] == list(done.result.findings)


@given(st.text("abcdefrux-\n", max_size=24))
def test_law(text: str) -> None:
    """The text parses; no rule has more findings, but for what was revealed; a second time changes nothing more."""
    before, done = examine(text), fixed(text)
    assert not done.result.problems
    rules = [finding.rule for finding in before.findings]
    for letter in "abcdefx":
        assert sum(one.rule == letter for one in done.result.findings) <= rules.count(letter)
    assert [one.now for one in done.left] == list(done.result.findings)
    firsts = [one.first for one in done.left if one.first is not None]
    assert sorted((one.range, one.rule) for one in (*firsts, *done.fixed)) == [(one.range, one.rule) for one in before.findings]
    assert fixed(done.text).text == done.text
    assert not [one for one in done.left if one.now.rule in "aru"]


changes = st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3), st.text("xy", max_size=2)), min_size=1, max_size=3))


@given(changes)
def test_independent_changes_can_be_made_at_once(given_: list[list[tuple[int, int, str]]]) -> None:
    text = "0123456789\n0123456789\n"
    source = SourceText(text, "")
    made: list[tuple[int, Sequence[Edit]]] = [
        (number, [Edit(source.range(start, min(start + size, len(text))), new) for start, size, new in edits])
        for number, edits in enumerate(given_)
    ]
    chosen = independent(text, made)
    together = apply(text, [edit for _, edits in chosen for edit in edits])
    assert len(together) == len(text) + sum(
        len(edit.text) - (source.offset(edit.range.end) - source.offset(edit.range.start)) for _, edits in chosen for edit in edits
    )
    assert independent(text, chosen) == chosen
