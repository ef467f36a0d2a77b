"""## What it does

Flags a registration that passes no held value to a registry whose cleanup callback uses its parameter.

## Why it matters

The callback gets `undefined`, so it cleans up nothing, or throws at the first property it asks for. Mostly a lost argument:
`register(target)` for `register(target, held)`.

## How to fix it

Pass what the callback needs as the second argument.

## When to ignore it

When the callback copes with `undefined` in a way that the linter does not see.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
- [MDN, FinalizationRegistry: register](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/register)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..module import Module
from ..protocol.checks import is_tested
from ..protocol.cleanup import only_callback, reads_held_value
from ..rule import Experiment, Rule
from ..syntax.nodes import Node

rule = Rule(
    name="missing-held-value",
    severity=Severity.WARNING,
    summary="the callback uses its argument, the registration passes none",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/register",
    ),
    experiment=Experiment(observe="callback-gets-undefined", counterfactual="held-value-given"),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        held = registration.held
        if registration.spread or registration.target is None or not (held is None or held.is_certainly("undefined")):
            continue
        if held is not None and _is_looked_at(held.node):
            continue  # perhaps it only comes here where there is one
        callbacks = [only_callback(registry) for registry in registration.registries]
        reads: list[Node | None] = [None if callback is None else reads_held_value(callback) for callback in callbacks]
        read = reads[0] if reads else None
        if read is None or None in reads:
            continue
        registry = module.registry_name(registration)
        yield module.finding(
            rule,
            registration,
            f"The cleanup callback of {registry} uses its argument `{module.text(read, 40)}`, but this registration passes none:"
            " it gets `undefined`.",
            help="Pass what the callback needs as the second argument.",
            retention=(
                module.hop("registered without a held value", registration.place),
                module.hop(f"the callback uses `{module.text(read, 40)}`", read),
            ),
        )


def _is_looked_at(held: Node) -> bool:
    """Whether the module tests the variable that is given as a held value."""
    binding = held._binding if held.type == "Identifier" else None
    return binding is not None and any(is_tested(reference.node) for reference in binding.references)


BAD = {
    "forgotten": """\
const registry = new FinalizationRegistry((fd) => closed.push(fd));
const closed = [];
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(this);
//  ^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new File(3);
""",
    "undefined, and a token": """\
const registry = new FinalizationRegistry(function (held) {
  names.delete(held.name);
});
const names = new Map();
function open(name) {
  const entry = { name, token: {} };
  registry.register(entry, undefined, entry.token);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return entry;
}
open("a");
""",
    "taken apart": """\
const cleanup = ({ pointer, size }) => freed.push(pointer, size);
const freed = [];
class Pool {
  #registry = new FinalizationRegistry(cleanup);
  track(block) {
    this.#registry.register(block);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
const pool = new Pool();
pool.track({});
""",
    "through a wrapper": """\
const registry = new FinalizationRegistry((key) => cache.delete(key));
const cache = new Map();
function track(object, key) {
  registry.register(object, key);
}
function open() {
  const object = {};
  track(object);
//^^^^^^^^^^^^^
  return object;
}
open();
""",
}

GOOD = {
    "passed": """\
const registry = new FinalizationRegistry((fd) => closed.push(fd));
const closed = [];
registry.register({}, 3);
""",
    "the arguments are spread": """\
const registry = new FinalizationRegistry((fd) => closed.push(fd));
const closed = [];
const args = [{}, 3];
registry.register(...args);
""",
    "the callback comes from outside": """\
function makeTracker(callback) {
  const registry = new FinalizationRegistry(callback);
  return (object) => registry.register(object);
}
makeTracker(() => {})({});
""",
    "null is a value": """\
const registry = new FinalizationRegistry((next) => queue.push(next.id));
const queue = [];
registry.register({}, { id: 1 });
const last = {};
registry.register(last, null);
""",
    "only where there is something to hold": """\
const registry = new FinalizationRegistry((channel) => channel(""));
function open(channel) {
  const response = {};
  channel && registry.register(response, channel);
  return response;
}
open(undefined);
""",
    "passed by a wrapper": """\
const registry = new FinalizationRegistry((key) => cache.delete(key));
const cache = new Map();
function track(object, key = "default") {
  registry.register(object, key);
}
track({});
""",
}
