"""The table of engine defects and the ranges of versions it is written in."""

from __future__ import annotations

import pytest

from jsleak.analysis.rule import rule_names
from jsleak.engine.defects import elsewhere, load_defects, of_engines
from jsleak.engine.versions import VersionError, parse_engines, parse_range

INSIDE = [
    ("quickjs-ng >=0.6.0,<0.7.0", "0.6.1", True),
    ("quickjs-ng >=0.6.0,<0.7.0", "0.7.0", False),
    ("quickjs-ng 0.6", "0.6.9", True),
    ("quickjs-ng <=0.6", "0.6.9", True),
    ("quickjs-ng >0.6", "0.6.9", False),
    ("quickjs-ng>=0.6 <0.8", "0.7.3", True),
    ("quickjs-ng@0.6.1", "0.6.1", True),
    ("quickjs 0.6.1", "0.6.1", True),
    ("node ^18.2", "18.99.0", True),
    ("node ^18.2", "19.0.0", False),
    ("quickjs-ng ^0.6.1", "0.7.0", False),
    ("quickjs-ng ~0.6.1", "0.6.7", True),
    ("node 18 || 20", "19.1.0", False),
    ("node 18 || 20", "v20.1.0", True),
    ("node 18.x", "18.4.1", True),
    ("node", "1.0.0", True),
    ("node *", "99.0", True),
    ("node >=20,<18", "19.0.0", False),
    ("node >=18.0.0-rc.1", "18.0.0", True),
]


@pytest.mark.parametrize(("text", "version", "inside"), INSIDE)
def test_ranges(text: str, version: str, inside: bool) -> None:
    assert (version in parse_range(text)) is inside


def test_lists_of_engines() -> None:
    engines = parse_engines("quickjs-ng >=0.6,<0.7, node >=18,v8 <12")
    assert [(engine.engine, engine.text) for engine in engines] == [
        ("quickjs-ng", "quickjs-ng >=0.6,<0.7"),
        ("node", "node >=18"),
        ("v8", "v8 <12"),
    ]


@pytest.mark.parametrize("text", [">=0.6", "node >=", "node >=eighteen", "node 18 and 20", "18"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(VersionError):
        parse_range(text)


AFFECTED = [
    ("quickjs-ng >=0.6, node >=18", True),
    ("quickjs-ng >=0.7", False),
    ("quickjs-ng <=0.5", False),
    ("quickjs-ng 0.6.1", True),
    ("node >=18", False),
]


@pytest.mark.parametrize(("engines", "affected"), AFFECTED)
def test_engines_with_the_teardown_defect(engines: str, affected: bool) -> None:
    found = {defect.id for defect in of_engines(parse_engines(engines))}
    assert ("teardown-held-object" in found) is affected


def test_the_other_quickjs_has_defects_of_its_own() -> None:
    assert "reentrant-collection" in {defect.id for defect in of_engines(parse_engines("quickjs 2025.4.26"))}
    assert "reentrant-collection" not in {defect.id for defect in of_engines(parse_engines("quickjs-ng >=0.6"))}


ELSEWHERE = [
    ("quickjs-ng >=0.7", True),
    ("quickjs-ng >=0.7, spidermonkey >=100", True),
    ("quickjs-ng >=0.7, node >=18", False),
    ("node <14", False),
    ("chrome >=100", False),  # nobody told us what that is built on
]


@pytest.mark.parametrize(("engines", "other"), ELSEWHERE)
def test_engines_that_a_finding_is_not_about(engines: str, other: bool) -> None:
    assert ("shared-closure-context" in {defect.id for defect in elsewhere(parse_engines(engines))}) is other


def test_table_is_well_formed() -> None:
    defects = load_defects()
    assert len({defect.id for defect in defects}) == len(defects)
    for defect in defects:
        assert all((defect.summary, defect.why, defect.verified, defect.sources))
        assert defect.range.intervals
        assert all(source.startswith("https://") for source in defect.sources)
        assert set(defect.rules) <= set(rule_names())
        assert defect.elsewhere in ("", "info", "warning")
        assert bool(defect.rules) is (defect.severity in ("error", "warning", "info"))
