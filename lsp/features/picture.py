"""A finding's picture for clients that draw it: the custom request ``jsleak/retentionPicture``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from jsleak.analysis.text import Range
from jsleak.workspace.picture import Edge, Node, picture

from ..documents import file_uri
from ..snapshot import FindingKey, Snapshot

if TYPE_CHECKING:
    from jsleak.lsp.server import JsleakServer

REQUEST = "jsleak/retentionPicture"


def register_picture(server: JsleakServer) -> None:
    """Register the request: ``{textDocument: {uri}, key}`` → see ``retention_picture``."""

    @server.feature(REQUEST)
    async def answer(ls: JsleakServer, params: Any) -> dict[str, object] | None:
        uri = getattr(getattr(params, "textDocument", None), "uri", None)
        key = getattr(params, "key", None)
        if not isinstance(uri, str) or not isinstance(key, str):
            raise JsonRpcInvalidParams(f"{REQUEST} takes {{textDocument: {{uri}}, key}}")
        # The newest text has the right places; a key of an older one still names the same finding there.
        snapshot = await ls.fresh(uri)
        return None if snapshot is None else retention_picture(snapshot, key)


def retention_picture(snapshot: Snapshot, key: FindingKey) -> dict[str, object] | None:
    """``{title, svg, nodes, edges}`` of the finding with a key; None where it is gone.

    Nodes have ``id``, ``label``, ``uri``, ``range``; edges ``from``, ``to``, ``label``, ``strength`` (``strong``, ``weak``, or
    ``step`` for what merely comes next) and, where something in the source makes them, ``id``, ``uri`` and ``range`` as well.
    Each ``id`` is the ``data-node`` of an element of the SVG.
    """
    finding = snapshot.finding(key)
    if finding is None:
        return None

    def excerpt(path: str, place: Range) -> str:
        source = snapshot.source if path == snapshot.path else snapshot.others[path].source if path in snapshot.others else None
        return "" if source is None else source.slice(source.offset(place.start), source.offset(place.end))

    drawn = picture(finding, excerpt)
    return {
        "title": drawn.title,
        "svg": drawn.svg,
        "nodes": [_node(snapshot, node) for node in drawn.nodes],
        "edges": [_edge(snapshot, edge) for edge in drawn.edges],
    }


def _node(snapshot: Snapshot, node: Node) -> dict[str, object]:
    return {"id": node.id, "label": node.label, **_place(snapshot, node.path, node.range)}


def _edge(snapshot: Snapshot, edge: Edge) -> dict[str, object]:
    ends: dict[str, object] = {"from": edge.source, "to": edge.target, "label": edge.label, "strength": edge.strength.value}
    return ends if edge.hop is None else {**ends, "id": edge.id, **_place(snapshot, edge.hop.path, edge.hop.range)}


def _place(snapshot: Snapshot, path: str, place: Range) -> dict[str, object]:
    if path == snapshot.path:
        return {"uri": snapshot.uri, "range": snapshot.positions.range(place)}
    if path in snapshot.others:
        return {"uri": file_uri(path), "range": snapshot.others[path].range(place)}
    start, end = (types.Position(position.line - 1, position.column - 1) for position in (place.start, place.end))
    return {"uri": file_uri(path), "range": types.Range(start, end)}
