"""## What it does

Flags the result of `deref()` where it is stored for longer than the look at it: in a property of `this` or of a module's
object, in a variable of the module, in a collection that lives on.

## Why it matters

A WeakRef is there so that its target can go. A strong copy in something long-lived keeps the target alive all the same: memory
that was meant to be given back stays, and the finalizers that wait for it never run.

## How to fix it

Keep the result in a local variable, and call `deref()` again next time. To pass the object on for later, store the WeakRef.

## When to ignore it

When the copy is meant to hold the target for a while and other code replaces it in time. A copy that is set to null or
undefined, deleted, or taken out again anywhere in the module is not reported.

## Sources

- [ECMA-262, liveness](https://tc39.es/ecma262/#sec-liveness)
- [MDN, WeakRef](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..module import Module
from ..protocol.copies import strong_copies
from ..rule import Experiment, Rule

rule = Rule(
    name="strong-copy-of-weak-target",
    severity=Severity.WARNING,
    summary="the result of deref() is stored where it outlives the use",
    sources=(
        "https://tc39.es/ecma262/#sec-liveness",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef",
    ),
    experiment=Experiment(observe="target-never-collected", counterfactual="not-stored"),
)


def check(module: Module) -> Iterator[Finding]:
    for copy in strong_copies(module):
        holder = module.text(copy.holder, 40)
        reference = module.text(copy.dereference.node.callee.object, 40)
        yield module.finding(
            rule,
            copy.dereference.node,
            f"`{holder}` keeps alive what `{reference}` holds weakly: the result of `deref()` is stored there and stays.",
            help=f"Keep the result in a local variable, or store the WeakRef in `{holder}` instead.",
            retention=[
                module.hop(f"`deref()` gives the target of `{reference}`", copy.dereference.node),
                module.hop(f"stored in `{holder}`", copy.node),
            ],
        )


BAD = {
    "property of this": """\
class View {
  constructor(model) {
    this.ref = new WeakRef(model);
  }
  model() {
    this.cached = this.ref.deref();
//                ^^^^^^^^^^^^^^^^
    return this.cached;
  }
}
let model = { name: "model" };
const view = new View(model);
view.model();
model = null;
""",
    "variable of the module": """\
let last;
const refs = new Map();
const put = (key, value) => refs.set(key, new WeakRef(value));
function get(key) {
  const value = refs.get(key)?.deref();
//              ^^^^^^^^^^^^^^^^^^^^^^
  if (value !== undefined) last = value;
  return value;
}
let value = { name: "a" };
put("a", value);
get("a");
value = null;
""",
    "collection of the module": """\
const used = new Set();
class Pool {
  static #refs = [];
  static add(value) {
    Pool.#refs.push(new WeakRef(value));
  }
  static use(index) {
    const value = Pool.#refs[index].deref();
//                ^^^^^^^^^^^^^^^^^^^^^^^^^
    if (value) used.add(value);
  }
}
let value = { name: "a" };
Pool.add(value);
Pool.use(0);
value = null;
""",
}

GOOD = {
    "in a local variable": """\
class View {
  constructor(model) {
    this.ref = new WeakRef(model);
  }
  name() {
    const found = {};
    found.model = this.ref.deref();
    return found.model?.name;
  }
}
const view = new View({ name: "model" });
view.name();
""",
    "cleared again": """\
let current;
const ref = new WeakRef({ name: "a" });
function run(action) {
  current = ref.deref();
  try {
    if (current) action(current);
  } finally {
    current = undefined;
  }
}
run(() => {});
""",
    "gathered for the time of a call": """\
const refs = [];
const add = (value) => refs.push(new WeakRef(value));
function all() {
  const values = [];
  let first;
  refs.forEach((ref) => {
    const value = ref.deref();
    if (!value) return;
    first ??= value;
    values.push(value);
  });
  return values.length;
}
add({ name: "a" });
all();
""",
    "taken out again": """\
const queue = [];
const ref = new WeakRef({ name: "job" });
const schedule = () => queue.push(ref.deref());
const next = () => queue.shift()?.name;
schedule();
next();
""",
    "weakly again": """\
const names = new WeakMap();
const seen = new WeakSet();
const ref = new WeakRef({ name: "a" });
function look() {
  const value = ref.deref();
  if (!value) return;
  seen.add(value);
  names.set(value, value.name);
}
look();
""",
}
