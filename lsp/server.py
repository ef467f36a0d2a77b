"""The server: its state, and what it does with each message."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import (
    FeatureRequestError,
    JsonRpcContentModified,
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcMethodNotFound,
    JsonRpcRequestCancelled,
)
from pygls.lsp.server import LanguageServer

from jsleak import __version__
from jsleak.analysis.findings import Verdict
from jsleak.analysis.rule import rule_names

from . import features, pulling, watching
from .analyst import Analyst
from .background import Background
from .client import Client
from .configuration import Configuration
from .documents import Document, Documents, file_path
from .parent import ClientProcess
from .protocol import Answered, JsleakProtocol
from .publishing import Publisher
from .schedule import Schedule
from .settings import SECTION, ServerSettings
from .snapshot import FindingKey, Snapshot

if TYPE_CHECKING:
    from jsleak.engine.leaks import Leak

log = logging.getLogger(__name__)

#: Errors that are a request's answer: the client is told why, and nothing of ours has failed.
_ANSWERS = (JsonRpcContentModified, JsonRpcInvalidParams, JsonRpcMethodNotFound, JsonRpcRequestCancelled)


class JsleakServer(LanguageServer):
    """One client's server. Features ask it for snapshots and settings and tell it of verdicts."""

    protocol: JsleakProtocol

    def __init__(self, analyst: Analyst | None = None) -> None:
        super().__init__("jsleak", __version__, protocol_cls=JsleakProtocol)
        self.client = Client()
        self.documents = Documents()
        self.introduced = asyncio.Event()
        self.client_process: ClientProcess | None = None
        self.left = asyncio.Event()
        self.configuration = Configuration(self)
        self.analyst = analyst or Analyst()
        configuration = self.configuration
        self.schedule = Schedule(
            self.documents, self.analyst, self.settings_for, configuration.in_force, configuration.excluded, self._analysed
        )
        self.background = Background(self)
        self.publisher = Publisher(self)
        #: What features want called at the end.
        self.closing: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Future[Any]] = set()
        self.on(types.INITIALIZE, self._initialize)
        self.on(types.INITIALIZED, self._initialized)
        self.on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self.configuration.changed)
        self.on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._watched)
        self.on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._folders_changed)
        self.on(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        self.on("jsleak/documentText", self._text)

    def on(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Register a method of an object as a handler."""
        # pygls writes attributes on what it is given, so that has to be a function.

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

    async def known(self, uri: str) -> Snapshot | None:
        """The same without waiting, but for a document that has not been analysed at all."""
        document = self.documents.get(uri)
        return document.snapshot() if document and document.seen else await self.fresh(uri)

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

    def set_leaks(self, uri: str, version: int | None, leaks: tuple[Leak, ...]) -> bool:
        """Note what leaked when a version of a document was run; False where its text has changed since."""
        document = self.documents.get(uri)
        if document is None or document.version != version:
            return False
        document.note_leaks(leaks)
        self._show(document, told=False)
        return True

    def rule_page(self, rule: str) -> str | None:
        """The URI of a rule's page."""
        return features.page_uri(rule)

    def restart_analysis(self) -> None:
        """Analyse everything anew, in new processes."""
        self.schedule.forget()
        self.analyst.renew()
        self.settings_changed()

    @property
    def encoding(self) -> types.PositionEncodingKind:
        """The unit of columns."""
        return types.PositionEncodingKind(self.workspace.position_encoding or "utf-16")

    def path(self, uri: str) -> str:
        """The path that a URI names; the URI itself where it names none."""
        return file_path(uri) or uri

    def to_json(self, value: Any) -> Any:
        """Types of the protocol as JSON."""
        return self.protocol.to_json(value)

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
        if self.client.pull:
            pulling.register(self)
        features.register(self)
        if not self.client.configuration:
            self.schedule.settled.set()
        self.client_process = ClientProcess(params.process_id)
        self.introduced.set()

    def _initialized(self, params: types.InitializedParams) -> None:
        self.in_background(self._begin())

    async def _begin(self) -> None:
        await self.configuration.fetch()
        self.background.everything()
        # Written once for each version, and needed with the first finding.
        await asyncio.to_thread(lambda: [self.rule_page(rule) for rule in rule_names()])
        wanted = []
        if self.client.watch:
            wanted.append(watching.registration())
        if self.client.register_configuration:
            options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            wanted.append(types.Registration("jsleak-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
        if wanted:
            await self.client_register_capability_async(types.RegistrationParams(wanted))

    def leave(self) -> None:
        """Answer nothing any more; whoever serves sees ``left``."""
        self.protocol.closed = True
        self.left.set()

    def close(self) -> None:
        """End all that is under way."""
        self.leave()
        self.schedule.stop()
        self.background.close()
        self.protocol.cancel_requests()
        for task in self._tasks:
            task.cancel()
        self.analyst.close()
        for end in self.closing:
            end()

    # Documents

    def did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Begin to follow a document."""
        if old := self.documents.get(params.text_document.uri):
            self.schedule.closed(old)
        self.schedule.changed(self.documents.open(params.text_document, self.encoding))

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
            if not self.client.pull:
                self.publisher.file(document.uri, self.background.of_file(document.path))
            if document.turn:
                self.background.touched(document.uri)
            else:
                self.background.news()

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        if not self.client.watch:
            watching.changed(self, [types.FileEvent(params.text_document.uri, types.FileChangeType.Changed)])

    def _watched(self, params: types.DidChangeWatchedFilesParams) -> None:
        watching.changed(self, list(params.changes))

    def _folders_changed(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        self.in_background(self._refetch())

    async def _refetch(self) -> None:
        await self.configuration.fetch()
        self.background.everything()

    def _text(self, params: Any) -> dict[str, Any] | None:
        """`jsleak/documentText` {uri}: the text as the server has it, to look into differences with an editor's."""
        document = self.documents.get(getattr(params, "uri", ""))
        return {"version": document.version, "text": document.text} if document else None

    def settings_changed(self) -> None:
        """Analyse all that is open once more, and all that is not."""
        for document in self.documents:
            self.schedule.again(document)
        if self.schedule.settled.is_set():
            self.background.everything()

    def file_changed(self, uri: str, found: list[types.Diagnostic]) -> None:
        """The background has found something else in a file that is not open."""
        if not self.client.pull:
            self.publisher.file(uri, found)

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
        if source is FeatureRequestError and isinstance(error, _ANSWERS):
            log.debug("answered: %s", error)
            return
        log.error("%s: %s", type(error).__name__, error, exc_info=error)
        if self.protocol.initialized:
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"{type(error).__name__}: {error}"))
