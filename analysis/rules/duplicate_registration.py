"""## What it does

Flags a second registration of one target in one registry, with the same held value, on a path on which nothing unregisters it:
two calls one after the other, or one call in a loop around which the target stays the same.

## Why it matters

A registry keeps every registration. When the target is collected, the callback runs once for each: it closes, frees or counts
twice.

## How to fix it

Register once, or unregister before registering anew. The fix (unsafe: one callback less) removes the second call, where it is
a statement of its own.

## When to ignore it

When the callback is meant to run once for each registration.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
- [MDN, FinalizationRegistry: register](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/register)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..control.lifetime import repeated
from ..findings import Finding, Severity
from ..fixing.registrations import without_duplicate
from ..module import Module
from ..rule import Experiment, Rule

rule = Rule(
    name="duplicate-registration",
    severity=Severity.WARNING,
    summary="one target registered twice: two callbacks",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/register",
    ),
    experiment=Experiment(observe="callback-runs-twice", counterfactual="drop-duplicate"),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    for first, second in repeated(module):
        target = f"`{module.text(second.target.node, 40)}`" if second.target is not None else "the target"
        again = "in every round of the loop" if first is second else "again"
        yield module.finding(
            rule,
            second,
            f"{target} is registered in {module.registry_name(second)} {again}: the cleanup callback runs once for each.",
            help="Register it once, or unregister it first.",
            retention=(module.hop("registered here", first.place), module.hop(f"registered {again}", second.place)),
            fixes=without_duplicate(module, first, second),
        )


BAD = {
    "twice in a row": """\
const registry = new FinalizationRegistry((fd) => {});
function open(fd) {
  const handle = { fd };
  registry.register(handle, fd);
  handle.ready = true;
  registry.register(handle, fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
open(3);
""",
    "in a loop": """\
const registry = new FinalizationRegistry((name) => {});
function watch(handle, tries) {
  for (let i = 0; i < tries; i++) {
    registry.register(handle, "handle");
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
watch({}, 2);
""",
    "directly and by a wrapper": """\
const registry = new FinalizationRegistry((fd) => {});
const track = (object, fd) => registry.register(object, fd);
class Handle {
  constructor(fd) {
    track(this, fd);
    if (fd > 2) {
      registry.register(this, fd);
//    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    }
  }
}
new Handle(3);
""",
    "by two names": """\
const registry = new FinalizationRegistry(() => {});
class Handle {
  open() {
    const self = this;
    registry.register(this);
    registry.register(self);
//  ^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Handle().open();
""",
}

GOOD = {
    "unregistered in between": """\
const registry = new FinalizationRegistry((size) => {});
function grow(handle, size) {
  registry.register(handle, size, handle);
  registry.unregister(handle);
  registry.register(handle, size, handle);
}
grow({}, 1);
""",
    "one or the other": """\
const registry = new FinalizationRegistry((name) => {});
function watch(handle, name) {
  if (name) registry.register(handle, "named");
  else registry.register(handle, "anonymous");
}
watch({}, "a");
""",
    "a new object each round": """\
const registry = new FinalizationRegistry((name) => {});
for (let i = 0; i < 3; i++) {
  const handle = {};
  registry.register(handle, "handle");
}
""",
    "the variable moves on": """\
const registry = new FinalizationRegistry((name) => {});
function watch(node) {
  while (node) {
    registry.register(node, "node");
    node = node.next;
  }
}
watch({ next: {} });
""",
    "left after the first": """\
const registry = new FinalizationRegistry((fd) => {});
function watch(handle, tries) {
  for (let i = 0; i < tries; i++) {
    if (i === 1) {
      registry.register(handle, "handle");
      break;
    }
  }
}
watch({}, 2);
""",
}
