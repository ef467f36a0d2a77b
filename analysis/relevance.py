"""Which functions of a module can matter to a finding.

A small module is taken whole. In a large one (a bundle) the retention graph starts from the functions that name a registry, a
WeakRef or their methods, and takes in what encloses them, the classes they belong to, what they call and who calls them. The
rest of the bundle is left unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from .control.throws import import_source
from .scopes import Binding, FunctionInfo, Scopes
from .scopes.names import member_name
from .syntax.nodes import Node

#: Nodes up to which a module is lowered whole.
WHOLE_MODULE = 6000
#: Nodes that the relevant functions may have together, beyond which no more are taken in.
RELEVANT_NODES = 40000
_ROUNDS = 3


def wrappers(scopes: Scopes) -> frozenset[FunctionInfo]:
    """The functions in which the protocol is at work:

    they name it, enclose one that does, or call one by name (twice removed at most).
    """
    found: dict[FunctionInfo, None] = {}
    for _, function in scopes.protocol_nodes:
        for outer in (function, *function.ancestors):
            found[outer] = None
    calls: dict[str, list[FunctionInfo]] = defaultdict(list)
    for function in scopes.functions:
        for node in function.own_nodes:
            if node.type in ("CallExpression", "NewExpression"):
                name = _called_name(node)
                if name and len(calls[name]) <= 40:
                    calls[name].append(function)
    fresh = list(found)
    for _ in range(2):
        following: list[FunctionInfo] = []
        for function in fresh:
            name = function.class_info.name if function.kind == "constructor" and function.class_info is not None else function.name
            callers = calls.get(name, ()) if len(name) > 1 else ()
            for caller in callers if scopes.calls(name, len(callers)) <= 40 else ():
                if caller not in found:
                    found[caller] = None
                    following.append(caller)
        fresh = following
    return frozenset(found)


def relevant_functions(scopes: Scopes, linked: Collection[str] = ()) -> frozenset[FunctionInfo] | None:
    """The functions to lower; None for all of them. ``linked`` are the specifiers of imported modules that are known."""
    if scopes.node_count <= WHOLE_MODULE and scopes.left_out is None:
        return None
    return _Closure(scopes, linked).compute()


class _Closure:
    def __init__(self, scopes: Scopes, linked: Collection[str]) -> None:
        self.scopes = scopes
        self.linked = linked
        #: Those whose body was left out are none to lower, but lead to others.
        self.found: dict[FunctionInfo, None] = {scopes.program: None}
        self.size = 0
        self.callers: dict[str, list[FunctionInfo]] = defaultdict(list)
        self.named: dict[str, list[FunctionInfo]] = defaultdict(list)
        for function in scopes.functions:
            if function.name:
                self.named[function.name].append(function)
            for node in function.own_nodes:
                if node.type == "CallExpression":
                    name = _called_name(node)
                    if name:
                        self.callers[name].append(function)

    def compute(self) -> frozenset[FunctionInfo]:
        fresh = self._seeds()
        protocol = list(fresh)
        for _ in range(_ROUNDS):
            following: list[FunctionInfo] = []
            for function in fresh:
                for callee in self._callees(function):
                    self._take(callee, following)
            if self.size > RELEVANT_NODES:
                break
            fresh = following
        callers: list[FunctionInfo] = []
        for function in protocol:
            # A short name is shared by strangers in minified code; a method's by all that have one such.
            name = function.name
            if len(name) > 2 and self.scopes.calls(name, len(self.callers[name])) <= 40:
                for caller in self.callers[name]:
                    self._take(caller, callers)
            if self.size > RELEVANT_NODES:
                break
        return frozenset(function for function in self.found if not function.is_left_out)

    def _seeds(self) -> list[FunctionInfo]:
        seeds: list[FunctionInfo] = []
        for binding in self.scopes.program.scope.bindings.values():
            if self.linked and import_source(binding) in self.linked:
                for reference in binding.references:
                    self._take(reference.function, seeds)
        for node, function in self.scopes.protocol_nodes:
            self._take(function, seeds)
            bound = _bound_to(node)
            for reference in bound.references if bound is not None else ():
                self._take(reference.function, seeds)
                if reference.node._parent.type == "NewExpression":
                    made = _bound_to(reference.node._parent)
                    for use in made.references if made is not None else ():
                        self._take(use.function, seeds)
        return seeds

    def _take(self, function: FunctionInfo, taken: list[FunctionInfo]) -> None:
        pending = [function]
        while pending:
            current = pending.pop()
            if current in self.found:
                continue
            self.found[current] = None
            self.size += current.node_count
            taken.append(current)
            if current.parent is not None:
                pending.append(current.parent)
            if current.class_info is not None:
                pending.extend(current.class_info.members)
            if current.kind == "arrow" or current.kind == "function":
                pending.extend(child for child in current.children if child.node_count < 400)

    def _callees(self, function: FunctionInfo) -> list[FunctionInfo]:
        found: list[FunctionInfo] = []
        for node in function.own_nodes:
            if node.type not in ("CallExpression", "NewExpression"):
                continue
            for part in [node.callee, *node.arguments]:
                if part.type == "Identifier" and part._binding is not None:
                    found += _functions_of(part._binding)
            name = _called_name(node)
            if len(name) > 2 and node.callee.type == "MemberExpression":
                candidates = self.named.get(name, ())
                if self.scopes.namesakes(name, len(candidates)) <= 4:
                    found += candidates
        return found


def _called_name(node: Node) -> str:
    callee = node.callee
    if callee.type == "Identifier":
        return str(callee.name)
    return (member_name(callee) or "") if callee.type == "MemberExpression" else ""


def _bound_to(node: Node) -> Binding | None:
    """The binding that the value a node is part of ends up in."""
    current = node._parent
    while current is not None:
        kind = current.type
        if kind == "VariableDeclarator":
            binding: Binding | None = current.id._binding if current.id.type == "Identifier" else None
            return binding
        if kind == "AssignmentExpression":
            target: Binding | None = current.left._binding if current.left.type == "Identifier" else None
            return target
        if kind in ("BlockStatement", "ExpressionStatement", "ClassBody", "Program") or current._info is not None:
            return None
        current = current._parent
    return None


def _functions_of(binding: Binding) -> list[FunctionInfo]:
    found: list[FunctionInfo] = []
    for declaration in binding.declarations:
        parent = declaration._parent
        value = parent.init if parent.type == "VariableDeclarator" else parent
        if value is None:
            continue
        if value._info is not None and value.type != "Program":
            found.append(value._info)
        elif value._class is not None:
            found += value._class.members
    return found
