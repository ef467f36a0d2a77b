"""Text that does not parse: the rest is analysed, and what the broken part may have held is never taken for absent."""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsleak.analysis import analyze
from jsleak.analysis.depth import call_deep
from jsleak.analysis.findings import Analysis, ProblemKind
from jsleak.analysis.languages import Code, codes
from jsleak.analysis.languages.broken import Recovered, recover
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.rule import load_rules
from jsleak.analysis.syntax.nodes import walk
from jsleak.analysis.syntax.parse import SyntaxProblem
from support import marks
from support.breaking import Break, breaks, places, tokens

HEAD = "const registry = new FinalizationRegistry((fd) => close(fd));\n"
LEAK = """\
export class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.close());
  }
  close() {
    this.fd = -1;
  }
}
"""
HELD = ["held-value-retains-target", "object-held-value"]

#: Texts, what is said of them beside the error, and what is blanked.
TEXTS = {
    "an argument is missing": (HEAD + LEAK + "console.log(\n", HELD, ["console.log("]),
    "a member access is being typed": (HEAD + "registry.\n" + LEAK, HELD, ["registry."]),
    "a value is to come": (HEAD + "const a =\n" + LEAK, HELD, ["const a ="]),
    "a bracket of a method is missing": (
        HEAD + "function f() {\n  if (a) {\n    b();\n}\nfunction g() {}\n" + LEAK,
        HELD,
        ["if (a) {\n    b();"],
    ),
    "a bracket too many": (HEAD + "function f() {\n  a();}\n  b();\n}\n" + LEAK, HELD, ["function f() {\n  a();}\n  b();\n}"]),
    "a method beside the registration": (HEAD + LEAK.replace("this.fd = -1;", "this.fd = ;"), HELD, ["this.fd = ;"]),
    "the registration itself": (HEAD + LEAK.replace("close());", "close();"), [], ["registry.register(this, () => this.close();"]),
    "the class before its end": (HEAD + LEAK[:-2], [], None),
    "the registry": (HEAD.replace("(fd) =>", "(fd =>") + LEAK, [], None),
    "an early error elsewhere": (HEAD + LEAK + "let a;\nlet a;\n", HELD, ["let a;"]),
    "garbage after it": (HEAD + LEAK + "@@ %% ]] \n", HELD, None),
    "an unterminated string": (HEAD + LEAK + "f('abc);\n", HELD, ["f('abc);"]),
    "an unterminated template": (HEAD + LEAK + "f(`abc);\nlater();\n", HELD, None),
    "an unterminated comment": (HEAD + LEAK + "/* abc\n", HELD, ["/* abc"]),
    "a conflict": (HEAD + LEAK + "<<<<<<< ours\na();\n=======\nb();\n>>>>>>> theirs\n", HELD, None),
    "nobody unregisters, as far as can be seen": (
        HEAD + "export function f(t) {\n  registry.register({}, 1, t);\n}\nregistry.unregister(\n",
        ["anonymous-target"],
        None,
    ),
    "what is called may be what is broken": (
        HEAD + "class Node {\n  constructor() {\n    all.add(this;\n  }\n}\nregistry.register(new Node(), 1);\n",
        [],
        ["all.add(this;"],
    ),
    "a suppression stays one": (
        HEAD + LEAK.replace("    registry", "    // jsleak-ignore-next-line\n    registry") + "console.log(\n",
        [],
        ["console.log("],
    ),
    "no suppression is unused in a broken file": (HEAD + "// jsleak-ignore-next-line\nf(;\n", [], ["f(;"]),
    "an indented wrapper": (f"(() => {{\n  {HEAD}  registry.register({{}}, 1);\n  f(;\n}})();\n", ["anonymous-target"], ["f(;"]),
    "nothing but an error": ("FinalizationRegistry (", [], None),
}


@pytest.mark.parametrize("title", TEXTS)
def test_the_rest_is_analysed(title: str) -> None:
    text, rules, blanked = TEXTS[title]
    analysis = analyze(text, filename="a.mjs" if "export" in text else "a.js")
    assert [problem.kind for problem in analysis.problems] == [ProblemKind.SYNTAX_ERROR]
    assert sorted(finding.rule for finding in analysis.findings) == rules
    assert analysis.lends == ()
    if blanked is not None:
        found = recovered(text, "a.mjs" if "export" in text else "a.js")
        assert found is not None
        assert [text[start:end] for start, end in found.code.broken] == blanked


@pytest.mark.parametrize(
    ("filename", "broken"),
    [("a.ts", "function f(a: number { return a }\n"), ("a.tsx", "const e = <div>;\n"), ("a.jsx", "const e = <div>{a</div>;\n")],
)
def test_other_grammars(filename: str, broken: str) -> None:
    typed = LEAK.replace("(fd)", "(private fd: number)") if filename.startswith("a.ts") else LEAK
    analysis = analyze(HEAD + typed + broken, filename=filename)
    assert [problem.kind for problem in analysis.problems] == [ProblemKind.SYNTAX_ERROR]
    assert sorted(finding.rule for finding in analysis.findings) == HELD


def recovered(text: str, filename: str = "a.js") -> Recovered | None:
    (code,) = codes(text, filename=filename)
    try:
        call_deep(read_program, code, filename)
    except SyntaxProblem as problem:
        return call_deep(recover, code, problem, filename)
    raise AssertionError("this parses")


# The law

PROGRAMS = [
    (marks.parse(example), name)
    for name, loaded in load_rules().items()
    for example in (*loaded.bad.values(), *loaded.good.values())
]


def check(program: marks.MarkedProgram, rule: str, edit: Break) -> Analysis | None:
    """Breaking a program brings no finding that it does not have. None where the edit leaves it one that parses."""
    rules = marks.settings(program, rule) if program.options else None
    text = edit.of(program.text)
    analysis = analyze(text, filename=marks.FILENAME, settings=rules)
    if all(problem.kind is not ProblemKind.SYNTAX_ERROR for problem in analysis.problems):
        return None
    assert len(analysis.problems) == 1, analysis.problems
    whole = analyze(program.text, filename=marks.FILENAME, settings=rules)
    every = (*whole.findings, *(one.finding for one in whole.suppressed))
    assert places(analysis.findings, text, edit.back) <= places(every, program.text), text
    return analysis


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_breaking_a_program_brings_no_finding(data: st.DataObject) -> None:
    program, rule = data.draw(st.sampled_from(PROGRAMS))
    there = tokens(program.text)
    start, end = data.draw(st.sampled_from(there))
    first, last = data.draw(st.sampled_from(there))
    kind = data.draw(st.sampled_from(["delete", "insert", "double", "cut"]))
    edit = {
        "delete": Break(start, end, ""),
        "insert": Break(start, start, program.text[first:last] + " "),
        "double": Break(start, start, program.text[start:end]),
        "cut": Break(end, len(program.text), ""),
    }[kind]
    check(program, rule, edit)


@pytest.mark.slow
def test_breaks_of_every_program() -> None:
    """And findings are left: of those outside the broken statement a good part. Of all breaks every eighth, in turn."""
    kept: Counter[str] = Counter()
    tried = broken = 0
    for program, rule in PROGRAMS:
        for edit in islice(breaks(program.text), tried % 8, None, 8):
            tried += 1
            if (analysis := check(program, rule, edit)) is not None:
                broken += 1
                kept.update(finding.rule for finding in analysis.findings)
    assert broken > 3_000
    assert {rule for rule, loaded in load_rules().items() if loaded.rule.evidence != "file"} <= kept.keys()


# Any text

STRANGE = {
    "brackets": "FinalizationRegistry" + "(" * 50_000,
    "brackets of all kinds": "FinalizationRegistry" + "([{" * 20_000,
    "closing brackets": "FinalizationRegistry" + ")" * 50_000,
    "templates": "FinalizationRegistry" + "`${" * 20_000,
    "noise": "FinalizationRegistry" + "".join(random.Random(1).choices([chr(code) for code in range(1, 256)], k=100_000)),
    "marks": "FinalizationRegistry" + "".join(random.Random(2).choices("(){}[]`'\"/*\\\n;,.=<>a1 ", k=100_000)),
    "lines of errors": "FinalizationRegistry\n" + "let = (;\n" * 10_000,
    "wide": "FinalizationRegistry\n" + "é😀\ud800(\u2028" * 10_000,
    "one long line": "FinalizationRegistry;" + "f(a);" * 20_000 + "(",
    "quotes": "FinalizationRegistry" + "'\"`" * 20_000,
    "elements": "FinalizationRegistry" + "<a>" * 10_000,
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("filename", ["a.js", "a.tsx"])
def test_strange_texts_are_refused_soon(name: str, filename: str) -> None:
    started = time.process_time()
    analysis = analyze(STRANGE[name], filename=filename)
    assert {problem.kind for problem in analysis.problems} <= {ProblemKind.SYNTAX_ERROR, ProblemKind.TOO_DEEP}
    assert analysis.problems or filename != "a.js"
    assert time.process_time() - started < 30


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from(PROGRAMS), st.integers(0, 2_000), st.sampled_from(["a.js", "a.jsx", "a.ts", "a.tsx"]))
def test_any_text_gives_places_inside_it(noise: str, example: tuple[marks.MarkedProgram, str], at: int, filename: str) -> None:
    text = example[0].text[:at] + noise + example[0].text[at:]
    for code in codes(text, filename=filename):
        same_shape(code, text)
        try:
            call_deep(read_program, code, filename)
        except SyntaxProblem as problem:
            found = call_deep(recover, code, problem, filename)
            if found is not None:
                same_shape(found.code, text)
                assert all(not found.code.text[start:end].strip() for start, end in found.code.broken)
                assert all(0 <= node._start <= node._end <= len(text) for node in walk(found.program.root))


def same_shape(code: Code, text: str) -> None:
    assert len(code.text) == len(text)
    assert all(code.text[at] == text[at] for at in range(len(text)) if text[at] in "\n\r\u2028\u2029")
