"""## What it does

Flags a registration whose target also sits in a collection of the module (a Map, Set, array or table) that nothing but the
cleanup itself takes it out of.

## Why it matters

The collection keeps the target alive, so it is never collected, and the cleanup that should remove it never runs. The
collection only grows.

## How to fix it

Put a WeakRef into the collection, or remove the object where it is released.

## When to ignore it

When the targets are meant to live as long as the program; then the registration is needless.

## Sources

- [ECMA-262, liveness](https://tc39.es/ecma262/#sec-liveness)
- [MDN, FinalizationRegistry](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry)
- [MDN, WeakRef](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..module import Module
from ..protocol.collect import given
from ..protocol.storage import retained_targets
from ..rule import Experiment, Rule

rule = Rule(
    name="target-retained-elsewhere",
    severity=Severity.WARNING,
    summary="a collection of the module keeps the target, so its cleanup never runs",
    sources=(
        "https://tc39.es/ecma262/#sec-liveness",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry",
    ),
    experiment=Experiment(observe="target-never-collected", counterfactual="not-stored"),
)


def check(module: Module) -> Iterator[Finding]:
    for retained in retained_targets(module):
        registration, name = retained.registration, retained.storage.name
        owner = module.text(given(registration, retained.target.node), 40)
        end = "and nothing takes it out" if retained.cleanup is None else "and only the cleanup would take it out"
        hops = [module.hop(f"`{module.text(retained.node)}` puts it into `{name}`", retained.node)]
        hops += module.retention("the entry", retained.path, registration)
        if retained.cleanup is not None:
            hops.append(module.hop("taken out in the cleanup, which never comes", retained.cleanup))
        yield module.finding(
            rule,
            registration,
            f"`{owner}` is never collected: `{name}` holds it, {end}.",
            help=f"Put a WeakRef into `{name}`, or remove `{owner}` from it where it is released.",
            retention=hops,
        )


BAD = {
    "the cleanup deletes the entry": """\
const instances = new Map();
const registry = new FinalizationRegistry((id) => instances.delete(id));
class Handle {
  constructor(id) {
    instances.set(id, this);
    registry.register(this, id);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Handle(3);
""",
    "a list that only grows": """\
const registry = new FinalizationRegistry((id) => id);
const opened = [];
function open(id) {
  const handle = { id };
  opened.push({ handle, at: 0 });
  registry.register(handle, id);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
open(3);
""",
    "static private field": """\
class Handle {
  static #all = new Map();
  static #registry = new FinalizationRegistry((id) => Handle.#all.delete(id));
  constructor(id) {
    Handle.#all.set(id, this);
    Handle.#registry.register(this, id);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Handle(3);
""",
    "a table, through a wrapper": """\
const byId = {};
const registry = new FinalizationRegistry(remove);
function remove(id) {
  delete byId[id];
}
function track(id, object) {
  registry.register(object, id);
}
function open(id) {
  const handle = { id };
  byId[id] = handle;
  track(id, handle);
//^^^^^^^^^^^^^^^^^
  return handle;
}
open(3);
""",
}

GOOD = {
    "the collection holds WeakRefs": """\
const instances = new Map();
const registry = new FinalizationRegistry((id) => instances.delete(id));
class Handle {
  constructor(id) {
    instances.set(id, new WeakRef(this));
    registry.register(this, id);
  }
}
new Handle(3);
""",
    "removed on release": """\
const instances = new Set();
const registry = new FinalizationRegistry((id) => id);
class Handle {
  open(id) {
    instances.add(this);
    registry.register(this, id);
  }
  close() { instances.delete(this); }
}
(function (handle) { handle.open(3); handle.close(); })(new Handle());
""",
    "a slot, not a collection": """\
const current = new Map();
const registry = new FinalizationRegistry((id) => id);
function open(id) {
  const handle = { id };
  current.set("last", handle);
  registry.register(handle, id);
}
open(3);
open(4);
current.set("last", null);
""",
    "a weak collection": """\
const names = new WeakMap();
const registry = new FinalizationRegistry((name) => name);
(function open(handle) {
  names.set(handle, "a");
  registry.register(handle, "a");
})({});
""",
    "emptied by a helper": """\
const pending = [];
const registry = new FinalizationRegistry((id) => id);
function open(id) {
  const handle = { id };
  pending.push(handle);
  registry.register(handle, id);
}
open(3);
(function flush() { while (pending.length > 0) pending.pop(); })();
""",
}
