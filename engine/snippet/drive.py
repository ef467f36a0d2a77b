"""How code that nothing in its module calls is driven: constructed or called with stand-ins, then released, then dropped.

A step calls what leads to a place that the finding names: the function or method it stands in, the functions around that one before
it, and the functions that call it. What only code inside of another function can name is taken down where it is made (`reach`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from jsleak.analysis.rule import Experiment
from jsleak.analysis.scopes import Binding, ClassInfo, FunctionInfo
from jsleak.analysis.scopes.names import property_name
from jsleak.analysis.syntax.nodes import Node, walk

from .edits import Changes
from .guards import Wants, guards
from .naming import binding_of, class_name, declared_name, from_outside, holder_of, is_void, may_be_run
from .program import TOOL
from .sites import Sites
from .stand_ins import arguments

_MOST_STEPS = 30
_MOST_REGISTRATIONS = 6  # that an unregistration is tried with
_LEVELS = 3  # callers of callers of callers
_FUNCTIONS = ("FunctionExpression", "ArrowFunctionExpression")


@dataclass(frozen=True)
class Drive:
    """The calls to make, the functions to take down for them, and what stand-ins answer.

    Steps are JavaScript functions `(scope, tool, results) => value`; what they give is kept until all were made. ``lookups`` are
    expressions that take from a table what the world outside would have put there; ``unset`` are the names that it would have set.
    ``again``: the first call may differ from all others, by what it sets up. ``by_itself``: the module's own run may come there.
    """

    sites: Sites
    steps: tuple[str, ...]
    taken: tuple[tuple[int, Node], ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict)
    lookups: tuple[Node, ...] = ()
    unset: tuple[str, ...] = ()
    again: bool = False
    by_itself: bool = True

    def prepare(self, changes: Changes, *, filled: bool) -> None:
        """Take the functions down, and where wanted fill the tables, in the program's text. To be done before other changes."""
        for number, node in self.taken:
            _take_down(changes, number, node)
        if filled:
            for node in self.lookups:
                name = json.dumps(changes.text[node.object._start : node.object._end])
                changes.wrap(node, "(", f", {TOOL}.arg({name}, 'object'))")

    def settings(self, *, filled: bool) -> Mapping[str, object]:
        """What stand-ins answer, and which of what an experiment keeps goes first: what was passed in or what was made."""
        return {**self.answers, "givenFirst": filled}

    def calls(self, *, filled: bool) -> tuple[str, ...]:
        """All steps in their order."""
        given = [
            _step(f"{_scope(f'{name} ??= {TOOL}.import({json.dumps(name)})')}, undefined")
            for name in (self.unset if filled else ())
        ]
        return (*given, *self.steps, *(self.steps if filled and self.again else ()))


def drive_of(sites: Sites, experiment: Experiment) -> Drive:
    """How to come to the places of a finding."""
    return _Planner(sites, experiment).plan()


def _take_down(changes: Changes, number: int, node: Node) -> None:
    if node.type in ("ClassDeclaration", "ClassExpression"):
        private = [
            member.key.name
            for member in node.body.body
            if member.type == "MethodDefinition" and member.key.type == "PrivateIdentifier" and member.kind == "method"
        ]
        callers = ", ".join(f"{json.dumps('#' + name)}: ($self, ...$given) => $self.#{name}(...$given)" for name in private)
        start = node.body._start + 1
        changes.around(start, start, f" static {{ {TOOL}.reach({number}, this, {{ {callers} }}); }} ", "")
    elif node.type == "FunctionDeclaration":
        start = _start_of_body(node._parent, changes)
        if start is not None:
            changes.around(start, start, f" {TOOL}.reach({number}, {node.id.name}); ", "")
    else:
        changes.wrap(node, f"({TOOL}.reach({number}, ", "))")


def _start_of_body(block: Node, changes: Changes) -> int | None:
    """Where the first statement of a block may stand: after its directives."""
    if block.type not in ("BlockStatement", "Program", "StaticBlock"):
        return None
    statements = list(block.body)
    start: int = block._start + (0 if block.type == "Program" else changes.text.index("{", block._start) - block._start + 1)
    for statement in statements:
        if statement.type != "ExpressionStatement" or statement.directive is None:
            break
        start = statement._end
    return start


def _scope(expression: str) -> str:
    return f"scope({json.dumps(expression)})"


def _step(value: str) -> str:
    return f"(scope, tool, results) => ({value})"


class _Planner:
    """Gathers steps; ``numbers`` are those of what is taken down."""

    def __init__(self, sites: Sites, experiment: Experiment) -> None:
        self.sites = sites
        self.module = sites.module
        self.program: FunctionInfo = sites.module.scopes.program
        self.observe = experiment.observe
        self.wants = Wants()
        self.numbers: dict[Node, int] = {}
        self.steps: list[str] = []
        self.visited: list[FunctionInfo] = []
        # A cleanup callback is called by the engine alone, and a function that is held for it by the callback.
        self.callbacks = {callback for registry in self.module.registries for callback in registry.callbacks}
        held = [obj.info for fact in self.module.registrations if fact.held is not None for obj in fact.held.functions]
        self.callbacks |= {info for info in held if isinstance(info, FunctionInfo) and self._is_held_only(info)}
        self.subjects = {self.module.function_of(call) for call in sites.calls}

    def plan(self) -> Drive:
        targets = self._targets()
        for place, function in targets:
            guards(place, function, self.wants)
            for outer in function.ancestors:
                inner = next(one for one in (function, *function.ancestors) if one.parent is outer)
                guards(inner.node, outer, self.wants)
        functions = list(dict.fromkeys(function for _, function in targets if function is not self.program))
        for function in functions:
            self._lead_to(function)
        callers = functions
        for _ in range(_LEVELS):
            callers = [user for one in callers for user in self._users(one) if user not in self.visited]
            for function in dict.fromkeys(callers):
                self._lead_to(function, unseen=True)
        steps = self.steps[:_MOST_STEPS]
        shared = self.observe in ("unregister-returns-false", "unregister-cancels-others")
        if self.observe == "unregister-cancels-others":
            steps = [step for step in steps for _ in range(2)]
        elif shared:
            steps = steps * 2
        answers: dict[str, object] = {
            "properties": self.wants.properties,
            "results": self.wants.results,
            "shared": shared,
            "quiet": self.observe in _QUIET,
            "oneByOne": self.observe == "callback-never-runs",
            # What the module's closures keep lives on in a program; a registry that only they keep must go with them, though.
            "closures": self.observe == "held-object-not-released",
        }
        taken = tuple((number, node) for node, number in self.numbers.items())
        again = self.observe == "target-never-collected"
        return Drive(self.sites, tuple(steps), taken, answers, self._lookups(), self._unset(), again, self._runs_by_itself())

    def _targets(self) -> list[tuple[Node, FunctionInfo]]:
        """The places to come to, what registers before the rest, with the functions they stand in."""
        sites = self.sites
        hops = [node for hop in sites.finding.retention if (node := sites.at(hop.range)) is not None]
        registrations = {fact.node for fact in self.module.registrations} | {fact.place for fact in self.module.registrations}
        nodes = [*sites.calls, *([sites.place] if sites.place is not None else []), *hops]
        nodes += [fact.node for fact in sites.registrations]
        # What an unregistration should cancel: first what registers what is called the same.
        cancels = [fact for fact in self.module.unregistrations if fact.node in sites.calls]
        registries = {registry for fact in cancels for registry in fact.registries}
        tokens = {self.module.text(argument) for fact in cancels for argument in fact.node.arguments}
        others = [fact for fact in self.module.registrations if registries.intersection(fact.registries)]
        others.sort(key=lambda fact: not fact.node.arguments or self.module.text(fact.node.arguments[0]) not in tokens)
        nodes = [*(fact.place for fact in others[:_MOST_REGISTRATIONS]), *nodes]
        first = [node for node in nodes if node in registrations]
        found = [(node, self.module.function_of(node)) for node in dict.fromkeys([*first, *nodes])]
        return [(node, one) for node, one in found if not self.callbacks.intersection((one, *one.ancestors))]

    def _users(self, function: FunctionInfo) -> list[FunctionInfo]:
        """The functions that name a function, or its class: what is not exported is called by them."""
        info = function.class_info
        binding = binding_of(function)
        if binding is None:
            return []
        users = [use.function for use in binding.references if use.function.parent and use.function is not function]
        return [user for user in users if info is None or user.class_info is not info]

    def _runs_by_itself(self) -> bool:
        """Whether the module may come to the flagged calls when it is loaded; for a registry, to its registrations."""
        registrations = [self.module.function_of(fact.place) for fact in self.sites.registrations]
        functions = registrations if self.sites.registries and registrations else list(self.subjects)
        pending = functions or [self.program]
        seen: set[FunctionInfo] = set()
        while pending:
            function = pending.pop()
            if function in seen:
                continue
            seen.add(function)
            outermost = next((one for one in (function, *function.ancestors) if one.parent is self.program), None)
            if outermost is None or may_be_run(outermost):
                return True
            pending += self._users(outermost)
        return False

    def _is_held_only(self, function: FunctionInfo) -> bool:
        """Whether nothing but registrations names a function."""
        if function.kind not in ("arrow", "function"):
            return False
        binding = binding_of(function)
        nodes = [function.node] if binding is None else [use.node for use in binding.references if not use.write]
        calls = [fact.node for fact in self.module.registrations]
        return all(any(call._start <= node._start and node._end <= call._end for call in calls) for node in nodes)

    # Steps

    def _lead_to(self, function: FunctionInfo, *, unseen: bool = False) -> None:
        """Steps for the functions around a function, and for itself."""
        if function in self.visited or self.callbacks.intersection((function, *function.ancestors)):
            return
        self.visited.append(function)
        around = [one for one in reversed(function.ancestors) if one is not self.program]
        for one in (*around, function):
            inner = one is function
            for value in self._calls(one):
                if unseen or (not inner and one in self.visited[:-1]) or (one in self.subjects and "tool.reached(" in value):
                    value = f"tool.seen() ? undefined : {value}"
                step = _step(value)
                if step not in self.steps:
                    self.steps.append(step)

    def _calls(self, function: FunctionInfo) -> list[str]:
        """The calls that run a function."""
        if function.class_info is not None:
            return self._of_class(function.class_info, function)
        if function.prototype_owner is not None:
            return self._of_prototype(function)
        name = declared_name(function.node)
        bare = function.this_use is not None and function.kind == "function"
        if name is not None:
            given = self._arguments(function, TOOL)
            if bare:
                return [_scope(f"{name}.call({', '.join([f'{TOOL}.receiver({name})', *given])})")]
            return [_scope(f"{name}({', '.join(given)})")]
        given = self._arguments(function, "tool")
        node = function.node
        holder = holder_of(node)
        if holder is not None:
            literal, key = holder
            value = f"tool.reached({self._number(literal)}).value"
            if function.kind == "getter":
                return [f"{value}[{json.dumps(key)}]"]
            return [f"{value}[{json.dumps(key)}]({', '.join(given)})"]
        if node.type not in (*_FUNCTIONS, "FunctionDeclaration") or (
            node.type in _FUNCTIONS and node._parent.type == "Property" and node._parent.method
        ):
            return []
        value = f"tool.reached({self._number(node)}).value"
        if bare:
            return [f"(($made) => $made.call({', '.join(['tool.receiver($made)', *given])}))({value})"]
        return [f"{value}({', '.join(given)})"]

    def _of_prototype(self, function: FunctionInfo) -> list[str]:
        owner = function.prototype_owner
        assert owner is not None
        binding = owner._binding
        if not isinstance(binding, Binding) or not binding.is_module_level:
            return []
        node = function.node
        key = None
        if node._parent.type == "AssignmentExpression":
            key = property_name(node._parent.left.property, bool(node._parent.left.computed))
        elif node._parent.type == "Property":
            key = property_name(node._parent.key, bool(node._parent.computed))
        constructor = binding.declarations[0]._parent
        info = constructor._info if constructor is not None else None
        given = self._arguments(info if isinstance(info, FunctionInfo) else None, TOOL)
        slot = f"results.made_{binding.name}" if binding.name.isidentifier() else "results.made"
        new = f"new {binding.name}({', '.join(given)})"
        made = f"{slot} = {_scope(new)}"
        return [made, f"{slot}?.[{json.dumps(key)}]({', '.join(self._arguments(function, 'tool'))})"] if key else [made]

    def _of_class(self, info: ClassInfo, function: FunctionInfo) -> list[str]:
        name = class_name(info)
        private = any(key.startswith("#") and method is function for key, method in info.methods.items())
        number = self._number(info.node) if name is None or private else 0
        value = _scope(name) if name is not None else f"tool.reached({number}).value"
        given = ", ".join(self._arguments(info.constructor, "tool"))
        static = next((key for key, method in info.static_methods.items() if method is function), None)
        if function.is_static:
            if static is None or static.startswith("#"):
                return []
            if function.kind == "getter":
                return [f"{value}[{json.dumps(static)}]"]
            if function.kind == "setter":
                return [f"{value}[{json.dumps(static.removeprefix('set '))}] = tool.arg('value', 'object')"]
            return [f"{value}[{json.dumps(static)}]({', '.join(self._arguments(function, 'tool'))})"]
        slot = f"results.made_{info.node._start}"
        found = [f"{slot} = new ({value})({given})"]
        own = {key: method for key, method in info.methods.items() if method is function}
        for key, method in own.items():
            found += self._of_instance(slot, key, method, number)
        return found

    def _of_instance(self, slot: str, key: str, method: FunctionInfo, number: int) -> list[str]:
        given = ", ".join(self._arguments(method, "tool"))
        if key.startswith("#"):
            if method.kind != "method":
                return []
            return [f"tool.reached({number}).inside[{json.dumps(key)}]({', '.join(filter(None, (slot, given)))})"]
        if key.startswith("@@"):
            return [f"{slot}?.[Symbol.{key[2:]}]?.({given})"]
        if method.kind == "getter":
            return [f"{slot}?.[{json.dumps(key)}]"]
        if method.kind == "setter":
            return [f"{slot} && ({slot}[{json.dumps(key.removeprefix('set '))}] = tool.arg('value', 'object'))"]
        return [f"{slot}?.[{json.dumps(key)}]({given})"]

    def _arguments(self, function: FunctionInfo | None, tool: str) -> list[str]:
        return [f"{tool}.arg({json.dumps(name)}, {json.dumps(kind)})" for name, kind in arguments(function, self.wants.parameters)]

    def _number(self, node: Node) -> int:
        return self.numbers.setdefault(node, len(self.numbers) + 1)

    # What the world outside would have provided

    def _lookups(self) -> tuple[Node, ...]:
        """`table[key]` with a key that is passed in, from which a variable on the way is set."""
        found: list[Node] = []
        for function in self.visited:
            for node in walk(function.node):
                if node.type != "VariableDeclarator" or node.init is None or node.id.type != "Identifier":
                    continue
                init = node.init
                if init.type != "MemberExpression" or not init.computed or init.property.type != "Identifier":
                    continue
                key = init.property._binding
                wanted = self.wants.locals.get(node.id._binding, "object")
                if isinstance(key, Binding) and key.kind == "param" and wanted not in ("undefined", None, False):
                    found.append(init)
        return tuple(dict.fromkeys(found))

    def _unset(self) -> tuple[str, ...]:
        """Variables of the module that are declared without a value and get one only from outside."""
        names = []
        for name, binding in self.program.scope.bindings.items():
            if binding.kind not in ("let", "var") or len(binding.declarations) != 1 or not binding.writes:
                continue
            declarator = binding.declarations[0]._parent
            if declarator is None or declarator.type != "VariableDeclarator" or not is_void(declarator.init):
                continue
            writes = [use.node._parent for use in binding.references if use.write]
            if writes and all(from_outside(write) for write in writes):
                names.append(name)
        return tuple(names[:20])


#: Observations that no collection between two calls could change.
_QUIET = frozenset({"held-object-not-released", "target-never-collected", "unregister-returns-false", "unregister-cancels-others"})
