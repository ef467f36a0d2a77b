"""Code actions: what is offered, and what a document is after a client has made the edits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from jsleak.analysis import analyze
from jsleak.analysis.findings import Analysis
from jsleak.analysis.rule import LoadedRule, RuleSettings, load_rules
from jsleak.lsp.diagnostics import diagnostics
from jsleak.lsp.features import fix_all
from jsleak.lsp.features.actions import FIX_ALL, Support, actions, with_edit
from jsleak.lsp.snapshot import Snapshot
from support import marks
from support.editor import Editor
from support.snapshots import PATH, URI, applied, at, made, marked, snapshot_of

LAZY = Support(lazy=True, versions=True, disabled=True)
EAGER = Support()
REGISTRY = "const registry = new FinalizationRegistry((held) => held);\n"
#: A finding with a safe fix after another line and astral characters.
NO_NEW = '"𝒳𝒴"; /* 𝒵 */ ‸FinalizationRegistry(() => {}); // 𝒳\n'


def ask(
    program: str,
    *,
    only: list[str] | None = None,
    shown: list[types.Diagnostic] | None = None,
    support: Support = LAZY,
    trusted: bool = True,
    stale: bool = False,
) -> tuple[Snapshot, list[types.CodeAction]]:
    """What is offered at the marked place."""
    text, position = marked(program)
    snapshot = snapshot_of(text, stale=stale)
    context = types.CodeActionContext(diagnostics=shown or [], only=only)
    return snapshot, actions(snapshot, types.Range(position, position), context, support, trusted=trusted)


def titles(found: list[types.CodeAction]) -> list[str]:
    return [action.title for action in found]


def taken(program: str, title: str, support: Support = LAZY) -> str:
    """The program after the user has chosen an action."""
    snapshot, found = ask(program, support=support)
    action = next(action for action in found if action.title == title)
    if support.lazy:
        assert action.edit is None
        with_edit(action, snapshot, support)
    return applied(snapshot.source.text, made(action.edit))


def test_what_is_offered_fixes_first() -> None:
    _, found = ask(NO_NEW)
    assert titles(found) == [
        "Write `new`",
        "Confirm invalid-registration on the engine",
        "Suppress invalid-registration for this line",
        "Suppress invalid-registration for this file",
        "Explain invalid-registration",
    ]
    assert {action.kind for action in found} == {types.CodeActionKind.QuickFix}
    assert [action.is_preferred for action in found] == [True, None, None, None, None]


@pytest.mark.parametrize("support", [LAZY, EAGER], ids=["lazy", "eager"])
def test_a_fix(support: Support) -> None:
    assert taken(NO_NEW, "Write `new`", support) == '"𝒳𝒴"; /* 𝒵 */ new FinalizationRegistry(() => {}); // 𝒳\n'


SUPPRESSED = {
    "line": ('\t"𝒳𝒴";\r\n\t‸FinalizationRegistry();\r\n', '\t"𝒳𝒴";\r\n\t// jsleak-ignore-next-line invalid-registration\r\n'),
    "file": ("#!/usr/bin/node\n‸FinalizationRegistry();\n", "#!/usr/bin/node\n// jsleak-ignore-file invalid-registration\n"),
}


@pytest.mark.parametrize(("scope", "program", "begins"), [(scope, *row) for scope, row in SUPPRESSED.items()])
def test_suppressions(scope: str, program: str, begins: str) -> None:
    assert taken(program, f"Suppress invalid-registration for this {scope}").startswith(begins)


def test_between_tags() -> None:
    program = "const o = {};\nexport const page = (\n  <p>\n    {‸FinalizationRegistry()}\n  </p>\n);\n"
    expected = "  <p>\n    {/* jsleak-ignore-next-line invalid-registration */}\n    {FinalizationRegistry()}\n  </p>\n"
    assert expected in taken(program, "Suppress invalid-registration for this line")


def test_commands() -> None:
    snapshot, found = ask(NO_NEW)
    commands = {action.title: action.command for action in found if action.command is not None}
    assert [(command.command, command.arguments) for command in commands.values()] == [
        ("jsleak.confirm", [URI, snapshot.keys[0]]),
        ("jsleak.explain", ["invalid-registration"]),
    ]


def test_confirming_is_refused_where_nobody_trusts_the_code() -> None:
    _, found = ask(NO_NEW, trusted=False)
    (confirm,) = [action for action in found if "Confirm" in action.title]
    assert confirm.disabled is not None
    assert confirm.command is None
    _, found = ask(NO_NEW, trusted=False, support=EAGER)
    assert not [title for title in titles(found) if "Confirm" in title]


ONLY = {
    "all": (None, True, False),
    "quick fixes": (["quickfix"], True, False),
    "refactorings": (["refactor"], False, False),
    "everything of the source": (["source"], False, True),
    "fix all": (["source.fixAll"], False, True),
    "our fix all": ([FIX_ALL], False, True),
    "another's fix all": (["source.fixAll.eslint"], False, False),
    "a kind that begins alike": (["source.fix"], False, False),
    "two kinds": (["quickfix", "source.fixAll"], True, True),
}


@pytest.mark.parametrize(("only", "quick", "all_"), [pytest.param(*row, id=name) for name, row in ONLY.items()])
def test_only_the_kinds_that_are_asked_for(only: list[str] | None, quick: bool, all_: bool) -> None:
    _, found = ask(NO_NEW, only=only)
    kinds = {str(action.kind.value if isinstance(action.kind, types.CodeActionKind) else action.kind) for action in found}
    assert kinds == ({"quickfix"} if quick else set()) | ({FIX_ALL} if all_ else set())


def test_nothing_where_there_is_no_finding() -> None:
    assert ask("‸const a = 1;\nFinalizationRegistry();\n")[1] == []
    assert ask("‸const a = 1;\n", only=["source.fixAll"])[1] == []


TWO = REGISTRY + "class A { constructor() { registry.‸register(this, () => this.x); } }\n"


def test_the_diagnostics_that_the_client_names_decide() -> None:
    text, _ = marked(TWO)
    shown = diagnostics(snapshot_of(text), lambda rule: None)
    assert [one.code for one in shown] == ["held-value-retains-target", "object-held-value"]
    _, found = ask(TWO, shown=[shown[1]])
    assert {title for title in titles(found) if title.startswith("Explain")} == {"Explain object-held-value"}
    assert all(action.diagnostics == [shown[1]] for action in found)
    foreign = types.Diagnostic(shown[0].range, "no-unused-vars", source="eslint", data={"key": "x"})
    _, found = ask(TWO, shown=[foreign])
    assert len([title for title in titles(found) if title.startswith("Explain")]) == 2


def test_a_broken_document_has_no_fixes_but_can_be_explained() -> None:
    _, found = ask(NO_NEW, stale=True)
    assert "Write `new`" not in titles(found)
    assert "Explain invalid-registration" in titles(found)


def test_a_finding_that_is_no_more_has_no_edit() -> None:
    _, found = ask(NO_NEW)
    later = snapshot_of("const a = 1;\n")
    assert [with_edit(action, later, LAZY).edit for action in found if "file" not in action.title] == [None] * 4


# All rules


@cache
def examples() -> tuple[tuple[str, str, LoadedRule], ...]:
    """Every BAD example, behind a line with astral characters."""
    return tuple(
        (f"{name}: {title}", "/* 𝒳 */ " + marks.parse(text).text, rule)
        for name, rule in load_rules().items()
        for title, text in rule.bad.items()
    )


def each_fix(text: str, rule: LoadedRule) -> Iterator[tuple[str, str, int]]:
    """Each quick fix of a rule's findings: its title, the text after a client has made it, how many findings there were."""
    snapshot = _of_example(text)
    own = [finding for finding in snapshot.analysis.findings if finding.rule == rule.rule.name]
    for shown in diagnostics(snapshot, lambda name: None):
        if shown.code != rule.rule.name:
            continue
        context = types.CodeActionContext(diagnostics=[shown], only=["quickfix"])
        for action in actions(snapshot, shown.range, context, LAZY, trusted=True):
            if isinstance(action.data, dict) and action.data.get("kind") == "fix":
                yield action.title, applied(text, made(with_edit(action, snapshot, LAZY).edit)), len(own)


def _of_example(text: str) -> Snapshot:
    found = re.match(r"/\* 𝒳 \*/ // jsleak-options: (\{.*\})", text)
    return snapshot_of(text, settings=_settings(bool(found)))


def _settings(any_call: bool) -> RuleSettings:
    options = {"any-call": any_call}
    return RuleSettings(options={"throw-after-register": options, "unregister-not-in-finally": options})


@pytest.mark.parametrize(("text", "rule"), [pytest.param(text, rule, id=name) for name, text, rule in examples()])
def test_every_fix_parses_and_removes_its_finding(text: str, rule: LoadedRule) -> None:
    for title, fixed, before in each_fix(text, rule):
        after = _of_example(fixed).analysis
        assert not after.problems, f"{title}\n{fixed}"
        assert sum(finding.rule == rule.rule.name for finding in after.findings) < before, f"{title}\n{fixed}"


def test_most_rules_have_a_fix() -> None:
    fixable = {rule.rule.name for _, text, rule in examples() if next(each_fix(text, rule), None)}
    assert len(fixable) >= 20


async def _analysed(text: str) -> Analysis:
    return analyze(text, filename=PATH)


async def test_fix_all_ends_with_nothing_safe_left() -> None:
    texts = [marks.parse(text).text for rule in load_rules().values() for text in rule.bad.values()]
    for text in texts:
        before = analyze(text, filename=PATH)
        fixed = await fix_all.fixed(text, before, _analysed)
        after = analyze(fixed, filename=PATH)
        assert not after.problems, fixed
        assert not [fix for finding in after.findings for fix in finding.fixes if fix.safe], fixed
        assert applied(text, fix_all.line_edits(snapshot_of(text).positions, fixed)) == fixed
        assert (fixed == text) == (not any(fix.safe for finding in before.findings for fix in finding.fixes))


async def test_fix_all_of_several_findings_in_one_line() -> None:
    text = (
        '"𝒳"; FinalizationRegistry((r = FinalizationRegistry(() => {})) => r);\r\nWeakRef({}); FinalizationRegistry(() => {});\r\n'
    )
    fixed = await fix_all.fixed(text, await _analysed(text), _analysed)
    expected = text.replace("FinalizationRegistry(", "new FinalizationRegistry(").replace("WeakRef(", "new WeakRef(")
    assert fixed == expected
    edits = fix_all.line_edits(snapshot_of(text).positions, fixed)
    assert applied(text, edits) == expected


async def test_fix_all_leaves_unsafe_fixes_alone() -> None:
    text, _ = marked(TWO)
    before = await _analysed(text)
    fixed = await fix_all.fixed(text, before, _analysed)
    assert {fix.safe for finding in before.findings for fix in finding.fixes} <= {False}
    assert fixed == text


# Over the protocol


RESOLVES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        code_action=types.CodeActionClientCapabilities(resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"]))
    ),
    workspace=types.WorkspaceClientCapabilities(workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)),
)


async def test_actions_over_the_protocol(editor: Editor) -> None:
    answer = await editor.initialize(wants=RESOLVES)
    assert answer.capabilities.code_action_provider == types.CodeActionOptions(
        code_action_kinds=(types.CodeActionKind.QuickFix, FIX_ALL), resolve_provider=True
    )
    text, position = marked(NO_NEW + "FinalizationRegistry(() => {});\n")
    uri = editor.open(URI, text, version=7)
    client, document, place = editor.client, types.TextDocumentIdentifier(uri), types.Range(position, position)

    async def first(only: list[str]) -> types.WorkspaceEdit | None:
        context = types.CodeActionContext(diagnostics=[], only=only)
        found = await client.text_document_code_action_async(types.CodeActionParams(document, place, context))
        assert found is not None
        action = found[0]
        assert isinstance(action, types.CodeAction)
        assert action.edit is None
        return (await client.code_action_resolve_async(action)).edit

    assert at(text, made(await first(["quickfix"]))[0].range) == ""
    fixed = text.replace("FinalizationRegistry", "new FinalizationRegistry")
    assert applied(text, made(await first(["quickfix"]))) == fixed.removesuffix("new FinalizationRegistry(() => {});\n") + (
        "FinalizationRegistry(() => {});\n"
    )
    assert applied(text, made(await first(["source.fixAll"]))) == fixed


@pytest.mark.parametrize("change", ["closed", "edited"])
async def test_resolving_what_is_no_more_is_answered_so_and_is_no_failure(editor: Editor, change: str) -> None:
    await editor.initialize(wants=RESOLVES)
    text, position = marked(NO_NEW)
    uri = editor.open(URI, text)
    context = types.CodeActionContext(diagnostics=[], only=[types.CodeActionKind.QuickFix])
    place = types.Range(position, position)
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
    action = (await editor.client.text_document_code_action_async(params) or [])[0]
    assert isinstance(action, types.CodeAction)
    if change == "closed":
        editor.close(uri)
    else:
        editor.rewrite(uri, "")
    with pytest.raises(JsonRpcException) as answer:
        await editor.client.code_action_resolve_async(action)
    assert answer.value.code == types.LSPErrorCodes.ContentModified
    # What is answered later comes after anything that the server had to say of the request.
    assert await editor.text(editor.open("untitled:other.js", "1")) == "1"
    assert editor.logged == []
