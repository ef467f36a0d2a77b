"""## What it does

Points out an `unregister` inside the cleanup callback, with the token of the very registration that the callback is called for.

## Why it matters

A registration ends before its callback is called: nothing is left to unregister, and the call returns false. It does no harm,
but whoever reads it believes that the registration would go on otherwise, and a token that the held value has to carry along is
kept for nothing.

## How to fix it

Remove the call; the fix (safe) does, where it has its line to itself. Unregister where the resource is released by hand.

## When to ignore it

When other registrations share the token and shall end with this one. Where the module can be seen to do that, nothing is
reported.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Fix, Severity
from ..module import Module
from ..protocol.ended import statement_removal, unregisters_what_ended
from ..rule import Experiment, Rule

rule = Rule(
    name="unregister-in-cleanup",
    severity=Severity.INFO,
    summary="the callback unregisters the registration that has just ended",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister",
    ),
    experiment=Experiment(observe="unregister-returns-false", counterfactual="call-while-registered"),
)


def check(module: Module) -> Iterator[Finding]:
    for call in module.unregistrations:
        registration = unregisters_what_ended(module, call)
        if registration is None or call.token is None:
            continue
        token = module.text(call.token.node, 40)
        edit = statement_removal(module, call.node)
        yield module.finding(
            rule,
            call,
            f"This does nothing: the registration with the token `{token}` has ended before the callback is called.",
            help="Remove the call; unregister where the resource is released by hand.",
            retention=[module.hop("the registration that has ended", registration.node)],
            fixes=[Fix("Remove the call", safe=True, edits=(edit,))] if edit is not None else (),
        )


BAD = {
    "the held value is the token": """\
const registry = new FinalizationRegistry((held) => {
  registry.unregister(held);
//^^^^^^^^^^^^^^^^^^^^^^^^^
  release(held.fd);
});
function open(fd) {
  const handle = { fd };
  const held = { fd };
  registry.register(handle, held, held);
  return handle;
}
function release(fd) {}
open(3);
""",
    "a private field, the token in the held value": """\
class Files {
  #registry = new FinalizationRegistry(({ fd, token }) => {
    release(fd);
    this.#registry.unregister(token);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  });
  open(fd) {
    const file = { fd };
    const token = {};
    this.#registry.register(file, { fd, token }, token);
    return file;
  }
}
function release(fd) {}
const files = new Files();
files.open(3);
""",
    "a named callback": """\
const registry = new FinalizationRegistry(cleanup);
function cleanup(held) {
  if (held) registry.unregister(held[1]);
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
for (const fd of [3, 4]) {
  const token = Symbol("file");
  const key = { fd };
  registry.register({ fd }, [fd, key], key);
}
""",
}

GOOD = {
    "unregistered on release": """\
const registry = new FinalizationRegistry((held) => release(held.fd));
function open(fd) {
  const handle = { fd };
  const held = { fd };
  registry.register(handle, held, held);
  return { handle, close: () => registry.unregister(held) && release(fd) };
}
function release(fd) {}
open(3).close();
""",
    "the function is called from elsewhere as well": """\
const registry = new FinalizationRegistry(close);
function close(held) {
  registry.unregister(held);
}
function open(fd) {
  const held = { fd };
  const handle = { fd, close: () => close(held) };
  registry.register(handle, held, held);
  return handle;
}
open(3).close();
""",
    "one token for several registrations": """\
const registry = new FinalizationRegistry((held) => {
  registry.unregister(held.group);
});
function openAll(files) {
  const group = {};
  for (const file of files) registry.register(file, { group }, group);
}
const files = [{}, {}];
openAll(files);
""",
    "the caller's token": """\
const registry = new FinalizationRegistry((token) => {
  registry.unregister(token);
});
function track(object, token) {
  registry.register(object, token, token);
}
const token = {};
const kept = {};
track({}, token);
track(kept, token);
""",
    "another registry": """\
const others = new FinalizationRegistry(() => {});
const registry = new FinalizationRegistry((held) => {
  others.unregister(held);
});
function open(fd) {
  const handle = { fd };
  const held = { fd };
  registry.register(handle, held, held);
  others.register(globalThis, fd, held);
  return handle;
}
open(3);
""",
}
