"""## What it does

Flags a registration whose target is made on the spot, in the call itself, so that nobody else holds it: `registry.register({},
…)`.

## Why it matters

When the call is over nothing refers to the target. It is collected at once, so the cleanup callback comes at once and says
nothing about the object whose end it should announce. In quickjs-ng 0.6 such a registration leaks what it holds when the
program ends by an exception.

## How to fix it

Register the object that the resource belongs to and that your program goes on using. Keep it in a variable first. At
the module's top level the fix (unsafe) makes that variable; a local one would go with its function, so there is no fix elsewhere.

## When to ignore it

When being told of the next garbage collection is the point, as in a test that watches the collector.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
- [ECMA-262, liveness](https://tc39.es/ecma262/#sec-liveness)
- [quickjs-ng issue 648](https://github.com/quickjs-ng/quickjs/issues/648)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.targets import named_target
from ..module import Module
from ..protocol.fresh import sole_argument
from ..rule import Experiment, Rule

rule = Rule(
    name="anonymous-target",
    severity=Severity.WARNING,
    summary="the target is a fresh object that nobody else holds",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
        "https://github.com/quickjs-ng/quickjs/issues/648",
    ),
    experiment=Experiment(observe="callback-runs-at-once", counterfactual="pin-target"),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    named = 0
    for registration in module.registrations:
        fresh = sole_argument(registration, registration.target)
        if fresh is None:
            continue
        named += 1
        target = module.text(fresh.node, 40)
        yield module.finding(
            rule,
            fresh.where,
            f"Nothing else holds the target `{target}`: it is collected at once, and the cleanup callback comes at once.",
            help="Register the object that owns the resource and that the program keeps: put it into a variable first.",
            retention=[
                module.hop(f"target: `{target}` is made here and held by nobody", fresh.node),
                *(module.hop(f"passed on to `{module.text(call.callee, 40)}`", call) for call in fresh.inner),
            ],
            fixes=named_target(module, fresh, "target", named),
        )


BAD = {
    "object literals": """\
const registry = new FinalizationRegistry(() => {});
registry.register({}, 1);
^^^^^^^^^^^^^^^^^^^^^^^^
registry.register([], "list", {});
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register(function () {}, 2);
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    "the leak of quickjs-ng 0.6": """\
let finrec = new FinalizationRegistry((v) => {});
finrec.register({}, {});
^^^^^^^^^^^^^^^^^^^^^^^
""",
    "new of a builtin and of a class": """\
const { FinalizationRegistry: Registry } = globalThis;
class Handle {
  fd = -1;
  constructor(fd) {
    this.open(fd);
    this.close = () => this.open(-1);
  }
  open(fd) {
    this.fd = fd;
  }
}
class Files {
  static #registry = new Registry(() => {});
  static open(fd) {
    this.#registry.register(new Handle(fd), fd);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    this.#registry.register(new Map(), fd);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
Files.open(3);
""",
    "through a wrapper": """\
const registry = new FinalizationRegistry(() => {});
const track = (object, held) => registry?.register(object, held, object);
const trackAs = (name, object) => track(object, name);
track({ name: "a" }, "a");
^^^^^^^^^^^^^^^^^^^^^^^^^
trackAs("b", ["b"]);
^^^^^^^^^^^^^^^^^^^
""",
}

GOOD = {
    "kept in a variable": """\
const registry = new FinalizationRegistry(() => {});
const handle = { fd: 3 };
registry.register(handle, handle.fd);
handle.fd;
""",
    "stored on the way": """\
const registry = new FinalizationRegistry(() => {});
class Owner {
  constructor() {
    registry.register((this.guard = {}), "owner");
  }
}
const owner = new Owner();
owner.guard;
""",
    "the constructor gives this away": """\
const registry = new FinalizationRegistry(() => {});
const all = new Set();
class Node {
  constructor() {
    this.attach();
  }
  attach() {
    all.add(this);
  }
}
registry.register(new Node(), "node");
all.size;
""",
    "the wrapper stores or returns it": """\
const registry = new FinalizationRegistry(() => {});
const all = [];
function track(object, held) {
  registry.register(object, held);
  return object;
}
function own(object) {
  registry.register(object, 1);
  all.push(object);
}
const tracked = track({}, 1);
own({}), tracked;
""",
    "a constructor or call that is not known": """\
const registry = new FinalizationRegistry(() => {});
const all = [];
const Handle = globalThis.Handle ?? class { list = all.push(this) };
const make = globalThis.make ?? ((object) => all.push(object) && object);
registry.register(new Handle(), 1);
registry.register(make({}), 2);
""",
}
