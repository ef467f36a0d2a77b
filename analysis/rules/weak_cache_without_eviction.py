"""## What it does

Points out a Map or object of the module, of a class or of its instances that is filled with WeakRefs and that nothing ever
empties: no `delete`, no `clear`, no new one in its place.

## Why it matters

The WeakRefs let their targets go, but not themselves: the key, the WeakRef and the entry stay for ever. A cache with ever new
keys grows without bound.

## How to fix it

Delete the entry when its value is collected, with a FinalizationRegistry: `registry.register(value, key)`, and a callback that
deletes the key if its entry is dead. Or sweep dead entries now and then.

## When to ignore it

When the keys are few.

## Sources

- [WeakRefs proposal: weak caches](https://github.com/tc39/proposal-weakrefs#weak-caches)
- [MDN, WeakRef](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Severity
from ..module import Module
from ..protocol.caches import growing_caches
from ..rule import Experiment, Rule

rule = Rule(
    name="weak-cache-without-eviction",
    severity=Severity.INFO,
    summary="a long-lived map of WeakRefs whose dead entries nothing removes",
    sources=(
        "https://github.com/tc39/proposal-weakrefs#weak-caches",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef",
    ),
    experiment=Experiment(observe="entries-grow", counterfactual="delete-from-collection"),
)


def check(module: Module) -> Iterator[Finding]:
    for entry in growing_caches(module):
        cache = module.text(entry.cache, 40)
        yield module.finding(
            rule,
            entry.reference,
            f"Nothing ever removes an entry from `{cache}`: when its target is gone, the key and an empty WeakRef stay for ever.",
            help=f"Have a FinalizationRegistry's callback delete dead entries from `{cache}`, or sweep them now and then.",
            retention=[module.hop(f"stored in `{cache}`", entry.node)],
        )


BAD = {
    "Map of the module": """\
const cache = new Map();
function get(url) {
  const found = cache.get(url)?.deref();
  if (found) return found;
  const made = { url };
  cache.set(url, new WeakRef(made));
//               ^^^^^^^^^^^^^^^^^
  return made;
}
for (let i = 0; i < 100; i++) get(`image ${i}`);
""",
    "private and static fields": """\
class Images {
  static #all = new Map();
  #own = new Map();
  put(url, image) {
    const ref = new WeakRef(image);
//              ^^^^^^^^^^^^^^^^^^
    Images.#all.set(url, ref);
    this.#own.set(url, { url, ref: new WeakRef(image) });
//                                 ^^^^^^^^^^^^^^^^^^
  }
  get size() {
    return this.#own.size + Images.#all.size;
  }
}
const images = new Images();
for (let i = 0; i < 100; i++) images.put(`image ${i}`, {});
""",
    "plain object": """\
const models = {};
const load = (name) => {
  const model = { name };
  models[name] = new WeakRef(model);
//               ^^^^^^^^^^^^^^^^^^
  return models[name].deref();
};
for (let i = 0; i < 100; i++) load("model" + i);
""",
}

GOOD = {
    "a registry deletes": """\
const cache = new Map();
const registry = new FinalizationRegistry((key) => {
  if (!cache.get(key)?.deref()) cache.delete(key);
});
function put(key, value) {
  cache.set(key, new WeakRef(value));
  registry.register(value, key);
}
put("a", {});
""",
    "swept": """\
class Images {
  #images = new Map();
  put(url, image) {
    this.#images.set(url, new WeakRef(image));
  }
  sweep() {
    for (const [url, ref] of this.#images) {
      if (!ref.deref()) this.#images.delete(url);
    }
  }
}
new Images().put("a", {});
""",
    "made anew": """\
let cache = new Map();
function put(key, value) {
  cache.set(key, new WeakRef(value));
  if (cache.size > 100) cache = new Map();
}
put("a", {});
""",
    "handed to other code": """\
const cache = new Map();
const own = globalThis.sweepEveryMinute ?? (() => {});
own(cache);
function put(key, value) {
  cache.set(key, new WeakRef(value));
}
put("a", {});
""",
    "weak keys": """\
const parents = new WeakMap();
function setParent(child, parent) {
  parents.set(child, new WeakRef(parent));
}
setParent({}, {});
""",
    "fixed keys": """\
const current = new Map();
function setTheme(theme) {
  current.set("theme", new WeakRef(theme));
}
setTheme({});
""",
}
