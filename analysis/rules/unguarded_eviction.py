"""## What it does

Flags a cleanup callback that deletes the cache entry of a key without checking that the entry is still the one whose value was
collected.

## Why it matters

The callback comes some time after the value is gone. In between the key may have been set again: the callback then deletes the
entry of the new, living value, the cache misses, and the value is made a second time.

## How to fix it

Look before deleting: `if (!cache.get(key)?.deref()) cache.delete(key)`. Or give the registration a token and unregister it when
the entry is replaced. The fix (safe) types the check, where the callback is just the deletion.

## When to ignore it

When a key is certainly never set twice.

## Sources

- [ECMA-262, CleanupFinalizationRegistry](https://tc39.es/ecma262/#sec-cleanup-finalization-registry)
- [WeakRefs proposal: weak caches](https://github.com/tc39/proposal-weakrefs#weak-caches)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Fix, Severity
from ..module import Module
from ..protocol.caches import guarded_callback, unguarded_evictions
from ..rule import Experiment, Rule

rule = Rule(
    name="unguarded-eviction",
    severity=Severity.WARNING,
    summary="the callback deletes a cache entry that may be a newer one",
    sources=(
        "https://tc39.es/ecma262/#sec-cleanup-finalization-registry",
        "https://github.com/tc39/proposal-weakrefs#weak-caches",
    ),
    experiment=Experiment(observe="callback-evicts-live-entry", counterfactual="guard-eviction"),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    for eviction in unguarded_evictions(module):
        cache, key = module.text(eviction.cache, 40), module.text(eviction.key, 40)
        edit = guarded_callback(module, eviction)
        yield module.finding(
            rule,
            eviction.registry.node,
            f"The callback deletes `{key}` from `{cache}` unseen: if the key was set again meanwhile, the new, living entry goes.",
            help=f"Check first that the entry is dead: `if (!{cache}.get({key})?.deref()) {cache}.delete({key})`.",
            retention=[
                module.hop(f"sets an entry of `{cache}`, also where one has just died", eviction.entry.node),
                module.hop("registers the value with its key", eviction.registration.node),
                module.hop("deletes whatever the key leads to by then", eviction.node),
            ],
            fixes=[Fix("Delete dead entries only", safe=True, edits=(edit,))] if edit is not None else (),
        )


BAD = {
    "the textbook's weak cache": """\
const cache = new Map();
const registry = new FinalizationRegistry((key) => cache.delete(key));
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
function get(key) {
  const found = cache.get(key)?.deref();
  if (found) return found;
  const made = { key };
  cache.set(key, new WeakRef(made));
  registry.register(made, key);
  return made;
}
get("a");
const kept = get("a");
""",
    "fields of a class": """\
class Images {
  #images = new Map();
  #registry = new FinalizationRegistry((held) => {
//            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    this.#images.delete(held.url);
  });
  put(url, image) {
    const ref = new WeakRef(image);
    this.#images.set(url, ref);
    this.#registry.register(image, { url });
  }
}
const images = new Images();
const image = {};
images.put("a", {});
images.put("a", image);
""",
    "plain object, composed key": """\
const models = Object.create(null);
const registry = new FinalizationRegistry(evict);
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
function evict(name) {
  if (name) delete models[name];
}
function load(kind, name) {
  const key = `${kind}:${name}`;
  const model = { kind, name };
  models[key] = new WeakRef(model);
  registry.register(model, key);
  return model;
}
load("a", "b");
const kept = load("a", "b");
""",
}

GOOD = {
    "looks before it deletes": """\
const cache = new Map();
const registry = new FinalizationRegistry((key) => {
  if (!cache.get(key)?.deref()) cache.delete(key);
});
function put(key, value) {
  cache.set(key, new WeakRef(value));
  registry.register(value, key);
}
put("a", {});
put("a", globalThis);
""",
    "the registration before is taken back": """\
const cache = new Map();
const registry = new FinalizationRegistry((key) => cache.delete(key));
function put(key, value) {
  const before = cache.get(key);
  if (before) registry.unregister(before);
  const ref = new WeakRef(value);
  cache.set(key, ref);
  registry.register(value, key, ref);
}
put("a", globalThis);
put("a", put);
put("b", {});
""",
    "each key is used once": """\
const cache = new Map();
const registry = new FinalizationRegistry((id) => cache.delete(id));
let next = 0;
function add(value) {
  const id = next++;
  cache.set(id, new WeakRef(value));
  registry.register(value, id);
  return id;
}
add({});
add(globalThis);
""",
    "only set where there is no entry": """\
const cache = new Map();
const registry = new FinalizationRegistry((key) => cache.delete(key));
function put(key, value) {
  if (cache.has(key)) return;
  cache.set(key, new WeakRef(value));
  registry.register(value, key);
}
put("a", {});
put("b", globalThis);
""",
    "the reference itself is removed": """\
const refs = new Set();
const registry = new FinalizationRegistry((ref) => refs.delete(ref));
function add(value) {
  const ref = new WeakRef(value);
  refs.add(ref);
  registry.register(value, ref);
}
[{}, globalThis].forEach((value) => add(value));
""",
}
