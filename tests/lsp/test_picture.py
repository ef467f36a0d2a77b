"""The picture's request: places in the client's units, for each node and each arrow that the source makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from lsprotocol import types

from jsleak.analysis import analyze
from jsleak.analysis.text import SourceText
from jsleak.lsp.features.picture import retention_picture
from jsleak.lsp.positions import Positions
from jsleak.lsp.snapshot import Snapshot, finding_keys

PATH = "/project/a.js"
OTHER = "/project/b.js"
PROGRAM = """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  constructor(fd) {
    this.fd = fd;
    /* 𝒳 */ registry.register(this, () => this.close());
  }
  close() {}
}
"""


def snapshot(encoding: types.PositionEncodingKind) -> Snapshot:
    source = SourceText(PROGRAM, PATH)
    analysis = analyze(PROGRAM, filename=PATH)
    keys = finding_keys(analysis.findings, source)
    return Snapshot(f"file://{PATH}", 1, PATH, source, Positions(PROGRAM, encoding, PATH), analysis, keys=keys)


def picture_of(known: Snapshot, rule: str = "held-value-retains-target") -> Any:
    [key] = [key for key, finding in known.keyed if finding.rule == rule]
    return retention_picture(known, key)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 16), ("utf-16", 14), ("utf-32", 13)])
def test_nodes_and_edges(encoding: str, column: int) -> None:
    made = picture_of(snapshot(types.PositionEncodingKind(encoding)))
    starts = [(node["label"], node["uri"], node["range"].start) for node in made["nodes"]]
    uri = f"file://{PATH}"
    assert starts == [
        ("the registry `registry`", uri, types.Position(4, column - 1)),
        ("arrow function", uri, types.Position(4, column - 1 + len("registry.register(this, "))),
        ("the target `this`", uri, types.Position(4, column - 1 + len("registry.register("))),
    ]
    assert [(edge["from"], edge["to"], edge["label"], edge["strength"], "range" in edge) for edge in made["edges"]] == [
        ("n0", "n1", "held value", "strong", False),
        ("n1", "n2", "captures `this`", "strong", True),
        ("n0", "n2", "holds weakly", "weak", False),
    ]


def test_ids_are_those_of_elements() -> None:
    made = picture_of(snapshot(types.PositionEncodingKind.Utf16))
    elements = {element.get("data-node") for element in ElementTree.fromstring(made["svg"]).iter()} - {None}
    assert elements == {item["id"] for item in (*made["nodes"], *made["edges"]) if "id" in item}
    assert made["title"].startswith("`registry` keeps `this` alive")


def test_a_finding_that_is_gone_has_none() -> None:
    assert retention_picture(snapshot(types.PositionEncodingKind.Utf16), "0000-0") is None


@pytest.mark.parametrize(("known", "column"), [(True, 14), (False, 13)])
def test_places_in_another_module(known: bool, column: int) -> None:
    """In the client's units where its text is known, else in the nearest that there is."""
    here = snapshot(types.PositionEncodingKind.Utf16)
    findings = tuple(
        replace(finding, retention=tuple(replace(hop, path=OTHER) for hop in finding.retention))
        for finding in here.analysis.findings
    )
    others = {OTHER: Positions(PROGRAM, types.PositionEncodingKind.Utf16, OTHER)} if known else {}
    made = picture_of(replace(here, analysis=replace(here.analysis, findings=findings), others=others))
    arrow = made["nodes"][1]
    assert (arrow["uri"], arrow["range"].start) == (
        f"file://{OTHER}",
        types.Position(4, column - 1 + len("registry.register(this, ")),
    )
