"""Tables of programs before and after a rule's first fix, and of programs that have no fix since it would not be mechanical."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from _pytest.mark import ParameterSet

from jsleak.analysis import analyze
from jsleak.analysis.edits import apply
from jsleak.analysis.findings import Finding

Programs = Mapping[tuple[str, str], tuple[str, str]]
NotFixed = Mapping[tuple[str, str], str]
"""Programs by the rule that is asked and a title."""


def fixed_cases(table: Programs) -> list[ParameterSet]:
    """Parameters (rule, before, after)."""
    return [pytest.param(rule, *programs, id=f"{rule}: {title}") for (rule, title), programs in table.items()]


def not_fixed_cases(table: NotFixed) -> list[ParameterSet]:
    """Parameters (rule, program)."""
    return [pytest.param(rule, program, id=f"{rule}: {title}") for (rule, title), program in table.items()]


def findings(rule: str, text: str) -> list[Finding]:
    """What a rule says of a module, beside all others."""
    result = analyze(text, filename="example.mjs")
    assert not result.problems, result.problems
    return [finding for finding in result.findings if finding.rule == rule]


def check_fixed(rule: str, before: str, after: str) -> None:
    """The first fix makes one program of the other, and a finding less."""
    found = findings(rule, before)
    fixes = [fix for finding in found for fix in finding.fixes]
    assert apply(before, fixes[0].edits) == after
    assert len(findings(rule, after)) < len(found)


def check_not_fixed(rule: str, program: str) -> None:
    """The rule flags the program and offers no fix."""
    found = findings(rule, program)
    assert found
    assert not [fix for finding in found for fix in finding.fixes]
