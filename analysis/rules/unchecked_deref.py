"""## What it does

Flags `ref.deref().x`, `ref.deref()()` and `const o = ref.deref(); o.x` where nothing checks the result before.

## Why it matters

`deref()` gives undefined once the target has been collected, and a property of undefined throws a TypeError. When that is
depends on the collector: it never happens while you try it out, and then it happens in production, where memory is short.

## How to fix it

Keep the result in a variable and test it (`const o = ref.deref(); if (o === undefined) return;`), or use `?.` where doing
nothing is right: the fix (unsafe) does. If the target must be there, hold it strongly.

## When to ignore it

When something else certainly keeps the target alive for as long as this code runs, such as a parent that owns both objects. A
check that another function makes first is not always seen.

## Sources

- [ECMA-262, WeakRef.prototype.deref](https://tc39.es/ecma262/#sec-weak-ref.prototype.deref)
- [MDN, WeakRef: notes on WeakRefs](https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef#notes_on_weakrefs)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Fix, Severity
from ..module import Module
from ..protocol.derefs import optional_edits, unchecked_uses, used_as
from ..rule import Experiment, Rule

rule = Rule(
    name="unchecked-deref",
    severity=Severity.WARNING,
    summary="the result of deref() is used without a check",
    sources=(
        "https://tc39.es/ecma262/#sec-weak-ref.prototype.deref",
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/WeakRef",
    ),
    experiment=Experiment(observe="deref-of-undefined", counterfactual="target-kept-until-use"),
    evidence="functions",
)


def check(module: Module) -> Iterator[Finding]:
    for found in unchecked_uses(module):
        if found.wait is not None:
            continue
        reference = module.text(found.dereference.node.callee.object, 40)
        failure = used_as(module, found.uses[0])
        value = f"`{found.name}`" if found.name else f"`{module.text(found.dereference.node, 40)}`"
        edits = optional_edits(module, found)
        yield module.finding(
            rule,
            found.dereference.node,
            f"{value} is undefined once the target of `{reference}` is collected; {failure} then throws, and nothing checks.",
            help="Test the result first, or write `?.` where doing nothing is right.",
            retention=[module.hop(f"{failure}, unchecked", found.uses[0])] if found.name else (),
            fixes=[Fix("Use `?.`", safe=False, edits=edits)] if edits else (),
        )


BAD = {
    "property of the result": """\
class Child {
  constructor(parent) {
    this.parent = new WeakRef(parent);
  }
  title() {
    return this.parent.deref().title + " / child";
//         ^^^^^^^^^^^^^^^^^^^
  }
}
new Child({ title: "parent" }).title();
""",
    "through a variable": """\
const refs = new Map();
function remember(key, value) {
  refs.set(key, new WeakRef(value));
}
function size(key) {
  const ref = refs.get(key);
  if (!ref) return 0;
  const value = ref.deref();
//              ^^^^^^^^^^^
  return value.size;
}
remember("a", { size: 3 });
size("a");
""",
    "method call through a private field": """\
class View {
  #model;
  constructor(model) {
    this.#model = new globalThis.WeakRef(model);
  }
  refresh = () => this.#model?.deref().load();
//                ^^^^^^^^^^^^^^^^^^^^
}
new View({ load() {} }).refresh();
""",
    "destructured": """\
class Entry {
  static refs = [];
  static first() {
    const { name } = Entry.refs[0].deref();
//                   ^^^^^^^^^^^^^^^^^^^^^
    return name;
  }
}
function add(name) {
  Entry.refs.push(new WeakRef({ name, entry: true }));
}
add("a");
Entry.first();
""",
}

GOOD = {
    "checked, or optional": """\
class Child {
  constructor(parent) {
    this.parent = new WeakRef(parent);
  }
  title() {
    return this.parent.deref()?.title ?? "orphan";
  }
  path() {
    const parent = this.parent.deref();
    if (parent === undefined) return "";
    return parent.title;
  }
}
const child = new Child({ title: "parent" });
child.title() + child.path();
""",
    "checked once, looked at twice in one job": """\
const refs = [];
const add = (value) => refs.push(new WeakRef(value));
const names = () => refs.filter((ref) => ref.deref()).map((ref) => ref.deref().name);
function first() {
  if (!refs[0].deref()) return "";
  return refs[0].deref().name + refs[0].deref().name;
}
add({ name: "a" });
first(), names();
""",
    "made in the same job": """\
function first() {
  const target = { title: "target" };
  const ref = new WeakRef(target);
  return ref.deref().title + target.title;
}
first();
""",
    "the module holds the target": """\
const settings = { theme: "dark" };
const ref = new WeakRef(settings);
function theme() {
  return ref.deref().theme;
}
theme() + settings.theme;
""",
    "a method of its own that is called deref": """\
class Box {
  constructor(value) {
    this.value = value;
  }
  deref() {
    return this.value;
  }
}
const show = (box) => box.deref().title;
show(new Box({ title: "box" }));
""",
}
