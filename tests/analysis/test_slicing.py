"""Large files: what is left out of them is unknown, never taken for nothing, and the findings stay what they are."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis import analyze
from jsleak.analysis.findings import ProblemKind
from jsleak.analysis.languages import LARGE, codes, slicing
from jsleak.analysis.languages.slicing.closure import Kept
from jsleak.analysis.languages.trees import javascript
from jsleak.analysis.rule import load_rules
from realworld import corpus
from support.breaking import breaks
from support.marks import parse, settings
from support.slicing import FILLER, differences, is_sliced, large, published, whole

PROGRAMS = {
    "a removal by a field's name": """
class Pool { static items = new Set(); constructor() { Pool.items.add(this); registry.register(this, 1, this); } }
const registry = new FinalizationRegistry(() => {});
function sweepEverythingThatIsInThere() { for (const one of Pool.items) Pool.items.delete(one); }
""",
    "a removal by a variable's name": """
const all = new Set(); const registry = new FinalizationRegistry(() => {});
class Handle { constructor() { all.add(this); registry.register(this, 1); } }
function forgetTheHandleThatWasGiven(handle) { if (handle) all.delete(handle); }
""",
    "a destructured global": """
const { FinalizationRegistry: Registry } = globalThis; const registry = new Registry(() => {});
function track(object) { const close = () => object.close(); registry.register(object, close); return object; }
""",
    "a computed member": """
const registry = new FinalizationRegistry((held) => held());
class File { constructor(fd) { this.fd = fd; registry["register"](this, () => this.close()); } close() { closeSync(this.fd); } }
""",
    "a cleanup that is passed on": """
function make(handler) { return new FinalizationRegistry(handler); }
const registry = make((held) => { throw new Error(`gone: ${held} of many, many more that were`); });
class Handle { constructor() { registry.register(this, "name", this); } }
""",
    "a suppression that is not used": """
const registry = new FinalizationRegistry(() => {});
function nothingOfThis(value) { /* jsleak-ignore: anonymous-target */ return [value, value, value]; }
""",
    "an unregistration far away": """
const registry = new FinalizationRegistry(free);
class Handle {
  constructor(p) { this.p = p; registry.register(this, p, this); }
  dispose() { first(this); free(this.p); }
}
function first(one) { second(one, "a name that is long enough"); }
function second(one) { third(one, "a name that is long enough"); }
function third(one) { fourth(one, "a name that is long enough"); }
function fourth(one) { fifth(one, "a name that is long enough"); }
function fifth(one) { registry.unregister(one); }
function free(p) { native.free(p); }
""",
    "statements that fill a variable": """
const alive = [], registry = new FinalizationRegistry(() => {});
class Handle { constructor() { alive.push(this); registry.register(this, 1, this); } }
alive.length = 0, Object.freeze(alive), globalThis.everyHandle = alive;
const table = { of: ["things", "that", "do", "not", "matter"], at: all(), other: "a long one" }, unused = "another long value";
""",
    "statements that give a property": """
class Handle { constructor(fd) { this.fd = fd; Handle.registry.register(this, () => this.close()); } }
Handle.registry = new FinalizationRegistry((held) => held());
Handle.prototype.close = function () { closeSync(this.fd); };
Other.prototype.nothing = function () { return "a function that nobody calls"; };
""",
    "statements between registrations": """
const registry = new FinalizationRegistry(() => {});
const handle = native.allocate();
mayThrow("something that is long enough");
registry.register(globalThis.target, handle);
mayThrowToo("something that is long enough");
registry.unregister(globalThis.target);
""",
    "a wrapper": "(function () {\nvar helpers = { of: 'something that is long enough' };\n"
    "var registry = new FinalizationRegistry(() => {});\n"
    "function Handle() { helpers.kept = this; registry.register(this, this); }\nhelpers.other = Handle;\n"
    + FILLER
    + "\nif (globalThis.absent) return;\nglobalThis.Handle = Handle;\n})();\n",
    "a comment that suppresses between statements": """
const first = "a statement that is long enough to go";
// jsleak-ignore-next-line
const registry = new FinalizationRegistry(() => {}); registry.register({}, 1);
const second = "a statement that is long enough to go";
/* jsleak-ignore */
const third = "a statement that is long enough to go";
""",
    "no semicolons": """
const registry = new FinalizationRegistry(() => {})
const first = registry
function goesAwayWithAllThatIsInIt() { return "a function that nobody calls" }
[1, 2].forEach((one) => registry.register({ one }, one))
""",
    "astral characters before it": "const name = '\U0001f600é\ud800';\nnew FinalizationRegistry(() => {}).register({}, {});\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_findings_are_those_of_the_whole(name: str) -> None:
    text = large(PROGRAMS[name])
    assert is_sliced(text)
    assert not differences(text)


EXAMPLES = {
    f"{rule} {name}": (rule, example)
    for rule, loaded in load_rules().items()
    for group in (loaded.bad, loaded.good)
    for name, example in group.items()
}


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "example"), EXAMPLES.values(), ids=EXAMPLES)
def test_examples_of_rules(rule: str, example: str) -> None:
    program = parse(example)
    text = large(program.text)
    if not is_sliced(text):
        pytest.skip("not one that is sliced")
    assert not differences(text, settings=settings(program, rule))


def test_a_closure_that_keeps_too_little_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: without the variables that seeds refer to, a removal is missed and a finding is made up."""
    monkeypatch.setattr(Kept, "_seeds", lambda self: [])
    assert differences(large("function make() { new FinalizationRegistry(() => {}).register({}, { some: 1 }); }\n"))


def test_what_is_left_out_is_blank_and_as_long() -> None:
    text = large(
        "const registry = new FinalizationRegistry(() => {});\nexport const long = (a) => [a, 'more than the least that pays'];\n"
    )
    code = codes(text, filename="a.js")[0]
    assert len(code.text) == len(text)
    assert code.unknown
    assert [len(line) for line in code.text.split("\n")] == [len(line) for line in text.split("\n")]
    for start, end in code.unknown:
        assert code.text[start:end].strip("{} \n") in ("", "0", ";")
    assert "const long = ( ) => 0 " in code.text


def test_statements_that_cannot_matter_go() -> None:
    program = """
new FinalizationRegistry(() => kept);
var kept = 1, table = ["a table that", "nobody asks for"];
first("that is long enough"), other.property = "that is long enough";
if (globalThis.other) { other("that is long enough"); }
class Other { method() { return "that is long enough"; } }
"""
    text = large(program)
    code = codes(text, filename="a.js")[0].text
    assert "var kept = 1, table = 0 " in code
    assert all(name not in code for name in ("nobody", "other", "Other", "filler", "that is long"))
    assert len(code) == len(text)


def test_errors_are_those_of_the_whole_text() -> None:
    text = large("new FinalizationRegistry(() => {});\n") + "let x = ;\n"
    assert [problem.kind for problem in analyze(text, filename="a.js").problems] == [ProblemKind.SYNTAX_ERROR]
    assert not differences(text)


@hypothesis.settings(max_examples=15, deadline=None)
@given(st.data())
def test_broken_texts_are_as_the_whole(data: st.DataObject) -> None:
    """The same error in the same place, and the same findings beside it."""
    before = data.draw(st.sampled_from(["", FILLER]))
    rule, example = data.draw(st.sampled_from(list(EXAMPLES.values())))
    program = parse(example)
    edit = data.draw(st.sampled_from(list(breaks(program.text))))
    text = f"{before}\n;{large(edit.of(program.text))}"
    if is_sliced(text) and not analyze(text, filename="large.js").problems:
        return  # one that only the parser sees, in what it need not read
    assert not differences(text, settings=settings(program, rule)), text.replace(FILLER, "")


@pytest.mark.parametrize("torn", ["const one =  two, three };", "let {one} = two, [three] };"], ids=["a constant", "patterns"])
def test_a_body_that_ends_too_soon(torn: str) -> None:
    """What is left of a literal without its opening bracket is a declaration for tree-sitter, and an error for the parser."""
    text = large(f"new FinalizationRegistry(() => {{}});\nfunction early() {{\n  {torn}\n  one();\n}}\nlate();\n")
    assert [problem.range.start.line for problem in analyze(text, filename="a.js").problems if problem.range] == [3]
    assert not differences(text)


def test_a_statement_within_what_is_torn() -> None:
    torn = """
const models = {};
const load = (name) => {
  const model = { name };
  models[name] = new WeakRef(model);
  return models[name].deref();
};
for (let i = 0; i < 100; i++) load("""
    text = large(torn)
    assert not differences(text)


@pytest.mark.parametrize("end", ["", "let x = ;\n"], ids=["whole", "broken"])
def test_no_tree_stays(end: str) -> None:
    """A process goes from file to file, or waits for years."""
    text = large("new FinalizationRegistry(() => {});\n") + end
    codes(text, filename="a.js")
    assert javascript.cache_info().currsize == 1
    analyze(text, filename="a.js")
    assert javascript.cache_info().currsize == 0


def test_an_error_that_only_a_parser_sees() -> None:
    text = large("new FinalizationRegistry(() => one); const one = 1; const one = 2;\n")
    assert is_sliced(text)
    assert analyze(text, filename="a.js").problems == whole(text, filename="a.js").problems != ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("new WeakRef({});\nvar s = '" + "a" * 5_000_000 + "';\n", id="one long string"),
        pytest.param("new WeakRef({});" + "(" * 3000 + "0" + ")" * 3000 + ";" + FILLER.replace("\n", ""), id="deep parentheses"),
        pytest.param(
            "new WeakRef({});" + "(function () {" * 800 + "})" * 800 + ";" + FILLER.replace("\n", ""), id="deep functions"
        ),
    ],
)
def test_strange_texts_are_survived(text: str) -> None:
    kinds = {problem.kind for problem in analyze(text, filename="a.js").problems}
    assert kinds <= {ProblemKind.TOO_DEEP}
    assert kinds == {problem.kind for problem in whole(text, filename="a.js").problems}


def test_small_files_are_not_sliced() -> None:
    assert codes("function f() {}\n" * 100, filename="a.js")[0].whole is None
    assert slicing.AT_LEAST == LARGE


@pytest.mark.realworld
def test_published_files() -> None:
    """Every file of the packages that is sliced, with the same findings, problems and retention paths as the whole."""
    names = sorted(set(corpus.sources().values()), key=lambda name: corpus.path_of(name).stat().st_size, reverse=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = [told for told in pool.map(published, names) if told is not None]
    assert len(found) >= 10
    wrong = [told for told in found if told]
    assert not wrong, "\n".join(wrong)
