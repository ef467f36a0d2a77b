"""Hover: what a finding says and why, and what a registration without one holds."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types

from jsleak.analysis.findings import Finding, Hop, Verdict
from jsleak.analysis.outline import Holder, Part, Site
from jsleak.analysis.pages import sections
from jsleak.analysis.rule import load_rules
from jsleak.lsp.snapshot import Snapshot

from .markup import Markup
from .places import findings_at, place_link, site_at, span

Page = Callable[[str], "str | None"]
"""Gives the URI of a rule's page."""


def hover(snapshot: Snapshot, position: types.Position, markup: Markup, page: Page) -> types.Hover | None:
    """What there is to say of a place; None where that is nothing."""
    offset = snapshot.positions.offset(position)
    found = findings_at(snapshot, offset, offset)
    if found:
        parts: list[str] = []
        for index, (key, finding) in enumerate(found):
            if index:
                parts.append("---")
            parts += _finding(snapshot, finding, snapshot.verdicts.get(key), markup, page, whole=index == 0)
        return types.Hover(markup.content(parts), snapshot.positions.range(found[0][1].range))
    site = site_at(snapshot, offset)
    if site is None:
        return None
    return types.Hover(markup.content(_site(snapshot, site, markup)), snapshot.positions.span(*span(snapshot, site.range)))


def _finding(
    snapshot: Snapshot, finding: Finding, verdict: Verdict | None, markup: Markup, page: Page, *, whole: bool
) -> list[str]:
    """All of a finding; without the rule's own text and examples where it is not the first at its place."""
    loaded = load_rules()[finding.rule]
    title = markup.link(finding.rule, page(finding.rule)) if markup.markdown else finding.rule
    parts = [f"{title} · {finding.severity.value}", markup.words(finding.message)]
    if finding.help:
        parts.append(markup.words(finding.help))
    if finding.retention:
        parts += [markup.strong("The path"), markup.numbered([_hop(snapshot, hop, markup) for hop in finding.retention])]
    if verdict is not None:
        parts += _verdict(verdict, markup)
    if not whole:
        return parts
    text = sections(loaded)
    for heading in ("Why it matters", "How to fix it"):
        if heading in text:
            parts += [markup.strong(heading), text[heading].split("\n\n")[0]]
    for heading, programs in (("Bad", loaded.bad), ("Good", loaded.good)):
        name, program = next(iter(programs.items()))
        parts += [markup.strong(f"{heading}: {name}"), markup.code(program)]
    return parts


def _hop(snapshot: Snapshot, hop: Hop, markup: Markup) -> str:
    return markup.link(hop.label, *place_link(snapshot, hop))


def verdict_title(verdict: Verdict) -> str:
    """A verdict in a few words: `confirmed on quickjs-ng 0.17.0`."""
    return f"{verdict.status.value} on {verdict.engine}" if verdict.engine else verdict.status.value


def _verdict(verdict: Verdict, markup: Markup) -> list[str]:
    title = verdict_title(verdict)
    parts = [markup.strong(f"{title[0].upper()}{title[1:]}"), markup.words(verdict.reason)]
    if verdict.evidence:
        parts.append(markup.listed([markup.words(line) for line in verdict.evidence]))
    return parts


def _site(snapshot: Snapshot, site: Site, markup: Markup) -> list[str]:
    return [
        _title(snapshot, site, markup),
        markup.listed([_part(part, markup) for part in site.parts] + _missing(site)),
        markup.strong("What keeps the target alive"),
        _holders(snapshot, site, markup),
    ]


def _title(snapshot: Snapshot, site: Site, markup: Markup) -> str:
    if site.kind == "WeakRef":
        return markup.strong("A WeakRef")
    parts = [markup.strong("A registration")]
    if site.registry is not None:
        made = site.registry.made
        name = f"`{site.registry.text}`"
        parts.append(f"with {_hop(snapshot, Hop(name, made.path, made.range), markup) if made is not None else markup.words(name)}")
    if site.via:
        parts.append(f"by a wrapper that {', which '.join(_hop(snapshot, hop, markup) for hop in site.via)}")
    return " ".join(parts)


def _part(part: Part, markup: Markup) -> str:
    name = f"{part.role} `{part.text}`" + (f" ({part.what})" if part.what and part.strength != "none" else "")
    if part.strength == "none":
        how = f"a {part.what or 'primitive'}, which holds nothing"
    elif part.strength == "weak":
        how = "held weakly"
    elif part.kind == "unknown":
        how = "held strongly until the callback has run, if it is an object"
    else:
        how = "held strongly until the callback has run"
    return markup.words(f"{name}: {how}")


def _missing(site: Site) -> list[str]:
    if site.kind == "WeakRef" or site.token is not None:
        return []
    return ["no token: it can't be unregistered"]


def _holders(snapshot: Snapshot, site: Site, markup: Markup) -> str:
    if site.target is not None and site.target.kind == "unknown" and not site.holders:
        return "Nothing that this module is known to keep; the target comes from outside."
    if not site.holders:
        return "Nothing that this module keeps: it is collected once nobody uses it any more."
    return markup.listed([_holder(snapshot, holder, markup) for holder in site.holders])


def _holder(snapshot: Snapshot, holder: Holder, markup: Markup) -> str:
    ending = ", until it is taken out or set to something else" if holder.cut else ""
    if len(holder.hops) == 1:
        return _hop(snapshot, holder.hops[0], markup) + ending
    return markup.words(holder.name) + ending + ":\n" + markup.numbered([_hop(snapshot, hop, markup) for hop in holder.hops])
