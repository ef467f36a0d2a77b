"""More shapes of what `throw-after-register` flags, and of what it leaves alone."""

from __future__ import annotations

import pytest

from support import variants

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


def test_tables_are_sound() -> None:
    variants.check_tables(BAD, GOOD)


@pytest.mark.parametrize(("rule", "program"), variants.cases(BAD, GOOD))
def test_flagged_where_marked(rule: str, program: str) -> None:
    variants.check(rule, program)
