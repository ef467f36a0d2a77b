"""The Python API: the same results as the command line's JSON, errors for wrong calls, and no cost before it is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import jsleak
from jsleak.analysis.pages import markdown
from jsleak.analysis.rule import load_rules

ROOT = Path(__file__).resolve().parents[2]
LEAK = """\
const files = new FinalizationRegistry((close) => close());

export function open(file) {
  files.register(file, () => file.close(), file);
  return file;
}
"""
CACHE = """\
const cache = new Map();
const registry = new FinalizationRegistry((key) => cache.delete(key));

export function remember(key, value) {
  cache.set(key, new WeakRef(value));
  registry.register(value, key);
}
"""
TEXTS = {
    "a leak": ("open.js", LEAK),
    "a fix": ("cache.mjs", CACHE),
    "CommonJS": ("boom.cjs", "let r = new FinalizationRegistry(v => {});\nr.register({}, {});\nreturn;\n"),
    "suppressed": (
        "s.js",
        "const r = new FinalizationRegistry(() => {});\nr.register({}, 1); // jsleak-ignore-line anonymous-target\n",
    ),
    "a syntax error": ("broken.js", "new WeakRef("),
    "a module by its name only": ("a.mjs", "with (x) new WeakRef(y);"),
    "nothing of interest": ("plain.js", "let let = (;"),
    "characters beyond the BMP": ("wide.js", "const r = new FinalizationRegistry(() => {}); '😀'; r.register({}, '😀');\n"),
    "empty": ("empty.js", ""),
}


def command(folder: Path, *arguments: str, text: str = "") -> Mapping[str, Any]:
    """The report of ``jsleak lint --format json``."""
    done = subprocess.run(
        [sys.executable, "-m", "jsleak", "lint", "--format", "json", *arguments],
        cwd=folder,
        input=text.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    report: Mapping[str, Any] = json.loads(done.stdout)
    return report


def as_json(facts: object) -> object:
    """Dataclasses as the report has them: its keys are their fields."""
    return json.loads(json.dumps(facts))


def findings(result: jsleak.Analysis | jsleak.LintResult) -> object:
    found = [asdict(one) for one in result.findings]
    for fix in (fix for one in found for fix in one["fixes"]):
        del fix["reveals"]  # how fixes are applied, which no report tells
    return as_json(found)


def problems(result: jsleak.Analysis | jsleak.LintResult) -> object:
    return as_json([asdict(one) for one in result.problems])


@pytest.mark.parametrize(("filename", "text"), TEXTS.values(), ids=TEXTS)
def test_analyze_is_what_lint_reports_of_standard_input(tmp_path: Path, filename: str, text: str) -> None:
    report = command(tmp_path, "-", "--stdin-filename", filename, text=text)
    result = jsleak.analyze(text, filename=filename)
    assert findings(result) == report["findings"]
    assert problems(result) == report["problems"]
    assert len(result.suppressed) == report["summary"]["suppressed"]


def test_the_texts_have_something_to_compare() -> None:
    results = {name: jsleak.analyze(text, filename=filename) for name, (filename, text) in TEXTS.items()}
    assert {name for name, result in results.items() if result.findings} >= {"a leak", "a fix", "characters beyond the BMP"}
    assert {name for name, result in results.items() if result.problems} == {"a syntax error", "a module by its name only"}
    assert any(finding.fixes for finding in results["a fix"].findings)
    assert results["suppressed"].suppressed


def test_lint_is_what_lint_reports_of_a_folder(tmp_path: Path) -> None:
    for name, text in TEXTS.values():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "ignored").mkdir()
    (tmp_path / "ignored/leak.js").write_text(LEAK, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("ignored/\n", encoding="utf-8")
    arguments = (".", "ignored/leak.js", "missing.js")
    report = command(tmp_path, *arguments)
    result = jsleak.lint(arguments, folder=tmp_path)
    assert findings(result) == report["findings"]
    assert problems(result) == report["problems"]
    assert (result.files, result.analysed) == (report["summary"]["files"], report["summary"]["analysed"])
    assert {one.path for one in result.findings} >= {"open.js", "ignored/leak.js"}
    assert jsleak.ProblemKind.NOT_FOUND in {one.kind for one in result.problems}


def test_rule_settings_are_the_flags(tmp_path: Path) -> None:
    (tmp_path / "open.js").write_text(LEAK, encoding="utf-8")
    chosen = jsleak.RuleSettings(selected=frozenset({"object-held-value"}))
    report = command(tmp_path, "--select", "object-held-value")
    assert findings(jsleak.lint(folder=tmp_path, settings=jsleak.Settings(rules=chosen))) == report["findings"]
    assert findings(jsleak.analyze(LEAK, filename="open.js", rules=chosen)) == report["findings"]
    assert [one["rule"] for one in report["findings"]] == ["object-held-value"]


@pytest.mark.parametrize(
    "paths", ["src", Path("src"), ["src"], (Path("src"),), iter(["src"])], ids=["text", "Path", "list", "tuple", "iterator"]
)
def test_paths_of_all_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: Any) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/open.js").write_text(LEAK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = jsleak.lint(paths)
    assert {one.path for one in result.findings} == {"src/open.js"}


def test_a_folder_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/open.js").write_text(LEAK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert {one.path for one in jsleak.lint("open.js", folder="src").findings} == {"open.js"}


SLIPS = {
    "a rule": (jsleak.RuleSettings(selected=frozenset({"async-clean"})), "no rule 'async-clean'; did you mean 'async-cleanup'"),
    "a severity's rule": (jsleak.RuleSettings(severity={"zzz": jsleak.Severity.INFO}), "no rule 'zzz'$"),
    "an option's rule": (jsleak.RuleSettings(options={"zzz": {}}), "no rule 'zzz'$"),
    "an option": (jsleak.RuleSettings(options={"async-cleanup": {"zzz": 1}}), "'async-cleanup' has no option 'zzz'; it has: none"),
}


@pytest.mark.parametrize(("settings", "message"), SLIPS.values(), ids=SLIPS)
def test_what_does_not_exist_is_an_error(settings: jsleak.RuleSettings, message: str) -> None:
    with pytest.raises(jsleak.UnknownRule, match=message):
        jsleak.analyze("", rules=settings)
    with pytest.raises(jsleak.UnknownRule, match=message):
        jsleak.lint((), settings=jsleak.Settings(rules=settings))
    with pytest.raises(jsleak.UnknownRule, match=message):
        jsleak.confirm(jsleak.analyze(LEAK).findings, rules=settings)


def test_explain_is_the_page() -> None:
    assert set(jsleak.rules()) == set(load_rules())
    for name, loaded in load_rules().items():
        assert jsleak.explain(name) == markdown(loaded)
    with pytest.raises(jsleak.UnknownRule, match="did you mean 'async-cleanup'"):
        jsleak.explain("async")


def test_edits() -> None:
    (finding,) = jsleak.analyze(CACHE).findings
    (fix,) = finding.fixes
    fixed = jsleak.apply_edits(CACHE, fix.edits)
    assert fixed != CACHE
    assert not jsleak.analyze(fixed).findings
    with pytest.raises(jsleak.OverlappingEdits):
        jsleak.apply_edits(CACHE, (*fix.edits, *fix.edits))


def test_confirm_reads_the_file_or_takes_the_text(tmp_path: Path) -> None:
    (tmp_path / "open.js").write_text(LEAK, encoding="utf-8")
    chosen = jsleak.RuleSettings(selected=frozenset({"held-value-retains-target"}))
    found = jsleak.analyze(LEAK, filename="open.js", rules=chosen).findings
    (from_disk,) = jsleak.confirm(found, folder=tmp_path)
    (from_text,) = jsleak.confirm(found, sources={"open.js": LEAK})
    (gone,) = jsleak.confirm(found, folder=tmp_path / "elsewhere")
    assert from_disk.verdict is not None
    assert from_disk.verdict.status is jsleak.Status.CONFIRMED
    assert from_text == from_disk
    assert gone.verdict == jsleak.Verdict(jsleak.Status.INCONCLUSIVE, "", "the file can't be read any more")
    assert jsleak.confirm(()) == ()


def test_all_names_are_there_and_where_they_are_said_to_be() -> None:
    tree = ast.parse((ROOT / "src/jsleak/__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {node.module: tuple(name.name for name in node.names) for node in block.body if isinstance(node, ast.ImportFrom)}
    assert imported == jsleak._MODULES
    assert sorted(jsleak.__all__) == sorted(["__version__", *(name for names in imported.values() for name in names)])
    assert set(jsleak.__all__) <= set(dir(jsleak))
    for name in jsleak.__all__:
        assert getattr(jsleak, name) is not None
    with pytest.raises(AttributeError, match="'jsleak' has no attribute 'analyse'"):
        jsleak.analyse  # type: ignore[attr-defined]  # noqa: B018


HEAVY = ["click", "rich", "esprima", "pygls", "lsprotocol", "quickjs_ng", "multiprocessing", "jsleak.engine", "jsleak.analysis.run"]
CASES = [
    (
        "import jsleak",
        [*HEAVY, "typing", "dataclasses", "importlib.metadata", "re", "jsleak.api", "jsleak.analysis", "jsleak.workspace"],
    ),
    ("import jsleak; jsleak.Severity.ERROR", [*HEAVY, "jsleak.api", "jsleak.workspace"]),
    ("import jsleak; jsleak.analyze('1')", HEAVY),
    ("import jsleak; jsleak.lint(())", HEAVY),
]


@pytest.mark.parametrize(("script", "forbidden"), CASES, ids=[case[0] for case in CASES])
def test_what_is_loaded(script: str, forbidden: list[str]) -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        f"{script}\n"
        f"loaded = (set(sys.modules) - before) & set({forbidden!r})\n"
        "sys.exit(f'loaded {sorted(loaded)}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
