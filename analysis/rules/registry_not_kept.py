"""## What it does

Flags a registry that nothing keeps: it is made for one call and only used there, or held by a local variable that no surviving
closure captures.

## Why it matters

A registry is an object like any other. When it is collected, its registrations go with it, and the callbacks of targets that
are still alive by then never come.

## How to fix it

Keep it where it outlives its targets: a module-level constant, a static field. The fix (unsafe) moves one that uses no local.

## When to ignore it

When all targets are known to die before the function ends, as in a test that collects garbage by hand.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [MDN, FinalizationRegistry: notes on cleanup callbacks](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.registries import at_module_level
from ..module import Module
from ..protocol.ownership import is_receiver, not_kept
from ..rule import Experiment, Rule

rule = Rule(
    name="registry-not-kept",
    severity=Severity.WARNING,
    summary="nothing keeps the registry alive, so its callbacks are lost",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry",
    ),
    experiment=Experiment(observe="callback-never-runs", counterfactual="pin-registry"),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    for registry, registration in not_kept(module):
        if is_receiver(registry.node):
            why = "nothing keeps the registry after this call"
        else:
            function = registration.function.name
            why = f"the registry is gone when {f'`{function}()`' if function else 'the function'} returns"
        target = f"`{module.text(registration.target.node, 40)}`" if registration.target is not None else "the target"
        yield module.finding(
            rule,
            registry.node,
            f"The cleanup of {target} is lost: {why}, and its callbacks with it.",
            help="Keep the registry in a module-level constant or a static field.",
            retention=(module.hop("registered here", registration.node),),
            fixes=at_module_level(module, registry),
        )


BAD = {
    "local variable": """\
function open(fd) {
  const handle = { fd };
  const registry = new FinalizationRegistry((fd) => release(fd));
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registry.register(handle, fd);
  return handle;
}
function release(fd) {}
open(3);
""",
    "made for one call": """\
function open(fd) {
  const handle = { fd };
  new FinalizationRegistry((fd) => release(fd)).register(handle, fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
function release(fd) {}
open(3);
""",
    "local in a constructor": """\
class Handle {
  constructor(fd) {
    let registry;
    registry = new FinalizationRegistry((fd) => release(fd));
//             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    registry.register(this, fd);
  }
}
function release(fd) {}
new Handle(3);
""",
    "conditional, with an optional call": """\
function open(fd) {
  const handle = { fd };
  const registry = typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry((fd) => fd);
//                                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registry?.register(handle, fd);
  return handle;
}
open(3);
""",
    "only its own callback captures it": """\
function open(fd) {
  const handle = { fd };
  handle.self = handle;
  const registry = new FinalizationRegistry((token) => registry.unregister(token));
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registry.register(handle, {});
  return handle;
}
open(3);
""",
}

GOOD = {
    "module-level constant": """\
const registry = new FinalizationRegistry((fd) => release(fd));
function open(fd) {
  const handle = { fd };
  registry.register(handle, fd);
  return handle;
}
function release(fd) {}
open(3);
""",
    "captured by what is returned": """\
function makePool() {
  const registry = new FinalizationRegistry((fd) => release(fd));
  return {
    open(fd) {
      const handle = { fd };
      registry.register(handle, fd);
      return handle;
    },
  };
}
function release(fd) {}
const pool = makePool();
pool.open(3);
""",
    "stored by a helper": """\
const registries = [];
function keep(registry) {
  registries.push(registry);
}
function open(fd) {
  const handle = { fd };
  const registry = new FinalizationRegistry((fd) => fd);
  keep(registry);
  registry.register(handle, fd);
  return handle;
}
open(3);
""",
    "getter of what is returned": """\
function open(fd) {
  const registry = new FinalizationRegistry((fd) => fd);
  registry.register({}, fd);
  return { get registry() { return registry; } };
}
const opened = open(3);
""",
    "a callback elsewhere captures it": """\
const listeners = [];
function open(fd) {
  const registry = new FinalizationRegistry((fd) => fd);
  registry.register({}, fd);
  listeners.push(() => registry.register({}, fd + 1));
}
open(3);
""",
}
