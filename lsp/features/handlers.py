"""Answers the client's requests: takes a snapshot of the present text, asks a feature, gives back what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcContentModified

from jsleak.analysis.findings import Analysis
from jsleak.lsp.snapshot import Snapshot
from jsleak.lsp.worker import Task
from jsleak.workspace import Settings

from . import actions, fix_all, hints, hover, lenses, links
from .commands import register_commands
from .markup import Markup
from .pages import page_uri
from .trials import Trials

if TYPE_CHECKING:
    from jsleak.lsp.server import JsleakServer


def register_handlers(server: JsleakServer) -> None:
    """Register a handler for each request."""
    running = Trials()
    server.closing.append(running.close)
    register_commands(server, running)
    _register_hover(server)
    _register_actions(server)
    _register_lenses(server)
    _register_hints(server)
    _register_links(server)


def _register_hover(server: JsleakServer) -> None:
    formats = get_capability(server.client_capabilities, "text_document.hover.content_format", None) or ()
    markup = Markup(markdown=types.MarkupKind.Markdown in formats)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def answer(ls: JsleakServer, params: types.HoverParams) -> types.Hover | None:
        # What is known now does: while somebody types, an answer at once is worth more than a newer one.
        snapshot = await ls.known(params.text_document.uri)
        return hover.hover(snapshot, params.position, markup, page_uri) if snapshot is not None else None


def _register_actions(server: JsleakServer) -> None:
    support = actions.Support.of(server.client_capabilities)
    options = types.CodeActionOptions(code_action_kinds=list(actions.KINDS), resolve_provider=support.lazy)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def answer(ls: JsleakServer, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        snapshot = await ls.fresh(uri)
        if snapshot is None:
            return None
        found = actions.actions(snapshot, params.range, params.context, support, trusted=ls.trusted(uri))
        if not support.lazy:
            for action in found:
                if action.kind == actions.FIX_ALL:
                    await _fill(ls, snapshot, action)
        return found

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(ls: JsleakServer, action: types.CodeAction) -> types.CodeAction:
        data = action.data if isinstance(action.data, Mapping) else {}
        snapshot = await ls.fresh(str(data.get("uri")))
        if snapshot is None:
            raise JsonRpcContentModified("The document is not open any more.")
        if action.kind == actions.FIX_ALL:
            await _fill(ls, snapshot, action)
        else:
            actions.with_edit(action, snapshot, support)
        if action.edit is None:
            raise JsonRpcContentModified("The finding is no more: the text has changed.")
        return action

    async def _fill(ls: JsleakServer, snapshot: Snapshot, action: types.CodeAction) -> None:
        async def analyse(text: str) -> Analysis:
            return await _analysis_of(ls, snapshot, text)

        text = await fix_all.fixed(snapshot.source.text, snapshot.analysis, analyse)
        action.edit = actions.workspace_edit(snapshot, fix_all.line_edits(snapshot.positions, text), support)


async def _analysis_of(server: JsleakServer, snapshot: Snapshot, text: str) -> Analysis:
    """What is found in another text of a document."""
    settings = server.configuration.in_force(snapshot.uri) or Settings()
    unsaved = {document.path: document.text for document in server.documents if document.is_file}
    is_file = snapshot.path != snapshot.uri
    task = Task(text, snapshot.path, is_file, settings, unsaved)
    return (await server.analyst.analyse(task)).analysis


def _register_lenses(server: JsleakServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))
    async def answer(ls: JsleakServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        uri = params.text_document.uri
        if not ls.settings_for(uri).code_lens:
            return []
        snapshot = await ls.fresh(uri)
        return lenses.lenses(snapshot, trusted=ls.trusted(uri)) if snapshot is not None else None

    @server.feature(types.CODE_LENS_RESOLVE)
    async def resolve(ls: JsleakServer, lens: types.CodeLens) -> types.CodeLens:
        uri = str(lens.data.get("uri")) if isinstance(lens.data, Mapping) else ""
        return lenses.resolve(lens, ls.snapshot(uri), trusted=ls.trusted(uri), graphs=ls.client.show_graph)


def _register_hints(server: JsleakServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def answer(ls: JsleakServer, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        uri = params.text_document.uri
        if not ls.settings_for(uri).inlay_hints:
            return []
        snapshot = await ls.fresh(uri)
        return hints.hints(snapshot, params.range) if snapshot is not None else None


def _register_links(server: JsleakServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK, types.DocumentLinkOptions(resolve_provider=True))
    def answer(ls: JsleakServer, params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        # What is written is enough: nothing has to be analysed.
        snapshot = ls.snapshot(params.text_document.uri)
        return links.links(snapshot) if snapshot is not None else None

    @server.feature(types.DOCUMENT_LINK_RESOLVE)
    def resolve(ls: JsleakServer, link: types.DocumentLink) -> types.DocumentLink:
        return links.resolve(link, page_uri)
