"""Changes on disk: what the client is asked to tell, and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from jsleak.workspace.discovery import extensions

from .documents import file_path

if TYPE_CHECKING:
    from .server import JsleakServer

#: Files that say which others are looked at, and how they are read.
_RULING = frozenset({".gitignore", ".ignore", "package.json", "jsleak.toml"})


def registration() -> types.Registration:
    """What to ask of a client that can watch."""
    endings = ",".join(ending.removeprefix(".") for ending in extensions(markdown=True))
    # Settings files may extend others of any name.
    patterns = [f"**/*.{{{endings}}}", "**/*.toml", *(f"**/{name}" for name in sorted(_RULING) if not name.endswith(".toml"))]
    watchers = [types.FileSystemWatcher(pattern) for pattern in patterns]
    return types.Registration(
        "jsleak-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.DidChangeWatchedFilesRegistrationOptions(watchers)
    )


def changed(server: JsleakServer, events: list[types.FileEvent]) -> None:
    """Files were made, changed or deleted."""
    for event in events:
        path = file_path(event.uri)
        if path is None:
            continue
        if Path(path).name in _RULING or server.configuration.ruled_by(path):
            server.configuration.forget_files()
            server.schedule.forget()
            for document in server.documents:
                if document.is_file:
                    server.schedule.again(document)
        elif path.endswith(".toml"):
            continue
        elif server.documents.at(path) is None:
            server.schedule.moved_on(path)
            if event.type == types.FileChangeType.Deleted:
                server.background.gone(path)
        elif not server.schedule.lends(path):
            # The open text is what counts, and no other file depends on it.
            continue
        server.background.touched(event.uri)
