"""The law of fixes, over every BAD example as it stands, with CRLF and indented by tabs.

A fix's edits don't overlap; the fixed text parses; the finding is gone and no rule has a new one that matters; line ends and
indentation stay the file's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache, partial

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.edits import apply, moved
from jsleak.analysis.findings import Analysis, Finding, Fix, Severity
from jsleak.analysis.rule import LoadedRule, RuleSettings, load_rules
from jsleak.analysis.text import SourceText
from realworld import corpus
from support import marks

VARIANTS: dict[str, Callable[[str], str]] = {
    "as written": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "tabs": lambda text: re.sub(r"^(  )+", lambda found: "\t" * (len(found[0]) // 2), text, flags=re.MULTILINE),
}
#: Rules whose remedy is no mechanical change.
WITHOUT = {
    "cleanup-skips-release-step",
    "missing-held-value",
    "re-registering-cleanup",
    "shared-context-retains-target",
    "strong-copy-of-weak-target",
    "target-retained-elsewhere",
    "weak-cache-without-eviction",
}


def examples() -> list[object]:
    return [
        pytest.param(rule, example, variant, id=f"{name}: {title}: {variant}")
        for name, rule in load_rules().items()
        for title, example in rule.bad.items()
        for variant in VARIANTS
    ]


@cache
def analysed(text: str, any_call: bool) -> Analysis:
    options = {"throw-after-register": {"any-call": any_call}, "unregister-not-in-finally": {"any-call": any_call}}
    return analyze(text, filename=marks.FILENAME, settings=RuleSettings(options=options))


def worth_fixing(findings: tuple[Finding, ...]) -> Counter[str]:
    return Counter(finding.rule for finding in findings if finding.severity.rank >= Severity.WARNING.rank)


def check_law(text: str, finding: Finding, fix: Fix, again: Callable[[str], Analysis]) -> str:
    """What the law says of one fix; gives the fixed text."""
    before = again(text)
    fixed = apply(text, fix.edits)
    told = f"{finding.rule} {finding.range.start}: {finding.message}\nfix: {fix.title}\n{fixed}"
    after = again(fixed)
    assert fixed != text, told
    assert fix.title.strip()
    assert not after.problems, f"{after.problems}\n{told}"
    place = moved(text, fix.edits, finding.range.start)
    same = [other for other in after.findings if other.rule == finding.rule and other.range.start == place]
    counts = [sum(other.rule == finding.rule for other in result.findings) for result in (before, after)]
    assert counts[1] < counts[0], f"it is still there\n{told}"
    assert not [other for other in same if other.message == finding.message], f"it is still there\n{told}"
    new = worth_fixing(after.findings) - worth_fixing(before.findings)
    assert not new, f"new: {new}\n{told}"
    check_layout(text, fixed, told)
    return fixed


def check_layout(text: str, fixed: str, told: str) -> None:
    """Line ends and indentation are the file's own, and no blank is left at a line's end."""
    if "\r\n" in text:
        assert fixed.count("\n") == fixed.count("\r\n"), told
    if re.search(r"^\t", text, re.MULTILINE) and not re.search(r"^ ", text, re.MULTILINE):
        assert not re.search(r"^\t* ", fixed, re.MULTILINE), told
    for line in set(fixed.split("\n")) - set(text.split("\n")):
        assert line.rstrip("\r") == line.rstrip(), told


@pytest.mark.parametrize(("rule", "example", "variant"), examples())
def test_law(rule: LoadedRule, example: str, variant: str) -> None:
    program = marks.parse(example)
    text = VARIANTS[variant](program.text)
    any_call = bool(program.options.get("any-call"))
    result = analysed(text, any_call)
    assert not result.problems
    for finding in result.findings:
        if finding.rule == rule.rule.name:
            for fix in finding.fixes:
                check_law(text, finding, fix, lambda changed: analysed(changed, any_call))


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, rule in load_rules().items()])
def test_a_rule_with_fixes_shows_one(rule: LoadedRule) -> None:
    fixes = [
        fix
        for example in rule.bad.values()
        for finding in marks.analyse(marks.parse(example), rule.rule.name).findings
        for fix in finding.fixes
    ]
    assert bool(fixes) == (rule.rule.name not in WITHOUT)
    if fixes:
        section = rule.page.split("## How to fix it")[1].split("\n## ")[0]
        assert re.search(r"\bfix(es)?\b", section), "the page does not tell of the fix"
        assert any("safe" in section for _ in fixes)


@pytest.mark.realworld
def test_law_in_published_packages() -> None:
    fixed = 0
    for item in corpus.findings():
        for fix in item.finding.fixes:
            check_law(corpus.text_of(item.file).text, item.finding, fix, partial(analyze, filename=item.finding.path))
            fixed += 1
    assert fixed, "no finding of the corpus has a fix"


def test_edits_keep_astral_characters_and_comments() -> None:
    text = 'const r = FinalizationRegistry((h) => h); // "\U0001f600" é\n'
    (finding,) = analyze(text, filename="a.js").findings
    assert apply(text, finding.fixes[0].edits) == 'const r = new FinalizationRegistry((h) => h); // "\U0001f600" é\n'
    assert SourceText(text, "a.js").offset(finding.range.start) == 10
