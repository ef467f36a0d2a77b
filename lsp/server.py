"""The server: its state, and what it does with each message."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from jsleak import __version__
from jsleak.analysis.findings import Verdict

from . import features
from .analyst import Analyst
from .client import Client
from .configuration import Configuration
from .documents import Document, Documents
from .protocol import Answered, JsleakProtocol
from .publishing import Publisher
from .schedule import Schedule
from .settings import ServerSettings
from .snapshot import FindingKey, Snapshot

log = logging.getLogger(__name__)


class JsleakServer(LanguageServer):
    """One client's server. Features ask it for snapshots and settings and tell it of verdicts."""

    protocol: JsleakProtocol

    def __init__(self, analyst: Analyst | None = None) -> None:
        super().__init__("jsleak", __version__, protocol_cls=JsleakProtocol)
        self.client = Client()
        self.documents = Documents()
        self.introduced = asyncio.Event()
        self.left = asyncio.Event()
        self.configuration = Configuration(self)
        self.analyst = analyst or Analyst()
        self.schedule = Schedule(self.documents, self.analyst, self.settings_for, self._analysed)
        self.publisher = Publisher(self)
        self._tasks: set[asyncio.Future[Any]] = set()
        self.on(types.INITIALIZE, self._initialize)
        self.on(types.INITIALIZED, self._initialized)
        self.on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self.configuration.changed)

    def on(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Register a method of an object as a handler. (pygls writes attributes on what it is given, which has to be a function.)"""

        async def handle_async(params: Any) -> Any:
            return await handler(params)

        def handle(params: Any) -> Any:
            return handler(params)

        self.feature(method, options)(handle_async if inspect.iscoroutinefunction(handler) else handle)

    # What features ask

    def snapshot(self, uri: str) -> Snapshot | None:
        """What is known of an open document now: of its present text, with findings that may be moved ones."""
        document = self.documents.get(uri)
        return document.snapshot() if document else None

    async def fresh(self, uri: str) -> Snapshot | None:
        """The same once the present text is analysed. Cancel the caller to stop waiting."""
        return await self.schedule.fresh(uri)

    def settings_for(self, uri: str) -> ServerSettings:
        """The settings of the folder that a document is in."""
        return self.configuration.settings_for(uri)

    def trusted(self, uri: str) -> bool:
        """Whether code of a document may be run."""
        return self.settings_for(uri).trust

    def set_verdict(self, uri: str, key: FindingKey, verdict: Verdict) -> bool:
        """Note what an experiment said; False where that finding is no more. Clients see it in the diagnostics and lenses."""
        document = self.documents.get(uri)
        if document is None or not document.judge(key, verdict):
            return False
        self._show(document, told=False)
        return True

    def rule_page(self, rule: str) -> str | None:
        """The URI of a rule's page. Features put their own function here."""
        return None

    def refresh_diagnostics(self) -> None:
        """Ask a client that pulls to do so again."""
        if self.client.pull:
            self.workspace_diagnostic_refresh(None)

    def refresh_lenses(self) -> None:
        """Ask the client for new code lenses, if it can be asked."""
        if self.client.refresh_lenses:
            self.workspace_code_lens_refresh(None)

    def refresh_hints(self) -> None:
        """Ask the client for new inlay hints, if it can be asked."""
        if self.client.refresh_hints:
            self.workspace_inlay_hint_refresh(None)

    def in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine whose failure is only logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    # Life

    def _initialize(self, params: types.InitializeParams) -> None:
        self.client = Client.of(params)
        self.schedule.standing = not self.client.pull
        self.schedule.keep_importing = self.client.watch
        self.configuration.initialize(params.initialization_options)
        features.register(self)
        self.analyst.warm_up()
        self.introduced.set()

    def _initialized(self, params: types.InitializedParams) -> None:
        self.in_background(self.configuration.fetch())

    def leave(self) -> None:
        """Answer nothing any more; whoever serves sees ``left``."""
        self.protocol.closed = True
        self.left.set()

    def close(self) -> None:
        """End all that is under way."""
        self.leave()
        self.schedule.stop()
        for task in self._tasks:
            task.cancel()
        self.analyst.close()

    # Documents

    def did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Begin to follow a document."""
        if old := self.documents.get(params.text_document.uri):
            self.schedule.closed(old)
        self.schedule.changed(self.documents.open(params.text_document, self.workspace.position_encoding or "utf-16"))

    def did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Edit a document."""
        document = self.documents.get(params.text_document.uri)
        if document is None:
            log.warning("change of a document that is not open: %s", params.text_document.uri)
            return
        document.change(params.content_changes, params.text_document.version)
        self.schedule.changed(document)

    def did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget a document."""
        if document := self.documents.close(params.text_document.uri):
            self.schedule.closed(document)
            self.publisher.nothing([document.uri])

    def settings_changed(self) -> None:
        """Analyse all that is open once more."""
        for document in self.documents:
            self.schedule.again(document)

    def _analysed(self, document: Document, told: bool) -> None:
        if self.documents.get(document.uri) is document:
            self._show(document, told=told)

    def _show(self, document: Document, *, told: bool) -> None:
        if not self.client.pull:
            self.publisher.document(document)
        elif not told:
            self.refresh_diagnostics()
        if not told:
            self.refresh_lenses()
            self.refresh_hints()

    # Failures

    def _ended(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.report_server_error(error, JsonRpcException)

    def report_server_error(self, error: BaseException, source: Any) -> None:
        """Tell of a failure in the client's log; a message that is no JSON is answered, as JSON-RPC says."""
        if isinstance(error, Answered):
            return
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            self.protocol.refuse(None, types.ErrorCodes.ParseError, f"Not JSON: {error}")
            return
        log.error("%s: %s", type(error).__name__, error, exc_info=error)
        if self.protocol.initialized:
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"{type(error).__name__}: {error}"))
