"""## What it does

Flags a cleanup callback that is async and can fail, or that starts a promise which nobody handles: `.then(…)` without a
rejection handler, an async function of the module, `import()`, `fetch`, `fs/promises`.

## Why it matters

The engine ignores what a cleanup callback returns. When the promise is rejected, the failure is an unhandled rejection at a
time of the garbage collector's choosing: Node.js ends the process.

## How to fix it

Handle the failure inside the callback: `try` and `catch` around the whole body, or `.catch(…)` at the end of the promise. The fix
(unsafe: what went unhandled is now told on the console) types it.

## When to ignore it

When the process is meant to end if the cleanup fails.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [Node.js, unhandled rejections](https://nodejs.org/api/process.html#event-unhandledrejection)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..fixing.callbacks import catching, handling
from ..module import Module
from ..protocol.cleanup import only_callback, unhandled_failure
from ..rule import Experiment, Rule

rule = Rule(
    name="async-cleanup",
    severity=Severity.WARNING,
    summary="the callback's promise is nobody's: a failure is an unhandled rejection",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://nodejs.org/api/process.html#event-unhandledrejection",
    ),
    experiment=Experiment(observe="callback-rejects", counterfactual="callback-to-no-op", inject_throw=True),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    for registry in module.registries:
        callback = only_callback(registry)
        failure = unhandled_failure(module, callback) if callback is not None else None
        if callback is None or failure is None:
            continue
        node, words = failure
        what = "is async" if callback.is_async else f"leaves the promise of {words} to itself"
        yield module.finding(
            rule,
            registry.node,
            f"The cleanup callback {what}: when `{module.text(node, 40)}` fails, that is an unhandled rejection out of nowhere.",
            help="Catch it inside the callback: `try` and `catch` around its whole body, or `.catch(…)` at the end of the promise.",
            retention=(
                module.hop("cleanup callback", callback.node),
                module.hop(f"{words} can fail, and nothing catches it", node),
            ),
            fixes=catching(module, registry, callback) if callback.is_async else handling(module, callback),
        )


BAD = {
    "async callback": """\
const registry = new FinalizationRegistry(async (file) => {
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  await file.close();
});
registry.register({}, { close: async () => { throw new Error("EBADF"); } });
""",
    "static field, named function": """\
class Stream {
  static #finalizer = new FinalizationRegistry(closeLater);
//                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  constructor(file) {
    Stream.#finalizer.register(this, file);
  }
}
async function closeLater(file) {
  if (file.isOpen) await file.close();
}
new Stream({ isOpen: true, close: async () => { throw new Error("EBADF"); } });
""",
    "then without a handler": """\
const registry = new FinalizationRegistry((file) => {
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  file.close().then(() => { closed++; });
});
let closed = 0;
registry.register({}, { close: () => Promise.reject(new Error("EBADF")) });
""",
    "calls an async function": """\
const registry = new FinalizationRegistry((file) => { closeFile(file); });
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
async function closeFile(file) {
  await file.flush();
  file.close();
}
registry.register({}, { flush: () => Promise.reject(new Error("EIO")), close() {} });
""",
}

GOOD = {
    "all of it is caught": """\
const registry = new FinalizationRegistry(async (file) => {
  try {
    await file.close();
  } catch {
    failed++;
  }
});
let failed = 0;
registry.register({}, { close: async () => {} });
""",
    "the promise has a catch": """\
const registry = new FinalizationRegistry((file) => {
  file.close().then(() => {}).catch(() => {});
});
registry.register({}, { close: async () => {} });
""",
    "what is awaited is handled": """\
const registry = new FinalizationRegistry(async (file) => {
  await file.close().catch(() => {});
});
registry.register({}, { close: async () => {} });
""",
    "an async function that catches": """\
const registry = new FinalizationRegistry((file) => closeFile(file));
async function closeFile(file) {
  try {
    await file.close();
  } catch {}
}
registry.register({}, { close: async () => {} });
""",
    "two handlers": """\
const registry = new FinalizationRegistry((file) => void file.close().then(() => {}, () => {}));
registry.register({}, { close: async () => {} });
""",
    "not async": """\
const registry = new FinalizationRegistry((file) => file.closeNow());
registry.register({}, { closeNow() {} });
""",
    "the callback keeps the promise": """\
const pending = new Set();
const registry = new FinalizationRegistry((file) => {
  const closing = file.close().then(() => {});
  pending.add(closing);
});
registry.register({}, { close: async () => {} });
""",
}
