"""## What it does

Points out a held value that is an object made for the purpose (a literal, a closure, a bound function, an instance), where a
primitive would do.

## Why it matters

The registry keeps the held value, and all it reaches, until the callback has run; what it reaches by accident stays as long. A
number or a string reaches nothing. quickjs-ng 0.6.0 and 0.6.1 leak a held object when the program ends by an exception while
the callback is due.

## How to fix it

Hold a primitive (a file descriptor, a pointer, a key) and let the callback look up the rest in a Map, or call one known
function with it. Where the callback reads one property of the only object ever held, or calls a closure over one variable, the
fix (safe) passes that on both sides.

## When to ignore it

Most often: an object or closure that reaches little is fine on engines without the defect. A WeakRef as held value is an idiom
and is not reported.

## Sources

- [quickjs-ng issue 648](https://github.com/quickjs-ng/quickjs/issues/648)
- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.held import primitive
from ..heap import describe
from ..module import Module
from ..protocol.fresh import made_object, place_of
from ..rule import Experiment, Rule

rule = Rule(
    name="object-held-value",
    severity=Severity.INFO,
    summary="the held value is an object where a primitive would do",
    sources=(
        "https://github.com/quickjs-ng/quickjs/issues/648",
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
    ),
    experiment=Experiment(observe="held-object-not-released", counterfactual="primitive-held-value"),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        made = made_object(registration.held)
        if registration.held is None or made is None:
            continue
        kind, held = describe(made), module.text(registration.held.node, 40)
        registry = module.registry_name(registration)
        yield module.finding(
            rule,
            place_of(registration, made)[0],
            f"The held value `{held}` is an object ({kind}): {registry} keeps it and all it reaches alive, and quickjs-ng 0.6 "
            "leaks it when the program ends by an exception.",
            help="Hold a primitive (a number, a key) and have the callback find the rest by it.",
            retention=[module.hop(f"held value: {kind}", made.node or registration.held.node)],
            fixes=primitive(module, registration),
        )


BAD = {
    "the leak of quickjs-ng 0.6": """\
let finrec = new FinalizationRegistry((v) => {});
finrec.register({}, {});
^^^^^^^^^^^^^^^^^^^^^^^
""",
    "closure that the callback calls": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd };
  registry.register(handle, () => close(fd), handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
const close = (fd) => {};
open(3);
""",
    "object in a variable, bound function": """\
class Handle {
  static #registry = new FinalizationRegistry((held) => held);
  constructor(fd) {
    const held = { fd };
    Handle.#registry.register(this, held);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    Handle.#registry.register(this, close.bind(null, fd));
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
function close(fd) {}
new Handle(3);
""",
    "through a wrapper": """\
const registry = new FinalizationRegistry(({ fd }) => fd);
const track = (object, held) => registry.register(object, held);
function open(fd) {
  const handle = { fd };
  track(handle, { fd });
//^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
open(3);
""",
}

GOOD = {
    "primitives": """\
const registry = new FinalizationRegistry((fd) => fd);
function open(fd) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  registry.register(handle, `file ${fd}`);
  registry.register(handle);
  return handle;
}
open(3);
""",
    "a WeakRef, alone or in an object": """\
const registry = new FinalizationRegistry((held) => held);
const refs = new Set();
function add(object) {
  const ref = new WeakRef(object);
  refs.add(ref);
  registry.register(object, ref);
  registry.register(object, { ref, refs });
}
const kept = {};
add(kept);
""",
    "what the caller gave": """\
const registry = new FinalizationRegistry((held) => held);
function track(object, held) {
  registry.register(object, held);
}
const given = globalThis.given ?? 1;
track({}, given);
""",
    "a property of unknown kind": """\
const registry = new FinalizationRegistry((pointer) => pointer);
class Wrapper {
  constructor(pointer) {
    this.pointer = pointer;
    registry.register(this, this.pointer, this);
  }
}
new Wrapper(16);
""",
}
