"""Scopes, bindings and functions of a module, as ECMA-262 (sections 8 and 9.1) has them.

A ``Binding`` is a declared name; an Identifier that refers to it carries it as ``node._binding`` (None: a global). A
``FunctionInfo`` is anything that has a body of its own: the program, functions, class field initialisers and static blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..syntax.nodes import Node

BindingKind = Literal["var", "let", "const", "using", "await using", "function", "class", "param", "catch", "import", "self"]
FunctionKind = Literal["program", "function", "arrow", "method", "constructor", "getter", "setter", "field", "static-block"]


class Reference:
    """One Identifier that refers to a binding (or to a global), and the function it stands in."""

    __slots__ = ("function", "node", "write")

    def __init__(self, node: Node, function: FunctionInfo, write: bool) -> None:
        self.node = node
        self.function = function
        self.write = write


class Binding:
    """A declared name. ``writes`` counts assignments other than the declaration's own initialiser."""

    __slots__ = ("declarations", "exported", "kind", "name", "references", "scope", "writes")

    def __init__(self, name: str, kind: BindingKind, scope: Scope, node: Node) -> None:
        self.name = name
        self.kind = kind
        self.scope = scope
        self.declarations: list[Node] = [node]
        self.references: list[Reference] = []
        self.writes = 0
        self.exported = False

    @property
    def function(self) -> FunctionInfo:
        """The function whose activations hold this binding."""
        return self.scope.function

    @property
    def is_module_level(self) -> bool:
        """Whether the binding lives as long as the module does."""
        return self.scope.function.kind == "program"

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class Scope:
    """A stretch of program that declares names."""

    __slots__ = ("_captured", "bindings", "function", "is_function", "node", "parent", "pending")

    def __init__(self, parent: Scope | None, function: FunctionInfo, node: Node, is_function: bool) -> None:
        self.parent = parent
        self.function = function
        self.node = node
        self.is_function = is_function
        self.bindings: dict[str, Binding] = {}
        self.pending: list[Reference] = []
        self._captured: list[tuple[Binding, Node]] | None = None

    @property
    def captured(self) -> list[tuple[Binding, Node]]:
        """The bindings that closures capture, each with the first Identifier that does so. To be asked for once all is resolved."""
        if self._captured is None:
            self._captured = []
            for binding in self.bindings.values():
                inner = next((use.node for use in binding.references if use.function is not self.function), None)
                if inner is not None:
                    self._captured.append((binding, inner))
        return self._captured

    def encloses(self, other: Scope | None) -> bool:
        """Whether ``other`` is this scope or lies inside it."""
        while other is not None:
            if other is self:
                return True
            other = other.parent
        return False


@dataclass(frozen=True)
class LeftOut:
    """What a program lacks: the bodies of functions that were blanked out before it was parsed, and what is known of them.

    See ``languages.code.Absent`` for the fields behind the first.
    """

    bodies: Sequence[tuple[int, int]]
    nodes: int
    crowds: Mapping[str, tuple[int, int]]
    unregistering: frozenset[str]
    lost: frozenset[str]

    @cached_property
    def starts(self) -> frozenset[int]:
        """Where the bodies begin."""
        return frozenset(start for start, _ in self.bodies)


class ClassInfo:
    """A class: its members by name, own ones only. Computed names that are not well-known symbols are left out."""

    __slots__ = ("binding", "constructor", "fields", "function", "methods", "name", "node", "static_fields", "static_methods")

    def __init__(self, node: Node, function: FunctionInfo, name: str) -> None:
        self.node = node
        self.function = function
        self.name = name
        self.binding: Binding | None = None
        self.constructor: FunctionInfo | None = None
        self.methods: dict[str, FunctionInfo] = {}
        self.static_methods: dict[str, FunctionInfo] = {}
        self.fields: list[tuple[str | None, Node, FunctionInfo]] = []
        self.static_fields: list[tuple[str | None, Node, FunctionInfo]] = []

    @property
    def members(self) -> list[FunctionInfo]:
        """Every function that belongs to the class."""
        own = [*self.methods.values(), *self.static_methods.values()]
        own += [initialiser for _, _, initialiser in self.fields] + [initialiser for _, _, initialiser in self.static_fields]
        return own if self.constructor is None else [self.constructor, *own]


class FunctionInfo:
    """A function (or what runs like one), and what it captures.

    ``free`` maps each binding of an outer function that it, or a function inside it, refers to, to the first Identifier that
    does so. ``this_use`` is the first ``this`` or ``super`` that means its own ``this`` (or, for an arrow, the one it
    captures). ``is_left_out``: its body was not parsed, so that nothing is known of what it does.
    """

    __slots__ = (
        "arguments_use",
        "children",
        "class_info",
        "free",
        "is_async",
        "is_generator",
        "is_left_out",
        "is_static",
        "kind",
        "name",
        "node",
        "node_count",
        "outer_scope",
        "own_nodes",
        "parent",
        "prototype_owner",
        "scope",
        "this_use",
    )

    def __init__(self, node: Node, kind: FunctionKind, parent: FunctionInfo | None, outer_scope: Scope | None) -> None:
        self.node = node
        self.kind: FunctionKind = kind
        self.parent = parent
        self.outer_scope = outer_scope
        self.scope: Scope
        self.name = ""
        self.children: list[FunctionInfo] = []
        self.class_info: ClassInfo | None = None
        self.is_static = False
        self.is_left_out = False
        self.is_async = bool(node.isAsync)
        self.is_generator = bool(node.generator)
        self.free: dict[Binding, Node] = {}
        self.this_use: Node | None = None
        self.arguments_use: Node | None = None
        self.prototype_owner: Node | None = None
        self.node_count = 0
        self.own_nodes: list[Node] = []

    @property
    def params(self) -> list[Node]:
        """Its parameter patterns."""
        return list(self.node.params or ()) if self.kind not in ("program", "field", "static-block") else []

    @property
    def captures_this(self) -> bool:
        """Whether its ``this`` is that of an outer function, and is used."""
        return self.kind == "arrow" and self.this_use is not None

    @property
    def ancestors(self) -> list[FunctionInfo]:
        """The functions it lies in, innermost first."""
        found: list[FunctionInfo] = []
        outer = self.parent
        while outer is not None:
            found.append(outer)
            outer = outer.parent
        return found

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class Scopes:
    """All that was resolved in one module."""

    def __init__(self, program: FunctionInfo) -> None:
        self.program = program
        self.functions: list[FunctionInfo] = []
        self.classes: list[ClassInfo] = []
        self.globals: dict[str, list[Reference]] = {}
        self.node_count = 0
        self.protocol_nodes: list[tuple[Node, FunctionInfo]] = []
        self.exports: list[tuple[str, Node]] = []
        #: Type annotations by the offset of the name that has one.
        self.annotations: Mapping[int, str] = {}
        self.left_out: LeftOut | None = None

    @property
    def size(self) -> int:
        """The nodes of the whole program, about so many where bodies were left out."""
        return self.node_count if self.left_out is None else max(self.node_count, self.left_out.nodes)

    def namesakes(self, name: str, known: int) -> int:
        """How many functions have a name, of which ``known`` were parsed."""
        return known if self.left_out is None else max(known, self.left_out.crowds.get(name, (0, 0))[0])

    def calls(self, name: str, known: int) -> int:
        """How many calls mention a name, of which ``known`` were parsed."""
        return known if self.left_out is None else max(known, self.left_out.crowds.get(name, (0, 0))[1])

    def is_lost(self, name: str) -> bool:
        """Whether a variable or property of this name has uses that were left out."""
        return self.left_out is not None and name in self.left_out.lost
