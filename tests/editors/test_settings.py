"""Settings for editors that have no plugin of ours: they parse, name what the server knows, and Emacs is tried if it is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jsleak.lsp.settings import parse
from support.kinds import LEAK

EDITORS = Path(__file__).resolve().parents[2] / "editors"

Json = Mapping[str, Any]


def helix(text: str) -> tuple[list[str], Json]:
    """The command line and the settings in a file of an editor."""
    file = tomllib.loads(text)
    server = file["language-server"]["jsleak"]
    assert all("jsleak" in language["language-servers"] for language in file["language"])
    return [server["command"], *server["args"]], server["config"]["jsleak"]


def sublime(text: str) -> tuple[list[str], Json]:
    client = json.loads(text)["clients"]["jsleak"]
    return client["command"], {name.removeprefix("jsleak."): value for name, value in client["settings"].items()}


def kate(text: str) -> tuple[list[str], Json]:
    server = json.loads(text)["servers"]["javascript"]
    return server["command"], server["settings"]["jsleak"]


def zed(text: str) -> tuple[list[str], Json]:
    file = json.loads(text)
    assert "jsleak" in file["languages"]["JavaScript"]["language_servers"]
    server = file["lsp"]["jsleak"]
    return [server["binary"]["path"], *server["binary"]["arguments"]], server["settings"]["jsleak"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("helix/languages.toml", helix),
        ("sublime/LSP.sublime-settings", sublime),
        ("kate/settings.json", kate),
        ("zed/settings.json", zed),
    ],
)
def test_settings(name: str, read: Callable[[str], tuple[list[str], Json]]) -> None:
    command, settings = read((EDITORS / name).read_text(encoding="utf-8"))
    assert command == ["jsleak", "lsp"]
    assert settings["trust"] is False
    assert parse(settings)[1] == ()


@pytest.mark.parametrize("name", sorted(path.parent.name for path in EDITORS.glob("*/README.md")))
def test_is_listed(name: str) -> None:
    assert f"| [{name}]({name}) |" in (EDITORS / "README.md").read_text(encoding="utf-8")


EMACS = """
(package-initialize)
(require 'eglot)
(load (expand-file-name "emacs/jsleak.el" (getenv "EDITORS")))
(setq eglot-sync-connect 60)
(find-file "leak.js")
(setq-local project-find-functions (list (lambda (folder) (cons 'transient default-directory))))
(setq-default eglot-workspace-configuration '(:jsleak (:ignore ["object-held-value"])))
(apply #'eglot (eglot--guess-contact))
(flymake-start)
(let ((limit (+ (float-time) 60)))
  (while (and (< (float-time) limit) (/= 2 (length (flymake-diagnostics))))
    (accept-process-output nil 0.05)))
(dolist (each (flymake-diagnostics))
  (message "found %d:%d %s" (line-number-at-pos (flymake-diagnostic-beg each))
           (save-excursion (goto-char (flymake-diagnostic-beg each)) (current-column)) (flymake-diagnostic-text each)))
(eglot-shutdown (eglot-current-server))
"""


def test_emacs(tmp_path: Path) -> None:
    """eglot shows the findings, without what the settings leave out."""
    emacs = shutil.which("emacs")
    if emacs is None:
        pytest.skip("there is no Emacs: its settings are not tried here")
    probe = [emacs, "--batch", "--eval", "(package-initialize)", "-l", "eglot"]
    if subprocess.run(probe, capture_output=True, check=False, timeout=60).returncode:
        pytest.skip("Emacs has no eglot: its settings are not tried here")
    (tmp_path / "leak.js").write_text(LEAK.replace("\n\n", "\n"), encoding="utf-8")
    (tmp_path / "drive.el").write_text(EMACS, encoding="utf-8")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        [emacs, "--batch", "-l", "drive.el"],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "HOME": str(tmp_path), "EDITORS": str(EDITORS)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    found = [line for line in done.stderr.splitlines() if line.startswith("found ")]
    assert len(found) == 2, done.stderr
    assert all(line.startswith("found 5:4 ") for line in found)
    assert any("keeps `this` alive" in line for line in found)
    assert not any("object-held-value" in line for line in found)
