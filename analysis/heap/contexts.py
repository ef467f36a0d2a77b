"""What V8's contexts keep alive beyond what a closure captures.

V8 keeps the variables that any closure of a scope captures in one context of the scope, and every closure made inside that
scope holds it, whether it uses the variable or not.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..scopes import Binding, FunctionInfo, Scope
from ..syntax.nodes import Node
from .objects import Activation, Obj, Var
from .reach import Search, Step, same_value


@dataclass(frozen=True, slots=True)
class SharedContext:
    """A closure on a path, and the variable of an enclosing scope that a sibling closure keeps in the context they share."""

    path: tuple[Step, ...]
    closure: Obj
    name: str
    sibling: Node


def shared_context(start: Var | None, start_node: Node | None, target: Var | None, home: Activation) -> SharedContext | None:
    """A closure that is strongly reached and does not capture the target, but shares V8's context with one that does."""
    if start is None or target is None or not any(not obj.is_primitive for obj in target.objects):
        return None
    contexts = _Contexts(target)
    for obj, path in Search(start, start_node, target, home).paths():
        if obj.kind == "function" and obj.activation is not None:
            found = contexts.sibling(obj)
            if found is not None:
                return SharedContext(path, obj, *found)
    return None


@dataclass(frozen=True, slots=True)
class _Slot:
    """A variable of a context that holds the target; ``binding`` None is `this`."""

    binding: Binding | None
    sibling: Node


class _Contexts:
    """The contexts that hold one target, each looked through once."""

    def __init__(self, target: Var) -> None:
        self.target = target
        self._slots: dict[tuple[Activation, Scope], list[_Slot]] = {}

    def sibling(self, closure: Obj) -> tuple[str, Node] | None:
        """The variable, and its use in another closure, by which a context that the closure holds keeps the target."""
        function = closure.info
        assert isinstance(function, FunctionInfo)
        scope: Scope | None = function.outer_scope
        activation = closure.activation
        while scope is not None and scope.function.kind != "program":
            while activation is not None and activation.function is not scope.function:
                activation = activation.parent
            if activation is None:
                return None
            for slot in self._of(activation, scope):
                if slot.binding is None and not function.captures_this:
                    return "`this`", slot.sibling
                if slot.binding is not None and slot.binding not in function.free:
                    return f"`{slot.binding.name}`", slot.sibling
            scope = scope.parent
        return None

    def _of(self, activation: Activation, scope: Scope) -> list[_Slot]:
        key = (activation, scope)
        slots = self._slots.get(key)
        if slots is None:
            slots = self._slots[key] = []
            for binding, node in scope.captured:
                var = activation.variables.get(binding)
                if var is not None and not var.cleared and same_value(var, self.target):
                    slots.append(_Slot(binding, node))
            use = _captured_this(scope.function) if scope.is_function and scope.function.kind != "arrow" else None
            if use is not None and same_value(activation.this, self.target):
                slots.append(_Slot(None, use))
        return slots


def _captured_this(function: FunctionInfo) -> Node | None:
    for child in function.children:
        if child.kind == "arrow" and child.this_use is not None:
            return child.this_use
    return None
