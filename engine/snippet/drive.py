"""How code that nothing in its module calls is driven: constructed or called with stand-ins, then released, then dropped."""

from __future__ import annotations

import json

from jsleak.analysis.module import Module
from jsleak.analysis.scopes import ClassInfo, FunctionInfo
from jsleak.analysis.syntax.nodes import Node

from .program import TOOL
from .sites import Sites

_MOST_ARGUMENTS = 6
_MOST_STEPS = 12


def steps(sites: Sites) -> tuple[str, ...]:
    """JavaScript functions `(scope, tool, results) => value`, one for each call; the results are kept until all were made."""
    functions: dict[FunctionInfo, None] = {}
    for call in (*sites.calls, sites.place, *(sites.at(hop.range) for hop in sites.finding.retention)):
        if call is not None:
            functions.setdefault(sites.module.function_of(call))
    for function in list(functions):
        functions.update(dict.fromkeys(_users(sites.module, function)))
    made: list[str] = []
    for function in functions:
        made += [step for step in _calls(sites.module, function) if step not in made]
    return tuple(made[:_MOST_STEPS])


def _users(module: Module, function: FunctionInfo) -> list[FunctionInfo]:
    """The functions that name a top-level function: what is not exported is called by them."""
    bindings = module.scopes.program.scope.bindings
    names = {name for one in (function, *function.ancestors) if (name := _name(module, one)) is not None}
    return [use.function for name in sorted(names) if name in bindings for use in bindings[name].references if use.function.parent]


def _calls(module: Module, function: FunctionInfo) -> list[str]:
    """The calls that may lead into a function, from what the module's top level names."""
    found: list[str] = []
    for one in (function, *function.ancestors):
        if one.class_info is not None and (name := _class_name(one.class_info)) is not None:
            found += _of_class(name, one.class_info, one)
            break
        binding = _name(module, one)
        if binding is not None:
            found.append(_step(f"{binding}({_arguments(one)})"))
            break
    return found


def _of_class(name: str, info: ClassInfo, function: FunctionInfo) -> list[str]:
    new = f"new {name}({_arguments(info.constructor)})"
    static = next((key for key, method in info.static_methods.items() if method is function), None)
    if static is not None and not static.startswith("#"):
        return [_step(f"{name}[{json.dumps(static)}]({_arguments(function)})")]
    found = [f"(scope, tool, results) => (results.{_slot(name)} = {_evaluate(new)})"]
    methods = {key: method for key, method in info.methods.items() if not key.startswith(("#", "@@")) and key != "constructor"}
    own = {key: method for key, method in methods.items() if method is function} or (methods if function.kind == "method" else {})
    for key, method in own.items():
        found.append(f"(scope, tool, results) => results.{_slot(name)}?.[{json.dumps(key)}]({_arguments(method, 'tool')})")
    return found


def _slot(name: str) -> str:
    return f"made_{name}" if name.isidentifier() else "made"


def _class_name(info: ClassInfo) -> str | None:
    """The top-level name by which a class can be had."""
    node = info.node
    if info.binding is not None and info.binding.is_module_level:
        return info.binding.name
    if node.id is not None and node._parent.type in ("Program", "ExportNamedDeclaration", "ExportDefaultDeclaration"):
        return str(node.id.name)
    return _declared(node)


def _name(module: Module, function: FunctionInfo) -> str | None:
    """The top-level name by which a function can be called."""
    node: Node = function.node
    if node.type == "FunctionDeclaration" and node.id is not None:
        return str(node.id.name) if function.parent is module.scopes.program else None
    return _declared(node) if function.parent is module.scopes.program else None


def _declared(node: Node) -> str | None:
    """`name` in `const name = <node>`; `name.key` for a method of an object literal there."""
    parent = node._parent
    if parent is None:
        return None
    if parent.type == "VariableDeclarator" and parent.id.type == "Identifier":
        program = parent._parent._parent
        return str(parent.id.name) if program.type in ("Program", "ExportNamedDeclaration") else None
    if parent.type == "Property" and not parent.computed and parent._parent.type == "ObjectExpression":
        owner = _declared(parent._parent)
        key = getattr(parent.key, "name", None) or getattr(parent.key, "value", None)
        return f"{owner}[{json.dumps(key)}]" if owner is not None and isinstance(key, str) else None
    return None


def _arguments(function: FunctionInfo | None, tool: str = TOOL) -> str:
    count = 1 if function is None else min(len(function.params), _MOST_ARGUMENTS)
    return ", ".join([f"{tool}.arg()"] * count)


def _evaluate(expression: str) -> str:
    return f"scope({json.dumps(expression)})"


def _step(expression: str) -> str:
    return f"(scope, tool, results) => {_evaluate(expression)}"
