"""Where settings come from: initialization options, the client's configuration for each folder, its changes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from jsleak.analysis.findings import Problem
from jsleak.workspace import Settings, SettingsFiles

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
        self._files: dict[str | None, SettingsFiles] = {}
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

    def files_for(self, uri: str) -> SettingsFiles:
        """The settings files of a document's folder, with the client's settings over them."""
        folder = self.folder_of(uri)
        if folder not in self._files:
            self._files[folder] = self.settings_for(uri).over_files()
        return self._files[folder]

    def in_force(self, uri: str) -> Settings | None:
        """What is in force for a document; None where its settings files are wrong, of which the user is told once."""
        path = file_path(uri)
        if path is None:
            # It stands nowhere, so no file speaks of it.
            return SettingsFiles(base=(files := self.files_for(uri)).base, overrides=files.overrides, isolated=True).for_file(uri)
        scope = self.files_for(uri).scope(os.path.dirname(path))  # noqa: PTH120 (links stay)
        if not scope.problems:
            return scope.for_file(path)
        self._tell([f"{one.path}{_line(one)}: {one.message}" for one in scope.problems])
        return None

    def excluded(self, uri: str) -> bool:
        """Whether the client's settings or settings files leave a document out."""
        path = file_path(uri)
        if path is None:
            return False
        folder = self.folder_of(uri)
        if folder is not None and excluder(self.folders[folder], self.settings_for(uri).exclude)(path):
            return True
        files = self.files_for(uri)
        top = self.folders[folder] if folder is not None else files.scope(os.path.dirname(path)).home  # noqa: PTH120
        return top is not None and files.below(top)(path) is None

    def ruled_by(self, path: str) -> bool:
        """Whether a file is one of the settings files that count."""
        return any(path in files.paths for files in self._files.values())

    def forget_files(self) -> None:
        """Read the settings files again."""
        self._files.clear()

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
        self.forget_files()
        self._server.settings_changed()

    def _parse(self, given: object, base: ServerSettings | None) -> ServerSettings:
        settings, wrong = parse(given, base)
        self._tell(wrong)
        return settings

    def _tell(self, wrong: Iterable[str]) -> None:
        """Tell the user what is wrong, each thing once."""
        new = [sentence for sentence in wrong if sentence not in self._told]
        if new:
            self._told.update(new)
            message = "jsleak settings: " + " ".join(new)
            self._server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))


def _line(problem: Problem) -> str:
    return f":{problem.range.start.line}" if problem.range else ""


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/\\")) and path[len(folder.rstrip("/\\")) :][:1] in ("/", "\\")
