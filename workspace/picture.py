"""A finding as a picture: what keeps what alive, as boxes and arrows, each with its place in the source.

A retention path (held value → … → target) becomes a graph: the registry, the objects on the path and the target are nodes, what
one keeps of the next are strong edges, and the registry holds the target by a weak one. Any other path of hops is a story, told
step by step. The drawing itself is ``drawing``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from jsleak.analysis.findings import Finding, Hop
from jsleak.analysis.text import Range

Excerpt = Callable[[str, Range], str]
"""Gives the source text of a range in the file of a path; empty where it is not known."""


class Role(StrEnum):
    """What a node stands for."""

    REGISTRY = "registry"
    TARGET = "target"
    HOP = "hop"


class Strength(StrEnum):
    """What an edge says: keeps alive, refers to without keeping alive, or merely comes next."""

    STRONG = "strong"
    WEAK = "weak"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Node:
    """A box. ``number`` is that of its hop in the finding's path, from 1; 0 where it is none."""

    id: str
    label: str
    role: Role
    number: int
    path: str
    range: Range
    code: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two nodes, by their ids. ``hop`` is the place where it is written, ``number`` as for nodes."""

    id: str
    source: str
    target: str
    label: str
    strength: Strength
    number: int = 0
    hop: Hop | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """``svg`` draws nodes and edges; the element of each has its id as ``data-node``."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    svg: str


def picture(finding: Finding, excerpt: Excerpt | None = None) -> Picture:
    """The picture of a finding; one box where it has no hops. ``excerpt`` lets the boxes show their code."""
    from .drawing import draw

    sketch = _Sketch(finding, excerpt or (lambda _path, _range: ""))
    sketch.fill()
    nodes, edges = tuple(sketch.nodes), tuple(sketch.edges)
    return Picture(finding.message, nodes, edges, draw(finding.message, nodes, edges))


class _Sketch:
    """Nodes and edges while they are collected; ``last`` is the id of the node that the next one hangs on."""

    def __init__(self, finding: Finding, excerpt: Excerpt) -> None:
        self.finding = finding
        self.excerpt = excerpt
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.last = ""

    def fill(self) -> None:
        hops = self.finding.retention
        ends = next((index for index, hop in enumerate(hops) if hop.label.startswith("is the target")), None)
        if not hops:
            self.node(self.finding.message, Role.HOP, 0, self.finding.path, self.finding.range)
        elif ends is not None:
            self.target_is_kept(ends)
        elif len(hops) > 2 and hops[0].label.endswith(" is registered here"):
            self.target_keeps_registry()
        else:
            self.steps(0, len(hops))

    def target_is_kept(self, ends: int) -> None:
        """Registry → objects of the path → target, and a weak edge from the first to the last."""
        hops = self.finding.retention
        start = next((index for index in range(ends) if not hops[index].label.startswith("calls `")), ends)
        self.steps(0, start - 1)
        begun = _split(hops[start].label)[1] != "" and start < ends
        registry = self.registry(start - 1)
        arrow: tuple[str, int] | None = None  # label and index of an edge that leads to the target
        for index in range(start, ends):
            label, found = _split(hops[index].label)
            if found:
                self.hop_node(index, found, label, joined=begun or index > start)
            elif index == ends - 1 and index > start:
                arrow = (label, index)
            else:
                self.hop_node(index, label, "", joined=index > start)
        target = self.hop_node(ends, self.named("the target", self.code(hops[ends].path, hops[ends].range)), None, role=Role.TARGET)
        source = self.nodes[-2].id
        if source != registry or arrow is not None:
            self.edge(source, target, Strength.STRONG, *(arrow or ("", None)))
        self.edge(registry, target, Strength.WEAK, "holds weakly")
        self.steps(ends + 1, len(hops))

    def target_keeps_registry(self) -> None:
        """Target → objects of the path → registry, which holds the target weakly."""
        hops = self.finding.retention
        self.steps(0, 1)
        target = self.hop_node(1, f"the target: {hops[1].label}", "", role=Role.TARGET, strength=Strength.STEP)
        for index in range(2, len(hops) - 1):
            label, found = _split(hops[index].label)
            self.hop_node(index, found or label, label if found else "")
        source = self.last
        registry = self.registry(-1, joined=False)
        self.edge(source, registry, Strength.STRONG, hops[-1].label, len(hops) - 1)
        self.edge(registry, target, Strength.WEAK, "holds weakly")

    def steps(self, start: int, end: int) -> None:
        """One box for each hop, in order."""
        for index in range(start, end):
            self.hop_node(index, self.finding.retention[index].label, "", joined=bool(self.last), strength=Strength.STEP)

    def registry(self, called: int, *, joined: bool = True) -> str:
        """The registry, at the finding's place, or at the hop that says where a wrapper calls it."""
        hop = self.finding.retention[called] if called >= 0 else Hop("", self.finding.path, self.finding.range)
        name = re.match(r"([\w$.#]+?)(\?\.|\.)register\b", self.code(hop.path, hop.range))
        before = self.last
        label = self.named("the registry", name[1] if name else "")
        made = self.node(label, Role.REGISTRY, called + 1, hop.path, hop.range)
        if before and joined:
            self.edge(before, made, Strength.STEP, "")
        return made

    def hop_node(
        self,
        index: int,
        label: str,
        edge: str | None,
        *,
        joined: bool = True,
        role: Role = Role.HOP,
        strength: Strength = Strength.STRONG,
    ) -> str:
        """A node for a hop, and the edge from the node before it unless there is to be none."""
        hop = self.finding.retention[index]
        before = self.last
        made = self.node(label, role, index + 1, hop.path, hop.range)
        if joined and edge is not None:
            self.edge(before, made, strength, edge)
        return made

    def node(self, label: str, role: Role, number: int, path: str, place: Range) -> str:
        self.last = f"n{len(self.nodes)}"
        code = self.code(path, place)
        self.nodes.append(Node(self.last, label, role, number, path, place, "" if f"`{code}`" in label else code))
        return self.last

    def edge(self, source: str, target: str, strength: Strength, label: str, index: int | None = None) -> None:
        hop = None if index is None else self.finding.retention[index]
        self.edges.append(Edge(f"e{len(self.edges)}", source, target, label, strength, 0 if index is None else index + 1, hop))

    def code(self, path: str, place: Range) -> str:
        return " ".join(self.excerpt(path, place).split())

    def named(self, what: str, name: str) -> str:
        return f"{what} `{name}`" if name and len(name) <= 30 and "`" not in name else what


def _split(label: str) -> tuple[str, str]:
    """``property `a`: object literal`` is an edge and the object that it leads to; without such an object the second is empty."""
    quoted = False
    for index, character in enumerate(label):
        quoted ^= character == "`"
        if not quoted and label.startswith(": ", index):
            return label[:index], label[index + 2 :]
    return label, ""
