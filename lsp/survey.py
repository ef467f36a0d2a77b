"""The process that lints a workspace folder in the background: at a low priority, on one processor, until done or killed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from jsleak.analysis.findings import Finding, Problem, ProblemKind
from jsleak.workspace import Phase, SettingsFiles, lint
from jsleak.workspace.cache import open_cache
from jsleak.workspace.discovery import extensions
from jsleak.workspace.reading import NotRegular, NotText, TooLarge, decode, read_bytes

from .worker import follow_parent, raised

_NICE = 10


@dataclass(frozen=True, slots=True)
class FolderTask:
    """A folder to lint, by its absolute path."""

    folder: str
    settings: SettingsFiles


@dataclass(frozen=True, slots=True)
class FolderAnswer:
    """What was found, with absolute paths. ``texts`` has those of all files that are named, as far as they can be read."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is; ``total`` None where that is not known yet."""

    phase: Phase
    done: int
    total: int | None


def survey(connection: Connection, task: FolderTask) -> None:
    """Lint, telling each step; the last message is the answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent()
    if hasattr(os, "nice"):
        os.nice(_NICE)

    def tell(phase: Phase, done: int, total: int | None) -> None:
        connection.send(Step(phase, done, total))

    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        result = lint([task.folder], task.settings, folder=task.folder, progress=tell, cache=open_cache())
        found = [_absolute(one, task.folder) for one in result.findings]
        findings = tuple(after for one in found for after in raised((one,), task.settings.for_file(one.path).engines))
        endings = extensions(markdown=True)
        problems = tuple(
            _absolute_problem(one, task.folder)
            for one in result.problems
            if one.kind is ProblemKind.BAD_SETTINGS or (one.kind is not ProblemKind.TOO_LARGE and one.path.endswith(endings))
        )
        named = {one.path for one in findings} | {one.path for one in problems}
        named.update(hop.path for one in findings for hop in one.retention)
        connection.send(FolderAnswer(findings, problems, _texts(named, task.settings)))


def _absolute(finding: Finding, folder: str) -> Finding:
    hops = tuple(replace(hop, path=str(Path(folder, hop.path))) for hop in finding.retention)
    return replace(finding, path=str(Path(folder, finding.path)), retention=hops)


def _absolute_problem(problem: Problem, folder: str) -> Problem:
    return replace(problem, path=str(Path(folder, problem.path)))


def _texts(paths: set[str], settings: SettingsFiles) -> dict[str, str]:
    texts = {}
    for path in paths:
        with contextlib.suppress(OSError, NotText, TooLarge, NotRegular):
            texts[path] = decode(read_bytes(path, settings.for_file(path).max_file_size))
    return texts
