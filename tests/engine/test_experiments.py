"""Every rule's experiment on a real engine: what is flagged in its BAD programs is confirmed, nothing in its GOOD ones is.

A test is a rule, whose programs run side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from jsleak.analysis.findings import Finding, FixOutcome, Status, Verdict
from jsleak.analysis.module import Module
from jsleak.analysis.rule import Experiment, LoadedRule, NoExperiment, load_rules
from jsleak.analysis.run import build_module
from jsleak.engine.confirm import confirm
from jsleak.engine.pool import Pool
from support import marks

MOST_WITHOUT = 4
WORKERS = 2
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
#: GOOD programs of which a run can't refute every claim that the rule does not make, and why. All the others are refuted.
UNDECIDED = {
    "deref-across-await": {
        "checked again": "of several derefs, one comes to see the empty reference",
        "checked in each turn of the loop": "of several derefs, one comes to see the empty reference",
        "a variable holds the target until later": "the target lives until after the last deref",
    },
    "unchecked-deref": {
        "checked once, looked at twice in one job": "of several derefs, one comes to see the empty reference",
        "made in the same job": "the reference is never empty when it is read",
    },
    "missing-held-value": {
        "the arguments are spread": "the program holds its targets",
        "null is a value": "the program holds one of its targets",
    },
    "missing-unregister-token": {
        "no explicit release": "nothing is released by hand",
        "the method releases something else": "nothing is released twice",
    },
    "release-without-unregister": {"an undo list that unregisters": "nothing is released by a call that the text shows"},
    "shared-unregister-token": {
        "attach and detach are two calls": "one registration can't cancel another",
        "becomes a method of the object itself": "one registration can't cancel another",
    },
    "weak-cache-without-eviction": {
        "a registry deletes": "whether a cache grows for ever is not for one run to say",
        "swept": "whether a cache grows for ever is not for one run to say",
        "made anew": "whether a cache grows for ever is not for one run to say",
        "handed to other code": "whether a cache grows for ever is not for one run to say",
        "weak keys": "whether a cache grows for ever is not for one run to say",
        "fixed keys": "whether a cache grows for ever is not for one run to say",
    },
}
RULES = [
    pytest.param(rule, id=name) for name, rule in load_rules().items() if isinstance(rule.rule.experiment, Experiment)
]  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """A finding, and the program that it is about."""

    title: str
    module: Module
    finding: Finding


@dataclass(frozen=True)
class Outcome:
    """A claim with its verdict."""

    claim: Claim
    verdict: Verdict

    def __str__(self) -> str:
        where = f"{self.claim.title}, {self.claim.finding.range.start.line}: {self.verdict.status}: {self.verdict.reason}"
        return "\n".join((where, *self.verdict.evidence, self.verdict.program))


Judge = Callable[[LoadedRule, Iterable[Claim]], list[Outcome]]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Puts claims to the test, two at a time."""
    with Pool(WORKERS) as pool, ThreadPoolExecutor(WORKERS) as threads:
        engines = tuple(pool.engines)

        def one(claim: Claim) -> Outcome:
            verdict = confirm(claim.module, claim.finding, pool.run, engines).verdict
            assert verdict is not None
            return Outcome(claim, verdict)

        def every(rule: LoadedRule, claims: Iterable[Claim]) -> list[Outcome]:
            experiment = rule.rule.experiment
            assert isinstance(experiment, Experiment)
            if not set(experiment.engines) & set(engines):
                pytest.skip(f"needs {experiment.engines}")
            return list(threads.map(one, claims))

        yield every


def module_of(rule: LoadedRule, program: marks.MarkedProgram) -> Module:
    return build_module(program.text, marks.FILENAME, None, marks.settings(program, rule.rule.name), None)


def flagged(rule: LoadedRule) -> Iterator[Claim]:
    """What the rule says of its BAD programs."""
    for title, text in rule.bad.items():
        program = marks.parse(text)
        module = module_of(rule, program)
        for finding in marks.analyse(program, rule.rule.name).findings:
            yield Claim(title, module, finding)


def not_flagged(rule: LoadedRule) -> Iterator[Claim]:
    """What the rule could have said of its GOOD programs, and doesn't."""
    for title, text in rule.good.items():
        module = module_of(rule, marks.parse(text))
        kinds = FLAGGED.get(rule.rule.name, ("registrations",))
        places = dict.fromkeys(module.range(fact.node) for kind in kinds for fact in getattr(module, kind))
        for place in places:
            yield Claim(title, module, Finding(rule.rule.name, rule.rule.severity, marks.FILENAME, place, ""))


@pytest.mark.parametrize("rule", RULES)
def test_bad_is_confirmed_and_each_fix_helps(rule: LoadedRule, judge: Judge) -> None:
    outcomes = judge(rule, flagged(rule))
    assert {outcome.claim.title for outcome in outcomes} == set(rule.bad)
    for outcome in outcomes:
        fixes = outcome.claim.finding.fixes
        assert outcome.verdict.status is Status.CONFIRMED, str(outcome)
        assert outcome.verdict.evidence[0].startswith("as written: ")
        assert outcome.verdict.evidence[1].startswith("with the cause removed: ")
        assert [trial.title for trial in outcome.verdict.fixes] == [fix.title for fix in fixes]
        assert list(outcome.verdict.evidence[2:]) == [
            f"with the fix “{trial.title}”: {trial.observed}" for trial in outcome.verdict.fixes
        ]
        assert all(trial.outcome is FixOutcome.WORKS for trial in outcome.verdict.fixes), str(outcome)


@pytest.mark.parametrize("rule", RULES)
def test_good_is_not_confirmed(rule: LoadedRule, judge: Judge) -> None:
    outcomes = judge(rule, not_flagged(rule))
    for outcome in outcomes:
        assert outcome.verdict.status is not Status.CONFIRMED, str(outcome)
        if outcome.claim.title not in UNDECIDED.get(rule.rule.name, ()):
            assert outcome.verdict.status is Status.REFUTED, str(outcome)
    undecided = {outcome.claim.title for outcome in outcomes if outcome.verdict.status is Status.INCONCLUSIVE}
    assert undecided == {*UNDECIDED.get(rule.rule.name, ())}, "what is refuted has no place in the table"


def test_few_rules_have_no_experiment() -> None:
    without = [rule.rule.experiment for rule in load_rules().values() if isinstance(rule.rule.experiment, NoExperiment)]
    assert len(without) <= MOST_WITHOUT
    assert all(one.reason for one in without)
