"""Scripts in pages, components and Markdown: which programs there are, what is found in them, and where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis import analyze
from jsleak.analysis.edits import apply
from jsleak.analysis.languages import codes
from jsleak.analysis.run import program_at
from jsleak.analysis.suppressing import for_file, for_places
from jsleak.analysis.text import Position, SourceText

BAD = "new WeakRef({});"
RULE = "anonymous-weakref-target"


def places(filename: str, text: str) -> list[tuple[str, int, int]]:
    result = analyze(text, filename=filename)
    assert result.problems == ()
    return [(one.rule, one.range.start.line, one.range.start.column) for one in result.findings]


FOUND: list[tuple[str, str, str, list[tuple[int, int]]]] = [
    ("a classic script", "a.html", f"<p>é\n<script>{BAD}</script>", [(2, 9)]),
    ("several", "a.htm", f"<script>{BAD}</script>\n<p>\n<script type=module>\n  {BAD}\n</script>", [(1, 9), (4, 3)]),
    ("upper case", "A.HTML", f"<SCRIPT TYPE='text/JavaScript'>{BAD}</SCRIPT>", [(1, 32)]),
    ("no end tag", "a.html", f"<script>\n{BAD}", [(2, 1)]),
    ("JSX", "a.html", f"<script type='text/babel'>const a = <b>x</b>; {BAD}</script>", [(1, 47)]),
    ("TypeScript in a page", "a.html", f"<script type=module lang=ts>let a: number = 1; {BAD}</script>", [(1, 48)]),
    ("what is no script", "a.html", f"<script type='application/json'>{BAD}</script><script type=importmap>{BAD}</script>", []),
    (
        "templates and rules",
        "a.html",
        f"<script type='text/x-template'>{BAD}</script><script type=speculationrules>{BAD}</script>",
        [],
    ),
    ("a comment", "a.html", f"<!-- <script>{BAD}</script> --><textarea><script>{BAD}</script></textarea>", []),
    ("a source", "a.html", f"<script src='a.js'></script><script src='b.js'>{BAD}</script>", []),
    ("an error in another script", "a.html", f"<script>((</script><script>{BAD}</script>", [(1, 28)]),
    ("a comment before an end tag", "a.html", f"<script>let a // a</script><script>{BAD} // b</script>", [(1, 36)]),
    ("Vue", "a.vue", f"<template/>\n<script>\nexport default {{ m() {{ {BAD} }} }}\n</script>", [(3, 24)]),
    (
        "Vue's setup",
        "a.vue",
        f"<script setup lang='ts'>\nlet a!: number;\n{BAD}</script>\n<template>{{{{ a }}}}</template>",
        [(3, 1)],
    ),
    ("both in Vue", "a.vue", f"<script>\n{BAD}\nexport default {{}}</script>\n<script setup>{BAD}</script>", [(2, 1), (4, 15)]),
    (
        "one import twice",
        "a.vue",
        f"<script>import {{a}} from 'a'</script><script setup>import {{a}} from 'a'\n{BAD}</script>",
        [(2, 1)],
    ),
    ("Svelte", "a.svelte", f"{{#if a < b}}<p>{{/if}}\n<script lang=ts>\n  export let a: A;\n  {BAD}\n</script>", [(4, 3)]),
    ("Svelte's module", "a.svelte", f"<script module>export const a = {BAD}</script>\n<script>{BAD}</script>", [(1, 33), (2, 9)]),
    ("Svelte 5", "a.svelte", f"<script>let {{a, b = $bindable(1)}} = $props(); $effect(() => {{ {BAD} }});</script>", [(1, 63)]),
    (
        "Svelte's exports",
        "a.svelte",
        f"<script>const a = 1; export {{ a as b }}; export function f() {{ {BAD} }}</script>",
        [(1, 63)],
    ),
    ("Astro", "a.astro", f"---\nif (!Astro.props.a) return 1;\nconst b: B = await 1;\n{BAD}\n---\n<p>{{b}}</p>", [(4, 1)]),
    ("Astro's scripts", "a.astro", f"<p/>\n<script>let a: A; {BAD}</script>\n<script is:inline>{BAD}</script>", [(2, 19), (3, 19)]),
    ("a byte order mark", "a.astro", f"\ufeff---\n{BAD}\n---\n", [(2, 1)]),
    ("fences", "a.md", f"# A\n\n```js\n{BAD}\n```\n\n~~~typescript title=a\nlet a: A; {BAD}\n~~~\n", [(4, 1), (8, 11)]),
    ("in a list and a quotation", "a.md", f"- a\n\n  > ```js\n  > let a;\n  >\n  > {BAD}\n  > ```\n", [(6, 5)]),
    ("other fences", "a.md", f"```\n{BAD}\n```\n```json\n{BAD}\n```\n\n    {BAD}\n\n`{BAD}`\n", []),
    ("each block its own", "a.markdown", f"```js\nlet a; {BAD}\n```\n```js\nlet a; {BAD}\n```\n", [(2, 8), (5, 8)]),
]


@pytest.mark.parametrize(("filename", "text", "expected"), [one[1:] for one in FOUND], ids=[one[0] for one in FOUND])
def test_findings_stand_where_the_script_does(filename: str, text: str, expected: list[tuple[int, int]]) -> None:
    assert places(filename, text) == [(RULE, *place) for place in expected]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_other_line_ends(newline: str) -> None:
    assert places("a.md", f"a\n\n> ```js\n> {BAD}\n> ```\n".replace("\n", newline)) == [(RULE, 4, 3)]
    assert places("a.vue", f"<script setup>\n{BAD}\n</script>".replace("\n", newline)) == [(RULE, 2, 1)]


REGISTRY = "const registry = new FinalizationRegistry((id) => drop(id));"
QUIET = [
    ("a prop", "a.svelte", f"<script>{REGISTRY} export let item; registry.register(item, 1);</script>"),
    (
        "a bound element",
        "a.svelte",
        "<script>import {drop} from 'a'; let el; const registry = new FinalizationRegistry(drop);"
        " function f() { registry.register(el, 1); }</script><p bind:this={el}/>",
    ),
    (
        "a reactive name",
        "a.svelte",
        "<script>$: registry = new FinalizationRegistry(() => 1); $: registry.register($item, 1);</script>",
    ),
    (
        "emptied by the markup",
        "a.svelte",
        f"<script module>const all = new Set(); {REGISTRY}</script>"
        "<script>export let a; all.add(a); registry.register(a, 1)</script>"
        "<button on:click={() => all.clear()}/>",
    ),
    (
        "a collection of one instance",
        "a.vue",
        f"<script setup>const all = new Set(); {REGISTRY} const o = {{}}; all.add(o); registry.register(o, 1);</script>",
    ),
    (
        "a reference",
        "a.vue",
        f"<template><p ref='el'/></template><script setup>"
        f"import {{ref}} from 'vue'; const el = ref(); {REGISTRY} registry.register(el.value, 1)</script>",
    ),
    (
        "kept for the markup",
        "a.vue",
        f"<script setup>{REGISTRY} const p = defineProps(['a']); registry.register(p.a, 1);</script>"
        "<template>{{ registry }}</template>",
    ),
    ("props", "a.astro", f"---\nconst {{ a }} = Astro.props;\n{REGISTRY}\nregistry.register(a, 1);\n---\n<p>{{a}}</p>"),
    (
        "scripts of a page share their names",
        "a.html",
        f"<script>const all = new Map(); {REGISTRY}</script>"
        "<script>function add(o) { all.set(1, o); registry.register(o, 1); } function drop(id) { all.delete(id); }</script>",
    ),
]


@pytest.mark.parametrize(("filename", "text"), [one[1:] for one in QUIET], ids=[one[0] for one in QUIET])
def test_no_false_alarm(filename: str, text: str) -> None:
    assert places(filename, text) == []


def test_the_same_in_a_module_is_found() -> None:
    """What the quiet ones above would be if a component were no more than its script."""
    text = f"const all = new Set(); {REGISTRY} const o = {{}}; all.add(o); registry.register(o, 1);"
    assert [rule for rule, *_ in places("a.js", text)] != []


def test_scripts_of_a_page_are_seen_together() -> None:
    text = (
        "<script>const r = new FinalizationRegistry((f) => f());</script>\n"
        "<script>class A { constructor() { r.register(this, () => this.x); } }</script>"
    )
    assert ("held-value-retains-target", 2, 35) in places("a.html", text)


def test_what_cannot_matter_is_not_parsed() -> None:
    assert places("a.md", f"```js\nimport a from 'a'; ...\n```\n\n```js\n{BAD}\n```\n") == [(RULE, 6, 1)]
    assert [code.text.strip() for code in codes("```js\nimport {a} from './a'\n```\n", filename="a.md")] == [
        "import {a} from './a'"
    ]


def test_a_syntax_error_has_its_place() -> None:
    result = analyze(f"<p>\n<script type=module>\n{BAD} let 1;\n</script>", filename="a.html")
    (problem,) = result.problems
    assert problem.range is not None
    assert problem.range.start == Position(3, 18)


SUPPRESSED = [
    ("a.html", f"<script>{BAD} // jsleak-ignore-line -- why</script>"),
    ("a.vue", f"<script setup>\nimport a from 'a'\n// jsleak-ignore-next-line {RULE}\n{BAD}\n</script>"),
    ("a.vue", f"<script setup>\n// jsleak-ignore-file {RULE}\nlet a = 1;\n{BAD}\n</script>"),
    ("a.astro", f"---\n/* jsleak-ignore-file {RULE} */\n{BAD}\n---\n"),
    ("a.md", f"> ```js\n> // jsleak-ignore-next-line\n> {BAD}\n> ```\n"),
]


@pytest.mark.parametrize(("filename", "text"), SUPPRESSED)
def test_suppressions(filename: str, text: str) -> None:
    result = analyze(text, filename=filename)
    assert result.findings == ()
    assert len(result.suppressed) == 1


def test_a_suppression_is_of_its_own_script() -> None:
    text = f"<script type=module>\n// jsleak-ignore-file\n{BAD}\n</script>\n<script type=module>{BAD}</script>"
    assert places("a.html", text) == [(RULE, 5, 21)]
    assert analyze(f"<!-- jsleak-ignore-file -->\n<script>{BAD}</script>", filename="a.html").findings != ()


@pytest.mark.parametrize(("filename", "text"), [one[1:3] for one in FOUND if one[3]], ids=[one[0] for one in FOUND if one[3]])
def test_suppressions_are_written_where_they_count(filename: str, text: str) -> None:
    before = analyze(text, filename=filename)
    edits = for_places(text, filename, [(one.range, one.rule) for one in before.findings])
    after = analyze(apply(text, edits), filename=filename)
    assert after.findings == after.problems == ()
    assert len(after.suppressed) == len(before.findings)
    first = before.findings[0]
    whole = analyze(apply(text, for_file(text, first.rule, filename, first.range.start)), filename=filename)
    assert len(whole.suppressed) >= 1
    assert whole.problems == ()


def test_the_program_at_a_place() -> None:
    text = f"<script type=module>{BAD}</script>\n<p>\n<script type=module>{BAD}</script>"
    assert [program_at(text, "a.html", Position(line, 21)) for line in (1, 2, 3)] == [0, 0, 1]


PIECES = st.sampled_from(
    ["<script>", "<script setup lang='ts'>", "<script module>", "<script", "</script>", "<p a='<'>", "<!--", "-->", "---\n",
     "{#if a < b}",      "```js\n", "```\n", "> ", "- ", "\n", "\r\n", "\u2028", "é😀", "\ud800",
     "import a from './a'\n", "export let a: A;", "export {a};",
     "let {a, b: [c]} = d;", "await 1;", "enum E { A }\n", BAD, "`", "'", "/*", "//", "\t", "\0", "}", "{", " "]
)  # fmt: skip
FILENAMES = st.sampled_from(["a.html", "a.vue", "a.svelte", "a.astro", "a.md"])
TERMINATOR = re.compile("[\n\r\u2028\u2029]")


@given(filename=FILENAMES, text=st.lists(PIECES, max_size=25).map("".join))
def test_any_markup(filename: str, text: str) -> None:
    """Every program is as long as its file and has its line ends; findings lie in the file, and nothing is raised."""
    for code in codes(text, filename=filename):
        assert len(code.text) == len(text)
        assert [one.start() for one in TERMINATOR.finditer(code.text)] == [one.start() for one in TERMINATOR.finditer(text)]
    source = SourceText(text, filename)
    for finding in analyze(text, filename=filename).findings:
        start, end = source.offset(finding.range.start), source.offset(finding.range.end)
        assert 0 <= start < end <= len(text)
        assert text[start:end].startswith("new WeakRef")
