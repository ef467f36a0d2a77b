"""What fixes type that change targets, held values and registries; and where they don't."""

from __future__ import annotations

import pytest

from jsleak.analysis.edits import apply
from support.fixes import NotFixed, Programs, check_fixed, check_not_fixed, findings, fixed_cases, not_fixed_cases

FIXED: Programs = {
    ("anonymous-target", "exported, in a loop, name taken"): (
        """\
const target = 1;
const registry = new FinalizationRegistry(() => {});
for (const x of [1]) registry.register({}, x);
export const r = registry.register({ /* c */ }, target);
if (target) registry.register([], 1);
true && registry.register([], 2);
""",
        """\
const target = 1;
const registry = new FinalizationRegistry(() => {});
for (const x of [1]) registry.register({}, x);
const target3 = { /* c */ };
export const r = registry.register(target3, target);
if (target) registry.register([], 1);
true && registry.register([], 2);
""",
    ),
    ("object-held-value", "method of held, two fields"): (
        """\
const registry = new FinalizationRegistry((h) => free(h.id));
function free(id) {}
function open(id) { const x = { id }; registry.register(x, { id: id }); return x; }
open(1);
""",
        """\
const registry = new FinalizationRegistry((id) => free(id));
function free(id) {}
function open(id) { const x = { id }; registry.register(x, id); return x; }
open(1);
""",
    ),
    ("object-held-value", "id is another variable there"): (
        """\
const id = 7;
const registry = new FinalizationRegistry(function (h) { free(h.id + id); });
function free(n) {}
function open(fd) { const x = { fd }; registry.register(x, { id: fd }); return x; }
open(1);
""",
        """\
const id = 7;
const registry = new FinalizationRegistry(function (h) { free(h + id); });
function free(n) {}
function open(fd) { const x = { fd }; registry.register(x, fd); return x; }
open(1);
""",
    ),
    ("held-value-retains-target", "this, private, hoisted"): (
        """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  #fd;
  name = "a";
  constructor(fd) {
    this.#fd = fd + 1;
    registry.register(this, () => release(this.#fd, this.name));
  }
}
function release(fd) {}
new Handle(3);
""",
        """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  #fd;
  name = "a";
  constructor(fd) {
    this.#fd = fd + 1;
    const fd2 = this.#fd, name = this.name;
    registry.register(this, () => release(fd2, name));
  }
}
function release(fd) {}
new Handle(3);
""",
    ),
    ("registry-owned-by-target", "comments above, callback of many lines"): (
        """\
"use strict";

/** A handle. */
// it is one
export class Handle {
  constructor(fd) {
    this.registry = new FinalizationRegistry((fd) => {
      // let go
      release(fd);
    });
    this.registry.register(this, fd);
  }
}
function release(fd) {}
new Handle(3);
""",
        """\
"use strict";

const registry = new FinalizationRegistry((fd) => {
  // let go
  release(fd);
});
/** A handle. */
// it is one
export class Handle {
  constructor(fd) {
    this.registry = registry;
    this.registry.register(this, fd);
  }
}
function release(fd) {}
new Handle(3);
""",
    ),
    ("invalid-registration", "member"): (
        """\
const r = globalThis.FinalizationRegistry(() => {}), w = (WeakRef)(r);
""",
        """\
const r = new globalThis.FinalizationRegistry(() => {}), w = (WeakRef)(r);
""",
    ),
}

NOT_FIXED: NotFixed = {
    ("object-held-value", "h is asked for more"): """\
const registry = new FinalizationRegistry((h) => free(h.id, h));
function free(id) {}
function open(id) { const x = { id }; registry.register(x, { id: id }); return x; }
open(1);
""",
    ("object-held-value", "exported"): """\
export const registry = new FinalizationRegistry((h) => free(h.id));
function free(n) {}
function open(fd) { const x = { fd }; registry.register(x, { id: fd }); return x; }
open(1);
""",
    ("object-held-value", "variable changes"): """\
const registry = new FinalizationRegistry((f) => f());
function open(fd) { const x = { fd }; registry.register(x, () => free(fd)); fd++; return x; }
function free(n) {}
open(1);
""",
    ("held-value-retains-target", "the field changes"): """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => release(this.fd));
  }
  close() { this.fd = -1; }
}
function release(fd) {}
new Handle(3);
""",
    ("registry-owned-by-target", "captures a local"): """\
class Handle {
  constructor(fd, log) {
    this.registry = new FinalizationRegistry((fd) => log(fd));
    this.registry.register(this, fd);
  }
}
new Handle(3, () => {});
""",
    ("cleanup-retains-target", "a closure beside it captures the target"): """\
const registries = [];
function open(fd) {
  const handle = { fd };
  const registry = new FinalizationRegistry(() => release(handle.fd));
  handle.close = () => handle.fd;
  registries.push(registry);
  registry.register(handle, fd);
  return handle;
}
function release(fd) {}
open(3);
""",
}


@pytest.mark.parametrize(("rule", "before", "after"), fixed_cases(FIXED))
def test_fixed(rule: str, before: str, after: str) -> None:
    check_fixed(rule, before, after)


@pytest.mark.parametrize(("rule", "program"), not_fixed_cases(NOT_FIXED))
def test_not_fixed(rule: str, program: str) -> None:
    check_not_fixed(rule, program)


def test_two_fixes_of_one_file_take_two_names() -> None:
    text = "const r = new FinalizationRegistry(() => {});\nr.register({}, 1);\nr.register([], 2);\n"
    edits = [edit for finding in findings("anonymous-target", text) for fix in finding.fixes for edit in fix.edits]
    assert len(edits) == 4
    assert not findings("anonymous-target", apply(text, edits))
