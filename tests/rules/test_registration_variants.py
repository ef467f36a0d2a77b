"""More shapes of what the rules about registrations and their callbacks flag, and of what they leave alone."""

from __future__ import annotations

import pytest

from support import variants

BAD = {
    ("missing-held-value", "TypeScript's class fields"): """\
class Cache {
  map = new Map();
  registry = new FinalizationRegistry((key) => {
    this.map.delete(key);
  });
  set(key, value) {
    this.map.set(key, new WeakRef(value));
    this.registry.register(value);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
""",
    ("duplicate-registration", "both in a constructor"): """\
const registry = new FinalizationRegistry((fd) => {});
class Handle {
  #fd;
  constructor(fd) {
    this.#fd = fd;
    registry.register(this, this.#fd, this);
    registry.register(this, this.#fd, this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
""",
    ("async-cleanup", "import, and a chain that ends in finally"): """\
const one = new FinalizationRegistry((path) => { import(path); });
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
const two = new FinalizationRegistry((file) => file.close().then(done).finally(done));
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ("async-cleanup", "fs/promises and fetch"): """\
import { rm } from "node:fs/promises";
const one = new FinalizationRegistry((path) => rm(path));
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
const two = new FinalizationRegistry((url) => void fetch(url, { method: "DELETE" }));
//          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ("async-cleanup", "async without await"): """\
const registry = new FinalizationRegistry(async (file) => { file.close(); });
//               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ("throwing-cleanup", "closeSync"): """\
const fs = require("fs");
class Pool {
  static registry = new FinalizationRegistry((fd) => fs.closeSync(fd));
//                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
""",
    ("invalid-registration", "aliases, optional calls, templates"): """\
const { FinalizationRegistry: Registry, WeakRef: Ref } = globalThis;
const registry = new Registry((held) => held);
registry?.register(`${1}`, 1);
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
new Ref();
^^^^^^^^^
registry.unregister(Symbol.for("a"));
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register([], 1, 5n);
^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
    ("invalid-registration", "subclasses"): """\
class Registry extends FinalizationRegistry {
  constructor() {
    super("release");
//  ^^^^^^^^^^^^^^^^
  }
}
class Plain extends FinalizationRegistry {}
new Plain();
^^^^^^^^^^^
new Plain({ release() {} });
^^^^^^^^^^^^^^^^^^^^^^^^^^^
new Registry();
""",
    ("invalid-registration", "bound register, and try without catch"): """\
const registry = new FinalizationRegistry((held) => held);
const register = registry.register.bind(registry);
register(7, 1);
^^^^^^^^^^^^^^
try {
  registry.register(1 + 1, 1);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^
} finally {
}
""",
}

GOOD = {
    ("duplicate-registration", "two registries"): """\
const files = new FinalizationRegistry((fd) => {});
const sizes = new FinalizationRegistry((fd) => {});
function open(fd) {
  const handle = {};
  files.register(handle, fd);
  sizes.register(handle, fd);
  return handle;
}
open(3);
""",
    ("duplicate-registration", "a resource for each round"): """\
const registry = new FinalizationRegistry((fd) => {});
function watch(handle, fds) {
  for (const fd of fds) registry.register(handle, fd);
}
watch({}, [3, 4]);
""",
    ("missing-held-value", "any registry of several"): """\
const first = new FinalizationRegistry((key) => names.delete(key));
const second = new FinalizationRegistry(() => {});
const names = new Set();
export const track = (object, strict) => (strict ? first : second).register(object);
""",
    ("duplicate-registration", "another object of the same kind"): """\
const registry = new FinalizationRegistry((kind) => {});
export function pair() {
  const left = make();
  const right = make();
  registry.register(left, "side");
  registry.register(right, "side");
  return [left, right];
}
function make() {
  return {};
}
""",
    ("async-cleanup", "callback of unknown making"): """\
import { close } from "./close.js";
export const registry = new FinalizationRegistry(close);
""",
    ("throwing-cleanup", "async is another rule's"): """\
const registry = new FinalizationRegistry(async (text) => { JSON.parse(text); });
""",
    ("missing-held-value", "no parameter"): """\
let collected = 0;
const registry = new FinalizationRegistry(() => collected++);
registry.register({});
""",
    ("missing-held-value", "the callback looks first"): """\
const registry = new FinalizationRegistry((cleanup) => {
  if (cleanup) cleanup();
});
registry.register({});
""",
    ("missing-held-value", "optional call"): """\
const registry = new FinalizationRegistry((cleanup) => cleanup?.());
registry.register({});
""",
    ("missing-held-value", "a default"): """\
const registry = new FinalizationRegistry((name = "anonymous") => names.push(name));
const names = [];
registry.register({});
""",
    ("duplicate-registration", "two resources of one object"): """\
const registry = new FinalizationRegistry((fd) => {});
class Pipe {
  constructor(read, write) {
    this.read = read;
    this.write = write;
    registry.register(this, this.read);
    registry.register(this, this.write);
  }
}
new Pipe(3, 4);
""",
    ("async-cleanup", "comlink: a promise that is never rejected"): """\
const counter = new WeakMap();
const finalizers = "FinalizationRegistry" in globalThis && new FinalizationRegistry((port) => {
  const count = (counter.get(port) || 0) - 1;
  counter.set(port, count);
  if (count === 0) releasePort(port);
});
function releasePort(port) {
  return request(port, { type: "RELEASE" }).then(() => {
    if (port.isMessagePort) port.close();
  });
}
function request(port, message) {
  return new Promise((resolve) => {
    port.addEventListener("message", resolve);
    port.postMessage(message);
  });
}
""",
    ("invalid-registration", "errors that are expected"): """\
const registry = new FinalizationRegistry((held) => held);
expect(() => registry.register(1)).toThrow(TypeError);
assert.throws(() => { new WeakRef(1); });
try {
  FinalizationRegistry(() => {});
} catch {}
""",
    ("invalid-registration", "values that are not known"): """\
const registry = new FinalizationRegistry((held) => held);
const list = [1, {}];
let later;
registry.register(list[1], 1);
registry.register(later ?? {}, 1);
registry.register(...[{}, 1]);
registry.register(make(), 1);
function make(empty) {
  if (empty) return null;
  return list.reduce((found, one) => one);
}
registry.register(document.all, 1);
""",
    ("invalid-registration", "returns before it registers"): """\
const registry = new FinalizationRegistry((held) => held);
function track(value) {
  if (typeof value !== "object") return;
  registry.register(value, 1);
}
track(4);
""",
}


def test_tables_are_sound() -> None:
    variants.check_tables(BAD, GOOD)


@pytest.mark.parametrize(("rule", "program"), variants.cases(BAD, GOOD))
def test_flagged_where_marked(rule: str, program: str) -> None:
    variants.check(rule, program)
