"""What slicing reads without a grammar: brackets and literals, functions, what is idle, what looks broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis import analyze, mentions
from jsleak.analysis.languages import codes, slicing
from jsleak.analysis.languages.code import blanks
from jsleak.analysis.languages.slicing import CLOSELY
from jsleak.analysis.languages.slicing.functions import Outline
from jsleak.analysis.languages.slicing.idle import is_idle, links
from jsleak.analysis.languages.slicing.lexing import Lexed, lexed
from jsleak.analysis.languages.slicing.reading import Reader
from jsleak.analysis.languages.slicing.suspicion import is_suspicious
from jsleak.analysis.languages.trees import Concrete, javascript
from realworld import corpus
from support.slicing import FILLER, large, whole

MASKED = {
    'a = \'x{\' + "y\\"}"; // { (': "a = '  ' + \"    \";       ",
    "/* { */ b = a / c / d;": "        b = a / c / d;",
    "if (a) /[{(]/.test(b)": 'if (a) "    ".test(b)',
    "f(a) /g/ 2": "f(a) /g/ 2",
    "return /}/g": 'return "  "',
    "a.return /2/ b": "a.return /2/ b",
    "a[0] / b / c": "a[0] / b / c",
    "i++ / 2 / 3": "i++ / 2 / 3",
    "x = `a${ {b: `}`} }c`": "x = ` +( {b: ` `} ) `",
    "#!/bin/{\na": "        \na",
}
DOUBTS = {
    "no closing bracket": "f(a",
    "no opening bracket": "f a)",
    "brackets of two kinds": "f(a]",
    "a string without an end": "a = 'b\nc'",
    "a template without an end": "a = `b",
    "a comment without an end": "a /* b",
    "a slash behind a brace": "{} /a/ b",
    "an element": "a = <b>it is</b>",
    "an element without an end": 'a = <b c="d"/>',
    "a comment of HTML": "a <!-- b",
}
PROGRAM = """
export default class extends Base { #p = () => this.q(); static async *walk(a, { b, c: [d] }) {} get #x() { return 1; }
  "quoted"() {} [Symbol.iterator]() {} catch(error) { return error; } constructor(one = { two: 2 }) { super(); } await() {} }
const Named = class Inner extends class { inner() {} } { outer() {} };
async function first(a, ...rest) { try { for await (const x of a) { use(x); } } catch ({ message }) { throw message; } }
function* second() { yield function () {}; yield* (function third() {})(); }
const arrow = async (a) => ({ a }), other = b => b ? c => c : d => d, text = `a${(e => { return e; })(1)}b`;
if (a) { let inIf = 1; } else for (const [k, v] of Object.entries(a)) { use(k, v); }
object = { method(f) { return f; }, async: 1, get: function () {}, set: (g) => g, async long(h) { return h; } };
switch (a) { case 1: { var inSwitch = /[)}]/; } }
label: while (a) { do { a--; } while (a > 2); }
const lines = h => h.one
const next = 2
import { one as uno, two } from "./three";
"""
_FUNCTIONS = """[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function) (generator_function_declaration)] @function [(class_declaration) (class)] @class"""
BROKEN = (
    "const a = b c;",
    "f(a) b;",
    "a[0] b;",
    'a "b";',
    '"a" b;',
    "a = ;",
    "f(a, = b);",
    "a + ;",
    "a.;",
    "x = (a &&);",
    "x { y(); }",
    "a = = b;",
)
CLEAN = (
    "for (;;) a++; b--; c = 1.; d = [, 1, , 2]; f(...a); g(.5); `a` in b; 'x' instanceof y;",
    "if (a) b; else c; do d; while (e) f(); for await (const x of y) z(); label: for (const k in a) continue label;",
    "class A extends B.C { static { a(); } get x() { return 1; } static async *y() {} set z(v) { this.v = v; } 'q'() {} }",
    "C = class extends react_default().Component { a() {} }; export { a as b }; import e, { f } from 'g';",
    "x = async function () { await a; yield_ = typeof b; delete c.d; return; }; try { a(); } catch { b(); } finally { c(); }",
    "a ? b : c; d ?? e; f?.(g)?.[0]; h => i; j = k ** l; m = !n; o = -p - -q + +r; s = { ...t, get u() { return 1; }, *v() {} };",
    "import w from './x.json' with { type: 'json' }; export * as y from 'z'; new.target; import.meta.url; let of = 1;",
)


def read(text: str) -> Lexed:
    found = lexed(text)
    assert found is not None
    return found


@pytest.mark.parametrize(("text", "code"), MASKED.items(), ids=list(MASKED))
def test_literals_and_comments_are_blanked_out(text: str, code: str) -> None:
    assert read(text).code == code


@pytest.mark.parametrize("text", DOUBTS.values(), ids=list(DOUBTS))
def test_nothing_is_said_of_a_text_in_doubt(text: str) -> None:
    assert lexed(text) is None


def outlines(text: str) -> tuple[set[tuple[int, int]], set[tuple[int, int]], set[tuple[int, int]], set[tuple[int, int]]]:
    """The functions and classes as slicing and as tree-sitter see them."""
    tree = Concrete(text, "javascript")
    found = tree.captures(_FUNCTIONS)
    spans = {
        kind: {(tree.offset(node.start_byte), tree.offset(node.end_byte)) for node in found.get(kind, ())}
        for kind in ("function", "class")
    }
    outline = Outline(read(text))
    functions = {(unit.start, unit.end) for unit in outline.units[1:]}
    return functions, spans["function"], {(klass.start, klass.end) for klass in outline.classes}, spans["class"]


def test_functions_are_those_of_the_grammar() -> None:
    functions, expected, classes, expected_classes = outlines(PROGRAM)
    assert (functions, classes) == (expected, expected_classes)
    assert len(functions) > 20


def test_statements_are_those_of_the_grammar() -> None:
    tree = javascript(PROGRAM)
    expected = [(node.start_byte, node.end_byte) for node in tree.root.named_children]
    assert list(Reader(read(PROGRAM)).statements(0, len(PROGRAM))) == expected


def test_names_belong_to_the_functions_that_declare_them() -> None:
    outline = Outline(read(PROGRAM))
    declared = {unit.name: set(outline.declared(unit)) for unit in outline.units if unit.name or unit.parent is None}
    assert {"Named", "first", "second", "arrow", "other", "text", "lines", "next", "uno", "two", "k", "v", "inSwitch"} <= declared[
        ""
    ]
    assert not {"third", "Inner"} & declared[""]
    assert declared["walk"] == {"a", "b", "d"}
    assert declared["first"] == {"a", "rest", "x", "message"}


@given(st.text(st.sampled_from("ab \t\n\r\u2028\u2029\xa0\u2003é"), max_size=12))
def test_blanks_keep_places_and_lines(text: str) -> None:
    """Whether or not a text is ASCII, for which there is a faster way."""
    blanked = blanks(text)
    ends = "\n\r\u2028\u2029"
    assert blanked == "".join(character if character in ends else " " for character in text)


def test_blanks_are_passed_once() -> None:
    """A comment as long as a file costs no more than its length, in front of whatever it stands."""
    comment = "/*" + "\n * and so on" * 40_000 + "\n */"
    text = f"const a = {comment}\n1, b = x {comment}\n+ 2;\nclass C {{ {comment}\n m() {{ }} {comment}\n*n() {{ }} }}\n"
    text += f"{comment}\nf = {comment} () => 1;"
    outline = Outline(read(text))
    assert [unit.name for unit in outline.units] == ["", "m", "n", ""]
    assert len(list(outline.reader.statements(0, len(text)))) == 3


IDLE = {
    "// a WeakRef would do": True,
    "const known = ['WeakRef', \"FinalizationRegistry\"];": True,
    "const known = { WeakRef: 1, Map: { FinalizationRegistry: 2 } };": True,
    "typeof WeakRef": False,
    "new globalThis.WeakRef(a)": False,
    "globalThis['WeakRef']": False,
    "const { WeakRef: R } = globalThis": False,
    "f(({ WeakRef: R }) => new R(a))": False,
    "x = a ? WeakRef : b": False,
    "x = { WeakRef }": False,
    "x = `${WeakRef}`": False,
    "// WeakRef jsleak-ignore": False,
}


@pytest.mark.parametrize(("text", "idle"), IDLE.items(), ids=list(IDLE))
def test_names_that_nothing_comes_of(text: str, idle: bool) -> None:
    assert is_idle(read(text)) is idle


def test_a_text_with_idle_names_is_not_parsed() -> None:
    text = FILLER + "\n// no WeakRef here\n"
    (code,) = codes(text, filename="a.js")
    assert code.whole is not None
    assert not code.text
    assert analyze(text, filename="a.js") == whole(text, filename="a.js")


@pytest.mark.parametrize("take", ["import { track } from './registry.mjs';", "const { track } = require('./registry.mjs');"])
def test_a_text_with_idle_names_takes_in_other_modules(take: str) -> None:
    other = "const registry = new FinalizationRegistry((held) => held()); export function track(o, h) { registry.register(o, h); }"
    text = f"// no WeakRef here\n{take}\n{FILLER}\nexport function f(file) {{ track(file, () => file.close()); }}"
    text = text if "import" in take else text.replace("export ", "")

    def load(importer: str, specifier: str) -> tuple[str, str] | None:
        return ("registry.mjs", other) if specifier == "./registry.mjs" else None

    (code,) = codes(text, filename="a.js")
    assert code.whole is not None
    assert code.text.strip() == take.removeprefix("const { track } = ")
    rules = [finding.rule for finding in analyze(text, filename="a.js", load=load).findings]
    small = text.replace(FILLER, "")
    assert rules == [finding.rule for finding in analyze(small, filename="a.js", load=load).findings]
    assert rules or "require" in take  # what a require gives is known by its name alone


def test_links_that_could_be_read_as_one() -> None:
    text = "export const a = 1\nimport b from 'x'\nexport * from './y'\nconst { c } = require('./z')"
    assert [text[start:end] for start, end in links(read(text))] == [
        "export const a = 1\nimport b from 'x'",
        "export * from './y'",
        "require('./z')",
    ]


NAMED = {
    "a['b'] = c[\"d\"][0];": "a.b    = c.d   [0];",
    "f(x)['y']['z'](a?.['b']);": "f(x).y   .z   (a?.b    );",
    "return['a'];": "return[' '];",
    "x = ['a']; f(['b']);": "x = [' ']; f([' ']);",
    "class A { ['m']() {} static ['n']() {} }": "class A { [' ']() {} static [' ']() {} }",
    "({ ['a']: a['b-c'] });": "({ [' ']: a['   '] });",
    "'a[\"b\"]'; // a['b']": "'      ';          ",
}


@pytest.mark.parametrize("text", NAMED)
def test_properties_that_strings_name(text: str) -> None:
    assert read(text).code == NAMED[text]


TYPED = f"// no WeakRef here\nexport const page: string = '{'x' * CLOSELY}';\n"


def test_the_types_of_a_long_text_with_idle_names_are_not_looked_for() -> None:
    (code,) = codes(TYPED, filename="a.ts")
    assert not code.text
    assert analyze(TYPED, filename="a.ts") == whole(TYPED, filename="a.ts")


@pytest.mark.parametrize(
    ("more", "expected"),
    {
        "const r = new FinalizationRegistry<number>(() => {}); r.register({}, 1);": ["anonymous-target"],
        "import type { A } from './other.ts';": [],
        "const a: number = = 1;": ["syntax-error"],
    }.items(),
)
def test_the_types_of_a_long_text_are_looked_for(more: str, expected: list[str]) -> None:
    assert all(
        code.text.startswith("// no WeakRef here\nexport const page         = ") for code in codes(TYPED + more, filename="a.ts")
    )
    found = analyze(TYPED + more, filename="a.ts")
    assert [finding.rule for finding in found.findings] + [problem.kind for problem in found.problems] == expected


@pytest.mark.parametrize("text", BROKEN)
def test_what_looks_broken(text: str) -> None:
    assert is_suspicious(read(text))


@pytest.mark.parametrize("text", CLEAN)
def test_what_does_not_look_broken(text: str) -> None:
    assert not javascript(text).root.has_error
    assert not is_suspicious(read(text))


def with_an_error(text: str, filler: str = "") -> str:
    return large(f"new FinalizationRegistry(() => 1);\n{filler}\nfunction last() {{ {text} }}")


@pytest.mark.parametrize("text", BROKEN)
def test_an_error_in_a_very_large_text_is_told(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Very large is what tree-sitter looks at for a reason only: here every text, so that twelve need not be."""
    monkeypatch.setattr(slicing, "CLOSELY", 1)
    program = with_an_error(text)
    found = analyze(program, filename="a.js").problems
    assert found == whole(program, filename="a.js").problems
    assert found


def test_an_error_in_a_text_that_is_as_large_is_told() -> None:
    program = with_an_error(BROKEN[0], FILLER.replace("filler", "more") * (CLOSELY // len(FILLER) + 1))
    assert len(program) > CLOSELY
    found = analyze(program, filename="a.js").problems
    assert found == whole(program, filename="a.js").problems
    assert found


@pytest.mark.realworld
def test_large_published_files_are_read_as_the_grammar_does() -> None:
    """Of packages, the files that name the protocol."""
    seen = 0
    for file in sorted(set(corpus.sources().values())):
        data = corpus.path_of(file).read_bytes()
        if len(data) < 100_000 or not file.endswith(corpus.JAVASCRIPT) or not mentions(data):
            continue
        text = data.decode("utf-8", "replace")
        found = lexed(text)
        assert found is not None, file
        assert not is_suspicious(found), file
        functions, expected, classes, expected_classes = outlines(text)
        assert not functions - expected, file  # a method that is called like a statement is taken for none
        assert not classes - expected_classes, file
        assert len(expected - functions) <= 3, file
        seen += 1
    assert seen > 20
