"""## What it does

Flags a registration whose cleanup callback makes the same release call as the target's release method, but without the step
that the method takes right before it: a function of the module that hands the target's state over to the object on which the
release call is made.

## Why it matters

The release call works on what that step has put in place (a transfer buffer, a "current" handle), not on its argument alone.
Called from the callback it finds what some other object left there: it frees that one, which is still in use, and leaks the
dead one.

## How to fix it

Hold all that the step needs (copied fields, not the target) and take the step in the callback as well.

## When to ignore it

When the release call does not depend on the step.

## Sources

- [tree-sitter's web binding, lib/binding_web](https://github.com/tree-sitter/tree-sitter/tree/master/lib/binding_web)
- [MDN, FinalizationRegistry: notes on cleanup callbacks](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..module import Module
from ..protocol.release import skipped_step
from ..rule import NoExperiment, Rule

rule = Rule(
    name="cleanup-skips-release-step",
    severity=Severity.WARNING,
    summary="the callback leaves out a step that the release call depends on",
    sources=(
        "https://github.com/tree-sitter/tree-sitter/tree/master/lib/binding_web",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry",
    ),
    experiment=NoExperiment("what the release call reads lies outside of the module, in native code that no experiment runs"),
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        skipped = skipped_step(module, registration)
        if skipped is None:
            continue
        step = module.text(skipped.step, 40)
        yield module.finding(
            rule,
            registration,
            f"The cleanup callback calls `{skipped.name}` without `{step}`, which `{skipped.release.label}` does right before it:"
            " the call then works on what another object left there.",
            help=f"Hold what `{module.text(skipped.step.callee, 40)}` needs, and take the same step in the callback.",
            retention=(
                module.hop("registered here", registration.place),
                module.hop(f"`{skipped.release.label}` first does `{step}`", skipped.step),
                module.hop("which hands over the object's state", skipped.writes),
                module.hop(f"for `{skipped.name}`", skipped.in_release),
                module.hop("the cleanup callback makes the same call without it", skipped.in_cleanup),
            ),
        )


BAD = {
    "a cursor in a transfer buffer": """\
const native = {
  memory: [0], freed: [],
  store(address, value) { this.memory[address] = value; },
  freeCursor(owner) { this.freed.push(this.memory[0]); },
};
const registry = new FinalizationRegistry((owner) => {
  native.freeCursor(owner);
});
function marshal(cursor) {
  native.store(0, cursor.id);
}
class Cursor {
  constructor(owner, id) {
    this.owner = owner;
    this.id = id;
    registry.register(this, owner, this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  delete() {
    registry.unregister(this);
    marshal(this);
    native.freeCursor(this.owner);
  }
}
new Cursor(1, 2).delete();
""",
    "arrow function as the step": """\
const gpu = { bind(id) {}, release() {} };
const select = (texture) => gpu.bind(texture.id);
class Texture {
  static registry = new FinalizationRegistry(() => gpu.release());
  constructor(id) {
    this.id = id;
    Texture.registry.register(this, id, this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  dispose() {
    Texture.registry.unregister(this);
    select(this);
    gpu.release();
  }
}
new Texture(1).dispose();
""",
}

GOOD = {
    "the callback takes the step": """\
const native = { store(address, value) {}, freeCursor(owner) {} };
const registry = new FinalizationRegistry((cursor) => {
  marshal(cursor);
  native.freeCursor(cursor.owner);
});
function marshal(cursor) {
  native.store(0, cursor.id);
}
class Cursor {
  constructor(owner, id) {
    this.owner = owner;
    this.id = id;
    registry.register(this, { owner, id }, this);
  }
  delete() {
    registry.unregister(this);
    marshal(this);
    native.freeCursor(this.owner);
  }
}
new Cursor(1, 2).delete();
""",
    "the step goes elsewhere": """\
const native = { freeCursor(owner) {} };
const log = { closed(id) {} };
const registry = new FinalizationRegistry((owner) => native.freeCursor(owner));
function note(cursor) {
  log.closed(cursor.id);
}
class Cursor {
  constructor(owner, id) {
    this.owner = owner;
    this.id = id;
    registry.register(this, owner, this);
  }
  delete() {
    registry.unregister(this);
    note(this);
    native.freeCursor(this.owner);
  }
}
new Cursor(1, 2).delete();
""",
}
