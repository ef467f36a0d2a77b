"""Code actions: what can be done about the findings at a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lsprotocol import types
from pygls.capabilities import get_capability

from jsleak.analysis import suppressing
from jsleak.analysis.findings import Edit, Finding, Fix
from jsleak.analysis.rule import NoExperiment, load_rules
from jsleak.analysis.suppressed import ABOUT
from jsleak.lsp.snapshot import FindingKey, Snapshot

from .places import overlaps

FIX_ALL = "source.fixAll.jsleak"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)


@dataclass(frozen=True, slots=True)
class Support:
    """What the client makes of code actions."""

    lazy: bool = False
    versions: bool = False
    disabled: bool = False

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Support:
        """What its capabilities say."""
        lazy = get_capability(capabilities, "text_document.code_action.resolve_support.properties", None) or ()
        return cls(
            lazy="edit" in lazy,
            versions=bool(get_capability(capabilities, "workspace.workspace_edit.document_changes", False)),
            disabled=bool(get_capability(capabilities, "text_document.code_action.disabled_support", False)),
        )


def actions(
    snapshot: Snapshot, range_: types.Range, context: types.CodeActionContext, support: Support, *, trusted: bool
) -> list[types.CodeAction]:
    """The actions for a range, fixes first. What the client can ask for later has no edit yet."""
    found: list[types.CodeAction] = []
    if _wanted(types.CodeActionKind.QuickFix, context.only):
        chosen = list(_findings(snapshot, range_, context.diagnostics))
        if not snapshot.stale:
            for key, finding, diagnostic in chosen:
                found += _fixes(snapshot, key, finding, diagnostic)
        for key, finding, diagnostic in chosen:
            found += _others(snapshot, key, finding, diagnostic, support, trusted=trusted)
    # An editor asks for this kind by name, on saving, say; in a list of what can be done here it has no place.
    if context.only and _wanted(FIX_ALL, context.only) and any(_safe(finding) for _, finding in snapshot.keyed):
        found.append(types.CodeAction("Fix all that is safe to fix", kind=FIX_ALL, data={"kind": "fix-all", "uri": snapshot.uri}))
    unique = list({(action.title, str(action.data), str(action.command)): action for action in found}.values())
    return unique if support.lazy else [with_edit(action, snapshot, support) for action in unique]


def with_edit(action: types.CodeAction, snapshot: Snapshot, support: Support) -> types.CodeAction:
    """The action with its edit; without one where its finding is no more, or where the edit takes an analysis to make."""
    data = action.data if isinstance(action.data, Mapping) else {}
    edits = edits_of(snapshot, data)
    if edits:
        # Where several begin at one place, the protocol wants what is inserted there before what is replaced.
        ordered = sorted(edits, key=lambda edit: edit.range)
        action.edit = workspace_edit(snapshot, [_text_edit(snapshot, edit) for edit in ordered], support)
    return action


def edits_of(snapshot: Snapshot, data: Mapping[str, object]) -> Sequence[Edit]:
    """The edits that an action's data asks for, in the snapshot's text."""
    kind, rule = data.get("kind"), str(data.get("rule"))
    finding = snapshot.finding(str(data.get("key")))
    if kind == "suppress-file":
        return suppressing.for_file(snapshot.source.text, rule, snapshot.path, finding.range.start if finding else None)
    if finding is None:
        return ()
    if kind == "suppress-line":
        return suppressing.for_line(snapshot.source.text, snapshot.path, finding.range, rule)
    titles = [fix for fix in finding.fixes if fix.title == data.get("title")]
    number = data.get("number")
    return titles[number].edits if isinstance(number, int) and number < len(titles) else ()


def workspace_edit(snapshot: Snapshot, edits: Sequence[types.TextEdit], support: Support) -> types.WorkspaceEdit:
    """Edits of one document, for its version only where the client can say so."""
    if not support.versions:
        return types.WorkspaceEdit(changes={snapshot.uri: edits})
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])


def _text_edit(snapshot: Snapshot, edit: Edit) -> types.TextEdit:
    return types.TextEdit(snapshot.positions.range(edit.range), edit.text)


def _wanted(kind: str, only: Iterable[str] | None) -> bool:
    """Whether a client that asks for ``only`` some kinds, each with all below it, wants this one."""
    return not only or any(kind == one or kind.startswith(f"{one}.") or one == "" for one in only)


def _findings(
    snapshot: Snapshot, range_: types.Range, shown: Sequence[types.Diagnostic]
) -> Iterator[tuple[FindingKey, Finding, types.Diagnostic | None]]:
    """The findings that a range touches, with the client's diagnostic of each. Where it names some of ours, those only."""
    named = {str(one.data.get("key")): one for one in shown if one.source == "jsleak" and isinstance(one.data, Mapping)}
    for key, finding in snapshot.keyed:
        if key in named or (not named and overlaps(snapshot.positions.range(finding.range), range_)):
            yield key, finding, named.get(key)


def _safe(finding: Finding) -> bool:
    return any(fix.safe for fix in finding.fixes)


def _fixes(
    snapshot: Snapshot, key: FindingKey, finding: Finding, diagnostic: types.Diagnostic | None
) -> Iterator[types.CodeAction]:
    preferred = next((fix for fix in finding.fixes if fix.safe), None)
    seen: list[str] = []
    for fix in finding.fixes:
        data = {"kind": "fix", "uri": snapshot.uri, "key": key, "title": fix.title, "number": seen.count(fix.title)}
        seen.append(fix.title)
        yield _action(fix.title, diagnostic, data, preferred=_is(fix, preferred))


def _is(fix: Fix, preferred: Fix | None) -> bool | None:
    return True if fix is preferred else None


def _others(
    snapshot: Snapshot,
    key: FindingKey,
    finding: Finding,
    diagnostic: types.Diagnostic | None,
    support: Support,
    *,
    trusted: bool,
) -> Iterator[types.CodeAction]:
    rule = finding.rule
    if not isinstance(load_rules()[rule].rule.experiment, NoExperiment):
        title = f"Confirm {rule} on the engine"
        if trusted:
            yield _action(title, diagnostic, command=types.Command(title, "jsleak.confirm", arguments=[snapshot.uri, key]))
        elif support.disabled:
            action = _action(title, diagnostic)
            action.disabled = types.CodeActionDisabled("This workspace is not trusted, so its code is not run.")
            yield action
    if rule not in ABOUT:
        yield _action(
            f"Suppress {rule} for this line", diagnostic, {"kind": "suppress-line", "uri": snapshot.uri, "key": key, "rule": rule}
        )
        yield _action(
            f"Suppress {rule} for this file", diagnostic, {"kind": "suppress-file", "uri": snapshot.uri, "key": key, "rule": rule}
        )
    title = f"Explain {rule}"
    yield _action(title, diagnostic, command=types.Command(title, "jsleak.explain", arguments=[rule]))


def _action(
    title: str,
    diagnostic: types.Diagnostic | None,
    data: Mapping[str, object] | None = None,
    *,
    command: types.Command | None = None,
    preferred: bool | None = None,
) -> types.CodeAction:
    return types.CodeAction(
        title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic] if diagnostic is not None else None,
        is_preferred=preferred,
        command=command,
        data=data,
    )
