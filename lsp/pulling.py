"""Diagnostics for clients that ask for them: of one document, and of all files that are not open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types

from .diagnostics import SOURCE, diagnostics, result_id
from .documents import file_uri

if TYPE_CHECKING:
    from .server import JsleakServer

#: How many files' reports go into one partial result.
_BATCH = 50

_Report = types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport


def register(server: JsleakServer) -> None:
    """Register both requests."""
    options = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier=SOURCE)
    puller = _Puller(server)
    server.on(types.TEXT_DOCUMENT_DIAGNOSTIC, puller.document, options)
    server.on(types.WORKSPACE_DIAGNOSTIC, puller.workspace)


class _Puller:
    def __init__(self, server: JsleakServer) -> None:
        self._server = server
        #: The result that was last told of each document, until it is taken back or said again as that of a file.
        self._told: dict[str, str] = {}

    async def document(self, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        """The diagnostics of a document's present text; of one that is not open, what the background found."""
        snapshot = await self._server.fresh(params.text_document.uri)
        if snapshot is None:
            found = self._server.background.of_file(self._server.path(params.text_document.uri))
        else:
            found = diagnostics(snapshot, self._server.rule_page)
        own = self._id(found)
        if snapshot is not None:
            self._told[params.text_document.uri] = own
        if own == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(own)
        return types.RelatedFullDocumentDiagnosticReport(found, result_id=own)

    async def workspace(self, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        """The diagnostics of all files that are not open. One that takes parts waits until there is something new."""
        background = self._server.background
        previous = {one.uri: one.value for one in params.previous_result_ids}
        turn = background.turn
        if background.busy:
            await background.change(turn)
        while True:
            turn = background.turn
            reports = list(self._reports(previous))
            new = any(isinstance(report, types.WorkspaceFullDocumentDiagnosticReport) for report in reports)
            if new or not previous or params.partial_result_token is None:
                break
            await background.change(turn)
        return self._deliver(reports, params.partial_result_token)

    def _deliver(self, reports: list[_Report], token: types.ProgressToken | None) -> types.WorkspaceDiagnosticReport:
        if token is None:
            return types.WorkspaceDiagnosticReport(reports)
        for start in range(0, len(reports), _BATCH):
            part = reports[start : start + _BATCH]
            value = types.WorkspaceDiagnosticReportPartialResult(part) if start else types.WorkspaceDiagnosticReport(part)
            self._server.progress(types.ProgressParams(token, value))
        return types.WorkspaceDiagnosticReport([])

    def _reports(self, previous: dict[str, str]) -> Iterator[_Report]:
        open_ = {document.uri for document in self._server.documents}
        known = {file_uri(path): found for path, found in self._server.background.all()}
        # What was reported of a file that has nothing any more must be taken back, also what was reported while it was open.
        closed = {uri: own for uri, own in self._told.items() if uri not in open_}
        for uri in dict.fromkeys([*known, *previous, *closed]):
            if uri in open_:
                continue
            found = known.get(uri, [])
            own = self._id(found)
            if self._told.pop(uri, None) == own and uri not in known and uri not in previous:
                continue
            if previous.get(uri) == own:
                yield types.WorkspaceUnchangedDocumentDiagnosticReport(uri, own)
            else:
                yield types.WorkspaceFullDocumentDiagnosticReport(uri, found, result_id=own)

    def _id(self, found: list[types.Diagnostic]) -> str:
        return result_id(found, self._server.to_json)
