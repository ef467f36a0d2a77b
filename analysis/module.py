"""One module with all its facts: what a rule asks.

Rules never walk the tree or the graph; they go through ``registrations``, ``registries``, ``weakrefs`` and their like, and
ask ``strong_path``, ``flow`` and ``throws`` about them. Whatever a second rule would need becomes a fact here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from .control import CallGraph, Flow, Throws, build_flow
from .findings import Edit, Finding, Fix, Hop, Severity
from .heap import Activation, Contexts, HeapBuilder, Obj, Reachable, SharedContext, Step, Var, held, strong_path
from .protocol import Call, Protocol, Registration, Value
from .rule import Rule, RuleSettings, rule_names
from .rule_run import RuleRun, run_rule
from .scopes import FunctionInfo, Scopes
from .syntax.nodes import Node, walk
from .text import Range, SourceText
from .withholding import Withholding

if TYPE_CHECKING:
    from .suppressed import Entries, Unused
    from .suppressions import Suppression

_SNIPPET = 60
_WORD = re.compile(r"(?<![\w$.])[^\W\d][\w$]*(?!\s*:|[\w$])")


class Module:
    """The facts of one module, computed when first asked for."""

    def __init__(
        self,
        source: SourceText,
        scopes: Scopes,
        heap: HeapBuilder,
        protocol: Protocol,
        settings: RuleSettings,
        *,
        complete: bool = True,
        broken: Sequence[tuple[int, int]] = (),
    ) -> None:
        """``complete`` False says that there may be more to find: modules are missing, or the graph has outgrown its budget.

        ``broken`` are the stretches of the text that could not be read.
        """
        self.source = source
        self.scopes = scopes
        self.heap = heap
        self.protocol = protocol
        self.settings = settings
        self.complete = complete
        self.broken = tuple(broken)
        self.registries = protocol.registries
        self.registrations = protocol.registrations
        self.unregistrations = protocol.unregistrations
        self.weakrefs = protocol.weakrefs
        self.derefs = protocol.derefs
        self.collections = protocol.collections
        self.missing_news = protocol.missing_news
        self._contexts = Contexts()
        self._reachable = Reachable(held)
        self._paths: dict[tuple[Var, Var, Activation, frozenset[str]], tuple[Step, ...] | None] = {}
        self._flows: dict[FunctionInfo, Flow] = {}
        self._ran: dict[str, RuleRun] = {}
        self.throws = Throws(self.flow)

    # Places and words

    def text(self, node: Node, limit: int = _SNIPPET) -> str:
        """The node's source on one line, cut to ``limit`` characters."""
        words = " ".join(self._source_of(node).slice(node._start, min(node._end, node._start + 4 * limit)).split())
        return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"

    def range(self, node: Node) -> Range:
        """The node's place in its file."""
        return self._source_of(node).range(node._start, node._end)

    def hop(self, label: str, node: Node) -> Hop:
        """A step of a retention path at a node."""
        return Hop(label, self._source_of(node).path, self.range(node))

    def _source_of(self, node: Node) -> SourceText:
        if not self.heap.modules:
            return self.source
        current = node
        while current._source is None:
            if current._parent is None:
                return self.source
            current = current._parent
        source: SourceText = current._source
        return source

    @cached_property
    def variable_names(self) -> frozenset[str]:
        """Every name that means a variable somewhere in the module, a global one too."""
        found = set(self.scopes.globals)
        for node in walk(self.scopes.program.node):
            if node.type == "Identifier" and node._binding is not None:
                found.add(str(node.name))
        for start, end in self.scopes.left_out.bodies if self.scopes.left_out is not None else ():
            found.update(_WORD.findall(self.source.text, start, end))
        return frozenset(found)

    @cached_property
    def field_writes(self) -> tuple[Node, ...]:
        """Every node that may give a property a value, in order of place: assignments, updates, fields of classes and literals."""
        kinds = ("AssignmentExpression", "UpdateExpression", "PropertyDefinition", "Property")
        return tuple(node for node in walk(self.scopes.program.node) if node.type in kinds)

    def function_of(self, node: Node) -> FunctionInfo:
        """The function (or program, field initialiser, static block) whose body a node stands in."""
        current = node._parent
        while current is not None:
            if current._info is not None:
                info: FunctionInfo = current._info
                return info
            current = current._parent
        return self.scopes.program

    def registry_name(self, call: Call) -> str:
        """What the source calls the registry of a call: `registry`, `this.registry`; "the registry" where it has no short name."""
        callee = call.node.callee
        while callee.type == "ChainExpression":
            callee = callee.expression
        if callee.type == "MemberExpression" and callee.object.type != "NewExpression":
            return f"`{self.text(callee.object, 40)}`"
        return "the registry"

    # Control

    def flow(self, function: FunctionInfo) -> Flow:
        """The control-flow graph of a function."""
        flow = self._flows.get(function)
        if flow is None:
            flow = self._flows[function] = build_flow(function)
        return flow

    @cached_property
    def calls(self) -> CallGraph:
        """Which functions of the module call which."""
        return CallGraph(self.scopes)

    # The graph

    def strong_path(
        self, start: Value | None, registration: Registration, without: frozenset[str] = frozenset()
    ) -> tuple[Step, ...] | None:
        """The shortest strong path from a value (the held one, the cleanup callback) to a registration's target.

        Edges with a label of ``without`` ("held values", say) are left out.
        """
        if start is None or registration.target is None:
            return None
        key = (start.var, registration.target.var, registration.activation, without)
        if key not in self._paths:
            possible = self._reachable.may_lead(start.var, registration.target.var)
            path = (
                strong_path(start.var, start.node, registration.target.var, registration.activation, without) if possible else None
            )
            self._paths[key] = path
        return self._paths[key]

    def shared_context(self, start: Value | None, registration: Registration) -> SharedContext | None:
        """The closure among what a value reaches whose V8 context holds the target for a sibling's sake."""
        if start is None or registration.target is None:
            return None
        return self._contexts.shared(start.var, start.node, registration.target.var, registration.activation)

    @cached_property
    def escaped(self) -> frozenset[Obj]:
        """Objects that code outside of the module can get hold of:

        exported, passed on, or reachable from such by plain properties.
        """
        found: dict[Obj, None] = {}
        pending: list[Obj] = list(self.heap.escaped.objects)
        while pending:
            obj = pending.pop()
            if obj in found or obj.is_primitive:
                continue
            found[obj] = None
            for name, var in obj.fields.items():
                if not name.startswith(("%", "#")) and name not in ("cleanup callback", "held values"):
                    pending.extend(var.objects)
            if obj.kind == "function":
                pending.extend(self._results(obj))
            if obj.this is not None:
                pending.extend(obj.this.objects)
            if obj.kind == "class" and isinstance(obj.info, object) and obj.activation is not None:
                for member in obj.info.members:  # type: ignore[attr-defined]
                    closure = self.heap.closures.get((member, obj.activation))
                    if closure is not None:
                        pending.extend(self._results(closure))
        return frozenset(found)

    @cached_property
    def exported(self) -> Mapping[str, Var]:
        """The variables of the module's exports by name:

        those of `export`, or the properties of `module.exports` (itself as "default").
        """
        exports = dict(self.heap.exports.get(self.scopes, {}))
        root = self.heap.canonical.get((self.scopes.program, None))
        module = root.variables.get("%module") if root is not None else None
        for obj in module.objects if module is not None else ():
            value = obj.fields.get("exports")
            if value is not None:
                exports["default"] = value
                for inner in value.objects:
                    exports.update({name: var for name, var in inner.fields.items() if not name.startswith("%")})
        return exports

    def _results(self, closure: Obj) -> list[Obj]:
        function, activation = closure.info, closure.activation
        canonical = self.heap.canonical.get((function, activation))  # type: ignore[arg-type]
        return list(canonical.result.objects) if canonical is not None else []

    def holders(self, obj: Obj) -> list[tuple[Obj | None, str, Var]]:
        """Every variable that may hold an object: (owner, name, variable); owner None for a binding."""
        found: list[tuple[Obj | None, str, Var]] = []
        for activation in (*self.heap.canonical.values(), *self.heap.clones.values()):
            for binding, var in activation.variables.items():
                if obj in var.objects:
                    found.append((None, str(getattr(binding, "name", "")), var))
        for closure in self._all_objects:
            for name, var in closure.fields.items():
                if obj in var.objects and not name.startswith("%"):
                    found.append((closure, name, var))
        return found

    @cached_property
    def _all_objects(self) -> tuple[Obj, ...]:
        seen: dict[Obj, None] = {}
        pending: list[Obj] = list(self.heap.escaped.objects)
        for activation in (*self.heap.canonical.values(), *self.heap.clones.values()):
            pending.extend(activation.this.objects)
            for var in (*activation.variables.values(), activation.result):
                pending.extend(var.objects)
        for result in self.heap.call_results.values():
            pending.extend(result.objects)
        while pending:
            obj = pending.pop()
            if obj in seen or obj.is_primitive:
                continue
            seen[obj] = None
            for var in obj.fields.values():
                pending.extend(var.objects)
        return tuple(seen)

    # Findings

    def option(self, rule: Rule, name: str) -> object:
        """The value of a rule's option."""
        default = next(option.default for option in rule.options if option.name == name)
        return self.settings.options.get(rule.name, {}).get(name, default)

    def finding(
        self,
        rule: Rule,
        where: Node | Call,
        message: str,
        *,
        help: str = "",  # noqa: A002 — the field of a finding that it fills
        retention: Sequence[Hop] = (),
        fixes: Sequence[Fix] = (),
    ) -> Finding:
        """A finding of a rule at a node, or at the call that a user would change (a wrapper's, with the calls inwards as
        first hops).
        """
        hops: list[Hop] = []
        if not isinstance(where, Call):
            node = where
        else:
            node = where.place
            hops = [self.hop(f"calls `{self.text(inner.callee, 40)}`", inner) for inner in where.via]
        return Finding(
            rule.name,
            self.severity(rule),
            self._source_of(node).path,
            self.range(node),
            message,
            help,
            (*hops, *retention),
            tuple(fixes),
        )

    def finding_at(
        self,
        rule: Rule,
        place: Range,
        message: str,
        *,
        help: str = "",  # noqa: A002 — as above
        fixes: Sequence[Fix] = (),
    ) -> Finding:
        """A finding of a rule at a place that is no node's: a comment."""
        return Finding(rule.name, self.severity(rule), self.source.path, place, message, help, fixes=tuple(fixes))

    def severity(self, rule: Rule) -> Severity:
        """How severe the settings make a rule."""
        return self.settings.severity.get(rule.name, rule.severity)

    def retention(
        self, start: str, steps: Sequence[Step], registration: Registration, end: str = "is the target"
    ) -> tuple[Hop, ...]:
        """The hops of a strong path: ``start`` names its beginning ("held value"), and the last hop is the target itself."""
        target = registration.target
        hops: list[Hop] = []
        fallback = registration.node
        for index, step in enumerate(steps):
            node = step.node if step.node is not None else fallback
            hops.append(self.hop(f"{start}: {step.label}" if index == 0 else step.label, node))
            fallback = node
        if target is not None:
            hops.append(self.hop(end, target.node))
        return tuple(hops)

    def edit(self, node: Node, text: str) -> Edit:
        """Replace a node."""
        return Edit(self.range(node), text)

    def insertion(self, offset: int, text: str) -> Edit:
        """Insert before the character at an offset of this module's text."""
        return Edit(self.source.range(offset, offset), text)

    def node_range(self, start: int, end: int) -> Range:
        """The range between two offsets of this module's text."""
        return self.source.range(start, end)

    # Rules and suppressions

    def run(self, name: str) -> RuleRun:
        """What a rule finds, whether it is selected or not, and whatever is suppressed."""
        if name not in self._ran:
            self._ran[name] = run_rule(name, self)
        return self._ran[name]

    @cached_property
    def withholding(self) -> Withholding:
        """What is sure in spite of the broken stretches."""
        return Withholding(self)

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The comments that suppress findings; none where the settings tell to pass over them."""
        if not self.settings.suppressions or "jsleak" not in self.source.text:
            return ()
        from .suppressions import suppressions  # few files have any

        return suppressions(self.source, self.scopes.program.node)

    @cached_property
    def suppressing(self) -> Entries:
        """What each of them covers."""
        from .suppressed import entries

        return entries(self.suppressions)

    @property
    def unused_suppressions(self) -> list[Unused]:
        """The suppressions that suppress nothing; a rule that they name is asked even if it is not selected."""
        if not self.complete or not self.suppressions:
            return []
        from .suppressed import ABOUT, UNUSED, split, unused

        of = self.suppressing
        if not (of.entries or of.dangling):
            return []
        asked = {rule.name for one in self.suppressions for rule in one.rules} - {UNUSED}
        every = set(rule_names()) - ABOUT
        if any(entry.rule is None for entry in of.entries):
            asked |= every
        ran = {name: self.run(name) for name in rule_names() if name in asked}
        judged = {name for name, outcome in ran.items() if outcome.problem is None}
        found = (finding for outcome in ran.values() for finding in outcome.findings)
        used = {entry for _, entry in split(found, of.entries)[1]}
        return unused(of, used, judged, all_judged=judged >= every)
