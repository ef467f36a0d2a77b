"""What a rule is, and the loader that finds them all.

A rule is one module of ``analysis/rules/``: its docstring is its page, ``rule`` its facts, ``check`` its function, ``BAD`` and
``GOOD`` its examples. Nothing else lists the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Literal

from .findings import Finding, Severity

if TYPE_CHECKING:
    from .module import Module

Observation = Literal[
    "target-never-collected",
    "callback-never-runs",
    "callback-runs-at-once",
    "callback-runs-after-release",
    "callback-runs-twice",
    "callback-runs-for-ever",
    "callback-throws",
    "callback-rejects",
    "callback-gets-undefined",
    "callback-evicts-live-entry",
    "call-throws",
    "unregister-returns-false",
    "unregister-cancels-others",
    "entries-grow",
    "held-object-not-released",
    "registration-left-behind",
    "registered-target-lost",
    "deref-of-undefined",
    "weakref-empty-at-once",
]
Change = Literal[
    "held-value-to-undefined",
    "callback-to-no-op",
    "pin-registry",
    "pin-target",
    "add-token",
    "no-throw",
    "unregister-on-release",
    "drop-duplicate",
    "delete-from-collection",
    "not-stored",
    "target-kept-until-use",
    "hoist-closure",
    "primitive-held-value",
    "held-value-given",
    "guard-eviction",
    "own-token",
    "call-while-registered",
    "no-registration",
    "valid-call",
]
Evidence = Literal["places", "functions", "file"]


@dataclass(frozen=True, slots=True)
class Experiment:
    """How a real engine can show the defect: what to observe, and the change that must make it go away.

    ``engines`` are those on which it can be shown; ``inject_throw`` says that the flagged expression is made to throw.
    """

    observe: Observation
    counterfactual: Change
    engines: tuple[Literal["quickjs", "node"], ...] = ("quickjs", "node")
    inject_throw: bool = False


@dataclass(frozen=True, slots=True)
class NoExperiment:
    """No engine can show this defect; ``reason`` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of one rule; its type is the type of ``default`` (bool, int, str or a tuple of str)."""

    name: str
    default: bool | int | str | tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The facts of a rule. ``name`` is its file's name with hyphens; ``sources`` are addresses or clauses to cite.

    ``evidence`` is how much of a broken text has to be intact for a finding to be sure: the places that it names, the functions
    that these are in, or (nothing else in the file may do something) the whole file.
    """

    name: str
    severity: Severity
    summary: str
    sources: tuple[str, ...]
    experiment: Experiment | NoExperiment
    options: tuple[Option, ...] = ()
    evidence: Evidence = "file"


Check = Callable[["Module"], Iterator[Finding]]


@dataclass(frozen=True)
class LoadedRule:
    """A rule with all its file says."""

    rule: Rule
    check: Check
    page: str
    bad: Mapping[str, str]
    good: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Which rules run, how severe they are, and their options.

    ``selected`` None means all. ``severity`` and ``options`` go by rule name; what they leave out keeps its default.
    ``suppressions`` False passes over the comments that suppress findings, as if they were none.
    """

    selected: frozenset[str] | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    suppressions: bool = True


@cache
def load_rules() -> Mapping[str, LoadedRule]:
    """All rules by name, in order of name."""
    return {name: load_rule(name) for name in rule_names()}


@cache
def load_rule(name: str) -> LoadedRule:
    """One of ``rule_names``."""
    from . import rules

    module = import_module(f"{rules.__name__}.{name.replace('-', '_')}")
    rule: Rule = module.rule
    if rule.name != name:
        raise ValueError(f"{module.__name__} declares the rule {rule.name}")
    return LoadedRule(rule, module.check, module.__doc__ or "", module.BAD, module.GOOD)


@cache
def rule_names() -> tuple[str, ...]:
    """The names of all rules, without importing them."""
    from . import rules

    return tuple(sorted(info.name.replace("_", "-") for info in iter_modules(rules.__path__)))
