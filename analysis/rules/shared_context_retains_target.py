"""## What it does

Flags a registration whose held value (or the registry's cleanup callback) has a closure that doesn't use the target, but was
made in a scope where another closure does.

## Why it matters

V8 keeps all variables of a scope that any of its closures uses in one context, and every closure made in that scope holds the
whole context. So a closure that only needs a WeakRef still keeps the target alive when a sibling captures the target itself,
and the cleanup never comes.

## How to fix it

Make the held closure in a top-level function of its own that is passed what it needs, or pass the sibling a WeakRef, too.

## When to ignore it

When the code runs only on engines where a closure holds just the variables that it uses, such as QuickJS.

## Sources

- [Jake Archibald, Garbage collection and closures](https://jakearchibald.com/2024/garbage-collection-and-closures)
- [David Glasser, A surprising JavaScript memory leak found at Meteor](http://point.davidglasser.net/2013/06/27/surprising-javascript-memory-leak.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..heap import describe
from ..module import Module
from ..protocol import Registration, Value
from ..protocol.collect import given
from ..protocol.ownership import is_kept
from ..rule import Experiment, Rule

rule = Rule(
    name="shared-context-retains-target",
    severity=Severity.WARNING,
    summary="on V8, a closure keeps the target alive because another one of its scope captures it",
    sources=(
        "https://jakearchibald.com/2024/garbage-collection-and-closures",
        "http://point.davidglasser.net/2013/06/27/surprising-javascript-memory-leak.html",
    ),
    experiment=Experiment(observe="target-never-collected", counterfactual="hoist-closure", engines=("node",)),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        starts: list[tuple[str, Value | None]] = [("held value", registration.held)]
        starts += [("cleanup callback", registry.callback) for registry in registration.registries]
        findings = (_finding(module, registration, role, start) for role, start in starts)
        found = next((finding for finding in findings if finding is not None), None)
        if found is None or any(module.strong_path(start, registration) is not None for _, start in starts):
            continue
        if any(is_kept(module, registry, registration) for registry in registration.registries):
            yield found


def _finding(module: Module, registration: Registration, role: str, start: Value | None) -> Finding | None:
    shared, target = module.shared_context(start, registration), registration.target
    if shared is None or target is None:
        return None
    owner = module.text(given(registration, target.node), 40)
    closure = describe(shared.closure)
    return module.finding(
        rule,
        registration,
        f"On V8, the {role} keeps `{owner}` alive: closures made in one scope share one context, "
        f"and another closure beside the {closure} captures {shared.name}.",
        help=f"Make the {closure} where `{owner}` cannot be seen: in a function of its own that is passed what it needs.",
        retention=(
            *module.retention(role, shared.path, registration)[:-1],
            module.hop(f"shares its context with the closure that captures {shared.name}", shared.sibling),
            module.hop("is the target", target.node),
        ),
    )


BAD = {
    "another arrow function uses the target": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd };
  const log = () => handle.fd;
  registry.register(handle, () => fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  log();
  return handle;
}
open(3);
""",
    "another arrow function uses this": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  constructor(fd) {
    this.toString = () => `handle ${this.fd}`;
    registry.register(this, () => fd);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Handle(3);
""",
    "the executor of a promise": """\
const registry = new FinalizationRegistry(({ listener }) => listener);
function aborted(resource) {
  return new Promise((resolve) => {
    const ref = new WeakRef(resource);
    const listener = () => ref.deref() && resolve();
    registry.register(resource, { listener });
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  });
}
aborted({});
""",
    "the cleanup callback": """\
const registries = [];
function open(fd) {
  const handle = { fd };
  const registry = new FinalizationRegistry(() => fd);
  handle.close = () => handle.fd;
  registries.push(registry);
  registry.register(handle, "handle");
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
open(3);
""",
}

GOOD = {
    "the closure is made elsewhere": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
const releaser = (fd) => () => fd;
function open(fd) {
  const handle = { fd };
  const log = () => handle.fd;
  registry.register(handle, releaser(fd));
  log();
  return handle;
}
open(3);
""",
    "nobody else captures the target": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd, close() { this.fd; } };
  registry.register(handle, () => fd);
  return handle;
}
open(3);
""",
    "they capture in another block": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const cleanup = () => fd;
  {
    const handle = { fd };
    const log = () => handle.fd;
    registry.register(handle, cleanup);
    log();
  }
}
open(3);
""",
    "they capture a WeakRef": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd };
  const ref = new WeakRef(handle);
  const log = () => ref.deref()?.fd;
  registry.register(handle, () => fd);
  log();
  return handle;
}
open(3);
""",
}
