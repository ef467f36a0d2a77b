"""More shapes of what the rules about release methods and `unregister` flag, and of what they leave alone."""

from __future__ import annotations

import pytest

from support import variants

BAD = {
    ("cleanup-skips-release-step", "optional registry, default address"): """\
var C = { set(address, value) {}, drop(tree) {} };
var BUFFER = 16;
function newFinalizer(handler) {
  try {
    return new FinalizationRegistry(handler);
  } catch {
    return;
  }
}
var finalizer = newFinalizer((tree) => C.drop(tree));
function marshal(cursor, address = BUFFER) {
  C.set(address + 0, cursor[0]);
  C.set(address + 4, cursor[1]);
}
var Cursor = class {
  constructor(tree) {
    this.tree = tree;
    finalizer?.register(this, this.tree[0], this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  [0] = 0;
  [1] = 0;
  delete() {
    finalizer?.unregister(this);
    marshal(this);
    C.drop(this.tree[0]);
  }
};
new Cursor([7]).delete();
""",
    ("unregister-not-in-finally", "private static registry, async method"): """\
class Job {
  static #registry = new FinalizationRegistry((id) => {});
  async run(work) {
    Job.#registry.register(this, this.id, this);
    await work();
    Job.#registry.unregister(this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
""",
    ("unregister-not-in-finally", "option: any call"): """\
// jsleak-options: {"any-call": true}
const registry = new FinalizationRegistry(() => {});
export function visit(page, visitor) {
  registry.register(page, 1, page);
  visitor(page);
  registry.unregister(page);
//^^^^^^^^^^^^^^^^^^^^^^^^^
}
""",
    ("unregister-not-in-finally", "in a loop"): """\
const registry = new FinalizationRegistry(() => {});
export function each(pages, text) {
  for (const page of pages) {
    registry.register(page, 1, page);
    if (page.bad) throw new Error(text);
    registry.unregister(page);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
""",
    ("release-without-unregister", "the held value is an object with a method"): """\
const native = { free(pointer) {} };
class Memory {
  constructor(pointer) {
    this.pointer = pointer;
  }
  release() {
    native.free(this.pointer);
  }
}
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class View {
  constructor(pointer) {
    this.pointer = pointer;
    registry.register(this, pointer, this);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  dispose() {
    new Memory(this.pointer).release();
  }
}
""",
}

GOOD = {
    ("unregister-not-in-finally", "another token"): """\
const registry = new FinalizationRegistry(() => {});
function replace(old, text) {
  const next = {};
  registry.register(next, 3, next);
  old.text = JSON.stringify(text);
  registry.unregister(old);
  return next;
}
replace({}, "1");
""",
    ("unregister-not-in-finally", "the exception stays inside"): """\
const registry = new FinalizationRegistry(() => {});
function read(text) {
  const handle = {};
  registry.register(handle, 3, handle);
  try {
    handle.data = JSON.parse(text);
  } catch {
    handle.data = null;
  }
  registry.unregister(handle);
}
read("{");
""",
    ("unregister-not-in-finally", "nothing in between throws"): """\
const registry = new FinalizationRegistry(() => {});
function swap(handle) {
  registry.register(handle, 3, handle);
  handle.count = Math.max(1, 2);
  registry.unregister(handle);
}
swap({});
""",
    ("release-without-unregister", "the callback looks first"): """\
const live = new Set();
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => live.delete(pointer) && native.free(pointer));
class Block {
  constructor(pointer) {
    this.pointer = pointer;
    live.add(pointer);
    registry.register(this, pointer, this);
  }
  free() {
    live.delete(this.pointer);
    native.free(this.pointer);
  }
}
new Block(64).free();
""",
    ("release-without-unregister", "release does something else"): """\
const native = { free(pointer) {}, flush(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Block {
  constructor(pointer) {
    this.pointer = pointer;
    registry.register(this, pointer, this);
  }
  close() {
    native.flush(this.pointer);
  }
}
new Block(64).close();
""",
    ("cleanup-skips-release-step", "the step only reads"): """\
const native = { check() {}, freeCursor(owner) {} };
const registry = new FinalizationRegistry((owner) => native.freeCursor(owner));
function assertOpen(cursor) {
  native.check();
  if (!cursor.owner) throw new Error("closed");
}
class Cursor {
  constructor(owner) {
    this.owner = owner;
    registry.register(this, owner, this);
  }
  delete() {
    assertOpen(this);
    native.freeCursor(this.owner);
    registry.unregister(this);
  }
}
new Cursor(1).delete();
""",
    ("cleanup-skips-release-step", "only the unregistration comes before"): """\
const native = { store(address, value) {}, freeTree(id) {} };
const registry = new FinalizationRegistry((id) => native.freeTree(id));
function marshal(tree) {
  native.store(0, tree.id);
}
class Tree {
  constructor(id) {
    this.id = id;
    registry.register(this, id, this);
  }
  root() {
    marshal(this);
  }
  delete() {
    registry.unregister(this);
    native.freeTree(this.id);
  }
}
new Tree(1).delete();
""",
    ("unregister-not-in-finally", "closed by a helper in finally"): """\
const registry = new FinalizationRegistry(() => {});
function done(handle) {
  registry.unregister(handle);
}
export function read(handle, text) {
  registry.register(handle, 1, handle);
  try {
    handle.data = JSON.parse(text);
    registry.unregister(handle);
  } finally {
    done(handle);
  }
}
""",
    ("release-without-unregister", "the parent's release unregisters"): """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Resource {
  dispose() {
    registry.unregister(this);
  }
}
class Block extends Resource {
  constructor(pointer) {
    super();
    this.pointer = pointer;
    registry.register(this, pointer, this);
  }
  dispose() {
    super.dispose();
    native.free(this.pointer);
  }
}
""",
    ("release-without-unregister", "embind"): """\
let attach = (handle) => handle;
let detach = () => {};
let registry;
function runDestructor($$) { $$.ptrType.registeredClass.rawDestructor($$.ptr); }
function releaseClassHandle($$) { $$.count.value -= 1; if ($$.count.value === 0) runDestructor($$); }
attach = (handle) => {
  if (typeof FinalizationRegistry === "undefined") {
    attach = (handle) => handle;
    return handle;
  }
  registry = new FinalizationRegistry((info) => releaseClassHandle(info.$$));
  attach = (handle) => {
    const info = { $$: handle.$$ };
    registry.register(handle, info, handle);
    return handle;
  };
  detach = (handle) => registry.unregister(handle);
  return attach(handle);
};
function ClassHandle() {}
ClassHandle.prototype.delete = function () {
  detach(this);
  releaseClassHandle(this.$$);
};
""",
    ("cleanup-skips-release-step", "the step is inside the shared function"): """\
const native = { store(address, value) {}, free(owner) {} };
const registry = new FinalizationRegistry((item) => destroy(item));
function marshal(cursor) {
  native.store(0, cursor.id);
}
function destroy(item) {
  marshal(item);
  native.free(item.owner);
}
class Cursor {
  constructor(owner, id) {
    this.owner = owner;
    this.id = id;
    registry.register(this, { owner, id }, this);
  }
  delete() {
    registry.unregister(this);
    marshal(this);
    native.free(this.owner);
  }
}
""",
    ("unregister-not-in-finally", "the throw comes first"): """\
const registry = new FinalizationRegistry(() => {});
function count(handle, text) {
  const size = BigInt(text);
  registry.register(handle, size, handle);
  handle.size = size;
  registry.unregister(handle);
}
try {
  count({}, "many");
} catch {}
""",
    ("unregister-not-in-finally", "mediabunny: unregistered only when the stream ends early"): """\
const registry = new FinalizationRegistry((reader) => {});
class Source {
  async run(worker) {
    const reader = worker.open();
    registry?.register(worker, reader, worker);
    while (!worker.done) {
      const { done } = await reader.read();
      if (done) {
        registry?.unregister(worker);
        throw new Error("stopped");
      }
    }
    worker.rest();
  }
}
""",
}


def test_tables_are_sound() -> None:
    variants.check_tables(BAD, GOOD)


@pytest.mark.parametrize(("rule", "program"), variants.cases(BAD, GOOD))
def test_flagged_where_marked(rule: str, program: str) -> None:
    variants.check(rule, program)
