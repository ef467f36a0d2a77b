"""Puts findings to the test: a baseline, a counterfactual, a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from jsleak.analysis import Loader, SourceType
from jsleak.analysis.depth import call_deep
from jsleak.analysis.findings import Finding, Status, Verdict
from jsleak.analysis.module import Module
from jsleak.analysis.rule import Experiment, NoExperiment, RuleSettings, load_rules
from jsleak.analysis.run import build_module
from jsleak.analysis.syntax.parse import SyntaxProblem

from .change import CHANGES, MODES, Unsuitable
from .experiment import OBSERVATIONS, Log, Seen, mark_subject
from .request import EngineName, Limits, Request
from .snippet.cut import cut
from .snippet.drive import Drive, drive_of
from .snippet.edits import Changes
from .snippet.program import driver, source
from .snippet.sites import Sites
from .trace import Trace
from .verdict import failure, judge

Run = Callable[[Request], Trace]
LIMITS = Limits(seconds=2.0)
BRIEF = 0.7  # seconds for a whole module
SPEED = 500_000  # characters of it that take a further second, on a machine with much else to do


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to make the flagged code run: as the module does it, or called; with the exception made to happen.

    ``cut``: without the statements that the finding does without; ``filled``: what the world outside would have put into variables
    and tables is there. ``seconds`` is how long it may take.
    """

    drive: Drive | None = None
    inject: bool = False
    cut: bool = False
    filled: bool = False
    seconds: float = LIMITS.seconds

    @property
    def steps(self) -> bool:
        """Whether anything is called."""
        return self.drive is not None


def confirm(module: Module, finding: Finding, run: Run, engines: Iterable[EngineName]) -> Finding:
    """The finding with its verdict."""
    return replace(finding, verdict=call_deep(_verdict, module, finding, run, tuple(engines)))


def _verdict(module: Module, finding: Finding, run: Run, there: tuple[EngineName, ...]) -> Verdict:
    experiment = load_rules()[finding.rule].rule.experiment
    if isinstance(experiment, NoExperiment):
        return Verdict(Status.INCONCLUSIVE, "", f"no experiment can show this: {experiment.reason}")
    sites = Sites(module, finding)
    engines = [name for name in experiment.engines if name in there]
    if not engines:
        return Verdict(
            Status.INCONCLUSIVE, "", f"only {' or '.join(experiment.engines)} can show this, and it is not on this machine"
        )
    best: Verdict | None = None
    for engine in engines:
        for attempt in _attempts(sites, experiment):
            if best is not None and best.status is Status.REFUTED and attempt.drive is not None:
                continue  # a program less like the user's can't overrule one that is more like it
            found = _try(sites, experiment, engine, attempt, run)
            if found.status is Status.CONFIRMED:
                return found
            # Of what was inconclusive, the last whole attempt tells most: its calls say where they stopped.
            if best is None or (best.status is Status.INCONCLUSIVE and (found.status is Status.REFUTED or not attempt.cut)):
                best = found
    assert best is not None
    return best


def _attempts(sites: Sites, experiment: Experiment) -> Iterator[Attempt]:
    """The likely ones first; a whole module, which may never end, gets little time while there is another way."""
    drive = drive_of(sites, experiment)
    steps = drive.steps
    brief = BRIEF + len(sites.module.source.text) / SPEED
    whole = Attempt(seconds=min(brief, LIMITS.seconds) if steps else LIMITS.seconds)
    yield whole
    if experiment.inject_throw and not steps:
        yield replace(whole, inject=True)
    if not steps:
        return
    driven = replace(whole, drive=drive)
    for attempt in (driven, replace(driven, filled=True), Attempt(drive, cut=True), Attempt(drive, cut=True, filled=True)):
        yield attempt
        if experiment.inject_throw:
            yield replace(attempt, inject=True)


def _try(sites: Sites, experiment: Experiment, engine: EngineName, attempt: Attempt, run: Run) -> Verdict:
    request = _request(sites, experiment, engine, attempt, changed=False)
    trace = run(request)
    program = request.source.split("\n};\nglobalThis.$jsleakProbe")[0]
    if told := failure(trace):
        return Verdict(Status.INCONCLUSIVE, trace.engine, told, program=program)
    baseline = _seen(experiment, trace)
    if not baseline.ready:
        log = _log(trace)
        stopped = f"the module stopped with {log['error']}" if log["error"] else ""
        called = next((f"calling it stopped with {error}" for error in log["calls"] if error), "")
        baseline = replace(baseline, missing=": ".join(filter(None, (baseline.missing, stopped or called))))
    if not baseline.ready or baseline.count == 0:
        return judge(trace.engine, baseline, None, "", program)
    changed: Seen | None = None
    why = ""
    try:
        after = run(_request(sites, experiment, engine, replace(attempt, inject=False), changed=True))
        why = failure(after)
        changed = None if why else _seen(experiment, after)
    except Unsuitable as unsuitable:
        why = str(unsuitable)
    return judge(trace.engine, baseline, changed, why, program)


def _log(trace: Trace) -> Log:
    assert trace.observed is not None
    log = trace.observed["experiment"]
    assert isinstance(log, dict)
    return log


def _seen(experiment: Experiment, trace: Trace) -> Seen:
    return OBSERVATIONS[experiment.observe][1](_log(trace))


def _request(sites: Sites, experiment: Experiment, engine: EngineName, attempt: Attempt, *, changed: bool) -> Request:
    changes = Changes(sites.module.source.text)
    steps: tuple[str, ...] = ()
    answers: Mapping[str, object] = {}
    if attempt.drive is not None:
        attempt.drive.prepare(changes, filled=attempt.filled)
        steps, answers = attempt.drive.calls(filled=attempt.filled), attempt.drive.settings(filled=attempt.filled)
    if attempt.cut:
        cut(sites, changes)
    mark_subject(sites, changes)
    OBSERVATIONS[experiment.observe][0](sites, changes, attempt.inject)
    mode, prefix = "", ""
    if changed:
        change = experiment.counterfactual
        if change in MODES:
            mode = change
        else:
            made = CHANGES[change](sites, changes)
            prefix = made if isinstance(made, str) else ""
    return Request(
        source=source(sites.module, changes, prefix),
        engine=engine,
        name="experiment.js",
        drive=driver(sites.module, mode, steps, answers),
        limits=replace(LIMITS, seconds=attempt.seconds),
    )


@dataclass(frozen=True, slots=True)
class Text:
    """A file as the experiments need it; ``path`` is what findings call it."""

    path: str
    text: str
    source_type: SourceType | None = None
    load: Loader | None = None


def confirm_all(
    findings: Iterable[Finding], find: Callable[[str], Text | None], settings: RuleSettings, jobs: int = 2
) -> tuple[Finding, ...]:
    """All findings with their verdicts, in their order; ``find`` gives a file's text, or None where it is gone."""
    from concurrent.futures import ThreadPoolExecutor

    from .pool import Pool

    given = list(findings)
    modules: dict[str, Module | str] = {}
    for finding in given:
        if finding.path not in modules:
            modules[finding.path] = _module(find(finding.path), settings)
    with Pool(jobs) as pool, ThreadPoolExecutor(jobs, thread_name_prefix="jsleak-confirm") as threads:
        engines = tuple(pool.engines)

        def one(finding: Finding) -> Finding:
            module = modules[finding.path]
            if isinstance(module, str):
                return replace(finding, verdict=Verdict(Status.INCONCLUSIVE, "", module))
            return confirm(module, finding, pool.run, engines)

        return tuple(threads.map(one, given))


def _module(text: Text | None, settings: RuleSettings) -> Module | str:
    """The facts of a file, or why there are none."""
    if text is None:
        return "the file can't be read any more"
    try:
        return call_deep(build_module, text.text, text.path, text.source_type, settings, text.load)
    except SyntaxProblem as problem:
        return problem.message
    except RecursionError:
        return "the code nests too deep"
