"""Where a finding points to: the calls of the protocol it is about, and the nodes of its path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from jsleak.analysis.findings import Finding, Hop
from jsleak.analysis.module import Module
from jsleak.analysis.protocol import Registration, Registry
from jsleak.analysis.syntax.nodes import Node, walk
from jsleak.analysis.text import Range

_PASSED = ("calls ", "passed on ")


def unchained(node: Node) -> Node:
    """The expression inside of `a?.b`."""
    while node.type == "ChainExpression":
        node = node.expression
    return node


def _root(node: Node) -> Node:
    parent: Node | None = node
    while parent is not None:
        node, parent = parent, getattr(parent, "_parent", None)
    return node


@dataclass(frozen=True)
class Sites:
    """A finding's places in the tree of its module."""

    module: Module
    finding: Finding

    @cached_property
    def _nodes(self) -> dict[Range, Node]:
        """The outermost node of each range that the finding names; of the same range, expressions before what is around them."""
        wanted = {self.finding.range, *(hop.range for hop in self.finding.retention)}
        source = self.module.source
        offsets = {(source.offset(place.start), source.offset(place.end)): place for place in wanted}
        found: dict[Range, Node] = {}
        for node in walk(self.module.scopes.program.node):
            place = offsets.get((node._start, node._end))
            if place is not None and node.type not in ("Program", "ExpressionStatement"):
                found.setdefault(place, node)
        return found

    def at(self, place: Range) -> Node | None:
        """The node of a range of the finding."""
        return self._nodes.get(place)

    @cached_property
    def calls(self) -> tuple[Node, ...]:
        """The protocol's own calls: what is flagged, or what it calls in the end."""
        own = set(self._facts())
        inner = [hop.range for hop in self.finding.retention if hop.label.startswith(_PASSED)]
        nodes = [self.at(place) for place in (self.finding.range, *inner)]
        found = [called for node in nodes if node is not None and (called := unchained(node)) in own]
        if not found:
            flagged = self.at(self.finding.range)
            found = [fact.node for fact in self.module.registrations if fact.place in (flagged, flagged and unchained(flagged))]
        return tuple(dict.fromkeys(found))

    @property
    def elsewhere(self) -> bool:
        """Whether one of the calls is in another file, whose text no experiment changes."""
        return any(_root(call) is not self.module.scopes.program.node for call in self.calls)

    def _facts(self) -> list[Node]:
        module = self.module
        facts = (
            module.registries,
            module.registrations,
            module.unregistrations,
            module.weakrefs,
            module.derefs,
            module.missing_news,
        )
        return [fact.node for kind in facts for fact in kind]

    @cached_property
    def place(self) -> Node | None:
        """The wrapper's call that is flagged; None where the flagged call is the protocol's own."""
        node = self.at(self.finding.range)
        return node if node is not None and unchained(node) not in self.calls else None

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """The registrations among the calls, or those of the registries among them."""
        registries = self.registries
        return tuple(
            fact
            for fact in self.module.registrations
            if fact.node in self.calls or any(one in registries for one in fact.registries)
        )

    @property
    def registries(self) -> tuple[Registry, ...]:
        """The registries made by the calls."""
        return tuple(registry for registry in self.module.registries if registry.node in self.calls)

    def hops(self, *words: str) -> list[Hop]:
        """The steps whose label has one of these words."""
        return [hop for hop in self.finding.retention if any(word in hop.label for word in words)]

    def nodes(self, *words: str) -> list[Node]:
        """The nodes of those steps, each once."""
        found = [self.at(hop.range) for hop in self.hops(*words)]
        return list(dict.fromkeys(node for node in found if node is not None))
