"""What ``jsleak run`` shows of a file: its registrations, what of them leaks and on which engines, and what grows.

Registrations are shown as they were when the script ended where an exception ended it (nothing runs after that in a program of its
own), and as they were when nothing changed any more otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from jsleak.analysis.syntax.nodes import Node, walk
from jsleak.analysis.text import Position, Range, SourceText

from .defects import load_defects
from .growth import Growth, growth
from .linking import LinkError, Program, link
from .pointing import starts_of_new
from .rejections import known
from .request import EngineName, Limits, Request
from .teardown import RANGE, THROWING_RANGE, lost_held_values, thrown_cleanups
from .trace import Completion, Registration, Trace, WeakReference

Run = Callable[[Request], Trace]


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is run. ``call`` is an expression that is evaluated ``repeat`` times once the script has ended."""

    engine: EngineName = "quickjs"
    repeat: int = 1
    call: str = ""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a user's file."""

    path: str
    range: Range


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that is never given back. ``engines`` are those on which it is so; empty where it is so on every one."""

    place: Place | None
    kind: str
    message: str
    engines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkedAround:
    """A defect of the engine itself that is not in what is reported: its name in `defects.toml`, and the versions that have it."""

    id: str
    engines: tuple[str, ...]
    registrations: int
    message: str


@dataclass(frozen=True)
class RunReport:
    """All there is to say of one file on one engine. ``sources`` are the texts of all its files, for excerpts."""

    path: str
    engine: str
    completion: Completion
    error: str = ""
    reason: str = ""
    place: Place | None = None
    registrations: tuple[tuple[Registration, Place | None], ...] = ()
    weakrefs: tuple[tuple[WeakReference, Place | None], ...] = ()
    leaks: tuple[Leak, ...] = ()
    defects: tuple[WorkedAround, ...] = ()
    growth: tuple[Growth, ...] = ()
    stubs: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    output: str = ""
    seconds: float = 0.0
    sources: tuple[SourceText, ...] = ()
    started: bool = True

    @property
    def ran(self) -> bool:
        """Whether the program was run to its end, be it an exception's."""
        return self.started and self.completion in ("normal", "throw", "rejection")


def run_file(path: str, text: str, options: Options, run: Run, decode: Callable[[bytes], str]) -> RunReport:
    """Run a script with all it imports. ``run`` carries out a request (``Pool.run``).

    Raises OSError where the script's folder cannot be read, and whatever ``run`` raises where the engine is missing.
    """
    bundled = options.engine == "quickjs"
    try:
        program = link(text, path, decode=decode, watch=bundled and not known(), call=options.call)
    except LinkError as error:
        completion: Completion = "syntax-error" if error.syntax else "throw"
        place = Place(error.path, Range(error.place, replace(error.place, column=error.place.column + 1)))
        sources = (SourceText(text, path),) if error.path == path else ()
        return RunReport(path, options.engine, completion, error.message, place=place, sources=sources, started=False)
    except RecursionError:
        return RunReport(path, options.engine, "syntax-error", "This code nests too deep", started=False)
    request = Request(
        program.text,
        options.engine,
        repeat=options.repeat if options.call else 1,
        call=program.call,
        rejections=True,
        script=os.path.basename(path) or "program.js",
        limits=options.limits,
    )
    return _Reporter(path, options, program, run(request)).report()


class _Reporter:
    def __init__(self, path: str, options: Options, program: Program, trace: Trace) -> None:
        self.path = path
        self.options = options
        self.program = program
        self.trace = trace
        self.places: dict[tuple[int, int, str], Place | None] = {}

    def report(self) -> RunReport:
        trace, program = self.trace, self.program
        shown = trace.at_end if trace.script_threw or not trace.settled else trace.settled
        lines = growth(trace.samples)
        return RunReport(
            self.path,
            trace.engine,
            trace.completion,
            trace.error,
            trace.reason,
            self.at(trace.line, trace.column),
            tuple((registration, self.call_at(registration.line, registration.column)) for registration in shown),
            tuple((reference, self.call_at(reference.line, reference.column, "WeakRef")) for reference in trace.weakrefs),
            (*self.lost(), *self.growing(lines)),
            tuple(self.worked_around()),
            tuple(replace(line, site=self.named(line)) for line in lines),
            program.stubs,
            self.stand_ins,
            tuple(self.notes()),
            trace.output,
            trace.seconds,
            program.files,
        )

    def lost(self) -> list[Leak]:
        """The held values that a version of quickjs-ng never frees. Asked of the bundled engine only."""
        if self.options.engine != "quickjs":
            return []
        found = []
        for registration in lost_held_values(self.trace):
            message = (
                f"the target is gone and its cleanup has not run when the exception ends the script: the held {registration.held} "
                "is never freed, and the engine aborts (JS_FreeRuntime: list_empty(&rt->gc_obj_list))"
            )
            found.append(Leak(self.call_at(registration.line, registration.column), "held-value-not-released", message, (RANGE,)))
        for registration in thrown_cleanups(self.trace):
            message = f"the cleanup callback threw: the held {registration.held} is not freed, and the engine aborts"
            place = self.call_at(registration.line, registration.column)
            found.append(Leak(place, "held-value-not-released", message, (THROWING_RANGE,)))
        return found

    def growing(self, lines: tuple[Growth, ...]) -> list[Leak]:
        """What rises steadily with the calls."""
        found = []
        recorded = len(self.trace.settled) > len(self.trace.at_end)
        growing = {line.what for line in lines if line.grows}
        for line in lines:
            per = f"over {line.turns} calls of `{self.options.call}`"
            if not line.grows:
                continue
            if line.what == "targets":
                message = f"registered targets stay alive: {line.slope:+.2f} for each call, {line.first:g} to {line.last:g} {per}"
                found.append(Leak(self.site(line), "targets-grow", message))
            elif line.what == "objects":
                message = f"objects made here stay alive: {line.slope:+.2f} for each call, {line.first:g} to {line.last:g} {per}"
                found.append(Leak(self.site(line), "objects-grow", message))
            elif line.what == "registrations" and "targets" not in growing:
                message = f"registrations that never end: {line.slope:+.2f} for each call, {line.first:g} to {line.last:g} {per}"
                found.append(Leak(None, "registrations-grow", message))
            elif line.what == "memory" and not recorded and "objects" not in growing and self.options.engine == "quickjs":
                # What is kept of each registration and object would show here as well, and what V8 compiles and caches.
                message = f"the engine's heap grows by {line.slope:,.0f} bytes for each call, {per}"
                found.append(Leak(None, "memory-grows", message))
        return found

    def worked_around(self) -> list[WorkedAround]:
        """The defects of the engine that the harness keeps out of the report."""
        found = []
        for defect in load_defects() if self.trace.defects else ():
            if defect.id not in self.trace.defects:
                continue
            seen = {item.id: item for item in (*self.trace.at_end, *self.trace.settled)}.values()
            tokens, own = sum(item.has_token for item in seen), sum(item.own_token for item in seen)
            message = f"this engine {defect.summary}. Shown is what an engine without that defect does. "
            message += f"Registrations with a token: {tokens}"
            message += f"; where it is the target itself, which would never be collected here: {own}" if own else ""
            found.append(WorkedAround(defect.id, (defect.versions,), tokens, message + "."))
        return found

    def notes(self) -> list[str]:
        """What the reader should know about what the run could not see."""
        found = []
        if self.program.stubs:
            found.append(f"Stood in for by stubs that take every use: {', '.join(self.program.stubs)}.")
        if self.stand_ins:
            found.append(f"Stood in for as far as programs commonly ask: {', '.join(self.stand_ins)}.")
        if self.trace.exited:
            found.append("The program ended itself by `process.exit`: registrations are shown as they were then.")
        promises = any(word in file.text for file in self.program.files for word in ("async", "Promise"))
        if promises and self.trace.completion == "normal" and not self.trace.hears_rejections:
            found.append(
                "The bundled engine cannot be asked for unhandled rejections here: seen are those of promises that a statement "
                "makes and throws away. `--engine node` sees all."
            )
        if self.options.call and self.options.repeat > 1 and not growth(self.trace.samples):
            found.append("Too few calls to tell what grows: use a larger --repeat.")
        return found

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Node's globals that were used, and its modules that were imported."""
        return tuple(dict.fromkeys((*self.trace.stand_ins, *self.program.modules)))

    def site(self, line: Growth) -> Place | None:
        """The place that a line is about."""
        if line.what == "targets":
            row, _, column = line.site.partition(":")
            return self.call_at(int(row), int(column))
        if line.what == "objects" and int(line.site) < len(self.program.allocations):
            source, node = self.program.allocations[int(line.site)]
            return Place(source.path, source.range(node._start, node._end))
        return None

    def named(self, line: Growth) -> str:
        """The place that a line is about, as text."""
        place = self.site(line)
        if place is None:
            return ""
        start = place.range.start
        return f"{place.path}:{start.line}:{start.column}"

    def at(self, line: int, column: int) -> Place | None:
        """A place of the program in the user's files."""
        found = self.program.place(line, column)
        if found is None:
            return None
        source, start = found
        if (offset := self.starts_of_new.get((source.path, source.offset(start)))) is not None:
            start = source.position(offset)
        return Place(source.path, Range(start, Position(start.line, start.column + 1)))

    def call_at(self, line: int, column: int, name: str = "register") -> Place | None:
        """The same, as the whole call (of what has that name, where there are several) that an engine points into."""
        if (line, column, name) not in self.places:
            self.places[line, column, name] = self._call_at(line, column, name)
        return self.places[line, column, name]

    def _call_at(self, line: int, column: int, name: str) -> Place | None:
        found = self.program.place(line, column)
        if found is None:
            return None
        source, start = found
        offset = source.offset(start)
        call = self.calls.get((source.path, offset))
        if call is None or (name == "WeakRef" and call.type != "NewExpression"):
            call = self.around(source, offset, name) or call
        return self.at(line, column) if call is None else Place(source.path, source.range(call._start, call._end))

    def around(self, source: SourceText, offset: int, name: str) -> Node | None:
        """The innermost call of a name around an offset: some engines point at its arguments."""
        found = [
            node
            for (path, _), node in self.calls.items()
            if path == source.path
            and node._start <= offset <= node._end
            and (node.callee.property if node.callee.type == "MemberExpression" else node.callee).name == name
        ]
        return min(found, key=lambda node: node._end - node._start, default=None)

    @cached_property
    def starts_of_new(self) -> dict[tuple[str, int], int]:
        """Where the `new` expressions begin that the bundled engine points into."""
        return starts_of_new(self.program) if self.options.engine == "quickjs" else {}

    @cached_property
    def calls(self) -> dict[tuple[str, int], Node]:
        """The calls of all files by the offsets that engines give for them: the method's name, or the callee."""
        found: dict[tuple[str, int], Node] = {}
        for source, root in zip(self.program.files, self.program.roots, strict=True):
            for node in walk(root) if root is not None else ():
                if node.type in ("CallExpression", "NewExpression"):
                    callee = node.callee
                    inner = callee.property if callee.type == "MemberExpression" else callee
                    for offset in (inner._start, inner._end, node._start):
                        found.setdefault((source.path, offset), node)
        return found
