"""## What it does

Flags a registry that only its own target keeps alive: it is in a field of the target, or in closures of the target only.

## Why it matters

The target and its registry become unreachable together. A registry that is itself garbage runs no callbacks, so the cleanup is
lost for every single target: on V8 none of three callbacks came where the registry was a field of its target, three of three
where it belonged to the module.

## How to fix it

Make one registry for all targets and keep it where it outlives them: in a module-level constant or a static field. The fix
(unsafe) moves it there, if its callback captures nothing local.

## When to ignore it

When something outside of this module keeps the registry too.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [MDN, FinalizationRegistry](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.registries import at_module_level
from ..module import Module
from ..protocol.ownership import owned_by_target
from ..rule import Experiment, Rule

rule = Rule(
    name="registry-owned-by-target",
    severity=Severity.ERROR,
    summary="only the target keeps the registry alive, so both die together",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry",
    ),
    # QuickJS counts references: there the target goes first, while it still holds its registry.
    experiment=Experiment(observe="callback-never-runs", counterfactual="pin-registry", engines=("node",)),
)


def check(module: Module) -> Iterator[Finding]:
    flagged = set()
    for registration, registry, path in owned_by_target(module):
        target = registration.target
        if target is None or registry.node in flagged:
            continue
        flagged.add(registry.node)
        owner = module.text(target.node, 40)
        yield module.finding(
            rule,
            registry.node,
            f"The cleanup never runs: only `{owner}` keeps this registry alive, and `{owner}` is its target, so both die together.",
            help="Keep one registry for all targets in a module-level constant or a static field.",
            retention=(
                module.hop(f"`{owner}` is registered here", registration.node),
                *(module.hop(step.label, step.node if step.node is not None else target.node) for step in path),
            ),
            fixes=at_module_level(module, registry),
        )


BAD = {
    "instance field": """\
class Handle {
  constructor(fd) {
    this.fd = fd;
    this.registry = new FinalizationRegistry((fd) => release(fd));
//                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    this.registry.register(this, fd);
  }
}
function release(fd) {}
new Handle(3);
""",
    "private field": """\
class Handle {
  #registry = new FinalizationRegistry(release);
//            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  constructor(fd) {
    this.#registry.register(this, fd, this);
  }
  close() {
    this.#registry.unregister(this);
  }
}
function release(fd) {}
new Handle(3);
""",
    "property of an object literal": """\
function open(fd) {
  const handle = { fd, registry: new FinalizationRegistry((fd) => fd) };
//                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  handle.registry.register(handle, fd);
  return handle;
}
open(3);
""",
    "captured only by the target's own method": """\
function open(fd) {
  const handle = { fd };
  const registry = new FinalizationRegistry((fd) => fd);
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registry.register(handle, fd, handle);
  handle.close = () => registry.unregister(handle);
  return handle;
}
open(3);
""",
    "conditional registry": """\
class Handle {
  registry = typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry((fd) => fd);
//                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  constructor(fd) {
    this.registry?.register(this, fd);
  }
}
new Handle(3);
""",
}

GOOD = {
    "static field": """\
class Handle {
  static #registry = new FinalizationRegistry((fd) => fd);
  open() { Handle.#registry.register(this, 1, this); }
}
new Handle().open();
""",
    "field of the targets' owner": """\
class Pool {
  registry = new FinalizationRegistry((fd) => fd);
  open(fd) {
    const handle = { fd, pool: this };
    this.registry.register(handle, fd, handle);
    return handle;
  }
}
const pool = new Pool();
pool.open(3);
""",
    "also held by the module": """\
const registries = new Set();
class Handle {
  constructor(fd) {
    this.registry = new FinalizationRegistry((fd) => fd);
    this.registry.register(this, fd);
    registries.add(this.registry);
  }
}
new Handle(3);
""",
    "shared by a parameter": """\
const shared = new FinalizationRegistry((fd) => fd);
class Handle {
  constructor(registry) {
    this.registry = registry;
    this.registry.register(this, 1);
  }
}
new Handle(shared);
""",
    "handed on to its children": """\
class Node {
  constructor(parent) {
    this.registry = parent ? parent.registry : new FinalizationRegistry((name) => name);
    this.registry.register(this, "node");
  }
}
const root = new Node();
new Node(root);
""",
}
