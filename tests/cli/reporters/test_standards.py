"""The formats that others have defined: held against their published schemas, and against what each asks beyond its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from cli.reporters.samples import ATTACK, EMPTY, EVIL, FULL, KNOWN, LEAK, POOL, TWIN, made
from jsleak.analysis.rule import load_rules
from jsleak.cli.reporters import Report

SCHEMAS = Path(__file__).parent / "schemas"
SARIF = jsonschema.Draft4Validator(
    json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")), format_checker=jsonschema.FormatChecker()
)
REPORTS = {"full": FULL, "empty": EMPTY, "evil": EVIL}


def sarif_run(report: Report) -> dict[str, Any]:
    log = json.loads(made("sarif", report))
    assert [f"{list(error.path)}: {error.message}" for error in SARIF.iter_errors(log)] == []
    [run] = log["runs"]
    assert isinstance(run, dict)
    return run


def by_line(run: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    return {result["locations"][0]["physicalLocation"]["region"]["startLine"]: result for result in run["results"]}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_sarif_is_valid(report: Report) -> None:
    run = sarif_run(report)
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [result["ruleId"] for result in run["results"]]
    assert len({result["partialFingerprints"]["jsleak/v1"] for result in run["results"]}) == len(run["results"])


def test_the_schema_is_strict() -> None:
    """Otherwise the test above would say nothing."""
    log = json.loads(made("sarif", FULL))
    log["runs"][0]["results"][0]["level"] = "info"
    log["runs"][0]["results"][0]["surplus"] = 1
    assert len(list(SARIF.iter_errors(log))) == 2


def test_sarif_result() -> None:
    run = sarif_run(FULL)
    result = by_line(run)[5]
    assert (result["ruleId"], result["level"]) == ("held-value-retains-target", "error")
    assert result["message"]["text"] == f"{LEAK.message}\n{LEAK.help}"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "src/pool.js", "uriBaseId": "%SRCROOT%"},
        "region": {
            "startLine": 5,
            "startColumn": 5,
            "endLine": 5,
            "endColumn": 48,
            "snippet": {"text": "registry.register(this, () => this.close())"},
        },
    }
    [flow] = result["codeFlows"][0]["threadFlows"]
    steps = [step["location"] for step in flow["locations"]]
    assert [step["message"]["text"] for step in steps] == [hop.label for hop in LEAK.retention]
    assert [step["physicalLocation"]["region"]["startColumn"] for step in steps] == [29, 35, 23]
    assert result["fixes"] == [
        {
            "description": {"text": "Hold `this.fd`"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "src/pool.js", "uriBaseId": "%SRCROOT%"},
                    "replacements": [
                        {
                            "deletedRegion": {"startLine": 5, "startColumn": 29, "endLine": 5, "endColumn": 47},
                            "insertedContent": {"text": "this.fd"},
                        }
                    ],
                }
            ],
            "properties": {"safe": False},
        }
    ]
    verdict = result["properties"]["verdict"]
    assert (verdict["status"], verdict["engine"], verdict["fixes"][0]["outcome"]) == ("confirmed", "quickjs-ng 0.17.0", "works")
    assert "program" not in verdict
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == Path.cwd().as_uri() + "/"


def test_sarif_suppressions() -> None:
    results = by_line(sarif_run(FULL))
    assert {line: [one["kind"] for one in result["suppressions"]] for line, result in results.items()} == {
        5: [],
        6: [],
        12: ["inSource"],
        13: [],
        14: ["external"],
    }
    [comment] = results[12]["suppressions"]
    assert comment["justification"] == "a test needs it"
    assert comment["location"]["physicalLocation"]["region"]["startLine"] == 11


def test_sarif_rules() -> None:
    rules = {rule["id"]: rule for rule in sarif_run(FULL)["tool"]["driver"]["rules"]}
    assert list(rules) == ["anonymous-target", "held-value-retains-target"]
    rule = load_rules()["anonymous-target"].rule
    made_rule = rules["anonymous-target"]
    assert (made_rule["shortDescription"]["text"], made_rule["defaultConfiguration"]["level"]) == (rule.summary, "warning")
    assert "## How to fix it" in made_rule["help"]["markdown"]


def test_sarif_notifications() -> None:
    run = sarif_run(FULL)
    [invocation] = run["invocations"]
    assert not invocation["executionSuccessful"]
    told = [(one.get("descriptor", {}).get("id"), one["level"]) for one in invocation["toolExecutionNotifications"]]
    assert told == [("syntax-error", "error"), ("not-found", "error"), ("analysis-incomplete", "warning"), (None, "note")]
    assert {one["id"] for one in run["tool"]["driver"]["notifications"]} == {kind for kind, _ in told if kind}
    assert sarif_run(EMPTY)["invocations"][0]["executionSuccessful"]


def test_sarif_places_outside_of_the_folder(tmp_path: Path) -> None:
    file = str(tmp_path / "ü b.js")
    report = replace(FULL, result=replace(EMPTY.result, findings=(replace(TWIN, path=file),)))
    artifact = sarif_run(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": Path(file).as_uri()}


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_fingerprints_stay(name: str) -> None:
    """When lines move, when a twin becomes known or is suppressed, and whatever the message says."""

    def prints(report: Report) -> list[str]:
        document = json.loads(made(name, report))
        if name == "gitlab":
            return [issue["fingerprint"] for issue in document]
        shown = [result for result in document["runs"][0]["results"] if not result["suppressions"]]
        return [result["partialFingerprints"]["jsleak/v1"] for result in shown]

    both = replace(FULL, result=replace(EMPTY.result, findings=(TWIN, KNOWN)))
    first, second = prints(both)
    assert first != second
    assert prints(replace(FULL, result=replace(EMPTY.result, findings=(KNOWN,), known=(TWIN,)))) == [second]
    moved = {"src/pool.js": ("\n" * 3 + POOL).encode()}
    down = [
        replace(one, message="Other words.", range=replace(one.range, start=shifted(one.range.start), end=shifted(one.range.end)))
        for one in (TWIN, KNOWN)
    ]
    assert prints(Report(replace(EMPTY.result, findings=tuple(down)), sources=moved)) == [first, second]


def shifted(position: Any) -> Any:
    return replace(position, line=position.line + 3)


def test_gitlab() -> None:
    issues = json.loads(made("gitlab", FULL))
    assert [(issue["check_name"], issue["severity"]) for issue in issues] == [
        ("held-value-retains-target", "major"),
        ("held-value-retains-target", "minor"),
        ("anonymous-target", "info"),
        ("syntax-error", "critical"),
        ("not-found", "critical"),
        ("analysis-incomplete", "info"),
    ]
    assert issues[1]["location"]["path"] == "src/pool.js"
    assert issues[1]["location"]["lines"] == {"begin": 6, "end": 8}
    assert json.loads(made("gitlab", EMPTY)) == []


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_gitlab_has_what_is_required(report: Report) -> None:
    issues = json.loads(made("gitlab", report))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("./")
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_junit_is_valid(report: Report) -> None:
    """But for two attributes that the schema does not have, and that GitLab and pytest's readers know."""
    root = ElementTree.fromstring(made("junit", report).encode())
    for case in root.iter("testcase"):
        case.attrib.pop("file", None)
        case.attrib.pop("line", None)
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(root)


def test_junit() -> None:
    root = ElementTree.fromstring(made("junit", FULL).encode())
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("7", "3", "2")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert {name: case[0].tag for name, case in cases.items()} == {
        "syntax-error:1:4": "error",
        "not-found": "error",
        "analysis-incomplete": "skipped",
        "held-value-retains-target:5:5": "failure",
        "held-value-retains-target:6:5": "failure",
        "anonymous-target:12:1": "skipped",
        "anonymous-target:13:1": "failure",
    }
    leak = cases["held-value-retains-target:5:5"]
    assert (leak.get("classname"), leak.get("file"), leak.get("line")) == ("src/pool.js", "src/pool.js", "5")
    assert "2. src/pool.js:5:35: captures `this`" in str(leak[0].text)
    assert cases["anonymous-target:12:1"][0].get("message") == "suppressed: a test needs it"
    [passed] = ElementTree.fromstring(made("junit", EMPTY).encode()).iter("testcase")
    assert list(passed) == []


def test_github() -> None:
    lines = made("github", FULL).splitlines()
    assert lines[0].startswith(
        "::error file=src/pool.js,line=5,col=5,endLine=5,endColumn=48,title=jsleak (held-value-retains-target)::`registry` keeps"
    )
    assert "%0Ahelp: Pass what `close` needs instead: " in lines[0]
    assert lines[1] == "::warning file=src/pool.js,line=6,endLine=8,title=jsleak (held-value-retains-target)::The same."
    assert lines[2].startswith("::notice file=src/pool.js,line=13,")
    assert lines[4] == "::error file=src/gone.js,title=jsleak (not-found)::no such file or folder"
    assert made("github", EMPTY) == ""


def test_github_commands_hold_what_they_were_given() -> None:
    """As the runner reads them: properties are separated by commas, nothing begins a command of its own."""
    lines = made("github", EVIL).split("\n")
    assert lines.pop() == ""
    assert len(lines) == 2
    for line in lines:
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        assert unescaped(properties["file"]) == EVIL.result.skipped[0].replace("\udcff", "\ufffd")
        assert unescaped(match[3]).startswith(("`" + ATTACK[:20], ATTACK[:20]))


def unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


@pytest.mark.parametrize(
    ("name", "variable"), [("github", "GITHUB_WORKSPACE"), ("gitlab", "CI_PROJECT_DIR"), ("junit", "CI_PROJECT_DIR")]
)
def test_paths_start_from_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, variable: str) -> None:
    """A run in a folder of the project names files as the service knows them."""
    (tmp_path / "packages/a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "packages/a")
    monkeypatch.setenv(variable, str(tmp_path))
    assert "packages/a/src/pool.js" in made(name, FULL)
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert "packages/a" not in made(name, FULL)
