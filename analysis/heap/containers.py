"""Methods of arrays, Maps, Sets, their weak kin, and promises: what they store, what they give back, whom they call.

A callback is called with every element at once; what it returns goes where the method puts it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .iteration import elements, entry, iterated
from .objects import ELEMENTS, KEYS, Obj, Var

if TYPE_CHECKING:
    from .build import HeapBuilder
    from .calls import Call

Handler = Callable[["HeapBuilder", Obj, "Call"], None]


def _result(heap: HeapBuilder, call: Call, value: Var) -> None:
    heap.solver.copy(value, call.result, call.node)


def _made(heap: HeapBuilder, call: Call, label: str, values: list[Var]) -> None:
    """The result is a new array of these values."""
    made, var = heap.site("array", call.node, call.activation, label)
    for value in values:
        heap.solver.copy(value, heap.field(made, ELEMENTS), call.node)
    _result(heap, call, var)


def _call_with_elements(heap: HeapBuilder, receiver: Obj, call: Call) -> Var:
    """Call the callback with each element; what it returns."""
    from .calls import call_value

    result = Var("callback result")
    if call.arguments:
        values = elements(heap, receiver)
        seconds = {"map": heap.field(receiver, KEYS), "set": values} if receiver.kind != "array" else {}
        second = seconds.get(receiver.kind, heap.primitive("number"))
        call_value(heap, call.arguments[0], [values, second], call.node, call.activation, result)
    return result


def _get(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _result(heap, call, heap.field(receiver, ELEMENTS))
    heap.solver.hint(call.result, next(iter(heap.undefined.objects)))


def _set(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    if len(call.arguments) > 1:
        heap.solver.copy(call.arguments[0], heap.field(receiver, KEYS), call.node)
        heap.solver.copy(call.arguments[1], heap.field(receiver, ELEMENTS), call.node)
    heap.solver.add(call.result, receiver, call.node)


def _add(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    for argument in call.arguments:
        heap.solver.copy(argument, heap.field(receiver, ELEMENTS), call.node)
    heap.solver.add(call.result, receiver, call.node)


def _push(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    for argument in call.arguments:
        heap.solver.copy(argument, heap.field(receiver, ELEMENTS), call.node)
    _number(heap, receiver, call)


def _splice(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    for argument in call.arguments[2:]:
        heap.solver.copy(argument, heap.field(receiver, ELEMENTS), call.node)
    _elements(heap, receiver, call)


def _fill(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    for argument in call.arguments[:1]:
        heap.solver.copy(argument, heap.field(receiver, ELEMENTS), call.node)
    heap.solver.add(call.result, receiver, call.node)


def _itself(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    heap.solver.add(call.result, receiver, call.node)


def _element(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _result(heap, call, elements(heap, receiver))
    heap.solver.hint(call.result, next(iter(heap.undefined.objects)))


def _find(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _call_with_elements(heap, receiver, call)
    _element(heap, receiver, call)


def _elements(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _made(heap, call, "array", [elements(heap, receiver)])


def _filter(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _call_with_elements(heap, receiver, call)
    _elements(heap, receiver, call)


def _concat(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    made, _ = heap.site("array", call.node, call.activation, "array")
    target = heap.field(made, ELEMENTS)

    def give(obj: Obj) -> None:
        if obj.kind == "array":
            heap.solver.copy(elements(heap, obj), target, call.node)
        else:
            heap.solver.add(target, obj, call.node)

    for argument in call.arguments:
        heap.solver.watch(argument, give)
    _elements(heap, receiver, call)


def _flat(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    values = elements(heap, receiver)
    _made(heap, call, "array", [values, iterated(heap, values, call.node, call.activation)])


def _entries(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    made, var = heap.site("object", call.node, call.activation, "entries")
    heap.solver.copy(entry(heap, receiver, call.node, call.activation), heap.field(made, ELEMENTS), call.node)
    _result(heap, call, var)


def _keys(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    if receiver.kind == "array":
        _made(heap, call, "keys", [heap.primitive("number")])
    else:
        _made(heap, call, "keys", [heap.field(receiver, KEYS if receiver.kind == "map" else ELEMENTS)])


def _each(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _call_with_elements(heap, receiver, call)
    _result(heap, call, heap.undefined)


def _map(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _made(heap, call, "array", [_call_with_elements(heap, receiver, call)])


def _flat_map(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    values = _call_with_elements(heap, receiver, call)
    _made(heap, call, "array", [values, iterated(heap, values, call.node, call.activation)])


def _test(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _call_with_elements(heap, receiver, call)
    _boolean(heap, receiver, call)


def _find_index(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _call_with_elements(heap, receiver, call)
    _number(heap, receiver, call)


def _reduce(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    from .calls import call_value

    if call.arguments:
        total = Var("total")
        values = elements(heap, receiver)
        heap.solver.copy(call.arguments[1] if len(call.arguments) > 1 else values, total, call.node)
        call_value(heap, call.arguments[0], [total, values], call.node, call.activation, total)
        _result(heap, call, total)


def _then(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    from .calls import call_value

    made, var = heap.site("promise", call.node, call.activation, "promise")
    value = heap.field(made, "value")
    for argument in call.arguments:
        call_value(heap, argument, [heap.field(receiver, "value")], call.node, call.activation, value)
    _result(heap, call, var)


def _boolean(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _result(heap, call, heap.primitive("boolean"))


def _number(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _result(heap, call, heap.primitive("number"))


def _string(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _result(heap, call, heap.primitive("string"))


def _undefined(heap: HeapBuilder, receiver: Obj, call: Call) -> None:
    _result(heap, call, heap.undefined)


#: By kind of receiver ("any": whatever has a method of that name) and name.
CONTAINER_METHODS: dict[tuple[str, str], Handler] = {
    ("map", "get"): _get,
    ("map", "set"): _set,
    ("map", "entries"): _entries,
    ("map", "@@iterator"): _entries,
    ("map", "forEach"): _each,
    ("weakmap", "get"): _get,
    ("weakmap", "set"): _set,
    ("set", "add"): _add,
    ("weakset", "add"): _add,
    ("set", "forEach"): _each,
    ("set", "entries"): _entries,
    ("set", "@@iterator"): _keys,
    ("array", "@@iterator"): _elements,
    ("array", "at"): _element,
    ("array", "concat"): _concat,
    ("array", "entries"): _entries,
    ("array", "every"): _test,
    ("array", "fill"): _fill,
    ("array", "filter"): _filter,
    ("array", "find"): _find,
    ("array", "findIndex"): _find_index,
    ("array", "findLast"): _find,
    ("array", "findLastIndex"): _find_index,
    ("array", "flat"): _flat,
    ("array", "flatMap"): _flat_map,
    ("array", "forEach"): _each,
    ("array", "indexOf"): _number,
    ("array", "join"): _string,
    ("array", "lastIndexOf"): _number,
    ("array", "map"): _map,
    ("array", "pop"): _element,
    ("array", "push"): _push,
    ("array", "reduce"): _reduce,
    ("array", "reduceRight"): _reduce,
    ("array", "reverse"): _itself,
    ("array", "shift"): _element,
    ("array", "slice"): _elements,
    ("array", "some"): _test,
    ("array", "sort"): _itself,
    ("array", "splice"): _splice,
    ("array", "toReversed"): _elements,
    ("array", "toSorted"): _elements,
    ("array", "unshift"): _push,
    ("promise", "then"): _then,
    ("promise", "catch"): _then,
    ("promise", "finally"): _then,
    ("any", "values"): _elements,
    ("any", "keys"): _keys,
    ("any", "has"): _boolean,
    ("any", "includes"): _boolean,
    ("any", "delete"): _boolean,
    ("any", "clear"): _undefined,
}
