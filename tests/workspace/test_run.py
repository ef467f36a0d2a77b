"""Runs over many files: order, several processes, and what happens when one of them breaks down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace import LintResult, Settings, lint
from jsleak.workspace.examine import Job
from jsleak.workspace.pool import worker_count

WEAK = "new WeakRef({})\n"
Tree = Callable[[dict[str, "str | bytes"]], Path]
Run = Callable[..., LintResult]


def test_the_result_is_the_same_for_any_number_of_processes(tree: Tree, run: Run) -> None:
    tree({f"d{number % 3}/f{number:02}.js": "\n" * number + WEAK * (number % 4) for number in range(30)})
    one = run(jobs=1)
    assert one == run(jobs=2) == run(jobs=5) == run()
    assert [finding.path for finding in one.findings] == sorted(finding.path for finding in one.findings)
    assert one.files == 30


BREAKDOWNS = [
    ("@@raise", "RuntimeError: out of luck"),
    ("@@crash", "ended its process (exit status 7)"),
    ("@@sleep", "took more than 0.5 s"),
]


@pytest.mark.parametrize(("word", "message"), BREAKDOWNS, ids=[case[0] for case in BREAKDOWNS])
@pytest.mark.parametrize("jobs", [2, 4])
def test_a_file_that_breaks_the_analysis_costs_no_other_its_result(
    tree: Tree, run: Run, word: str, message: str, jobs: int
) -> None:
    files = {f"f{number}.js": WEAK for number in range(12)}
    tree({**files, "bad.js": f"{WEAK}// {word}", "worse.js": f"{WEAK}// {word}"})
    result = run(jobs=jobs, time_limit=0.5)
    assert sorted(finding.path for finding in result.findings) == sorted(files)
    assert [(problem.path, problem.kind.value) for problem in result.problems] == [
        ("bad.js", "internal-error"),
        ("worse.js", "internal-error"),
    ]
    assert all(message in problem.message for problem in result.problems)
    assert "Traceback" not in result.problems[0].message
    assert result.failed
    assert (result.files, result.analysed) == (14, 12)


def test_breakdowns_in_this_process(tree: Tree, run: Run) -> None:
    tree({"a.js": WEAK, "raise.js": WEAK + "@@raise", "sleep.js": WEAK + "@@sleep"})
    result = run(jobs=1, time_limit=0.2)
    assert [finding.path for finding in result.findings] == ["a.js"]
    assert [problem.path for problem in result.problems] == ["raise.js", "sleep.js"]
    assert "Traceback" in run(jobs=1, time_limit=0.2, debug=True).problems[0].message


def test_a_worker_killed_from_outside(tree: Tree, run: Run) -> None:
    tree({"a.js": WEAK, "b.js": WEAK, "victim.js": WEAK + "@@sleep"})
    me = os.getpid()
    others = _children(me)  # what earlier tests started and may need again

    def kill(phase: str, done: int, total: int | None) -> None:
        if phase == "analyse" and done == 2:
            for child in set(_children(me)) - set(others):
                os.kill(child, signal.SIGKILL)

    result = lint(("a.js", "b.js", "victim.js"), Settings(jobs=3), folder=str(tree({})), progress=kill)
    assert "victim.js" in {problem.path for problem in result.problems}
    assert "SIGKILL" in result.problems[-1].message
    assert {finding.path for finding in result.findings} >= {"a.js"}


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task/{parent}/children")
    if not tasks.exists():
        pytest.skip("needs /proc")
    return [int(child) for child in tasks.read_text().split()]


def test_no_process_is_left(tree: Tree, run: Run) -> None:
    files: dict[str, str | bytes] = {f"f{number}.js": WEAK for number in range(10)}
    tree({**files, "sleep.js": WEAK + "@@sleep"})
    before = _children(os.getpid())  # the servers that multiprocessing keeps for other tests live as long as this process
    run(jobs=3, time_limit=0.3)
    assert set(_children(os.getpid())) <= set(before)


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"s{number}.js").write_text(WEAK + "@@slow")
    fake = Path(__file__).parent.parent / "cli" / "fake.py"
    with subprocess.Popen([sys.executable, fake, "lint", "--jobs", "2", tmp_path], stdout=subprocess.DEVNULL) as parent:
        deadline = time.monotonic() + 10
        while len(children := _children(parent.pid)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        parent.kill()
    while any(_alive(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("sizes", "wanted", "expected"),
    [
        ([1] * 3, None, 1),
        ([1] * 8, None, 4),
        ([300_000, 1], None, 2),
        ([300_000], None, 1),
        ([1, 1], 9, 2),
        ([1] * 9, 1, 1),
        ([], 3, 1),
    ],
)
def test_worker_count(monkeypatch: pytest.MonkeyPatch, sizes: list[int], wanted: int | None, expected: int) -> None:
    monkeypatch.setattr("jsleak.workspace.pool.processors", lambda: 4)
    assert worker_count([Job("/a.js", "/", size) for size in sizes], wanted) == expected


def test_progress(tree: Tree) -> None:
    folder = tree({f"f{number}.js": WEAK if number < 5 else "" for number in range(600)})
    calls: list[tuple[str, int, int | None]] = []
    lint((".",), Settings(jobs=1), folder=str(folder), progress=lambda *call: calls.append(call))
    assert ("search", 512, None) in calls
    assert calls[-1][0] == "analyse"
    assert calls[-1][2] == 5


def test_a_file_that_vanishes(tree: Tree) -> None:
    folder = tree({"a.js": WEAK, "b.js": WEAK})

    def remove(phase: str, done: int, total: int | None) -> None:
        if phase == "analyse":
            (folder / "b.js").unlink(missing_ok=True)

    result = lint((".",), Settings(jobs=1), folder=str(folder), progress=remove)
    assert [finding.path for finding in result.findings] == ["a.js"]
    assert [(problem.path, problem.kind.value) for problem in result.problems] == [("b.js", "not-found")]
