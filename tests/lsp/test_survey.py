"""The process that lints a folder in the background keeps its results where the command line looks for them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from jsleak.lsp.survey import FolderAnswer, FolderTask, survey
from jsleak.workspace import Settings, SettingsFiles, lint
from jsleak.workspace.cache import FOLDER_VARIABLE, OFF_VARIABLE, ResultCache
from jsleak.workspace.cache.store import Store


def answer(folder: Path) -> FolderAnswer:
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe(duplex=False)
    process = processes.Process(
        target=survey, args=(there, FolderTask(str(folder), SettingsFiles(Settings(jobs=1), isolated=True)))
    )
    process.start()
    there.close()
    while not isinstance(message := here.recv(), FolderAnswer):
        pass
    process.join()
    return message


def test_results_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OFF_VARIABLE)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.js").write_text("new WeakRef({})\n")
    first = answer(folder)
    assert len(first.findings) == 1
    assert Store(str(tmp_path / "cache")).usage().results == 1
    assert answer(folder) == first
    # What the command line finds there is the same result.
    own = lint(["."], folder=str(folder), cache=ResultCache())
    assert [one.message for one in own.findings] == [one.message for one in first.findings]
