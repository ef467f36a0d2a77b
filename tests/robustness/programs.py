"""A hypothesis strategy that writes JavaScript, with a liking for what the rules ask about.

A grammar of templates: ``«kind»`` is replaced by a template of that kind. Kinds keep what only stands in some places where it may
stand (``await``, ``yield``, ``return``, ``break``), so that most programs parse; those that do not must be survived as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

HOLE = re.compile(r"«(\w+)»")
DEPTH = 5

NAMES = ("a", "b", "o", "ref", "reg", "cache", "target", "token", "Thing", "fn", "ünïcode", "$")
KEYS = ("a", "register", "close", "registry", "deref", "0", "constructor", "__proto__", "then", "ptr", "set", "get")

# What ends the expansion: the leaves of each kind.
LEAVES: Mapping[str, Sequence[str]] = {
    "name": NAMES,
    "key": KEYS,
    "expr": (
        "«name»",
        "this",
        "null",
        "undefined",
        "0",
        "1n",
        "'s'",
        "{}",
        "[]",
        "/x/u",
        "`t`",
        "import.meta",
        "globalThis",
    ),
    "stat": (";", "«name»;", "var «name»;", "debugger;", "«name» = this;", "reg.register(a, b, token);", "throw «name»;"),
    "loop": ("break;", "continue;", ";", "«name»;"),
    "body": ("return;", "return this;", "return new.target;", ";", "«name» = arguments;"),
    "async": ("await «name»;", "return await «name»;", "for await (const x of «name») ;"),
    "generator": ("yield;", "yield* «name»;", "const x = yield «name»;"),
    "pattern": ("«name»", "[]", "{}"),
    "member": (";", "«key»;", "static p;", "q = this;", "«key»() {}"),
    "property": ("«name»", "«key»: 1", "...«name»"),
    "cleanup": ("() => {}", "«name»", "function (held) {}", "(held) => held.close()", "undefined", "async () => {}"),
}

INNER: Mapping[str, Sequence[str]] = {
    **{kind: LEAVES[kind] for kind in ("name", "key")},
    "cleanup": (
        "(held) => { «stat» «stat» }",
        "function «name»(held) { «body» }",
        "async («pattern») => { «async» }",
        "«name».bind(«expr», «expr»)",
        "«expr»",
        "(held = «expr») => «expr»",
        "() => { reg.register(«expr», «expr»); }",
        "(key) => { const ref = cache.get(key); if (!ref?.deref()) cache.delete(key); }",
    ),
    "expr": (
        "new FinalizationRegistry(«cleanup»)",
        "new WeakRef(«expr»)",
        "reg.register(«expr», «expr»)",
        "reg.register(«expr», «expr», «expr»)",
        "«name».register(«name», () => «name».close(), «name»)",
        "reg.unregister(«expr»)",
        "ref.deref()",
        "ref.deref()?.«key»",
        "(typeof FinalizationRegistry === 'undefined' ? { register() {}, unregister() {} } : new FinalizationRegistry(«cleanup»))",
        "new globalThis.FinalizationRegistry(«cleanup»)",
        "FinalizationRegistry(«expr»)",
        "Reflect.construct(FinalizationRegistry, [«expr»])",
        "«expr».«key»",
        "«expr»?.[«expr»]",
        "«expr»(«expr», ...«expr»)",
        "«name».«key»(«expr»)",
        "(«expr», «expr»)",
        "(«name» = «expr»)",
        "(«name» ??= «expr»)",
        "(«name».«key» = «expr»)",
        "(([«pattern», ...«name»]) => «name»)(«expr»)",
        "(«expr» && «expr» || «name»)",
        "(«expr» ?? «expr»)",
        "«expr» + «expr»",
        "(«expr» ? «expr» : «expr»)",
        "(() => «expr»)",
        "(function () { «body» «body» })",
        "(async () => { «async» «stat» })()",
        "(function* () { «generator» })()",
        "(async function* () { «async» «generator» })",
        "(class { «member» «member» })",
        "(class extends «expr» { constructor() { super(«expr»); «stat» } «member» })",
        "{ «property», «property» }",
        "[«expr», , ...«expr»]",
        "`${«expr»}s${«expr»}`",
        "«name»`${«expr»}`",
        "(delete «expr».«key»)",
        "(void «expr»)",
        "(typeof «expr»)",
        "new Map([[«expr», «expr»]])",
        "new WeakMap().set(«expr», «expr»)",
        "«name».then(«cleanup»)",
        "import('./x.js')",
        "JSON.parse(«expr»)",
    ),
    "stat": (
        "(«expr»);",
        "const «pattern» = «expr»;",
        "let «name» = «expr»;",
        "var «name» = «expr», «name» = «expr»;",
        "{ «stat» «stat» }",
        "{ let «name» = «expr»; «stat» «stat» }",
        "if («expr») { «stat» } else { «stat» }",
        "if («expr») «stat»",
        "try { «stat» «stat» } catch (e) { «stat» }",
        "try { «stat» } catch { «stat» } finally { «stat» }",
        "try { reg.register(«expr», «expr», token); «stat» } finally { reg.unregister(token); }",
        "for (let i = 0; i < «expr»; i++) { «stat» «loop» }",
        "for (const «pattern» of «expr») { «stat» «loop» }",
        "for (var «name» in «expr») { «loop» «stat» }",
        "while («expr») { «stat» «loop» }",
        "do { «stat» «loop» } while («expr»);",
        "outer: for (;;) { «stat» while («expr») { if («expr») continue outer; else break outer; } }",
        "label: { «stat» break label; }",
        "switch («expr») { case «expr»: «stat» default: «stat» break; case 0: }",
        "function «name»(«pattern», «name»2 = «expr», ...rest) { «body» «stat» «body» }",
        "async function «name»() { «async» «stat» «async» }",
        "function* «name»() { «generator» «stat» }",
        "class Thing { constructor(«pattern») { «stat» «stat» } «member» «member» }",
        "class Thing { #p = «expr»; has(o) { return #p in o && this.#p; } «member» }",
        "class Thing { static #reg = new FinalizationRegistry(«cleanup»); constructor() { Thing.#reg.register(this, «expr»); } }",
        "class Thing extends FinalizationRegistry { «member» }",
        "throw «expr»;",
        "if («expr») throw «expr»;",
        "({ «name», «key»: «name», ...«name» } = «expr»);",
        "[«name», «name»] = «expr»;",
    ),
    "loop": ("if («expr») break;", "if («expr») { continue; }", "«stat»", "«expr»;"),
    "body": ("return «expr»;", "if («expr») return «expr»;", "«stat»", "«stat»", "for (;;) { return «expr»; }"),
    "async": (
        "await «expr»;",
        "const x = await «expr»;",
        "try { await «expr»; } finally { «stat» }",
        "for await (const «pattern» of «expr») { «stat» }",
        "«body»",
        "await using y = «expr»;",
        "using z = «expr»;",
    ),
    "generator": ("yield «expr»;", "try { yield «expr»; } finally { «stat» }", "const x = yield* «expr»;", "«stat»"),
    "pattern": (
        "[«pattern», «name» = «expr»]",
        "{ «name», «key»: «pattern», ...«name» }",
        "{ [«expr»]: «name» = «expr» }",
        "[, ...«pattern»]",
    ),
    "member": (
        "«key» = «expr»;",
        "static «key» = «expr»;",
        "r = «expr»;",
        "static { «stat» }",
        "«key»() { «body» }",
        "async «key»() { «async» }",
        "*«key»() { «generator» }",
        "get «key»() { «body» }",
        "set «key»(v) { «body» }",
        "[«expr»]() { «body» }",
        "close() { reg.unregister(this); «body» }",
        "[Symbol.dispose]() { «body» }",
    ),
    "property": (
        "«key»: «expr»",
        "«key»() { «body» }",
        "get «key»() { «body» }",
        "[«expr»]: «expr»",
        "...«expr»",
        "async *«key»() { «async» }",
    ),
}

PREAMBLE = "const reg = new FinalizationRegistry(«cleanup»);\n"


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program of a few statements, most of them nested some levels deep."""

    def expand(template: str, depth: int) -> str:
        def fill(hole: re.Match[str]) -> str:
            choices = INNER if depth > 0 and draw(st.integers(0, 3)) else LEAVES
            return expand(draw(st.sampled_from(choices[hole[1]])), depth - 1)

        return HOLE.sub(fill, template)

    start = draw(
        st.sampled_from(
            ("", PREAMBLE, PREAMBLE, "#!/usr/bin/env node\n", "'use strict';\n", "export {};\n", "with («expr») «stat»\n")
        )
    )
    count = draw(st.integers(1, 4))
    return expand(start + "«stat»\n" * count, DEPTH)


TOKEN = re.compile(r"\w+|\s+|=>|\?\.|\?\?|[^\w\s]")


@st.composite
def broken(draw: st.DrawFn, sources: st.SearchStrategy[str]) -> str:
    """A source with some tokens taken out, doubled, swapped or replaced."""
    tokens = TOKEN.findall(draw(sources))
    for _ in range(draw(st.integers(1, 4))):
        if not tokens:
            break
        place = draw(st.integers(0, len(tokens) - 1))
        other = draw(st.integers(0, len(tokens) - 1))
        match draw(st.sampled_from(["delete", "double", "swap", "replace", "cut"])):
            case "delete":
                del tokens[place]
            case "double":
                tokens.insert(place, tokens[place])
            case "swap":
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case "replace":
                tokens[place] = draw(
                    st.sampled_from(
                        (*"(){}[];,.`'\"/\\\u2028\0", "\ud800", "=>", "${", "*/", "await", "super", "<a>", "#x", "0b", "\ufeff")
                    )
                )
            case _:
                del tokens[place:]
    return "".join(tokens)
