"""Runs the rules over a module, and takes away what its comments suppress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .findings import Finding, Problem, ProblemKind, Suppressed
from .rule import LoadedRule, load_rule, rule_names

if TYPE_CHECKING:
    from .module import Module


@dataclass(frozen=True, slots=True)
class RuleRun:
    """What came of one rule: its findings, or why it broke down."""

    findings: tuple[Finding, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of all selected rules, in order of place."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    problems: tuple[Problem, ...]


def run_rule(name: str, module: Module) -> RuleRun:
    """What one rule finds in its module's own file."""
    path = module.source.path
    try:
        loaded = load_rule(name)
        found = [finding for finding in _direct(loaded, module) if finding.path == path]
        return RuleRun(tuple(module.withholding.sure(loaded.rule, found) if module.broken else found))
    except RecursionError:
        raise  # the whole analysis runs again on a larger stack
    except Exception as error:
        message = f"the rule {name} failed, which is a defect of jsleak: {type(error).__name__}: {error}"
        return RuleRun(problem=Problem(path, ProblemKind.INTERNAL_ERROR, message))


def run_rules(module: Module) -> Outcome:
    """Run all selected rules. Each finding is given once, and a rule that breaks down costs no other its findings."""
    selected = module.settings.selected
    runs = [module.run(name) for name in rule_names() if selected is None or name in selected]
    found = sorted(
        dict.fromkeys(finding for run in runs for finding in run.findings),
        key=lambda finding: (finding.range, finding.rule, finding.message),
    )
    problems = tuple(run.problem for run in runs if run.problem is not None)
    if not module.suppressions:
        return Outcome(tuple(found), (), problems)
    from .suppressed import split

    kept, gone = split(found, module.suppressing.entries)
    suppressed = tuple(Suppressed(finding, entry.suppression.range, entry.suppression.reason) for finding, entry in gone)
    return Outcome(tuple(kept), suppressed, problems)


def _direct(loaded: LoadedRule, module: Module) -> list[Finding]:
    """A rule's findings, less those at a wrapper's call whose inner call is flagged by itself: one cause, one finding."""
    findings = list(loaded.check(module))
    flagged = {(finding.path, finding.range) for finding in findings}
    return [
        finding
        for finding in findings
        if not any(
            (hop.path, hop.range) in flagged and hop.range != finding.range and hop.label.startswith("calls ")
            for hop in finding.retention
        )
    ]
