"""What the graph knows of the language's own objects: collections, promises, bound functions, registries and WeakRefs.

Anything else of the host is opaque: it may do what it likes, and nothing is claimed through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .containers import CONTAINER_METHODS
from .events import BadCall, CollectionCall, Deref, RegistryCall, RegistryMade, WeakRefMade
from .iteration import iterated
from .objects import ELEMENTS, KEYS, Kind, Obj, Var

if TYPE_CHECKING:
    from .build import HeapBuilder
    from .calls import Call

GLOBAL_NAMES = frozenset({"globalThis", "window", "self", "global"})
_CONSTRUCTED: dict[str, Kind] = {
    "Map": "map",
    "Set": "set",
    "WeakMap": "weakmap",
    "WeakSet": "weakset",
    "Object": "object",
    "Array": "array",
    "Promise": "promise",
    "RegExp": "regexp",
    "Error": "error",
    "TypeError": "error",
    "RangeError": "error",
    "Date": "object",
    "ArrayBuffer": "object",
    "Uint8Array": "object",
}
_CONVERSIONS = {
    "String": "string",
    "Number": "number",
    "Boolean": "boolean",
    "BigInt": "bigint",
    "Symbol": "symbol",
    "parseInt": "number",
}
BUILTINS = frozenset(
    {
        "FinalizationRegistry",
        "WeakRef",
        "Reflect",
        "globalThis",
        "console",
        "queueMicrotask",
        "Math",
        "JSON",
        *_CONSTRUCTED,
        *_CONVERSIONS,
    }
)
#: Property names deep that members of builtins are told apart, as in `Map.prototype.get.call`.
MEMBER_DEPTH = 3
_PROTOTYPE_METHODS = frozenset(
    {"FinalizationRegistry.prototype.register", "FinalizationRegistry.prototype.unregister", "WeakRef.prototype.deref"}
)
_RECEIVERS: frozenset[Kind] = frozenset({"registry", "weakref"})
_COLLECTIONS: frozenset[Kind] = frozenset({"map", "set", "array", "weakmap", "weakset"})


def member_of_builtin(heap: HeapBuilder, obj: Obj, name: str) -> Var:
    """The variable of a property of a builtin, such as `Symbol.for` or `globalThis.WeakRef`."""
    var = obj.fields.get(name)
    if var is None:
        var = obj.fields[name] = Var(name)
        if obj.info == "globalThis":
            target = "globalThis" if name in GLOBAL_NAMES else name
            heap.solver.add(var, heap.global_object(target, "builtin" if target in BUILTINS else "global"))
        elif obj.info == "FinalizationRegistry" and name == "prototype":
            heap.solver.add(var, heap.global_object("FinalizationRegistry.prototype", "builtin"))
        elif obj.info == "Symbol" and name not in ("for", "keyFor"):
            var = obj.fields[name] = heap.primitive("symbol")
        elif name in ("call", "apply", "bind"):
            heap.solver.add(var, heap.method(obj, name))
        elif name == ELEMENTS or str(obj.info).count(".") >= MEMBER_DEPTH:
            heap.solver.add(var, heap.global_object("property of a builtin"))
        else:
            heap.solver.add(var, heap.global_object(f"{obj.info}.{name}", "builtin"))
    return var


def call_builtin(heap: HeapBuilder, obj: Obj, call: Call) -> None:
    """Call a builtin function by its name."""
    name = str(obj.info)
    arguments = call.arguments
    if name in ("FinalizationRegistry", "WeakRef"):
        heap.events.bad_calls.append(BadCall(name, call.node, call.activation, obj, call.callee))
        return
    if name in _CONVERSIONS:
        heap.solver.copy(heap.primitive(_CONVERSIONS[name]), call.result, call.node)
        return
    if name == "Symbol.for":
        heap.solver.copy(heap.primitive("registered symbol"), call.result, call.node)
        return
    if name.startswith(("Math.", "Number.", "String.", "Date.")) or name in ("JSON.stringify", "Array.isArray", "Object.is"):
        heap.solver.copy(heap.primitive("number" if name.startswith("Math.") else "string"), call.result, call.node)
        return
    if name in _PROTOTYPE_METHODS and call.this is not None:
        method = name.rpartition(".")[2]
        heap.solver.watch(
            call.this,
            lambda receiver: call_method(heap, heap.method(receiver, method), call) if receiver.kind in _RECEIVERS else None,
        )
        return
    if name.startswith("console."):
        heap.solver.copy(heap.undefined, call.result, call.node)
        return
    if name == "queueMicrotask" and arguments:
        from .calls import call_value

        call_value(heap, arguments[0], [], call.node, call.activation)
        return
    if name == "Object.create":
        created, var = heap.site("object", call.node, call.activation, "object")
        created.proto = arguments[0] if arguments else None
        if arguments:
            heap.solver.watch(arguments[0], lambda prototype: _instantiate(created, prototype))
        for descriptors in arguments[1:]:
            heap.solver.copy(descriptors, heap.escaped, call.node)
        heap.solver.copy(var, call.result, call.node)
        return
    if name in (
        "Object.assign",
        "Object.freeze",
        "Object.seal",
        "Object.preventExtensions",
        "Object.setPrototypeOf",
        "Object.defineProperty",
    ):
        _object_function(heap, name, call)
        return
    if name == "Reflect.construct" and len(arguments) >= 2:
        from .calls import Call, construct

        elements = heap.load(arguments[1], "0", call.node)
        inner = Call(call.node, call.activation, None, (elements,), call.argument_nodes[1:2], True, call.result, is_new=True)
        heap.solver.watch(arguments[0], lambda target: construct(heap, target, inner))
        return
    if name in _CONSTRUCTED:
        construct_builtin(heap, obj, call)
        return
    if name in ("Promise.resolve", "Array.of", "Array.from"):
        kind: Kind = "promise" if name == "Promise.resolve" else "array"
        made, var = heap.site(kind, call.node, call.activation, kind)
        for argument in arguments:
            if name == "Array.from":
                heap.solver.copy(iterated(heap, argument, call.node, call.activation), heap.field(made, ELEMENTS), call.node)
            else:
                heap.solver.copy(argument, heap.field(made, "value" if kind == "promise" else ELEMENTS), call.node)
        heap.solver.copy(var, call.result, call.node)
        return
    heap.solver.copy(heap.unknown(call.node, call.activation, "result"), call.result, call.node)
    for argument in arguments:
        heap.solver.copy(argument, heap.escaped, call.node)


def _instantiate(created: Obj, prototype: Obj) -> None:
    """`Object.create(C.prototype)` makes an instance of C, as wasm-bindgen does to get round the constructor."""
    if prototype.info == "prototype" and prototype.home is not None:
        created.kind = "instance"
        created.cls = prototype.home
        created.label = prototype.home.label


def _object_function(heap: HeapBuilder, name: str, call: Call) -> None:
    if not call.arguments:
        return
    first = call.arguments[0]
    heap.solver.copy(first, call.result, call.node)
    if name == "Object.assign":
        for source in call.arguments[1:]:
            heap.solver.watch(source, lambda obj: _assign_fields(heap, obj, first, call))
    elif name == "Object.defineProperty" and len(call.arguments) >= 3:
        key = call.argument_nodes[1] if len(call.argument_nodes) > 1 else None
        field = str(key.value) if key is not None and key.type == "Literal" else ELEMENTS
        heap.store(first, field, heap.load(call.arguments[2], "value", call.node), call.node)
        for accessor in ("get", "set"):
            heap.store(first, f"{accessor} {field}", heap.load(call.arguments[2], accessor, call.node), call.node)


def _assign_fields(heap: HeapBuilder, source: Obj, target: Var, call: Call) -> None:
    if source.kind in ("object", "instance"):
        for name, var in list(source.fields.items()):
            heap.store(target, name, var, call.node)


def construct_builtin(heap: HeapBuilder, obj: Obj, call: Call) -> None:
    """`new` of a builtin."""
    name = str(obj.info)
    arguments, nodes = call.arguments, call.argument_nodes
    if name == "FinalizationRegistry":
        registry, var = heap.site("registry", call.node, call.activation, "registry")
        _make_registry(heap, registry, call)
    elif name == "WeakRef":
        ref, var = heap.site("weakref", call.node, call.activation, "WeakRef")
        if arguments:
            heap.solver.copy(arguments[0], heap.field(ref, "target"), call.node)
        heap.events.weakrefs.append(
            WeakRefMade(ref, call.node, call.activation, arguments[0] if arguments else None, nodes[0] if nodes else None)
        )
    elif name in _CONSTRUCTED:
        kind = _CONSTRUCTED[name]
        made, var = heap.site(kind, call.node, call.activation, name if kind != "object" else "object")
        if kind in ("set", "array") and arguments and not (kind == "array" and len(arguments) == 1):
            for argument in arguments:
                heap.solver.copy(iterated(heap, argument, call.node, call.activation), heap.field(made, ELEMENTS), call.node)
        elif kind == "promise" and nodes and nodes[0].type in ("ArrowFunctionExpression", "FunctionExpression"):
            pass  # the executor's own activation is lowered with its function
        elif kind == "map" and arguments:
            entries = iterated(heap, arguments[0], call.node, call.activation)
            heap.solver.copy(heap.load(entries, "0", call.node), heap.field(made, KEYS), call.node)
            heap.solver.copy(heap.load(entries, "1", call.node), heap.field(made, ELEMENTS), call.node)
    else:
        heap.solver.copy(heap.site("external", call.node, call.activation, name, obj)[1], call.result, call.node)
        for argument in arguments:
            heap.solver.copy(argument, heap.escaped, call.node)
        return
    heap.solver.copy(var, call.result, call.node)


def _make_registry(heap: HeapBuilder, registry: Obj, call: Call) -> None:
    callback = call.arguments[0] if call.arguments else None
    if callback is not None:
        heap.solver.copy(callback, heap.field(registry, "cleanup callback"), call.node)
    node = call.argument_nodes[0] if call.argument_nodes else None
    heap.events.registries.append(RegistryMade(registry, call.node, call.activation, callback, node))


def initialise_builtin(heap: HeapBuilder, parent: Obj, this: Var, call: Call) -> None:
    """`super(…)` of a class that extends a builtin."""
    if parent.info != "FinalizationRegistry":
        return
    heap.solver.watch(this, lambda instance: _make_registry(heap, instance, call) if not instance.is_primitive else None)


def call_method(heap: HeapBuilder, obj: Obj, call: Call) -> None:
    """Call a builtin's method on the receiver that it was loaded from."""
    receiver = obj.home
    assert receiver is not None
    name = str(obj.info)
    if name in ("bind", "call", "apply"):
        _function_method(heap, receiver, name, call)
        return
    if name in ("register", "unregister") and receiver.kind not in _COLLECTIONS:
        registry = receiver.home if receiver.kind == "registry" and receiver.home is not None else receiver
        heap.events.calls.append(
            RegistryCall(name, registry, call.node, call.activation, call.this, call.arguments, call.argument_nodes, call.spread)
        )
        heap.solver.copy(heap.undefined if name == "register" else heap.primitive("boolean"), call.result, call.node)
        if name == "register" and len(call.arguments) > 1:
            heap.solver.copy(call.arguments[1], heap.field(registry, "held values"), call.node)
        return
    if receiver.kind == "weakref":
        heap.solver.copy(heap.field(receiver, "target"), call.result, call.node)
        heap.solver.hint(call.result, next(iter(heap.undefined.objects)))
        heap.events.derefs.append(Deref(receiver, call.node, call.activation, call.result))
        return
    if receiver.kind in _COLLECTIONS:
        heap.events.collections.append(
            CollectionCall(name, receiver, call.node, call.activation, call.this, call.arguments, call.argument_nodes)
        )
    handler = CONTAINER_METHODS.get((receiver.kind, name)) or CONTAINER_METHODS.get(("any", name))
    if handler is not None:
        handler(heap, receiver, call)
    else:
        heap.solver.copy(heap.unknown(call.node, call.activation, "result"), call.result, call.node)
        for argument in call.arguments:
            heap.solver.copy(argument, heap.escaped, call.node)


def _function_method(heap: HeapBuilder, function: Obj, name: str, call: Call) -> None:
    from .calls import Call, call_object

    arguments = call.arguments
    this = arguments[0] if arguments else heap.undefined
    if name == "bind":
        bound, var = heap.site("bound", call.node, call.activation, f"bound {function.label}")
        inner = Var(function.label)
        heap.solver.add(inner, function, call.node)
        bound.fields["bound function"] = inner
        bound.fields["bound this"] = _placed(heap, this, call)
        for index, argument in enumerate(arguments[1:], 1):
            bound.fields[f"bound argument {index}"] = _placed(heap, argument, call)
        heap.solver.copy(var, call.result, call.node)
        return
    rest: tuple[Var, ...] = arguments[1:]
    nodes = call.argument_nodes[1:]
    if name == "apply" and rest:
        if nodes and nodes[0].type == "ArrayExpression" and None not in nodes[0].elements:
            array, nodes = rest[0], tuple(nodes[0].elements)
            rest = tuple(heap.load(array, str(index), call.node) for index in range(len(nodes)))
        else:
            rest, nodes = (heap.load(rest[0], ELEMENTS, call.node),), ()
    call_object(
        heap,
        function,
        Call(call.node, call.activation, this, rest, nodes, (name == "apply" and not nodes) or call.spread, call.result),
    )


def _placed(heap: HeapBuilder, value: Var, call: Call) -> Var:
    var = Var(value.label)
    heap.solver.copy(value, var, call.node)
    return var
