"""Which findings are sure of a module that could be read in part only.

What a broken stretch held is not known. A finding that has a place in one is not made, nor one whose claim needs more of the text
than could be read: each rule says how much that is (``Rule.evidence``). Within that, a name is no evidence either if the broken
text may be what gives it its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from .findings import Finding
from .rule import Rule
from .scopes import Binding
from .scopes.names import member_name
from .syntax.nodes import Node, walk
from .text import Range

if TYPE_CHECKING:
    from .module import Module

Span = tuple[int, int]

_NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
#: Names of the protocol itself say nothing of what a piece of code is about.
_PROTOCOL = frozenset({"FinalizationRegistry", "WeakRef", "globalThis", "register", "unregister", "deref"})
#: Bindings that keep their value. Classes and functions could be assigned to; nobody does.
_CONSTANT = frozenset({"const", "using", "await using", "import", "self", "class", "function"})


class Withholding:
    """What is known of the broken stretches of a module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._broken = module.broken
        text = module.source.text
        self._names_in = {span: frozenset(_NAME.findall(text[slice(*span)])) - _PROTOCOL for span in self._broken}
        self._mentioned: frozenset[str] = frozenset().union(*self._names_in.values())
        self._known: dict[Binding, bool] = {}

    def sure(self, rule: Rule, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings of a rule that hold whatever the broken stretches hold."""
        if rule.evidence == "file":
            return
        for finding in findings:
            spans = list(self._places(finding))
            if self._in_doubt(spans):
                continue
            functions = list(dict.fromkeys(self._function(span) for span in spans)) if rule.evidence == "functions" else []
            if self._in_doubt(functions) or self._names_in_doubt(spans, functions):
                continue
            yield finding

    def _in_doubt(self, spans: Iterable[Span]) -> bool:
        return any(_touch(span, broken) for span in spans for broken in self._broken)

    def _places(self, finding: Finding) -> Iterator[Span]:
        source = self._module.source
        ranges: list[Range] = [finding.range, *(hop.range for hop in finding.retention if hop.path == source.path)]
        ranges += [edit.range for fix in finding.fixes for edit in fix.edits]
        for place in ranges:
            yield source.offset(place.start), source.offset(place.end)

    @cached_property
    def _functions(self) -> list[Span]:
        return [(info.node._start, info.node._end) for info in self._module.scopes.functions]

    def _function(self, place: Span) -> Span:
        """The innermost function around a place; the program where there is none."""
        around = (own for own in self._functions if own[0] <= place[0] and place[1] <= own[1])
        return min(around, key=lambda own: own[1] - own[0], default=(0, len(self._module.source.text)))

    # Names

    @cached_property
    def _names(self) -> list[Node]:
        return [node for node in walk(self._module.scopes.program.node) if node.type in ("Identifier", "MemberExpression")]

    @cached_property
    def _torn_members(self) -> frozenset[str]:
        """The names of functions with a broken stretch inside."""
        return frozenset(info.name for info in self._module.scopes.functions if info.name and self._holds_broken(info.node))

    def _names_in_doubt(self, places: Iterable[Span], functions: Iterable[Span]) -> bool:
        places, functions = list(places), list(functions)
        unsure = (self._mentioned | self._torn_members) - _PROTOCOL
        for node in self._names:
            inside = any(start <= node._start and node._end <= end for start, end in functions)
            if not inside and not any(start <= node._start and node._end <= end for start, end in places):
                continue
            if node.type == "Identifier":
                if self._name_in_doubt(node):
                    return True
            elif inside and member_name(node) in unsure:
                return True
        return False

    def _name_in_doubt(self, node: Node) -> bool:
        binding: Binding | None = node._binding
        if binding is None:
            return str(node.name) in self._mentioned
        if binding not in self._known:
            torn = any(self._holds_broken(one._parent) for one in binding.declarations if one._parent is not None)
            self._known[binding] = not torn and not self._may_change(binding)
        return not self._known[binding]

    def _may_change(self, binding: Binding) -> bool:
        """Whether a broken stretch that can see a variable mentions it."""
        if binding.kind in _CONSTANT:
            return False
        scope = binding.scope.node
        return any(
            binding.name in names and (scope.type == "Program" or (scope._start < end and start < scope._end))
            for (start, end), names in self._names_in.items()
        )

    def _holds_broken(self, node: Node) -> bool:
        return node.type != "Program" and any(node._start <= start and end <= node._end for start, end in self._broken)


def _touch(one: Span, other: Span) -> bool:
    if one[0] == one[1]:
        return other[0] < one[0] < other[1]
    return one[0] < other[1] and other[0] < one[1]
