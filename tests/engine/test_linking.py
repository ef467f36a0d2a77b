"""Modules as one program: what ECMA-262 says of bindings and order, what may be read, where places come from."""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsleak.engine.linking import LinkError, link
from jsleak.engine.pool import Pool
from jsleak.engine.request import Request
from jsleak.engine.trace import Trace


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / next(iter(files))


def run(pool: Pool, script: Path) -> Trace:
    program = link(script.read_text(), str(script), decode=bytes.decode)
    return pool.run(Request(program.text))


PROGRAMS: dict[str, tuple[dict[str, str], str]] = {
    "live bindings": (
        {
            "main.mjs": "import { n, up as raise } from './a.mjs'; console.log(n); raise(); console.log(n, { n }, `${n}`);",
            "a.mjs": "export let n = 1; export function up() { n++; }",
        },
        "1\n2 { n: 2 } 2\n",
    ),
    "a cycle, with a function called before its module has run": (
        {
            "main.mjs": "import { b } from './b.mjs'; export function a() { return 'a'; } console.log(b);",
            "b.mjs": "import { a } from './main.mjs'; export const b = a() + 'b';",
        },
        "ab\n",
    ),
    "a binding read too early": (
        {
            "main.mjs": "import { why } from './b.mjs'; export const late = 1; console.log(why);",
            "b.mjs": "import { late } from './main.mjs'; export let why; try { late; } catch (e) { why = e.name; }",
        },
        "ReferenceError\n",
    ),
    "a namespace takes no property of its own": (
        {
            "main.mjs": "import * as a from './a.mjs'; try { a.more = 1; } catch (e) { console.log(e.name); } console.log(Object.isExtensible(a), a.n);",
            "a.mjs": "export * from './b.mjs';",
            "b.mjs": "export * from './a.mjs'; export const n = 1;",
        },
        "TypeError\nfalse 1\n",
    ),
    "defaults": (
        {
            "main.mjs": "import f from './f.mjs'; import K from './k.mjs'; import v from './v.mjs'; console.log(f(), new K().x, v);",
            "f.mjs": "export default function () { return 1 }",
            "k.mjs": "export default class { x = 2 }",
            "v.mjs": "export default (1, 3)",
        },
        "1 2 3\n",
    ),
    "named defaults keep their name": (
        {"main.mjs": "import f from './f.mjs'; console.log(f.name);", "f.mjs": "export default async function* load() {}"},
        "load\n",
    ),
    "stars and re-exports": (
        {
            "main.mjs": "import * as all from './all.mjs'; console.log(Object.keys(all), all.inner.x, all[Symbol.toStringTag]);",
            "all.mjs": "export * from './x.mjs'; export * as inner from './x.mjs'; export { x as y, default as d } from './x.mjs';",
            "x.mjs": "export const x = 1; export default 2;",
        },
        '[ "d", "inner", "x", "y" ] 1 Module\n',
    ),
    "a classic script that imports as it runs": (
        {
            "main.js": "'use strict';\nvar top = 1;\nimport('./m.mjs').then((m) => console.log(m.x, globalThis.top, (function () { return this; })()));",
            "m.mjs": "import { y } from './n.mjs'; export const x = y + 1;",
            "n.mjs": "export const y = 1;",
        },
        "2 1 undefined\n",
    ),
    "a classic script that imports what is not there": (
        {"main.js": "import('./m.mjs').catch((e) => console.log(e.message)); import('fs').then((fs) => console.log(typeof fs.stat));"},
        "Cannot find module './m.mjs' below the script's folder\nfunction\n",
    ),
    "what is run is the main module": (
        {
            "main.cjs": "console.log(require.main === module, require.resolve('./a.cjs')); require('./a.cjs');",
            "a.cjs": "console.log(require.main === module, require.main.filename);",
        },
        "true /a.cjs\nfalse /main.cjs\n",
    ),
    "an import that is exported on": (
        {"main.mjs": "import { z } from './a.mjs'; console.log(z);", "a.mjs": "import { x } from './x.mjs'; export { x as z };",
         "x.mjs": "export const x = 5;"},
        "5\n",
    ),
    "a shadowed import": (
        {"main.mjs": "import { x } from './x.mjs'; function f(x) { return x; } console.log(f(1), x);", "x.mjs": "export const x = 5;"},
        "1 5\n",
    ),
    "this is undefined, of calls as well": (
        {"main.mjs": "import { f } from './f.mjs'; console.log(this, f());", "f.mjs": "export function f() { return this; }"},
        "undefined undefined\n",
    ),
    "order of evaluation": (
        {
            "main.mjs": "import './a.mjs'; import './b.mjs'; console.log('main');",
            "a.mjs": "import './c.mjs'; console.log('a');",
            "b.mjs": "import './c.mjs'; console.log('b');",
            "c.mjs": "console.log('c');",
        },
        "c\na\nb\nmain\n",
    ),
    "top-level await": (
        {"main.mjs": "import { x } from './x.mjs'; console.log(x);", "x.mjs": "export const x = await Promise.resolve(4);"},
        "4\n",
    ),
    "dynamic import": (
        {"main.mjs": "import('./x.mjs').then((m) => console.log(m.x)); console.log(0);", "x.mjs": "export const x = 4;"},
        "0\n4\n",
    ),
    "import.meta": ({"main.mjs": "console.log(import.meta.url, import.meta.dirname);"}, "file:///main.mjs /\n"),
    "commonjs": (
        {
            "main.js": "const { a } = require('./lib'); console.log(a, __filename, typeof module.exports, require('./d.json').k);",
            "lib/index.js": "exports.a = require('../b').b + 1;",
            "b.js": "module.exports = { b: 1 };",
            "d.json": '{"k": [1]}',
        },
        "2 /main.js object [ 1 ]\n",
    ),
    "a cycle of commonjs": (
        {
            "main.js": "exports.early = 1; const { seen } = require('./b.js'); console.log(seen);",
            "b.js": "exports.seen = require('./main.js').early;",
        },
        "1\n",
    ),
    "commonjs from a module": (
        {"main.mjs": "import d, { x } from './c.cjs'; console.log(d.x, x);", "c.cjs": "exports.x = 3;"},
        "3 3\n",
    ),
    "packages": (
        {"main.mjs": "import fs from 'node:fs'; import { E } from 'e'; class A extends E { m() { return 1; } } "
         "for (const x of fs.list()) x; console.log(new A().m(), typeof fs.a.b());"},
        "1 function\n",
    ),
    "a script stays a script": ({"main.js": "var x = 1; console.log(globalThis.x, this === globalThis);"}, "1 true\n"),
    "a hashbang": ({"main.mjs": "#!/usr/bin/env node\nexport {}; console.log(1);"}, "1\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(pool: Pool, tmp_path: Path, name: str) -> None:
    files, printed = PROGRAMS[name]
    trace = run(pool, write(tmp_path, files))
    assert (trace.completion, trace.error, trace.output) == ("normal", "", printed)


def test_outside_of_the_folder_nothing_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.js").write_text("export const secret = 1;")
    inside = tmp_path / "in"
    script = write(inside, {"main.mjs": "", "sub/x.js": "export {}"})
    (inside / "link.js").symlink_to(tmp_path / "secret.js")
    (inside / "folder").symlink_to(tmp_path)
    (inside / "within.js").symlink_to(inside / "sub" / "x.js")
    for specifier in ("../secret.js", "./link.js", "./folder/secret.js", "./sub/../../secret.js", "./no.js", "/etc/passwd"):
        with pytest.raises(LinkError, match="Cannot find module"):
            link(f"import {{ secret }} from '{specifier}';", str(script), decode=bytes.decode)
    link("import './within.js'; import './sub/../sub/x.js';", str(script), decode=bytes.decode)


def test_missing_at_run_time(pool: Pool, tmp_path: Path) -> None:
    script = write(tmp_path, {"main.js": "try { require('../x'); } catch (e) { console.log(e.message); }"})
    assert run(pool, script).output == "Cannot find module '../x' below the script's folder\n"


def test_places(pool: Pool, tmp_path: Path) -> None:
    script = write(
        tmp_path,
        {
            "main.mjs": "import { f, r } from './f.mjs';\nconst x = f; /* é */ r.register({}, 1); f();",
            "f.mjs": "export const r = new FinalizationRegistry(() => {});\nexport function f() {\n  throw new Error('here');\n}",
        },
    )
    program = link(script.read_text(), str(script), decode=bytes.decode)
    trace = pool.run(Request(program.text))
    found = program.place(trace.line, trace.column)
    assert found is not None
    assert (Path(found[0].path).name, found[1].line) == ("f.mjs", 3)
    (registration,) = trace.at_end
    place = program.place(registration.line, registration.column)
    assert place is not None
    assert Path(place[0].path).name == "main.mjs"
    assert place[1].line == 2


def test_variables_of_a_module_outlive_an_exception(pool: Pool, tmp_path: Path) -> None:
    text = "const r = new FinalizationRegistry(() => {}); const t = {}; r.register(t, {}); export {}; throw 1;"
    (registration,) = run(pool, write(tmp_path, {"main.mjs": text})).at_end
    assert registration.target == "alive"


@pytest.mark.parametrize("first", ["export {};", "await null;"])
def test_variables_of_a_module_outlive_its_evaluation(pool: Pool, tmp_path: Path, first: str) -> None:
    text = f"{first} const r = new FinalizationRegistry(() => {{}}); const t = {{}}; r.register(t, 1); r.register({{}}, 2);"
    kept, dropped = run(pool, write(tmp_path, {"main.mjs": text})).settled
    assert (kept.target, kept.registry_alive, dropped.callback) == ("alive", True, "ran")


REJECTIONS = [
    ("Promise.reject(new TypeError('x'));", "rejection"),
    ("async function main() { throw 1; }\nmain();", "rejection"),
    ("const main = async () => { await null; throw 1; };\nvoid main();", "rejection"),
    ("(async () => { throw 1; })();", "rejection"),
    ("Promise.resolve().then(() => { throw 1; });", "rejection"),
    ("new Promise((_, reject) => reject(1));", "rejection"),
    ("Promise.reject(1).catch(() => 0);", "normal"),
    ("globalThis.__jsleak_watch = null;\nPromise.reject(1);", "rejection"),
    ("Promise.prototype.then = null; Promise.reject(1);", "rejection"),
    ("const P = Promise; globalThis.Promise = null;\n(async () => { throw 1; })();", "rejection"),
    ("async function main() { throw 1; }\nmain().then(undefined, () => 0);", "normal"),
    ("const p = Promise.reject(1); p.catch(() => 0);", "normal"),
    ("(async () => { try { await Promise.reject(1); } catch {} })();", "normal"),
]


@pytest.mark.parametrize(("source", "completion"), REJECTIONS)
def test_rejections_that_nobody_handles(pool: Pool, tmp_path: Path, source: str, completion: str) -> None:
    assert run(pool, write(tmp_path, {"main.js": source})).completion == completion


def test_names_that_nobody_exports(tmp_path: Path) -> None:
    script = write(
        tmp_path,
        {
            "main.mjs": "import a, {\n  b } from './a.mjs';",
            "a.mjs": "export default 1; export * from './c.mjs';",
            "c.mjs": "export const c = 1;",
        },
    )
    with pytest.raises(LinkError, match="does not provide an export named 'b'") as caught:
        link(script.read_text(), str(script), decode=bytes.decode)
    assert (caught.value.place.line, caught.value.place.column) == (2, 3)
    link("import a, { c } from './a.mjs'; import * as all from './a.mjs';", str(script), decode=bytes.decode)


def test_syntax_errors_have_their_place(tmp_path: Path) -> None:
    script = write(tmp_path, {"main.mjs": "import './bad.js';", "bad.js": "\n  let 1;"})
    with pytest.raises(LinkError) as caught:
        link(script.read_text(), str(script), decode=bytes.decode)
    assert caught.value.syntax
    assert Path(caught.value.path).name == "bad.js"
    assert caught.value.place.line == 2


#: Node has other paths, other packages, no classic scripts, another way to print objects.
NOT_AS_NODE = {
    "packages",
    "import.meta",
    "commonjs",
    "a script stays a script",
    "a classic script that imports as it runs",
    "a classic script that imports what is not there",
    "what is run is the main module",
    "stars and re-exports",
    "live bindings",
}


def test_same_as_node(pool: Pool, tmp_path: Path) -> None:
    import shutil

    if shutil.which("node") is None:
        pytest.skip("no node on PATH")
    for name, (files, printed) in PROGRAMS.items():
        if name in NOT_AS_NODE:
            continue
        folder = tmp_path / name.replace(" ", "-").replace(",", "")
        script = write(folder, files)
        done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=False)
        assert (name, done.stdout) == (name, printed), done.stderr
