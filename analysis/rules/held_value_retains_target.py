"""## What it does

Flags a registration whose held value strongly reaches the target: through a property, an array element, a closure that
captures it, a bound function.

## Why it matters

The registry holds the held value strongly until the cleanup callback has run, and the callback runs only after the target is
collected. A held value that reaches the target keeps it alive for ever: the target leaks, and its cleanup never comes.

## How to fix it

Hold what the cleanup needs, not the object that owns it: a file descriptor, a pointer, a key. A method bound to the target,
or an arrow function that uses `this`, captures the whole target; copy the field into a local variable first.
The fix (unsafe) does, where the closure only reads fields that are set once.

## When to ignore it

When the path is cut before the target should die, for example by a property that other code sets to something else.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
- [ECMA-262, liveness](https://tc39.es/ecma262/#sec-liveness)
- [MDN, FinalizationRegistry: avoid holding the target](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/register)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.captures import captured_fields
from ..heap import same_value
from ..module import Module
from ..protocol.collect import given
from ..rule import Experiment, Rule

rule = Rule(
    name="held-value-retains-target",
    severity=Severity.ERROR,
    summary="the held value keeps its own target alive",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/register",
    ),
    experiment=Experiment(observe="target-never-collected", counterfactual="held-value-to-undefined"),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        held, target = registration.held, registration.target
        if held is None or target is None or same_value(held.var, target.var):
            continue
        path = module.strong_path(held, registration)
        if path is None:
            continue
        registry = module.registry_name(registration)
        owner = module.text(given(registration, target.node), 40)
        value = module.text(given(registration, held.node))
        yield module.finding(
            rule,
            registration,
            f"{registry} keeps `{owner}` alive: the held value `{value}` {_how(path[-1].label)}.",
            help="Hold only what the cleanup needs, such as a field copied into a local variable, "
            f"and nothing that leads back to `{owner}`.",
            retention=module.retention("held value", path, registration),
            fixes=captured_fields(module, registration, held),
        )


def _how(last: str) -> str:
    return "captures it" if last.startswith(("captures", "its class")) else f"leads back to it ({last})"


BAD = {
    "arrow function that uses this": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.close());
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  close() {}
}
new Handle(3);
""",
    "through a wrapper": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function track(object, cleanup) {
  registry.register(object, cleanup, object);
}
function open(fd) {
  const handle = { fd };
  track(handle, () => release(handle.fd));
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
function release(fd) {}
open(3);
""",
    "bound method": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  constructor() {
    registry.register(this, this.close.bind(this), this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  close() {
    registry.unregister(this);
  }
}
new Handle();
""",
}

GOOD = {
    "only the field is held": """\
const registry = new FinalizationRegistry((fd) => release(fd));
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd, this);
  }
  close() {
    registry.unregister(this);
    release(this.fd);
  }
}
function release(fd) {}
new Handle(3);
""",
    "the closure captures the field": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd };
  registry.register(handle, () => release(fd), handle);
  return handle;
}
function release(fd) {}
open(3);
""",
    "only a WeakRef leads back": """\
const registry = new FinalizationRegistry((held) => held.log(held.ref.deref()));
function open() {
  const handle = {};
  registry.register(handle, { ref: new WeakRef(handle), log() {} }, handle);
  return handle;
}
open();
""",
}
