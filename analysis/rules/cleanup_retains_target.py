"""## What it does

Flags a cleanup callback that strongly reaches the target of a registration: it captures the target, is a method bound to it, or
captures something that leads to it.

## Why it matters

A registry holds its callback for as long as it lives. So a callback that reaches the target keeps it alive, and never runs.

## How to fix it

Make the registry, with its callback, where the target cannot be seen, at the module's top level say, and let the callback work
on the held value alone. The fix (unsafe) captures fields in place of the target, where they are only read and are set once.

## When to ignore it

When other code cuts the path before the target should die.

## Sources

- [ECMA-262, FinalizationRegistry](https://tc39.es/ecma262/#sec-finalization-registry-cleanup-callback)
- [MDN, FinalizationRegistry: notes on cleanup callbacks](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.captures import captured_fields
from ..module import Module
from ..protocol.collect import given
from ..protocol.ownership import is_here, is_kept, making
from ..rule import Experiment, Rule
from ..syntax.nodes import Node

rule = Rule(
    name="cleanup-retains-target",
    severity=Severity.ERROR,
    summary="the cleanup callback keeps a target alive",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry-cleanup-callback",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry",
    ),
    experiment=Experiment(observe="target-never-collected", counterfactual="callback-to-no-op"),
    evidence="places",
)

#: What a registry holds for other registrations is the held values' affair; what sits in a collection may be taken out again.
_WITHOUT = frozenset({"held values", "Map value", "Map key", "Set entry", "array element", "computed property"})


def check(module: Module) -> Iterator[Finding]:
    flagged: set[Node] = set()
    for registration in module.registrations:
        for registry in registration.registries:
            call, callback, target = making(registry), registry.callback, registration.target
            path = module.strong_path(callback, registration, _WITHOUT)
            if path is None or callback is None or target is None or call.place in flagged:
                continue
            if not is_here(module, call.place) or not is_kept(module, registry, registration):
                continue
            flagged.add(call.place)
            owner, shown = module.text(given(registration, target.node), 40), module.text(given(call, callback.node))
            how = "captures it" if path[-1].label.startswith(("captures", "its class")) else f"leads to it ({path[-1].label})"
            yield module.finding(
                rule,
                call,
                f"`{owner}` can never be collected: the cleanup callback `{shown}` {how}.",
                help=f"Let the callback work on its held value alone, and define it where `{owner}` cannot be seen.",
                retention=module.retention("cleanup callback", path, registration, "is the target registered here"),
                fixes=captured_fields(module, registration, callback),
            )


BAD = {
    "arrow function that uses this": """\
class Handle {
  constructor(fd) {
    this.fd = fd;
    const registry = new FinalizationRegistry(() => this.close());
//                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    registry.register(this, fd);
    registries.push(registry);
  }
  close() {}
}
const registries = [];
new Handle(3);
""",
    "captures the local target": """\
const registries = new Set();
function open(fd) {
  const handle = { fd };
  const registry = new FinalizationRegistry(() => release(handle.fd));
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registries.add(registry);
  registry.register(handle, fd);
  return handle;
}
function release(fd) {}
open(3);
""",
    "bound method": """\
const registries = [];
class Handle {
  #registry = new FinalizationRegistry(this.close.bind(this));
//            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  constructor() {
    this.#registry.register(this, 1);
    registries.push(this.#registry);
  }
  close() {}
}
new Handle();
""",
    "through a wrapper": """\
const registries = [];
function onCollect(object, callback) {
  const registry = new FinalizationRegistry(callback);
  registries.push(registry);
  registry.register(object, "gone");
}
function open(name) {
  const file = { name, close() {} };
  onCollect(file, () => file.close());
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return file;
}
open("a");
""",
}

GOOD = {
    "works on the held value": """\
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {}
registry.register({}, 3);
""",
    "the registry's owner is not the target": """\
class Pool {
  constructor() {
    this.free = [];
    this.registry = new FinalizationRegistry((fd) => this.free.push(fd));
  }
  open(fd) {
    const handle = { fd };
    this.registry.register(handle, fd);
    return handle;
  }
}
const pool = new Pool();
pool.open(3);
""",
    "only a WeakRef leads back": """\
const registries = [];
function open(fd) {
  const handle = { fd };
  const ref = new WeakRef(handle);
  const registry = new FinalizationRegistry(() => ref.deref());
  registries.push(registry);
  registry.register(handle, fd);
  return handle;
}
open(3);
""",
    "a polyfill of WeakRef leads back, where there is none": """\
const Ref = typeof WeakRef === "undefined" ? class { constructor(value) { this.deref = () => value; } } : WeakRef;
const registries = [];
function open(fd) {
  const handle = { fd };
  const ref = new Ref(handle);
  const registry = new FinalizationRegistry(() => ref.deref());
  registries.push(registry);
  registry.register(handle, fd);
  return handle;
}
open(3);
""",
}
