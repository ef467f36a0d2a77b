"""The walk that scope analysis makes: scopes opened and closed, names declared, references resolved as each scope closes."""

from __future__ import annotations

from collections.abc import Callable

from ..syntax.nodes import CHILD_FIELDS, Node
from .model import Binding, BindingKind, FunctionInfo, Reference, Scope, Scopes

PROTOCOL_GLOBALS = frozenset({"FinalizationRegistry", "WeakRef"})
_EVENTS = frozenset(
    {
        "CallExpression",
        "NewExpression",
        "ThrowStatement",
        "AwaitExpression",
        "ReturnStatement",
        "AssignmentExpression",
        "YieldExpression",
    }
)


class Walk:
    """Where a walk over a program is: the scope and the function it stands in, and what has been found."""

    handlers: dict[str, Callable[[Node], None]]

    def __init__(self, program: Node) -> None:
        root = FunctionInfo(program, "program", None, None)
        self.function = root
        self.scopes = Scopes(root)
        self.scopes.functions.append(root)
        program._info = root
        self.scope = root.scope = Scope(None, root, program, is_function=True)

    def visit(self, node: Node, parent: Node) -> None:
        """Set a node's parent and give it to its handler."""
        node._parent = parent
        kind = node.type
        self.function.node_count += 1
        if kind in _EVENTS:
            self.function.own_nodes.append(node)
        handler = self.handlers.get(kind)
        if handler is not None:
            handler(node)
        else:
            self.children(node)

    def children(self, node: Node) -> None:
        """Visit all that is directly below a node."""
        fields = node.__dict__
        for name in CHILD_FIELDS.get(node.type, ()):
            value = fields.get(name)
            if value is None:
                continue
            if isinstance(value, list):
                for item in value:
                    if item is not None:
                        self.visit(item, node)
            else:
                self.visit(value, node)

    def nothing(self, node: Node) -> None:
        pass

    def open(self, node: Node, is_function: bool = False) -> Scope:
        """Open a scope inside the present one."""
        self.scope = Scope(self.scope, self.function, node, is_function)
        return self.scope

    def close(self) -> None:
        """Resolve what the scope can resolve, pass the rest outwards, and go back to the outer scope."""
        scope = self.scope
        parent = scope.parent
        bindings = scope.bindings
        for reference in scope.pending:
            name = reference.node.name
            binding = bindings.get(name)
            if binding is None:
                if parent is not None:
                    parent.pending.append(reference)
                else:
                    self.scopes.globals.setdefault(name, []).append(reference)
                    if name in PROTOCOL_GLOBALS:
                        self.scopes.protocol_nodes.append((reference.node, reference.function))
                continue
            reference.node._binding = binding
            binding.references.append(reference)
            if reference.write:
                binding.writes += 1
            function = reference.function
            home = binding.scope.function
            while function is not home and function is not None:
                function.free.setdefault(binding, reference.node)
                function = function.parent  # type: ignore[assignment]
        scope.pending = []
        if parent is not None:
            self.scope = parent

    def declare(self, identifier: Node, kind: BindingKind, scope: Scope) -> Binding:
        """The binding of a declared name in a scope."""
        name = str(identifier.name)
        binding = scope.bindings.get(name)
        if binding is None:
            binding = scope.bindings[name] = Binding(name, kind, scope, identifier)
        else:
            binding.declarations.append(identifier)
        identifier._binding = binding
        return binding

    def declare_pattern(self, pattern: Node | None, parent: Node, kind: BindingKind, scope: Scope) -> None:
        """Declare the names of a pattern; its defaults and computed keys are expressions."""
        if pattern is None:
            return
        pattern._parent = parent
        shape = pattern.type
        if shape == "Identifier":
            self.declare(pattern, kind, scope)
        elif shape == "AssignmentPattern":
            self.declare_pattern(pattern.left, pattern, kind, scope)
            self.visit(pattern.right, pattern)
        elif shape == "ArrayPattern":
            for element in pattern.elements:
                self.declare_pattern(element, pattern, kind, scope)
        elif shape == "ObjectPattern":
            for item in pattern.properties:
                if item.type == "Property":
                    item._parent = pattern
                    if item.computed:
                        self.visit(item.key, item)
                    self.declare_pattern(item.value, item, kind, scope)
                else:
                    self.declare_pattern(item, pattern, kind, scope)
        elif shape == "RestElement":
            self.declare_pattern(pattern.argument, pattern, kind, scope)

    def function_scope(self) -> Scope:
        """The scope that `var` declares in here."""
        scope = self.scope
        while not scope.is_function:
            assert scope.parent is not None
            scope = scope.parent
        return scope

    def refer(self, node: Node, write: bool) -> None:
        """Note an Identifier that refers to some binding."""
        self.scope.pending.append(Reference(node, self.function, write))
