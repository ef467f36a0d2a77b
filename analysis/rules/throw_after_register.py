"""## What it does

Flags a registration that is followed by something that can throw while nothing but a local variable (or a constructor's own
`this`) holds the target, with no `catch` or `finally` that unregisters it.

What can throw: `throw`, `await`, builtins such as `JSON.parse`, functions of the module that do; with `any-call`, every call.

## Why it matters

When the exception leaves the function, the object is lost but its registration is not. Whoever catches the exception can
neither close the object nor unregister it; if they free the resource themselves, the cleanup callback later frees it a second
time. At the end of a program the registration is what is left behind: quickjs-ng 0.6 aborted on it.

## How to fix it

Register last, after everything that can throw. Or unregister in a `catch` and throw again: the fix (unsafe) does that.

## When to ignore it

When the cleanup callback is meant to deal with objects that were never finished, and nobody else frees their resource.

## Sources

- [quickjs-ng issue 648](https://github.com/quickjs-ng/quickjs/issues/648)
- [ECMA-262, FinalizationRegistry.prototype.register](https://tc39.es/ecma262/#sec-finalization-registry.prototype.register)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..control.lifetime import examined, lost_by_throw, throw_hops
from ..findings import Finding, Severity
from ..fixing.blocks import in_catch
from ..module import Module
from ..rule import Experiment, Option, Rule

rule = Rule(
    name="throw-after-register",
    severity=Severity.WARNING,
    summary="an exception after the registration loses the target before anyone owns it",
    sources=(
        "https://github.com/quickjs-ng/quickjs/issues/648",
        "https://tc39.es/ecma262/#sec-finalization-registry.prototype.register",
    ),
    experiment=Experiment(observe="registered-target-lost", counterfactual="no-throw", inject_throw=True),
    options=(Option("any-call", False, "count every call as one that may throw"),),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    any_call = bool(module.option(rule, "any-call"))
    for registration in examined(module):
        throw = lost_by_throw(module, registration, any_call=any_call)
        if throw is None or registration.target is None:
            continue
        target = f"`{module.text(registration.target.node, 40)}`"
        registry = module.registry_name(registration)
        yield module.finding(
            rule,
            registration,
            f"When {throw.event}, nothing owns {target} yet: the object is lost, and its registration in {registry} stays behind.",
            help=f"Register {target} last, after all that can throw, or unregister it in a `catch` and throw again.",
            retention=(
                module.hop("registered here", registration.place),
                *throw_hops(module, throw),
                module.hop(f"leaves {target} without an owner", registration.target.node),
            ),
            fixes=in_catch(module, registration, throw),
        )


BAD = {
    "anonymous target, then throw": """\
let finrec = new FinalizationRegistry(v => {});
finrec.register({}, {});
^^^^^^^^^^^^^^^^^^^^^^^
throw "boom";
""",
    "parsed after it was registered": """\
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {}
function open(fd, text) {
  const handle = { fd };
  registry.register(handle, fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  handle.settings = JSON.parse(text);
  return handle;
}
try {
  open(3, "{");
} catch {}
""",
    "constructor that checks too late": """\
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {}
class Handle {
  constructor(fd, mode) {
    this.fd = fd;
    registry.register(this, fd);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    this.setMode(mode);
  }
  setMode(mode) {
    if (mode !== "r" && mode !== "w") throw new RangeError(mode);
    this.mode = mode;
  }
}
try {
  new Handle(3, "x");
} catch {}
""",
    "through a wrapper": """\
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {}
const track = (object, fd) => registry.register(object, fd);
function open(fd, address) {
  const socket = { fd };
  track(socket, fd);
//^^^^^^^^^^^^^^^^^
  socket.host = decodeURIComponent(address);
  return socket;
}
try {
  open(3, "%");
} catch {}
""",
    "any call": """\
// jsleak-options: {"any-call": true}
const registry = new FinalizationRegistry(() => {});
const log = [(text) => { throw new Error(text); }];
function open(fd) {
  const handle = { fd };
  registry.register(handle, fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  log[0]("opened");
  return handle;
}
try {
  open(3);
} catch {}
""",
}

GOOD = {
    "registered last": """\
const registry = new FinalizationRegistry(() => {});
function open(fd, text) {
  const handle = { fd };
  handle.settings = JSON.parse(text);
  registry.register(handle, fd, handle);
  return handle;
}
const kept = open(3, "{}");
""",
    "unregistered in catch": """\
const registry = new FinalizationRegistry(() => {});
function open(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  try {
    handle.settings = JSON.parse(text);
  } catch (error) {
    registry.unregister(handle);
    throw error;
  }
  return handle;
}
try {
  open(3, "{");
} catch {}
""",
    "the module's variable owns it": """\
const registry = new FinalizationRegistry(() => {});
const handle = { fd: 3 };
registry.register(handle, 3, handle);
handle.settings = JSON.parse("[" + handle.fd + "]");
""",
}
