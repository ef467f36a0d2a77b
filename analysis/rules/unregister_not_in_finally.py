"""## What it does

Flags an `unregister` whose registration stands in the same function, where something in between can throw and no `finally` or
`catch` does the unregistering then.

What can throw is an explicit `throw`, `await`, builtins such as `JSON.parse`, and functions of the module that do. The option
`any-call` counts every call.

## Why it matters

The exception skips the `unregister`. The registration stays, and once the target is collected the cleanup callback runs for
something that the function meant to have finished with.

## How to fix it

Put what stands in between into `try` and the `unregister` into `finally`. The fix does (unsafe), unless what follows
needs a name that is declared in between.

## When to ignore it

When the callback is meant to run for what was not finished.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
- [MDN, FinalizationRegistry: unregister](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..control.lifetime import examined, skipped_unregistrations, throw_hops
from ..findings import Finding, Severity
from ..fixing.blocks import in_finally
from ..module import Module
from ..rule import Experiment, Option, Rule

rule = Rule(
    name="unregister-not-in-finally",
    severity=Severity.WARNING,
    summary="an exception skips the unregistration",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister",
    ),
    experiment=Experiment(observe="registration-left-behind", counterfactual="no-throw", inject_throw=True),
    options=(Option("any-call", False, "count every call as one that may throw"),),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    any_call = bool(module.option(rule, "any-call"))
    for registration in examined(module):
        for unregistration, throw in skipped_unregistrations(module, registration, any_call=any_call):
            registry = module.registry_name(unregistration)
            token = module.text(unregistration.token.node, 40) if unregistration.token is not None else "the token"
            yield module.finding(
                rule,
                unregistration,
                f"`{token}` stays registered in {registry} when {throw.event}: the exception skips this `unregister`.",
                help="Put what can throw into `try` and this call into `finally`.",
                retention=(
                    module.hop("registered here", registration.place),
                    *throw_hops(module, throw),
                    module.hop("is skipped then", unregistration.place),
                ),
                fixes=in_finally(module, registration, unregistration, throw),
            )


BAD = {
    "await in between": """\
const registry = new FinalizationRegistry((name) => {});
async function withLock(lock, work) {
  const token = {};
  registry.register(lock, "lock", token);
  await work();
  registry.unregister(token);
//^^^^^^^^^^^^^^^^^^^^^^^^^^
}
withLock({}, async () => { throw new Error("no"); }).catch(() => {});
""",
    "only the good way out": """\
const registry = new FinalizationRegistry((fd) => {});
class Reader {
  read(text) {
    const handle = { fd: 3, token: {} };
    registry.register(handle, handle.fd, handle.token);
    const data = JSON.parse(text);
    registry.unregister(handle.token);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    return data;
  }
}
try {
  new Reader().read("{");
} catch {}
""",
    "caught, thrown again": """\
const registry = new FinalizationRegistry((fd) => {});
function read(text) {
  const handle = {}, token = {};
  registry.register(handle, 3, token);
  let data;
  try {
    data = parse(text);
  } catch (error) {
    throw new Error("bad file", { cause: error });
  }
  registry.unregister(token);
//^^^^^^^^^^^^^^^^^^^^^^^^^^
  return data;
}
function parse(text) {
  if (!text) throw new SyntaxError("empty");
  return text;
}
try {
  read("");
} catch {}
""",
    "wrappers": """\
const registry = new FinalizationRegistry((fd) => {});
const track = (object, fd, token) => registry.register(object, fd, token);
const untrack = (token) => registry.unregister(token);
function visit(address) {
  const page = {}, token = {};
  track(page, 3, token);
  page.address = decodeURIComponent(address);
  untrack(token);
//^^^^^^^^^^^^^^
}
try {
  visit("%");
} catch {}
""",
}

GOOD = {
    "in finally": """\
const registry = new FinalizationRegistry(() => {});
async function withLock(lock, work) {
  registry.register(lock, "lock", lock);
  try {
    await work();
  } finally {
    registry.unregister(lock);
  }
}
withLock({}, async () => {});
""",
    "in catch as well": """\
const registry = new FinalizationRegistry(() => {});
function read(text) {
  const handle = {};
  registry.register(handle, 3, handle);
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    registry.unregister(handle);
    throw error;
  }
  registry.unregister(handle);
  return data;
}
read("1");
""",
    "unregistered before it is registered anew": """\
const registry = new FinalizationRegistry(() => {});
function renew(handle, text) {
  registry.unregister(handle);
  registry.register(handle, JSON.parse(text), handle);
}
const kept = {};
renew(kept, "1");
""",
}
