"""Many findings at once: what one experiment does to its worker is its own verdict and costs the others nothing."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from pathlib import Path

import pytest

from jsleak.analysis.findings import Finding, Status
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import run
from jsleak.engine.confirm import Text, confirm_all
from jsleak.engine.process import Worker
from jsleak.engine.request import Request

RULE = "held-value-retains-target"
SETTINGS = RuleSettings(selected=frozenset({RULE}))
LEAK = """\
const registry = new FinalizationRegistry((clean) => clean());
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.fd, (() => { %s return this; })());
  }
}
new Handle(3);
"""
REFUTED = """\
const registry = new FinalizationRegistry((held) => held);
class Handle {
  constructor() {
    const held = { owner: this };
    registry.register(this, held);
    Object.assign(held, JSON.parse('{"owner": null}'));
  }
}
new Handle();
"""
# What runs for the registration, as a part of the call, and what the verdict says of it (a pattern).
HOSTILE = {
    "a loop without end": ("for (;;);", "did not end in time"),
    "memory without end": ("for (const all = []; ; ) all.push(new Array(1e6).fill(all.length));", "memory|did not end in time"),
    "a regular expression without end": ("/(a+)+b/.test('a'.repeat(40));", "did not end in time"),
    "microtasks without end": ("const again = () => Promise.resolve().then(again); again();", "did not end in time"),
    "recursion without end": ("const deeper = () => deeper() + 1; deeper();", "register\\(\\) was not reached"),
}


def findings(files: dict[str, str]) -> list[Finding]:
    found = [finding for path, text in files.items() for finding in run(text, filename=path, settings=SETTINGS).findings]
    assert [finding.path for finding in found] == list(files)
    return found


def verdicts(files: dict[str, str]) -> dict[str, tuple[Status, str]]:
    """What is said of the one finding of each file."""
    done = confirm_all(findings(files), lambda path: Text(path, files[path]), SETTINGS)
    return {finding.path: (finding.verdict.status, finding.verdict.reason) for finding in done if finding.verdict is not None}


def around(hostile: str) -> dict[str, str]:
    """A hostile file between others: two that leak, one that doesn't."""
    return {"first.js": LEAK % "", "hostile.js": LEAK % hostile, "refuted.js": REFUTED, "last.js": LEAK % ""}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the workers' folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


EXPECTED = {"first.js": Status.CONFIRMED, "refuted.js": Status.REFUTED, "last.js": Status.CONFIRMED}


def of_the_others(found: dict[str, tuple[Status, str]]) -> dict[str, Status]:
    return {path: status for path, (status, _) in found.items() if path != "hostile.js"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_the_others_nothing(name: str, folder: Path) -> None:
    code, said = HOSTILE[name]
    found = verdicts(around(code))
    assert of_the_others(found) == EXPECTED
    status, reason = found["hostile.js"]
    assert status is Status.INCONCLUSIVE
    assert re.search(said, reason), reason
    assert not list(folder.iterdir())


def test_a_worker_that_is_killed_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The worker of the hostile file is killed by another process when it has its program."""
    send = Worker.send

    def kill(self: Worker, data: bytes, deadline: float) -> None:
        send(self, data, deadline)
        if b"victim" in data:
            os.kill(self.process.pid, signal.SIGKILL)

    monkeypatch.setattr(Worker, "send", kill)
    found = verdicts(around("/* victim */ for (;;);"))
    assert of_the_others(found) == EXPECTED
    assert found["hostile.js"] == (Status.INCONCLUSIVE, "the engine crashed: the engine's process was ended by SIGKILL")
    assert not list(folder.iterdir())


def test_a_worker_that_is_killed_in_the_counterfactual(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen as written stays in the evidence."""
    asked: list[Request] = []
    ask = Worker.ask

    def kill(self: Worker, request: Request) -> dict[str, object]:
        asked.append(request)
        if "() => this.fd" not in request.source:  # the held value, taken out
            os.kill(self.process.pid, signal.SIGKILL)
        return ask(self, request)

    monkeypatch.setattr(Worker, "ask", kill)
    files = {"leak.js": LEAK % ""}
    (done,) = confirm_all(findings(files), lambda path: Text(path, files[path]), SETTINGS)
    assert done.verdict is not None
    assert done.verdict.status is Status.INCONCLUSIVE
    assert done.verdict.reason.startswith("the cause could not be taken out: the engine crashed: ")
    assert [line.partition(": ")[0] for line in done.verdict.evidence] == ["as written", "with the cause removed"]
    assert len(asked) > 1


def test_a_file_that_is_gone_or_broken_since() -> None:
    files = around("")
    texts = {"hostile.js": Text("hostile.js", "let let = 1"), "last.js": None}
    done = confirm_all(findings(files), lambda path: texts.get(path, Text(path, files[path])), SETTINGS)
    told = {finding.path: finding.verdict for finding in done}
    assert [verdict.status.value for verdict in told.values() if verdict] == [
        "confirmed",
        "inconclusive",
        "refuted",
        "inconclusive",
    ]
    assert told["last.js"] is not None
    assert told["last.js"].reason == "the file can't be read any more"
    assert told["hostile.js"] is not None
    assert told["hostile.js"].reason
