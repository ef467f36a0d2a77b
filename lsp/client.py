"""What the client on the other side can do."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types
from pygls.capabilities import get_capability


@dataclass(frozen=True, slots=True)
class Client:
    """Each field: whether the client supports it."""

    pull: bool = False
    refresh_lenses: bool = False
    refresh_hints: bool = False
    configuration: bool = False
    register_configuration: bool = False
    watch: bool = False
    progress: bool = False
    show_document: bool = False
    show_graph: bool = False

    @classmethod
    def of(cls, params: types.InitializeParams) -> Client:
        """What `initialize` says. Diagnostics are pulled only where the client can be told to pull them again."""

        def can(path: str) -> bool:
            return bool(get_capability(params.capabilities, path, False))

        options = params.initialization_options
        own = options.get("capabilities") if isinstance(options, dict) else None
        return cls(
            pull=params.capabilities.text_document is not None
            and params.capabilities.text_document.diagnostic is not None
            and can("workspace.diagnostics.refresh_support"),
            refresh_lenses=can("workspace.code_lens.refresh_support"),
            refresh_hints=can("workspace.inlay_hint.refresh_support"),
            configuration=can("workspace.configuration"),
            register_configuration=can("workspace.did_change_configuration.dynamic_registration"),
            watch=can("workspace.did_change_watched_files.dynamic_registration"),
            progress=can("window.work_done_progress"),
            show_document=can("window.show_document.support"),
            show_graph=isinstance(own, dict) and own.get("showGraph") is True,
        )
