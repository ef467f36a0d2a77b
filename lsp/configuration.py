"""Where settings come from: initialization options, the client's configuration for each folder, its changes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .documents import file_path
from .excluding import excluder
from .settings import SECTION, ServerSettings, parse

if TYPE_CHECKING:
    from .server import JsleakServer

log = logging.getLogger(__name__)
#: Seconds that a client has to answer before its settings are taken to be the defaults.
PATIENCE = 5.0


class Configuration:
    """The settings of each workspace folder, and those of documents in none.

    ``known`` is clear while the client is asked: what is done right after a change counts on the change.
    """

    def __init__(self, server: JsleakServer) -> None:
        self._server = server
        self.known = asyncio.Event()
        self.known.set()
        self._asking = 0
        self._base = ServerSettings()
        self._common = ServerSettings()
        self._folders: dict[str, ServerSettings] = {}
        self._told: set[str] = set()

    def initialize(self, options: object) -> None:
        """Take the initialization options."""
        if isinstance(options, dict) and isinstance(options.get(SECTION), dict):
            options = options[SECTION]
        self._base = self._common = self._parse(options, None)

    @property
    def folders(self) -> dict[str, str]:
        """The path of each workspace folder by its URI; the root of a client that knows no folders."""
        workspace = self._server.workspace
        uris = [folder.uri for folder in workspace.folders.values()] or ([workspace.root_uri] if workspace.root_uri else [])
        return {uri: path for uri in uris if (path := file_path(uri))}

    def folder_of(self, uri: str) -> str | None:
        """The URI of the innermost workspace folder that a document is in."""
        path = file_path(uri)
        if path is None:
            return None
        around = [(len(folder), own) for own, folder in self.folders.items() if path == folder or _below(path, folder)]
        return max(around)[1] if around else None

    def settings_for(self, uri: str) -> ServerSettings:
        """The settings of a document or file."""
        folder = self.folder_of(uri)
        return self._folders.get(folder, self._common) if folder else self._common

    def excluded(self, uri: str) -> bool:
        """Whether the settings leave a document out."""
        folder = self.folder_of(uri)
        if folder is None:
            return False
        return excluder(self.folders[folder], self.settings_for(uri).exclude)(file_path(uri) or "")

    async def fetch(self) -> None:
        """Ask the client for all settings and apply them."""
        self._asking += 1
        self.known.clear()
        try:
            await self._fetch()
        finally:
            self._asking -= 1
            if not self._asking:
                self.known.set()
        self._server.schedule.settled.set()

    async def _fetch(self) -> None:
        if self._server.client.configuration:
            uris = list(self.folders)
            items = [types.ConfigurationItem(section=SECTION), *(types.ConfigurationItem(uri, SECTION) for uri in uris)]
            try:
                asked = self._server.workspace_configuration_async(types.ConfigurationParams(items))
                values = list(await asyncio.wait_for(asked, PATIENCE) or [])
            except (JsonRpcException, TimeoutError) as error:
                log.warning("the client gave no settings: %s", error)
            else:
                values += [None] * (len(items) - len(values))
                parsed = [self._parse(value, self._base) for value in values]
                self._apply(parsed[0], dict(zip(uris, parsed[1:], strict=False)))

    def changed(self, params: types.DidChangeConfigurationParams) -> None:
        """Settings have changed. A client that can be asked is asked: what it sends along may be one folder's, or nothing."""
        if self._server.client.configuration:
            self._server.in_background(self.fetch())
            return
        given = params.settings
        if isinstance(given, dict) and SECTION in given:
            given = given[SECTION]
        self._apply(self._parse(given, self._base), {})

    def _apply(self, common: ServerSettings, folders: dict[str, ServerSettings]) -> None:
        if (common, folders) == (self._common, self._folders):
            return
        self._common, self._folders = common, folders
        self._server.settings_changed()

    def _parse(self, given: object, base: ServerSettings | None) -> ServerSettings:
        settings, wrong = parse(given, base)
        new = [sentence for sentence in wrong if sentence not in self._told]
        if new:
            self._told.update(new)
            message = "jsleak settings: " + " ".join(new)
            self._server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))
        return settings


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/\\")) and path[len(folder.rstrip("/\\")) :][:1] in ("/", "\\")
