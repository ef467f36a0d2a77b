"""What collections hold, and what iterating a value gives (ECMA-262, section 7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.nodes import Node
from .objects import ELEMENTS, KEYS, Activation, Obj, Var

if TYPE_CHECKING:
    from .build import HeapBuilder


def elements(heap: HeapBuilder, obj: Obj) -> Var:
    """The variable of all that an array or object has under any index or name (of a Map: its values)."""
    if obj.kind not in ("array", "object"):
        return heap.field(obj, ELEMENTS)
    every = obj.fields.get("%all")
    if every is None:
        every = obj.fields["%all"] = Var("elements")
        every.gathers = True
        for name, var in list(obj.fields.items()):
            if not name.startswith("%"):
                heap.solver.copy(var, every)
    return every


def entry(heap: HeapBuilder, obj: Obj, node: Node, activation: Activation) -> Var:
    """A new `[key, value]` of a Map (or `[index, value]`, `[value, value]`)."""
    made, var = heap.site("array", node, activation, "entry")
    values = elements(heap, obj)
    keys = heap.field(obj, KEYS) if obj.kind == "map" else values if obj.kind == "set" else heap.primitive("number")
    heap.solver.copy(keys, heap.field(made, "0"), node)
    heap.solver.copy(values, heap.field(made, "1"), node)
    return var


def iterated(heap: HeapBuilder, value: Var, node: Node, activation: Activation) -> Var:
    """What `for (… of value)` or `...value` gives, one by one."""
    result = Var("element")
    result.gathers = True

    def give(obj: Obj) -> None:
        if obj.kind == "map":
            heap.solver.copy(entry(heap, obj, node, activation), result, node)
        elif obj.kind in ("array", "set"):
            heap.solver.copy(elements(heap, obj), result, node)
        else:
            heap.load_from(obj, ELEMENTS, result, node)

    heap.solver.watch(value, give)
    return result
