"""## What it does

Flags a registration that belongs to one call, with an unregister token that belongs to the caller, where the same call
unregisters that token.

## Why it matters

`unregister(token)` cancels every registration of the registry that has the token. When the caller passes the same object twice,
the first call that cleans up cancels the registrations of the other calls as well, and their cleanup never runs.

## How to fix it

Make a token for each call, `const token = {}`, and unregister that. The fix (unsafe) does.

## When to ignore it

When each object is passed only once.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
- [MDN, FinalizationRegistry.prototype.unregister](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.tokens import own_token
from ..module import Module
from ..protocol.tokens import shared_tokens
from ..rule import Experiment, Rule

rule = Rule(
    name="shared-unregister-token",
    severity=Severity.WARNING,
    summary="unregistering the caller's object cancels what other calls registered with it",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister",
    ),
    experiment=Experiment(observe="unregister-cancels-others", counterfactual="own-token"),
)


def check(module: Module) -> Iterator[Finding]:
    for shared in shared_tokens(module):
        token = shared.registration.token
        if token is None:
            continue
        name = module.text(token.node, 40)
        calls = f"other calls of `{shared.function.name}()`" if shared.function.name else "other calls"
        yield module.finding(
            rule,
            shared.registration,
            f"The token `{name}` belongs to the caller: unregistering it also cancels what {calls} registered with it.",
            help="Make a token of this call's own, `const token = {}`, and unregister that.",
            retention=(module.hop(f"unregisters `{name}`, for every call", shared.unregistration.node),),
            fixes=own_token(module, shared),
        )


BAD = {
    "closure that unregisters the parameter": """\
const registry = new FinalizationRegistry((stop) => stop());
function watch(signal) {
  let count = 0;
  registry.register(signal, () => count++, signal);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return () => registry.unregister(signal);
}
const signal = {};
const stops = [watch(signal), watch(signal)];
for (const stop of stops) stop();
""",
    "elements of a list": """\
const registry = new FinalizationRegistry((release) => release());
globalThis.any = function any(signals) {
  let left = signals.length;
  for (const signal of signals) registry.register(signal, () => --left || dispose(), signal);
//                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  function dispose() {
    for (const signal of signals) registry.unregister(signal);
  }
  return dispose;
};
const signal = {};
const disposals = [any([signal]), any([signal])];
for (const dispose of disposals) dispose();
""",
    "through a WeakRef": """\
const registry = new FinalizationRegistry((release) => release());
globalThis.follow = (owner) => {
  const ref = new WeakRef(owner);
  const pending = [];
  registry.register(owner, { pending, ref }, owner);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return {
    stop() {
      const live = ref.deref();
      if (live) registry.unregister(live);
    },
  };
};
const owner = {};
const all = [follow(owner), follow(owner)];
for (const one of all) one.stop();
""",
}

GOOD = {
    "a token of this call's own": """\
const registry = new FinalizationRegistry((stop) => stop());
function watch(signal) {
  const token = {};
  let count = 0;
  registry.register(signal, () => count++, token);
  return () => registry.unregister(token);
}
const signal = {};
const stops = [watch(signal), watch(signal)];
for (const stop of stops) stop();
""",
    "the token is made in the call": """\
const registry = new FinalizationRegistry((stop) => stop());
globalThis.watch = (name) => {
  const controller = { name };
  const pending = [];
  registry.register(controller, () => pending.pop(), controller);
  return () => registry.unregister(controller);
};
for (const stop of [watch("a"), watch("b")]) stop();
""",
    "attach and detach are two calls": """\
const registry = new FinalizationRegistry((info) => info.pointer);
globalThis.attach = (handle) => {
  const info = { pointer: handle.pointer };
  registry.register(handle, info, handle);
  return handle;
};
globalThis.detach = (handle) => registry.unregister(handle);
detach(attach({ pointer: 1 }));
""",
    "replaces the registration there was": """\
const registry = new FinalizationRegistry((info) => info.value);
const known = new WeakSet();
globalThis.update = (object, value) => {
  if (known.has(object)) registry.unregister(object);
  known.add(object);
  const info = { value, at: [] };
  registry.register(object, info, object);
};
const object = {};
for (const value of [1, 2]) update(object, value);
""",
    "becomes a method of the object itself": """\
const registry = new FinalizationRegistry((free) => free());
globalThis.attach = (handle) => {
  const free = () => {};
  registry.register(handle, () => free(), handle);
  handle.close = () => registry.unregister(handle);
};
const handle = {};
attach(handle);
handle.close();
""",
}
