"""From what was seen to a verdict. A verdict is causal: the defect is there, and gone when its cause is taken out."""

from __future__ import annotations

from dataclasses import replace

from jsleak.analysis.findings import FixOutcome, FixTrial, Status, Verdict

from .seen import Seen
from .trace import Trace


def failure(trace: Trace) -> str:
    """Why a run told nothing; empty where it told something."""
    if trace.completion == "timeout":
        return f"the program did not end in time: {trace.reason}".rstrip(": ")
    if trace.completion == "out-of-memory":
        return f"the program needed too much memory: {trace.reason}".rstrip(": ")
    if trace.completion == "crash":
        return f"the engine crashed: {trace.reason}".rstrip(": ")
    if trace.completion == "syntax-error":
        return f"the engine does not take this program: {trace.error}"
    if not trace.observed or "experiment" not in trace.observed:
        return "the experiment did not come to its end" + (
            f": {trace.reason or trace.error}" if trace.reason or trace.error else ""
        )
    return ""


def judge(engine: str, baseline: Seen, changed: Seen | None, why_not: str, program: str) -> Verdict:
    """``changed`` is None where the counterfactual could not be run; ``why_not`` says why."""
    evidence = [f"as written: {baseline.text}"]
    if not baseline.ready:
        return Verdict(
            Status.INCONCLUSIVE, engine, baseline.missing or "the flagged code was not reached", tuple(evidence), program
        )
    if baseline.count == 0:
        return Verdict(Status.REFUTED, engine, f"the code ran and {baseline.text}", tuple(evidence), program)
    if changed is None:
        evidence.append(f"with the cause removed: not run ({why_not})")
        return Verdict(Status.INCONCLUSIVE, engine, f"the cause could not be taken out: {why_not}", tuple(evidence), program)
    evidence.append(f"with the cause removed: {changed.text}")
    if changed.count < baseline.count:
        return Verdict(Status.CONFIRMED, engine, f"{baseline.text}; without the cause: {changed.text}", tuple(evidence), program)
    return Verdict(
        Status.INCONCLUSIVE,
        engine,
        "the same is seen with the cause removed, so something else causes it too",
        tuple(evidence),
        program,
    )


def judge_fix(title: str, baseline: Seen, with_fix: Seen | None, why_not: str) -> FixTrial:
    """``with_fix`` is None where the fixed code could not be run as the baseline was; ``why_not`` says why."""
    if with_fix is None or not baseline.ready:
        return FixTrial(title, FixOutcome.UNKNOWN, f"not run ({why_not})")
    if with_fix.count:
        return FixTrial(title, FixOutcome.FAILS, f"still there: {with_fix.text}")
    if not with_fix.ready and not with_fix.near:
        return FixTrial(title, FixOutcome.UNKNOWN, f"nothing could be told ({with_fix.missing or with_fix.text})")
    return FixTrial(title, FixOutcome.WORKS, with_fix.text if with_fix.ready else f"{with_fix.missing}; {with_fix.text}")


def with_trials(verdict: Verdict, trials: tuple[FixTrial, ...]) -> Verdict:
    """The verdict with what was seen of each fix, one line of evidence for each."""
    lines = tuple(f"with the fix “{trial.title}”: {trial.observed}" for trial in trials)
    return replace(verdict, evidence=(*verdict.evidence, *lines), fixes=trials)
