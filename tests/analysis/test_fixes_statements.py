"""What fixes type that put statements in, wrap them or take them out; and where they don't."""

from __future__ import annotations

import pytest

from support.fixes import NotFixed, Programs, check_fixed, check_not_fixed, fixed_cases, not_fixed_cases

FIXED: Programs = {
    ("missing-unregister-token", "no semicolons, comments, optional registry"): (
        """\
let registry
if (typeof FinalizationRegistry !== 'undefined') registry = new FinalizationRegistry((fd) => closeSync(fd))
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd
    if (registry) registry.register(this /* me */, (fd) /* its fd */)
  }
  close() { // let go
    // the descriptor
    closeSync(this.fd)
  }
}
new File(3).close()
""",
        """\
let registry
if (typeof FinalizationRegistry !== 'undefined') registry = new FinalizationRegistry((fd) => closeSync(fd))
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd
    if (registry) registry.register(this /* me */, (fd), this /* its fd */)
  }
  close() { // let go
    registry?.unregister(this)
    // the descriptor
    closeSync(this.fd)
  }
}
new File(3).close()
""",
    ),
    ("missing-unregister-token", "trailing comma, one line"): (
        """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(
      this,
      fd,
    );
  }
  close() { closeSync(this.fd); }
}
new File(3).close();
""",
        """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) {
    this.fd = fd;
    registry.register(
      this,
      fd,
      this,
    );
  }
  close() { registry.unregister(this); closeSync(this.fd); }
}
new File(3).close();
""",
    ),
    ("missing-unregister-token", "one line"): (
        """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) { this.fd = fd; registry?.register(this, fd); }
  close = () => closeSync(this.fd);
}
new File(3).close();
""",
        """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) { this.fd = fd; registry?.register(this, fd, this); }
  close = () => { registry?.unregister(this); return closeSync(this.fd); };
}
new File(3).close();
""",
    ),
    ("missing-unregister-token", "two sites"): (
        """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  static open(fd) { const file = new File(); file.fd = fd; registry.register(file, fd); return file; }
  static std() { const out = new File(); out.fd = 1; registry.register(out, 1); return out; }
  close() { "use strict"; closeSync(this.fd); }
}
File.open(3).close(); File.std();
""",
        """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  static open(fd) { const file = new File(); file.fd = fd; registry.register(file, fd, file); return file; }
  static std() { const out = new File(); out.fd = 1; registry.register(out, 1, out); return out; }
  close() { "use strict"; registry.unregister(this); closeSync(this.fd); }
}
File.open(3).close(); File.std();
""",
    ),
    ("unregister-not-in-finally", "templates and comments, trailing comment"): (
        """\
const registry = new FinalizationRegistry((fd) => {});
async function read(text) {
\tconst handle = {}, token = {};
\tregistry.register(handle, 3, token); // on

\t// the text
\tlog(`a
  b ${await text}
c`);
\t/* done
\t   with it */
\tregistry.unregister(token); // off
\treturn 1;
}
function log() {}
read("1");
""",
        """\
const registry = new FinalizationRegistry((fd) => {});
async function read(text) {
\tconst handle = {}, token = {};
\tregistry.register(handle, 3, token); // on

\t// the text
\ttry {
\t\tlog(`a
  b ${await text}
c`);
\t} finally {
\t\t/* done
\t\t   with it */
\t\tregistry.unregister(token); // off
\t}
\treturn 1;
}
function log() {}
read("1");
""",
    ),
    ("throw-after-register", "token in a field, names used after"): (
        """\
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {}
function open(fd, text) {
  const handle = { fd, token: {} };
  registry.register(handle, fd, handle.token);
  const settings = JSON.parse(text);
  handle.settings = settings;
  return handle;
}
try { open(3, "{"); } catch {}
""",
        """\
const registry = new FinalizationRegistry((fd) => release(fd));
function release(fd) {}
function open(fd, text) {
  const handle = { fd, token: {} };
  registry.register(handle, fd, handle.token);
  try {
    const settings = JSON.parse(text);
    handle.settings = settings;
  } catch (error) {
    registry.unregister(handle.token);
    throw error;
  }
  return handle;
}
try { open(3, "{"); } catch {}
""",
    ),
    ("async-cleanup", "shared function, then"): (
        """\
const registry = new FinalizationRegistry(closeLater);
async function closeLater(file) { await file.close(); }
export { closeLater };
const other = new FinalizationRegistry(file => {
  file?.a().then((x) => x);
  void fetch(file).finally(() => {});
});
""",
        """\
const registry = new FinalizationRegistry((held) => closeLater(held).catch((error) => console.error(error)));
async function closeLater(file) { await file.close(); }
export { closeLater };
const other = new FinalizationRegistry(file => {
  file?.a().then((x) => x);
  void fetch(file).finally(() => {});
});
""",
    ),
    ("throwing-cleanup", "one line block, template"): (
        """\
const registry = new FinalizationRegistry((text) => { JSON.parse(text) });
const other = new FinalizationRegistry(function (text) {
  // c
  JSON.parse(`
${text}`); // d
});
""",
        """\
const registry = new FinalizationRegistry((text) => { try { JSON.parse(text) } catch (error) { console.error(error); } });
const other = new FinalizationRegistry(function (text) {
  // c
  JSON.parse(`
${text}`); // d
});
""",
    ),
    ("deref-across-await", "returns a value"): (
        """\
class S {
  constructor(s) { this.s = new WeakRef(s); }
  async send(text) {
    if (!this.s.deref()) return false;
    await text;
    this.s.deref().write(text);
    return true;
  }
}
new S({}).send("a");
""",
        """\
class S {
  constructor(s) { this.s = new WeakRef(s); }
  async send(text) {
    if (!this.s.deref()) return false;
    await text;
    this.s.deref()?.write(text);
    return true;
  }
}
new S({}).send("a");
""",
    ),
    ("throw-after-register", "a registry in a field"): (
        """\
class Pool {
  #registry = new FinalizationRegistry((fd) => {});
  open(fd, text) {
    const handle = { fd };
    this.#registry.register(handle, fd);
    handle.settings = JSON.parse(text);
    return handle;
  }
}
const pool = new Pool();
try { pool.open(3, "{"); } catch {}
""",
        """\
class Pool {
  #registry = new FinalizationRegistry((fd) => {});
  open(fd, text) {
    const handle = { fd };
    this.#registry.register(handle, fd, handle);
    try {
      handle.settings = JSON.parse(text);
    } catch (error) {
      this.#registry.unregister(handle);
      throw error;
    }
    return handle;
  }
}
const pool = new Pool();
try { pool.open(3, "{"); } catch {}
""",
    ),
    ("throw-after-register", "owned by then"): (
        """\
const all = [];
const registry = new FinalizationRegistry((fd) => {});
function open(fd, text) {
  const handle = { fd };
  registry.register(handle, fd);
  handle.settings = JSON.parse(text);
  all.push(handle);
  handle.more = JSON.parse(text);
  return handle;
}
try { open(3, "{"); } catch {}
""",
        """\
const all = [];
const registry = new FinalizationRegistry((fd) => {});
function open(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  try {
    handle.settings = JSON.parse(text);
  } catch (error) {
    registry.unregister(handle);
    throw error;
  }
  all.push(handle);
  handle.more = JSON.parse(text);
  return handle;
}
try { open(3, "{"); } catch {}
""",
    ),
    ("shared-unregister-token", "the name is taken"): (
        """\
const token = 1;
const registry = new FinalizationRegistry((stop) => stop());
export function watch(signal) {
  let count = token;
  registry.register(signal, () => count++, signal);
  return () => { registry.unregister(signal); };
}
""",
        """\
const token = 1;
const registry = new FinalizationRegistry((stop) => stop());
export function watch(signal) {
  let count = token;
  const token2 = {};
  registry.register(signal, () => count++, token2);
  return () => { registry.unregister(token2); };
}
""",
    ),
}

NOT_FIXED: NotFixed = {
    ("missing-unregister-token", "private of another class, shadowed"): """\
class Pool {
  static #registry = new FinalizationRegistry((fd) => closeSync(fd));
  static track(file, fd) { Pool.#registry.register(file, fd); return file; }
  static open(fd) { const file = new File(fd); Pool.#registry.register(file, fd); return file; }
}
function closeSync(fd) {}
class File {
  constructor(fd) { this.fd = fd; }
  close() { closeSync(this.fd); }
}
Pool.open(3).close();
""",
    ("missing-unregister-token", "the registry's name is shadowed"): """\
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) { this.fd = fd; registry.register(this, fd); }
  close(registry) { closeSync(this.fd); }
}
new File(3).close();
""",
    ("missing-unregister-token", "polyfill without unregister"): """\
const registry = typeof FinalizationRegistry === "undefined" ? { register() {} } : new FinalizationRegistry((fd) => closeSync(fd));
function closeSync(fd) {}
class File {
  constructor(fd) { this.fd = fd; registry.register(this, fd); }
  close() { closeSync(this.fd); }
}
new File(3).close();
""",
    ("unregister-not-in-finally", "name needed behind"): """\
const registry = new FinalizationRegistry((fd) => {});
function read(text) {
  const handle = {}, token = {};
  registry.register(handle, 3, token);
  const data = JSON.parse(text);
  registry.unregister(token);
  use(data);
  return data;
}
function use(data) {}
read("1");
""",
    ("unregister-not-in-finally", "one line"): """\
const registry = new FinalizationRegistry((fd) => {});
async function read(text) {
  const token = {}; registry.register(text, 3, token); await text; registry.unregister(token);
}
read({});
""",
    ("duplicate-registration", "else"): """\
const registry = new FinalizationRegistry((fd) => {});
function open(fd) {
  const handle = { fd };
  registry.register(handle, fd);
  if (fd) registry.register(handle, fd);
  return handle;
}
open(3);
""",
    ("duplicate-registration", "the second brings a token"): """\
const registry = new FinalizationRegistry((fd) => {});
function open(fd) {
  const handle = { fd };
  registry.register(handle, fd);
  registry.register(handle, fd, handle);
  return handle;
}
open(3);
""",
}


@pytest.mark.parametrize(("rule", "before", "after"), fixed_cases(FIXED))
def test_fixed(rule: str, before: str, after: str) -> None:
    check_fixed(rule, before, after)


@pytest.mark.parametrize(("rule", "program"), not_fixed_cases(NOT_FIXED))
def test_not_fixed(rule: str, program: str) -> None:
    check_not_fixed(rule, program)
