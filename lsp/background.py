"""Files that are not open: each workspace folder is linted in the background, again whenever something in it has changed."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from jsleak.analysis.findings import Analysis, Finding, Problem

from .analyst import context
from .diagnostics import diagnostics
from .documents import file_uri
from .excluding import excluder
from .positions import Positions
from .settings import ServerSettings
from .snapshot import Snapshot, finding_keys
from .survey import FolderAnswer, FolderTask, Step, survey

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from .server import JsleakServer

log = logging.getLogger(__name__)
_PHASES = {"search": "searched", "analyse": "analysed"}


class Background:
    """Lints folders one after the other, and keeps what was found until it is found anew.

    ``reports`` has the diagnostics of each file with any, by folder and path. ``turn`` counts changes of them.
    """

    def __init__(self, server: JsleakServer) -> None:
        self._server = server
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._due: dict[str, None] = {}
        self._running: asyncio.Task[None] | None = None
        self._survey: _Survey | None = None
        self._folder = ""
        self.reports: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self.turn = 0
        self._changed: set[asyncio.Future[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether there is anything still to be linted."""
        return self._running is not None

    def everything(self) -> None:
        """Lint all folders (again)."""
        folders = self._server.configuration.folders
        for gone in [folder for folder in self.reports if folder not in folders]:
            self._replace(gone, {})
            del self.reports[gone]
        self._ask(list(folders))

    def touched(self, uri: str) -> None:
        """Something has changed at a URI."""
        if folder := self._server.configuration.folder_of(uri):
            self._ask([folder])

    def gone(self, path: str) -> None:
        """A file is no more, or what was a folder: take away what was found in it at once."""
        below = path + os.sep
        for folder, reports in list(self.reports.items()):
            left = {own: found for own, found in reports.items() if own != path and not own.startswith(below)}
            if len(left) < len(reports):
                self._replace(folder, left)

    def of_file(self, path: str) -> list[types.Diagnostic]:
        """What is known of a file from its text on disk."""
        return next((reports[path] for reports in self.reports.values() if path in reports), [])

    def all(self) -> Iterator[tuple[str, list[types.Diagnostic]]]:
        """Each file that something was found in."""
        for reports in self.reports.values():
            yield from reports.items()

    async def change(self, turn: int) -> None:
        """Wait until there is something newer than at ``turn`` and nothing left to do."""
        while self.busy or self.turn == turn:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._changed.add(waiting)
            try:
                await waiting
            finally:
                self._changed.discard(waiting)

    def close(self) -> None:
        """End all that is under way."""
        self._due.clear()
        if self._running:
            self._running.cancel()
        if self._survey:
            self._survey.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, folders: list[str]) -> None:
        self._due.update(dict.fromkeys(folders))
        if self._survey and self._folder in self._due:
            self._survey.kill()
        if self._running is None and self._due:
            self._running = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        try:
            while self._due:
                self._folder = folder = next(iter(self._due))
                del self._due[folder]
                await self._lint(folder)
        except Exception as error:
            self._server.report_server_error(error, None)
        finally:
            self._running = None
            self.news()

    def news(self) -> None:
        """Whoever waits for something new is to look."""
        self.turn += 1
        for waiting in self._changed:
            if not waiting.done():
                waiting.set_result(None)

    async def _lint(self, folder: str) -> None:
        path = self._server.configuration.folders.get(folder)
        settings = self._server.settings_for(folder)
        if path is None or not (settings.enable and settings.background):
            self._replace(folder, {})
            return
        task = FolderTask(path, settings.over_files())
        answer = await self._run(task, Path(path).name or path)
        if answer is not None and folder not in self._due:
            self._replace(folder, dict(self._diagnostics(folder, path, answer, settings)))

    async def _run(self, task: FolderTask, name: str) -> FolderAnswer | None:
        """The answer; None where it was ended first."""
        loop = asyncio.get_running_loop()
        begun = await Bar.begin(self._server, f"Looking for leaks in {name}")
        self._survey = _Survey(task)
        begun.when_cancelled(self._survey.kill)

        def step(step: Step) -> None:
            loop.call_soon_threadsafe(begun.step, step)

        try:
            return await loop.run_in_executor(self._threads, self._survey.run, step)
        finally:
            self._survey.kill()
            self._survey = None
            begun.end()

    def _diagnostics(
        self, folder: str, root: str, answer: FolderAnswer, settings: ServerSettings
    ) -> Iterator[tuple[str, list[types.Diagnostic]]]:
        encoding = self._server.encoding
        texts = {path: Positions(text, encoding, path) for path, text in answer.texts.items()}
        findings: dict[str, list[Finding]] = {}
        problems: dict[str, list[Problem]] = {}
        for finding in answer.findings:
            findings.setdefault(finding.path, []).append(finding)
        for problem in answer.problems:
            problems.setdefault(problem.path, []).append(problem)
        excluded = excluder(root, settings.exclude)
        for path in {**findings, **problems}:
            uri = file_uri(path)
            if excluded(path) or self._server.configuration.folder_of(uri) != folder:
                continue
            # A file that cannot be read has no text, and its problem no place.
            positions = texts.get(path) or Positions("", encoding, path)
            own = tuple(findings.get(path, ())) if path in texts else ()
            analysis = Analysis(own, tuple(problems.get(path, ())))
            keys = finding_keys(own, positions.source)
            snapshot = Snapshot(uri, None, path, positions.source, positions, analysis, keys=keys, others=texts)
            yield path, diagnostics(snapshot, self._server.rule_page)

    def _replace(self, folder: str, reports: dict[str, list[types.Diagnostic]]) -> None:
        before = self.reports.get(folder, {})
        self.reports[folder] = reports
        for path in {**before, **reports}:
            if before.get(path) != reports.get(path) and not self._server.documents.at(path):
                self._server.file_changed(file_uri(path), reports.get(path, []))


class _Survey:
    """The process that lints one folder."""

    def __init__(self, task: FolderTask) -> None:
        self._task = task
        self._process: BaseProcess | None = None
        self._killed = False

    def run(self, tell: Callable[[Step], None]) -> FolderAnswer | None:
        """Start it and wait for its answer. Blocks."""
        chosen = context()
        here, there = chosen.Pipe(duplex=False)
        process: BaseProcess = chosen.Process(target=survey, args=(there, self._task), daemon=True)  # type: ignore[attr-defined]
        process.start()
        there.close()
        self._process = process
        if self._killed:
            process.kill()
        with here:
            answer = self._receive(here, tell)
        process.join()
        return answer

    def _receive(self, connection: Connection, tell: Callable[[Step], None]) -> FolderAnswer | None:
        while True:
            try:
                message = connection.recv()
            except (EOFError, OSError):
                return None
            if isinstance(message, FolderAnswer):
                return message
            tell(message)

    def kill(self) -> None:
        """End it."""
        self._killed = True
        if self._process is not None:
            self._process.kill()


@dataclass(slots=True)
class Bar:
    """Work-done progress on the client's screen, if it has any."""

    server: JsleakServer
    token: str | None

    @classmethod
    async def begin(cls, server: JsleakServer, title: str) -> Bar:
        """Show the title, as soon as the client agrees."""
        if not server.client.progress:
            return cls(server, None)
        token = str(uuid.uuid4())
        try:
            await asyncio.wait_for(server.work_done_progress.create_async(token), 5)
        except Exception as error:
            log.warning("the client shows no progress: %s", error)
            return cls(server, None)
        server.work_done_progress.begin(token, types.WorkDoneProgressBegin(title, cancellable=True))
        return cls(server, token)

    def when_cancelled(self, act: Callable[[], None]) -> None:
        """Do something when the user has had enough."""
        if self.token is not None:
            self.server.work_done_progress.tokens[self.token].add_done_callback(lambda _: act())

    def step(self, step: Step) -> None:
        """Show how far it is."""
        if self.token is None or self.token not in self.server.work_done_progress.tokens:
            return
        share = round(100 * step.done / step.total) if step.total else None
        of = f" of {step.total:,}" if step.total else ""
        message = f"{step.done:,}{of} files {_PHASES[step.phase]}"
        self.server.work_done_progress.report(self.token, types.WorkDoneProgressReport(message=message, percentage=share))

    def end(self) -> None:
        """Take it away."""
        if self.token is not None:
            self.server.work_done_progress.tokens.pop(self.token, None)
            self.server.work_done_progress.end(self.token, types.WorkDoneProgressEnd())
