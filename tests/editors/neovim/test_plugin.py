"""The plugin by itself: what needs no server, or one that only tells its version and its rules."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support import neovim

CASES = sorted((neovim.TESTS / "plugin_cases").glob("*.lua"))
LUA = sorted([*neovim.PLUGIN.rglob("*.lua"), *neovim.TESTS.rglob("*.lua")])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case: Path, tmp_path: Path) -> None:
    home = neovim.Home(tmp_path / "home")
    home.install()
    project = tmp_path / "project"
    neovim.write(project, {"package.json": "{}", "a.txt": ""})
    neovim.run(case, project, home)


@pytest.mark.parametrize("script", LUA, ids=lambda path: path.name)
def test_parses(script: Path, tmp_path: Path) -> None:
    """Every file, also one that no case reaches."""
    case = tmp_path / "parse.lua"
    case.write_text(f"assert(loadfile([[{script.as_posix()}]]))", encoding="utf-8")
    home = neovim.Home(tmp_path / "home")
    home.install()
    neovim.run(case, tmp_path, home)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for the executable is a shell script")
def test_takes_the_executable_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    environment = project / ".venv/bin"
    neovim.write(project, {"package.json": "{}", ".venv/bin/jsleak": f"#!{sys.executable}\nprint('jsleak, version 9.9.9')\n"})
    (environment / "jsleak").chmod(0o755)
    case = tmp_path / "case.lua"
    case.write_text(
        f"""
        local t, server = require('support'), require('jsleak.server')
        local root = [[{project.as_posix()}]]
        t.equal(server.executable(root), root .. '/.venv/bin/jsleak')
        t.equal(server.executable([[{tmp_path.as_posix()}]]), vim.fn.exepath('jsleak'))
        t.equal(server.program(root), {{ root .. '/.venv/bin/jsleak' }})
        t.equal(server.ask(server.program(root), {{ '--version' }}), 'jsleak, version 9.9.9')
        vim.lsp.config('jsleak', {{ cmd = {{ 'python3', '-m', 'jsleak', 'lsp', '--verbose' }} }})
        t.equal(server.program(root), {{ 'python3', '-m', 'jsleak' }})
        """,
        encoding="utf-8",
    )
    home = neovim.Home(tmp_path / "home")
    home.install()
    neovim.run(case, project, home)


@pytest.mark.skipif(os.name == "nt", reason="PATH without Python's folder")
def test_health_tells_what_is_missing(tmp_path: Path) -> None:
    project = tmp_path / "project"
    neovim.write(project, {"package.json": "{}"})
    case = tmp_path / "case.lua"
    case.write_text(
        """
        local t = require('support')
        vim.lsp.enable('jsleak', false)
        vim.cmd('checkhealth jsleak')
        local report = table.concat(t.text(), '\\n')
        t.contains(report, 'The server is not enabled')
        t.contains(report, 'jsleak is not executable')
        t.contains(report, 'pipx install jsleak')
        t.contains(report, 'node is not on PATH')
        t.contains(report, 'No server runs')
        t.equal(require('jsleak.server').rules(), {})
        """,
        encoding="utf-8",
    )
    home = neovim.Home(tmp_path / "home", path=str(tmp_path))
    home.install()
    neovim.run(case, project, home)
