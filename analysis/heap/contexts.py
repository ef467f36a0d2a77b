"""What V8's contexts keep alive beyond what a closure captures.

V8 keeps the variables that any closure of a scope captures in one context of the scope, and every closure made inside that
scope holds it, whether it uses the variable or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..scopes import Binding, FunctionInfo, Scope
from ..syntax.nodes import Node
from .objects import Activation, Obj, Var
from .reach import Search, Step, origin
from .reachable import Reachable


@dataclass(frozen=True, slots=True)
class SharedContext:
    """A closure on a path, and the variable of an enclosing scope that a sibling closure keeps in the context they share."""

    path: tuple[Step, ...]
    closure: Obj
    name: str
    sibling: Node


@dataclass(frozen=True, slots=True)
class _Slot:
    """A variable of a context; ``binding`` None is `this`."""

    binding: Binding | None
    sibling: Node


class Contexts:
    """The contexts of a module's activations: what each holds, by where the value comes from. Each is looked through once."""

    def __init__(self) -> None:
        self._slots: dict[tuple[Activation, Scope], dict[Var | Obj, list[_Slot]]] = {}
        self._reachable = Reachable(self._origins)

    def shared(self, start: Var | None, start_node: Node | None, target: Var | None, home: Activation) -> SharedContext | None:
        """A closure that is strongly reached and does not capture the target, but shares V8's context with one that does."""
        if start is None or target is None or all(obj.is_primitive for obj in target.objects):
            return None
        if not self._reachable.may_lead(start, target):
            return None
        search = Search(start, start_node, target, home)
        for obj, _ in search.reached():
            if obj.kind == "function":
                found = self._sibling(obj, origin(target))
                if found is not None:
                    return SharedContext(search.path(obj), obj, *found)
        return None

    def _sibling(self, closure: Obj, target: Var | Obj) -> tuple[str, Node] | None:
        """The variable, and its use in another closure, by which a context that the closure holds keeps the target."""
        function = closure.info
        assert isinstance(function, FunctionInfo)
        for slots in self._around(closure):
            for slot in slots.get(target, ()):
                if slot.binding is None and not function.captures_this:
                    return "`this`", slot.sibling
                if slot.binding is not None and slot.binding not in function.free:
                    return f"`{slot.binding.name}`", slot.sibling
        return None

    def _origins(self, obj: Obj) -> Iterator[Var | Obj]:
        """The origins of what an object holds by the contexts around it."""
        for slots in self._around(obj) if obj.kind == "function" else ():
            yield from slots

    def _around(self, closure: Obj) -> Iterator[dict[Var | Obj, list[_Slot]]]:
        """What the contexts hold that a closure holds, the innermost first."""
        function = closure.info
        assert isinstance(function, FunctionInfo)
        scope: Scope | None = function.outer_scope
        activation = closure.activation
        while scope is not None and scope.function.kind != "program":
            while activation is not None and activation.function is not scope.function:
                activation = activation.parent
            if activation is None:
                return
            yield self._of(activation, scope)
            scope = scope.parent

    def _of(self, activation: Activation, scope: Scope) -> dict[Var | Obj, list[_Slot]]:
        key = (activation, scope)
        slots = self._slots.get(key)
        if slots is None:
            slots = self._slots[key] = {}
            for binding, node in scope.captured:
                var = activation.variables.get(binding)
                if var is not None and not var.cleared:
                    slots.setdefault(origin(var), []).append(_Slot(binding, node))
            use = _captured_this(scope.function) if scope.is_function and scope.function.kind != "arrow" else None
            if use is not None:
                slots.setdefault(origin(activation.this), []).append(_Slot(None, use))
        return slots


def _captured_this(function: FunctionInfo) -> Node | None:
    for child in function.children:
        if child.kind == "arrow" and child.this_use is not None:
            return child.this_use
    return None
