"""What the extension says of itself agrees with the server, the rules and the source; it is told by hand in none of them twice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from jsleak import __version__
from jsleak.analysis.rule import load_rules
from jsleak.lsp.settings import _KINDS, ServerSettings, parse

EXTENSION = Path(__file__).resolve().parents[3] / "editors/vscode"
MANIFEST = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
PROPERTIES: dict[str, Any] = MANIFEST["contributes"]["configuration"]["properties"]
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (EXTENSION / "src").glob("*.ts")}
OWN = {"path", "trace.server"}  # settings that are not for the server


def names(key: str) -> set[str]:
    return set(PROPERTIES[f"jsleak.{key}"]["properties"])


def test_settings_are_those_of_the_server() -> None:
    """All but trust, which is VS Code's to tell."""
    assert {key.removeprefix("jsleak.") for key in PROPERTIES} - OWN == set(_KINDS) - {"trust"}
    listed = re.search(r"const SETTINGS = \[(.*?)\]", SOURCES["settings.ts"], re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[1])) == set(_KINDS) - {"trust"}


def test_defaults_are_those_of_the_server() -> None:
    given = {key.removeprefix("jsleak."): schema["default"] for key, schema in PROPERTIES.items()}
    settings, wrong = parse({key: value for key, value in given.items() if key not in OWN})
    assert (settings, wrong) == (ServerSettings(), ())


def test_rules_and_their_options() -> None:
    rules = load_rules()
    assert PROPERTIES["jsleak.select"]["items"]["enum"] == PROPERTIES["jsleak.ignore"]["items"]["enum"] == sorted(rules)
    summaries = {name: f"{loaded.rule.summary} ({loaded.rule.severity} unless set)" for name, loaded in rules.items()}
    assert {name: schema["description"] for name, schema in PROPERTIES["jsleak.severity"]["properties"].items()} == summaries
    options = {name: {option.name for option in loaded.rule.options} for name, loaded in rules.items() if loaded.rule.options}
    described = PROPERTIES["jsleak.options"]["properties"]
    assert {name: set(schema["properties"]) for name, schema in described.items()} == options


def test_settings_are_described() -> None:
    assert [key for key, schema in PROPERTIES.items() if not schema.get("description", schema.get("markdownDescription"))] == []
    readme = (EXTENSION / "README.md").read_text(encoding="utf-8")
    assert [key for key in PROPERTIES if f"`{key}`" not in readme] == []


def test_commands_are_registered() -> None:
    commands = {command["command"] for command in MANIFEST["contributes"]["commands"]}
    assert commands == set(re.findall(r"'(jsleak\.\w+)': (?:async )?\(", SOURCES["commands.ts"]))


@pytest.mark.parametrize("step", MANIFEST["contributes"]["walkthroughs"][0]["steps"], ids=lambda step: step["id"])
def test_walkthrough(step: dict[str, Any]) -> None:
    [media] = [value for key, value in step["media"].items() if key in ("markdown", "svg", "image")]
    assert (EXTENSION / media).is_file()
    commands = {command["command"] for command in MANIFEST["contributes"]["commands"]}
    assert set(re.findall(r"command:([\w.]+)", step["description"])) <= commands


def test_version() -> None:
    assert MANIFEST["version"] == __version__
    assert f"## {__version__}" in (EXTENSION / "CHANGELOG.md").read_text(encoding="utf-8")


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["devDependencies"] == MANIFEST["devDependencies"]
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert [name for name, package in lock["packages"].items() if name and not package.get("version")] == []


def test_untrusted_folders_name_no_program() -> None:
    trust = MANIFEST["capabilities"]["untrustedWorkspaces"]
    assert (trust["supported"], trust["restrictedConfigurations"]) == ("limited", ["jsleak.path"])
