"""``jsleak run`` as a process: reports and exit statuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Jsleak = Callable[..., "subprocess.CompletedProcess[bytes]"]

BOOM = 'let finrec = new FinalizationRegistry(v => {});\nfinrec.register({}, {});\nthrow "boom";\n'


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name, text in {
        "boom.js": BOOM,
        "fine.js": "const r = new FinalizationRegistry(() => {}); r.register({}, 1); console.log('said');\n",
        "bad.js": "\nlet x = <<< 1\n",
        "long.js": "for (;;);\n",
        "outside.mjs": "import '../elsewhere.js';\n",
        "calls.js": "const kept = [];\nfunction leak() { kept.push({}); }\n",
    }.items():
        (tmp_path / name).write_text(text)


STATUSES: list[tuple[str, int, str]] = [
    ("boom.js", 1, "  2:1 leak[held-value-not-released] the target is gone"),
    ("boom.js", 1, "    2 │ finrec.register({}, {});\n      │ ━━━━━━━━━━━━━━━━━━━━━━━\n    aborts on: quickjs-ng >=0.6.0,<0.7.0"),
    ("boom.js", 1, "  2:1   object  collected  pending"),
    ("fine.js", 0, "Found no leaks in 1 run, 1 registration."),
    ("fine.js", 0, "    said"),
    ("fine.js boom.js", 1, "Found 1 leak in 2 runs, 2 registrations."),
    ("missing.js", 2, "missing.js\n  problem no such file or folder"),
    ("boom.js missing.js", 2, "Found 1 leak"),
    ("outside.mjs", 2, "  1:8 throw Cannot find module '../elsewhere.js' below the script's folder"),
    ("bad.js", 2, "  2:9 syntax-error Unexpected token `<<`"),
    ("long.js --timeout 0.3", 2, "timeout"),
    ("boom.js long.js --timeout 0.3", 2, "Found 1 leak"),
    ("boom.js bad.js", 2, "Found 1 leak"),
    ("calls.js --call leak() --repeat 30", 1, "2:29 leak[objects-grow]"),
    ("calls.js --call 1 --repeat 30", 0, "Found no leaks"),
]


@pytest.mark.parametrize(("arguments", "status", "output"), STATUSES)
def test_statuses(jsleak: Jsleak, arguments: str, status: int, output: str) -> None:
    done = jsleak("run", *arguments.split())
    assert output in done.stdout.decode()
    assert done.stderr == b""
    assert done.returncode == status


USAGE = [
    ("run", "Missing argument"),
    ("run fine.js --repeat 3", "--repeat needs --call"),
    ("run fine.js --call 1+", "is no"),
    ("run fine.js --call 1;2", "is no"),
    ("run fine.js --call 1));(2", "is no"),
    ("run fine.js --engine ie", "is not one of"),
    ("run fine.js --max-memory x", "is not a size"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_usage(jsleak: Jsleak, arguments: str, message: str) -> None:
    done = jsleak(*arguments.split())
    assert message in done.stderr.decode()
    assert done.returncode == 2


def test_json(jsleak: Jsleak) -> None:
    done = jsleak("run", "boom.js", "missing.js", "--format", "json")
    document = json.loads(done.stdout)
    assert document["version"] == 1
    assert document["tool"]["name"] == "jsleak"
    assert document["engine"].startswith("quickjs-ng 0.17")
    (run,) = document["runs"]
    assert (run["path"], run["completion"], run["error"]) == ("boom.js", "throw", "boom")
    (registration,) = run["registrations"]
    expected = {"line": 2, "column": 1, "target": "collected", "held": "object", "callback": "pending", "unregistered": False}
    assert {key: registration[key] for key in expected} == expected
    (leak,) = run["leaks"]
    assert (leak["line"], leak["column"], leak["kind"]) == (2, 1, "held-value-not-released")
    assert leak["engines"] == ["quickjs-ng >=0.6.0,<0.7.0"]
    assert document["problems"] == [{"path": "missing.js", "message": "no such file or folder"}]


def test_weak_references_and_defects(jsleak: Jsleak, tmp_path: Path) -> None:
    (tmp_path / "weak.js").write_text(
        "const r = new FinalizationRegistry(() => {}), t = {};\nr.register(t, 1, t);\n"
        "const w = new WeakRef(t);\nw.deref();\nfor (let i = 0; i < 3; i++) new WeakRef({}).deref();\n"
    )
    lines = jsleak("run", "weak.js").stdout.decode().splitlines()
    assert "  WeakRef  target     derefs" in lines
    assert "  3:11     alive      1" in lines
    assert "  5:29     collected  1       1 gave undefined × 3" in lines
    assert any(
        line.startswith("  engine defect[strong-unregister-token]: this engine holds the unregister token") for line in lines
    )
    document = json.loads(jsleak("run", "weak.js", "--format", "json").stdout)
    (run,) = document["runs"]
    assert run["ran"] is True
    assert run["weakrefs"][0] == {"line": 3, "column": 11, "target": "alive", "derefs": 1, "empty": 0}
    assert [one["target"] for one in run["weakrefs"]] == ["alive", "collected", "collected", "collected"]
    (defect,) = run["defects"]
    assert (defect["id"], defect["engines"], defect["registrations"]) == (
        "strong-unregister-token",
        ["quickjs-ng >=0.17.0,<0.18.0"],
        1,
    )


def test_missing_engine(jsleak: Jsleak, tmp_path: Path) -> None:
    done = jsleak("run", "fine.js", "--engine", "node", PATH=str(tmp_path))
    assert "node was asked for" in done.stdout.decode()
    assert done.returncode == 2


def shape(value: object) -> object:
    """The keys of an object, at every depth."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return shape(value[0]) if isinstance(value, list) and value else None


def test_the_documented_report(jsleak: Jsleak, tmp_path: Path) -> None:
    """docs/json.md shows every key there is."""
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    documented = json.loads(page.partition("## `jsleak run`")[2].partition("```json\n")[2].partition("```")[0])
    (tmp_path / "all.mjs").write_text(
        "import fs from 'node:fs';\nconst r = new FinalizationRegistry(() => {}), kept = [];\n"
        "r.register({}, {}, {});\nnew WeakRef(kept);\nfunction leak() { kept.push({}); }\nthrow 1;\n"
    )
    done = jsleak("run", "all.mjs", "missing.js", "--format", "json", "--call", "leak()", "--repeat", "20")
    found = json.loads(done.stdout)
    assert found["runs"][0]["leaks"], found
    assert shape(found) == shape(documented)
