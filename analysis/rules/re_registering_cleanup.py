"""## What it does

Flags a cleanup callback that always registers a fresh object, which nothing else holds, in the registry that it belongs to.

## Why it matters

The new object dies at once, so its callback comes after the next collection, registers again, and so on: the work never ends,
and a process that waits for its registries to be empty never stops.

## How to fix it

Keep the new object where the program needs it, or register only while there is something to watch.

## When to ignore it

When the registry is meant to tell of every garbage collection, for as long as the program runs.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [MDN, FinalizationRegistry: notes on cleanup callbacks](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..control.lifetime import is_never_owned, runs_always
from ..findings import Finding, Severity
from ..module import Module
from ..protocol.cleanup import only_callback
from ..rule import Experiment, Rule

rule = Rule(
    name="re-registering-cleanup",
    severity=Severity.WARNING,
    summary="the callback registers again, so it never ends",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry",
    ),
    experiment=Experiment(observe="callback-runs-for-ever", counterfactual="no-registration"),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registry in module.registries:
        callback = only_callback(registry)
        for registration in module.registrations if callback is not None else ():
            if (
                callback is None
                or registration.is_wrapped
                or {other.node for other in registration.registries} != {registry.node}
                or not runs_always(module, callback, registration)
                or not is_never_owned(module, registration)
            ):
                continue
            name = module.registry_name(registration)
            target = f"`{module.text(registration.target.node, 40)}`" if registration.target is not None else "an object"
            yield module.finding(
                rule,
                registration,
                f"The cleanup callback of {name} registers {target}, which nothing holds: it runs at every collection, for ever.",
                help="Keep the new object where it is needed, or register it only while there is something to watch.",
                retention=(
                    module.hop("cleanup callback", callback.node),
                    module.hop("registers again", registration.node),
                ),
            )


BAD = {
    "anonymous object": """\
let collections = 0;
const registry = new FinalizationRegistry((held) => {
  collections++;
  registry.register({}, held);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^
});
registry.register({}, "tick");
""",
    "through a function": """\
const registry = new FinalizationRegistry(() => watch());
function watch() {
  const canary = { born: 1 };
  registry.register(canary, canary.born);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
watch();
""",
    "method of the owner": """\
class Collections {
  count = 0;
  registry = new FinalizationRegistry(() => {
    this.count++;
    this.watch();
  });
  watch() {
    this.registry.register([], this.count);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
const collections = new Collections();
collections.watch();
""",
}

GOOD = {
    "kept by the program": """\
let current;
const registry = new FinalizationRegistry((held) => {
  current = {};
  registry.register(current, held);
});
registry.register({}, "first");
""",
    "only while it is wanted": """\
let wanted = 3;
const registry = new FinalizationRegistry((held) => {
  if (--wanted > 0) registry.register({}, held);
});
registry.register({}, "tick");
""",
    "another registry": """\
const second = new FinalizationRegistry(() => {});
const first = new FinalizationRegistry((held) => {
  second.register({}, held);
});
first.register({}, "once");
""",
    "the entry is made anew": """\
const entries = new Map();
const registry = new FinalizationRegistry((key) => {
  const entry = { key };
  entries.set(key, entry);
  registry.register(entry, key);
});
registry.register({}, "a");
""",
    "not registered by the callback": """\
const registry = new FinalizationRegistry((key) => {
  later.push(() => registry.register({}, key));
});
const later = [];
registry.register({}, "a");
""",
}
