"""The examples that each rule carries: BAD programs are flagged exactly where they are marked, GOOD ones not at all."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.edits import apply
from jsleak.analysis.findings import Analysis, Severity
from jsleak.analysis.rule import LoadedRule, load_rules
from support import marks

SECTIONS = ("What it does", "Why it matters", "How to fix it", "When to ignore it", "Sources")
MOST_LINES = 180

RULES = [pytest.param(rule, id=name) for name, rule in load_rules().items()]


def examples(kind: Literal["bad", "good"]) -> list[object]:
    return [
        pytest.param(rule, text, id=f"{name}: {title}")
        for name, rule in load_rules().items()
        for title, text in (rule.bad if kind == "bad" else rule.good).items()
    ]


def check_marks(rule: LoadedRule, program: marks.MarkedProgram) -> Analysis:
    result = marks.analyse(program, rule.rule.name)
    assert not result.problems, f"{result.problems}\n{marks.show(program, ())}"
    found = Counter(marks.mark_of(finding, program.text) for finding in result.findings)
    assert found == Counter(program.marks), f"{rule.rule.name}\n{marks.show(program, result.findings)}"
    return result


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_bad_is_flagged_where_marked(rule: LoadedRule, example: str) -> None:
    program = marks.parse(example)
    assert program.marks, f"no mark in\n{example}"
    result = check_marks(rule, program)
    for finding in result.findings:
        assert finding.rule == rule.rule.name
        assert finding.message.strip()


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_good_is_not_flagged(rule: LoadedRule, example: str) -> None:
    program = marks.parse(example)
    assert not program.marks, f"a mark in a good program:\n{example}"
    check_marks(rule, program)


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_fixes_remove_their_finding(rule: LoadedRule, example: str) -> None:
    program = marks.parse(example)
    settings = marks.settings(program, rule.rule.name)
    before = marks.analyse(program, rule.rule.name)
    for finding in before.findings:
        for fix in finding.fixes:
            fixed = apply(program.text, fix.edits)
            after = analyze(fixed, filename=marks.FILENAME, settings=settings)
            told = f"{finding.message}\nfix: {fix.title}\n{fixed}"
            assert not after.problems, f"{after.problems}\n{told}"
            assert len(after.findings) < len(before.findings), told
            if fix.safe:
                others = worth_fixing(program.text), worth_fixing(fixed)
                assert others[1] <= others[0], f"a safe fix brings {others[1] - others[0]}\n{told}"


def worth_fixing(text: str) -> Counter[str]:
    findings = analyze(text, filename=marks.FILENAME).findings
    return Counter(finding.rule for finding in findings if finding.severity.rank >= Severity.WARNING.rank)


@pytest.mark.parametrize("rule", RULES)
def test_tables_are_sound(rule: LoadedRule) -> None:
    assert rule.bad, "no BAD program"
    assert rule.good, "no GOOD program"
    assert not rule.bad.keys() & rule.good.keys(), "one name for a bad and a good program"
    programs: dict[tuple[str, str], str] = {}
    for title, example in [*rule.bad.items(), *rule.good.items()]:
        program = marks.parse(example)
        key = " ".join(program.text.split()), repr(program.options)
        assert key not in programs, f"{title!r} and {programs[key]!r} are one program"
        programs[key] = title
        unknown = program.options.keys() - {option.name for option in rule.rule.options}
        assert not unknown, f"{title!r} sets options that the rule lacks: {unknown}"


@pytest.mark.parametrize("rule", RULES)
def test_page_is_complete(rule: LoadedRule) -> None:
    page = inspect.cleandoc(rule.page)
    found = re.findall(r"^#+ (.+?)\s*$", page, re.MULTILINE)
    assert [title for title in found if title in SECTIONS] == list(SECTIONS)
    for title in SECTIONS:
        body = re.search(rf"^#+ {title}\s*\n(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
        assert body, title
        assert body[1].strip(), f"nothing under {title!r}"


@pytest.mark.parametrize("rule", RULES)
def test_facts_are_given(rule: LoadedRule) -> None:
    assert rule.rule.sources
    assert all(source.strip() for source in rule.rule.sources)
    assert rule.rule.summary.strip()
    assert "\n" not in rule.rule.summary
    names = [option.name for option in rule.rule.options]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", RULES)
def test_file_is_a_page_long(rule: LoadedRule) -> None:
    file = Path(inspect.getfile(rule.check))
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, f"{file.name}: what can become a fact?"
