"""Lowering of expressions: each gives the variable that holds its value (ECMA-262, section 13)."""

from __future__ import annotations

from ..scopes.names import member_name, property_name
from ..syntax.nodes import Node
from .build import HeapBuilder, Lowering
from .builtins import BUILTINS, GLOBAL_NAMES
from .calls import lower_call, lower_new
from .iteration import iterated
from .modules import commonjs
from .objects import ELEMENTS, Activation, Obj, Var
from .statements import assign, lower_class, lower_statements

_COMPARISONS = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "instanceof"})


def _identifier(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    binding = node._binding
    if binding is not None:
        return heap.variable(binding, activation)
    name = str(node.name)
    if name == "undefined":
        return heap.undefined
    if name in ("NaN", "Infinity"):
        return heap.primitive("number")
    if name == "arguments":
        return heap.unknown(node, activation, "arguments")
    if name in ("module", "exports", "require"):
        return commonjs(heap, name, activation)
    if name in GLOBAL_NAMES:
        name = "globalThis"
    obj = heap.global_object(name, "builtin" if name in BUILTINS else "global")
    var = Var(name)
    heap.solver.add(var, obj, node)
    return var


def _literal(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    if node.regex is not None:
        return heap.fresh("regexp", node, activation, None, "regular expression")[1]
    value = node.value
    if isinstance(value, bool):
        return heap.primitive("boolean")
    if value is None:
        return heap.primitive("null" if node.bigint is None else "bigint")
    return heap.primitive("string" if isinstance(value, str) else "number")


def _template(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    for expression in node.expressions:
        heap.expr(expression, activation)
    return heap.primitive("string")


def _tagged_template(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    heap.expr(node.tag, activation)
    for expression in node.quasi.expressions:
        heap.solver.copy(heap.expr(expression, activation), heap.escaped, node)
    return heap.unknown(node, activation)


def _this(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    return activation.this


def _array(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    obj, var = heap.fresh("array", node, activation, None, "array")
    elements = heap.field(obj, ELEMENTS)
    position: int | None = 0
    for element in node.elements:
        if element is None:
            pass
        elif element.type == "SpreadElement":
            source = iterated(heap, heap.expr(element.argument, activation), element, activation)
            heap.solver.copy(source, elements, element)
            position = None
        else:
            value = heap.expr(element, activation)
            heap.solver.copy(value, elements if position is None else heap.field(obj, str(position)), element)
        if position is not None:
            position += 1
    return var


def _object(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    obj, var = heap.fresh("object", node, activation, None, "object")
    for item in node.properties:
        if item.type == "SpreadElement":
            source = heap.expr(item.argument, activation)
            heap.solver.watch(source, lambda other: _spread(heap, other, obj))
            continue
        if item.computed:
            heap.expr(item.key, activation)
        name = property_name(item.key, bool(item.computed))
        value_node = item.value
        if item.kind in ("get", "set"):
            accessor = heap.field(obj, f"{item.kind} {name if name is not None else ELEMENTS}")
            heap.solver.add(accessor, heap.closure(value_node._info, activation, obj), value_node)
            continue
        if item.method or value_node.type == "FunctionExpression":
            value = Var(name or "")
            heap.solver.add(value, heap.closure(value_node._info, activation, obj), value_node)
        else:
            value = heap.expr(value_node, activation)
        if name == "__proto__" and not item.computed and not item.shorthand:
            obj.proto = value
        else:
            heap.solver.copy(value, heap.field(obj, name if name is not None else ELEMENTS), item)
    return var


def _spread(heap: HeapBuilder, source: Obj, target: Obj) -> None:
    if source.kind in ("object", "instance"):
        for name, var in list(source.fields.items()):
            heap.solver.copy(var, heap.field(target, name))
    elif source.is_opaque:
        pass  # its properties are not known, so no path is claimed through them


def _function(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    var = Var(node._info.name)
    closure = heap.closure(node._info, activation)
    heap.solver.add(var, closure, node)
    if node.type == "FunctionExpression" and node.id is not None and node.id._binding is not None:
        heap.solver.add(heap.variable(node.id._binding, activation), closure, node)
    return var


def _class(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    return lower_class(heap, node, activation)


def _member(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    base = super_prototype(heap, activation) if node.object.type == "Super" else heap.expr(node.object, activation)
    name = member_name(node)
    if name is None:
        heap.expr(node.property, activation)
        name = ELEMENTS
    return heap.load(base, name, node)


def super_prototype(heap: HeapBuilder, activation: Activation) -> Var:
    """What `super.x` looks `x` up in: the instance, seen from the parent class."""
    cls = heap.class_of(activation)
    base = Var("super")
    if cls is None or cls.proto is None:
        return base
    heap.solver.watch(cls.proto, lambda parent: heap.solver.add(base, _super_view(parent, activation)))
    return base


def _super_view(parent: Obj, activation: Activation) -> Obj:
    instance = Obj("instance", parent.node, activation, None, parent.label)
    instance.cls = parent
    if parent.kind == "builtin" and parent.info == "FinalizationRegistry":
        # `super.register` is the builtin's method on this very registry.
        this = next(iter(activation.this.objects), None)
        registry = Obj("registry", parent.node, activation, None, "registry")
        registry.home = this
        return registry
    return instance


def _chain(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    return heap.expr(node.expression, activation)


def _conditional(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    heap.expr(node.test, activation)
    return _join(heap, node, [heap.expr(node.consequent, activation), heap.expr(node.alternate, activation)])


def _logical(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    operands = []
    while node.type == "LogicalExpression":
        operands.append(node.right)
        node = node.left
    operands.append(node)
    values = [heap.expr(operand, activation) for operand in reversed(operands)]
    return _join(heap, node._parent, values)


def _join(heap: HeapBuilder, node: Node, values: list[Var]) -> Var:
    var = Var()
    for value in values:
        heap.solver.copy(value, var, node)
    return var


def _binary(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    operator = node.operator
    while node.type == "BinaryExpression":
        if node.right.type != "Literal":
            heap.expr(node.right, activation)
        node = node.left
    if node.type not in ("Literal", "PrivateIdentifier"):
        heap.expr(node, activation)
    if operator in _COMPARISONS:
        return heap.primitive("boolean")
    return heap.primitive("number" if operator != "+" else "string")


def _unary(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    operator = node.operator
    if operator == "delete" and node.argument.type in ("MemberExpression", "ChainExpression"):
        _delete(heap, node.argument.expression or node.argument, activation)
        return heap.primitive("boolean")
    heap.expr(node.argument, activation)
    if operator == "void":
        return heap.undefined
    return heap.primitive({"!": "boolean", "typeof": "string", "delete": "boolean"}.get(operator, "number"))


def _delete(heap: HeapBuilder, member: Node, activation: Activation) -> None:
    base = heap.expr(member.object, activation)
    name = member_name(member)
    if name is None:
        heap.expr(member.property, activation)
        name = ELEMENTS
    field = name
    heap.solver.watch(base, lambda obj: setattr(heap.field(obj, field), "cleared", True))


def _update(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    if node.argument.type == "MemberExpression":
        heap.expr(node.argument, activation)
    elif node.argument._binding is not None:
        heap.solver.copy(heap.primitive("number"), heap.variable(node.argument._binding, activation), node)
    return heap.primitive("number")


def _assignment(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    operator = node.operator
    if operator in ("=", "&&=", "||=", "??="):
        if node.right.type == "FunctionExpression" and node.left.type == "MemberExpression":
            value = Var(node.right._info.name)
            home = _home_of(heap, node.left, activation)
            heap.solver.add(value, heap.closure(node.right._info, activation, home), node.right)
        else:
            value = heap.expr(node.right, activation)
        assign(heap, node.left, value, activation, node)
        if operator == "=":
            return value
        return _join(heap, node, [value, heap.expr(node.left, activation)])
    heap.expr(node.right, activation)
    value = heap.primitive("string" if operator == "+=" else "number")
    assign(heap, node.left, value, activation, node)
    return value


def _home_of(heap: HeapBuilder, left: Node, activation: Activation) -> Obj | None:
    """The object literal whose method `o.m = function …` makes, where that is plain."""
    if left.object.type != "Identifier":
        return None
    objects = list(heap.expr(left.object, activation).objects)
    return objects[0] if len(objects) == 1 and objects[0].kind == "object" else None


def _sequence(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    value = heap.undefined
    for expression in node.expressions:
        value = heap.expr(expression, activation)
    return value


def _await(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    value = heap.expr(node.argument, activation)
    result = Var()

    def settle(obj: Obj) -> None:
        if obj.kind == "promise":
            heap.solver.copy(heap.field(obj, "value"), result, node)
        elif obj.is_opaque:
            heap.solver.add(result, obj_awaited, node)
        else:
            heap.solver.add(result, obj, node)

    obj_awaited = Obj("unknown", node, activation, None, "awaited value")
    heap.solver.watch(value, settle)
    return result


def _yield(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    if node.argument is not None:
        value = heap.expr(node.argument, activation)
        if node.delegate:
            value = iterated(heap, value, node, activation)
        heap.solver.copy(value, activation.yields, node)
    return heap.unknown(node, activation)


def _import_expression(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    heap.expr(node.source, activation)
    return heap.unknown(node, activation, "module")


def _jsx(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    opening = node.openingElement
    if opening is not None:
        for attribute in opening.attributes:
            value = attribute.argument or attribute.value
            if value is not None:
                heap.solver.copy(heap.expr(value, activation), heap.escaped, attribute)
    lower_statements(heap, [child for child in node.children if child.type != "JSXText"], activation)
    return heap.fresh("external", node, activation, None, "element")[1]


def _jsx_container(heap: HeapBuilder, node: Node, activation: Activation) -> Var:
    expression = node.expression or node.argument
    if expression is None or expression.type == "JSXEmptyExpression":
        return heap.undefined
    value = heap.expr(expression, activation)
    heap.solver.copy(value, heap.escaped, node)
    return value


HANDLERS: dict[str, Lowering] = {
    "Identifier": _identifier,
    "Literal": _literal,
    "TemplateLiteral": _template,
    "TaggedTemplateExpression": _tagged_template,
    "ThisExpression": _this,
    "ArrayExpression": _array,
    "ObjectExpression": _object,
    "FunctionExpression": _function,
    "ArrowFunctionExpression": _function,
    "ClassExpression": _class,
    "MemberExpression": _member,
    "ChainExpression": _chain,
    "ConditionalExpression": _conditional,
    "LogicalExpression": _logical,
    "BinaryExpression": _binary,
    "UnaryExpression": _unary,
    "UpdateExpression": _update,
    "AssignmentExpression": _assignment,
    "SequenceExpression": _sequence,
    "AwaitExpression": _await,
    "YieldExpression": _yield,
    "CallExpression": lower_call,
    "NewExpression": lower_new,
    "ImportExpression": _import_expression,
    "JSXElement": _jsx,
    "JSXFragment": _jsx,
    "JSXExpressionContainer": _jsx_container,
    "JSXSpreadChild": _jsx_container,
}
