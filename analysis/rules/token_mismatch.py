"""## What it does

Flags an `unregister` whose token no registration of that registry has, and a registration whose token nobody can ever present
again, such as `{}`.

## Why it matters

`unregister` compares tokens by identity and is silent about a miss: it returns `false` and the registration stays. The cleanup
then runs for an object that was released long before, which frees it a second time.

## How to fix it

Register with what `unregister` is given. The target does well; the fix (unsafe) takes it: `registry.register(this, held, this)`.

## When to ignore it

When registrations that the linter cannot see use the registry.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
- [MDN, FinalizationRegistry.prototype.unregister](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.tokens import target_as_token, token_as_unregistered
from ..module import Module
from ..protocol.collect import given
from ..protocol.tokens import lost_tokens, mismatches
from ..rule import Experiment, Rule

rule = Rule(
    name="token-mismatch",
    severity=Severity.ERROR,
    summary="no registration has the token that is unregistered",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister",
    ),
    experiment=Experiment(observe="unregister-returns-false", counterfactual="add-token"),
)


def check(module: Module) -> Iterator[Finding]:
    for lost in lost_tokens(module):
        token, target = lost.registration.token, lost.registration.target
        if token is None or target is None:
            continue
        shown, owner = (module.text(given(lost.registration, value.node), 40) for value in (token, target))
        what = "is used nowhere else" if lost.is_variable else "is a new object that nobody else has"
        yield module.finding(
            rule,
            lost.registration,
            f"This registration can never be cancelled: its token `{shown}` {what}.",
            help=f"Pass the target `{owner}` as the token, or no token at all.",
            retention=(module.hop("the token is made here", lost.made),),
            fixes=target_as_token(module, lost),
        )
    for mismatch in mismatches(module):
        registry = module.registry_name(mismatch.call)
        shown = module.text(given(mismatch.call, mismatch.token.node), 40)
        why = {
            "new": f"`{shown}` is a new object, so no registration of {registry} has it as its token",
            "none": f"no registration of {registry} has a token, so `{shown}` matches none",
            "others": f"no registration of {registry} has `{shown}` as its token",
        }
        yield module.finding(
            rule,
            mismatch.call,
            f"This cancels nothing: {why[mismatch.why]}.",
            help="Pass the same object to `register`, as its third argument, and to `unregister`.",
            retention=[module.hop("registered here", other.node) for other in mismatch.registrations[:3]],
            fixes=token_as_unregistered(module, mismatch),
        )


BAD = {
    "registered without a token": """\
const registry = new FinalizationRegistry((fd) => fd);
class Handle {
  constructor(fd) {
    registry.register(this, fd);
  }
  close() {
    registry.unregister(this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Handle(3).close();
""",
    "another token": """\
class Handle {
  static #registry = new FinalizationRegistry((fd) => fd);
  #token = {};
  constructor(fd) { Handle.#registry.register(this, fd, this.#token); }
  close() { Handle.#registry.unregister(this); }
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
new Handle(3).close();
""",
    "a token that nobody has": """\
const registry = new FinalizationRegistry((fd) => fd);
const handle = {};
registry.register(handle, 3, {});
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.unregister(handle);
""",
    "a new object is unregistered": """\
const registry = new FinalizationRegistry((fd) => fd);
const handle = {};
registry.register(handle, 3, handle);
registry.unregister({ handle });
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    "a token variable that nothing else names": """\
const registry = new FinalizationRegistry((fd) => fd);
const token = Symbol("token");
registry.register(globalThis, 3, token);
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.unregister(globalThis);
""",
}

GOOD = {
    "the target is the token": """\
const registry = new FinalizationRegistry((fd) => fd);
class Handle {
  static open(fd) {
    const handle = Object.create(Handle.prototype);
    registry.register(handle, fd, handle);
    return handle;
  }
  close() { registry.unregister(this); }
}
Handle.open(3).close();
""",
    "a token in a field": """\
class Handle {
  static #registry = new FinalizationRegistry((fd) => fd);
  #token = {};
  constructor(fd) { Handle.#registry.register(this, fd, this.#token); }
  close() { Handle.#registry.unregister(this.#token); }
}
new Handle(3).close();
""",
    "the held value is the token": """\
const registry = new FinalizationRegistry((state) => state);
const [handle, state] = [{}, { fd: 3 }];
registry.register(handle, state, state);
registry.unregister(state);
""",
    "only some registrations have one": """\
const registry = new FinalizationRegistry((fd) => fd);
const track = (handle, token) => registry.register(handle, 1, token);
const handle = {};
track({});
track(handle, handle);
registry.unregister(handle);
""",
    "a method of a parent class": """\
const registry = new FinalizationRegistry((fd) => fd);
class Resource { close() { registry.unregister(this); } }
class Handle extends Resource { constructor(fd) { super(); registry.register(this, fd, this); } }
new Handle(3).close();
""",
}
