"""Comments that suppress findings: where they count, what they cover, and which of them are called unused or unknown.

Each program registers fresh objects with a number as held value: `r.register({}, 1)` is a finding of `anonymous-target`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.edits import apply
from jsleak.analysis.findings import Analysis, Finding, Severity
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.suppressed import entries, split
from jsleak.analysis.suppressions import suppressions
from jsleak.analysis.syntax.parse import parse
from jsleak.analysis.text import SourceText

HEAD = "const r = new FinalizationRegistry(() => {});\n"
RULE = "anonymous-target"
ABOUT = ("unknown-suppression", "unused-suppression")
SETTINGS = RuleSettings(frozenset({RULE, *ABOUT}))


def analysed(text: str, settings: RuleSettings = SETTINGS, filename: str = "a.jsx") -> Analysis:
    result = analyze(text, filename=filename, settings=settings)
    assert not result.problems, f"{result.problems}\n{text}"
    return result


def numbers(text: str, findings: Iterator[Finding]) -> str:
    """The held values of the registrations that findings stand at."""
    source = SourceText(text, "")
    found = [source.slice(source.offset(one.range.start), source.offset(one.range.end)) for one in findings if one.rule == RULE]
    return "".join(sorted(one.split(",")[1].strip(" )\n;") for one in found))


def told(result: Analysis) -> list[str]:
    """What is said of suppressions themselves."""
    return [f"{one.range.start.line} {one.rule.removesuffix('-suppression')}" for one in result.findings if one.rule in ABOUT]


COVERS: dict[str, tuple[str, str]] = {
    "next line": ("// jsleak-ignore-next-line anonymous-target\nr.register({}, 1);\nr.register({}, 2);", "2"),
    "next line, all rules": ("// jsleak-ignore-next-line\nr.register({}, 1);\nr.register({}, 2);", "2"),
    "next line, with a reason": ("// jsleak-ignore-next-line anonymous-target -- at once, please\nr.register({}, 1);", ""),
    "all rules, with a reason": ("// jsleak-ignore-next-line -- anonymous-target\nr.register({}, 1);", ""),
    "several rules": ("// jsleak-ignore-next-line throw-after-register ,anonymous-target,\nr.register({}, 1);", ""),
    "another rule": ("// jsleak-ignore-next-line throw-after-register\nr.register({}, 1);", "1"),
    "a block comment": ("/* jsleak-ignore-next-line anonymous-target -- so */\nr.register({}, 1);", ""),
    "a comment of several lines": ("/**\n * jsleak-ignore-next-line anonymous-target -- so\n */\nr.register({}, 1);", ""),
    "CRLF": ("// jsleak-ignore-next-line anonymous-target\r\nr.register({}, 1);\r\nr.register({}, 2);", "2"),
    "U+2028": ("// jsleak-ignore-next-line anonymous-target\u2028r.register({}, 1);\u2029r.register({}, 2);", "2"),
    "tabs and no blanks": ("//jsleak-ignore-next-line\tanonymous-target\nr.register({}, 1);", ""),
    "astral characters before": (
        '"\U0001f600"; /* \U0001f600 */ // jsleak-ignore-next-line anonymous-target\n"\U0001f600", r.register({}, 1);',
        "",
    ),
    "not its own line": ("r.register({}, 1); // jsleak-ignore-next-line anonymous-target\nr.register({}, 2);", "1"),
    "other comments and blank lines between": (
        "// jsleak-ignore-next-line anonymous-target\n// eslint-disable-next-line x\n\n/* a\nb */\nr.register({}, 1);",
        "",
    ),
    "code between": ("// jsleak-ignore-next-line anonymous-target\nf();\nr.register({}, 1);", "1"),
    "code behind it": ("/* jsleak-ignore-next-line anonymous-target */ f();\n\nr.register({}, 1);", "1"),
    "two for one line": (
        "// jsleak-ignore-next-line throw-after-register\n// jsleak-ignore-next-line anonymous-target\nr.register({}, 1);",
        "",
    ),
    "the first line of a long finding": ("// jsleak-ignore-next-line anonymous-target\nr.register(\n  {},\n  1\n);", ""),
    "the line of a statement, not of the finding": (
        "// jsleak-ignore-next-line anonymous-target\nf(\n  r.register({}, 1),\n);",
        "1",
    ),
    "in a statement": ("f(\n  // jsleak-ignore-next-line anonymous-target\n  r.register({}, 1),\n);", ""),
    "line": ("r.register({}, 1); // jsleak-ignore-line anonymous-target\nr.register({}, 2);", "2"),
    "line, before": ("/* jsleak-ignore-line anonymous-target */ r.register({}, 1);", ""),
    "line, at the end of a long finding": ("r.register({},\n  1); // jsleak-ignore-line anonymous-target", "1"),
    "file": ("// jsleak-ignore-file anonymous-target\nr.register({}, 1);\nr.register({}, 2);", "12"),
    "block": (
        "r.register({}, 1);\n// jsleak-ignore-start anonymous-target\nr.register({}, 2);\nr.register({}, 3);\n"
        "// jsleak-ignore-end anonymous-target\nr.register({}, 4);",
        "14",
    ),
    "block in a line": (
        "r.register({}, 1); /* jsleak-ignore-start */ r.register({}, 2); /* jsleak-ignore-end */ r.register({}, 3);",
        "13",
    ),
    "block without an end": ("r.register({}, 1);\n// jsleak-ignore-start anonymous-target\nr.register({}, 2);", "1"),
    "an end of all": (
        "// jsleak-ignore-start anonymous-target\nr.register({}, 1);\n// jsleak-ignore-end\nr.register({}, 2);",
        "2",
    ),
    "an end of others": (
        "// jsleak-ignore-start anonymous-target\nr.register({}, 1);\n// jsleak-ignore-end async-cleanup\nr.register({}, 2);",
        "",
    ),
    "blocks in each other": (
        "// jsleak-ignore-start anonymous-target\n// jsleak-ignore-start anonymous-target\nr.register({}, 1);\n"
        "// jsleak-ignore-end anonymous-target\nr.register({}, 2);\n// jsleak-ignore-end anonymous-target\nr.register({}, 3);",
        "3",
    ),
    "between tags": (
        "const a = <p>\n  {/* jsleak-ignore-next-line anonymous-target */}\n  {r.register({}, 1)}\n  {r.register({}, 2)}\n</p>;",
        "2",
    ),
    "between tags, with others": (
        "const a = <p>\n  {/* jsleak-ignore-next-line anonymous-target */}\n  {/* more */}\n\n  {r.register({}, 1)}\n</p>;",
        "",
    ),
    "between tags, a line comment": (
        "const a = <p>\n  {// jsleak-ignore-next-line anonymous-target\n  }\n  {r.register({}, 1)}\n</p>;",
        "",
    ),
    "among attributes": ("const a = <p\n  // jsleak-ignore-next-line anonymous-target\n  b={r.register({}, 1)}\n/>;", ""),
    "text between tags": ("const a = <p>\n  // jsleak-ignore-next-line anonymous-target\n  {r.register({}, 1)}\n</p>;", "1"),
    "in a template's expression": ("f(`${/* jsleak-ignore-line anonymous-target */ r.register({}, 1)}`);", ""),
    "in a template": ("f(`// jsleak-ignore-line anonymous-target`, r.register({}, 1));", "1"),
    "in a string": ("f('/* jsleak-ignore-line anonymous-target */', r.register({}, 1));", "1"),
    "in a regular expression": ("f(/\\/* jsleak-ignore-line anonymous-target *\\//, r.register({}, 1));", "1"),
    "a string with a comment's mark before": ("f('//', r.register({}, 1)); // jsleak-ignore-line anonymous-target", ""),
    "a word of its own": ("r.register({}, 1); // jsleak-ignored-line anonymous-target", "1"),
    "not the first word": ("r.register({}, 1); // see jsleak-ignore-line anonymous-target", "1"),
    "in an expression": ("r.register({}, jsleak-ignore-line);", "jsleak-ignore-line"),
    "in the middle of another comment": ("r.register({}, 1); /* a // jsleak-ignore-line anonymous-target */", "1"),
    "an empty block comment before": ("/**/ r.register({}, 1); // jsleak-ignore-line anonymous-target", ""),
    "at the end of the text": ("r.register({}, 1);\n// jsleak-ignore-next-line", "1"),
}


@pytest.mark.parametrize(("program", "left"), [pytest.param(*row, id=name) for name, row in COVERS.items()])
def test_what_is_covered(program: str, left: str) -> None:
    result = analysed(HEAD + program)
    everything = analysed(HEAD + program, RuleSettings(frozenset({RULE}), suppressions=False))
    assert numbers(HEAD + program, iter(result.findings)) == left
    gone = [one.finding for one in result.suppressed]
    assert sorted([one for one in result.findings if one.rule == RULE] + gone, key=lambda one: one.range) == list(
        everything.findings
    )
    assert not everything.suppressed
    assert not everything.suppressions


FIRST: dict[str, tuple[str, str]] = {
    "at the beginning": ("// jsleak-ignore-file anonymous-target\n", ""),
    "all rules": ("/* jsleak-ignore-file */\n", ""),
    "after a hashbang": ("#!/usr/bin/env node\n// jsleak-ignore-file anonymous-target\n", ""),
    "in a hashbang": ("#!/usr/bin/env //jsleak-ignore-file anonymous-target\n", "1"),
    "after a byte order mark": ("\ufeff// jsleak-ignore-file anonymous-target\n", ""),
    "after directives": ("'use strict';\n// jsleak-ignore-file anonymous-target\n", ""),
    "after other comments": ("/* (c) */\n\n// jsleak-ignore-file anonymous-target\n", ""),
    "after a statement": ("f();\n// jsleak-ignore-file anonymous-target\n", "1"),
    "after a string that is no directive": ("f();\n'use strict';\n// jsleak-ignore-file anonymous-target\n", "1"),
    "next line before everything": ("// jsleak-ignore-next-line anonymous-target\n", "1"),
}


@pytest.mark.parametrize(("beginning", "left"), [pytest.param(*row, id=name) for name, row in FIRST.items()])
def test_at_the_beginning(beginning: str, left: str) -> None:
    text = f"{beginning}{HEAD}r.register({{}}, 1);\n"
    assert numbers(text, iter(analysed(text).findings)) == left


FIXED: dict[str, tuple[str, str, list[str]]] = {
    "used": ("r.register({}, 1); // jsleak-ignore-line", "r.register({}, 1); // jsleak-ignore-line", []),
    "a line": ("  // jsleak-ignore-next-line anonymous-target\nf();", "f();", ["2 unused"]),
    "the last line": ("f();\n// jsleak-ignore-next-line", "f();\n", ["3 unused"]),
    "the end of a line": ("f(); \t// jsleak-ignore-line anonymous-target\ng();", "f();\ng();", ["2 unused"]),
    "the beginning of a line": ("/* jsleak-ignore-line */  f();", "f();", ["2 unused"]),
    "between words": ("let a = typeof/* jsleak-ignore-line */f;", "let a = typeof f;", ["2 unused"]),
    "between blanks": ("f( /* jsleak-ignore-line */ g );", "f( g );", ["2 unused"]),
    "several lines that end a statement": (
        "let a = 1 /* jsleak-ignore-line\n */ let b = 2",
        "let a = 1 \n let b = 2",
        ["2 unused"],
    ),
    "CRLF": ("f();\r\n// jsleak-ignore-line\r\ng();\r\n", "f();\r\ng();\r\n", ["3 unused"]),
    "one of two names": (
        "r.register({}, 1); // jsleak-ignore-line anonymous-target, object-held-value -- so",
        "r.register({}, 1); // jsleak-ignore-line anonymous-target -- so",
        ["2 unused"],
    ),
    "two of three names": (
        "r.register({}, 1); // jsleak-ignore-line async-cleanup, anonymous-target,object-held-value",
        "r.register({}, 1); // jsleak-ignore-line anonymous-target",
        ["2 unused"],
    ),
    "a name twice": (
        "r.register({}, 1); // jsleak-ignore-line anonymous-target, anonymous-target",
        "r.register({}, 1); // jsleak-ignore-line anonymous-target",
        ["2 unused"],
    ),
    "the wider of two": (
        "// jsleak-ignore-start anonymous-target\nr.register({}, 1); // jsleak-ignore-line anonymous-target\n// jsleak-ignore-end",
        "r.register({}, 1); // jsleak-ignore-line anonymous-target\n",
        ["2 unused"],
    ),
    "all rules beside a name": (
        "r.register({}, 1); /* jsleak-ignore-line */ // jsleak-ignore-line anonymous-target",
        "r.register({}, 1); // jsleak-ignore-line anonymous-target",
        ["2 unused"],
    ),
    "a block and its end": (
        "// jsleak-ignore-start anonymous-target\nf();\n// jsleak-ignore-end anonymous-target\n",
        "f();\n",
        ["2 unused"],
    ),
    "a name of a block and of its end": (
        "// jsleak-ignore-start anonymous-target, async-cleanup\nr.register({}, 1);\n"
        "// jsleak-ignore-end async-cleanup, anonymous-target\n",
        "// jsleak-ignore-start anonymous-target\nr.register({}, 1);\n// jsleak-ignore-end anonymous-target\n",
        ["2 unused"],
    ),
    "an end that another block needs": (
        "// jsleak-ignore-start anonymous-target\n// jsleak-ignore-start async-cleanup\nr.register({}, 1);\n// jsleak-ignore-end\n",
        "// jsleak-ignore-start anonymous-target\nr.register({}, 1);\n// jsleak-ignore-end\n",
        ["3 unused"],
    ),
    "an end without a beginning": ("f();\n// jsleak-ignore-end anonymous-target\n", "f();\n", ["3 unused"]),
    "between tags": (
        "const a = <p>\n  {/* jsleak-ignore-next-line */}\n  <b/>\n</p>;",
        "const a = <p>\n  <b/>\n</p>;",
        ["3 unused"],
    ),
    "between tags, in a line": ("const a = <p>a <b/>{/* jsleak-ignore-line */} c</p>;", "const a = <p>a <b/> c</p>;", ["2 unused"]),
    "between texts, which are no one text": (
        "const a = <p>\n  b\n  {/* jsleak-ignore-next-line */}\n  c\n</p>;",
        "const a = <p>\n  b\n  {/* */}\n  c\n</p>;",
        ["4 unused"],
    ),
    "a rule that is no more, and the comment with it": (
        "r.register({}, 1, r); // jsleak-ignore-line no-such-thing-at-all",
        "r.register({}, 1, r);",
        ["2 unknown"],
    ),
    "an unknown name beside an unused one: first the one, then the other": (
        "f(); // jsleak-ignore-line no-such-thing-at-all, anonymous-target",
        "f();",
        ["2 unknown", "2 unused"],
    ),
    "one that wants to be unused": (
        "f(); // jsleak-ignore-line anonymous-target, unused-suppression",
        "f(); // jsleak-ignore-line anonymous-target, unused-suppression",
        [],
    ),
    "all rules, which is not about itself": ("f(); // jsleak-ignore-line", "f();", ["2 unused"]),
    "a file that leaves them alone": (
        "// jsleak-ignore-start unused-suppression\nf(); // jsleak-ignore-line\n",
        "// jsleak-ignore-start unused-suppression\nf(); // jsleak-ignore-line\n",
        [],
    ),
    "a name that is unknown, suppressed": (
        "// jsleak-ignore-start unknown-suppression\nf(); // jsleak-ignore-line no-such-thing-at-all\n",
        "// jsleak-ignore-start unknown-suppression\nf(); // jsleak-ignore-line no-such-thing-at-all\n",
        [],
    ),
}


def fix_all(text: str) -> str:
    """The text after the safe fixes about suppressions, one at a time as in an editor."""
    for _ in range(20):
        fixes = [fix for one in analysed(text).findings if one.rule in ABOUT for fix in one.fixes if fix.safe]
        if not fixes:
            return text
        text = apply(text, fixes[0].edits)
    raise AssertionError(f"no end of fixes\n{text}")


@pytest.mark.parametrize(("program", "after", "findings"), [pytest.param(*row, id=name) for name, row in FIXED.items()])
def test_unused_and_unknown(program: str, after: str, findings: list[str]) -> None:
    before = analysed(HEAD + program)
    assert told(before) == findings
    text = fix_all(HEAD + program)
    assert text == HEAD + after
    left = [one.message for one in before.findings if one.rule == RULE]
    assert [one.message for one in analysed(text).findings if one.rule == RULE] == left


HELP: dict[str, tuple[str, str, list[str]]] = {
    "a slip": (
        "// jsleak-ignore-next-line anonymous-targt",
        "Did you mean `anonymous-target`? `jsleak rules` lists the rules.",
        ["// jsleak-ignore-next-line anonymous-target", ""],
    ),
    "a slip in a list": (
        "// jsleak-ignore-next-line async-clenup, anonymous-target",
        "Did you mean `async-cleanup`? `jsleak rules` lists the rules.",
        ["// jsleak-ignore-next-line async-cleanup, anonymous-target", "// jsleak-ignore-next-line anonymous-target"],
    ),
    "a reason as Biome has it": (
        "// jsleak-ignore-next-line anonymous-target: so",
        "Did you mean `anonymous-target`? `jsleak rules` lists the rules. A reason stands after ` -- `.",
        ["// jsleak-ignore-next-line anonymous-target", ""],
    ),
    "no scope": (
        "// jsleak-ignore anonymous-target",
        "Did you mean `jsleak-ignore-next-line`? There are jsleak-ignore-next-line, jsleak-ignore-line, jsleak-ignore-file, "
        "jsleak-ignore-start, jsleak-ignore-end.",
        ["// jsleak-ignore-next-line anonymous-target", ""],
    ),
    "a file comment too late": (
        "// jsleak-ignore-file anonymous-target",
        "Move the comment to the beginning of the file.",
        [""],
    ),
}


@pytest.mark.parametrize(("program", "help_text", "fixes"), [pytest.param(*row, id=name) for name, row in HELP.items()])
def test_what_is_said_of_unknown_ones(program: str, help_text: str, fixes: list[str]) -> None:
    (finding,) = [one for one in analysed(HEAD + program).findings if one.rule == "unknown-suppression"]
    assert finding.help == help_text
    assert [apply(HEAD + program, fix.edits) for fix in finding.fixes] == [HEAD + after for after in fixes]
    assert [fix.safe for fix in finding.fixes] == [False] * (len(fixes) - 1) + [True]


NOT_UNUSED: dict[str, tuple[str, RuleSettings]] = {
    "the rule is not selected": ("r.register({}, 1); // jsleak-ignore-line anonymous-target", RuleSettings(frozenset(ABOUT))),
    "all rules, the one that finds is not selected": ("r.register({}, 1); // jsleak-ignore-line", RuleSettings(frozenset(ABOUT))),
    "this rule is not selected": ("f(); // jsleak-ignore-line", RuleSettings(frozenset({RULE}))),
    "comments are passed over": ("f(); // jsleak-ignore-line", RuleSettings(suppressions=False)),
    "modules are not known": ("import { f } from './f.js';\nf(); // jsleak-ignore-line anonymous-target", SETTINGS),
}


@pytest.mark.parametrize(("program", "settings"), [pytest.param(*row, id=name) for name, row in NOT_UNUSED.items()])
def test_not_called_unused(program: str, settings: RuleSettings) -> None:
    assert told(analysed(HEAD + program, settings)) == []


def test_unused_once_the_modules_are_known() -> None:
    text = HEAD + "import { f } from './f.js';\nf(); // jsleak-ignore-line anonymous-target"
    result = analyze(text, filename="a.js", settings=SETTINGS, load=lambda importer, specifier: None)
    assert told(result) == ["3 unused"]


def test_not_called_unused_when_the_analysis_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jsleak.analysis.run.STEPS_AT_LEAST", 0)
    monkeypatch.setattr("jsleak.analysis.run.STEPS_PER_NODE", 0)
    names = [f"a{number}" for number in range(300)]
    chain = "".join(f"{to} = {name};\n" for to, name in pairwise(names))
    text = f"{HEAD}let {', '.join(names)};\n{chain}a299 = {{}};\nf(); // jsleak-ignore-line"
    result = analyze(text, filename="a.js", settings=SETTINGS)
    assert [problem.kind for problem in result.problems] == ["analysis-incomplete"]
    assert told(result) == []


def test_not_called_unused_when_the_rule_broke_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: object) -> Iterator[Finding]:
        raise ValueError("out of luck")

    from jsleak.analysis.rule import load_rules

    monkeypatch.setitem(load_rules()[RULE].__dict__, "check", fail)  # type: ignore[arg-type]
    text = (
        HEAD + "f(); // jsleak-ignore-line anonymous-target\nf(); // jsleak-ignore-line\nf(); // jsleak-ignore-line async-cleanup"
    )
    result = analyze(text, filename="a.js", settings=SETTINGS)
    assert [problem.kind for problem in result.problems] == ["internal-error"]
    assert told(result) == ["4 unused"]


def test_what_a_report_is_told() -> None:
    text = HEAD + "r.register({}, 1); /* jsleak-ignore-line anonymous-target -- at\n once */"
    result = analysed(text)
    (one,) = result.suppressed
    assert (one.finding.rule, one.finding.range.start.line, one.reason) == (RULE, 2, "at once")
    (comment,) = result.suppressions
    source = SourceText(text, "")
    places = [comment.range, comment.word, *(name.range for name in comment.rules)]
    assert [source.slice(source.offset(place.start), source.offset(place.end)) for place in places] == [
        "/* jsleak-ignore-line anonymous-target -- at\n once */",
        "jsleak-ignore-line",
        "anonymous-target",
    ]
    assert one.comment == comment.range


def test_many_comments_take_no_long_time() -> None:
    text = HEAD + "r.register({}, 1); // jsleak-ignore-line anonymous-target\n" * 1500
    source = SourceText(text, "a.js")
    root = parse(text, filename="a.js").root
    started = time.process_time()
    of = entries(suppressions(source, root)).entries
    assert len(of) == 1500
    assert time.process_time() - started < 1.0
    place = Finding(RULE, Severity.WARNING, "a.js", source.range(0, 1), "")
    findings = [replace(place, range=entry.covers) for entry in of]
    started = time.process_time()
    assert len(split(findings, of)[1]) == 1500
    assert time.process_time() - started < 1.0
