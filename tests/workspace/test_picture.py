"""Pictures of findings: which boxes and arrows, and that every drawing is sound whatever the labels are."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsleak.analysis.findings import Finding, Hop, Severity
from jsleak.analysis.rule import load_rules
from jsleak.analysis.text import Position, Range, SourceText
from jsleak.workspace.picture import Picture, Role, Strength, picture
from support.marks import FILENAME, analyse, parse

SVG = "{http://www.w3.org/2000/svg}"

RETENTION = {
    "held-value-retains-target",
    "cleanup-retains-target",
    "shared-context-retains-target",
    "target-retained-elsewhere",
    "registry-owned-by-target",
}


def place(line: int) -> Range:
    return Range(Position(line, 1), Position(line, 9))


def finding(*labels: str, message: str = "`a` is kept") -> Finding:
    hops = tuple(Hop(label, "src/a.js", place(index + 2)) for index, label in enumerate(labels))
    return Finding("some-rule", Severity.ERROR, "src/a.js", place(1), message, retention=hops)


def told(made: Picture) -> list[str]:
    """``box =[label]> box`` for each edge, with ``=`` for strong, ``.`` for weak and ``-`` for steps; boxes without edges alone."""
    names = {node.id: node.label for node in made.nodes}
    ends = {end for edge in made.edges for end in (edge.source, edge.target)}
    line = {Strength.STRONG: "=", Strength.WEAK: ".", Strength.STEP: "-"}
    arrows = [f"{names[edge.source]} {line[edge.strength]}[{edge.label}]> {names[edge.target]}" for edge in made.edges]
    return [names[node.id] for node in made.nodes if node.id not in ends] + arrows


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param((), ["`a` is kept"], id="no hops"),
        pytest.param(("held value: object literal",), ["held value: object literal"], id="one hop that is no path"),
        pytest.param(
            ("held value: arrow function", "captures `this`", "is the target"),
            [
                "the registry =[held value]> arrow function",
                "arrow function =[captures `this`]> the target",
                "the registry .[holds weakly]> the target",
            ],
            id="held closure",
        ),
        pytest.param(
            ("cleanup callback: bound close", "bound `this`", "is the target registered here"),
            [
                "the registry =[cleanup callback]> bound close",
                "bound close =[bound `this`]> the target",
                "the registry .[holds weakly]> the target",
            ],
            id="cleanup callback",
        ),
        pytest.param(
            ("held value: Map", "Map value: object literal", "property `a: b`", "is the target"),
            [
                "the registry =[held value]> Map",
                "Map =[Map value]> object literal",
                "object literal =[property `a: b`]> the target",
                "the registry .[holds weakly]> the target",
            ],
            id="a colon in a property's name",
        ),
        pytest.param(
            ("calls `track`", "calls `registry.register`", "held value: Map", "Map value", "is the target"),
            [
                "calls `track` -[]> the registry",
                "the registry =[held value]> Map",
                "Map =[Map value]> the target",
                "the registry .[holds weakly]> the target",
            ],
            id="through wrappers",
        ),
        pytest.param(
            ("`list.push(a)` puts it into `list`", "is the target", "taken out in the cleanup, which never comes"),
            [
                "`list.push(a)` puts it into `list` =[]> the target",
                "the registry .[holds weakly]> the target",
                "the target -[]> taken out in the cleanup, which never comes",
            ],
            id="kept elsewhere",
        ),
        pytest.param(
            ("`this` is registered here", "instance of `A`", "property `b`: Map", "Map value", "property `registry`"),
            [
                "`this` is registered here -[]> the target: instance of `A`",
                "the target: instance of `A` =[property `b`]> Map",
                "Map =[]> Map value",
                "Map value =[property `registry`]> the registry",
                "the registry .[holds weakly]> the target: instance of `A`",
            ],
            id="the target keeps the registry",
        ),
        pytest.param(
            ("registered here", "`JSON.parse()`, which can throw", "leaves `a` without an owner"),
            [
                "registered here -[]> `JSON.parse()`, which can throw",
                "`JSON.parse()`, which can throw -[]> leaves `a` without an owner",
            ],
            id="a story",
        ),
        pytest.param(("is the target",), ["the registry .[holds weakly]> the target"], id="nothing but the target"),
        pytest.param(
            ("calls `register`", "is the target"), ["the registry .[holds weakly]> the target"], id="nothing but a wrapper's target"
        ),
    ],
)
def test_what_is_drawn(labels: tuple[str, ...], expected: list[str]) -> None:
    assert told(picture(finding(*labels))) == expected


def rule_examples() -> list[object]:
    return [
        pytest.param(name, loaded.bad[example], id=f"{name}: {example}")
        for name, loaded in load_rules().items()
        for example in loaded.bad
    ]


@pytest.mark.parametrize(("rule", "program"), rule_examples())
def test_every_rule(rule: str, program: str) -> None:
    """Paths of retention are graphs with a target that the registry holds weakly; the others are stories. No hop is lost."""
    marked = parse(program)
    source = SourceText(marked.text, FILENAME)
    found = [found for found in analyse(marked, rule).findings if found.rule == rule]
    assert found
    for one in found:
        made = picture(one, lambda _path, place: source.slice(source.offset(place.start), source.offset(place.end)))
        roles = [node.role for node in made.nodes]
        strengths = [edge.strength for edge in made.edges]
        graph = rule in RETENTION
        assert (roles.count(Role.TARGET), roles.count(Role.REGISTRY), strengths.count(Strength.WEAK)) == (graph,) * 3
        assert (Strength.STRONG in strengths) == graph
        shown = {(node.path, node.range) for node in made.nodes} | {
            (edge.hop.path, edge.hop.range) for edge in made.edges if edge.hop
        }
        assert {(hop.path, hop.range) for hop in one.retention} <= shown
        sound(made)


ANY_LABEL = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(), max_size=30),
    st.sampled_from(
        ["is the target", "held value: `x`", "property `a`: ", "calls `f`", "`a` is registered here", "", "`", "a: b: c", " "]
    ),
    st.text(alphabet="漢字Wm` ", min_size=50, max_size=200),
)


@settings(max_examples=150, deadline=None)
@given(labels=st.lists(ANY_LABEL, max_size=30), message=ANY_LABEL, code=st.text(max_size=80))
def test_any_labels(labels: list[str], message: str, code: str) -> None:
    sound(picture(finding(*labels, message=message), lambda _path, _range: code))


def test_thirty_hops() -> None:
    made = picture(finding("held value: Map", *(f"property `p{n}`: object literal" for n in range(28)), "is the target"))
    assert len(made.nodes) == 31
    sound(made)


def test_nothing_of_a_label_is_markup() -> None:
    made = picture(finding("<script>alert(1)</script>", "\"&'>", message="</title><script>"))
    sound(made)
    assert "<script" not in made.svg
    assert "&lt;script&gt;" in made.svg


def test_what_xml_cannot_hold_is_replaced() -> None:
    made = picture(finding("a\x00b", "c\ud800d", "e\u202ef"))
    assert [text for text in texts(made) if text[0] in "ace"] == ["a\ufffdb", "c\ufffdd", "e\ufffdf"]


def test_long_labels_are_wrapped_then_elided() -> None:
    made = picture(finding("word " * 40, "x" * 400))
    lines = texts(made)
    assert [line.endswith("…") for line in lines if line.startswith("x")] == [False, False, True]
    assert sum(line.startswith("word") for line in lines) == 3


def test_two_pictures_fit_into_one_page() -> None:
    """Nothing has an id, refers to one, or brings styles, scripts or addresses along."""
    svg = picture(finding("held value: Map", "Map value", "is the target")).svg
    assert re.findall(r"\bid=|<style|<script|href|url\(|style=|on\w+=", svg) == []


def texts(made: Picture) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(made.svg).iter(f"{SVG}text")]


def sound(made: Picture) -> None:
    """Well-formed; an element for each node and each edge with a place; boxes and labels apart and inside of the picture."""
    root = ElementTree.fromstring(made.svg)
    assert root.tag == f"{SVG}svg"
    named = [group.get("data-node") for group in root.iter(f"{SVG}g") if group.get("data-node")]
    assert sorted(map(str, named)) == sorted([node.id for node in made.nodes] + [edge.id for edge in made.edges if edge.hop])
    assert all(group.find(f"{SVG}title") is not None for group in root.iter(f"{SVG}g") if group.get("data-node"))
    assert {edge.source for edge in made.edges} | {edge.target for edge in made.edges} <= {node.id for node in made.nodes}
    width, height = (float(str(root.get(name))) for name in ("width", "height"))
    boxes = [tuple(float(str(rect.get(name))) for name in ("x", "y", "width", "height")) for rect in root.iter(f"{SVG}rect")]
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    assert all(w > 0 and h > 0 for _, _, w, h in boxes)
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(boxes, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, made.svg
    for text in root.iter(f"{SVG}text"):
        # Each line of text stands in a box, in an arrow's label, or in the gutter beside the boxes.
        x, y, size = (float(str(text.get(name))) for name in ("x", "y", "font-size"))
        inside = any(bx <= x and by <= y - size * 0.8 and y + size * 0.2 <= by + bh for bx, by, bw, bh in boxes)
        assert inside or x > max(bx + bw for bx, _, bw, _ in boxes), made.svg
