"""Who calls whom in a module, as far as the text tells.

Two answers are given: ``callee_function`` (in ``throws``) names the one function that a call certainly means; a call graph goes
by names as well, so that it finds every function that a call *may* mean. Use the first to claim something and the second to
keep silent.
"""

from __future__ import annotations

from collections import defaultdict, deque

from ..scopes import FunctionInfo, Scopes
from ..scopes.names import member_name
from ..syntax.nodes import Node
from .throws import callee_function

#: Functions of one name beyond which a method call is not followed by its name.
_NAMESAKES = 8


class CallGraph:
    """The calls between the functions of a module."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._functions = scopes.functions
        self._named: dict[str, list[FunctionInfo]] = defaultdict(list)
        for function in self._functions:
            if function.name:
                self._named[function.name].append(function)
        self._unregistering: frozenset[FunctionInfo] | None = None

    def may_call(self, node: Node) -> tuple[FunctionInfo, ...]:
        """The functions of the module that a call may enter: the one it certainly means, else those of its name."""
        certain = callee_function(node)
        if certain is not None:
            return (certain,)
        callee = node.callee
        while callee.type == "ChainExpression":
            callee = callee.expression
        if callee.type != "MemberExpression":
            return ()
        name = called_name(node)
        found = self._named.get(name, ())
        return tuple(found) if self._scopes.namesakes(name, len(found)) <= _NAMESAKES else ()

    def reached(self, function: FunctionInfo, *, certain: bool = False) -> dict[FunctionInfo, Node | None]:
        """The functions that run when one is called, itself first, each with the call that first enters it.

        Closures that it makes count as run. ``certain``: they don't, and only calls that certainly mean a function are followed.
        """
        found: dict[FunctionInfo, Node | None] = {function: None}
        queue = deque([function])
        while queue:
            current = queue.popleft()
            if not certain:
                for child in current.children:
                    if child not in found:
                        found[child] = child.node
                        queue.append(child)
            for node in calls_of(current):
                for callee in self.may_call(node) if not certain else certain_callee(node):
                    if callee not in found:
                        found[callee] = node
                        queue.append(callee)
        return found

    def may_unregister(self, node: Node) -> bool:
        """Whether a node is a call that may lead to an `unregister`, by its own name or by what it may enter."""
        if node.type not in ("CallExpression", "NewExpression"):
            return False
        if "unregister" in called_name(node).lower():
            return True
        if self._unregistering is None:
            self._unregistering = self._all_unregistering()
        name = called_name(node)
        named = self._named.get(name, ())
        return self._is_absent(name) or any(function in self._unregistering for function in (*self.may_call(node), *named))

    def unregisters(self, function: FunctionInfo) -> bool:
        """Whether calling a function may lead to an `unregister`."""
        if function.is_left_out:
            return True
        if self._unregistering is None:
            self._unregistering = self._all_unregistering()
        return function in self._unregistering

    def _is_absent(self, name: str) -> bool:
        """Whether a function of this name that was left out may lead to an `unregister`."""
        left_out = self._scopes.left_out
        return left_out is not None and name in left_out.unregistering

    def _all_unregistering(self) -> frozenset[FunctionInfo]:
        callers: dict[str, list[FunctionInfo]] = defaultdict(list)
        found: dict[FunctionInfo, None] = {}
        for function in self._functions:
            for node in calls_of(function):
                name = called_name(node)
                if "unregister" in name.lower() or self._is_absent(name):
                    found[function] = None
                elif name:
                    callers[name].append(function)
        queue = deque(found)
        while queue:
            function = queue.popleft()
            outer = function.parent
            takers = list(callers.pop(function.name, ())) if function.name else []
            if outer is not None and outer.kind != "program":
                takers.append(outer)
            for taker in takers:
                if taker not in found:
                    found[taker] = None
                    queue.append(taker)
        return frozenset(found)


def calls_of(function: FunctionInfo) -> list[Node]:
    """The calls and `new` expressions of a function's own body, in order of place."""
    return [node for node in function.own_nodes if node.type in ("CallExpression", "NewExpression")]


def called_name(node: Node) -> str:
    """The last name of a call's callee: `close` of `this.file.close()`; empty where it has none."""
    callee = node.callee
    while callee.type == "ChainExpression":
        callee = callee.expression
    if callee.type == "Identifier":
        return str(callee.name)
    return (member_name(callee) or "") if callee.type == "MemberExpression" else ""


def certain_callee(node: Node) -> tuple[FunctionInfo, ...]:
    """The function that a call certainly means, if any."""
    function = callee_function(node)
    return () if function is None else (function,)
