"""The analysis of one file, pass after pass: text → syntax → scopes → graph → facts → findings."""

from __future__ import annotations

import gc

from . import Loader, SourceType
from .depth import call_deep
from .findings import Analysis, Problem, ProblemKind
from .heap import Activation, Events, HeapBuilder, Var
from .module import Module, run_rules
from .protocol import collect
from .relevance import relevant_functions, wrappers
from .rule import RuleSettings
from .scopes import FunctionInfo, Scopes, build_scopes
from .scopes.build import property_name
from .syntax.nodes import Node
from .syntax.parse import SyntaxProblem, parse
from .text import SourceText

#: Solver steps for each node of the module, and for a module of no size at all.
STEPS_PER_NODE = 60
STEPS_AT_LEAST = 100_000
#: Nodes of cloned functions for each node of the module, and at least.
CLONED_PER_NODE = 1
CLONED_AT_LEAST = 3_000
#: Other modules that are joined to a module's graph, at most.
LINKED_MODULES = 16


def run(
    text: str,
    *,
    filename: str,
    source_type: SourceType | None = None,
    settings: RuleSettings | None = None,
    load: Loader | None = None,
) -> Analysis:
    """See ``jsleak.analysis.analyze``."""
    # Everything that an analysis makes lives until its end, so looking for garbage meanwhile only costs time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return call_deep(_run, text, filename, source_type, settings or RuleSettings(), load)
    finally:
        if collecting:
            gc.enable()


def build_module(text: str, filename: str, source_type: SourceType | None, settings: RuleSettings, load: Loader | None) -> Module:
    """All facts of a module; raises ``SyntaxProblem``."""
    source = SourceText(text, filename)
    scopes = _resolve(source, source_type)
    linked = _linked(scopes, filename, load) if load is not None else {}
    others = [other for other, _ in linked.values()]
    nodes = scopes.node_count + sum(other.node_count for other in others)
    events = Events()
    heap = HeapBuilder(max(STEPS_AT_LEAST, STEPS_PER_NODE * nodes), max(CLONED_AT_LEAST, CLONED_PER_NODE * nodes), events)
    relevant = relevant_functions(scopes)
    if relevant is not None:
        everything = relevant.union(*(relevant_functions(other) or frozenset(other.functions) for other in others))
        heap.relevant = everything
    heap.wrappers = wrappers(scopes).union(*(wrappers(other) for other in others))
    heap.modules = {key: other for key, (other, _) in linked.items()}
    for unit in (*dict.fromkeys(others), scopes):
        _enter_program(heap, unit)
    heap.run()
    program = scopes.program.node
    protocol = collect(events, lambda node: _root(node) is program)
    return Module(source, scopes, heap, protocol, settings)


def _run(text: str, filename: str, source_type: SourceType | None, settings: RuleSettings, load: Loader | None) -> Analysis:
    try:
        module = build_module(text, filename, source_type, settings, load)
    except SyntaxProblem as problem:
        place = SourceText(text, filename).range(problem.offset, problem.offset)
        return Analysis(problems=(Problem(filename, problem.kind, problem.message, place),))
    problems: tuple[Problem, ...] = ()
    if module.heap.solver.exhausted:
        message = "The retention graph of this file is larger than the analysis allows for its size; findings may be missing"
        problems = (Problem(filename, ProblemKind.ANALYSIS_INCOMPLETE, message),)
    return Analysis(run_rules(module), problems)


def _resolve(source: SourceText, source_type: SourceType | None) -> Scopes:
    program = parse(source.text, filename=source.path, source_type=source_type)
    program.root._source = source
    return build_scopes(program.root)


def _root(node: Node) -> Node:
    while node._parent is not None:
        node = node._parent
    return node


def _enter_program(heap: HeapBuilder, scopes: Scopes) -> None:
    program: FunctionInfo = scopes.program
    this = Var("this")
    heap.solver.add(this, heap.global_object("this of the module"))
    activation = Activation(program, None, this, None, None)
    heap.canonical[(program, None)] = activation
    exports = heap.exports[scopes] = {}
    for name, node in scopes.exports:
        if node.type == "Identifier" and node._binding is not None:
            var = heap.variable(node._binding, activation)
            exports[name] = var
            heap.solver.copy(var, heap.escaped, node)
    heap.queue(program, activation)


def _linked(scopes: Scopes, filename: str, load: Loader) -> dict[tuple[Node, str], tuple[Scopes, str]]:
    """The modules that a module imports relatively, by importing program and specifier; one that does not parse is left out."""
    found: dict[tuple[Node, str], tuple[Scopes, str]] = {}
    by_path: dict[str, Scopes] = {filename: scopes}
    for statement in scopes.program.node.body:
        if statement.type != "ImportDeclaration" or len(found) >= LINKED_MODULES:
            continue
        specifier = str(statement.source.value)
        if not specifier.startswith("."):
            continue
        loaded = load(specifier)
        if loaded is None:
            continue
        path, text = loaded
        other = by_path.get(path)
        if other is None:
            try:
                other = _resolve(SourceText(text, path), None)
            except SyntaxProblem:
                continue
            by_path[path] = other
        found[(scopes.program.node, specifier)] = (other, path)
    return found


__all__ = ["Analysis", "build_module", "property_name", "run"]
