"""What the server offers beside diagnostics. Each feature is made of pure functions of a ``Snapshot``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pages import page_uri

if TYPE_CHECKING:
    from jsleak.lsp.server import JsleakServer

__all__ = ["page_uri", "register"]


def register(server: JsleakServer) -> None:
    """Register all features. Called once for each server, when `initialize` has told what the client can do."""
    from .handlers import register_handlers
    from .picture import register_picture

    register_handlers(server)
    register_picture(server)
