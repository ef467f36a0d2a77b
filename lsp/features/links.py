"""Links from the rules that a suppression names to their pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lsprotocol import types

from jsleak.analysis.rule import load_rules
from jsleak.lsp.snapshot import Snapshot


def links(snapshot: Snapshot) -> list[types.DocumentLink]:
    """A link for each rule that a suppression names, without where it leads. None while the text is broken: what is a comment
    is not known then.
    """
    if snapshot.stale:
        return []
    known = load_rules()
    return [
        types.DocumentLink(snapshot.positions.range(rule.range), tooltip=known[rule.name].rule.summary, data={"rule": rule.name})
        for suppression in snapshot.analysis.suppressions
        for rule in suppression.rules
        if rule.name in known
    ]


def resolve(link: types.DocumentLink, page: Callable[[str], str | None]) -> types.DocumentLink:
    """The link with where it leads."""
    if isinstance(link.data, Mapping):
        link.target = page(str(link.data.get("rule")))
    return link
