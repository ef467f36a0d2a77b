"""An editor to test the language server with: pygls's own client, with what a person at it does and sees."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import BaseLanguageClient

#: Seconds. Only a server that never answers makes a test take that long.
PATIENCE = 60.0

PUSH = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True, version_support=True)
    )
)


def capabilities(
    *,
    encodings: tuple[str, ...] = (),
    pull: bool = False,
    configuration: bool = False,
    watch: bool = False,
    progress: bool = False,
) -> types.ClientCapabilities:
    """Those of a client that pushes need, and what is asked for."""
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(one) for one in encodings] or None),
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True, version_support=True),
            diagnostic=types.DiagnosticClientCapabilities() if pull else None,
        ),
        window=types.WindowClientCapabilities(work_done_progress=progress),
        workspace=types.WorkspaceClientCapabilities(
            configuration=configuration,
            workspace_folders=True,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watch),
            did_change_configuration=types.DidChangeConfigurationClientCapabilities(dynamic_registration=configuration),
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True) if pull else None,
        ),
    )


class Editor:
    """One client. ``settings`` gives what it answers to `workspace/configuration`, by scope."""

    def __init__(self) -> None:
        self.client = BaseLanguageClient("editor", "1")
        self.initialized: types.InitializeResult
        self.published: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.messages: list[str] = []
        self.logged: list[str] = []
        self.registered: list[types.Registration] = []
        self.progress: list[tuple[Any, Any]] = []
        self.refreshes = 0
        self.settings: Callable[[str | None], Any] = lambda scope: None
        self._news = asyncio.Condition()
        self._versions: dict[str, int] = {}
        self._listen()

    def _listen(self) -> None:
        feature = self.client.feature

        @feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.setdefault(params.uri, []).append(params)
            await self._tell()

        @feature(types.WINDOW_SHOW_MESSAGE)
        async def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)
            await self._tell()

        @feature(types.WINDOW_LOG_MESSAGE)
        async def logged(params: types.LogMessageParams) -> None:
            self.logged.append(params.message)
            await self._tell()

        @feature(types.WORKSPACE_CONFIGURATION)
        def configuration(params: types.ConfigurationParams) -> list[Any]:
            return [self.settings(item.scope_uri) for item in params.items]

        @feature(types.CLIENT_REGISTER_CAPABILITY)
        async def register(params: types.RegistrationParams) -> None:
            self.registered += params.registrations
            await self._tell()

        @feature(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        async def refresh(params: None) -> None:
            self.refreshes += 1
            await self._tell()

        @feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(params: types.WorkDoneProgressCreateParams) -> None:
            return None

        @feature(types.PROGRESS)
        async def progress(params: types.ProgressParams) -> None:
            self.progress.append((params.token, params.value))
            await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait for a message of the server that makes a condition true; its value."""
        async with asyncio.timeout(PATIENCE), self._news:
            while not (value := condition()):
                await self._news.wait()
            return value

    async def initialize(
        self, folders: tuple[Path, ...] = (), wants: types.ClientCapabilities = PUSH, options: Any = None
    ) -> types.InitializeResult:
        """Introduce the editor."""
        params = types.InitializeParams(
            capabilities=wants,
            initialization_options=options,
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders] or None,
        )
        async with asyncio.timeout(PATIENCE):
            self.initialized = await self.client.initialize_async(params)
        self.client.initialized(types.InitializedParams())
        return self.initialized

    def open(self, uri: str, text: str, version: int = 1, language: str = "javascript") -> str:
        """Open a document; gives back its URI."""
        self._versions[uri] = version
        item = types.TextDocumentItem(uri, language, version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, *changes: types.TextDocumentContentChangeEvent) -> int:
        """Edit; gives back the new version."""
        self._versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, list(changes)))
        return self._versions[uri]

    def replace(self, uri: str, start: tuple[int, int], end: tuple[int, int], text: str) -> int:
        """Replace a range, in the protocol's lines and columns."""
        place = types.Range(types.Position(*start), types.Position(*end))
        return self.change(uri, types.TextDocumentContentChangePartial(place, text))

    def rewrite(self, uri: str, text: str) -> int:
        """Replace the whole text."""
        return self.change(uri, types.TextDocumentContentChangeWholeDocument(text))

    def close(self, uri: str) -> None:
        """Close a document."""
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def changed_on_disk(self, *changes: tuple[Path, types.FileChangeType]) -> None:
        """What a watching editor tells."""
        events = [types.FileEvent(path.as_uri(), kind) for path, kind in changes]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))

    async def diagnostics(self, uri: str, version: int | None = None) -> list[types.Diagnostic]:
        """What is pushed for the present version of a document."""
        wanted = version if version is not None else self._versions[uri]

        def last() -> types.PublishDiagnosticsParams | None:
            found = self.published.get(uri, [])
            return found[-1] if found and found[-1].version == wanted else None

        found: types.PublishDiagnosticsParams = await self.until(last)
        return list(found.diagnostics)

    async def file(self, uri: str, condition: Callable[[list[str]], bool]) -> list[types.Diagnostic]:
        """What is pushed for a file that is not open, once the codes of it are as wanted."""

        def last() -> list[types.PublishDiagnosticsParams] | None:
            found = [one for one in self.published.get(uri, [])[-1:] if one.version is None]
            return found if found and condition(codes(found[0].diagnostics)) else None

        return list((await self.until(last))[0].diagnostics)

    async def pull(self, uri: str, previous: str | None = None) -> types.DocumentDiagnosticReport:
        """Ask for a document's diagnostics."""
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri), previous_result_id=previous)
        async with asyncio.timeout(PATIENCE):
            return await self.client.text_document_diagnostic_async(params)

    async def pull_workspace(self, previous: dict[str, str] | None = None, token: str | None = None) -> list[Any]:
        """Ask for the diagnostics of all files that are not open."""
        known = [types.PreviousResultId(uri, value) for uri, value in (previous or {}).items()]
        params = types.WorkspaceDiagnosticParams(known, partial_result_token=token)
        async with asyncio.timeout(PATIENCE):
            return list((await self.client.workspace_diagnostic_async(params)).items)

    async def text(self, uri: str) -> str:
        """A document's text as the server has it."""
        async with asyncio.timeout(PATIENCE):
            answer = await self.client.protocol.send_request_async("jsleak/documentText", {"uri": uri})
        return str(answer.text)

    async def leave(self) -> None:
        """Say goodbye as the protocol wants it."""
        async with asyncio.timeout(PATIENCE):
            await self.client.shutdown_async(None)
        self.client.exit(None)


def codes(found: Any) -> list[str]:
    """The rules and kinds of problem, in order of place."""
    return [str(one.code) for one in found]


@contextmanager
def port_server() -> Iterator[int]:
    """A server on a port, for clients one after the other; gives the port."""
    command = [sys.executable, "-m", "jsleak", "lsp", "--tcp", "--port", "0"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            assert line.startswith("listening on"), line + process.stderr.read()
            yield int(line.rpartition(":")[2])
        finally:
            process.terminate()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Editor]:
    """An editor connected to a server; both part at the end."""
    editor = Editor()
    await editor.client.start_tcp("127.0.0.1", port)
    try:
        yield editor
    finally:
        writer: Any = editor.client.protocol.writer
        writer.close()
        await editor.client.stop()


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Editor]:
    """An editor with a server of its own on standard input and output, killed at the end if it still runs."""
    editor = Editor()
    await editor.client.start_io(sys.executable, "-m", "jsleak", "lsp", *arguments)
    process = editor.client._server
    assert process is not None
    try:
        yield editor
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await editor.client.stop()
