"""Which grammar a text follows, its tree and places, and what is said of a text that has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from esprima.error_handler import Error, ErrorHandler
from esprima.scanner import Scanner
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis import SourceType
from jsleak.analysis.findings import ProblemKind
from jsleak.analysis.languages import codes
from jsleak.analysis.languages.program import read_program
from jsleak.analysis.syntax.nodes import CHILD_FIELDS, Node, children, end, start, walk
from jsleak.analysis.syntax.parse import Program, SyntaxProblem, parse
from jsleak.analysis.syntax.scanner import SourceScanner
from jsleak.analysis.text import SourceText

VALID_RESOURCES = {
    "block": "{ using x = f(); }",
    "two names": "{ using x = f(), y = g(); }",
    "function": "function f() { using x = f(); }",
    "arrow": "() => { using x = f(); }",
    "method": "({ m() { using x = f(); } })",
    "static block": "class C { static { using x = f(); } }",
    "block in a switch clause": "switch (a) { case 1: { using x = f(); } }",
    "await using": "async function f() { await using x = g(); }",
    "await using in an async arrow": "async () => { await using x = g(), y = null; }",
    "generator": "function* f() { using x = yield; }",
    "catch": "try { using x = f(); } catch { using y = g(); } finally { using z = h(); }",
    "no semicolon": "{ using x = f() }",
    "new line after the name": "{ using x\n= f() }",
    "comment between": "{ using/* */x = f() }",
    "a binding named of": "{ using of = f() }",
    "a binding named using": "{ using using = f() }",
    "a binding named await in a script": "{ using await = f() }",
    "a binding named yield in sloppy code": "{ using yield = f() }",
    "a binding named async": "{ using async = f() }",
    "an escaped binding": r"{ using \u0061b = f() }",
    "for of": "for (using x of y) {}",
    "for of with a resource named as the source": "for (using x of x) {}",
    "for await of": "async function f() { for await (using x of y) {} }",
    "for of, awaited": "async function f() { for (await using x of y) {} }",
    "for await of, awaited": "async function f() { for await (await using x of y) {} }",
    "for of, awaited, named of": "async function f() { for (await using of of y) {} }",
    "for with three parts": "for (using x = f(), y = g(); x; y) {}",
    "for with three parts, nothing in two": "for (using x = f();;) {}",
    "for with a binding named of": "for (using of = f();;) {}",
    "for with in, in parentheses": "for (using x = (a in b);;) {}",
}

USING_AS_NAME = {
    "somewhere, and an awaited number": "async function f() { await 0; return using; }",
    "somewhere, and an awaited array": "async function f() { await [using] }",
    "expression": "using",
    "assignment": "using = 1",
    "member": "using.y",
    "element": "using[x]",
    "element assigned": "using[x] = 1",
    "what looks like an array pattern": "using [x] = f()",
    "call": "using(x)",
    "in": "using in x",
    "instanceof": "using instanceof x",
    "next line": "using\nx = 1",
    "template": "using`x`",
    "label": "using: for (;;) break using",
    "var": "var using = 1",
    "let": "let using = 1",
    "arrow": "using => 1",
    "parameter": "function f(using) {}",
    "property": "({ using })",
    "method": "({ using() {} })",
    "field": "class C { using = 1; static using }",
    "update": "using++",
    "division": "using / 2 / g",
    "for of": "for (using of b) {}",
    "for of over of": "for (using of of) {}",
    "for in": "for (using in b) {}",
    "for": "for (using;;) {}",
    "for with an element": "for (using[0] of b) {}",
    "awaited": "async () => { await using; }",
    "awaited element": "async () => { await using[0]; }",
    "awaited call": "async () => { await using(x); }",
    "awaited, next line": "async () => { await using\nx = 1 }",
    "awaited in": "async () => { await using in x }",
    "await and using as names": "await\nusing\nx",
    "escaped": r"u\u0073ing = 1",
    "import": "import using from 'using'",
}

INVALID_RESOURCES = {
    "top level of a script": ("using x = f();", "script", "1:1"),
    "top level of a script, awaited": ("await using x = f();", "script", "1:1"),
    "switch clause": ("switch (a) { case 1: using x = f(); }", "script", "1:22"),
    "default clause": ("switch (a) { default: using x = f(); }", "script", "1:23"),
    "object pattern": ("{ using {x} = f() }", "script", "1:9"),
    "pattern after a name": ("{ using x = f(), [y] = g() }", "script", "1:18"),
    "no initializer": ("{ using x; }", "script", "1:10"),
    "no initializer in for": ("for (using x;;) {}", "script", "1:13"),
    "for in": ("for (using x in y) {}", "script", "1:12"),
    "for in, initialized": ("for (using x = 1 in y) {}", "script", None),
    "for of, initialized": ("for (using x = 1 of y) {}", "script", "1:18"),
    "for of, two names": ("for (using x, y of z) {}", "script", "1:13"),
    "for of named of": ("for (using of of y) {}", "script", "1:18"),
    "for of, next line": ("for (using\nx of y) {}", "script", "2:1"),
    "let": ("{ using let = f() }", "script", "1:9"),
    "twice": ("{ using x = f(); let x; }", "script", "1:22"),
    "with var": ("{ using x = f(); var x; }", "script", None),
    "body of if": ("if (a) using x = f();", "script", "1:14"),
    "body of a loop": ("while (a) using x = f();", "script", "1:17"),
    "labelled": ("{ a: using x = f(); }", "script", "1:12"),
    "awaited in a sync function": ("function f() { await using x = g(); }", "module", None),
    "awaited, using on the next line": ("async () => { await\nusing x = g() }", "module", "2:7"),
    "awaited, name on the next line and no value": ("async () => { await using\nx y }", "module", "2:3"),
    "for of, awaited in a sync function": ("function f() { for (await using x of y) {} }", "module", None),
    "for await with three parts": ("async () => { for await (using x = f();;) {} }", "module", None),
    "exported": ("export using x = f();", "module", "1:8"),
    "exported, awaited": ("export await using x = f();", "module", None),
    "escaped using": (r"{ u\u0073ing x = f() }", "script", "1:14"),
    "await as a name in a module": ("{ using await = f() }", "module", "1:9"),
    "yield as a name in a generator": ("function* f() { using yield = g() }", "script", None),
    "static as a name in strict code": ("'use strict'; { using static = f() }", "script", None),
    "arguments in strict code": ("'use strict'; { using arguments = f() }", "script", None),
    "assigned in a body of for of": ("for (using x of y) { var x; }", "script", None),
}


def declarations(program: Program) -> list[str]:
    return [node.kind for node in walk(program.root) if node.type == "VariableDeclaration"]


def resources(program: Program) -> list[str]:
    return [kind for kind in declarations(program) if kind.endswith("using")]


@pytest.mark.parametrize("name", VALID_RESOURCES)
def test_resources(name: str) -> None:
    text = VALID_RESOURCES[name]
    goals: list[SourceType] = ["script", "commonjs"]
    if "await =" not in text and "yield =" not in text:
        goals.append("module")
    for source_type in goals:
        found = resources(parse(text, filename="a.js", source_type=source_type))
        assert found
        assert set(found) == {"await using" if "await using" in text else "using"}


@pytest.mark.parametrize("source_type", ["module", "commonjs"])
def test_resources_at_the_top_level(source_type: SourceType) -> None:
    assert resources(parse("using x = f()", filename="a.js", source_type=source_type)) == ["using"]


def test_awaited_resources_at_the_top_level_of_a_module() -> None:
    program = parse("await using x = f(); for (await using y of z);", filename="a.js", source_type="module")
    assert resources(program) == ["await using", "await using"]


@pytest.mark.parametrize("name", USING_AS_NAME)
def test_using_as_a_name(name: str) -> None:
    text = USING_AS_NAME[name]
    assert not resources(parse(text, filename="a.js", source_type="module" if text.startswith("import") else "script"))


@pytest.mark.parametrize("name", INVALID_RESOURCES)
def test_resources_refused(name: str) -> None:
    text, source_type, place = INVALID_RESOURCES[name]
    with pytest.raises(SyntaxProblem) as caught:
        parse(text, filename="a.js", source_type="module" if source_type == "module" else "script")
    assert place in (None, where(text, caught.value))


def where(text: str, problem: SyntaxProblem) -> str:
    position = SourceText(text, "a.js").position(problem.offset)
    return f"{position.line}:{position.column}"


GOALS: dict[str, tuple[str, str, SourceType]] = {
    "mjs": ("let a", "a.mjs", "module"),
    "cjs": ("return", "a.cjs", "commonjs"),
    "upper case": ("let a", "A.MJS", "module"),
    "import": ("import a from 'b'", "a.js", "module"),
    "import for its effects": ("import'b'", "a.js", "module"),
    "export in a bundle": ("let a;export{a as b};", "a.js", "module"),
    "import after a comment": ("/* */ import * as a from 'b'", "a.js", "module"),
    "top-level await": ("await x", "a.js", "module"),
    "import.meta": ("import.meta.url", "a.js", "module"),
    "require": ("const a = require('b')", "a.js", "commonjs"),
    "module.exports": ("module.exports = 1", "a.js", "commonjs"),
    "top-level return": ("if (a) return", "a.js", "commonjs"),
    "top-level new.target": ("new.target", "a.js", "commonjs"),
    "plain": ("let a = 1", "a.js", "script"),
    "sloppy": ("with (a) b", "a.js", "script"),
    "dynamic import": ("import('a')", "a.js", "script"),
    "import in a comment": ("/*\nimport a from 'b'\n*/ with (a) b", "a.js", "script"),
    "import in a template": ("x = `\nimport a from 'b'\n`; require('c')", "a.js", "commonjs"),
    "await as a name": ("var await = 1; require('c')", "a.js", "commonjs"),
    "html comment": ("<!-- a\nb\n--> c", "a.js", "script"),
    "hashbang": ("#!/usr/bin/env node\nlet a", "a.js", "script"),
    "byte order mark": ("\ufefflet a", "a.js", "script"),
    "byte order mark and hashbang": ("\ufeff#!/usr/bin/env node\nimport 'a'", "a.js", "module"),
    "JSX": ("import a from 'b'; x = <div/>", "a.jsx", "module"),
    "JSX in js": ("import a from 'b'; x = <div a={`}`}>{`${<b>{c}</b>}`}</div>", "a.js", "module"),
    "no name": ("let a", "", "script"),
}


@pytest.mark.parametrize("name", GOALS)
def test_goals(name: str) -> None:
    text, filename, expected = GOALS[name]
    [code] = codes(text, filename=filename)
    program = read_program(code, filename)
    assert program.source_type == expected
    assert (start(program.root), end(program.root)) == (0, len(text))


@pytest.mark.parametrize(("text", "source_type"), [("return", "module"), ("with (a) b", "module"), ("import 'a'", "script")])
def test_a_given_source_type_decides(text: str, source_type: SourceType) -> None:
    with pytest.raises(SyntaxProblem):
        parse(text, filename="a.js", source_type=source_type)


AWAIT_MISPLACED = "`await` is only valid in async functions and at the top level of modules"
ERRORS = {
    "missing bracket": ("f(a;\n", "1:4", "Unexpected token `;`"),
    "missing bracket at the end": ("if (a) {\n  b(\n", "3:1", "Unexpected end of input"),
    "name": ("let a = 1\nfoo bar", "2:5", "Unexpected identifier `bar`"),
    "number": ("a 1", "1:3", "Unexpected number `1`"),
    "string": ("a 'b'", "1:3", "Unexpected string `'b'`"),
    "keyword": ("a = if", "1:5", "Unexpected reserved word `if`"),
    "unterminated string": ("a\nb = 'c\n'", "2:5", "Unterminated string literal"),
    "unterminated template": ("a = `b\nc", "1:5", "Unterminated template literal"),
    "unterminated template after a part": ("a = `b${c}d", "1:10", "Unterminated template literal"),
    "unterminated comment": ("a /* b\n\n", "1:3", "Unterminated comment"),
    "unterminated regular expression": ("a = /b\n/", "1:5", "Unterminated regular expression"),
    "invalid regular expression": ("a\n = /(/", "2:4", "Invalid regular expression"),
    "invalid escape": (r"'\u{z}'", "1:5", "Invalid escape sequence"),
    "invalid number": ("a = 3b", "1:6", "Invalid number"),
    "character": ("a\n  @b", "2:3", "Unexpected character `@`"),
    "lone surrogate": ("a = \ud800", "1:5", "Unexpected character U+D800"),
    "duplicate let": ("let a;\nlet a;", "2:5", "Identifier 'a' has already been declared"),
    "duplicate let in a function": ("function f() { let a; var a }", "1:27", "Identifier 'a' has already been declared"),
    "await in a sync function": ("function f() {\n  await x }", "2:3", AWAIT_MISPLACED),
    "await in a sync function of a module": ("import 'a'; () => await x", "1:19", AWAIT_MISPLACED),
    "trailing comma in parentheses": ("(a,).b", "1:5", "Unexpected token `.`"),
    "private name": ("class A { m() { this.#b } }", "1:22", "Private name '#b' is not declared in an enclosing class"),
    "after an astral character": ("'😀' b", "1:5", "Unexpected identifier `b`"),
    "after a carriage return": ("a\r\nb\rc d", "3:3", "Unexpected identifier `d`"),
    "after a line separator": ("a\u2028b c", "2:3", "Unexpected identifier `c`"),
    "JSX closing": ("x = <a></b>", "1:12", "Expected corresponding JSX closing tag for a"),
    "JSX on several lines": ("x = <a>\n</a> y", "2:6", "Unexpected identifier `y`"),
    "import in a function": ("import 'a'\nfunction f() { import 'b' }", "2:16", None),
    "export without a source": ("let a\nexport a", "2:8", "Unexpected identifier `a`"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    text, place, message = ERRORS[name]
    with pytest.raises(SyntaxProblem) as caught:
        parse(text, filename="a.js")
    problem = caught.value
    assert where(text, problem) == place
    assert message in (None, problem.message)
    assert problem.kind is ProblemKind.SYNTAX_ERROR


def test_the_error_of_the_grammar_that_got_furthest() -> None:
    text = "return 1;\nlet a;\nlet b b"
    with pytest.raises(SyntaxProblem) as caught:
        parse(text, filename="a.js")
    assert where(text, caught.value) == "3:7"


PLACES = {
    "astral": ("a = '😀'; b", "Identifier", ["a", "b"]),
    "line ends": ("a\r\n;b\u2028;c", "Identifier", ["a", "b", "c"]),
    "statement before a brace": ("{ a }", "ExpressionStatement", ["a"]),
    "statement before the end": ("let a = 1  ", "VariableDeclaration", ["let a = 1"]),
    "template": ("`a${b}c${d}`", "TemplateElement", ["a", "c", ""]),
    "escaped template": ("`a\\`\n`", "TemplateElement", ["a\\`\n"]),
    "async arrow parameters": ("async (a, [b], {c} = d) => e", "Identifier", ["a", "b", "c", "c", "d", "e"]),
    "async arrow parameter": ("async a => b", "ArrowFunctionExpression", ["async a => b"]),
    "method": ("({ m(a) { return a } })", "FunctionExpression", ["(a) { return a }"]),
    "getter": ("class A { get m() { } }", "MethodDefinition", ["get m() { }"]),
    "JSX": ("<a b='c'>d {e} </a>", "JSXText", ["d ", " "]),
    "JSX element": ("x = (<a><b/></a>)", "JSXElement", ["<a><b/></a>", "<b/>"]),
    "JSX container": ("<a b={ c }/>", "JSXExpressionContainer", ["{ c }"]),
    "JSX empty": ("<a>{ /* b */ }</a>", "JSXEmptyExpression", [" /* b */ "]),
    "regular expression": ("a = b / /[/]\\//g", "Literal", ["/[/]\\//g"]),
    "throw of a template": ("throw `a\nb`", "ThrowStatement", ["throw `a\nb`"]),
    "return of nothing": ("return\n'a'", "ReturnStatement", ["return"]),
    "yield of a template": ("function* f() { yield `a\nb` }", "YieldExpression", ["yield `a\nb`"]),
    "optional chain": ("a?.b.c(d)", "ChainExpression", ["a?.b.c(d)"]),
    "import specifier": ("import {a, b as c} from 'd'", "ImportSpecifier", ["a", "b as c"]),
    "byte order mark": ("\ufeffa", "Identifier", ["a"]),
}


@pytest.mark.parametrize("name", PLACES)
def test_places(name: str) -> None:
    text, kind, expected = PLACES[name]
    found = [text[start(node) : end(node)] for node in walk(parse(text, filename="a.js").root) if node.type == kind]
    assert sorted(found) == sorted(expected)


def test_specifiers_have_two_names() -> None:
    root = parse("import {a} from 'b'; export {a}", filename="a.js").root
    names = [node for node in walk(root) if node.type == "Identifier"]
    assert len(names) == len({id(name) for name in names}) == 4
    assert all((start(name), end(name)) in ((8, 9), (29, 30)) for name in names)


_STRING_PIECES = ["a", "é", "\U0001f600", "\\", '"', "'", "n", "u", "x", "0", "8", "4", "f", "{", "}", "\n", "\r", "\u2028"]
_STRING_PIECES += ["\\n", r"\u00e9", r"\x41", r"\ud83d", r"\u{41}", r"\0", "\\\n"]


@given(st.sampled_from("'\""), st.lists(st.sampled_from(_STRING_PIECES), max_size=8))
def test_strings_are_those_of_esprima(quote: str, pieces: list[str]) -> None:
    def read(scanner: type[Scanner]) -> tuple[object, ...]:
        one = scanner(f"{quote}{''.join(pieces)}{quote};", ErrorHandler())
        try:
            token = one.scanStringLiteral()
        except Error as error:
            return (str(error),)
        return token.value, token.octal, token.start, token.end, token.lineNumber, token.lineStart, one.index

    assert read(SourceScanner) == read(Scanner)


def test_walk_is_in_order_of_evaluation() -> None:
    root = parse("for (a of b) c; let d = e;", filename="a.js").root
    assert [node.name for node in walk(root) if node.type == "Identifier"] == ["b", "a", "c", "e", "d"]


EVERYTHING = """
import a, {b as c} from "d" with {type: "json"}; import * as e from "f"; export * as g from "h";
export {c as i}; export default class {}
export const j = async function* (k = 1, ...[l]) { for await (const m of n) yield* m; await o; };
p: for (let q = 0; q < 1; q++) { if (q) continue p; else break p }
for (const r in {...s, t, get u() { return 1 }, [v]: 2}) debugger;
class w extends x { static #y = 1; static { super.z; this.#y } constructor() { super(); new.target; } }
switch (aa) { case 1: default: ; } try { throw 1 } catch ({bb = 2, ...cc}) { } finally { } do ; while (0); while (0);
dd?.ee; ff`f${import("gg", {})}` ?? (hh, import.meta, !ii, jj ? -kk : ll && [, ...mm], new nn, (oo) => (oo **= /p/u));
({qq: rr} = [ss] = tt); function yy() {} (class {}); using uu = vv; x = <a:b {...c} d="e" f={g}><h.i/><></>{...j}{}text</a:b>;
"""


def test_children_leave_nothing_out() -> None:
    pending: list[Node] = [parse(EVERYTHING, filename="a.js", source_type="module").root, parse("with (a) b", filename="a.js").root]
    kinds = set()
    while pending:
        node = pending.pop()
        kinds.add(node.type)
        found = {id(child) for child in children(node)}
        for value in vars(node).values():
            for item in value if isinstance(value, list) else [value]:
                assert id(item) in found or not isinstance(getattr(item, "type", None), str), (node.type, item)
        pending += children(node)
    assert set(CHILD_FIELDS) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "if (a) for (1 < b && c; ;); else for (d in e);",
        "if (a) { for (1 < b; ;); } else for (d of e);",
        "a: for (1 < b; ;) for (d in e);",
    ],
)
def test_the_head_of_a_loop_is_of_no_concern_to_what_follows(text: str) -> None:
    assert parse(text, filename="a.js").source_type == "script"


def test_commonjs_is_sloppy() -> None:
    program = parse(
        "with (a) b; var await = new.target; function f() { delete c } return 010", filename="a.js", source_type="commonjs"
    )
    assert program.source_type == "commonjs"


WORDS = """
a b using await of in let const var for if else ( ) { } [ ] ; , . ?. ... => = == + - * / ++ ! ? : ` ${ ' " // /* */ <!-- --> < > </
function class extends super new this async yield return throw try catch static get set #p 1 0x 1n .5 import export default from as
case switch break continue \\u0061 \\ @ /[/ /a/g `a` 'b' 'use_strict'
"""
TOKENS = [*WORDS.split(), "'use strict'", "\n", "\r", "\u2028", "\ud800", "\U0001d4b3", "\x00", "\ufeff"]
FILENAMES = ["a.js", "a.jsx", "a.mjs", "a.cjs"]


def parents_hold(root: Node, text: str) -> Iterator[str]:
    for node in walk(root):
        if not 0 <= start(node) <= end(node) <= len(text):
            yield f"{node.type} {start(node)}-{end(node)}"
        for child in children(node):
            if not start(node) <= start(child) <= end(child) <= end(node):
                yield f"{child.type} {start(child)}-{end(child)} in {node.type} {start(node)}-{end(node)}"


@given(st.lists(st.sampled_from(TOKENS), max_size=25), st.sampled_from(["", " "]), st.sampled_from(FILENAMES))
def test_any_text_has_a_tree_or_a_problem(tokens: list[str], between: str, filename: str) -> None:
    text = between.join(tokens)
    try:
        wrong = list(parents_hold(parse(text, filename=filename).root, text))
    except SyntaxProblem as problem:
        wrong = [] if problem.message and 0 <= problem.offset <= len(text) else [f"{problem.message} at {problem.offset}"]
    assert not wrong
