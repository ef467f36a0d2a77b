"""Writes the rules into the settings of the VS Code extension: names, summaries, options (editors/vscode/package.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsleak.analysis.rule import Option, load_rules

MANIFEST = Path(__file__).resolve().parents[1] / "editors/vscode/package.json"
LEVELS = ["error", "warning", "info", "off"]


def main() -> None:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    properties = manifest["contributes"]["configuration"]["properties"]
    rules = {name: loaded.rule for name, loaded in load_rules().items()}
    for key in ("jsleak.select", "jsleak.ignore"):
        properties[key]["items"]["enum"] = sorted(rules)
    properties["jsleak.severity"]["properties"] = {
        name: {"enum": LEVELS, "description": f"{rule.summary} ({rule.severity} unless set)"} for name, rule in rules.items()
    }
    properties["jsleak.options"]["properties"] = {
        name: {
            "type": "object",
            "additionalProperties": False,
            "properties": {option.name: schema(option) for option in rule.options},
        }
        for name, rule in rules.items()
        if rule.options
    }
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def schema(option: Option) -> dict[str, Any]:
    """The JSON schema of a rule's option."""
    if isinstance(option.default, tuple):
        return {"type": "array", "items": {"type": "string"}, "default": list(option.default), "description": option.summary}
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"type": kinds[type(option.default)], "default": option.default, "description": option.summary}


if __name__ == "__main__":
    main()
