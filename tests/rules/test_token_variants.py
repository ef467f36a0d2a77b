"""More shapes of what the rules about unregister tokens flag, and of what they leave alone."""

from __future__ import annotations

import pytest

from support import variants

BAD = {
    ("missing-unregister-token", "static registry, Symbol.dispose"): """\
const native = { free(pointer) {} };
class Buffer {
  static #registry = new FinalizationRegistry((pointer) => native.free(pointer));
  #pointer;
  constructor(pointer) {
    this.#pointer = pointer;
    Buffer.#registry.register(this, pointer);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  [Symbol.dispose ?? "dispose"]() {}
  dispose() {
    this.#release();
  }
  #release() {
    native.free(this.#pointer);
  }
}
new Buffer(64).dispose();
""",
    ("missing-unregister-token", "prototype methods"): """\
const native = { close(fd) {} };
const registry = new FinalizationRegistry(function (fd) {
  native.close(fd);
});
function File(fd) {
  this.fd = fd;
  registry.register(this, fd);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^
}
File.prototype.close = function () {
  native.close(this.fd);
};
new File(3).close();
""",
    ("missing-unregister-token", "node's fs"): """\
import fs, { closeSync } from "node:fs";
const registry = new FinalizationRegistry((fd) => {
  try {
    closeSync(fd);
  } catch {}
});
export class File {
  #fd;
  constructor(path) {
    this.#fd = fs.openSync(path);
    registry.register(this, this.#fd);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
  [Symbol.dispose]() {
    fs.closeSync(this.#fd);
  }
}
""",
    ("missing-unregister-token", "inherited release"): """\
const gl = { deleteTexture(id) {} };
const registry = new FinalizationRegistry((id) => gl.deleteTexture(id));
class Resource {
  destroy() {
    this.gl.deleteTexture(this.id);
  }
}
class Texture extends Resource {
  constructor(id) {
    super();
    this.id = id;
    registry.register(this, id);
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  }
}
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
}

GOOD = {
    ("missing-unregister-token", "the function looks first"): """\
const open = new Set([3]);
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {
  if (!open.delete(fd)) return;
  closed.push(fd);
}
const closed = [];
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd);
  }
  close() {
    release(this.fd);
  }
}
new File(3).close();
""",
    ("missing-unregister-token", "only an entry is deleted"): """\
const names = new Map();
const registry = new FinalizationRegistry((key) => names.delete(key));
class Entry {
  constructor(key) {
    this.key = key;
    names.set(key, 1);
    registry.register(this, key);
  }
  dispose() {
    names.delete(this.key);
  }
}
new Entry("a").dispose();
""",
    ("missing-unregister-token", "the callback does something else"): """\
const lost = [];
const registry = new FinalizationRegistry((fd) => lost.push(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd);
  }
  close() {
    closeSync(this.fd);
  }
}
new File(3).close();
""",
    ("missing-unregister-token", "no explicit release"): """\
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
    ("missing-unregister-token", "unknown target"): """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
export function track(block) {
  registry.register(block, block.pointer);
}
export const free = (block) => native.free(block.pointer);
""",
    ("missing-unregister-token", "the held object closes itself, perhaps only once"): """\
const registry = new FinalizationRegistry((socket) => socket.close());
export class Client {
  constructor(socket) {
    this.socket = socket;
    registry.register(this, socket);
  }
  close() {
    this.socket.close();
  }
}
""",
    ("missing-unregister-token", "what may be done twice"): """\
const registry = new FinalizationRegistry((timer) => clearInterval(timer));
export class Poll {
  constructor(work) {
    this.timer = setInterval(work, 1000);
    registry.register(this, this.timer);
  }
  stop() {
    clearInterval(this.timer);
  }
}
""",
    ("missing-unregister-token", "a variable that the release empties"): """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((cleanup) => cleanup());
export function allocate(pointer) {
  const block = {
    free() {
      native.free(pointer);
      pointer = 0;
    },
  };
  registry.register(block, () => native.free(pointer));
  return block;
}
""",
    ("missing-unregister-token", "the release unregisters another token: not this rule's"): """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((pointer) => native.free(pointer));
class Block {
  constructor(pointer) {
    this.pointer = pointer;
    registry.register(this, pointer);
  }
  free() {
    registry.unregister(this);
    native.free(this.pointer);
  }
}
""",
    ("missing-unregister-token", "the callback looks first"): """\
const open = new Set();
const registry = new FinalizationRegistry((fd) => {
  if (open.has(fd)) closeSync(fd);
});
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    open.add(fd);
    registry.register(this, fd);
  }
  close() {
    open.delete(this.fd);
    closeSync(this.fd);
  }
}
new File(3).close();
""",
    ("missing-unregister-token", "the release empties what the callback reads"): """\
const native = { free(pointer) {} };
const registry = new FinalizationRegistry((state) => native.free(state.pointer));
class Block {
  constructor(pointer) {
    this.state = { pointer };
    registry.register(this, this.state);
  }
  free() {
    native.free(this.state.pointer);
    this.state.pointer = 0;
  }
}
new Block(64).free();
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
}


def test_tables_are_sound() -> None:
    variants.check_tables(BAD, GOOD)


@pytest.mark.parametrize(("rule", "program"), variants.cases(BAD, GOOD))
def test_flagged_where_marked(rule: str, program: str) -> None:
    variants.check(rule, program)
