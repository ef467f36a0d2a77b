"""Tables of marked programs, each for one rule: their cases, and how they are checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from _pytest.mark import ParameterSet

from . import marks

Table = Mapping[tuple[str, str], str]
"""Programs by the rule that is asked and a title."""


def cases(bad: Table, good: Table) -> list[ParameterSet]:
    """Parameters (rule, program), named "rule: title"."""
    return [pytest.param(rule, program, id=f"{rule}: {title}") for (rule, title), program in {**bad, **good}.items()]


def check_tables(bad: Table, good: Table) -> None:
    """No title is in both tables, each bad program is marked and no good one is."""
    assert not bad.keys() & good.keys()
    assert all(marks.parse(program).marks for program in bad.values())
    assert not any(marks.parse(program).marks for program in good.values())


def check(rule: str, example: str) -> None:
    """The rule flags a program exactly where it is marked."""
    program = marks.parse(example)
    result = marks.analyse(program, rule)
    assert not result.problems, marks.show(program, ())
    found = Counter(marks.mark_of(finding, program.text) for finding in result.findings)
    assert found == Counter(program.marks), f"{rule}\n{marks.show(program, result.findings)}"
