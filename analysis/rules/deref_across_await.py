"""## What it does

Flags a WeakRef that is checked before an `await` (or a `yield`) and dereferenced again behind it without another check.

## Why it matters

A target that `deref()` has given stays alive until the current job ends, so a second look in the same job is safe. An `await`
ends the job: what was there before may be collected when the function goes on, and the second `deref()` gives undefined.

## How to fix it

Keep the checked value in a variable and go on using that, which also holds it for as long as the function needs it. Or check
again: the fixes (unsafe: what threw is skipped) return where the target has gone, or write `?.`.

## When to ignore it

When something else keeps the target alive until the function is done.

## Sources

- [ECMA-262, AddToKeptObjects](https://tc39.es/ecma262/#sec-addtokeptobjects)
- [ECMA-262, WeakRef.prototype.deref](https://tc39.es/ecma262/#sec-weak-ref.prototype.deref)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.derefs import check_again
from ..module import Module
from ..protocol.derefs import unchecked_uses, used_as
from ..rule import Experiment, Rule

rule = Rule(
    name="deref-across-await",
    severity=Severity.WARNING,
    summary="checked before an await, dereferenced again after it",
    sources=(
        "https://tc39.es/ecma262/#sec-addtokeptobjects",
        "https://tc39.es/ecma262/#sec-weak-ref.prototype.deref",
    ),
    experiment=Experiment(observe="deref-of-undefined", counterfactual="target-kept-until-use"),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    for found in unchecked_uses(module):
        if found.wait is None or found.check is None:
            continue
        call = module.text(found.dereference.node, 40)
        failure = used_as(module, found.uses[0])
        word = "yield" if found.wait.type == "YieldExpression" else "await"
        yield module.finding(
            rule,
            found.dereference.node,
            f"The check of `{call}` is out of date: the `{word}` in between lets the target go, and then {failure} throws.",
            help=f"Keep the checked value in a variable and use that, or check again after the `{word}`.",
            retention=[
                module.hop("checked here", found.check),
                module.hop(f"`{word}`: the job ends, the target may be collected", found.wait),
                module.hop(f"{failure}, unchecked", found.uses[0]),
            ],
            fixes=check_again(module, found),
        )


BAD = {
    "property after an await": """\
class Session {
  constructor(socket) {
    this.socket = new WeakRef(socket);
  }
  async send(text) {
    if (!this.socket.deref()) return;
    await encode(text);
    this.socket.deref().write(text);
//  ^^^^^^^^^^^^^^^^^^^
  }
}
async function encode(text) {}
let socket = { write() {} };
new Session(socket).send("a");
socket = null;
""",
    "only a field of it is kept": """\
let file = { name: "a", saved: 0 };
const current = new WeakRef(file);
async function save() {
  const name = current.deref()?.name;
  if (name === undefined) return;
  await write(name);
  current.deref().saved++;
//^^^^^^^^^^^^^^^
}
async function write(name) {}
save();
file = null;
""",
    "generator": """\
class Cursor {
  #rows;
  constructor(rows) {
    this.#rows = new WeakRef(rows);
  }
  *[Symbol.iterator]() {
    if (this.#rows.deref() === undefined) return;
    yield 0;
    yield this.#rows.deref().length;
//        ^^^^^^^^^^^^^^^^^^
  }
}
let rows = [1, 2];
const steps = new Cursor(rows)[Symbol.iterator]();
steps.next();
rows = null;
steps.next();
""",
}

GOOD = {
    "the checked value is kept": """\
class Session {
  constructor(socket) {
    this.socket = new WeakRef(socket);
  }
  async send(text) {
    const socket = this.socket.deref();
    if (!socket) return;
    await null;
    socket.write(text);
  }
}
new Session({ write() {} }).send("a");
""",
    "checked again": """\
class Session {
  constructor(socket) {
    this.socket = new WeakRef(socket);
  }
  async send(text) {
    if (!this.socket.deref()) return;
    await null;
    if (this.socket.deref()) this.socket.deref().write(text);
    this.socket.deref()?.end();
  }
}
new Session({ write() {}, end() {} }).send("a");
""",
    "checked in each turn of the loop": """\
const refs = [];
const add = (value) => refs.push(new WeakRef(value));
async function poll() {
  const ref = refs[0];
  for (let i = 0; i < 3; i++) {
    if (!ref?.deref()) break;
    ref.deref().tick();
    await null;
  }
}
add({ tick() {} });
poll();
""",
    "a variable holds the target until later": """\
let current;
const open = (name) => (current = new WeakRef({ name, saved: 0 }));
async function save() {
  const file = current.deref();
  if (file === undefined) return;
  await null;
  current.deref().saved++;
  return file;
}
open("a");
save();
""",
}
