"""Diagnostics pushed to clients that do not pull them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from .diagnostics import diagnostics
from .documents import Document

if TYPE_CHECKING:
    from .server import JsleakServer


class Publisher:
    """Pushes, and knows which documents and files have something on the client's screen."""

    def __init__(self, server: JsleakServer) -> None:
        self._server = server
        self._shown: set[str] = set()

    def document(self, document: Document) -> None:
        """What is known of an open document, whose text is analysed."""
        snapshot = document.snapshot()
        self._send(document.uri, diagnostics(snapshot, self._server.rule_page), snapshot.version)

    def file(self, uri: str, found: list[types.Diagnostic]) -> None:
        """What was found in a file that is not open."""
        if found or uri in self._shown:
            self._send(uri, found, None)

    def _send(self, uri: str, found: list[types.Diagnostic], version: int | None) -> None:
        (self._shown.add if found else self._shown.discard)(uri)
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))
