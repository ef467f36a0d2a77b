"""Code lenses: over each registration who holds its target, over each finding "Confirm", and after that the verdict."""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types

from jsleak.analysis.findings import Verdict
from jsleak.analysis.outline import Holder, Site
from jsleak.analysis.rule import NoExperiment, load_rules
from jsleak.lsp.snapshot import Snapshot

from .hover import verdict_title
from .places import finding_of, span

#: Roots that last; what a caller or outside code holds it lets go of by itself.
_LASTING = ("held-value", "cleanup", "module")


def lenses(snapshot: Snapshot, *, trusted: bool) -> list[types.CodeLens]:
    """The lenses of a document, without their titles. Nothing that runs code is offered unless ``trusted``."""
    found = [
        types.CodeLens(_line(snapshot, site), data={"uri": snapshot.uri, "kind": "held"})
        for site in snapshot.analysis.outline
        if site.kind == "register" and site.target is not None
    ]
    for key, finding in snapshot.keyed:
        if isinstance(load_rules()[finding.rule].rule.experiment, NoExperiment) or not (trusted or key in snapshot.verdicts):
            continue
        start = snapshot.positions.range(finding.range).start
        found.append(types.CodeLens(types.Range(start, start), data={"uri": snapshot.uri, "kind": "confirm", "key": key}))
    return sorted(found, key=lambda lens: (lens.range.start.line, lens.range.start.character))


def resolve(lens: types.CodeLens, snapshot: Snapshot | None, *, trusted: bool, graphs: bool) -> types.CodeLens:
    """The lens with its title and what it does. ``graphs``: the client can show a retention graph.

    One whose place has changed meanwhile says nothing; the client is about to ask for new ones.
    """
    data = lens.data if isinstance(lens.data, Mapping) else {}
    command = types.Command("…", "")
    if snapshot is not None and data.get("kind") == "held":
        start = snapshot.positions.offset(lens.range.start)
        at = [site for site in snapshot.analysis.outline if span(snapshot, site.range)[0] == start and site.kind == "register"]
        if at:
            command = _held(snapshot, at[0], graphs)
    elif snapshot is not None and data.get("kind") == "confirm":
        key = str(data.get("key"))
        finding = snapshot.finding(key)
        if finding is not None:
            command = _confirm(snapshot, key, finding.rule, snapshot.verdicts.get(key), trusted)
    return types.CodeLens(lens.range, command, lens.data)


def _line(snapshot: Snapshot, site: Site) -> types.Range:
    """A lens stands over one line: where the call begins."""
    start = snapshot.positions.position(span(snapshot, site.range)[0])
    return types.Range(start, start)


def _held(snapshot: Snapshot, site: Site, graphs: bool) -> types.Command:
    title = held_title(site)
    finding = finding_of(snapshot, site)
    if graphs and finding is not None and finding[1].retention:
        return types.Command(title, "jsleak.showGraph", arguments=[snapshot.uri, finding[0]])
    return types.Command(title, "")


def held_title(site: Site) -> str:
    """Who holds the target of a registration, in a few words."""
    holder = next((holder for holder in site.holders if holder.root in _LASTING), None)
    if holder is None:
        holder = next((holder for holder in site.holders if holder.root == "outside"), None)
    return "target is held weakly" if holder is None else f"target held by {_name(holder)}"


def _name(holder: Holder) -> str:
    name = holder.name.replace("`", "")
    return f"{name} (until it is taken out)" if holder.cut else name


def _confirm(snapshot: Snapshot, key: str, rule: str, verdict: Verdict | None, trusted: bool) -> types.Command:
    title = f"Confirm {rule}" if verdict is None else f"{rule}: {verdict_title(verdict)}"
    return types.Command(title, "jsleak.confirm" if trusted else "", arguments=[snapshot.uri, key] if trusted else None)
