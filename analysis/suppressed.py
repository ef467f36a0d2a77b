"""What suppressions do to findings: which each takes away, and which suppressions take away nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .findings import Edit, Finding
from .suppressions import END, FILE, LINE, NEXT_LINE, START, RuleName, Suppression
from .text import Range

#: The rule that tells of suppressions which suppress nothing.
UNUSED = "unused-suppression"
#: The rules about suppressions. Only one that names them suppresses them: one that means all rules would otherwise suppress what is
#: said of itself.
ABOUT = frozenset({UNUSED, "unknown-suppression"})

_NARROW_TO_WIDE = (LINE, NEXT_LINE, START, FILE)


@dataclass(frozen=True, slots=True)
class Ending:
    """A name of an END (None: all rules)."""

    end: Suppression
    rule: RuleName | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a suppression (None: all rules), with what it covers; a START's may have an ``ending``."""

    suppression: Suppression
    rule: RuleName | None
    covers: Range
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """What is suppressed in a file. ``dangling`` end nothing."""

    entries: tuple[Entry, ...] = ()
    dangling: tuple[Ending, ...] = ()


@dataclass(frozen=True, slots=True)
class Unused:
    """A suppression that suppresses nothing by these names, or by none that it has (``whole``); ``edits`` take them away."""

    suppression: Suppression
    rules: tuple[RuleName, ...]
    whole: bool
    edits: tuple[Edit, ...]


def entries(suppressions: Iterable[Suppression]) -> Entries:
    """What the suppressions of a file, in order of place, cover name by name, each START up to its END."""
    made: list[Entry] = []
    going_on: list[int] = []
    dangling: list[Ending] = []
    for one in suppressions:
        names: Sequence[RuleName | None] = one.rules or (None,)
        for name in names:
            if one.kind == END:
                ended = going_on if name is None else [index for index in going_on if _name(made[index]) == name.name][-1:]
                for index in ended:
                    covers = Range(made[index].covers.start, one.range.end)
                    made[index] = replace(made[index], covers=covers, ending=Ending(one, name))
                if not ended:
                    dangling.append(Ending(one, name))
                going_on = [index for index in going_on if index not in ended]
            elif one.covers is not None:
                if one.kind == START:
                    going_on.append(len(made))
                made.append(Entry(one, name, one.covers))
    return Entries(tuple(made), tuple(dangling))


def split(findings: Iterable[Finding], among: Iterable[Entry]) -> tuple[list[Finding], list[tuple[Finding, Entry]]]:
    """The findings that stay, and those that are suppressed, each with the narrowest entry that covers it."""
    # Nearly all cover one line, and a file can have thousands of those.
    of_lines: Mapping[tuple[str | None, int], list[Entry]] = defaultdict(list)
    others: Mapping[str | None, list[Entry]] = defaultdict(list)
    for entry in among:
        if entry.suppression.kind in (LINE, NEXT_LINE):
            for line in range(entry.covers.start.line, entry.covers.end.line):
                of_lines[_name(entry), line].append(entry)
        else:
            others[_name(entry)].append(entry)
    kept: list[Finding] = []
    gone: list[tuple[Finding, Entry]] = []
    for finding in findings:
        start = finding.range.start
        covering: list[Entry] = []
        for name in (finding.rule,) if finding.rule in ABOUT else (finding.rule, None):
            covering += of_lines.get((name, start.line), ())
            covering += (entry for entry in others.get(name, ()) if entry.covers.start <= start < entry.covers.end)
        if covering:
            gone.append((finding, min(covering, key=_width)))
        else:
            kept.append(finding)
    return kept, gone


def unused(of: Entries, used: Collection[Entry], judged: Collection[str], *, all_judged: bool) -> list[Unused]:
    """The suppressions of which some name suppresses nothing, and ENDs that end nothing, in order of place.

    Only names in ``judged`` are called unused, and those that mean all rules only if ``all_judged``.
    """
    groups: dict[Suppression, list[Entry]] = defaultdict(list)
    for entry in of.entries:
        if entry not in used and (all_judged if entry.rule is None else entry.rule.name in judged):
            groups[entry.suppression].append(entry)
    endings: dict[Suppression, list[Ending]] = defaultdict(list)
    for ending in of.dangling:
        if ending.rule is None or ending.rule.name in judged:
            endings[ending.end].append(ending)
    found = [_unused(one, [entry.rule for entry in group], _ends(of, group)) for one, group in groups.items()]
    found += [_unused(end, [ending.rule for ending in group], []) for end, group in endings.items()]
    return sorted(found, key=lambda one: one.suppression.range)


def without(one: Suppression, names: Collection[RuleName | None]) -> Edit:
    """Take names away from a suppression, or all of it where none is left: without a name it would mean all rules.

    The edit replaces the whole list, so that no two such edits can be made together and leave none.
    """
    left = [rule.name for rule in one.rules if rule not in names]
    return Edit(Range(one.rules[0].range.start, one.rules[-1].range.end), ", ".join(left)) if left else one.removal


def _unused(one: Suppression, names: Sequence[RuleName | None], others: Sequence[Edit]) -> Unused:
    rules = tuple(rule for rule in names if rule is not None)
    return Unused(one, rules, len(rules) == len(one.rules), (without(one, rules), *others))


def _ends(of: Entries, group: Collection[Entry]) -> list[Edit]:
    """The edits that take away what ends the entries of a group and nothing else."""
    ends: dict[Suppression, list[RuleName | None]] = defaultdict(list)
    for entry in group:
        if entry.ending is not None:
            ends[entry.ending.end].append(entry.ending.rule)
    shared = {entry.ending.end for entry in of.entries if entry.ending and entry.ending.rule is None and entry not in group}
    return [without(end, rules) for end, rules in ends.items() if end not in shared]


def _name(entry: Entry) -> str | None:
    return entry.rule.name if entry.rule is not None else None


def _width(entry: Entry) -> tuple[int, bool, int, int]:
    """Orders entries from narrow to wide: of blocks the inner first, and those with a name before those without."""
    start = entry.covers.start
    return _NARROW_TO_WIDE.index(entry.suppression.kind), entry.rule is None, -start.line, -start.column
