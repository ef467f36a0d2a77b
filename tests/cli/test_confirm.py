"""`jsleak confirm`, `lint --confirm` and the engines a project names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jsleak.analysis.rules import shared_context_retains_target
from jsleak.cli.main import main

LEAK = """\
import { closeSync } from "node:fs";
const registry = new FinalizationRegistry((cleanup) => cleanup());
export class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.close(), this);
  }
  close() {
    registry.unregister(this);
    closeSync(this.fd);
  }
}
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
UNDECIDED = """\
const registry = new FinalizationRegistry((clean) => clean());
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.fd, (function deeper() { return deeper() + 1; })());
  }
}
new Handle(3);
"""
OWNED = """\
class Handle {
  #registry = new FinalizationRegistry((fd) => {});
  constructor(fd) {
    this.#registry.register(this, fd);
  }
}
new Handle(3);
"""
FIXABLE = """\
const names = new Map();
export function rename(ref) {
  return ref.deref().name;
}
const ref = new WeakRef({ name: "a" });
try {
  rename(new WeakRef({ name: "b" }));
} catch {}
"""
NEVER = """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
for (;;) {}
function open(fd) {
  const handle = { fd };
  registry.register(handle, () => handle.fd, handle);
  return handle;
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "leak.js"
    path.write_text(LEAK, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    status = main([*arguments, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def verdicts(report: dict[str, object]) -> dict[str, dict[str, object]]:
    findings = report["findings"]
    assert isinstance(findings, list)
    return {finding["rule"]: finding["verdict"] for finding in findings}


def test_what_nothing_calls_is_driven(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = run(capsys, "confirm", "leak.js", "--select", "held-value-retains-target")
    assert status == 1
    verdict = verdicts(report)["held-value-retains-target"]
    assert verdict["status"] == "confirmed"
    assert verdict["evidence"] == [
        "as written: 1 of 1 target still alive after collection",
        "with the cause removed: 0 of 1 target still alive after collection",
    ]


def test_only_the_findings_of_a_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = run(capsys, "confirm", "leak.js:1")
    assert (status, report["findings"]) == (0, [])
    status, report = run(capsys, "confirm", "leak.js:6", "--show-snippet", "--select", "held-value-retains-target")
    verdict = verdicts(report)["held-value-retains-target"]
    assert status == 1
    assert "class Handle" in str(verdict["program"])


def test_a_program_that_never_ends_is_inconclusive(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(NEVER, encoding="utf-8")
    _, report = run(capsys, "lint", "leak.js", "--confirm", "--select", "held-value-retains-target")
    verdict = verdicts(report)["held-value-retains-target"]
    assert verdict["status"] in ("inconclusive", "confirmed")  # confirmed where the cut leaves the loop out


def test_text_shows_the_evidence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["lint", "leak.js", "--confirm", "--select", "held-value-retains-target"])
    out = capsys.readouterr().out
    assert "confirmed (quickjs-ng" in out
    assert "as written: 1 of 1 target still alive after collection" in out


def test_engines_raise_severities(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report = run(capsys, "lint", "leak.js", "--select", "object-held-value", "--engines", "quickjs-ng >=0.6, node >=18")
    findings = report["findings"]
    assert isinstance(findings, list)
    assert [finding["severity"] for finding in findings] == ["error"]
    assert "quickjs-ng >=0.6.0,<0.7.0" in findings[0]["message"]
    _, report = run(capsys, "lint", "leak.js", "--select", "object-held-value", "--engines", "node >=18")
    findings = report["findings"]
    assert isinstance(findings, list)
    assert [finding["severity"] for finding in findings] == ["info"]


def test_confirm_takes_engines(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report = run(capsys, "confirm", "leak.js", "--select", "object-held-value", "--engines", "quickjs-ng >=0.6, node >=18")
    findings = report["findings"]
    assert isinstance(findings, list)
    assert [(one["severity"], one["verdict"] is None) for one in findings] == [("error", False)]
    assert main(["confirm", "leak.js", "--engines", "node >="]) == 2
    assert "is not a comparison" in capsys.readouterr().err


def test_engines_lower_severities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = next(iter(shared_context_retains_target.BAD.values()))
    (tmp_path / "shared.js").write_text("".join(line for line in program.splitlines(True) if "^" not in line), encoding="utf-8")
    asked = ["lint", str(tmp_path / "shared.js"), "--select", "shared-context-retains-target", "--engines"]
    for engines, severity, said in [
        ("quickjs-ng >=0.7", "info", "No engine that the project names does this: quickjs-ng >=0.7."),
        ("quickjs-ng >=0.7, node >=18", "error", "node >=14.6.0"),
    ]:
        _, report = run(capsys, *asked, engines)
        findings = report["findings"]
        assert isinstance(findings, list)
        assert [finding["severity"] for finding in findings] == [severity]
        assert said in findings[0]["message"]


def test_linting_alone_never_loads_the_engine(file: Path) -> None:
    import subprocess
    import sys

    loaded = "print([m for m in sys.modules if 'engine' in m])"
    code = f"import sys; from jsleak.cli.main import main; main(['lint', 'leak.js', '-q']); {loaded}"
    ran = subprocess.run([sys.executable, "-c", code], cwd=file.parent, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def mixed(file: Path) -> Path:
    """A folder with a finding of each status."""
    (file.parent / "refuted.js").write_text(REFUTED, encoding="utf-8")
    (file.parent / "undecided.js").write_text(UNDECIDED, encoding="utf-8")
    return file.parent


@pytest.mark.parametrize("command", [("lint", "--confirm"), ("confirm",)])
def test_only_confirmed_drops_the_refuted_only(mixed: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    def statuses(*options: str) -> tuple[int, dict[str, object]]:
        status, report = run(capsys, *command, ".", "--select", "held-value-retains-target", *options)
        findings = report["findings"]
        assert isinstance(findings, list)
        return status, {finding["path"]: finding["verdict"]["status"] for finding in findings}

    kept = {"leak.js": "confirmed", "undecided.js": "inconclusive"}
    assert statuses() == (1, {**kept, "refuted.js": "refuted"})
    assert statuses("--only-confirmed") == (1, kept)


def test_nothing_but_refuted(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`lint` reports what is there; `confirm` asks whether it stands."""
    assert run(capsys, "confirm", "refuted.js", "--select", "held-value-retains-target")[0] == 0
    assert run(capsys, "lint", "refuted.js", "--select", "held-value-retains-target", "--confirm")[0] == 1
    assert run(capsys, "lint", "refuted.js", "--select", "held-value-retains-target", "--only-confirmed")[0] == 0


EVIDENCE = [
    "as written: deref() gave undefined 1 time, and TypeError: cannot read property 'name' of undefined was thrown",
    "with the cause removed: deref() gave undefined 0 times, and nothing was thrown",
    "with the fix “Use `?.`”: deref() gave undefined 1 time, and nothing was thrown",
]


def test_a_line_of_evidence_for_each_run(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FIXABLE, encoding="utf-8")
    arguments = ("leak.js", "--select", "unchecked-deref")
    verdict = verdicts(run(capsys, "confirm", *arguments)[1])["unchecked-deref"]
    assert verdict["evidence"] == EVIDENCE
    assert verdict["fixes"] == [{"title": "Use `?.`", "outcome": "works", "observed": EVIDENCE[2].partition("”: ")[2]}]
    main(["confirm", *arguments])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    first = lines.index(EVIDENCE[0])
    assert lines[first - 1].startswith("confirmed (quickjs-ng ")
    assert lines[first : first + 3] == EVIDENCE


def test_no_verdict_without_an_experiment(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report = run(capsys, "lint", "leak.js", "--select", "held-value-retains-target")
    assert verdicts(report) == {"held-value-retains-target": None}


def test_no_engine_can_show_it(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from jsleak.engine import pool

    monkeypatch.setattr(pool, "engine", lambda name: "quickjs-ng 0.17.0" if name == "quickjs" else "")
    file.write_text(OWNED, encoding="utf-8")
    status = main(["confirm", "leak.js", "--select", "registry-owned-by-target"])
    out = capsys.readouterr().out
    assert status == 1
    assert "    inconclusive: only node can show this, and it is not on this machine" in out.splitlines()
