"""## What it does

Flags a cleanup callback that can throw: by `throw`, by builtins such as `JSON.parse` or `fs.closeSync`, or through functions of
the module that do.

## Why it matters

Nobody calls the callback but the engine, after a garbage collection. What it throws is an uncaught exception with no caller to
blame: Node.js ends the process, and engines may leave the registry's other callbacks for another time.

## How to fix it

Catch inside the callback. The fix (unsafe: what was an uncaught exception is now told on the console) puts all of it into `try`.

## When to ignore it

When the exception cannot happen for the values that are held.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [ECMA-262, HostEnqueueFinalizationRegistryCleanupJob](https://tc39.es/ecma262/#sec-host-cleanup-finalization-registry)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..control.lifetime import Throw, throw_hops
from ..findings import Finding, Severity
from ..fixing.callbacks import catching
from ..module import Module
from ..protocol.cleanup import only_callback
from ..rule import Experiment, Rule

rule = Rule(
    name="throwing-cleanup",
    severity=Severity.WARNING,
    summary="the callback can throw, and only the engine calls it",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://tc39.es/ecma262/#sec-host-cleanup-finalization-registry",
    ),
    experiment=Experiment(observe="callback-throws", counterfactual="callback-to-no-op", inject_throw=True),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registry in module.registries:
        callback = only_callback(registry)
        if callback is None or callback.is_async or callback.is_generator:
            continue
        node = module.throws.function(callback)
        if node is None:
            continue
        throw = Throw(node, module.throws.reason(node) or "`throw`")
        yield module.finding(
            rule,
            registry.node,
            f"Nothing catches it when {throw.event} in this cleanup callback, which only the engine calls.",
            help="Catch it inside the callback.",
            retention=(module.hop("cleanup callback", callback.node), *throw_hops(module, throw)),
            fixes=catching(module, registry, callback),
        )


BAD = {
    "parses": """\
const registry = new FinalizationRegistry((text) => {
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  const { name } = JSON.parse(text);
  names.delete(name);
});
const names = new Map();
registry.register({}, "{");
""",
    "throws when the name is not known": """\
const names = new Map();
function forget(name) {
  if (!names.delete(name)) throw new Error(`unknown: ${name}`);
}
const registry = new FinalizationRegistry((name) => forget(name));
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register({}, "a");
""",
    "thrown again": """\
class Pool {
  #registry = new FinalizationRegistry((block) => {
//            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    try {
      block.free();
    } catch (error) {
      throw new Error("not freed", { cause: error });
    }
  });
  track(object, block) {
    this.#registry.register(object, block);
  }
}
const pool = new Pool();
pool.track({}, { free() { throw new Error("busy"); } });
""",
}

GOOD = {
    "caught": """\
const registry = new FinalizationRegistry((text) => {
  try {
    names.delete(JSON.parse(text).name);
  } catch {}
});
const names = new Map();
registry.register({}, "{}");
""",
    "nothing throws": """\
const registry = new FinalizationRegistry((name) => names.delete(name));
const names = new Map();
registry.register({}, "a");
""",
    "what throws is not called here": """\
const registry = new FinalizationRegistry((name) => {
  later.push(() => { throw new Error(name); });
});
const later = [];
registry.register({}, "a");
""",
    "the function that throws is caught": """\
const names = new Map();
function forget(name) {
  if (!names.delete(name)) throw new Error(name);
}
const registry = new FinalizationRegistry((name) => {
  try {
    forget(name);
  } catch {
    names.clear();
  }
});
registry.register({}, "a");
""",
    "a literal that parses": """\
const registry = new FinalizationRegistry((name) => {
  const known = JSON.parse('["a"]');
  if (known.includes(name)) names.delete(name);
});
const names = new Set();
registry.register({}, "a");
""",
}
