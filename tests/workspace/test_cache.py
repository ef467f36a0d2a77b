"""The law of the cache: with it, a run comes to exactly what it comes to without."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jsleak import analysis
from jsleak.analysis.findings import ProblemKind, Severity
from jsleak.analysis.rule import RuleSettings, load_rules
from jsleak.workspace import LintResult, Settings, SettingsFiles, examine, lint
from jsleak.workspace.cache import ResultCache, keys
from support import marks

Tree = Callable[[dict[str, str | bytes]], Path]

WEAK = "new WeakRef({})\n"
LENDER = "export const registry = new FinalizationRegistry(() => {});\n"
OTHER_LENDER = "export const registry = new FinalizationRegistry(async () => {});\n"
BORROWER = "import { registry } from './lib.js';\nregistry.register({}, {});\nnew WeakRef({});\n"


@pytest.fixture(autouse=True)
def fake_analysis() -> None:
    """These tests want the real one."""


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, to analyse is to fail."""

    def analyze(*arguments: object, **keywords: object) -> None:
        raise AssertionError("analysed again")

    return lambda: monkeypatch.setattr(analysis, "analyze", analyze)


def run(folder: Path, cache: Path | None, rules: RuleSettings | None = None, *paths: str) -> LintResult:
    """A run with these rules, else by settings files."""
    used = ResultCache(str(cache)) if cache else None
    settings = Settings(rules=rules, jobs=1) if rules else SettingsFiles(Settings(jobs=1))
    result = lint(paths or (".",), settings, folder=str(folder), cache=used)
    assert used is None or used.notes == []
    return result


def again(result: LintResult) -> bool:
    """Whether a poisoned analysis was asked."""
    return any(problem.kind is ProblemKind.INTERNAL_ERROR for problem in result.problems)


def test_cached_is_fresh_for_all_examples(tmp_path: Path, poison: Callable[[], None]) -> None:
    folder = tmp_path / "tree"
    for name, rule in load_rules().items():
        for kind, examples in (("bad", rule.bad), ("good", rule.good)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            for number, text in enumerate(examples.values()):
                (folder / name / f"{kind}{number}.js").write_text(marks.parse(text).text)
    first = run(folder, tmp_path / "cache")
    # Fixes, hops, suppressed findings: there is some of everything to be kept.
    assert first.findings
    assert first.suppressed
    assert len(first.findings) > 100
    assert any(one.fixes for one in first.findings)
    assert any(one.retention for one in first.findings)
    poison()
    assert run(folder, tmp_path / "cache") == first


VERSIONS: dict[str, list[str | None]] = {
    "a.js": [WEAK, BORROWER, "import './sub/lib.js';\n" + WEAK, "// jsleak-ignore-file\n" + WEAK, "new WeakRef({}) <<<"],
    "lib.js": [None, LENDER, OTHER_LENDER, "export * from './deep.js' // FinalizationRegistry\n", "1"],
    "lib/index.js": [None, LENDER],
    "deep.js": [None, LENDER, OTHER_LENDER],
    "borrower.js": [
        None,
        BORROWER.replace("new WeakRef({});", ""),
        "import { registry } from './deep';\nregistry.register({}, {})\n",
    ],
    "jsleak.toml": [
        None,
        'ignore = ["anonymous-weakref-target"]',
        '[per-file-ignores]\n"borrower.js" = ["object-held-value"]',
        '[severity]\nobject-held-value = "error"',
        "max-file-size = 80",
    ],
    "package.json": [None, '{"type": "module"}', '{"type": "commonjs"}'],
}
RULES = [
    None,
    RuleSettings(selected=frozenset({"object-held-value", "async-cleanup"})),
    RuleSettings(severity={"anonymous-weakref-target": Severity.INFO}),
    RuleSettings(options={"throw-after-register": {"any-call": True}}),
    RuleSettings(suppressions=False),
]
CHANGES = st.one_of(
    st.sampled_from([(name, text) for name, texts in VERSIONS.items() for text in texts]),
    st.sampled_from([("", rules) for rules in RULES]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(CHANGES, min_size=1, max_size=8))
def test_cached_is_fresh_whatever_changes(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str | RuleSettings | None]]
) -> None:
    folder, cache = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("cache") / "own"
    (folder / "a.js").write_text(BORROWER)
    rules: RuleSettings | None = None
    for name, value in changes:
        path = folder / name
        if isinstance(value, str):
            path.parent.mkdir(exist_ok=True)
            path.write_text(value)
        elif name:
            path.unlink(missing_ok=True)
        else:
            rules = value
        assert run(folder, cache, rules) == run(folder, None, rules)


def test_another_folder_and_another_name(tmp_path: Path, tree: Tree, poison: Callable[[], None]) -> None:
    folder = tree({"x/a.js": WEAK, "y/a.js": WEAK, "x/b.mjs": WEAK})
    cache = tmp_path / "cache"
    assert {one.path for one in run(folder, cache).findings} == {"x/a.js", "y/a.js", "x/b.mjs"}
    poison()
    assert not again(run(folder, cache, None, "x"))
    assert again(run(folder / "x", cache))  # by another name


def test_what_is_read_is_what_counts(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes between its search and its analysis: its old content is not given the new one's result."""
    folder, cache = tree({"a.js": WEAK}), tmp_path / "cache"
    true_read = examine.bytes_of

    def late(path: str, settings: Settings) -> bytes:
        Path(path).write_text("// WeakRef")
        return true_read(path, settings)

    with monkeypatch.context() as patch:
        patch.setattr(examine, "bytes_of", late)
        assert run(folder, cache).findings == ()
    (folder / "a.js").write_text(WEAK)
    assert len(run(folder, cache).findings) == 1


def test_failures_are_not_kept(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = tree({"a.js": WEAK}), tmp_path / "cache"

    def broken(*arguments: object, **keywords: object) -> None:
        raise MemoryError("today")

    with monkeypatch.context() as patch:
        patch.setattr(analysis, "analyze", broken)
        assert [one.kind for one in run(folder, cache).problems] == [ProblemKind.INTERNAL_ERROR]
    assert len(run(folder, cache).findings) == 1


def test_time_outs_are_not_kept(tree: Tree, tmp_path: Path) -> None:
    folder, cache = tree({"a.js": WEAK}), ResultCache(str(tmp_path / "cache"))
    slow = lint(["."], Settings(jobs=1, time_limit=1e-6), folder=str(folder), cache=cache)
    assert [one.kind for one in slow.problems] == [ProblemKind.INTERNAL_ERROR]
    assert len(run(folder, tmp_path / "cache").findings) == 1


@pytest.mark.parametrize(
    "text", ["new WeakRef({}) <<<", b"WeakRef \xff", "[" * 30_000 + "WeakRef"], ids=["syntax", "bytes", "deep"]
)
def test_problems_of_the_file_are_kept(tree: Tree, tmp_path: Path, poison: Callable[[], None], text: str | bytes) -> None:
    folder, cache = tree({"a.js": text}), tmp_path / "cache"
    first = run(folder, cache)
    assert len(first.problems) == 1
    poison()
    assert run(folder, cache) == first


def test_what_is_done_before_an_interrupt_is_kept(tree: Tree, tmp_path: Path, poison: Callable[[], None]) -> None:
    folder = tree({f"{name}.js": WEAK for name in "abc"})
    cache = ResultCache(str(tmp_path / "cache"))

    def stop(phase: str, done: int, total: int | None) -> None:
        if phase == "analyse" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lint(["."], Settings(jobs=1), folder=str(folder), cache=cache, progress=stop)
    poison()
    result = run(folder, tmp_path / "cache")
    assert (len(result.findings), len(result.problems)) == (2, 1)


def test_with_workers(tree: Tree, tmp_path: Path, poison: Callable[[], None]) -> None:
    folder = tree({"lib.js": LENDER, "a.js": BORROWER, "b.js": BORROWER})
    first = lint(["."], Settings(jobs=2), folder=str(folder), cache=ResultCache(str(tmp_path / "cache")))
    assert first.findings
    assert not first.problems
    poison()
    assert run(folder, tmp_path / "cache") == first


def test_code_of_the_analysis_counts(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, poison: Callable[[], None]
) -> None:
    """Two versions side by side in one cache: each finds its own results."""
    folder, cache = tree({"a.js": WEAK}), tmp_path / "cache"
    run(folder, cache)
    with monkeypatch.context() as patch:
        patch.setattr(keys, "fingerprint", lambda: b"another version")
        run(folder, cache, RuleSettings(selected=frozenset({"async-cleanup"})))
        run(folder, cache)
        poison()
        assert not again(run(folder, cache))
    assert not again(run(folder, cache))
    monkeypatch.setattr(keys, "fingerprint", lambda: b"a third one")
    assert again(run(folder, cache))


def test_fingerprint_is_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "analysis"
    (copy / "rules").mkdir(parents=True)
    rule = copy / "rules" / "a.py"
    rule.write_text("1")
    monkeypatch.setattr(analysis, "__path__", [os.fspath(copy)])
    seen = set()
    for act in (lambda: None, lambda: rule.write_text("2"), lambda: rule.rename(copy / "a.py"), (copy / "a.py").unlink):
        act()
        seen.add(keys.fingerprint.__wrapped__())
    assert len(seen) == 4
    rule.write_text("1")
    os.utime(rule, ns=(1, 1))  # the same version, installed anew
    assert keys.fingerprint.__wrapped__() in seen


SAME = [
    (RuleSettings(selected=frozenset("abcdef")), RuleSettings(selected=frozenset("fedcba"))),
    (RuleSettings(options={"a": {"x": 1, "y": ("p",)}, "b": {}}), RuleSettings(options={"b": {}, "a": {"y": ["p"], "x": 1}})),
]
OTHER = [
    RuleSettings(),
    RuleSettings(selected=frozenset()),
    RuleSettings(selected=frozenset({"a"})),
    RuleSettings(selected=frozenset({"a", "b"})),
    RuleSettings(severity={"a": Severity.INFO}),
    RuleSettings(severity={"a": Severity.ERROR}),
    RuleSettings(options={"a": {"x": 1}}),
    RuleSettings(options={"a": {"x": "1"}}),
    RuleSettings(options={"a": {"x": True}}),
    RuleSettings(options={"a": {"x": ("b", "c")}}),
    RuleSettings(options={"a": {"x": ("c", "b")}}),
    RuleSettings(options={"a": {"x": ("b,c",)}}),
    RuleSettings(suppressions=False),
]


def test_settings_in_keys() -> None:
    assert all(keys.canonical(one) == keys.canonical(other) for one, other in SAME)
    assert len({keys.canonical(one) for one in OTHER}) == len(OTHER)
