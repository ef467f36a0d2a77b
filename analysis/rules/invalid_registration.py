"""## What it does

Flags a call of the protocol that throws a `TypeError` whenever it runs: a target or an unregister token that is a primitive, a
target that is its own held value, a cleanup callback that cannot be called, a missing `new`.

## Why it matters

The registration is never made, and the error surfaces where the object is created.

## How to fix it

Pass an object (or a symbol that is not from `Symbol.for`) as the target, a function as the callback, and leave the token out
instead of passing `null`. Hold what the cleanup needs of the target, not itself. The fix (safe) writes a missing `new`.

## When to ignore it

Where the error is the point, outside of a `try` or of an assertion that expects it.

## Sources

- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
- [ECMA-262, CanBeHeldWeakly](https://tc39.es/ecma262/#sec-canbeheldweakly)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.registries import with_new
from ..module import Module
from ..protocol import Call, Value
from ..protocol.certainty import holds_itself, is_caught, never_weak, not_callable
from ..protocol.collect import given
from ..protocol.ownership import making
from ..rule import Experiment, Rule

rule = Rule(
    name="invalid-registration",
    severity=Severity.ERROR,
    summary="the call throws a TypeError whenever it runs",
    sources=(
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
        "https://tc39.es/ecma262/#sec-canbeheldweakly",
    ),
    experiment=Experiment(observe="call-throws", counterfactual="valid-call"),
)

_OBJECT = "Pass an object, or a symbol that does not come from `Symbol.for`."
_TOKEN = "Pass the object that was the token of `register`, such as the target itself."
_NO_TOKEN = "Pass an object, or leave the token out."
Failing = Iterator[tuple[Call, str, str]]


def check(module: Module) -> Iterator[Finding]:
    for call, message, advice in (*_making(module), *_using(module)):
        if not is_caught(call.node) and not is_caught(call.place):
            yield module.finding(rule, call, message, help=advice, fixes=with_new(module, call))


def _making(module: Module) -> Failing:
    for missing in module.missing_news:
        yield missing, f"`{missing.name}()` throws without `new`.", f"Write `new {missing.name}(…)`."
    for registry in module.registries:
        call, callback = making(registry), registry.callback
        if callback is None and not registry.node.arguments:
            yield call, "The registry has no cleanup callback, so making it throws.", "Pass a function."
        elif callback is not None and not_callable(module, call, callback):
            shown = module.text(given(call, callback.node))
            yield call, f"The cleanup callback `{shown}` is not a function, so making the registry throws.", "Pass a function."
    for ref in module.weakrefs:
        yield from _weak(module, ref, ref.target, "`new WeakRef()`", "target", _OBJECT)


def _using(module: Module) -> Failing:
    for release in module.unregistrations:
        yield from _weak(module, release, release.token, "`unregister()`", "token", _TOKEN)
    for call in module.registrations:
        target, token = call.target, call.token
        yield from _weak(module, call, target, "`register()`", "target", _OBJECT)
        if token is not None and not token.is_certainly("undefined"):
            yield from _weak(module, call, token, "`register()`", "token", _NO_TOKEN)
        if target is not None and holds_itself(module, call):
            shown = module.text(given(call, target.node))
            advice = "Hold what the cleanup needs of the object; as a token, the target goes third."
            yield call, f"`register()` throws: `{shown}` is its own held value.", advice


def _weak(module: Module, call: Call, value: Value | None, name: str, role: str, advice: str) -> Failing:
    if not call.node.arguments:
        yield call, f"{name} throws: it has no {role}.", advice
    found = never_weak(module, call, value) if value is not None else None
    if value is not None and found is not None:
        what = found if found in ("undefined", "null") else f"a {found}"
        yield call, f"{name} throws: the {role} `{module.text(given(call, value.node))}` is {what}, not an object.", advice


BAD = {
    "primitive target": """\
const registry = new FinalizationRegistry((fd) => fd);
const fd = 3;
registry.register(fd, fd);
^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    "target as its own held value": """\
const registry = new FinalizationRegistry((handle) => handle);
class Handle {
  constructor() {
    registry.register(this, this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Handle();
""",
    "no callback": """\
const registry = new FinalizationRegistry();
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register({}, 1);
""",
    "without new": """\
const registry = FinalizationRegistry((held) => held);
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register(globalThis, 1);
""",
    "null as token, through a wrapper": """\
const registry = new FinalizationRegistry((held) => held);
function track(object, held, token) {
  registry.register(object, held, token);
}
track({}, 1);
track({}, 2, null);
^^^^^^^^^^^^^^^^^^
""",
    "registered symbol": """\
const key = Symbol.for("key");
const ref = new WeakRef(key);
//          ^^^^^^^^^^^^^^^^
ref.deref();
""",
}

GOOD = {
    "symbols, undefined, the target as token": """\
const registry = new FinalizationRegistry((held) => held);
registry.register({}, 1, undefined);
registry.register({}, {}, Symbol("token"));
const handle = {};
registry.register(handle, 1, handle);
""",
    "feature test": """\
let symbols = true;
try {
  new WeakRef(Symbol.for("key"));
} catch {
  symbols = false;
}
const refs = symbols ? new Map() : new WeakMap();
""",
    "checked in the wrapper": """\
const registry = new FinalizationRegistry((held) => held);
function track(value) {
  if (Object(value) === value) registry.register(value, 1);
}
track(1);
track({});
""",
    "an error that a test expects": """\
function throws(run) { try { run(); } catch { return true; } }
const registry = new FinalizationRegistry((held) => held);
throws(() => registry.register(1, 2));
""",
    "variable that is set elsewhere": """\
let registry = new FinalizationRegistry((held) => held);
let handle = null;
(function open() { handle = {}; })();
registry.register(handle, 1);
""",
}
