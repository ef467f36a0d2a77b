"""Settings: what each does, where it may come from, what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from jsleak.lsp.settings import ServerSettings, parse
from support.editor import Editor, capabilities, codes

LEAK = "const r = new FinalizationRegistry(close);\nexport const track = (o) => r.register(o, () => o.fd);\n"
HELD = ["held-value-retains-target", "object-held-value"]
CONFIGURED = capabilities(configuration=True)

EFFECTS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, HELD),
    ({"enable": False}, []),
    ({"select": ["object-held-value"]}, HELD[1:]),
    ({"ignore": ["object-held-value"]}, HELD[:1]),
    ({"severity": {"object-held-value": "off"}}, HELD[:1]),
    ({"maxFileSize": 10}, ["too-large"]),
    ({"exclude": ["*.js"]}, []),
    ({"exclude": ["other/"]}, HELD),
]


@pytest.mark.parametrize(("settings", "expected"), EFFECTS, ids=str)
async def test_what_a_setting_does(editor: Editor, tmp_path: Path, settings: dict[str, Any], expected: list[str]) -> None:
    await editor.initialize((tmp_path,), options=settings)
    assert codes(await editor.diagnostics(editor.open((tmp_path / "a.js").as_uri(), LEAK))) == expected
    assert editor.messages == []


async def test_severities(editor: Editor) -> None:
    await editor.initialize(options={"severity": {"held-value-retains-target": "info", "object-held-value": "error"}})
    found = await editor.diagnostics(editor.open("untitled:a.js", LEAK))
    assert [one.severity for one in found] == [types.DiagnosticSeverity.Information, types.DiagnosticSeverity.Error]


async def test_engines_raise_severities(editor: Editor) -> None:
    await editor.initialize(options={"engines": ["quickjs-ng >=0.6"], "select": ["object-held-value"]})
    found = await editor.diagnostics(editor.open("untitled:a.js", LEAK))
    assert [one.severity for one in found] == [types.DiagnosticSeverity.Error]


async def test_each_folder_has_its_own(editor: Editor, tmp_path: Path) -> None:
    """Nested folders as well: the innermost counts."""
    outer, inner = tmp_path, tmp_path / "inner"
    inner.mkdir()
    by_scope = {None: {}, outer.as_uri(): {"select": ["object-held-value"]}, inner.as_uri(): {"ignore": ["object-held-value"]}}
    editor.settings = by_scope.__getitem__
    await editor.initialize((outer, inner), CONFIGURED)
    assert codes(await editor.diagnostics(editor.open((outer / "a.js").as_uri(), LEAK))) == HELD[1:]
    assert codes(await editor.diagnostics(editor.open((inner / "a.js").as_uri(), LEAK))) == HELD[:1]
    assert codes(await editor.diagnostics(editor.open("untitled:a.js", LEAK))) == HELD


async def test_what_is_configured_goes_over_what_was_said_at_first(editor: Editor) -> None:
    editor.settings = lambda scope: {"ignore": []}
    await editor.initialize(wants=CONFIGURED, options={"ignore": ["object-held-value"], "severity": {HELD[0]: "info"}})
    found = await editor.diagnostics(editor.open("untitled:a.js", LEAK))
    assert [(one.code, one.severity) for one in found] == [
        (HELD[0], types.DiagnosticSeverity.Information),
        (HELD[1], types.DiagnosticSeverity.Information),
    ]


@pytest.mark.parametrize("asked", [True, False], ids=["the server asks", "the client tells"])
async def test_a_change_shows_at_once(editor: Editor, asked: bool) -> None:
    await editor.initialize(wants=capabilities(configuration=asked))
    uri = editor.open("untitled:a.js", LEAK)
    assert codes(await editor.diagnostics(uri)) == HELD
    changed = {"ignore": ["object-held-value"]}
    editor.settings = lambda scope: changed
    told = types.DidChangeConfigurationParams(None if asked else {"jsleak": changed})
    editor.client.workspace_did_change_configuration(told)
    await editor.until(lambda: codes(editor.published[uri][-1].diagnostics) == HELD[:1])


async def test_the_client_is_asked_to_tell_of_changes(editor: Editor) -> None:
    await editor.initialize(wants=capabilities(configuration=True, watch=True))
    await editor.until(lambda: editor.registered)
    assert {one.method for one in editor.registered} == {"workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles"}


WRONG: list[tuple[Any, str]] = [
    ({"enabel": True}, "There is no setting `jsleak.enabel`. Did you mean `enable`?"),
    ({"enable": "yes"}, "`jsleak.enable` must be true or false, not 'yes'."),
    ({"maxFileSize": -1}, '`jsleak.maxFileSize` must be a number of bytes above 0, or a size like "2M", not -1.'),
    ({"maxFileSize": True}, '`jsleak.maxFileSize` must be a number of bytes above 0, or a size like "2M", not True.'),
    ({"select": "all"}, "`jsleak.select` must be a list of strings, not 'all'."),
    ({"ignore": ["object-held"]}, "`jsleak.ignore`: there is no rule `object-held`. Did you mean `object-held-value`?"),
    (
        {"severity": {"object-held-value": "warn"}},
        "`jsleak.severity.object-held-value` must be one of info, warning, error, off, not 'warn'. Did you mean `warning`?",
    ),
    ({"severity": []}, "`jsleak.severity` must be a table of rules and severities, not []."),
    ({"options": {"object-held-value": {"no": 1}}}, "`jsleak.options.object-held-value`: the rule has no option `no`."),
    ({"options": {"object-held-value": 3}}, "`jsleak.options.object-held-value` must be a table of options, not 3."),
    ([], "`jsleak` must be an object, not []."),
]


@pytest.mark.parametrize(("given", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_what_is_said_of_a_wrong_one(given: Any, sentence: str) -> None:
    settings, wrong = parse(given)
    assert wrong == (sentence,)
    assert settings.enable


def test_a_wrong_range_of_engines_is_named_and_the_others_are_kept() -> None:
    settings, wrong = parse({"engines": ["node >=18", "netscape ?"]})
    assert settings.engines == ("node >=18",)
    assert len(wrong) == 1
    assert "netscape" in wrong[0]


def test_none_is_as_if_not_given() -> None:
    base = ServerSettings(enable=False)
    assert parse({"enable": None, "trust": True}, base) == (ServerSettings(enable=False, trust=True), ())


async def test_one_warning_tells_all_and_the_rest_is_applied(editor: Editor) -> None:
    await editor.initialize(options={"enable": 1, "ignore": ["object-held-value", "nonsense"]})
    assert codes(await editor.diagnostics(editor.open("untitled:a.js", LEAK))) == HELD[:1]
    assert len(editor.messages) == 1
    assert "`jsleak.enable`" in editor.messages[0]
    assert "`nonsense`" in editor.messages[0]
