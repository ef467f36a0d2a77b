"""The analysis of one file, pass after pass: text → syntax → scopes → graph → facts → findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from . import Loader, SourceType, mentions
from .depth import call_deep
from .findings import Analysis, Problem, ProblemKind, together
from .garbage import uncollected
from .heap import Activation, Events, HeapBuilder, Var
from .languages import Code, Kind, codes, forget, kind_of
from .languages.program import read_program
from .module import Module
from .protocol import Value, collect
from .relevance import relevant_functions, wrappers
from .rule import RuleSettings
from .rule_run import run_rules
from .scopes import ClassInfo, FunctionInfo, LeftOut, Scopes, build_scopes
from .syntax.nodes import Node
from .syntax.parse import Program, SyntaxProblem
from .text import Position, SourceText

if TYPE_CHECKING:
    from .outline import Site

#: Solver steps for each node of the module, and for a module of no size at all.
STEPS_PER_NODE = 60
STEPS_AT_LEAST = 100_000
#: Nodes of cloned functions for each node that is lowered, and at least.
CLONED_PER_NODE = 1
CLONED_AT_LEAST = 3_000
#: Other modules that are joined to a module's graph, at most.
LINKED_MODULES = 16


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a file's text, the same for each program in it."""

    text: str
    filename: str
    settings: RuleSettings
    load: Loader | None
    outline: bool = False


def run(
    text: str,
    *,
    filename: str,
    source_type: SourceType | None = None,
    settings: RuleSettings | None = None,
    load: Loader | None = None,
    outline: bool = False,
) -> Analysis:
    """See ``jsleak.analysis.analyze``."""
    with uncollected():
        try:
            return call_deep(_run, _Asked(text, filename, settings or RuleSettings(), load, outline), source_type)
        except RecursionError:
            return Analysis(problems=(Problem(filename, ProblemKind.TOO_DEEP, "This code nests too deep to be analysed"),))
        finally:
            forget()


def build_module(
    text: str, filename: str, source_type: SourceType | None, settings: RuleSettings, load: Loader | None, program: int = 0
) -> Module:
    """All facts of one program of a file, which ``program_at`` gives the number of, with nothing left out; raises
    ``SyntaxProblem``.
    """
    with uncollected():
        found = codes(text, filename=filename, source_type=source_type, slicing=False)
        if program >= len(found):
            raise SyntaxProblem("This file has no such script", 0)
        return _build(_Asked(text, filename, settings, load), found[program])


def program_at(text: str, filename: str, place: Position) -> int:
    """The number, from 0, of the program in a file that something at a place is part of: the first unless another one is."""
    if kind_of(filename) in (Kind.JAVASCRIPT, Kind.TYPESCRIPT, Kind.TSX):
        return 0
    offset = SourceText(text, filename).offset(place)
    return next((number for number, code in enumerate(codes(text, filename=filename, slicing=False)) if code.holds(offset)), 0)


def _build(asked: _Asked, code: Code, parsed: Program | None = None) -> Module:
    scopes = _resolved(asked.text, asked.filename, code, parsed)
    source: SourceText = scopes.program.node._source
    linked = _linked(scopes, asked.filename, asked.load) if asked.load is not None else {}
    if linked and code.whole is not None:
        return _build(asked, code.whole)  # what uses the other module may be anywhere
    others = [other for other in dict.fromkeys(linked.values()) if other is not scopes]
    relevant = relevant_functions(scopes, {specifier for _, specifier in linked})
    if relevant is not None:
        relevant = relevant.union(*(relevant_functions(other) or frozenset(other.functions) for other in others))
    nodes = sum(unit.size for unit in (scopes, *others))
    lowered = nodes if relevant is None else sum(function.node_count for function in relevant)
    events = Events()
    heap = HeapBuilder(max(STEPS_AT_LEAST, STEPS_PER_NODE * nodes), max(CLONED_AT_LEAST, CLONED_PER_NODE * lowered), events)
    heap.relevant = relevant
    heap.wrappers = wrappers(scopes).union(*(wrappers(other) for other in others))
    heap.modules = linked
    heap.annotations = {unit.program: unit.annotations for unit in (*others, scopes) if unit.annotations}
    for unit in (*reversed(others), scopes):
        _enter_program(heap, unit)
    heap.run()
    program = scopes.program.node
    protocol = collect(events, lambda node: _root(node) is program)
    complete = not heap.solver.exhausted and not code.broken and (asked.load is not None or not _specifiers(scopes))
    return Module(source, scopes, heap, protocol, asked.settings, complete=complete, broken=code.broken)


def _run(asked: _Asked, source_type: SourceType | None) -> Analysis:
    results = [_run_code(asked, code) for code in codes(asked.text, filename=asked.filename, source_type=source_type)]
    return results[0] if len(results) == 1 else together(results)


def _run_code(asked: _Asked, code: Code) -> Analysis:
    try:
        module = _build(asked, code)
    except SyntaxProblem as problem:
        return _run_broken(asked, code, problem)
    return _judged(module, asked)


def _run_broken(asked: _Asked, code: Code, problem: SyntaxProblem) -> Analysis:
    """The problem, beside what can be said of the rest of the text."""
    from .languages.broken import recover  # loads a grammar, which only a broken text is worth

    text, filename = asked.text, asked.filename
    told = Problem(filename, problem.kind, problem.message, SourceText(text, filename).range(problem.offset, problem.offset))
    found = recover(code.whole or code, problem, filename) if mentions(text.encode("utf-8", "replace")) else None
    if found is None:
        return Analysis(problems=(told,))
    rest = _judged(_build(asked, found.code, found.program), asked)
    # What the module lends to others is not known before all of it is.
    return replace(rest, problems=(told, *rest.problems), lends=())


def _judged(module: Module, asked: _Asked) -> Analysis:
    problems: tuple[Problem, ...] = ()
    if module.heap.solver.exhausted:
        message = "The retention graph of this file is larger than the analysis allows for its size; findings may be missing"
        problems = (Problem(asked.filename, ProblemKind.ANALYSIS_INCOMPLETE, message),)
    outcome = run_rules(module)
    sites, failed = _outline(module) if asked.outline else ((), ())
    return Analysis(
        outcome.findings,
        (*problems, *outcome.problems, *failed),
        _lends(module),
        sites,
        outcome.suppressed,
        module.suppressions,
    )


def _outline(module: Module) -> tuple[tuple[Site, ...], tuple[Problem, ...]]:
    from .outline import outline  # the command line never asks for it

    try:
        return outline(module), ()
    except RecursionError:
        raise  # the whole analysis runs again on a larger stack
    except Exception as error:
        message = f"the outline failed, which is a defect of jsleak: {type(error).__name__}: {error}"
        return (), (Problem(module.source.path, ProblemKind.INTERNAL_ERROR, message),)


def _resolved(text: str, filename: str, code: Code, parsed: Program | None = None) -> Scopes:
    """The scopes of a program. Raises ``SyntaxProblem`` with what is wrong with the text as it is, bodies left out or not."""
    source = (code.whole or code).source(text, filename)
    if code.skeleton is not None:
        read_program(code.skeleton, filename)
    try:
        program = parsed or read_program(code, filename)
    except SyntaxProblem as problem:
        if code.whole is None:
            raise
        from .languages.slicing.skeleton import skeleton

        code = code.whole
        read_program(skeleton(code, problem.offset), filename)
        program = read_program(code, filename)
    program.root._source = source
    scopes = build_scopes(program.root, _left_out(code))
    scopes.annotations = code.types
    return scopes


def _left_out(code: Code) -> LeftOut | None:
    known = code.absent
    return LeftOut(code.unknown, known.nodes, known.crowds, known.unregistering, known.lost) if known is not None else None


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
            exports[name] = heap.variable(node._binding, activation)
        else:
            exports[name] = activation.variables.setdefault(f"%export {name}", Var(name))
        heap.solver.copy(exports[name], heap.escaped, node)
    for statement in program.node.body:
        if statement.type in ("ExportNamedDeclaration", "ExportAllDeclaration") and statement.source is not None:
            _pass_on_exports(heap, scopes, statement, exports)
    heap.queue(program, activation)


def _pass_on_exports(heap: HeapBuilder, scopes: Scopes, statement: Node, exports: dict[str, Var]) -> None:
    """`export … from`, where the other module is known (it was entered before)."""
    other = heap.modules.get((scopes.program.node, str(statement.source.value)))
    known = heap.exports.get(other, {}) if other is not None else {}
    if statement.type == "ExportAllDeclaration":
        if statement.exported is None:
            for name, var in known.items():
                if name != "default":
                    exports.setdefault(name, var)
        return
    for specifier in statement.specifiers:
        name = str(specifier.local.name or specifier.local.value)
        if name in known:
            exports[str(specifier.exported.name or specifier.exported.value)] = known[name]


def _linked(scopes: Scopes, filename: str, load: Loader) -> dict[tuple[Node, str], Scopes]:
    """The modules that a module reaches by relative specifiers, by importing program and specifier; those that do not parse
    are left out.
    """
    found: dict[tuple[Node, str], Scopes] = {}
    by_path: dict[str, Scopes] = {filename: scopes}
    pending = [(filename, scopes)]
    while pending:
        importer, importing = pending.pop(0)
        for specifier in _specifiers(importing):
            loaded = load(importer, specifier) if len(by_path) <= LINKED_MODULES else None
            if loaded is None:
                continue
            path, text = loaded
            if path not in by_path:
                other = _resolve_linked(path, text)
                if other is None:
                    continue
                by_path[path] = other
                pending.append((path, other))
            found[(importing.program.node, specifier)] = by_path[path]
    return found


@lru_cache(maxsize=LINKED_MODULES)
def _resolve_linked(path: str, text: str) -> Scopes | None:
    """The scopes of a module that others import, kept for the next that does; None where it lends no registry or does not parse."""
    if "FinalizationRegistry" not in text:
        return None
    try:
        found = codes(text, filename=path)
        return _resolved(text, path, found[0]) if found else None
    except SyntaxProblem:
        return None  # its own run says so


def _specifiers(scopes: Scopes) -> list[str]:
    sources = [statement.source for statement in scopes.program.node.body if statement.source is not None]
    for reference in scopes.globals.get("require", ()):
        call = reference.node._parent
        if call.type == "CallExpression" and call.callee is reference.node and len(call.arguments) == 1:
            sources.append(call.arguments[0])
    values = [source.value for source in sources if source.type == "Literal" and isinstance(source.value, str)]
    return list(dict.fromkeys(value for value in values if value.startswith(".")))


def _lends(module: Module) -> tuple[str, ...]:
    """The exported names through which other modules take part in the protocol."""
    registering = {
        outer
        for registration in module.registrations
        if not registration.is_wrapped and any(_is_given(value) for value in (registration.target, registration.held))
        for outer in (registration.function, *registration.function.ancestors)
    }
    names: dict[str, None] = {}
    for name, var in module.exported.items():
        for obj in var.objects:
            members = obj.info.members if isinstance(obj.info, ClassInfo) else [obj.info]
            if obj.kind == "registry" or any(member in registering for member in members):
                names[name] = None
    return tuple(names)


def _is_given(value: Value | None) -> bool:
    """Whether a value comes from the caller."""
    return value is not None and any(obj.kind == "param" for obj in value.objects)
