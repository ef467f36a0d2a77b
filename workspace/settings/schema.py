"""The JSON schema of settings files and the table of the docs, both made from what is declared."""

from __future__ import annotations

import json
from typing import Any

from .declared import DECLARED, Setting


def schema() -> dict[str, Any]:
    """The JSON schema (draft 7, which all editors know) of ``jsleak.toml``, and of ``"jsleak"`` in ``package.json``."""
    properties: dict[str, Any] = {"$schema": {"type": "string", "description": "Where this schema is, for editors."}}
    for name, setting in DECLARED.items():
        default = {"default": _plain(setting.default)} if setting.kind.depth == 0 else {}
        properties[name] = {**setting.kind.schema(), "description": setting.description, **default}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Settings of jsleak",
        "description": 'The contents of jsleak.toml, or of "jsleak" in package.json.',
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def schema_text() -> str:
    """The same as a file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def table() -> str:
    """The settings as a Markdown table."""
    rows = [
        f"| `{setting.name}` | {_cell(setting.kind.type)} | {_default(setting)} | {_cell(setting.description)} "
        f"| {_code(setting.example)} |"
        for setting in DECLARED.values()
    ]
    return "\n".join(["| setting | type | default | what it does | example |", "|---|---|---|---|---|", *rows, ""])


def _default(setting: Setting) -> str:
    return f"`{json.dumps(_plain(setting.default))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
