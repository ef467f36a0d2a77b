"""`jsleak confirm`, `lint --confirm` and the engines a project names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


def test_linting_alone_never_loads_the_engine(file: Path) -> None:
    import subprocess
    import sys

    loaded = "print([m for m in sys.modules if 'engine' in m])"
    code = f"import sys; from jsleak.cli.main import main; main(['lint', 'leak.js', '-q']); {loaded}"
    ran = subprocess.run([sys.executable, "-c", code], cwd=file.parent, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "[]"
