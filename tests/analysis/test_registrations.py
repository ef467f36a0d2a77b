"""Which registrations are seen, by whatever name and through whatever wrapper, and across modules."""

from __future__ import annotations

import pytest

from jsleak.analysis.module import Module
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module
from jsleak.analysis.syntax.nodes import walk

#: Programs with the registrations that are seen in them: what may be the target, and how many calls lead to `register`.
REGISTRATIONS = {
    "constant": ("const r = new FinalizationRegistry(f); r.register(t = {}, 1);", ["object 0"]),
    "alias and destructured": (
        "const { FinalizationRegistry: R } = globalThis; const S = R; new S(f).register({}, 1);"
        " new globalThis.FinalizationRegistry(f);",
        ["object 0"],
    ),
    "window, self, global": (
        "new window.FinalizationRegistry(f).register([], 1); new self.FinalizationRegistry(f).register({});",
        2,
    ),
    "polyfilled": (
        "const r = typeof FinalizationRegistry === 'undefined' ? { register() {}, unregister() {} } : new FinalizationRegistry(f);"
        "r.register({}, 1);",
        ["object 0"],
    ),
    "polyfilled by &&, ?? and optional calls": (
        "const r = globalThis.FinalizationRegistry && new FinalizationRegistry(f); r?.register({}, 1);"
        " (r ?? null)?.register?.([], 1);",
        2,
    ),
    "fields": (
        "class C { #r = new FinalizationRegistry(f); static s = new FinalizationRegistry(f); r;"
        " constructor() { this.r = new FinalizationRegistry(f); }"
        " m(o) { this.#r.register(o); C.s.register(o); this.r.register(o); } }",
        ["param 0", "param 0", "param 0"],
    ),
    "subclass": (
        "class R extends FinalizationRegistry { constructor() { super(f); } register(o, h) { super.register(o, h, o); } }"
        "const r = new R(); r.register({}, 1);",
        ["object 1", "param 0"],
    ),
    "applied": ("const r = new FinalizationRegistry(f); Reflect.apply(r.register, r, [{}, 1]); r.register.apply(r, [[], 1]);", 1),
    "taken off": ("const r = new FinalizationRegistry(f); const { register } = r; register.call(r, {}, 1);", ["object 0"]),
    "bound": ("const r = new FinalizationRegistry(f); const g = r.register.bind(r); g([], 1);", ["array 0"]),
    "from the prototype": (
        "const r = new FinalizationRegistry(f); FinalizationRegistry.prototype.register.call(r, {}, 1);",
        1,
    ),
    "wrapped": (
        "const r = new FinalizationRegistry(f); const track = (o, h) => r.register(o, h); track({}, 1); track([], 2);",
        ["array 1", "object 1", "param 0"],
    ),
    "wrapped twice": (
        "const r = new FinalizationRegistry(f); const a = (o) => r.register(o, 1); const b = (o) => a(o); b({});",
        ["object 2", "param 0", "param 1"],
    ),
    "passed as an argument": (
        "const r = new FinalizationRegistry(f); function track(registry, o) { registry.register(o, 1); } track(r, {});",
        ["object 1"],
    ),
    "lazily made": (
        "let r; function get() { return (r ??= new FinalizationRegistry(f)); } function track(o) { get().register(o, 1); }",
        ["param 0"],
    ),
    "in a factory": (
        "function make() { const r = new FinalizationRegistry(f); return { track(o) { r.register(o, 1); } }; } make().track({});",
        ["object 1", "param 0", "param 1"],
    ),
    "something else of that name": (
        "class FinalizationRegistry { register() {} } new FinalizationRegistry(f).register({}, 1);"
        " new Map().register({}); a.register({});",
        [],
    ),
    "unknown receivers": ("export function f(r) { r.register({}, 1); customElements.register({}); }", []),
}


def registrations(module: Module) -> list[str]:
    """What the target may be and how many calls lead to `register`, for each registration that the module itself makes."""
    own = set(walk(module.scopes.program.node))
    found = [registration for registration in module.registrations if registration.place in own and registration.target is not None]
    return sorted(f"{' '.join(sorted({obj.kind for obj in call.target.objects}))} {len(call.via)}" for call in found if call.target)


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*case, id=name) for name, case in REGISTRATIONS.items()])
def test_registrations_are_seen(program: str, expected: list[str] | int) -> None:
    found = registrations(build_module(program, "example.js", None, RuleSettings(), None))
    assert (found if isinstance(expected, list) else len(found)) == expected, found


MODULES = {
    "./registry.js": "export const registry = new FinalizationRegistry(() => {});"
    " export default (o, h) => registry.register(o, h);",
    "./common.cjs": "const r = new FinalizationRegistry(() => {}); exports.keep = (x) => (r.register(x, 1), { x });",
}
JOINED = {
    "a registry": ("import { registry as r } from './registry.js'; r.register({}, 1);", ["object 0"]),
    "a wrapper": ("import track from './registry.js'; track([], 1);", ["array 1"]),
    "a namespace": (
        "import * as all from './registry.js'; all.registry.register({}, 1); all.default([], 1);",
        ["array 1", "object 0"],
    ),
    "CommonJS": ("import c from './common.cjs'; c.keep({}); const { keep } = require('./common.cjs'); keep([]);", 2),
    "a module that is not known": ("import { registry } from './nowhere.js'; registry.register({}, 1);", []),
}


def load(importer: str, specifier: str) -> tuple[str, str] | None:
    text = MODULES.get(specifier)
    return (specifier, text) if text is not None else None


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*case, id=name) for name, case in JOINED.items()])
def test_modules_are_joined(program: str, expected: list[str] | int) -> None:
    found = registrations(build_module(program, "example.js", None, RuleSettings(), load))
    assert (found if isinstance(expected, list) else len(found)) == expected, found
