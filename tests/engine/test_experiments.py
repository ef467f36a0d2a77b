"""Every rule's experiment on a real engine: what is flagged in its BAD programs is confirmed, nothing in its GOOD ones is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jsleak.analysis.findings import Finding, Status
from jsleak.analysis.module import Module
from jsleak.analysis.rule import Experiment, LoadedRule, NoExperiment, load_rules
from jsleak.analysis.run import build_module
from jsleak.engine.confirm import confirm
from jsleak.engine.pool import Pool
from support import marks

MOST_WITHOUT = 4
#: What a rule would flag, where that is not the registrations.
FLAGGED = {
    "cleanup-retains-target": ("registries",),
    "registry-not-kept": ("registries",),
    "registry-owned-by-target": ("registries",),
    "async-cleanup": ("registries",),
    "throwing-cleanup": ("registries",),
    "unguarded-eviction": ("registries",),
    "anonymous-weakref-target": ("weakrefs",),
    "weak-cache-without-eviction": ("weakrefs",),
    "deref-across-await": ("derefs",),
    "unchecked-deref": ("derefs",),
    "strong-copy-of-weak-target": ("derefs",),
    "token-mismatch": ("unregistrations", "registrations"),
    "unregister-in-cleanup": ("unregistrations",),
    "invalid-registration": ("registrations", "registries", "weakrefs"),
}


def programs(kind: str) -> list[object]:
    return [
        pytest.param(rule, text, id=f"{name}: {title}")
        for name, rule in load_rules().items()
        if isinstance(rule.rule.experiment, Experiment)
        for title, text in getattr(rule, kind).items()
    ]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def module_of(rule: LoadedRule, program: marks.MarkedProgram) -> Module:
    return build_module(program.text, marks.FILENAME, None, marks.settings(program, rule.rule.name), None)


def told(finding: Finding) -> str:
    verdict = finding.verdict
    assert verdict is not None
    return "\n".join((f"{finding.range.start}: {verdict.status}: {verdict.reason}", *verdict.evidence, verdict.program))


def needs(rule: LoadedRule, pool: Pool) -> None:
    experiment = rule.rule.experiment
    assert isinstance(experiment, Experiment)
    if not set(experiment.engines) & set(pool.engines):
        pytest.skip(f"needs {experiment.engines}")


@pytest.mark.parametrize(("rule", "example"), programs("bad"))
def test_bad_is_confirmed(rule: LoadedRule, example: str, pool: Pool) -> None:
    needs(rule, pool)
    program = marks.parse(example)
    module = module_of(rule, program)
    for finding in marks.analyse(program, rule.rule.name).findings:
        found = confirm(module, finding, pool.run, pool.engines)
        assert found.verdict is not None
        assert found.verdict.status is Status.CONFIRMED, told(found)
        assert len(found.verdict.evidence) == 2


@pytest.mark.parametrize(("rule", "example"), programs("good"))
def test_good_is_not_confirmed(rule: LoadedRule, example: str, pool: Pool) -> None:
    needs(rule, pool)
    program = marks.parse(example)
    module = module_of(rule, program)
    kinds = FLAGGED.get(rule.rule.name, ("registrations",))
    places = dict.fromkeys(module.range(fact.node) for kind in kinds for fact in getattr(module, kind))
    for place in places:
        finding = Finding(rule.rule.name, rule.rule.severity, marks.FILENAME, place, "")
        found = confirm(module, finding, pool.run, pool.engines)
        assert found.verdict is not None
        assert found.verdict.status is not Status.CONFIRMED, told(found)


def test_few_rules_have_no_experiment() -> None:
    without = [rule.rule.experiment for rule in load_rules().values() if isinstance(rule.rule.experiment, NoExperiment)]
    assert len(without) <= MOST_WITHOUT
    assert all(one.reason for one in without)
