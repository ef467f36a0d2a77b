"""## What it does

Flags a registration without an unregister token whose target has a method that releases it explicitly (`close`, `dispose`,
`free`, `[Symbol.dispose]`, …) by the same call as the cleanup callback.

## Why it matters

After `close()` the registration is still there, and without a token nothing can take it back: once the object is collected, the
callback releases the resource again. By then its number or address may belong to something else.

## How to fix it

Pass a token (the target itself will do) and unregister it in the release method: `registry.register(this, fd, this)` and
`registry.unregister(this)`. The fix types both (unsafe: the callback no longer runs after a release).

## When to ignore it

When releasing twice does no harm.

## Sources

- [MDN, FinalizationRegistry: unregister](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister)
- [ECMA-262, FinalizationRegistry.prototype.unregister](https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.tokens import missing_token
from ..module import Module
from ..protocol.release import releases_of, shared_release
from ..rule import Experiment, Rule

rule = Rule(
    name="missing-unregister-token",
    severity=Severity.WARNING,
    summary="no token, so the callback releases again what was released explicitly",
    sources=(
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry/unregister",
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.unregister",
    ),
    experiment=Experiment(observe="callback-runs-after-release", counterfactual="unregister-on-release"),
)


def check(module: Module) -> Iterator[Finding]:
    for registration in module.registrations:
        if registration.spread or not (registration.token is None or registration.token.is_certainly("undefined")):
            continue
        # A release that tries to unregister has another defect: it presents a token that no registration has.
        if any(module.calls.unregisters(release.function) for release in releases_of(registration.target)):
            continue
        shared = shared_release(module, registration)
        if shared is None or registration.target is None:
            continue
        target = module.text(registration.target.node, 40)
        registry = module.registry_name(registration)
        yield module.finding(
            rule,
            registration,
            f"`{target}` is registered in {registry} without a token: after `{shared.release.label}` the cleanup callback"
            f" calls `{shared.name}` a second time.",
            help=f"Pass `{target}` as the third argument and unregister it in `{shared.release.label}`.",
            retention=(
                module.hop("registered without a token", registration.place),
                module.hop(f"`{shared.release.label}` calls `{shared.name}`", shared.in_release),
                module.hop(f"the cleanup callback calls `{shared.name}` again", shared.in_cleanup),
            ),
            fixes=missing_token(module, registration, shared),
        )


BAD = {
    "class with close": """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  close() {
    closeSync(this.fd);
  }
}
new File(3).close();
""",
    "held closure": """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
const native = { free(pointer) {} };
function allocate(pointer) {
  const block = {
    free() {
      native.free(pointer);
    },
  };
  registry.register(block, () => native.free(pointer));
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return block;
}
allocate(64).free();
""",
    "through a function of the module": """\
const native = { freePointer(pointer) {} };
const free = (pointer) => native.freePointer(pointer);
const registry = new FinalizationRegistry(free);
class Handle {
  constructor(pointer) {
    this.pointer = pointer;
    registry.register(this, pointer, undefined);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  dispose() {
    free(this.pointer);
  }
}
new Handle(64).dispose();
""",
}

GOOD = {
    "with a token": """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd, this);
  }
  close() {
    registry.unregister(this);
    closeSync(this.fd);
  }
}
new File(3).close();
""",
    "a token of its own": """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Block {
  #token = {};
  constructor(pointer) {
    this.pointer = pointer;
    registry.register(this, pointer, this.#token);
  }
  free() {
    if (registry.unregister(this.#token)) native.free(this.pointer);
  }
}
new Block(64).free();
""",
    "no explicit release": """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Block {
  constructor(pointer) {
    registry.register(this, pointer);
  }
  read() {}
}
new Block(64).read();
""",
    "the method releases something else": """\
const native = { free(pointer) {}, freeView(view) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Block {
  constructor(pointer) {
    registry.register(this, pointer);
  }
  close(view) {
    native.freeView(view);
  }
}
const block = new Block(64);
block.close(1);
""",
}
