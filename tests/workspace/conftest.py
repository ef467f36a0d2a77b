"""The workspace over an analysis of a few lines, so that these tests ask only what the workspace does."""

from __future__ import annotations

import multiprocessing
import os
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak import analysis
from jsleak.workspace import LintResult, Settings, lint, pool

FAKE = Path(__file__).parent.parent / "cli" / "fake.py"
WEAK = "new WeakRef({})\n"

Lint = Callable[..., LintResult]


@pytest.fixture(autouse=True)
def fake_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "analyze", runpy.run_path(str(FAKE))["analyze"])
    # A spawned worker would have the real analysis.
    monkeypatch.setattr(pool, "_context", lambda: multiprocessing.get_context("fork"))


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[dict[str, str | bytes]], Path]:
    """Writes files by name; returns their folder."""

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


@pytest.fixture
def run(tmp_path: Path) -> Lint:
    """``lint`` with ``tmp_path`` as its folder."""

    def call(*paths: str, **settings: object) -> LintResult:
        return lint(paths or (".",), Settings(**settings), folder=os.fspath(tmp_path))  # type: ignore[arg-type]

    return call
