"""The site's rule pages: everything that a rule's file says, and what an analysis says of its examples."""

from __future__ import annotations

import html
import re

import pytest
from defects_table import sections as defect_sections
from rule_pages import fixes, index, marked_code, page

from jsleak.analysis.pages import sections
from jsleak.analysis.rule import LoadedRule, NoExperiment, load_rules
from jsleak.analysis.text import Position, Range
from jsleak.engine.defects import load_defects
from support import marks

RULES = [pytest.param(loaded, id=name) for name, loaded in load_rules().items()]


def text_of(code: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", code))


@pytest.mark.parametrize("loaded", RULES)
def test_page(loaded: LoadedRule) -> None:
    rule, shown = loaded.rule, page(loaded)
    assert f"\n# {rule.name}\n" in shown
    assert f'<span class="fact fact-{rule.severity}">{rule.severity}</span>' in shown
    for heading in sections(loaded):
        assert f"\n## {heading}\n" in shown
    for option in rule.options:
        assert f"`--rule-option {rule.name}.{option.name}=VALUE`" in shown
    if isinstance(rule.experiment, NoExperiment):
        assert rule.experiment.reason in shown
    else:
        assert rule.experiment.observe.replace("-", " ") in shown
    codes = [text_of(code) for code in re.findall(r"<code>(.*?)</code>", shown, re.DOTALL)]
    for name, example in (loaded.bad | loaded.good).items():
        assert name in shown
        assert marks.parse(example).text in codes
    for example in loaded.bad.values():
        for finding in marks.analyse(marks.parse(example), rule.name).findings:
            assert finding.message in shown
            assert all(hop.label in shown for hop in finding.retention)
            assert all(f"{fix.title}" in shown for fix in finding.fixes)
    assert shown.count("<mark>") == shown.count("</mark>") >= len(loaded.bad)


def test_index_has_every_rule_with_its_fix() -> None:
    shown = index()
    for name, loaded in load_rules().items():
        assert f"| [`{name}`]({name}.md) | {loaded.rule.summary} | {fixes(loaded)} |" in shown


MARKED = {
    "one place": ("let a = b;", [(9, 10)], "let a = <mark>b</mark>;"),
    "part of a token": ("let abc;", [(6, 7)], "let a<mark>b</mark>c;"),
    "to the end": ("f(1)", [(1, 5)], "<mark>f(1)</mark>"),
    "two places": ("a; b;", [(1, 2), (4, 5)], "<mark>a</mark>; <mark>b</mark>;"),
    "one inside of the other": ("f(g())", [(1, 7), (3, 6)], "<mark>f(g())</mark>"),
    "the same place twice": ("f()", [(1, 4), (1, 4)], "<mark>f()</mark>"),
    "markup": ("a<b>c", [(2, 5)], "a<mark>&lt;b&gt;</mark>c"),
}


@pytest.mark.parametrize(("text", "places", "marked"), MARKED.values(), ids=MARKED)
def test_marked_code(text: str, places: list[tuple[int, int]], marked: str) -> None:
    code = marked_code(text, [Range(Position(1, start), Position(1, end)) for start, end in places])
    assert re.sub(r"</?(?!mark)\w+[^>]*>", "", code) == marked


def test_defects() -> None:
    shown = defect_sections()
    for defect in load_defects():
        assert f"### {defect.id}\n" in shown
        assert defect.verified.replace("|", "\\|") in shown
        assert all(f"<{source}>" in shown for source in defect.sources)
        assert all(f"(rules/{rule}.md)" in shown for rule in defect.rules)
