"""More shapes of what the rules about throws, releases and cleanup callbacks flag, and of what they leave alone."""

from __future__ import annotations

from collections import Counter

import pytest

from support import marks

BAD = {
    ("throw-after-register", "rethrown without unregistering"): """\
const pool = { registry: new FinalizationRegistry((fd) => release(fd)) };
function release(fd) {}
function open(fd, text) {
  const handle = { fd };
  pool.registry.register(handle, fd, handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  try {
    handle.size = BigInt(text);
  } catch (error) {
    release(fd);
    throw error;
  }
  return handle;
}
try {
  open(3, "many");
} catch {}
""",
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
    ("throw-after-register", "the registry is optional"): """\
const registry = typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry((fd) => {});
function open(fd, text) {
  const handle = { fd };
  registry?.register(handle, fd, handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  handle.size = BigInt(text);
  return handle;
}
""",
    ("throw-after-register", "subclass constructor throws after super"): """\
class Base {
  static #registry = new FinalizationRegistry((fd) => {});
  constructor(fd) {
    Base.#registry.register(this, fd, this);
  }
}
class Named extends Base {
  constructor(fd, name) {
    super(fd);
//  ^^^^^^^^^
    if (!name) throw new TypeError("name");
    this.name = name;
  }
}
""",
    ("throw-after-register", "await rejects"): """\
const registry = new FinalizationRegistry((fd) => {});
export async function open(fd, ready) {
  const handle = { fd };
  registry.register(handle, fd, handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  await ready;
  return handle;
}
""",
    ("throw-after-register", "method that is known only looks"): """\
const registry = new FinalizationRegistry((fd) => {});
class Handle {
  open(fd) {
    this.fd = fd;
  }
}
function make(fd, text) {
  const handle = new Handle();
  handle.open(fd);
  registry.register(handle, fd, handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  note(handle);
  const limits = new URL(text);
  return [handle, limits];
}
function note(handle) {
  console.log(handle.fd);
}
""",
    ("throw-after-register", "owned only by what comes after"): """\
const registry = new FinalizationRegistry((fd) => {});
const all = new Set();
function make(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  attach(handle, JSON.parse(text));
  all.add(handle);
}
""",
    ("throw-after-register", "rethrown by a helper"): """\
const registry = new FinalizationRegistry((fd) => {});
const load = (text) => {
  try {
    return read(text);
  } catch (cause) {
    throw new Error("unreadable", { cause });
  }
};
function make(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  handle.text = load(text);
  return handle;
}
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
}

GOOD = {
    ("throw-after-register", "the caller owns it"): """\
const registry = new FinalizationRegistry(() => {});
function track(handle, text) {
  registry.register(handle, 3, handle);
  handle.settings = JSON.parse(text);
}
const kept = {};
track(kept, "1");
""",
    ("throw-after-register", "the exception stays here"): """\
const registry = new FinalizationRegistry(() => {});
function make(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  try {
    handle.settings = JSON.parse(text);
  } catch {
    handle.settings = {};
  }
  return handle;
}
make(3, "{");
""",
    ("throw-after-register", "closed in finally by a method that unregisters"): """\
const registry = new FinalizationRegistry(() => {});
class Handle {
  close() {
    registry.unregister(this);
  }
}
function peek(fd, text) {
  const handle = new Handle();
  registry.register(handle, fd, handle);
  try {
    return JSON.parse(text);
  } finally {
    handle.close();
  }
}
peek(3, "1");
""",
    ("throw-after-register", "stored first"): """\
const registry = new FinalizationRegistry(() => {});
const open = new Map();
function make(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  open.set(fd, handle);
  handle.settings = JSON.parse(text);
  return handle;
}
make(3, "1");
""",
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
    ("throw-after-register", "held by a closure that goes out"): """\
const registry = new FinalizationRegistry((fd) => {});
export function open(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  process.on("exit", () => handle.close());
  handle.size = BigInt(text);
  return handle;
}
""",
    ("throw-after-register", "using owns it"): """\
const registry = new FinalizationRegistry((fd) => {});
export function peek(fd, text) {
  using handle = { fd, [Symbol.dispose]() { registry.unregister(handle); } };
  registry.register(handle, fd, handle);
  return JSON.parse(text);
}
""",
    ("throw-after-register", "a method may keep it"): """\
const registry = new FinalizationRegistry((fd) => {});
const all = new Set();
class Handle {
  constructor(fd, text) {
    registry.register(this, fd, this);
    this.list();
    this.size = BigInt(text);
  }
  list() {
    all.add(this);
  }
}
""",
    ("throw-after-register", "the constructor keeps it"): """\
const registry = new FinalizationRegistry((fd) => {});
const all = new Set();
class Handle {
  constructor() {
    all.add(this);
  }
}
export function make(text) {
  const handle = new Handle();
  registry.register(handle, 1, handle);
  return [handle, JSON.parse(text)];
}
""",
    ("throw-after-register", "the caller throws, not the constructor"): """\
const registry = new FinalizationRegistry((fd) => {});
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, fd, this);
  }
}
export function make(text) {
  const handle = new Handle(3);
  return [handle, JSON.parse(text)];
}
""",
    ("throw-after-register", "a delay cannot fail"): """\
const registry = new FinalizationRegistry((fd) => {});
export async function make() {
  const handle = {};
  registry.register(handle, 1, handle);
  await new Promise((resolve) => setTimeout(resolve, 10));
  return handle;
}
""",
    ("throw-after-register", "returned before anything throws"): """\
const registry = new FinalizationRegistry((fd) => {});
export function make(text) {
  const handle = {};
  registry.register(handle, 1, handle);
  if (text) return handle;
  return handle;
  JSON.parse(text);
}
""",
    ("throw-after-register", "passed to unknown code that may keep it"): """\
const registry = new FinalizationRegistry((fd) => {});
export function make(owner, text) {
  const handle = {};
  registry.register(handle, 1, handle);
  owner.adopt(handle);
  handle.size = BigInt(text);
  return handle;
}
""",
    ("throw-after-register", "the skipped unregistration is another rule's"): """\
const registry = new FinalizationRegistry((fd) => {});
export function make(text) {
  const handle = {};
  registry.register(handle, 1, handle);
  const data = JSON.parse(text);
  registry.unregister(handle);
  return data;
}
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
    ("throw-after-register", "mupdf: super in one of several cases"): """\
const registry = new FinalizationRegistry((pointer) => {});
function checkRect(rect) {
  if (!Array.isArray(rect)) throw new TypeError("expected rectangle");
}
class Userdata {
  constructor(pointer) {
    registry.register(this, pointer, this);
    this.pointer = pointer;
  }
}
class Pixmap extends Userdata {
  constructor(arg, bbox) {
    if (typeof arg === "number") {
      super(arg);
    }
    if (arg === null) {
      checkRect(bbox);
      super(0);
    }
  }
}
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
