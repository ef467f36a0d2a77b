"""What can throw: explicit ``throw``, ``await``, builtins that are known to, and functions of the module that do.

A call of anything else may throw as well, but saying so of every call would flag everything; ``any_call`` widens to that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from ..scopes import Binding, FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node
from .flow import Flow, Point

_THROWING_CALLS = frozenset(
    {
        "JSON.parse",
        "decodeURI",
        "decodeURIComponent",
        "BigInt",
        "structuredClone",
        "atob",
        "String.fromCodePoint",
        "Reflect.construct",
        "execSync",
        "execFileSync",
    }
)
_THROWING_NEWS = frozenset(
    {"URL", "RegExp", "WebAssembly.Module", "WebAssembly.Instance", "Intl.NumberFormat", "Intl.DateTimeFormat"}
)
_THROWING_MODULES = frozenset(
    {"fs", "node:fs", "assert", "node:assert", "node:assert/strict", "assert/strict", "child_process", "node:child_process"}
)


class Throws:
    """Which nodes of a module can throw, and why; answers are kept."""

    def __init__(self, flow: Callable[[FunctionInfo], Flow]) -> None:
        self._flow = flow
        self._functions: dict[FunctionInfo, Node | None] = {}
        self._running: set[FunctionInfo] = set()

    def reason(self, node: Node, *, any_call: bool = False) -> str | None:
        """Why a point's node can throw, in words; None where it is not known to."""
        kind = node.type
        if kind == "ThrowStatement":
            return "`throw`"
        if kind == "AwaitExpression":
            return None if self.never_rejects(node.argument) else "`await`, which throws when the promise is rejected"
        if kind == "ForOfStatement" and node.allowAwait:
            return "`for await`, which throws when a promise is rejected"
        if kind == "YieldExpression":
            return "`yield`, where the caller may throw" if any_call else None
        if kind == "MemberExpression":
            return _certain_type_error(node)
        if kind not in ("CallExpression", "NewExpression"):
            return None
        builtin = _throwing_builtin(node)
        if builtin is not None:
            return builtin
        function = callee_function(node)
        if function is not None:
            if not function.is_async and not function.is_generator and self.function(function) is not None:
                return f"`{function.name or 'the function'}()`, which can throw"
            return None if not any_call or function.is_async or function.is_generator else "a call, which may throw"
        if any_call and not _is_protocol_call(node):
            return "a call, which may throw"
        return None

    def throwing(self, flow: Flow, *, any_call: bool = False) -> Callable[[Node], bool]:
        """Whether a node of a function throws, for walks through it: what is known to, and any call inside a `try` with a `catch`.

        Whoever writes a `catch` expects one to; what leaves the function from there is for the `catch` to say.
        """
        return lambda node: (
            self.reason(node, any_call=any_call) is not None
            or (node in flow.tried and node.type in ("CallExpression", "NewExpression", "AwaitExpression"))
        )

    def never_rejects(self, node: Node) -> bool:
        """Whether awaiting an expression is known not to throw: no promise, a handled one, a delay, a function that can't throw."""
        while node.type == "ChainExpression":
            node = node.expression
        if node.type in ("Literal", "TemplateLiteral") or (node.type == "Identifier" and node.name == "undefined"):
            return True
        if node.type == "NewExpression":
            executor = node.arguments[0] if node.arguments else None
            return bool(
                callee_path(node) == "Promise"
                and executor is not None
                and executor._info is not None
                and not executor._info.is_left_out
                and len(executor.params) < 2
                and self.function(executor._info) is None
            )
        if node.type != "CallExpression":
            return False
        path = callee_path(node)
        if path == "Promise.allSettled" or (path == "Promise.resolve" and not node.arguments):
            return True
        if is_handled(node):
            return True
        if path.endswith(".then") or (node.callee.type == "MemberExpression" and member_name(node.callee) == "then"):
            return self.never_rejects(node.callee.object) and all(self._is_calm(argument) for argument in node.arguments)
        function = callee_function(node)
        if function is None or function.is_generator or self.function(function) is not None or function in self._running:
            return False
        if function.is_async:
            return True
        self._running.add(function)
        calm = all(value is not None and self.never_rejects(value) for value in _results(function))
        self._running.discard(function)
        return calm

    def _is_calm(self, callback: Node) -> bool:
        info = callback._info
        return info is not None and not info.is_left_out and not info.is_async and self.function(info) is None

    def function(self, function: FunctionInfo) -> Node | None:
        """The node by which a call of the function can throw, None where none is known; recursion adds nothing."""
        if function in self._functions:
            return self._functions[function]
        if function in self._running:
            return None
        self._running.add(function)
        flow = self._flow(function)
        found: Node | None = None
        start = Point("join")
        start.next.append(flow.entry)
        for point, thrower in flow.after([start], throws=self.throwing(flow)):
            if point is flow.thrown and thrower is not None and thrower.node is not None:
                found = thrower.node
                break
            if point.node is not None and point.node.type == "ThrowStatement" and point.error is flow.thrown:
                found = point.node
                break
        self._running.discard(function)
        self._functions[function] = found
        return found


def _results(function: FunctionInfo) -> list[Node | None]:
    """The expressions that a function returns; None where it may end without."""
    if function.kind == "arrow" and function.node.body.type != "BlockStatement":
        return [function.node.body]
    found = [node.argument for node in function.own_nodes if node.type == "ReturnStatement"]
    return found or [None]


def is_handled(node: Node) -> bool:
    """Whether a call gives a promise whose rejection is taken care of: `….catch(f)`, `….then(f, g)`, and what follows them."""
    while node.type == "CallExpression":
        callee = node.callee
        while callee.type == "ChainExpression":
            callee = callee.expression
        if callee.type != "MemberExpression":
            return False
        name = member_name(callee)
        if (name == "catch" and node.arguments) or (name == "then" and len(node.arguments) > 1):
            return True
        if name not in ("then", "finally"):
            return False
        node = callee.object
    return False


def callee_function(node: Node) -> FunctionInfo | None:
    """The function of the module that a call means, where the text makes that plain: a name bound once, `this.m`, `new Class`.

    One whose body was left out is as good as one of another module.
    """
    function = _callee_function(node)
    return None if function is not None and function.is_left_out else function


def _callee_function(node: Node) -> FunctionInfo | None:
    callee = node.callee
    while callee.type == "ChainExpression":
        callee = callee.expression
    if callee.type in ("FunctionExpression", "ArrowFunctionExpression"):
        info: FunctionInfo = callee._info
        return info
    if callee.type == "Identifier" and callee._binding is not None:
        return _bound_function(callee._binding, is_new=node.type == "NewExpression")
    if callee.type == "MemberExpression" and callee.object.type == "ThisExpression":
        name = member_name(callee)
        owner = _class_around(callee)
        if owner is not None and name is not None:
            method: FunctionInfo | None = owner.methods.get(name) or owner.static_methods.get(name)
            return method
    return None


def _bound_function(binding: Binding, is_new: bool) -> FunctionInfo | None:
    if binding.writes or len(binding.declarations) != 1:
        return None
    declaration = binding.declarations[0]._parent
    if binding.kind in ("function", "self") and declaration.type in ("FunctionDeclaration", "FunctionExpression"):
        info: FunctionInfo = declaration._info
        return info
    if declaration.type == "VariableDeclarator" and declaration.init is not None and declaration.id.type == "Identifier":
        declaration = declaration.init
        if declaration.type in ("FunctionExpression", "ArrowFunctionExpression"):
            function: FunctionInfo = declaration._info
            return function
    if is_new and declaration.type in ("ClassDeclaration", "ClassExpression"):
        constructor: FunctionInfo | None = declaration._class.constructor
        return constructor
    return None


def _class_around(node: Node):  # type: ignore[no-untyped-def]
    current = node._parent
    while current is not None:
        info = current._info
        if info is not None and info.kind != "arrow":
            return info.class_info
        current = current._parent
    return None


def callee_path(node: Node) -> str:
    """The callee as dotted text, such as `JSON.parse`; empty where it is not a path of names."""
    names: list[str] = []
    current = node.callee if node.callee is not None else node
    while current.type == "ChainExpression":
        current = current.expression
    while current.type == "MemberExpression":
        name = member_name(current)
        if name is None:
            return ""
        names.append(name)
        current = current.object
        while current.type == "ChainExpression":
            current = current.expression
    if current.type == "ThisExpression":
        names.append("this")
    elif current.type == "Identifier":
        names.append(str(current.name))
    else:
        return ""
    return ".".join(reversed(names))


def _root(node: Node) -> Node:
    current = node.callee
    while current.type in ("MemberExpression", "ChainExpression"):
        current = current.object if current.type == "MemberExpression" else current.expression
    return current  # type: ignore[no-any-return]


def _throwing_builtin(node: Node) -> str | None:
    path = callee_path(node)
    if not path:
        return None
    root = _root(node)
    if root.type == "Identifier" and root._binding is not None:
        source = import_source(root._binding)
        throws = source in _THROWING_MODULES and (path.endswith("Sync") or source.removeprefix("node:").startswith("assert"))
        return f"`{path}()`, which can throw" if throws else None
    path = path.removeprefix("globalThis.").removeprefix("window.")
    if node.type == "CallExpression" and path in _THROWING_CALLS and not _harmless(path, node.arguments):
        return f"`{path}()`, which can throw"
    if (
        node.type == "NewExpression"
        and path in _THROWING_NEWS
        and not all(argument.type == "Literal" for argument in node.arguments)
    ):
        return f"`new {path}()`, which can throw"
    return None


def import_source(binding: Binding) -> str | None:
    """The module that a binding is imported (or required) from."""
    declaration = binding.declarations[0]
    parent = declaration._parent
    while parent is not None and parent.type in ("Property", "ObjectPattern", "AssignmentPattern"):
        parent = parent._parent
    if parent is None:
        return None
    if binding.kind == "import":
        return str(parent._parent.source.value)
    init = parent.init if parent.type == "VariableDeclarator" else None
    if init is not None and init.type == "MemberExpression":
        init = init.object
    if init is not None and init.type == "CallExpression" and callee_path(init) == "require" and init.arguments:
        return str(init.arguments[0].value) if init.arguments[0].type == "Literal" else None
    return None


def _harmless(path: str, arguments: list[Node]) -> bool:
    if not arguments or any(argument.type != "Literal" or argument.regex is not None for argument in arguments):
        return False
    value = arguments[0].value
    if path == "JSON.parse" and isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return False
        return True
    if path.startswith("decodeURI") and isinstance(value, str):
        return "%" not in value or unquote_to_bytes(value).decode("utf-8", "replace").count("\ufffd") == 0
    if path == "BigInt":
        return isinstance(value, int) or (isinstance(value, str) and value.strip().lstrip("-").isdigit())
    return path == "structuredClone"


def _certain_type_error(node: Node) -> str | None:
    base = node.object
    if node.optional:
        return None
    if base.type == "Literal" and base.value is None and base.raw == "null":
        return "a property of `null`, which throws"
    if base.type == "Identifier" and base.name == "undefined" and base._binding is None:
        return "a property of `undefined`, which throws"
    if base.type == "UnaryExpression" and base.operator == "void":
        return "a property of `undefined`, which throws"
    return None


def _is_protocol_call(node: Node) -> bool:
    path = callee_path(node)
    return path.rpartition(".")[2] in ("register", "unregister", "deref") or path in (
        "console.log",
        "FinalizationRegistry",
        "WeakRef",
    )
