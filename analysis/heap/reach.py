"""Strong reachability: whether an object keeps another alive, and the shortest path that shows it.

A path must end at the very value it is asked about, not just at an object of the same allocation site (another instance of
the class, say): ``origin`` follows copies back to where a value comes from, and two variables with one origin hold the same
value. In between, paths go through what the module is known to have stored; nothing is claimed through a variable or property
that is cleared again, nor through what lives as long as the module does (that is another rule's).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ..scopes import Binding, ClassInfo, FunctionInfo
from ..syntax.nodes import Node
from .objects import ELEMENTS, KEYS, OPAQUE, WEAK, Activation, Obj, StrongEdge, Var

#: Objects that one search may reach.
BUDGET = 5000


@dataclass(frozen=True, slots=True)
class Step:
    """One strong edge of a path: what it is, where it is written, and the object it leads to (None at the end)."""

    label: str
    node: Node | None
    obj: Obj | None


#: What a strong edge is, where it is written, and the variable it leads to.
Edge = tuple[str, Node | None, Var]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The edge by which a search came to an object first. Where it began there is no ``owner``, and no ``label``."""

    owner: Obj | None
    label: str
    node: Node | None
    var: Var


def origin(var: Var) -> Var | Obj:
    """Where the value of a variable comes from: the one object or variable that flows into it, by way of copies alone."""
    chain: list[Var] = []
    current: Var = var
    found: Var | Obj = var
    while True:
        if current._origin is not None:
            found = current._origin
            break
        chain.append(current)
        sources = {source for source, _ in current.sources if isinstance(source, Obj) or source.objects}
        if len(sources) != 1:
            found = current
            break
        source = next(iter(sources))
        if isinstance(source, Obj) or source in chain:
            found = source
            break
        current = source
    for link in chain:
        link._origin = found
    return found


def same_value(first: Var | None, second: Var | None) -> bool:
    """Whether two variables certainly hold the same object."""
    if first is None or second is None:
        return False
    if first is second:
        return bool(first.objects) and not all(obj.is_primitive for obj in first.objects)
    one = origin(first)
    if one is not origin(second):
        return False
    return not (isinstance(one, Obj) and one.is_primitive)


def captured(closure: Obj, binding: Binding) -> Var | None:
    """The variable of a captured binding, as the closure sees it; None where it was never given a value."""
    home: Activation | None = closure.activation
    while home is not None and home.function is not binding.scope.function:
        home = home.parent
    return None if home is None else home.variables.get(binding)


def strong_edges(obj: Obj) -> tuple[StrongEdge, ...]:
    """The strong edges out of an object of a graph that is complete."""
    if obj.strong is None:
        obj.strong = tuple(_strong_edges(obj))  # a search for each registration asks again
    return obj.strong


def _strong_edges(obj: Obj) -> Iterator[StrongEdge]:
    if obj.kind in WEAK or obj.is_primitive or obj.kind in ("builtin", "global", "method"):
        return
    if obj.kind == "function":
        function = obj.info
        assert isinstance(function, FunctionInfo)
        if function.captures_this and obj.activation is not None:
            yield "captures `this`", function.this_use, obj.activation.this, None
        for binding, node in function.free.items():
            var = captured(obj, binding)
            if var is not None:
                yield f"captures `{binding.name}`", node, var, binding
    for name, var in obj.fields.items():
        if not name.startswith("%"):
            yield _edge_label(obj, name), None, var, None
    if obj.proto is not None:
        yield "prototype", obj.node, obj.proto, None
    cls = obj.cls if obj.kind == "instance" else obj
    if cls is not None and cls.kind == "class" and _is_local(cls):
        info = cls.info
        assert isinstance(info, ClassInfo)
        for method in info.members:
            for binding, node in method.free.items():
                var = captured(cls, binding)
                if var is not None:
                    yield f"{'its class' if cls is not obj else 'a method'} captures `{binding.name}`", node, var, binding


def _is_local(cls: Obj) -> bool:
    return cls.activation is not None and cls.activation.function.kind != "program"


def _edge_label(obj: Obj, name: str) -> str:
    if obj.kind == "bound":
        return name.replace("bound this", "bound `this`")
    if obj.kind in ("registry", "promise"):
        return name
    if name == ELEMENTS:
        return {"map": "Map value", "set": "Set entry", "array": "array element"}.get(obj.kind, "computed property")
    if name == KEYS:
        return "Map key"
    if name.startswith(("get ", "set ")):
        return f"accessor `{name[4:]}`"
    return f"element {name}" if obj.kind == "array" and name.isdigit() else f"property `{name}`"


def keeps(var: Var, target: Var, depth: int = 4) -> bool:
    """Whether a variable certainly holds the target's value; one of a collection's elements is enough."""
    if same_value(var, target):
        return True
    if not var.gathers or depth == 0:
        return False
    return any(isinstance(source, Var) and keeps(source, target, depth - 1) for source, _ in var.sources)


def step_place(var: Var, wanted: Obj | None, target: Var) -> Node | None:
    """The node that puts ``wanted`` (or the target itself) into a variable."""
    fallback: Node | None = None
    for source, node in var.sources:
        if node is None:
            continue
        if wanted is None:
            if isinstance(source, Var) and same_value(source, target):
                return node
        elif source is wanted or (isinstance(source, Var) and wanted in source.objects):
            return node
        fallback = fallback or node
    return fallback


class Search:
    """One search from a variable to a target. ``home`` is the activation whose registration is asked about."""

    def __init__(
        self, start: Var, start_node: Node | None, target: Var, home: Activation, without: frozenset[str] = frozenset()
    ) -> None:
        self.target = target
        self.home = home
        self.without = without
        self.in_module = home.function.kind == "program"
        self._reached: dict[Obj, _Arrival] = {}
        self._queue: deque[Obj] = deque()
        start_is_global = _module_level(start_node)
        weak = weak_sites(start)
        for obj in start.objects:
            if weak and stands_in(obj, weak):
                continue
            if start_is_global and not self.in_module and self._is_inner(obj):
                continue
            self._push(obj, _Arrival(None, "", obj.node if obj.node is not None and obj.kind == "function" else start_node, start))

    def _push(self, obj: Obj, arrival: _Arrival) -> None:
        if obj not in self._reached and len(self._reached) < BUDGET:
            self._reached[obj] = arrival
            self._queue.append(obj)

    def _is_inner(self, obj: Obj) -> bool:
        return obj.activation is not None and obj.activation.function.kind != "program"

    def _edges(self, obj: Obj) -> list[Edge]:
        """The strong edges that can be claimed."""
        outside = self._is_outside(obj)
        return [
            (label, node, var)
            for label, node, var, binding in strong_edges(obj)
            if not (
                var.cleared
                or label in self.without
                or (outside and self._is_set_here(var))
                or (binding is not None and binding.is_module_level and not self.in_module and not same_value(var, self.target))
            )
        ]

    def _is_outside(self, owner: Obj) -> bool:
        """Whether an object is older than this call, so that a property set here is set anew by the next call.

        Collections are not: what is added to them stays.
        """
        if self.in_module or owner.kind not in ("object", "instance", *OPAQUE) or owner in self.target.objects:
            return False
        activation: Activation | None = self.home
        while activation is not None:
            if activation.encloses(owner.activation):
                return False
            if activation.function.kind == "constructor" and owner in activation.this.objects:
                return False  # as new as the call
            activation = activation.caller
        return True

    def _is_set_here(self, var: Var) -> bool:
        function = self.home.function.node
        return any(
            node is not None
            and node.type == "AssignmentExpression"
            and function._start <= node._start
            and node._end <= function._end
            for _, node in var.sources
        )

    def _outlives(self, owner: Obj) -> bool:
        """Whether an object is there as long as the module is, unlike what is made in its functions."""
        return (
            not self.in_module
            and owner.activation is not None
            and owner.activation.function.kind == "program"
            and not (
                owner.kind == "instance"
                and owner.cls is not None
                and owner.cls.this is not None
                and owner in owner.cls.this.objects
            )
            and owner.kind != "function"
        )

    def _objects(self, var: Var, outlives: bool) -> Iterator[Obj]:
        weak = weak_sites(var)
        for obj in list(var.objects):
            if not obj.is_primitive and not (outlives and self._is_inner(obj)) and not (weak and stands_in(obj, weak)):
                yield obj

    def reached(self) -> Iterator[tuple[Obj, list[Edge]]]:
        """Every object that is strongly reached, nearest first, with the edges out of it."""
        while self._queue:
            obj = self._queue.popleft()
            edges = self._edges(obj)
            yield obj, edges
            outlives = self._outlives(obj)
            for label, node, var in edges:
                if same_value(var, self.target):
                    continue
                for other in self._objects(var, outlives):
                    if other not in self._reached:  # a large module reaches each object by many edges
                        self._push(other, _Arrival(obj, label, node, var))

    def path(self, obj: Obj) -> tuple[Step, ...]:
        """The shortest path to an object that is reached."""
        steps: list[Step] = []
        current: Obj | None = obj
        while current is not None:
            arrival = self._reached[current]
            if arrival.owner is None:
                steps.append(Step(describe(current), arrival.node, current))
            else:
                place = arrival.node or step_place(arrival.var, current, self.target)
                steps.append(Step(f"{arrival.label}: {describe(current)}", place, current))
            current = arrival.owner
        return tuple(reversed(steps))


def weak_sites(var: Var) -> set[Node]:
    """The expressions that make the weak objects of a variable."""
    return {obj.node for obj in var.objects if obj.kind in WEAK and obj.node is not None}


def stands_in(obj: Obj, weak: set[Node]) -> bool:
    """Whether an object is what the `new` of a weak one makes where an engine lacks that: a polyfill's object counts as weak.

    In ``const Ref = typeof WeakRef === "undefined" ? class { … } : WeakRef``, say, `new Ref(…)` makes either.
    """
    if obj.kind in WEAK or obj.node is None:
        return False
    return obj.node in weak or (obj.kind != "instance" and obj.activation is not None and obj.activation.site in weak)


def strong_path(
    start: Var | None, start_node: Node | None, target: Var | None, home: Activation, without: frozenset[str] = frozenset()
) -> tuple[Step, ...] | None:
    """The shortest path of strong edges from the value of a variable to the target's value, or None.

    The first step is the object that the path starts at, the last one the edge that reaches the target. Edges with a label of
    ``without`` are left out.
    """
    if start is None or target is None or not any(not obj.is_primitive for obj in target.objects):
        return None
    search = Search(start, start_node, target, home, without)
    for obj, edges in search.reached():
        for label, node, var in edges:
            if keeps(var, target):
                return (*search.path(obj), Step(label, node or step_place(var, None, target), None))
    return None


def _module_level(node: Node | None) -> bool:
    return node is not None and node.type == "Identifier" and node._binding is not None and node._binding.is_module_level


_ARTICLES = {
    "array": "array",
    "error": "error",
    "external": "object",
    "function": "function",
    "map": "Map",
    "object": "object",
    "promise": "promise",
    "registry": "FinalizationRegistry",
    "set": "Set",
    "weakmap": "WeakMap",
    "weakref": "WeakRef",
    "weakset": "WeakSet",
}


def describe(obj: Obj) -> str:
    """What a reader would call an object: "arrow function", "`Handle`", "object literal"."""
    if obj.kind == "function":
        function = obj.info
        assert isinstance(function, FunctionInfo)
        kind = "arrow function" if function.kind == "arrow" else "method" if function.kind == "method" else "function"
        return f"{kind} `{function.name}`" if function.name else kind
    if obj.kind == "instance":
        return f"instance of `{obj.label}`" if obj.label else "instance"
    if obj.kind == "class":
        return f"class `{obj.label}`"
    if obj.kind == "bound":
        return f"{obj.label}" if obj.label else "bound function"
    if obj.kind == "object" and obj.node is not None and obj.node.type == "ObjectExpression":
        return "object literal"
    if obj.kind == "array" and obj.node is not None and obj.node.type == "ArrayExpression":
        return "array literal"
    if obj.kind in ("param", "import", "global", "unknown"):
        return f"`{obj.label}`" if obj.label and " " not in obj.label else obj.label or "value"
    return _ARTICLES.get(obj.kind, obj.kind)
