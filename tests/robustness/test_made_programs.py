"""Programs made by hypothesis, and by hand where one shape is very deep: no exception, bounded time, the same twice."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jsleak.analysis import analyze
from jsleak.analysis.findings import Analysis, ProblemKind
from jsleak.analysis.rule import load_rules
from jsleak.analysis.text import Position, Range, SourceText
from robustness.programs import broken, programs

SECONDS = 5.0  # for programs of a few kilobytes: far above what they take, far below a hang

few = settings(
    max_examples=150, deadline=timedelta(seconds=SECONDS), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
many = settings(few, max_examples=4000)

EXAMPLES = [text for rule in load_rules().values() for text in (*rule.bad.values(), *rule.good.values())]


def check(text: str) -> Analysis:
    """Analyses a text and checks what holds of every result."""
    result = analyze(text, filename="made.js")
    assert not any(problem.kind is ProblemKind.INTERNAL_ERROR for problem in result.problems), result.problems
    source = SourceText(text, "made.js")
    places = [finding.range for finding in result.findings]
    places += [problem.range for problem in result.problems if problem.range]
    places += [hop.range for finding in result.findings for hop in finding.retention]
    places += [edit.range for finding in result.findings for fix in finding.fixes for edit in fix.edits]
    for place in places:
        assert is_inside(place, source), place
    starts = [finding.range.start for finding in result.findings]
    assert starts == sorted(starts), "findings stand in order of place"
    assert len(set(result.findings)) == len(result.findings), "one finding twice"
    return result


def is_inside(place: Range, source: SourceText) -> bool:
    return place.start <= place.end and all(is_position(position, source) for position in (place.start, place.end))


def is_position(position: Position, source: SourceText) -> bool:
    return 1 <= position.line <= len(source.line_starts) and 1 <= position.column <= len(source.line(position.line)) + 1


def check_program(text: str) -> None:
    result = check(text)
    assert analyze(text, filename="made.js") == result, "not the same twice"
    if not result.problems:
        assert analyze(f"{text}\n// the end", filename="made.js").findings == result.findings


@few
@given(programs())
def test_made_programs(text: str) -> None:
    check_program(text)


@few
@given(broken(st.one_of(programs(), st.sampled_from(EXAMPLES))))
def test_broken_programs(text: str) -> None:
    check(text)


@few
@given(st.text())
def test_any_text(text: str) -> None:
    check(f"{text}\nnew FinalizationRegistry(() => {{}});{text}")


@pytest.mark.slow
@many
@given(programs())
def test_many_made_programs(text: str) -> None:
    check_program(text)


@pytest.mark.slow
@many
@given(broken(st.one_of(programs(), st.sampled_from(EXAMPLES))))
def test_many_broken_programs(text: str) -> None:
    check(text)


DEEP = {
    "sum of 5,000 terms": "x = " + " + ".join(["a"] * 5000),
    "string of 5,000 parts": "x = " + " + ".join(["'a'"] * 5000),
    "5,000 conditions": "x = " + " && ".join(["a"] * 5000),
    "5,000 powers": "x = " + " ** ".join(["a"] * 5000),
    "5,000 alternatives": "x = " + "a ? b : " * 5000 + "c",
    "5,000 assignments": "a = " * 5000 + "b",
    "5,000 commas": ", ".join(["a"] * 5000),
    "5,000 negations": "x = " + "!" * 5000 + "a",
    "3,000 chained calls": "x" + ".then(() => a)" * 3000,
    "3,000 members": "x" + ".a" * 3000,
    "3,000 optional members": "x" + "?.a" * 3000,
    "3,000 calls of calls": "x" + "(a)" * 3000,
    "2,000 parentheses": "x = " + "(" * 2000 + "a" + ")" * 2000,
    "2,000 arrays": "x = " + "[" * 2000 + "]" * 2000,
    "2,000 objects": "x = " + "{a:" * 2000 + "1" + "}" * 2000,
    "2,000 blocks": "{" * 2000 + "}" * 2000,
    "2,000 functions": "function f() {" * 2000 + "}" * 2000,
    "2,000 arrows": "x = " + "a => " * 2000 + "b",
    "2,000 arguments deep": "f(" * 2000 + ")" * 2000,
    "2,000 classes": "class A { m() {" * 2000 + "}}" * 2000,
    "2,000 else ifs": "if (a) {} " + "else if (a) {} " * 2000,
    "2,000 loops": "for (;;) " * 2000 + ";",
    "2,000 labels": "".join(f"l{i}: " for i in range(2000)) + ";",
    "2,000 templates": "x = " + "`${" * 2000 + "a" + "}`" * 2000,
    "2,000 tries": "try {" * 2000 + "} finally {}" * 2000,
    "2,000 patterns": "var " + "[" * 2000 + "a" + "]" * 2000 + " = b",
    "5,000 statements": "a.b = c;\n" * 5000,
    "3,000 functions that call the next": "".join(f"function f{i}(a) {{ return f{i + 1}(a) }}\n" for i in range(3000)),
    "2,000 variables passed on": "var v0 = {};\n" + "".join(f"var v{i + 1} = v{i};\n" for i in range(2000)),
    "1,000 registrations": "".join(f"var o{i} = {{}}; registry.register(o{i}, {i}, o{i});\n" for i in range(1000)),
    "1,000 objects in one array": "var all = [];\n"
    + "".join(f"all.push({{ other: all[{i}], fn() {{ return all }} }});\n" for i in range(1000)),
    "a cycle of 1,000 objects": "".join(f"var o{i} = {{}};\n" for i in range(1000))
    + "".join(f"o{i}.next = o{(i + 1) % 1000};\n" for i in range(1000)),
}


@pytest.mark.parametrize("title", DEEP)
def test_deep_and_long_programs(title: str) -> None:
    text = f"const registry = new FinalizationRegistry(() => {{}});\nvar a, b, c, x;\n{DEEP[title]};\nregistry.register(x, a, x);\n"
    started = time.process_time()
    result = check(text)
    assert time.process_time() - started < 2 * SECONDS
    for problem in result.problems:
        assert problem.kind in {ProblemKind.TOO_DEEP, ProblemKind.ANALYSIS_INCOMPLETE}, problem
