"""What slicing reads off the places of a name: what is changed there, who is kept for whom."""

from __future__ import annotations

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.languages import codes
from jsleak.analysis.languages.slicing.changes import is_collection, is_emptied, is_entered, is_lasting, is_set
from support.slicing import FILLER, differences, is_sliced, large, outlined

CHANGES = {
    "o.^count^ = 1;": "set",
    "o.^count^ += 1;": "set",
    "o.^count^ ??= 1;": "set",
    "o.^count^ >>>= 1;": "set",
    "o.^count^++;": "set",
    "++o.^count^;": "set",
    "--^count^;": "set",
    "delete o.^count^;": "set emptied",
    "delete  a[b].^count^;": "set emptied",
    "o.^count^ = [];": "set collection emptied",
    "o.^count^ ||= new Map();": "set collection emptied lasting",
    "o = { ^count^: new Set };": "collection lasting",
    "o.^count^ = new WeakRef(o);": "set collection emptied lasting",
    "o.^count^ == 1;": "",
    "o.^count^ => 1;": "",
    "o.^count^ <= 1;": "",
    "o.^count^ = new Counter();": "set emptied",
    "undelete(o.^count^);": "",
    "o.^count^.set(k, v);": "entered lasting",
    "o.^count^?.delete(k);": "entered",
    "o.^count^.push.apply(o, a);": "entered",
    "o.^count^.length = 0;": "entered",
    "o.^count^.length === 0;": "",
    "o.^count^.get(k);": "",
    "o.^count^.set;": "",
    "o.^count^[k] = v;": "entered",
    "o.^count^[k][j] = v;": "entered",
    "delete o.^count^[k];": "set entered emptied",
    "f(o.^count^[k]);": "",
    "o.^count^[k] === v;": "",
    "return o.^count^;": "",
    "o.^count^ = null;": "set emptied",
    "o.^count^ = (void 0);": "set emptied",
    "o.^count^ ??= {};": "set collection emptied",
    "o.^count^ = other;": "set",
    "o.^count^ = nullable;": "set",
    "o.^count^ = newer(o);": "set",
    "class C { static ^count^ = []; }": "set collection emptied lasting",
}


@pytest.mark.parametrize("source", CHANGES)
def test_changes(source: str) -> None:
    start = source.index("^")
    end = source.index("^", start + 1) - 1
    outline = outlined(source.replace("^", ""))
    found = {
        "set": is_set(outline, start, end),
        "entered": is_entered(outline, start, end),
        "collection": is_collection(outline, end),
        "emptied": is_emptied(outline, start, end),
        "lasting": is_lasting(outline, start, end),
    }
    assert {word for word, holds in found.items() if holds} == set(CHANGES[source].split())


KEPT_FOR = {
    "who empties a cache of another object": (
        "others.delete(key)",
        True,
        """
class Cache { constructor() { this.cached = new Map(); } put(key, value) { this.cached.set(key, new WeakRef(value)); } }
export function forgetAboutOne(cache, key) { const others = cache.cached; others.delete(key); return others.size; }
""",
    ),
    "who sets a field that a cleanup reads": (
        "file.fd = fd",
        True,
        """
const registry = new FinalizationRegistry((held) => held());
class File { constructor(fd) { this.fd = fd; registry.register(this, () => closeSync(this.fd)); } }
export function reopenTheFileAgain(file, fd) { file.fd = fd; return file; }
""",
    ),
    "a class that is renamed before it is used": (
        "closeSync(this.fd)",
        True,
        """
const Registry = globalThis.FinalizationRegistry;
const registry = new Registry((held) => held());
class File { constructor(fd) { this.fd = fd; registry["register"](this, () => this.close()); } close() { closeSync(this.fd); } }
""",
    ),
    "who sets a field that a function in a cleanup reads": (
        "file.fd = fd",
        True,
        """
const registry = new FinalizationRegistry((held) => held());
class File {
  constructor(fd) {
    const file = this;
    file.fd = fd;
    registry.register(file, () => later(function () { closeSync(file.fd); }));
  }
}
export function reopenTheFileAgain(file, fd) { file.fd = fd; return file; }
""",
    ),
    "who sets a field that no cleanup reads": (
        "file.fd = fd",
        False,
        """
const registry = new FinalizationRegistry((fd) => closeSync(fd));
class File { constructor(fd) { this.fd = fd; registry.register(this, fd); } }
export function reopenTheFileAgain(file, fd) { file.fd = fd; return file; }
""",
    ),
    "who lets go of what a field holds": (
        "owner.last = null",
        True,
        """
class Owner { remember(file) { this.last = file; registry.register(file, 1); } }
const registry = new FinalizationRegistry((fd) => closeSync(fd));
export function forgetWhatWasLast(owner) { owner.last = null; return owner; }
""",
    ),
    "who lends out a cache that is made elsewhere": (
        "return owner.cached",
        True,
        """
class Owner { constructor() { this.cached = makeCache(); } put(key, value) { this.cached.set(key, new WeakRef(value)); } }
function makeCache() { return new Map(); }
export function lendTheCache(owner) { return owner.cached; }
""",
    ),
    "who calls what calls a function that registers": (
        "outer({})",
        False,
        """
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function track(file, fd) { registry.register(file, fd); return file; }
function outer(file) { return track(file, file); }
export function outermost() { return outer({}); }
""",
    ),
    "a private field of the same name as a public one": (
        "other.fd = 3",
        False,
        """
class File { #fd; constructor(fd) { this.#fd = fd; registry.register(this, () => closeSync(this.#fd)); } }
const registry = new FinalizationRegistry((held) => held());
export function somethingElseAltogether(other) { other.fd = 3; return other; }
""",
    ),
}


@pytest.mark.parametrize(("fragment", "stays", "program"), KEPT_FOR.values(), ids=KEPT_FOR)
def test_who_is_kept_for_a_name(fragment: str, stays: bool, program: str) -> None:
    text = large(program)
    assert (fragment in codes(text, filename="a.js")[0].text) is stays
    assert not differences(text)


MERE_CALLS = {
    "^start();": True,
    "^start(), ": True,
    "other(); ^start()": True,
    "^start(1);": False,
    "x = ^start();": False,
    "return ^start();": False,
    "return x, ^start();": False,
    "f(x, ^start(), 1);": False,
    "x.^start();": False,
}


@pytest.mark.parametrize("statement", MERE_CALLS)
def test_calls_with_nothing_for_nothing(statement: str) -> None:
    text = f"function one() {{ {statement} }}"
    outline = outlined(text.replace("^", "").replace("(), }", "(), f() }"))
    assert outline.is_mere_call("start", text.index("^")) is MERE_CALLS[statement]


SEEDS = {
    "new ^FinalizationRegistry(f)": "seed",
    "typeof ^WeakRef": "seed",
    "registry.^register(a, b)": "seed",
    "registry?.^unregister(a)": "seed",
    "uncurry(R.prototype.^register)": "seed",
    "this.#refs.get(1).^deref()": "seed",
    "^register(a)": "",
    "extension.^register()": "",
    "({ ^register: a })": "",
    "^unregisterAll(a)": "unregisters",
    "types.^unregisterType?.(a)": "unregisters",
    "^unregisteredTypes.push(a)": "",
    "a.on('end', this.^unregisterType)": "",
}


@pytest.mark.parametrize("source", SEEDS)
def test_what_makes_a_function_matter(source: str) -> None:
    outline = outlined(source.replace("^", "") + ";")
    at = [source.index("^")]
    assert (outline.seeds == at, outline.unregistering == at) == (SEEDS[source] == "seed", SEEDS[source] == "unregisters")


def test_statements_near_a_registration_stay() -> None:
    """And where something unregisters, all from the first registration on."""
    between = "".join(f"calls.add({number});\n" for number in range(300))
    begin = "const registry = new FinalizationRegistry((id) => close(id));\nconst file = {};\nregistry.register(file, 1, file);\n"
    for end, stays in ("registry.register({}, 2);\n", False), ("registry.unregister(file);\n", True):
        text = large(begin + between + end)
        left = codes(text, filename="a.js")[0].text
        assert all(f"calls.add({number});" in left for number in (0, 299))
        assert ("calls.add(150);" in left) is stays
        assert not differences(text)


def test_a_variable_with_more_entries_than_can_be_kept_is_lost() -> None:
    entries = "".join(f"imports['name{number}'] = {number};\n" for number in range(300))
    text = large(f"const imports = {{}};\n{entries}\nnew FinalizationRegistry(imports.close).register(imports.start(), {{}});")
    code = codes(text, filename="a.js")[0]
    assert "imports['name150']" not in code.text
    assert code.absent is not None
    assert "imports" in code.absent.lost
    assert not differences(text)


IN_A_WRAPPER = {
    "the class around a static field": """
const native = { destroy(id) {} };
class Resource {
  static registry = new FinalizationRegistry((id) => native.destroy(id));
  constructor(id) { this.id = id; this.token = Symbol(); }
  dispose() { native.destroy(this.id); }
}
class Texture extends Resource { constructor(id) { super(id); Resource.registry.register(this, id, this.token); } }
new Texture(1).dispose();
""",
    "a call of what calls a function that registers": """
const registry = new FinalizationRegistry((fd) => closeSync(fd));
function track(file, fd) { registry.register(file, fd); return file; }
function outer(file, fd) { return track(file, fd); }
outer({}, {});
""",
    "its own registrations": """
const registry = new FinalizationRegistry((fd) => closeSync(fd));
const file = open(1), other = open(2);
registry.register(file, 1, file);
if (!other) throw new Error("there is no other file");
registry.unregister(file);
registry.register({}, other);
""",
    "what a function is handed to": """
function throws(run) { try { run(); } catch { return true; } }
const registry = new FinalizationRegistry((held) => held);
throws(() => registry.register(1, 2));
""",
}


@pytest.mark.parametrize("name", IN_A_WRAPPER)
def test_what_a_wrapper_s_own_code_leads_to(name: str) -> None:
    text = f"(function () {{{FILLER}\n{{{IN_A_WRAPPER[name]}}}\n}})();"
    assert is_sliced(text)
    assert not differences(text)


REGISTRY = "const registry = new FinalizationRegistry((held) => held.close());\n"
QUOTED = {
    "who asks": (
        ["unchecked-deref"],
        "const refs = {}; function add(x) { refs['one'] = new WeakRef(x); }\nfunction all() { refs.one.deref().close(); }",
    ),
    "who registers": (
        ["anonymous-target", "object-held-value"],
        "const own = {}; own['of'] = new FinalizationRegistry((h) => h());\nfunction f(fd) { own.of.register({}, {}); }",
    ),
    "who empties": (
        [],
        """
class C { constructor() { this["cached"] = new Map(); } put(key, value) { this["cached"].set(key, new WeakRef(value)); } }
function forget(c, k) { c["cached"]["delete"](k); }
""",
    ),
    "an accessor": (
        ["held-value-retains-target", "object-held-value"],
        "class Shape { get inner() { return { owner: this }; } }\n"
        f"{REGISTRY}(function () {{ const shape = new Shape(); registry.register(shape, shape['inner']); shape.used(); }})();",
    ),
    "a member": (
        ["object-held-value"],
        "class Other { constructor(fd) { this.fd = fd; } dumpEverything(to) { for (const line of this.lines) to.write(line); } }\n"
        f"{REGISTRY}const file = {{}}, other = new Other(1);\nregistry.register(file, other['dumpEverything']);",
    ),
    "what ends a life": (
        ["missing-unregister-token"],
        "function Shape() {} Shape['prototype']['dispose'] = function () { native.destroy_it(this.id); };\n"
        "const registry = new FinalizationRegistry((id) => native.destroy_it(id));\n"
        "(function () { const shape = new Shape(); registry.register(shape, 1); shape.used(); })();",
    ),
    "a function": (
        ["invalid-registration", "object-held-value"],
        f"{REGISTRY}const lib = {{}}; lib['open'] = function (fd) {{ const o = {{ fd }}; registry.register(o, o); return o; }};\n"
        "function f() { return lib.open(1); }",
    ),
}


@pytest.mark.parametrize("name", QUOTED)
def test_properties_that_strings_name(name: str) -> None:
    """As compilers write those that must keep their names."""
    rules, program = QUOTED[name]
    text = large(program)
    assert is_sliced(text)
    assert [finding.rule for finding in analyze(text, filename="a.js").findings] == rules
    assert not differences(text)


MINIFIED = "class i{constructor(i){this.r=new FinalizationRegistry(i=>t(i)),this.r.register(this,i)}}function t(i){}new i(3);"


@pytest.mark.parametrize("others", ["", "(function (i) {" + "i(); " * 50 + "})(f);"], ids=["few", "many"])
def test_names_of_one_character(others: str) -> None:
    """Which have too many meanings where they are many, but for the wrapper's own."""
    text = large(f"{MINIFIED}\n{others}")
    assert is_sliced(text)
    assert "new i(3)" in codes(text, filename="a.js")[0].text
    assert [finding.rule for finding in analyze(text, filename="a.js").findings] == ["registry-owned-by-target"]
    assert not differences(text)
