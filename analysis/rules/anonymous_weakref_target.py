"""## What it does

Flags `new WeakRef({…})`: a WeakRef to an object that is made on the spot and held by nobody else.

## Why it matters

The target lives until the current job ends, and no longer: from then on `deref()` gives undefined. The WeakRef never refers to
anything of use.

## How to fix it

Store the object where its owner is, then make the WeakRef from that: `this.x = {…}; ref = new WeakRef(this.x)`. If the
reference is all there is, hold the object itself. At the module's top level the fix (unsafe) makes a constant; a local
one would go with its function, so there is no fix elsewhere.

## When to ignore it

When the object is needed for the current job only, or when watching it go is the point, as in a test of the collector.

## Sources

- [ECMA-262, WeakRef](https://tc39.es/ecma262/#sec-weak-ref-target)
- [ECMA-262, AddToKeptObjects](https://tc39.es/ecma262/#sec-addtokeptobjects)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.targets import named_target
from ..module import Module
from ..protocol.fresh import sole_argument
from ..rule import Experiment, Rule

rule = Rule(
    name="anonymous-weakref-target",
    severity=Severity.WARNING,
    summary="a WeakRef to a fresh object that nobody else holds",
    sources=("https://tc39.es/ecma262/#sec-weak-ref-target", "https://tc39.es/ecma262/#sec-addtokeptobjects"),
    experiment=Experiment(observe="weakref-empty-at-once", counterfactual="pin-target"),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    named = 0
    for reference in module.weakrefs:
        fresh = sole_argument(reference, reference.target)
        if fresh is None:
            continue
        named += 1
        target = module.text(fresh.node, 40)
        yield module.finding(
            rule,
            fresh.where,
            f"Nothing else holds `{target}`: it lives until the current job ends, and then `deref()` gives undefined.",
            help="Store the object with its owner first and make the WeakRef from there, or hold the object itself.",
            retention=[
                module.hop(f"target: `{target}` is made here and held by nobody", fresh.node),
                *(module.hop(f"passed on to `{module.text(call.callee, 40)}`", call) for call in fresh.inner),
            ],
            fixes=named_target(module, fresh, "referent", named),
        )


BAD = {
    "object literals": """\
const ref = new WeakRef({ name: "a" });
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^
const list = new globalThis.WeakRef([]);
//           ^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    "in a collection": """\
class Cache {
  #entries = new Map();
  put(key, text) {
    this.#entries.set(key, new WeakRef({ key, text }));
//                         ^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Cache().put("a", "text");
""",
    "an instance": """\
const Ref = WeakRef;
class Point {
  constructor(x) {
    this.x = x;
  }
}
let ref;
function point(x) {
  ref = new Ref(new Point(x));
//      ^^^^^^^^^^^^^^^^^^^^^
}
point(3);
""",
    "through a wrapper": """\
const weak = (object) => new WeakRef(object);
const listener = weak(() => 1);
//               ^^^^^^^^^^^^^
listener;
""",
}

GOOD = {
    "stored on the way": """\
class Owner {
  constructor() {
    this.ref = new WeakRef((this.guard = {}));
  }
}
const owner = new Owner();
owner.guard;
""",
    "kept by a variable": """\
const target = { name: "a" };
const ref = new WeakRef(target);
target.name;
""",
    "the constructor gives this away": """\
const all = new Map();
class Node {
  constructor(id) {
    all.set(id, this);
  }
}
const ref = new WeakRef(new Node(1));
all.size;
""",
    "the wrapper returns it": """\
let last;
function remember(object) {
  last = new WeakRef(object);
  return object;
}
const kept = remember({});
kept;
""",
    "a function call": """\
const make = globalThis.make ?? (() => globalThis);
const ref = new WeakRef(make());
ref;
""",
}
