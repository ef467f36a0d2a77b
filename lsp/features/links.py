"""Links from the rules that a suppression names to their pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lsprotocol import types

from jsleak.analysis.rule import load_rules, rule_names
from jsleak.lsp.snapshot import Snapshot

_SUPPRESSION = re.compile(
    r"(?://|/\*|^[ \t]*\*)[ \t]*jsleak-[a-z]+(?:-[a-z]+)*[ \t]+(?P<rules>[a-z][\w-]*(?:[ \t]*,[ \t]*[a-z][\w-]*)*)", re.MULTILINE
)
_RULE = re.compile(r"[a-z][\w-]*")


def links(snapshot: Snapshot) -> list[types.DocumentLink]:
    """A link for each rule that a suppression names, without where it leads."""
    text = snapshot.source.text
    if "jsleak-" not in text:
        return []
    known = frozenset(rule_names())
    return [
        types.DocumentLink(
            snapshot.positions.span(rule.start(), rule.end()),
            tooltip=load_rules()[rule[0]].rule.summary,
            data={"rule": rule[0]},
        )
        for found in _SUPPRESSION.finditer(text)
        for rule in _RULE.finditer(text, *found.span("rules"))
        if rule[0] in known
    ]


def resolve(link: types.DocumentLink, page: Callable[[str], str | None]) -> types.DocumentLink:
    """The link with where it leads."""
    if isinstance(link.data, Mapping):
        link.target = page(str(link.data.get("rule")))
    return link
