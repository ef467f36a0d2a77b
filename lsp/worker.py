"""The process that analyses: takes a text, gives back what was found, until the server closes its end or dies."""

from __future__ import annotations

import gc
import os
import re
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import Connection

from jsleak.analysis import Loader, mentions
from jsleak.analysis.findings import Analysis, Finding, Problem, ProblemKind
from jsleak.workspace import Settings
from jsleak.workspace.examine import FileResult, examine_source, failure
from jsleak.workspace.packages import forget, loader, target

#: Everything that a worker imports, for the process that workers are forked from.
PRELOAD = ("jsleak.lsp.worker", "jsleak.lsp.survey", "jsleak.lsp.warm")

#: Seconds without a task that are a pause in typing, and how many trees may be left until there is one.
_PAUSE = 0.3
_MOST_GARBAGE = 8

_RELATIVE = re.compile(r"""['"](\.{1,2}/[^'"\n]*|\.{1,2})['"]""")


@dataclass(frozen=True, slots=True)
class Task:
    """A text to analyse. ``path`` is what findings call it, ``is_file`` whether it stands there on disk. ``unsaved`` has the texts
    of other open documents by path; they stand for the files.
    """

    text: str
    path: str
    is_file: bool
    settings: Settings
    unsaved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a task.

    ``targets`` are the absolute paths, without extensions that may be left out, of what was imported: when one of them changes the
    answer may. ``texts`` has those of other modules that findings name places in.
    """

    analysis: Analysis
    targets: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def answer(task: Task) -> Answer:
    """Carry out a task."""
    forget()
    looked_up: dict[str, None] = {}
    texts: dict[str, str] = {}
    load = _recording(task, looked_up, texts) if task.is_file else None
    path = task.path if task.is_file else None
    named = mentions(task.text.encode("utf-8", "surrogatepass"))
    if not named and not _imports_any(task, load):
        return Answer(Analysis(), tuple(looked_up))
    result = examine_source(task.text, task.path, task.settings, path=path, load=load, outline=True)
    if not named and not result.analysed:
        # It has to do with a registry only if it can be read, so that it can't is nobody's question.
        result = FileResult()
    findings = raised(result.findings, task.settings.engines)
    places = {hop.path for finding in findings for hop in finding.retention}
    places |= {hop.path for site in result.outline for hop in site.hops}
    return Answer(
        Analysis(findings, result.problems, result.lends, result.outline, result.suppressed, result.suppressions),
        tuple(looked_up),
        {path: text for path, text in texts.items() if path in places and path != task.path},
    )


def _recording(task: Task, looked_up: dict[str, None], texts: dict[str, str]) -> Loader:
    # No path begins with NUL, so all are shown whole.
    inner = loader(task.path, task.path, "\0", task.settings.max_file_size, task.unsaved)

    def load(importer: str, specifier: str) -> tuple[str, str] | None:
        looked_up[target(importer, specifier)] = None
        found = inner(importer, specifier)
        if found is not None:
            texts[found[0]] = found[1]
        return found

    return load


def _imports_any(task: Task, load: Loader | None) -> bool:
    """Whether the text seems to import a module that names a registry."""
    if load is None:
        return False
    # All are asked for, so that all are known to matter.
    found = [load(task.path, specifier) for specifier in dict.fromkeys(_RELATIVE.findall(task.text))]
    return any(one is not None for one in found)


def raised(findings: tuple[Finding, ...], engines: tuple[str, ...]) -> tuple[Finding, ...]:
    """The findings, more severe where an engine of the project makes them so."""
    if not engines or not findings:
        return findings
    from jsleak.engine.severity import for_engines

    return for_engines(findings, ", ".join(engines))


def work(connection: Connection) -> None:
    """A worker's life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent()
    gc.collect()
    gc.freeze()
    gc.disable()
    garbage = 0
    try:
        while True:
            # A syntax tree is cyclic, so it takes a search to free it: in a pause, so that the next key need not wait for that.
            if garbage and (garbage == _MOST_GARBAGE or not connection.poll(_PAUSE)):
                gc.collect()
                garbage = 0
            task: Task = connection.recv()
            connection.send(_guarded(task))
            del task
            garbage += 1
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _guarded(task: Task) -> Answer:
    try:
        return answer(task)
    except Exception as error:
        problem = failure(task.path, f"the analysis failed, which is a defect of jsleak: {type(error).__name__}: {error}")
        return Answer(Analysis(problems=problem.problems))


def too_large(path: str, size: int, limit: int) -> Analysis:
    """What there is to say of a text that is over the limit."""
    message = f"{size:,} bytes are more than `maxFileSize` allows ({limit:,}), so this file is not analysed"
    return Analysis(problems=(Problem(path, ProblemKind.TOO_LARGE, message),))


def follow_parent() -> None:
    """End with the server from now on, even in the middle of an analysis."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
