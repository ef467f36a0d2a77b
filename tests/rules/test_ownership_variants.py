"""More shapes of what the rules about who keeps registries and targets alive flag, and of what they leave alone."""

from __future__ import annotations

import pytest

from support import variants

BAD = {
    ("registry-owned-by-target", "field of the parent class, used by the child"): """\
class Base {
  registry = new FinalizationRegistry((held) => held);
//           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
class Handle extends Base {
  constructor() {
    super();
    this.registry.register(this, 1);
  }
}
new Handle();
""",
    ("registry-owned-by-target", "a closure that is stored on a parameter"): """\
function attach(object) {
  const registry = new FinalizationRegistry((held) => held);
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registry.register(object, 1, object);
  object.close = () => registry.unregister(object);
}
attach({});
""",
    ("registry-owned-by-target", "Object.defineProperty"): """\
function open() {
  const handle = {};
  const registry = new FinalizationRegistry((held) => held);
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  registry.register(handle, 1, handle);
  Object.defineProperty(handle, "close", { value: () => registry.unregister(handle) });
  return handle;
}
open();
""",
    ("registry-not-kept", "a closure that is only called at once"): """\
function track(object) {
  const registry = new FinalizationRegistry((held) => held);
//                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  [1, 2].forEach((held) => registry.register(object, held));
}
track({});
""",
    ("registry-not-kept", "arrow function without a block"): """\
const track = (object) => new FinalizationRegistry((held) => held).register(object, 1);
//                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
track({});
""",
    ("registry-not-kept", "assigned in a branch"): """\
function track(object) {
  let registry;
  if (object) {
    registry = new FinalizationRegistry((held) => held);
//             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  registry.register(object, 1);
}
track({});
""",
    ("target-retained-elsewhere", "held by what is put in"): """\
const registry = new FinalizationRegistry((held) => held);
const listeners = [];
export function open() {
  const handle = { notify() {} };
  listeners.push(() => handle.notify());
  registry.register(handle, 1);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return handle;
}
export function notify() {
  for (const listener of listeners) listener();
}
""",
    ("target-retained-elsewhere", "a helper that only the cleanup calls"): """\
const byId = new Map();
const registry = new FinalizationRegistry((id) => forget(id));
function forget(id) {
  byId.delete(id);
}
export class Handle {
  constructor(id) {
    byId.set(id, this);
    registry.register(this, id);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
export const find = (id) => byId.get(id);
""",
    ("shared-context-retains-target", "a function in between"): """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd };
  function releaser() {
    return () => fd;
  }
  (() => handle)();
  registry.register(handle, releaser());
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
open(3);
""",
    ("shared-context-retains-target", "a local class"): """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  const handle = { fd };
  class View {
    get handle() { return handle; }
  }
  registry.register(handle, () => fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  return View;
}
open(3);
""",
}

GOOD = {
    ("registry-owned-by-target", "a parent's registry, where there is one"): """\
export class Node {
  constructor(parent) {
    this.registry = parent.registry ?? new FinalizationRegistry((held) => held);
    this.registry.register(this, 1);
  }
}
""",
    ("registry-owned-by-target", "a getter hands it out"): """\
export class Handle {
  #registry = new FinalizationRegistry((held) => held);
  get registry() {
    return this.#registry;
  }
  open() {
    this.#registry.register(this, 1);
  }
}
""",
    ("registry-not-kept", "kept by what is handed on"): """\
export function timer(object) {
  const registry = new FinalizationRegistry((held) => held);
  registry.register(object, 1);
  setInterval(() => registry.register({}, 2), 1000);
}
export async function waiting(object) {
  const registry = new FinalizationRegistry((held) => held);
  registry.register(object, 1);
  await object.done;
}
export function* stepping(object) {
  const registry = new FinalizationRegistry((held) => held);
  registry.register(object, 1);
  yield object;
}
export function listed(objects) {
  const registry = new FinalizationRegistry((held) => held);
  objects.forEach((object) => registry.register(object, 1));
}
export function local() {
  const registry = new FinalizationRegistry((held) => held);
  return class { constructor() { registry.register(this, 1); } };
}
""",
    ("cleanup-retains-target", "the registry dies with its target"): """\
class Handle {
  #registry = new FinalizationRegistry(() => this.close());
  constructor() {
    this.#registry.register(this, 1);
  }
  close() {}
}
new Handle();
""",
    ("cleanup-retains-target", "a pool that its handles are taken out of"): """\
export class Pool {
  #live = new Set();
  #registry = new FinalizationRegistry((id) => this.#lost(id));
  acquire(id) {
    const handle = { id };
    this.#live.add(handle);
    this.#registry.register(handle, id, handle);
    return handle;
  }
  release(handle) {
    this.#live.delete(handle);
    this.#registry.unregister(handle);
  }
  #lost(id) {}
}
""",
    ("target-retained-elsewhere", "emptied elsewhere, or perhaps"): """\
const registry = new FinalizationRegistry((held) => held);
const queue = [];
const cache = {};
const given = new Map();
emptyLater(given);
export function open(id) {
  const handle = { id };
  queue.push(handle);
  cache[id] = handle;
  given.set(id, handle);
  registry.register(handle, id);
}
export function next() {
  delete cache[queue.shift().id];
}
""",
    ("shared-context-retains-target", "a variable that is set to null"): """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
function open(fd) {
  let handle = { fd };
  (() => handle)();
  registry.register(handle, () => fd);
  handle = null;
}
open(3);
""",
}


def test_tables_are_sound() -> None:
    variants.check_tables(BAD, GOOD)


@pytest.mark.parametrize(("rule", "program"), variants.cases(BAD, GOOD))
def test_flagged_where_marked(rule: str, program: str) -> None:
    variants.check(rule, program)
