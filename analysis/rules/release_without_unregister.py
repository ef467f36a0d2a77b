"""## What it does

Flags a registration with an unregister token whose target has a method that releases it explicitly (`close`, `dispose`, `free`,
…) by the same call as the cleanup callback, but never unregisters.

## Why it matters

The token is there for this, and nobody presents it: after `close()` the object is still registered, and once it is collected
the callback releases the resource again. By then its number or address may belong to something else.

## How to fix it

Call `registry.unregister(token)` at the beginning of the release method; the fix does (unsafe).

## When to ignore it

When releasing twice does no harm.

## Sources

- [MDN, FinalizationRegistry: unregister](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister)
- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.tokens import unregister_on_release
from ..module import Module
from ..protocol.release import releases_of, shared_release, unregistered_elsewhere
from ..rule import Experiment, Rule

rule = Rule(
    name="release-without-unregister",
    severity=Severity.WARNING,
    summary="the release method leaves the object registered, so the callback releases it again",
    sources=(
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister",
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister",
    ),
    experiment=Experiment(observe="callback-runs-after-release", counterfactual="unregister-on-release"),
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        token = registration.token
        if registration.spread or token is None or token.is_primitive or registration.target is None:
            continue
        if any(module.calls.unregisters(release.function) for release in releases_of(registration.target)):
            continue
        shared = shared_release(module, registration)
        if shared is None or unregistered_elsewhere(module, registration, shared.release):
            continue
        registry = module.registry_name(registration)
        yield module.finding(
            rule,
            registration,
            f"`{shared.release.label}` leaves `{module.text(registration.target.node, 40)}` in {registry}: the cleanup callback"
            f" calls `{shared.name}` a second time.",
            help=f"Unregister `{module.text(token.node, 40)}` at the beginning of `{shared.release.label}`.",
            retention=(
                module.hop("registered with a token", registration.place),
                module.hop(f"`{shared.release.label}` calls `{shared.name}` and does not unregister", shared.in_release),
                module.hop(f"the cleanup callback calls `{shared.name}` again", shared.in_cleanup),
            ),
            fixes=unregister_on_release(module, registration, shared),
        )


BAD = {
    "close forgets": """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    this.token = {};
    registry.register(this, fd, this.token);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  close() {
    closeSync(this.fd);
  }
}
new File(3).close();
""",
    "a token of its own, an object literal": """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => { native.free(pointer); });
function allocate(pointer) {
  const token = {};
  const block = { token, free: () => native.free(pointer) };
  registry.register(block, pointer, token);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return block;
}
allocate(64).free();
""",
    "through the parent class": """\
const native = { destroy(id) {} };
class Resource {
  static registry = new FinalizationRegistry((id) => native.destroy(id));
  constructor(id) {
    this.id = id;
    this.token = Symbol();
  }
  dispose() {
    native.destroy(this.id);
  }
}
class Texture extends Resource {
  constructor(id) {
    super(id);
    Resource.registry.register(this, id, this.token);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
new Texture(1).dispose();
""",
}

GOOD = {
    "close unregisters": """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd, this);
  }
  close() {
    closeSync(this.fd);
    registry.unregister(this);
  }
}
new File(3).close();
""",
    "wasm-bindgen": """\
const wasm = { __wbg_point_free(pointer, zero) {} };
const PointFinalization = (typeof FinalizationRegistry === "undefined")
  ? { register: () => {}, unregister: () => {} }
  : new FinalizationRegistry((pointer) => wasm.__wbg_point_free(pointer >>> 0, 1));
class Point {
  constructor() {
    this.__wbg_ptr = 64;
    PointFinalization.register(this, this.__wbg_ptr, this);
    return this;
  }
  __destroy_into_raw() {
    const pointer = this.__wbg_ptr;
    this.__wbg_ptr = 0;
    PointFinalization.unregister(this);
    return pointer;
  }
  free() {
    const pointer = this.__destroy_into_raw();
    wasm.__wbg_point_free(pointer, 0);
  }
}
new Point().free();
""",
    "an undo list that unregisters": """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Block {
  undo = [];
  constructor(pointer) {
    registry.register(this, pointer, this);
    this.undo.push(() => registry.unregister(this), () => native.free(pointer));
  }
  dispose() {
    for (const step of this.undo) step();
  }
}
new Block(64).dispose();
""",
}
