"""More shapes of what the rules about registries, tokens and targets flag, and of what they leave alone."""

from __future__ import annotations

from collections import Counter

import pytest

from support import marks

BAD = {
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
    ("token-mismatch", "registered and unregistered in one wrapper"): """\
const registry = new FinalizationRegistry((held) => held);
function track(object) {
  registry.register(object, 1);
  return () => registry.unregister(object);
//             ^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
track({})();
""",
    ("token-mismatch", "a WeakRef made on the spot"): """\
const registry = new FinalizationRegistry((held) => held);
export function track(object) {
  registry.register(object, 1, new WeakRef(object));
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
""",
    ("token-mismatch", "a real registry or a stub"): """\
class Stub { register() {} unregister() {} }
const Registry = globalThis.FinalizationRegistry || Stub;
const registry = new Registry((worker) => worker.terminate());
export function start(stream, worker) {
  registry.register(stream, worker);
}
export function stop(stream) {
  registry.unregister(stream);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
""",
    ("shared-unregister-token", "a later statement"): """\
const registry = new FinalizationRegistry((state) => state.end());
export function using(object, body) {
  const state = { end: () => body.end() };
  registry.register(object, state, object);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  try {
    return body(state);
  } finally {
    registry.unregister(object);
  }
}
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
    ("token-mismatch", "tokens in a WeakMap, and an exported registry"): """\
const registry = new FinalizationRegistry((held) => held);
const tokens = new WeakMap();
export function open(object) {
  const token = {};
  tokens.set(object, token);
  registry.register(object, 1, token);
}
export function close(object) {
  registry.unregister(tokens.get(object));
}
export const shared = new FinalizationRegistry((held) => held);
shared.register(globalThis, 1);
shared.unregister(globalThis);
""",
    ("token-mismatch", "all arguments are passed on"): """\
const registry = new FinalizationRegistry((held) => held);
export default {
  add(...args) { registry.register(...args); },
  remove(token) { registry.unregister(token); },
};
""",
    ("token-mismatch", "assigned and passed at once"): """\
const registry = new FinalizationRegistry((held) => held);
export class Handle {
  constructor() { registry.register(this, 1, (this.token = {})); }
  close() { registry.unregister(this.token); }
}
""",
    ("shared-unregister-token", "the caller's function is all that is held"): """\
const registry = new FinalizationRegistry((run) => run());
export function finalize(object, run) {
  registry.register(object, run, object);
  return () => registry.unregister(object);
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

CASES = [pytest.param(rule, program, id=f"{rule}: {title}") for (rule, title), program in {**BAD, **GOOD}.items()]


def test_titles_are_told_apart() -> None:
    assert not BAD.keys() & GOOD.keys()
    assert all(marks.parse(program).marks for program in BAD.values())
    assert not any(marks.parse(program).marks for program in GOOD.values())


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_flagged_where_marked(rule: str, example: str) -> None:
    program = marks.parse(example)
    result = marks.analyse(program, rule)
    assert not result.problems, marks.show(program, ())
    found = Counter(marks.mark_of(finding, program.text) for finding in result.findings)
    assert found == Counter(program.marks), f"{rule}\n{marks.show(program, result.findings)}"
