"""Published packages: real risks are found, judged code is not accused, and every other finding was looked at by hand."""

from __future__ import annotations

import pytest

from jsleak.analysis.findings import ProblemKind, Severity
from realworld import corpus

pytestmark = pytest.mark.realworld

LEAST_RISKS_FOUND = 6


def told(items: list[corpus.Found]) -> str:
    return "\n".join(
        f"{item.file}:{item.place} {item.finding.severity} {item.finding.rule}: {item.finding.message}" for item in items
    )


def test_harmless_sites_are_silent() -> None:
    wrong = [
        item
        for site in corpus.sites()
        if not site.is_real_risk
        for item in corpus.at(site, corpus.findings())
        if item.finding.severity.rank >= Severity.WARNING.rank
    ]
    assert not wrong, told(wrong)


def test_expected_names_every_real_risk() -> None:
    listed = [corpus.place_of(entry) for entry in corpus.expected()]
    assert sorted(listed) == sorted(site.place for site in corpus.sites() if site.is_real_risk)
    for entry in corpus.expected():
        assert ("rule" in entry) != ("missed" in entry), f"{entry['file']}: either the rule or why it is missed"
        assert entry.get("why") or entry.get("missed")


def test_real_risks_are_found_by_the_right_rule() -> None:
    found = corpus.risk_findings()
    named = {corpus.place_of(entry) for entry in corpus.expected() if "rule" in entry}
    lost = [place for place in named if not found[place]]
    assert not lost, f"no longer found: {lost}"
    assert sum(bool(items) for items in found.values()) >= LEAST_RISKS_FOUND


def test_missed_risks_are_missed() -> None:
    """A risk that is found after all belongs to the rule that finds it."""
    missed = {corpus.place_of(entry) for entry in corpus.expected() if "missed" in entry}
    known = corpus.reviewed_keys()
    there = [item for site in corpus.sites() if site.place in missed for item in corpus.at(site, corpus.findings())]
    found = [item for item in there if item.key not in known]
    assert not found, told(found)


def test_every_other_finding_was_reviewed() -> None:
    expected = {item.key for items in corpus.risk_findings().values() for item in items}
    found = {item.key for item in corpus.findings()} - expected
    known = corpus.reviewed_keys()
    assert found == known, f"not reviewed: {sorted(found - known)}\nno longer found: {sorted(known - found)}"


def test_reviews_are_complete() -> None:
    seen: set[tuple[str, str, str]] = set()
    for entry in corpus.reviewed():
        assert entry["verdict"] in {"right", "debatable"}, f"{entry['file']}: a wrong finding is mended in its rule"
        assert entry["why"].strip()
        assert entry["package"] == corpus.package_of(entry["file"])
        keys = [(entry["file"], entry["rule"], place) for place in entry["places"]]
        assert len(set(keys)) == len(keys), f"twice in one entry: {keys}"
        assert not seen & set(keys), f"reviewed twice: {seen & set(keys)}"
        seen.update(keys)


def test_nothing_goes_wrong() -> None:
    kinds = {ProblemKind.INTERNAL_ERROR, ProblemKind.ANALYSIS_INCOMPLETE, ProblemKind.TOO_DEEP}
    wrong = [problem for result in corpus.results() for problem in result.problems if problem.kind in kinds]
    assert not wrong
