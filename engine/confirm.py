"""Puts findings to the test: a baseline, a counterfactual, a verdict; and each fix, by the same run."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from jsleak.analysis import Loader, SourceType
from jsleak.analysis.depth import call_deep
from jsleak.analysis.findings import Finding, Fix, FixTrial, Status, Verdict
from jsleak.analysis.garbage import frozen, uncollected
from jsleak.analysis.module import Module
from jsleak.analysis.rule import Experiment, NoExperiment, RuleSettings, load_rule
from jsleak.analysis.run import build_module, program_at
from jsleak.analysis.syntax.parse import SyntaxProblem

from .change import CHANGES, MODES, Unsuitable
from .experiment import OBSERVATIONS
from .fixed import Build, Fixed, NotFollowed, fixed, mark_gap, without_call
from .marking import mark_subject
from .pool import Pool
from .request import EngineName, Limits, Request
from .seen import Log, NoPlace, Seen
from .snippet.cut import cut
from .snippet.drive import Drive, drive_of
from .snippet.given import give_registries
from .snippet.program import driver, program_text, source
from .snippet.sites import Sites
from .trace import Trace
from .verdict import failure, judge, judge_fix, with_trials

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


def confirm(module: Module, finding: Finding, run: Run, engines: Container[EngineName], build: Build | None = None) -> Finding:
    """The finding with its verdict; ``build`` makes a module of a fixed text, as the finding's own was made."""

    def alone(text: str) -> Module:
        return build_module(text, module.source.path, None, module.settings, None)

    return replace(finding, verdict=call_deep(_verdict, module, finding, run, engines, build or alone))


def _verdict(module: Module, finding: Finding, run: Run, there: Container[EngineName], build: Build) -> Verdict:
    experiment = load_rule(finding.rule).rule.experiment
    if isinstance(experiment, NoExperiment):
        return Verdict(Status.INCONCLUSIVE, "", f"no experiment can show this: {experiment.reason}")
    sites = Sites(module, finding)
    if sites.elsewhere:
        return Verdict(Status.INCONCLUSIVE, "", "the call that this leads to is in another file")
    best: Verdict | None = None
    most = (False, False, False, False)
    costly: list[Attempt] = []
    for engine in experiment.engines:
        if engine not in there:  # asked only when it is needed, as asking may take time
            continue
        for attempt in _attempts(sites, experiment):
            if any(_costs_as_much(attempt, before) for before in costly):
                continue
            if best is not None and best.status is Status.REFUTED and attempt.drive is not None:
                continue  # a program less like the user's can't overrule one that is more like it
            experimenting = Trials(experiment, engine, attempt, run)
            try:
                baseline = experimenting.observe(sites)
            except NoPlace as unknown:
                return Verdict(Status.INCONCLUSIVE, "", str(unknown))
            found = _judged(experimenting, sites, baseline)
            if found.status is Status.CONFIRMED:
                trials = tuple(_fix_trial(experimenting, module, finding, fix, build, baseline) for fix in finding.fixes)
                return with_trials(found, trials)
            if baseline.completion in ("timeout", "out-of-memory"):
                costly.append(attempt)
            # Of what was inconclusive, the last whole attempt that ended tells most: its calls say where they stopped.
            seen = baseline.seen
            told = (found.status is Status.REFUTED, seen is not None and seen.count > 0, seen is not None, not attempt.cut)
            if best is None or told >= most:
                best, most = found, told
        if best is not None and best.status is Status.REFUTED:
            break  # the next engine is for what the one before could not tell
    if best is None:
        return Verdict(
            Status.INCONCLUSIVE, "", f"only {' or '.join(experiment.engines)} can show this, and it is not on this machine"
        )
    return best


def _costs_as_much(attempt: Attempt, before: Attempt) -> bool:
    """Whether an attempt runs all that another one did which had no end: it would have none either, on any engine."""
    driven = attempt.drive is not None or before.drive is None
    return driven and (before.cut or not attempt.cut)


def _attempts(sites: Sites, experiment: Experiment) -> Iterator[Attempt]:
    """The likely ones first; a whole module, which may never end, gets little time while there is another way."""
    drive = drive_of(sites, experiment)
    steps = drive.steps
    brief = BRIEF + len(sites.module.source.text) / SPEED
    whole = Attempt(seconds=min(brief, LIMITS.seconds) if steps else LIMITS.seconds)
    if drive.by_itself or not steps:
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


@dataclass(frozen=True, slots=True)
class Observed:
    """One run: what was seen, or ``why`` nothing was. ``errors`` are what the module and the calls stopped with."""

    engine: str
    completion: str
    program: str
    seen: Seen | None = None
    why: str = ""
    placed: frozenset[int] = frozenset()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trials:
    """Runs of one experiment on one engine, all driven in the same way."""

    experiment: Experiment
    engine: EngineName
    attempt: Attempt
    run: Run

    def observe(self, sites: Sites, *, changed: bool = False, gap: int | None = None) -> Observed:
        """Run the code, or the counterfactual; watch ``gap``, where a fix took the flagged call away.

        Raises NoPlace where there is nothing to watch, and Unsuitable where the counterfactual can't be made.
        """
        attempt = replace(self.attempt, inject=False, seconds=LIMITS.seconds) if changed else self.attempt
        request, placed = _request(sites, self.experiment, self.engine, attempt, changed, gap)
        trace = self.run(request)
        program = request.source.split("\n};\nglobalThis.$jsleakProbe")[0]
        if told := failure(trace):
            return Observed(trace.engine, trace.completion, program, why=told)
        log = {**_log(trace), "placed": placed}
        observe = self.experiment.observe
        seen = OBSERVATIONS[observe][1](log) if gap is None else without_call(observe, log)
        errors = tuple(error for error in (log["error"], *log["calls"]) if error)
        if not seen.ready:
            stopped = f"the module stopped with {log['error']}" if log["error"] else ""
            called = next((f"calling it stopped with {error}" for error in log["calls"] if error), "")
            seen = replace(seen, missing=": ".join(filter(None, (seen.missing, stopped or called))))
        return Observed(trace.engine, trace.completion, program, seen, "", placed, errors)


def _judged(trials: Trials, sites: Sites, baseline: Observed) -> Verdict:
    if baseline.seen is None:
        return Verdict(Status.INCONCLUSIVE, baseline.engine, baseline.why, program=baseline.program)
    if not baseline.seen.ready or baseline.seen.count == 0:
        return judge(baseline.engine, baseline.seen, None, "", baseline.program)
    try:
        after = trials.observe(sites, changed=True)
    except Unsuitable as unsuitable:
        return judge(baseline.engine, baseline.seen, None, str(unsuitable), baseline.program)
    return judge(baseline.engine, baseline.seen, after.seen, after.why, baseline.program)


def _fix_trial(trials: Trials, module: Module, finding: Finding, fix: Fix, build: Build, baseline: Observed) -> FixTrial:
    """The run that confirmed a finding, with a fix applied."""
    assert baseline.seen is not None
    try:
        code = fixed(module, finding, fix, build)
    except NotFollowed as reason:
        return judge_fix(fix.title, baseline.seen, None, str(reason))
    try:
        after = replace(trials, attempt=_carried(trials.attempt, code)).observe(code.sites, gap=code.gap)
    except NoPlace as unknown:
        return judge_fix(fix.title, baseline.seen, None, str(unknown))
    why = after.why
    if not why and not baseline.placed <= after.placed:
        why = "a place that was watched can't be found in the fixed code"
    if not why and len(after.errors) > len(baseline.errors):
        why = f"it stopped with {after.errors[-1]}, and did not without the fix"
    return judge_fix(fix.title, baseline.seen, None if why else after.seen, why)


def _carried(attempt: Attempt, code: Fixed) -> Attempt:
    """The same calls, in the fixed code, with all the time there is: they came to their end before."""
    attempt = replace(attempt, seconds=LIMITS.seconds)
    drive = attempt.drive
    if drive is None:
        return attempt
    taken = tuple((number, after) for number, node in drive.taken if (after := code.carry(node)) is not None)
    lookups = tuple(after for node in drive.lookups if (after := code.carry(node)) is not None)
    return replace(attempt, drive=replace(drive, sites=code.sites, taken=taken, lookups=lookups))


def _log(trace: Trace) -> Log:
    assert trace.observed is not None
    log = trace.observed["experiment"]
    assert isinstance(log, dict)
    return log


def _request(
    sites: Sites, experiment: Experiment, engine: EngineName, attempt: Attempt, changed: bool, gap: int | None
) -> tuple[Request, frozenset[int]]:
    """What to run, and the marks in it."""
    changes = program_text(sites.module)
    steps: tuple[str, ...] = ()
    answers: Mapping[str, object] = {}
    if attempt.drive is not None:
        attempt.drive.prepare(changes, filled=attempt.filled)
        steps, answers = attempt.drive.calls(filled=attempt.filled), attempt.drive.settings(filled=attempt.filled)
    give_registries(sites, changes)
    if attempt.cut:
        cut(sites, changes)
    mark_subject(sites, changes)
    placed = OBSERVATIONS[experiment.observe][0](sites, changes, attempt.inject)
    if gap is not None:
        mark_gap(changes, gap)
    mode, declared = "", ""
    if changed:
        change = experiment.counterfactual
        if change in MODES:
            mode = change
        else:
            made = CHANGES[change](sites, changes)
            declared = made if isinstance(made, str) else ""
    request = Request(
        source=source(sites.module, changes, declared),
        engine=engine,
        name="experiment.js",
        drive=driver(sites.module, mode, steps, answers),
        limits=replace(LIMITS, seconds=attempt.seconds),
    )
    return request, frozenset(placed)


@dataclass(frozen=True, slots=True)
class Text:
    """A file as the experiments need it; ``path`` is what findings call it. ``settings`` of its own go before those of all."""

    path: str
    text: str
    source_type: SourceType | None = None
    load: Loader | None = None
    settings: RuleSettings | None = None


def confirm_all(
    findings: Iterable[Finding], find: Callable[[str], Text | None], settings: RuleSettings, pool: Pool | None = None
) -> tuple[Finding, ...]:
    """All findings with their verdicts, in their order; ``find`` gives a file's text, or None where it is gone.

    ``pool`` runs the code, and is left open; without one there is one for this call.
    """
    if pool is None:
        with Pool() as own:
            return confirm_all(findings, find, settings, own)
    given = list(findings)
    engines = _Engines()
    pool.warm()  # it starts while the files are read
    with ExitStack() as stack:
        with uncollected():
            programs = _programs(given, find, settings)
            stack.enter_context(frozen())

        def one(finding: Finding, program: _Program) -> Finding:
            if isinstance(program.module, str):
                return replace(finding, verdict=Verdict(Status.INCONCLUSIVE, "", program.module))
            return confirm(program.module, finding, pool.run, engines, program.build)

        if len(given) < 2:
            return tuple(map(one, given, programs))
        # Not at the top: it takes as long to import as the engine to run.
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(pool.size, thread_name_prefix="jsleak-confirm") as threads:
            return tuple(threads.map(one, given, programs))


@dataclass(frozen=True, slots=True)
class _Program:
    """One program of a file: its facts, or why there are none, and what makes those of another text in its place."""

    module: Module | str
    build: Build | None = None


def _programs(findings: Iterable[Finding], find: Callable[[str], Text | None], settings: RuleSettings) -> list[_Program]:
    """The programs that findings are in, each of them made once."""
    texts: dict[str, Text | None] = {}
    made: dict[tuple[str, int], _Program] = {}
    found: list[_Program] = []
    for finding in findings:
        if finding.path not in texts:
            texts[finding.path] = find(finding.path)
        text = texts[finding.path]
        key = finding.path, 0 if text is None else program_at(text.text, text.path, finding.range.start)
        if key not in made and text is None:
            made[key] = _Program("the file can't be read any more")
        elif key not in made and text is not None:
            build = _builder(text, text.settings or settings, key[1])
            made[key] = _Program(_module(build, text.text), build)
        found.append(made[key])
    return found


class _Engines:
    """The engines of this machine, each looked for when it is asked for."""

    def __contains__(self, name: object) -> bool:
        from .pool import engine

        return name in ("quickjs", "node") and bool(engine(name))


def _builder(file: Text, settings: RuleSettings, program: int) -> Build:
    return lambda text: build_module(text, file.path, file.source_type, settings, file.load, program)


def _module(build: Build, text: str) -> Module | str:
    """The facts of a file, or why there are none."""
    try:
        return call_deep(build, text)
    except SyntaxProblem as problem:
        return problem.message
    except RecursionError:
        return "the code nests too deep"
