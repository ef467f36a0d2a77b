"""When which document is analysed, and who waits for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from jsleak.analysis.findings import Analysis
from jsleak.workspace import Settings
from jsleak.workspace.examine import failure
from jsleak.workspace.packages import candidates

from .analyst import Analyst
from .documents import Document, Documents
from .positions import Positions
from .settings import ServerSettings
from .snapshot import Snapshot
from .worker import Answer, Task, too_large

_KEPT = 64


@dataclass(slots=True, eq=False)
class _Run:
    """One document's analysis under way. ``told``: the client knows that there will be something new, for it made the change."""

    task: asyncio.Task[None]
    told: bool
    waiting: int = 0


class Schedule:
    """Starts an analysis with each change, and ends the one that the change made useless.

    ``settled`` resolves once the settings are known. ``standing``: somebody always wants the results (the client has them pushed);
    otherwise an analysis that nobody waits for any more is ended. ``done`` is called with the document after each analysis, and
    whether the client expects it.
    """

    def __init__(
        self,
        documents: Documents,
        analyst: Analyst,
        settings_for: Callable[[str], ServerSettings],
        in_force: Callable[[str], Settings | None],
        excluded: Callable[[str], bool],
        done: Callable[[Document, bool], None],
    ) -> None:
        self._documents = documents
        self._analyst = analyst
        self._settings_for = settings_for
        self._in_force = in_force
        self._excluded = excluded
        self._done = done
        self._runs: dict[str, _Run] = {}
        self._targets: dict[str, tuple[str, ...]] = {}
        self._lent: dict[str, str] = {}
        self._lenders: set[str] = set()
        self._answers: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._typed_in = ""
        self.settled = asyncio.Event()
        self.standing = True
        self.keep_importing = False

    def changed(self, document: Document) -> None:
        """The client has opened or edited a document."""
        self._typed_in = document.uri
        self._forget_importers_of(document.path)
        self._start(document, told=True)

    def again(self, document: Document) -> None:
        """Something else has changed that the findings of a document depend on."""
        document.outdate()
        self._start(document, told=False)

    def closed(self, document: Document) -> None:
        """A document is no longer open."""
        if run := self._runs.pop(document.uri, None):
            run.task.cancel()
        self._targets.pop(document.uri, None)
        self._lent.pop(document.path, None)
        self._lenders.discard(document.path)
        self.moved_on(document.path)

    def moved_on(self, path: str) -> None:
        """A file, or the open document that stands for it, has another text now: so may those be judged that import it."""
        self._forget_importers_of(path)
        for document in self._documents:
            if document.path != path and _reaches(self._targets.get(document.uri, ()), path):
                self.again(document)

    def lends(self, path: str) -> bool:
        """Whether the open document of a path lends registries to other files, or did."""
        return path in self._lenders

    def forget(self) -> None:
        """Reuse nothing of what was found until now."""
        self._answers.clear()

    async def fresh(self, uri: str) -> Snapshot | None:
        """What is known of a document once its text is analysed; of its newer text if it changes meanwhile. None once closed."""
        while document := self._documents.get(uri):
            if document.analysed:
                return document.snapshot()
            run = self._runs.get(document.uri) or self._start(document, told=True)
            run.waiting += 1
            try:
                await asyncio.wait([run.task])
            finally:
                run.waiting -= 1
                if not run.waiting and not self.standing:
                    run.task.cancel()
        return None

    def stop(self) -> None:
        """End everything."""
        for run in self._runs.values():
            run.task.cancel()
        self._runs.clear()

    def _start(self, document: Document, *, told: bool) -> _Run:
        if old := self._runs.pop(document.uri, None):
            old.task.cancel()
        task = asyncio.ensure_future(self._analyse(document))
        run = self._runs[document.uri] = _Run(task, told)
        task.add_done_callback(lambda _: self._ended(document, run))
        return run

    def _ended(self, document: Document, run: _Run) -> None:
        if self._runs.get(document.uri) is not run:
            return
        del self._runs[document.uri]
        if run.task.cancelled():
            return
        if error := run.task.exception():
            broken = failure(document.path, f"the analysis failed, which is a defect of jsleak: {type(error).__name__}: {error}")
            document.accept(Analysis(problems=broken.problems), {})
        self._done(document, run.told)
        if run.told and not document.snapshot().stale and document.is_file:
            self._lent[document.path] = document.text
            self.moved_on(document.path)

    async def _analyse(self, document: Document) -> None:
        await self.settled.wait()
        answer = await self._answer(document)
        self._targets[document.uri] = answer.targets
        if answer.analysis.lends:
            self._lenders.add(document.path)
        encoding = document.positions.encoding
        document.accept(answer.analysis, {path: Positions(text, encoding, path) for path, text in answer.texts.items()})

    async def _answer(self, document: Document) -> Answer:
        enabled = self._settings_for(document.uri).enable and document.is_javascript and not self._excluded(document.uri)
        settings = self._in_force(document.uri) if enabled else None
        if settings is None or (document.is_markdown and not settings.markdown):
            return Answer(Analysis())
        text = document.text
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        if size > settings.max_file_size:
            return Answer(too_large(document.path, size, settings.max_file_size))
        task = Task(
            text,
            document.path,
            document.is_file,
            settings,
            self._unsaved(document) if document.is_file else {},
        )
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        key = (document.path, digest, repr(task.settings))
        if answer := self._answers.get(key):
            self._answers.move_to_end(key)
            return answer
        answer = await self._analyst.analyse(task, urgent=document.uri == self._typed_in)
        if not answer.targets or self.keep_importing:
            self._answers[key] = answer
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return answer

    def _unsaved(self, document: Document) -> dict[str, str]:
        """The texts of other open documents. One that does not parse just now lends what it did when it last parsed."""
        if "./" not in document.text:
            return {}
        others = [other for other in self._documents if other is not document and other.is_file]
        return {other.path: self._lent.get(other.path, other.text) for other in others}

    def _forget_importers_of(self, path: str) -> None:
        for key in [key for key, answer in self._answers.items() if _reaches(answer.targets, path)]:
            del self._answers[key]


def _reaches(targets: tuple[str, ...], path: str) -> bool:
    return any(path.startswith(target) and path in candidates(target) for target in targets)
