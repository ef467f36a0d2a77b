"""What the server offers beside diagnostics. Each feature is made of pure functions of a ``Snapshot``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsleak.lsp.server import JsleakServer


def register(server: JsleakServer) -> None:
    """Register all features. Called once for each server, when `initialize` has told what the client can do."""
