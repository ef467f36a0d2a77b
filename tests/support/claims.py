"""Programs that state facts of the retention graph by calls of markers.

They are ``$same(a, b)``, ``$differ(a, b)`` (not certainly the same), ``$retains(a, b)``, ``$free(a, b)`` (no strong path) and
``$is(a, "kind kind")``. A claim must hold in some activation, its denial in all of them. The registry that each program begins with
makes it one in which the protocol is at work, so that calls are followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest
from _pytest.mark import ParameterSet

from jsleak.analysis.heap import Activation, Var, same_value, strong_path
from jsleak.analysis.module import Module
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module
from jsleak.analysis.syntax.nodes import Node, walk

PRELUDE = "const registry = new FinalizationRegistry(() => {});\n"


def cases(programs: Mapping[str, str]) -> list[ParameterSet]:
    """A parameter for each program, under its name."""
    return [pytest.param(program, id=name) for name, program in programs.items()]


def check(program: str) -> None:
    """Every fact that the program states holds."""
    module = module_of(program)
    wrong: list[str] = []
    for node, activations in marker_calls(module).items():
        words = module.text(node)
        if not activations:
            wrong.append(f"{words}: not reached")
        claims = [holds(module, node, activation) for activation in activations]
        denied = node.callee.name in ("$free", "$differ")
        if activations and any(claims) == denied:
            kinds = [[obj.kind for obj in value(module, node.arguments[0], activation).objects] for activation in activations]
            wrong.append(f"{words}: {kinds}")
    assert not wrong, "\n".join(wrong)


def module_of(program: str) -> Module:
    return build_module(PRELUDE + dedent(program), "example.js", None, RuleSettings(), None)


def marker_calls(module: Module) -> dict[Node, list[Activation]]:
    found: dict[Node, list[Activation]] = {}
    for node in walk(module.scopes.program.node):
        if node.type == "CallExpression" and node.callee.type == "Identifier" and str(node.callee.name).startswith("$"):
            found[node] = [activation for call, activation in module.heap.call_results if call is node]
    return found


def value(module: Module, node: Node, activation: Activation) -> Var:
    """The variable of a marker's argument; calls were lowered before and are not to be lowered twice."""
    if node.type in ("CallExpression", "NewExpression"):
        return module.heap.call_results[(node, activation)]
    var = module.heap.expr(node, activation)
    module.heap.solver.run()
    return var


def holds(module: Module, node: Node, activation: Activation) -> bool:
    name = str(node.callee.name)
    first = value(module, node.arguments[0], activation)
    if name == "$is":
        return {obj.kind for obj in first.objects} == set(str(node.arguments[1].value).split())
    second = value(module, node.arguments[1], activation)
    if name in ("$same", "$differ"):
        return same_value(first, second)
    return strong_path(first, None, second, activation) is not None
