"""Scope analysis: one walk over the tree, references resolved as each scope closes.

It leaves on the nodes what later passes ask for: ``_parent`` on every node, ``_binding`` on Identifiers that refer, ``_info``
(a FunctionInfo) on what has a body, ``_class`` on classes.
"""

from __future__ import annotations

from ..syntax.nodes import Node
from .model import ClassInfo, FunctionInfo, FunctionKind, LeftOut, Reference, Scopes
from .names import declared_identifiers, functions_of, inferred_name, property_name, prototype_owner
from .walk import PROTOCOL_GLOBALS, Walk

PROTOCOL_METHODS = frozenset({"register", "unregister", "deref"})


def build_scopes(program: Node, left_out: LeftOut | None = None) -> Scopes:
    """Resolve every identifier of a program, of which some bodies may have been left out."""
    return _Builder(program, left_out).scopes


class _Builder(Walk):
    def __init__(self, program: Node, left_out: LeftOut | None) -> None:
        super().__init__(program)
        self.scopes.left_out = left_out
        self.left_out: frozenset[int] = left_out.starts if left_out is not None else frozenset()
        self.handlers = {
            "Identifier": self._identifier,
            "FunctionDeclaration": self._function_declaration,
            "FunctionExpression": self._function_expression,
            "ArrowFunctionExpression": self._function_expression,
            "ClassDeclaration": self._class,
            "ClassExpression": self._class,
            "VariableDeclaration": self._variable_declaration,
            "BlockStatement": self._block,
            "ForStatement": self._block,
            "ForInStatement": self._for_each,
            "ForOfStatement": self._for_each,
            "SwitchStatement": self._block,
            "CatchClause": self._catch,
            "ImportDeclaration": self._import,
            "ExportNamedDeclaration": self._export_named,
            "ExportDefaultDeclaration": self._export_default,
            "ExportAllDeclaration": self.nothing,
            "MemberExpression": self._member,
            "Property": self._property,
            "MetaProperty": self.nothing,
            "AssignmentExpression": self._assignment,
            "UpdateExpression": self._update,
            "ThisExpression": self._this,
            "Super": self._this,
            "LabeledStatement": self._labeled,
            "BreakStatement": self.nothing,
            "ContinueStatement": self.nothing,
            "Literal": self.nothing,
            "TemplateElement": self.nothing,
            "JSXIdentifier": self._jsx_identifier,
            "JSXAttribute": self._jsx_attribute,
            "JSXMemberExpression": self._jsx_member,
        }
        for statement in program.body:
            self.visit(statement, program)
        self.close()
        self._count()

    def _enter(self, node: Node, kind: FunctionKind, name: str) -> FunctionInfo:
        info = FunctionInfo(node, kind, self.function, self.scope)
        info.name = name
        node._info = info
        self.scopes.functions.append(info)
        self.function.children.append(info)
        self.function = info
        info.scope = self.open(node, is_function=True)
        return info

    def _leave(self) -> None:
        info = self.function
        self.close()
        assert info.parent is not None
        self.function = info.parent
        if info.kind == "arrow":
            self._pass_on(info)

    def _pass_on(self, arrow: FunctionInfo) -> None:
        # An arrow's `this` is the enclosing function's: its use is a use there too.
        outer = arrow.parent
        assert outer is not None
        if arrow.this_use is not None and outer.this_use is None:
            outer.this_use = arrow.this_use
        if arrow.arguments_use is not None and outer.arguments_use is None:
            outer.arguments_use = arrow.arguments_use

    def _body(self, node: Node) -> None:
        for parameter in node.params:
            self.declare_pattern(parameter, node, "param", self.scope)
        body = node.body
        body._parent = node
        if body.type == "BlockStatement":
            self.function.is_left_out = body._start in self.left_out
            for statement in body.body:
                self.visit(statement, body)
        else:
            self.function.is_left_out = body._start in self.left_out
            self.visit(body, node)

    def _function_declaration(self, node: Node) -> None:
        name = ""
        if node.id is not None:
            node.id._parent = node
            self.declare(node.id, "function", self.scope)
            name = str(node.id.name)
        self._enter(node, "function", name)
        self._body(node)
        self._leave()

    def _function_expression(self, node: Node) -> None:
        self._enter_expression(node, "arrow" if node.type == "ArrowFunctionExpression" else "function", inferred_name(node))

    def _enter_expression(self, node: Node, kind: FunctionKind, name: str) -> FunctionInfo:
        named = node.id is not None
        if named:
            self.open(node)
            node.id._parent = node
            self.declare(node.id, "self", self.scope)
            name = str(node.id.name)
        info = self._enter(node, kind, name)
        self._body(node)
        self._leave()
        if named:
            self.close()
        return info

    def _class(self, node: Node) -> None:
        name = inferred_name(node)
        if node.id is not None:
            node.id._parent = node
            name = str(node.id.name)
        info = ClassInfo(node, self.function, name)
        if node.type == "ClassDeclaration" and node.id is not None:
            info.binding = self.declare(node.id, "class", self.scope)
        node._class = info
        self.scopes.classes.append(info)
        self.open(node)
        if node.type == "ClassExpression" and node.id is not None:
            info.binding = self.declare(node.id, "self", self.scope)
        if node.superClass is not None:
            self.visit(node.superClass, node)
        node.body._parent = node
        for member in node.body.body:
            member._parent = node.body
            if member.type == "MethodDefinition":
                self._method(member, info)
            elif member.type == "StaticBlock":
                block = self._enter(member, "static-block", f"static block of {name}")
                block.is_static = True
                block.class_info = info
                for statement in member.body:
                    self.visit(statement, member)
                self._leave()
                info.static_fields.append((None, member, block))
            else:
                self._field(member, info)
        self.close()

    def _method(self, member: Node, info: ClassInfo) -> None:
        if member.computed:
            self.visit(member.key, member)
        name = property_name(member.key, bool(member.computed))
        value = member.value
        value._parent = member
        kind: FunctionKind = {"constructor": "constructor", "get": "getter", "set": "setter"}.get(member.kind, "method")  # type: ignore[assignment]
        method = self._enter(value, kind, name or "computed member")
        method.class_info = info
        method.is_static = bool(member.static)
        self._body(value)
        self._leave()
        if kind == "constructor":
            info.constructor = method
        else:
            table = info.static_methods if member.static else info.methods
            key = name if name is not None else f"[{len(table)}]"
            if kind == "setter":
                key = f"set {key}"
            table[key] = method

    def _field(self, member: Node, info: ClassInfo) -> None:
        if member.computed:
            self.visit(member.key, member)
        name = property_name(member.key, bool(member.computed))
        initialiser = self._enter(member, "field", name or "computed field")
        initialiser.class_info = info
        initialiser.is_static = bool(member.static)
        if member.value is not None:
            self.visit(member.value, member)
        self._leave()
        (info.static_fields if member.static else info.fields).append((name, member, initialiser))

    def _variable_declaration(self, node: Node) -> None:
        kind = node.kind
        scope = self.function_scope() if kind == "var" else self.scope
        for declarator in node.declarations:
            declarator._parent = node
            self.declare_pattern(declarator.id, declarator, kind, scope)
            if declarator.init is not None:
                self.visit(declarator.init, declarator)

    def _block(self, node: Node) -> None:
        self.open(node)
        self.children(node)
        self.close()

    def _for_each(self, node: Node) -> None:
        self.open(node)
        left = node.left
        if left.type == "VariableDeclaration":
            self.visit(left, node)
        else:
            left._parent = node
            self._target(left)
        self.visit(node.right, node)
        self.visit(node.body, node)
        self.close()

    def _catch(self, node: Node) -> None:
        self.open(node)
        self.declare_pattern(node.param, node, "catch", self.scope)
        node.body._parent = node
        for statement in node.body.body:
            self.visit(statement, node.body)
        self.close()

    def _import(self, node: Node) -> None:
        for specifier in node.specifiers:
            specifier._parent = node
            specifier.local._parent = specifier
            self.declare(specifier.local, "import", self.scope)

    def _export_named(self, node: Node) -> None:
        if node.declaration is not None:
            self.visit(node.declaration, node)
            for identifier in declared_identifiers(node.declaration):
                self.scopes.exports.append((str(identifier.name), identifier))
                if identifier._binding is not None:
                    identifier._binding.exported = True
        elif node.source is None:
            for specifier in node.specifiers:
                specifier._parent = node
                self.visit(specifier.local, specifier)
                exported = specifier.exported
                self.scopes.exports.append(
                    (str(exported.name if exported.type == "Identifier" else exported.value), specifier.local)
                )

    def _export_default(self, node: Node) -> None:
        self.visit(node.declaration, node)
        self.scopes.exports.append(("default", node.declaration))

    def _identifier(self, node: Node) -> None:
        if node.name == "arguments" and self.function.arguments_use is None:
            self.function.arguments_use = node
        self.scope.pending.append(Reference(node, self.function, False))

    def _this(self, node: Node) -> None:
        if self.function.this_use is None:
            self.function.this_use = node

    def _member(self, node: Node) -> None:
        self.visit(node.object, node)
        if node.computed:
            self.visit(node.property, node)
        else:
            node.property._parent = node
            if node.property.name in PROTOCOL_METHODS or node.property.name in PROTOCOL_GLOBALS:
                self.scopes.protocol_nodes.append((node, self.function))

    def _property(self, node: Node) -> None:
        if node.computed:
            self.visit(node.key, node)
        else:
            node.key._parent = node
            if node.shorthand and node._parent.type == "ObjectPattern" and node.key.name in PROTOCOL_GLOBALS:
                self.scopes.protocol_nodes.append((node, self.function))
        if node.method or node.kind in ("get", "set"):
            value = node.value
            value._parent = node
            kind: FunctionKind = "method" if node.method else ("getter" if node.kind == "get" else "setter")
            self._enter(value, kind, property_name(node.key, bool(node.computed)) or "computed method")
            self._body(value)
            self._leave()
        else:
            self.visit(node.value, node)

    def _assignment(self, node: Node) -> None:
        left, right = node.left, node.right
        left._parent = node
        self._target(left)
        self.visit(right, node)
        owner = prototype_owner(left)
        if owner is not None:
            for function in functions_of(right):
                function.prototype_owner = owner

    def _target(self, node: Node) -> None:
        """What is assigned to: identifiers in it are written, not read."""
        kind = node.type
        if kind == "Identifier":
            self.refer(node, write=True)
        elif kind == "AssignmentPattern":
            node.left._parent = node
            self._target(node.left)
            self.visit(node.right, node)
        elif kind == "ArrayPattern":
            for element in node.elements:
                if element is not None:
                    element._parent = node
                    self._target(element)
        elif kind == "ObjectPattern":
            for item in node.properties:
                item._parent = node
                if item.type == "Property":
                    if item.computed:
                        self.visit(item.key, item)
                    item.value._parent = item
                    self._target(item.value)
                else:
                    self._target(item)
        elif kind in ("RestElement", "SpreadElement"):
            node.argument._parent = node
            self._target(node.argument)
        else:
            self.visit(node, node._parent)

    def _update(self, node: Node) -> None:
        node.argument._parent = node
        self._target(node.argument)
        if node.argument.type == "Identifier":
            self.refer(node.argument, write=False)

    def _labeled(self, node: Node) -> None:
        self.visit(node.body, node)

    def _jsx_identifier(self, node: Node) -> None:
        if node._parent.type in ("JSXOpeningElement", "JSXMemberExpression") and not str(node.name)[:1].islower():
            self.refer(node, write=False)

    def _jsx_attribute(self, node: Node) -> None:
        if node.value is not None:
            self.visit(node.value, node)

    def _jsx_member(self, node: Node) -> None:
        self.visit(node.object, node)

    def _count(self) -> None:
        self.scopes.node_count = sum(function.node_count for function in self.scopes.functions)
