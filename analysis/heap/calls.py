"""Lowering of calls: who is called, with what, and what comes back (ECMA-262, sections 13.3.5 to 13.3.7).

A function of the module is entered anew for each call (a clone of its activation), as deep as ``CLONE_DEPTH`` and as long as the
budget lasts; past that its result is unknown, so that no path is claimed through it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..scopes import ClassInfo, FunctionInfo
from ..syntax.nodes import Node
from .build import CLONE_DEPTH, CLONE_SIZE, CLONES_OF_FACTORY, CLONES_OF_WRAPPER, HeapBuilder
from .iteration import iterated
from .modules import linked_exports
from .objects import ELEMENTS, Activation, Obj, Var


@dataclass(frozen=True, eq=False)
class Call:
    """A call as one activation makes it."""

    node: Node
    activation: Activation
    this: Var | None
    arguments: tuple[Var, ...]
    argument_nodes: tuple[Node, ...]
    spread: bool
    result: Var
    is_new: bool = False
    callee: Var | None = None


def lower_call(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    """`callee(…)`."""
    callee = node.callee
    this: Var | None = None
    arguments, nodes, spread = _arguments(heap, node, activation)
    result = Var("call")
    heap.call_results[(node, activation)] = result
    if callee.type == "Super":
        _super_call(heap, Call(node, activation, activation.this, arguments, nodes, spread, result))
        return activation.this
    while callee.type == "ChainExpression":
        callee = callee.expression
    if callee.type == "MemberExpression":
        from .expressions import HANDLERS

        target = HANDLERS["MemberExpression"](heap, callee, activation)
        this = (
            activation.this
            if callee.object.type == "Super"
            else heap.expr(callee.object, activation)
            if _pure(callee.object)
            else None
        )
        if this is None:
            this = heap.call_results.get((callee.object, activation)) or heap.unknown(callee.object, activation)
    else:
        target = heap.expr(callee, activation)
    call = Call(node, activation, this, arguments, nodes, spread, result, callee=target)
    if callee.type in ("FunctionExpression", "ArrowFunctionExpression"):
        _call_literal(heap, callee._info, call)
    else:
        heap.solver.watch(target, lambda obj: call_object(heap, obj, call))
    return result


def _pure(node: Node) -> bool:
    """Whether lowering the expression a second time adds nothing new."""
    while node.type == "MemberExpression" and not node.computed:
        node = node.object
    return node.type in ("Identifier", "ThisExpression")


def lower_new(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    """`new callee(…)`."""
    target = heap.expr(node.callee, activation)
    arguments, nodes, spread = _arguments(heap, node, activation)
    result = Var("new")
    heap.call_results[(node, activation)] = result
    call = Call(node, activation, None, arguments, nodes, spread, result, is_new=True)
    heap.solver.watch(target, lambda obj: construct(heap, obj, call))
    return result


def _arguments(heap: HeapBuilder, node: Node, activation: Activation) -> tuple[tuple[Var, ...], tuple[Node, ...], bool]:
    values: list[Var] = []
    nodes: list[Node] = []
    spread = False
    for argument in node.arguments:
        if argument.type == "SpreadElement":
            spread = True
            values.append(iterated(heap, heap.expr(argument.argument, activation), argument, activation))
        else:
            values.append(heap.expr(argument, activation))
        nodes.append(argument)
    return tuple(values), tuple(nodes), spread


def _call_literal(heap: HeapBuilder, function: FunctionInfo, call: Call) -> None:
    """`(function () { … })(…)`: the one call there is, so its arguments are those of the canonical activation."""
    closure = heap.closure(function, call.activation)
    activation = heap.canonical.get((function, call.activation))
    if activation is None:
        _unknown_result(heap, call)
        return
    activation.arguments = list(call.arguments)
    _pass_result(heap, function, activation, call.result, call.node, closure)


def call_object(heap: HeapBuilder, obj: Obj, call: Call) -> None:
    """Call what an object turns out to be."""
    from .builtins import call_builtin, call_method

    if obj.kind == "function":
        function = obj.info
        assert isinstance(function, FunctionInfo)
        if not _enter_clone(
            heap, obj, function, call.this or heap.undefined, list(call.arguments), call.node, call.activation, call.result
        ):
            _unknown_result(heap, call)
    elif obj.kind == "bound":
        call_bound(heap, obj, call)
    elif obj.kind == "builtin":
        call_builtin(heap, obj, call)
    elif obj.kind == "method":
        call_method(heap, obj, call)
    elif obj.kind == "global" and obj.info == "require" and call.argument_nodes and call.argument_nodes[0].type == "Literal":
        exports = linked_exports(heap, str(call.argument_nodes[0].value), call.activation)
        if exports is not None:
            heap.solver.copy(exports, call.result, call.node)
        else:
            _unknown_result(heap, call)
    else:
        _unknown_result(heap, call)


def call_bound(heap: HeapBuilder, obj: Obj, call: Call) -> None:
    """Call a bound function: its `this` and first arguments are those it was bound to."""
    if not _first_through(heap, obj, call):
        return
    this = obj.fields.get("bound this", heap.undefined)
    bound: list[Var] = []
    while f"bound argument {len(bound) + 1}" in obj.fields:
        bound.append(obj.fields[f"bound argument {len(bound) + 1}"])
    inner = Call(
        call.node, call.activation, this, (*bound, *call.arguments), call.argument_nodes, call.spread, call.result, call.is_new
    )
    heap.solver.watch(obj.fields["bound function"], lambda target: call_object(heap, target, inner))


def _first_through(heap: HeapBuilder, obj: Obj, call: Call) -> bool:
    """Whether a call comes by this bound function for the first time: `f = f.bind(o)` in a loop binds itself."""
    key = (obj, call.node, call.result)
    if key in heap.bound_calls:
        return False
    heap.bound_calls.add(key)
    return True


def call_value(
    heap: HeapBuilder, callback: Var, arguments: list[Var], node: Node, activation: Activation, result: Var | None = None
) -> None:
    """Call a callback that a builtin is known to call, such as that of `forEach`."""
    call = Call(node, activation, None, tuple(arguments), (), False, result if result is not None else Var(), False)

    def invoke(obj: Obj) -> None:
        if obj.kind in ("function", "bound"):
            call_object(heap, obj, call)

    heap.solver.watch(callback, invoke)


def _unknown_result(heap: HeapBuilder, call: Call) -> None:
    heap.solver.copy(heap.unknown(call.node, call.activation, "result"), call.result, call.node)
    for argument in call.arguments:
        heap.solver.copy(argument, heap.escaped, call.node)


def enter_call(
    heap: HeapBuilder, closure: Obj, this: Var, arguments: list[Var], node: Node, activation: Activation, result: Var
) -> None:
    """Call a closure that is known, for its result."""
    function = closure.info
    assert isinstance(function, FunctionInfo)
    if not _enter_clone(heap, closure, function, this, arguments, node, activation, result):
        heap.solver.copy(heap.unknown(node, activation, "result"), result, node)


def _enter_clone(
    heap: HeapBuilder,
    closure: Obj,
    function: FunctionInfo,
    this: Var,
    arguments: list[Var],
    node: Node,
    caller: Activation,
    result: Var,
    constructs: bool = False,
) -> bool:
    """Enter a function for one call (``constructs``: by `new`); False where the call is not followed."""
    key = (closure, node, caller)
    activation = heap.clones.get(key)
    if activation is None:
        if not _clonable(heap, function, caller, constructs):
            return False
        parent = closure.activation
        assert parent is not None
        activation = Activation(function, parent, parent.this if function.kind == "arrow" else this, node, caller)
        activation.arguments = arguments
        heap.clones[key] = activation
        heap.clone_budget -= _size(function)
        heap.clone_counts[function] += 1
        heap.queue(function, activation)
    _pass_result(heap, function, activation, result, node, closure)
    return True


def _clonable(heap: HeapBuilder, function: FunctionInfo, caller: Activation, constructs: bool) -> bool:
    if function not in heap.wrappers and not ((constructs or _makes_something(function)) and _near_protocol(heap, caller)):
        return False
    size = _size(function)
    most = CLONES_OF_WRAPPER if function in heap.wrappers else CLONES_OF_FACTORY
    return (
        heap.clone_counts[function] < most
        and heap.is_relevant(function)
        and caller.depth < CLONE_DEPTH
        and size <= CLONE_SIZE
        and heap.clone_budget >= size
        and not caller.calls(function)
    )


def _near_protocol(heap: HeapBuilder, caller: Activation) -> bool:
    """Whether what a call gives back here can end up in a registration."""
    return caller.depth > 0 or caller.function in heap.wrappers


def _makes_something(function: FunctionInfo) -> bool:
    """Whether a call can bring forth an object that holds an argument: a constructor, or what returns more than a plain value."""
    if function.kind in ("constructor", "field", "getter") or function.is_generator:
        return True
    return bool(function.children) or _returns_value(function)


def _size(function: FunctionInfo) -> int:
    return function.node_count + sum(_size(child) for child in function.children)


def _pass_result(heap: HeapBuilder, function: FunctionInfo, activation: Activation, result: Var, node: Node, closure: Obj) -> None:
    if function.is_generator:
        iterator, var = heap.site("object", node, activation, "iterator")
        heap.solver.copy(activation.yields, heap.field(iterator, ELEMENTS), node)
        heap.solver.copy(var, result, node)
    elif function.is_async:
        promise, var = heap.site("promise", node, activation, "promise")
        heap.solver.copy(activation.result, heap.field(promise, "value"), node)
        heap.solver.copy(var, result, node)
    else:
        heap.solver.copy(activation.result, result, node)
        if not activation.result.sources and not _returns_value(function):
            heap.solver.hint(result, next(iter(heap.undefined.objects)))


def _returns_value(function: FunctionInfo) -> bool:
    if function.kind == "arrow" and function.node.body.type != "BlockStatement":
        return True
    return any(node.type == "ReturnStatement" and node.argument is not None for node in function.own_nodes)


# Construction


def construct(heap: HeapBuilder, obj: Obj, call: Call) -> None:
    """`new` of what an object turns out to be."""
    from .builtins import construct_builtin

    if obj.kind == "class":
        instance = Obj("instance", call.node, call.activation, None, obj.label)
        instance.cls = obj
        var = Var(obj.label)
        heap.solver.add(var, instance, call.node)
        heap.solver.copy(var, call.result, call.node)
        _initialise(heap, obj, var, call)
    elif obj.kind == "function":
        function = obj.info
        assert isinstance(function, FunctionInfo)
        instance = Obj("instance", call.node, call.activation, None, obj.label)
        instance.cls = obj
        this = Var(obj.label)
        heap.solver.add(this, instance, call.node)
        heap.solver.copy(this, call.result, call.node)
        # What a constructor returns takes the place of the instance, if it is an object.
        returned = Var("returned")
        if not _enter_clone(heap, obj, function, this, list(call.arguments), call.node, call.activation, returned, True):
            for argument in call.arguments:
                heap.solver.copy(argument, heap.escaped, call.node)
            heap.solver.copy(this, heap.escaped, call.node)
        heap.solver.watch(returned, lambda value: heap.solver.add(call.result, value) if not value.is_primitive else None)
    elif obj.kind == "builtin":
        construct_builtin(heap, obj, call)
    elif obj.kind == "bound":
        if _first_through(heap, obj, call):
            heap.solver.watch(obj.fields["bound function"], lambda target: construct(heap, target, call))
    else:
        heap.solver.copy(heap.site("external", call.node, call.activation, "instance", obj)[1], call.result, call.node)
        for argument in call.arguments:
            heap.solver.copy(argument, heap.escaped, call.node)


def _initialise(heap: HeapBuilder, cls: Obj, this: Var, call: Call) -> None:
    """Run field initialisers and the constructor of a class, and of its parents, on a new instance."""
    info = cls.info
    assert isinstance(info, ClassInfo)
    assert cls.activation is not None
    for _, _, initialiser in info.fields:
        closure = heap.closure(initialiser, cls.activation, cls)
        _enter_clone(heap, closure, initialiser, this, [], call.node, call.activation, Var())
    if info.constructor is not None:
        closure = heap.closure(info.constructor, cls.activation, cls)
        if not _enter_clone(heap, closure, info.constructor, this, list(call.arguments), call.node, call.activation, Var()):
            for argument in call.arguments:
                heap.solver.copy(argument, heap.escaped, call.node)
            heap.solver.copy(this, heap.escaped, call.node)
    elif cls.proto is not None:
        heap.solver.watch(cls.proto, lambda parent: _initialise_parent(heap, parent, this, call))


def _initialise_parent(heap: HeapBuilder, parent: Obj, this: Var, call: Call) -> None:
    if parent.kind == "class":
        _initialise(heap, parent, this, call)
    elif parent.kind == "builtin":
        from .builtins import initialise_builtin

        initialise_builtin(heap, parent, this, call)
    elif parent.kind == "function":
        function = parent.info
        assert isinstance(function, FunctionInfo)
        _enter_clone(heap, parent, function, this, list(call.arguments), call.node, call.activation, Var())
    else:
        for argument in call.arguments:
            heap.solver.copy(argument, heap.escaped, call.node)
        heap.solver.copy(this, heap.escaped, call.node)


def _super_call(heap: HeapBuilder, call: Call) -> None:
    cls = heap.class_of(call.activation)
    if cls is not None and cls.proto is not None:
        this = call.activation.this
        heap.solver.watch(cls.proto, lambda parent: _initialise_parent(heap, parent, this, call))
