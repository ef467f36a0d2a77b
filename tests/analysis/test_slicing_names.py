"""What slicing reads off the places of a name: what is changed there, which entries of a table can go, who is kept for whom."""

from __future__ import annotations

import pytest

from jsleak.analysis.languages import codes
from jsleak.analysis.languages.slicing.changes import is_collection, is_emptied, is_entered, is_lasting, is_set
from jsleak.analysis.languages.slicing.functions import Outline
from jsleak.analysis.languages.slicing.lexing import lexed
from jsleak.analysis.languages.slicing.tables import table_in
from support.slicing import FILLER, differences, is_sliced, large

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
    read = lexed(source.replace("^", ""))
    assert read is not None
    outline = Outline(read)
    found = {
        "set": is_set(outline, start, end),
        "entered": is_entered(outline, start, end),
        "collection": is_collection(outline, end),
        "emptied": is_emptied(outline, start, end),
        "lasting": is_lasting(outline, start, end),
    }
    assert {word for word, holds in found.items() if holds} == set(CHANGES[source].split())


def entries(text: str) -> list[tuple[str, str]]:
    read = lexed(text)
    assert read is not None
    table = table_in(Outline(read), 0, len(text))
    return [] if table is None else [(entry.key, entry.name) for entry in table.entries]


ROWS = ",\n".join(f"function_number_{number}: _function_{number}" for number in range(60))


def test_entries_of_a_table() -> None:
    assert entries(f"table = {{ {ROWS} }};")[0] == ("function_number_40", "_function_40")
    assert len(entries(f"table = {{ {ROWS} }};")) == 20
    assert entries(f"table = {{ {ROWS}, call: f(), 'quoted one': g, [computed]: h, method() {{}} }};")[20:] == [("quoted one", "g")]


def test_an_entry_with_a_comment_that_suppresses_stays() -> None:
    rows = ROWS.replace("function_number_50", "// jsleak-ignore\nfunction_number_50")
    assert "function_number_49" not in dict(entries(f"table = {{ {rows} }};"))
    assert "function_number_51" in dict(entries(f"table = {{ {rows} }};"))


def test_what_is_no_table() -> None:
    assert not entries("table = { one: first, two: second };")
    assert not entries(f"table = make({{ {ROWS} }});")
    assert not entries(f"table = {{ {ROWS} }}.one;")
    assert not entries(f"if (x) {{ {ROWS} }}")


FUNCTIONS = "\n".join(
    f"function _function_{number}(first, second) {{ return [first, second, {number}]; }}" for number in range(300)
)
TABLE = ",\n".join(f"function_number_{number}: _function_{number}" for number in range(300))
WRAPPED = f"""
var exported = (() => {{
  const registry = new FinalizationRegistry((held) => held());
  {FUNCTIONS}
  var imports = {{ {TABLE}, named: _function_299 }};
  function open(fd) {{
    const file = {{ fd }};
    registry.register(file, imports.function_number_200);
    _function_250(file);
    return file;
  }}
  return {{ open, call: (name) => imports[name]() }};
}})();
"""


def test_a_table_stays_for_what_is_kept_anyway() -> None:
    text = large(WRAPPED)
    code = codes(text, filename="a.js")[0].text
    assert "function_number_39:" in code
    assert "function_number_100:" not in code
    assert "function _function_100(" not in code
    assert "function_number_200: _function_200" in code, "its key is read"
    assert "function_number_250: _function_250" in code, "what it names is called"
    assert not differences(text)


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


MEMBERS = {
    "only asks native code": (False, "area() { const size = native.size_of(this.id); return size * size; }", ""),
    "gives out a field": (True, "number() { return this.id; }", ""),
    "gives out its object": (True, "itself() { return native.first(this); }", ""),
    "has a function in it": (True, "later() { return () => native.size_of(this.id); }", ""),
    "changes a field": (True, "grow() { this.id += native.size_of(this.id); }", ""),
    "fills a variable": (True, "list() { names.push(native.size_of(1)); }", "const names = [];"),
    "hands a field to a function of the text": (
        True,
        "keep() { remember(1, this.id); }",
        "const names = []; function remember(at, id) { names[at] = id; }",
    ),
    "makes another object": (True, "copy() { return new Texture(native.copy_of(this.id)); }", ""),
    "releases": (True, "close() { native.destroy_it(this.id); }", ""),
    "belongs to a release": (True, "undo() { native.destroy_it(this.id); }", ""),
}
TEXTURE = """
const registry = new FinalizationRegistry((id) => native.destroy_it(id));
class Texture {{
  constructor(id) {{ this.id = id; registry.register(this, id, this); }}
  dispose() {{ this.undo?.(); }}
  {member}
}}
{rest}
"""


@pytest.mark.parametrize("name", MEMBERS)
def test_which_members_are_kept(name: str) -> None:
    """Of a class that registers its objects."""
    stays, member, rest = MEMBERS[name]
    text = large(TEXTURE.format(member=member, rest=rest))
    assert (member in codes(text, filename="a.js")[0].text) is stays
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
