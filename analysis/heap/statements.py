"""Lowering of statements, declarations, patterns and function bodies (ECMA-262, sections 14 and 15)."""

from __future__ import annotations

from collections.abc import Callable

from ..scopes import Binding, ClassInfo, FunctionInfo
from ..scopes.names import property_name
from ..syntax.nodes import Node
from .annotations import primitive_parameter
from .build import HeapBuilder
from .iteration import iterated
from .objects import ALLOCATED, ELEMENTS, Activation, Obj, Var

_LOOPS = frozenset({"ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"})


def lower_function(heap: HeapBuilder, function: FunctionInfo, activation: Activation) -> None:
    """Lower the body of a function in one of its activations."""
    node = function.node
    if function.kind == "program":
        lower_statements(heap, node.body, activation)
        return
    if function.kind == "static-block":
        lower_statements(heap, node.body, activation)
        return
    if function.kind == "field":
        if node.value is not None:
            _field_value(heap, function, activation)
        return
    _bind_parameters(heap, node, activation)
    if node.body.type == "BlockStatement":
        lower_statements(heap, node.body.body, activation)
    else:
        heap.solver.copy(heap.expr(node.body, activation), activation.result, node.body)


def _field_value(heap: HeapBuilder, function: FunctionInfo, activation: Activation) -> None:
    node = function.node
    name = property_name(node.key, bool(node.computed)) or ELEMENTS
    heap.store(activation.this, name, heap.expr(node.value, activation), node)


def _bind_parameters(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    arguments = activation.arguments
    for index, parameter in enumerate(node.params):
        value = Var()
        if arguments is None:
            known = primitive_parameter(heap, parameter, activation)
            if known is not None:
                value = known
            else:
                symbol = Obj("param", parameter, activation, index, _parameter_label(parameter, index))
                heap.solver.add(value, symbol, parameter)
        elif parameter.type == "RestElement":
            rest, value = heap.fresh("array", parameter, activation, None, "rest")
            for argument in arguments[index:]:
                heap.solver.copy(argument, heap.field(rest, ELEMENTS), parameter)
            bind_pattern(heap, parameter.argument, value, activation, parameter)
            continue
        elif index < len(arguments):
            value = arguments[index]
        else:
            value = heap.undefined
        bind_pattern(heap, parameter.argument if parameter.type == "RestElement" else parameter, value, activation, parameter)


def _parameter_label(parameter: Node, index: int) -> str:
    if parameter.type == "AssignmentPattern":
        parameter = parameter.left
    return str(parameter.name) if parameter.type == "Identifier" else f"parameter {index + 1}"


def lower_statements(heap: HeapBuilder, statements: list[Node], activation: Activation) -> None:
    """Lower each of them; JSX children are expressions."""
    for statement in statements:
        handler = heap.statements.get(statement.type)
        if handler is not None:
            handler(heap, statement, activation)
        elif statement.type in heap.expressions:
            heap.expr(statement, activation)


# Patterns and assignments


def bind_pattern(
    heap: HeapBuilder, pattern: Node | None, value: Var, activation: Activation, node: Node, declares: bool = True
) -> None:
    """Bind (or, where ``declares`` is false, assign) the parts of a value to a pattern."""
    if pattern is None:
        return
    kind = pattern.type
    if kind == "Identifier":
        binding = pattern._binding
        if binding is None:
            heap.solver.copy(value, heap.escaped, node)
            return
        var = heap.variable(binding, activation)
        if not declares:
            _note_assignment(heap, binding, var, value, activation, node)
        heap.solver.copy(value, var, node)
    elif kind == "MemberExpression":
        assign(heap, pattern, value, activation, node)
    elif kind == "AssignmentPattern":
        default = heap.expr(pattern.right, activation)
        both = Var()
        heap.solver.copy(value, both, node)
        if not _is_given(value):
            heap.solver.copy(default, both, pattern)
        bind_pattern(heap, pattern.left, default if value is heap.undefined else both, activation, node, declares)
    elif kind == "ArrayPattern":
        for index, element in enumerate(pattern.elements):
            if element is not None and element.type == "RestElement":
                bind_pattern(heap, element.argument, value, activation, node, declares)
            elif element is not None:
                bind_pattern(heap, element, heap.load(value, str(index), element), activation, node, declares)
    elif kind == "ObjectPattern":
        for item in pattern.properties:
            if item.type != "Property":
                bind_pattern(heap, item.argument, heap.unknown(item, activation), activation, node, declares)
                continue
            if item.computed:
                heap.expr(item.key, activation)
            name = property_name(item.key, bool(item.computed))
            bind_pattern(
                heap, item.value, heap.load(value, name if name is not None else ELEMENTS, item), activation, node, declares
            )


def _is_given(value: Var) -> bool:
    """Whether a value is an object made in this module, as far as is known by now, so that no default takes its place."""
    seen: set[Var] = set()
    while value not in seen and len(value.sources) == 1:
        seen.add(value)
        source = value.sources[0][0]
        if isinstance(source, Obj):
            return source.kind in ALLOCATED
        value = source
    return False


def _note_assignment(heap: HeapBuilder, binding: Binding, var: Var, value: Var, activation: Activation, node: Node) -> None:
    if value is heap.undefined or value is heap.primitives.get("null"):
        var.cleared = True
    # A value assigned in a loop or another function than the declaration's may be there from an earlier turn.
    if activation.function is not binding.scope.function or _in_inner_loop(node, binding):
        heap.solver.add(var, next(iter(heap.undefined.objects)), node)


def _in_inner_loop(node: Node, binding: Binding) -> bool:
    home = binding.scope.node
    current = node._parent
    while current is not None and current is not home:
        if current.type in _LOOPS:
            return True
        current = current._parent
    return False


def assign(heap: HeapBuilder, target: Node, value: Var, activation: Activation, node: Node) -> None:
    """`target = value`."""
    if target.type != "MemberExpression":
        bind_pattern(heap, target, value, activation, node, declares=False)
        return
    base = activation.this if target.object.type == "Super" else heap.expr(target.object, activation)
    name = property_name(target.property, bool(target.computed))
    if name is None:
        heap.expr(target.property, activation)
        name = ELEMENTS
    heap.store(base, name, value, node)
    if (
        value.constant
        and (value is heap.undefined or value is heap.primitives.get("null"))
        and not _initialises(activation, target)
    ):
        field = name
        heap.solver.watch(base, lambda obj: setattr(heap.field(obj, field), "cleared", True) if not obj.is_primitive else None)


def _initialises(activation: Activation, target: Node) -> bool:
    return activation.function.kind in ("constructor", "field", "static-block") and target.object.type == "ThisExpression"


# Declarations


def _variable_declaration(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    for declarator in node.declarations:
        if declarator.init is not None:
            bind_pattern(heap, declarator.id, heap.expr(declarator.init, activation), activation, declarator)
        elif declarator.id.type == "Identifier" and declarator.id._binding is not None and node._parent.type not in _LOOPS:
            var = heap.variable(declarator.id._binding, activation)
            heap.solver.hint(var, next(iter(heap.undefined.objects)))


def _function_declaration(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    closure = heap.closure(node._info, activation)
    if node.id is not None and node.id._binding is not None:
        heap.solver.add(heap.variable(node.id._binding, activation), closure, node)


def _class_declaration(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    lower_class(heap, node, activation)


def lower_class(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    """Make the class object, with its instance, and enter all its members."""
    info: ClassInfo = node._class
    obj, var = heap.fresh("class", node, activation, info, info.name or "class")
    heap.classes[(info, activation)] = obj
    if info.binding is not None:
        heap.solver.copy(var, heap.variable(info.binding, activation), node)
    if node.superClass is not None:
        obj.proto = heap.expr(node.superClass, activation)
    heap.instance_of(obj)
    for name, method in info.static_methods.items():
        heap.solver.add(heap.field(obj, name), heap.closure(method, activation, obj), method.node)
    for method in info.methods.values():
        heap.closure(method, activation, obj)
    if info.constructor is not None:
        heap.closure(info.constructor, activation, obj)
    for _, _, initialiser in [*info.fields, *info.static_fields]:
        heap.closure(initialiser, activation, obj)
    return var


# Statements


def _expression_statement(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    heap.expr(node.expression, activation)


def _block(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    lower_statements(heap, node.body, activation)


def _parts(*fields: str) -> Callable[[HeapBuilder, Node, Activation], None]:
    """A statement that only runs its parts."""

    def lower(heap: HeapBuilder, node: Node, activation: Activation) -> None:
        for field in fields:
            part = getattr(node, field)
            if part is not None:
                lower_statements(heap, [part], activation)

    return lower


def _if(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    current: Node | None = node
    while current is not None and current.type == "IfStatement":
        heap.expr(current.test, activation)
        lower_statements(heap, [current.consequent], activation)
        current = current.alternate
    if current is not None:
        lower_statements(heap, [current], activation)


def _for_each(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    right = heap.expr(node.right, activation)
    value = iterated(heap, right, node.right, activation) if node.type == "ForOfStatement" else heap.primitive("string")
    left = node.left
    if left.type == "VariableDeclaration":
        bind_pattern(heap, left.declarations[0].id, value, activation, left)
    else:
        bind_pattern(heap, left, value, activation, left, declares=False)
    lower_statements(heap, [node.body], activation)


def _return(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    if node.argument is not None:
        heap.solver.copy(heap.expr(node.argument, activation), activation.result, node)


def _throw(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    heap.solver.copy(heap.expr(node.argument, activation), heap.escaped, node)


def _switch(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    heap.expr(node.discriminant, activation)
    for case in node.cases:
        if case.test is not None:
            heap.expr(case.test, activation)
        lower_statements(heap, case.consequent, activation)


def _try(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    lower_statements(heap, [node.block], activation)
    if node.handler is not None:
        if node.handler.param is not None:
            bind_pattern(heap, node.handler.param, heap.unknown(node.handler.param, activation, "error"), activation, node.handler)
        lower_statements(heap, [node.handler.body], activation)
    if node.finalizer is not None:
        lower_statements(heap, [node.finalizer], activation)


def _export_named(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    if node.declaration is not None:
        lower_statements(heap, [node.declaration], activation)


def _export_default(heap: HeapBuilder, node: Node, activation: Activation) -> None:
    declaration = node.declaration
    if declaration.type == "FunctionDeclaration":
        _function_declaration(heap, declaration, activation)
        value = Var("default")
        heap.solver.add(value, heap.closure(declaration._info, activation), node)
    elif declaration.type == "ClassDeclaration":
        value = lower_class(heap, declaration, activation)
    else:
        value = heap.expr(declaration, activation)
    exported = activation.variables.get("%export default")
    heap.solver.copy(value, exported if exported is not None else heap.escaped, node)


HANDLERS: dict[str, Callable[[HeapBuilder, Node, Activation], None]] = {
    "ExpressionStatement": _expression_statement,
    "VariableDeclaration": _variable_declaration,
    "FunctionDeclaration": _function_declaration,
    "ClassDeclaration": _class_declaration,
    "BlockStatement": _block,
    "IfStatement": _if,
    "ForStatement": _parts("init", "test", "update", "body"),
    "ForInStatement": _for_each,
    "ForOfStatement": _for_each,
    "WhileStatement": _parts("test", "body"),
    "DoWhileStatement": _parts("body", "test"),
    "ReturnStatement": _return,
    "ThrowStatement": _throw,
    "SwitchStatement": _switch,
    "TryStatement": _try,
    "LabeledStatement": _parts("body"),
    "WithStatement": _parts("object", "body"),
    "ExportNamedDeclaration": _export_named,
    "ExportDefaultDeclaration": _export_default,
}
