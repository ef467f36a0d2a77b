"""What slicing keeps of classes, and of the objects that are made of them: members, heads, what ends an object's life."""

from __future__ import annotations

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.languages import codes
from support.slicing import differences, is_sliced, large

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


HEADS = {
    "^area() { return this.width * this.height; }": False,
    "get ^area() { return this.width * this.height; }": False,
    "static async *^walk(names) { yield* names; }": False,
    "#^area() { return this.width * this.height; }": False,
    "^used() { return this.width * this.height; }": True,
    "get ^used() { return this.width * this.height; }": True,
    "^unused() { return this.width * this.height; }": False,
    "^dispose() { native.destroy_it(this.width); }": True,
    "['^area']() { return this.width * this.height; }": True,
    "color = 'red'\n  ^area() { return this.width * this.height; }": True,
    "color = 'red';\n  ^area() { return this.width * this.height; }": False,
    "^area = () => this.width * this.height;": True,
}
"""Members of a class that is not looked into, and whether their heads stay."""
SHAPE = """
class Shape {{
  constructor(width, height) {{ this.width = width; this.height = height; this.drawn = []; this.count = 0; }}
  {member}
}}
function elsewhere(shape) {{ return shape.unused(); }}
const registry = new FinalizationRegistry((id) => native.destroy_it(id));
(function () {{ const shape = new Shape(1, 2); registry.register(shape, {{}}); shape.used(); }})();
"""


@pytest.mark.parametrize("member", HEADS)
def test_which_heads_stay(member: str) -> None:
    text = large(SHAPE.format(member=member.replace("^", "")))
    at = SHAPE.format(member=member).index("^")
    word = text[at:].split("(")[0].split()[0].rstrip("'] =")
    assert (codes(text, filename="a.js")[0].text[at:].startswith(word)) is HEADS[member]
    assert not differences(text)


_CLOSE = "native.destroy_it(this.id);"
TARGETS = {
    "of a class": (f"class Shape {{ dispose() {{ {_CLOSE} }} }}", "new Shape()"),
    "of a class that ends itself with a symbol": (f"class Shape {{ [Symbol.dispose]() {{ {_CLOSE} }} }}", "new Shape()"),
    "of a class that extends one": (
        f"class Base {{ close() {{ {_CLOSE} }} }} class Mid extends Base {{ }} class Shape extends Mid {{ }}",
        "new Shape()",
    ),
    "of a class with a field": (f"class Shape {{ close = () => {{ {_CLOSE} }} }}", "new Shape()"),
    "that a static method makes": (
        f"class Shape {{ static make() {{ return new Shape(); }} free() {{ {_CLOSE} }} }}",
        "Shape.make()",
    ),
    "that a function makes": (f"class Shape {{ free() {{ {_CLOSE} }} }} function make() {{ return new Shape(); }}", "make()"),
    "with a prototype": (f"function Shape() {{ }} Shape.prototype.dispose = function () {{ {_CLOSE} }};", "new Shape()"),
    "with another prototype": (f"function Shape() {{ }} Shape.prototype = {{ dispose() {{ {_CLOSE} }} }};", "new Shape()"),
    "with a prototype that is given more": (
        f"function Shape() {{ }} Object.assign(Shape.prototype, {{ dispose() {{ {_CLOSE} }} }});",
        "new Shape()",
    ),
    "with a prototype that is given a function": (
        f"function Shape() {{ }} function end() {{ {_CLOSE} }} Shape.prototype.dispose = end;",
        "new Shape()",
    ),
    "of a variable": (f"const current = {{ close() {{ {_CLOSE} }} }};", "current"),
    "of a variable that a class gives": (f"class Shape {{ close() {{ {_CLOSE} }} }} const current = new Shape();", "current"),
    "of an entry": (f"class Shape {{ close() {{ {_CLOSE} }} }} const shapes = {{ first: new Shape() }};", "shapes.first"),
}
"""Where the object comes from that a function elsewhere registers; all but the held value itself is found by its names."""


@pytest.mark.parametrize("target", TARGETS)
def test_what_ends_a_registered_object_is_kept(target: str) -> None:
    program, made = TARGETS[target]
    text = large(
        f"{program}\nconst registry = new FinalizationRegistry((id) => native.destroy_it(id));\n"
        f"(function () {{ const shape = {made}; registry.register(shape, 1); shape.used(); }})();"
    )
    told = analyze(text, filename="a.js")
    assert is_sliced(text)
    assert [finding.rule for finding in told.findings] == ["missing-unregister-token"]
    assert not differences(text)


def test_prototypes_that_lead_to_each_other() -> None:
    chain = "".join(
        f"function Shape{at}() {{ }} Shape{at}.prototype.dispose = new Shape{(at + 1) % 2000}().dispose;\n" for at in range(2000)
    )
    begin = "const registry = new FinalizationRegistry((id) => close(id));\nregistry.register(new Shape0(), 1);\n"
    assert "new Shape1999()" in codes(large(begin + chain), filename="a.js")[0].text


INNER = {
    "of a field": "class Shape { inner = { owner: this }; }",
    "of a getter": "class Shape { get inner() { return { owner: this }; } }",
}


@pytest.mark.parametrize("inner", INNER)
def test_what_a_registered_object_holds_is_kept(inner: str) -> None:
    text = large(
        f"{INNER[inner]}\nconst registry = new FinalizationRegistry((held) => held.close());\n"
        "(function () { const shape = new Shape(); registry.register(shape, shape.inner); shape.used(); })();"
    )
    assert is_sliced(text)
    assert "held-value-retains-target" in {finding.rule for finding in analyze(text, filename="a.js").findings}
    assert not differences(text)
