"""Builds the retention graph of a module: lowers relevant functions to constraints and solves them.

This is the state that the lowering passes share (``expressions``, ``statements``, ``calls``, ``builtins``) and the few
operations they have in common: variables, fields, closures, activations. Only functions that can matter to a finding are
lowered (see ``relevance``); what the others do is unknown, never guessed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..scopes import Binding, ClassInfo, FunctionInfo, Scopes
from ..syntax.nodes import Node
from .annotations import Annotations, add_typed
from .iteration import elements
from .modules import bind_import
from .objects import ELEMENTS, KEYS, METHODS, Activation, Kind, Obj, Var
from .solver import Solver

if TYPE_CHECKING:
    from .events import Events

#: Field steps below an opaque object that are told apart; deeper ones are one object.
OPAQUE_DEPTH = 3
#: Calls deep that a function is cloned for.
CLONE_DEPTH = 3
#: Largest function (in nodes, with what it encloses) that is cloned.
CLONE_SIZE = 4000
#: Calls that one function is cloned for: one in which the protocol is at work, and any other that makes something.
CLONES_OF_WRAPPER = 200
CLONES_OF_FACTORY = 20

Lowering = Callable[["HeapBuilder", Node, Activation], Var]


class HeapBuilder:
    """The graph while it is built. ``relevant`` None means every function is."""

    def __init__(self, budget: int, clone_budget: int, events: Events) -> None:
        from . import expressions, statements

        self.solver = Solver(budget)
        self.events = events
        self.clone_budget = clone_budget
        self.relevant: frozenset[FunctionInfo] | None = None
        self.wrappers: frozenset[FunctionInfo] = frozenset()
        self.expressions = expressions.HANDLERS
        self.statements = statements.HANDLERS
        self.globals: dict[str, Obj] = {}
        self.primitives: dict[str, Var] = {}
        self.undefined = self.primitive("undefined")
        self.escaped = Var("escaped")
        self.canonical: dict[tuple[FunctionInfo, Activation | None], Activation] = {}
        self.clones: dict[tuple[Obj, Node, Activation], Activation] = {}
        self.classes: dict[tuple[ClassInfo, Activation], Obj] = {}
        self.closures: dict[tuple[FunctionInfo, Activation], Obj] = {}
        self.call_results: dict[tuple[Node, Activation], Var] = {}
        self.exports: dict[Scopes, dict[str, Var]] = {}
        self.modules: dict[tuple[Node, str], Scopes] = {}
        self.annotations: dict[FunctionInfo, Annotations] = {}
        self.bound_calls: set[tuple[Obj, Node, Var]] = set()
        self._sites: dict[tuple[Kind, Node, Activation], tuple[Obj, Var]] = {}
        self._loads: dict[tuple[Var, str], Var] = {}
        self.clone_counts: Counter[FunctionInfo] = Counter()
        self._queue: deque[tuple[FunctionInfo, Activation]] = deque()

    # Running

    def run(self) -> None:
        """Lower what is queued and solve, in turns, until neither has anything left."""
        while True:
            while self._queue and not self.solver.exhausted:
                function, activation = self._queue.popleft()
                self._lower_body(function, activation)
            self.solver.run()
            if self.solver.exhausted or not (self._queue or add_typed(self)):
                return

    def _lower_body(self, function: FunctionInfo, activation: Activation) -> None:
        from .statements import lower_function

        lower_function(self, function, activation)

    # Primitive and builtin values

    def primitive(self, kind: str) -> Var:
        """The constant variable that holds the one abstract primitive of a type."""
        var = self.primitives.get(kind)
        if var is None:
            var = self.primitives[kind] = Var(kind)
            var.constant = True
            obj = Obj("primitive", None, None, kind, kind)
            var.objects[obj] = None
            var.sources.append((obj, None))
        return var

    def global_object(self, name: str, kind: Kind = "global") -> Obj:
        """The one object that a global name stands for."""
        obj = self.globals.get(name)
        if obj is None:
            obj = self.globals[name] = Obj(kind, None, None, name, name)
        return obj

    def fresh(self, kind: Kind, node: Node, activation: Activation, info: object = None, label: str = "") -> tuple[Obj, Var]:
        """A new object of this site and activation, in a variable of its own."""
        obj = Obj(kind, node, activation, info, label)
        var = Var(label)
        self.solver.add(var, obj, node)
        return obj, var

    def site(self, kind: Kind, node: Node, activation: Activation, label: str = "", info: object = None) -> tuple[Obj, Var]:
        """The one object that an expression makes in an activation, however many callees or receivers it has."""
        key = (kind, node, activation)
        made = self._sites.get(key)
        if made is None:
            made = self._sites[key] = self.fresh(kind, node, activation, info, label)
        return made

    def unknown(self, node: Node, activation: Activation, label: str = "") -> Var:
        """A variable with a value that nothing is known of."""
        return self.site("unknown", node, activation, label)[1]

    # Variables and fields

    def variable(self, binding: Binding, activation: Activation) -> Var:
        """The variable of a binding, in the activation of the binding's function that encloses this one."""
        home: Activation | None = activation
        function = binding.scope.function
        while home is not None and home.function is not function:
            home = home.parent
        if home is None:
            return self.unknown(binding.declarations[0], activation, binding.name)
        var = home.variables.get(binding)
        if var is None:
            var = home.variables[binding] = Var(binding.name)
            if binding.kind == "import":
                bind_import(self, var, binding, home)
        return var

    def field(self, obj: Obj, name: str) -> Var:
        """The variable of an own property. What an object of unknown making holds there is an unknown of its own."""
        var = obj.fields.get(name)
        if var is None:
            var = obj.fields[name] = Var(name)
            var.gathers = name in (ELEMENTS, KEYS) and obj.kind in ("array", "map", "set")
            every = obj.fields.get("%all")
            if every is not None and not name.startswith("%"):
                self.solver.copy(var, every)
            if obj.kind in ("class", "function") and name == "prototype":
                prototype = Obj("object", obj.node, obj.activation, "prototype", f"{obj.label}.prototype")
                prototype.home = obj
                self.solver.add(var, prototype)
                return var
            if obj.is_opaque:
                child = obj if obj.level >= OPAQUE_DEPTH else Obj("unknown", obj.node, obj.activation, None, f"{obj.label}.{name}")
                if child is not obj:
                    child.level = obj.level + 1
                self.solver.add(var, child)
            elif obj.kind in ("instance", "function", "class") and not name.startswith("#"):
                child = Obj("unknown", obj.node, obj.activation, None, f"{obj.label}.{name}")
                child.level = 1
                self.solver.hint(var, child)
        return var

    def load(self, base: Var, name: str, node: Node) -> Var:
        """The variable of `base.name`."""
        key = (base, name)
        result = self._loads.get(key)
        if result is None:
            result = self._loads[key] = Var(name)
            target = result
            self.solver.watch(base, lambda obj: self.load_from(obj, name, target, node))
        return result

    def load_from(self, obj: Obj, name: str, target: Var, node: Node) -> None:
        """What `obj.name` gives flows into ``target``."""
        if obj.kind == "primitive":
            return
        if name in METHODS.get(obj.kind, ()) and name not in obj.fields:
            self.solver.add(target, self.method(obj, name), node)
            return
        if obj.kind == "builtin":
            from .builtins import member_of_builtin

            self.solver.copy(member_of_builtin(self, obj, name), target, node)
            return
        if name == ELEMENTS and obj.kind in ("array", "object"):
            self.solver.copy(elements(self, obj), target, node)
            name = ""
        elif obj.kind in ("array", "map", "set") and name not in (ELEMENTS, KEYS):
            if name in ("length", "size"):
                self.solver.copy(self.primitive("number"), target, node)
            elif name.isdigit() or name in obj.fields:
                self.solver.copy(self.field(obj, name), target, node)
                if obj.kind == "array":
                    self.solver.copy(self.field(obj, ELEMENTS), target, node)
            else:
                self.solver.add(target, self.method(obj, name), node)
            return
        if obj.kind in ("instance", "class") and self.load_member(
            obj, obj.cls if obj.kind == "instance" else obj, name, target, node
        ):
            return
        if name:
            self._get(obj, name, target, node)
            self.solver.copy(self.field(obj, name), target, node)
        if obj.proto is not None:
            self.solver.copy(self.load(obj.proto, name or ELEMENTS, node), target, node)

    def _get(self, obj: Obj, name: str, target: Var, node: Node) -> None:
        """What an accessor of an object literal, or one that was defined, gives for a property."""
        from .calls import enter_call

        getter, activation = obj.fields.get(f"get {name}"), obj.activation
        if getter is None or activation is None:
            return
        this = Var("this")
        self.solver.add(this, obj, node)

        def call(closure: Obj) -> None:
            if closure.kind == "function":
                enter_call(self, closure, this, [], node, activation, target)

        self.solver.watch(getter, call)

    def load_member(self, receiver: Obj, cls: Obj | None, name: str, target: Var, node: Node) -> bool:
        """Look a method or accessor up along the class chain; False where no class of the chain that is known has it."""
        seen: set[Obj] = set()
        while cls is not None and cls not in seen:
            seen.add(cls)
            if cls.kind == "function":
                self.solver.copy(self.load(self.field(cls, "prototype"), name, node), target, node)
                return False
            if cls.kind != "class":
                break
            info = cls.info
            assert isinstance(info, ClassInfo)
            methods = info.methods if receiver.kind == "instance" else info.static_methods
            method = methods.get(name)
            if method is not None:
                assert cls.activation is not None
                closure = self.closure(method, cls.activation, cls)
                if method.kind == "getter":
                    this = Var("this")
                    self.solver.add(this, receiver, node)
                    from .calls import enter_call

                    enter_call(self, closure, this, [], node, cls.activation, target)
                else:
                    self.solver.add(target, closure, node)
                return True
            parent: Obj | None = None
            if cls.proto is not None:
                for candidate in list(cls.proto.objects):
                    if candidate.kind in ("class", "function"):
                        parent = candidate
                    elif candidate.kind == "builtin" and candidate.info == "FinalizationRegistry" and name in METHODS["registry"]:
                        self.solver.add(target, self.method(receiver, name), node)
                        return True
            cls = parent
        return False

    def method(self, receiver: Obj, name: str) -> Obj:
        """A builtin's method, bound to its receiver."""
        key = f"%{name}"
        var = receiver.fields.get(key)
        if var is None:
            var = receiver.fields[key] = Var(name)
            obj = Obj("method", receiver.node, receiver.activation, name, name)
            obj.home = receiver
            self.solver.add(var, obj)
        return next(iter(var.objects))

    def store(self, base: Var, name: str, value: Var, node: Node) -> None:
        """`base.name = value`."""
        self.solver.watch(base, lambda obj: self._store_to(obj, name, value, node))

    def _store_to(self, obj: Obj, name: str, value: Var, node: Node) -> None:
        if obj.kind == "primitive":
            return
        if obj.kind in ("global", "import", "param", "unknown", "builtin"):
            self.solver.copy(value, self.escaped, node)
        self.solver.copy(value, self.field(obj, name), node)

    # Functions, classes, activations

    def is_relevant(self, function: FunctionInfo) -> bool:
        return self.relevant is None or function in self.relevant

    def closure(self, function: FunctionInfo, activation: Activation, home: Obj | None = None) -> Obj:
        """The function object that evaluating a function in an activation makes."""
        key = (function, activation)
        obj = self.closures.get(key)
        if obj is None:
            obj = self.closures[key] = Obj("function", function.node, activation, function, function.name or "function")
            obj.home = home
            if self.is_relevant(function):
                self.enter(function, activation, obj)
        return obj

    def enter(self, function: FunctionInfo, parent: Activation, closure: Obj) -> Activation:
        """The canonical activation of a function: its parameters are symbols, unless its only call is known (see ``calls``)."""
        key = (function, parent)
        activation = self.canonical.get(key)
        if activation is None:
            activation = Activation(function, parent, self._canonical_this(function, parent, closure), None, None)
            self.canonical[key] = activation
            self._queue.append((function, activation))
        return activation

    def queue(self, function: FunctionInfo, activation: Activation) -> None:
        """Have the body lowered in this activation."""
        self._queue.append((function, activation))

    def _canonical_this(self, function: FunctionInfo, parent: Activation, closure: Obj) -> Var:
        if function.kind == "arrow":
            return parent.this
        home = closure.home
        if home is not None and home.kind == "class" and not function.is_static and home.this is not None:
            return home.this
        this = Var("this")
        if function.prototype_owner is not None and function.prototype_owner._binding is not None:
            owner = self.variable(function.prototype_owner._binding, parent)
            self.solver.watch(owner, lambda obj: self.solver.copy(self.instance_of(obj), this) if obj.kind == "function" else None)
        elif home is not None:
            self.solver.add(this, home, function.node)
        else:
            self.solver.copy(self.instance_of(closure), this, function.node)
        return this

    def instance_of(self, constructor: Obj) -> Var:
        """The variable of the symbolic instance that a class's (or constructor function's) own methods see as `this`."""
        if constructor.this is None:
            constructor.this = Var("this")
            instance = Obj("instance", constructor.node, constructor.activation, None, constructor.label)
            instance.cls = constructor
            self.solver.add(constructor.this, instance, constructor.node)
        return constructor.this

    def class_of(self, activation: Activation | None) -> Obj | None:
        """The class whose member this activation runs (or lies in)."""
        while activation is not None:
            info = activation.function.class_info
            if info is not None and activation.parent is not None:
                return self.classes.get((info, activation.parent))
            activation = activation.parent
        return None

    # Expressions

    def expr(self, node: Node, activation: Activation) -> Var:
        """The variable that holds what an expression evaluates to."""
        handler = self.expressions.get(node.type)
        if handler is None:
            return self.unknown(node, activation)
        return handler(self, node, activation)

    def statement(self, node: Node, activation: Activation) -> None:
        handler = self.statements.get(node.type)
        if handler is not None:
            handler(self, node, activation)
