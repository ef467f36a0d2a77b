"""Published packages: findings that were judged right are confirmed by their experiments, and none that was found is refuted."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import pytest

from jsleak.analysis.findings import Finding, Status
from jsleak.analysis.rule import Experiment, load_rules
from jsleak.engine.pool import engine
from jsleak.workspace.pool import processors
from realworld import corpus
from realworld.judging import Judged, judge

pytestmark = pytest.mark.realworld

#: Errors and warnings that the experiments come to no verdict about.
UNDECIDED: dict[str, str] = {}

#: Findings that the experiments come to no verdict about, for a reason that stands here.
INCONCLUSIVE = {
    "@automerge/automerge-repo/src/DocHandle.ts:772:34": "what makes the Ref is another package's",
    "@automerge/automerge-repo/src/refs/ref.ts:72:5": "the registration keeps its own target alive, another finding there",
    "effect/src/reactivity/AtomHttpApi.ts:254:7": "the registration is in another file",
    "effect/src/reactivity/AtomHttpApi.ts:320:14": "the registration is in another file",
    "effect/src/reactivity/AtomRpc.ts:274:12": "the registration is in another file",
    "mediabunny/src/sample.ts:696:3": "its argument has to be of a class of the browser",
    "mediabunny/src/sample.ts:2670:3": "its argument has to be of a class of the browser",
    "mobx-react-lite/src/utils/UniversalFinalizationRegistry.ts:121:13": "it registers when a promise is fulfilled",
    "rxdb/src/doc-cache.ts:357:21": "it registers when an imported function calls back",
    "rxdb/src/doc-cache.ts:384:21": "it registers when an imported function calls back",
    "rxdb/src/doc-cache.ts:473:21": "it registers when an imported function calls back",
    "napi-wasm/index.js:244:5": "the program keeps the buffer in a table of its own",
    "napi-wasm/index.js:865:7": "the program keeps the function in a table of its own",
    "napi-wasm/index.js:1036:5": "`buf` is declared nowhere",
    "napi-wasm/index.mjs:244:5": "the program keeps the buffer in a table of its own",
    "napi-wasm/index.mjs:865:7": "the program keeps the function in a table of its own",
    "napi-wasm/index.mjs:1036:5": "`buf` is declared nowhere",
    "undici/lib/web/fetch/request.js:444:9": "its argument has to be an instance of the class itself, by a private field",
}


@cache
def all_judged() -> tuple[Judged, ...]:
    """The verdicts on all findings that an experiment can show; the largest files first, on all processors."""
    by_file: dict[str, list[Finding]] = {}
    for item in corpus.findings():
        if isinstance(load_rules()[item.finding.rule].rule.experiment, Experiment):
            by_file.setdefault(item.file, []).append(item.finding)
    files = sorted(by_file, key=lambda file: -len(corpus.text_of(file).text))
    with ProcessPoolExecutor(processors(), multiprocessing.get_context("spawn")) as processes:
        return tuple(one for found in processes.map(judge, files, map(by_file.__getitem__, files)) for one in found)


def judged(severe: bool) -> dict[str, tuple[Status, str]]:
    """The verdicts by place."""
    return {place: (status, reason) for place, is_severe, status, reason in all_judged() if is_severe is severe}


def test_errors_and_warnings_are_confirmed() -> None:
    if not engine("node"):
        pytest.skip("one of them shows on V8 only")
    verdicts = judged(True)
    assert verdicts
    assert {place: told for place, told in verdicts.items() if told[0] is not Status.CONFIRMED and place not in UNDECIDED} == {}
    assert {place for place in UNDECIDED if verdicts[place][0] is not Status.INCONCLUSIVE} == set(), "has a verdict now"


def test_infos_are_confirmed_but_for_known_ones() -> None:
    """Bundles of half a megabyte may run out of time on a machine with much else to do; that is told as such."""
    verdicts = judged(False)
    assert {place: told for place, told in verdicts.items() if told[0] is Status.REFUTED} == {}
    undecided = {place: told[1] for place, told in verdicts.items() if told[0] is Status.INCONCLUSIVE}
    late = {place for place, reason in undecided.items() if reason.startswith("the program did not end in time")}
    assert set(undecided) - late - set(INCONCLUSIVE) == set()
    assert not [place for place in INCONCLUSIVE if place not in undecided], "has a verdict now"
