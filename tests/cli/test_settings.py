"""Settings on the command line: flags over files, what is wrong, ``jsleak config``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace.settings.schema import schema_text

Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]
WEAK = "new WeakRef({})\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.js").write_text(WEAK)
    (tmp_path / "src/b.min.js").write_text(WEAK)
    (tmp_path / "jsleak.toml").write_text('exclude = ["*.min.js"]\nmax-file-size = "1K"\n[severity]\nanonymous-target = "off"\n')
    (tmp_path / "other.toml").write_text('exclude = ["a.js"]\n')
    (tmp_path / "wrong.toml").write_text("exclud = []\n")
    return tmp_path


def found(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return [finding["path"] for finding in json.loads(done.stdout)["findings"]]


LINTED: list[tuple[list[str], list[str], int]] = [
    ([], ["src/a.js"], 1),
    (["--isolated"], ["src/a.js", "src/b.min.js"], 1),
    (["--config", "other.toml"], ["src/b.min.js"], 1),
    (["src/b.min.js"], ["src/b.min.js"], 1),
    (["src/b.min.js", "--force-exclude"], [], 0),
    (["--max-file-size", "3"], [], 0),
    (["--config", "wrong.toml"], [], 2),
]


@pytest.mark.parametrize(("arguments", "expected", "status"), LINTED, ids=[" ".join(case[0]) for case in LINTED])
def test_lint(project: Path, jsleak: Jsleak, arguments: list[str], expected: list[str], status: int) -> None:
    done = jsleak("lint", "--format", "json", *arguments)
    assert (found(done), done.returncode) == (expected, status)


WRONG = [
    (["--config", "no.toml"], "File 'no.toml' does not exist"),
    (["--config", "other.toml", "--isolated"], "--config and --isolated exclude each other."),
    (["--severity", "anonymous-target"], "`anonymous-target` is not of the form RULE=LEVEL."),
    (["--severity", "anonymous-target=warn"], "Did you mean `warning`?"),
    (["--severity", "anonymous-targe=error"], "Did you mean `anonymous-target`?"),
    (["--engines", "node >="], "is not a comparison"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_wrong_flags(project: Path, jsleak: Jsleak, arguments: list[str], message: str) -> None:
    done = jsleak("lint", *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())


def test_a_wrong_file_is_quoted(project: Path, jsleak: Jsleak) -> None:
    (project / "src/jsleak.toml").write_text('\nignore = ["anonymous-targe"]\n')
    done = jsleak("lint", "--color", "never")
    assert done.returncode == 2
    assert "src/jsleak.toml\n  2:11 problem[bad-settings]" in done.stdout.decode()
    assert "Did you mean `anonymous-target`?" in done.stdout.decode()
    assert b"Traceback" not in done.stderr


def test_standard_input_has_the_settings_of_its_name(project: Path, jsleak: Jsleak) -> None:
    arguments = ("lint", "-", "--format", "json", "--stdin-filename", "src/b.min.js")
    assert found(jsleak(*arguments, input=WEAK.encode())) == ["src/b.min.js"]
    assert jsleak(*arguments, "--force-exclude", input=WEAK.encode()).returncode == 0
    assert json.loads(jsleak(*arguments, input=WEAK.encode() * 100).stdout)["summary"]["skipped"] == 1


def test_config_tells_where_each_value_comes_from(project: Path, jsleak: Jsleak) -> None:
    done = jsleak("config", "src/a.js", "--ignore", "unchecked-deref")
    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.decode().splitlines()]
    assert lines[0] == "src/a.js: jsleak.toml"
    assert 'exclude = ["*.min.js"] jsleak.toml:1' in lines
    assert "max-file-size = 1024 jsleak.toml:2" in lines
    assert "time-limit = 60.0 default" in lines
    assert "anonymous-target: off jsleak.toml:4" in lines
    assert "unchecked-deref: off --ignore" in lines


def test_config_as_json(project: Path, jsleak: Jsleak) -> None:
    (project / "src/jsleak.toml").write_text('extends = "../jsleak.toml"\nx = 1\n')
    done = jsleak("config", "src/a.js", "--format", "json", "--all")
    told = json.loads(done.stdout)
    assert (done.returncode, told["files"]) == (2, ["jsleak.toml", "src/jsleak.toml"])
    assert told["settings"]["exclude"] == {"value": ["*.min.js"], "from": "jsleak.toml:1"}
    assert told["rules"]["anonymous-target"] == {"severity": "off", "from": "jsleak.toml:4"}
    assert told["rules"]["unchecked-deref"] == {"severity": "warning", "from": "default"}
    assert told["problems"] == [{"path": "src/jsleak.toml", "message": "There is no setting `x`.", "line": 2}]


def test_config_prints_the_schema(jsleak: Jsleak) -> None:
    assert jsleak("config", "--schema").stdout.decode() == schema_text()
