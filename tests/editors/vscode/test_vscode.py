"""The extension in a real VS Code: what a user sees and does, from the squiggle to the fix.

One drive carries out all steps (``drive.mjs``); each test asks about one. Screenshots are left in JSLEAK_SHOTS, or in a temporary
folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import vscode
from support.kinds import KINDS, SAMPLES
from support.neovim import write

pytestmark = pytest.mark.editors

#: What VS Code calls each kind of file. Markdown is the first: the settings file starts the extension there.
LANGUAGES = {
    "leak.md": "Markdown",
    "leak.js": "JavaScript",
    "leak.mjs": "JavaScript",
    "leak.cjs": "JavaScript",
    "leak.jsx": "JavaScript JSX",
    "leak.ts": "TypeScript",
    "leak.mts": "TypeScript",
    "leak.cts": "TypeScript",
    "leak.tsx": "TypeScript JSX",
    "leak.html": "HTML",
    "page.htm": "HTML",
    "leak.vue": "Vue",
    "leak.svelte": "Svelte",
    "leak.astro": "Astro",
}
FIXES = {"handle.ts": "Capture `fd` instead of `this`", "figure.vue": "Capture `handle` instead of `this`"}
PATIENCE = 60_000  # milliseconds that one thing may take to show


@dataclass(frozen=True)
class Drive:
    """What was seen at each step that was reached."""

    steps: dict[str, dict[str, object]]
    output: str

    def seen(self, step: str) -> object:
        assert step in self.steps, f"not reached\n{self.output}"
        assert self.steps[step]["ok"], f"{self.steps[step]['seen']}\n{self.output}"
        return self.steps[step]["seen"]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> vscode.Installation:
    return vscode.installation_for(tmp_path_factory.mktemp)


@pytest.fixture(scope="module")
def profile(installation: vscode.Installation, tmp_path_factory: pytest.TempPathFactory) -> vscode.Profile:
    made = vscode.Profile(installation, tmp_path_factory.mktemp("profile"))
    made.prepare(installation.vsix)
    return made


@pytest.fixture(scope="module")
def server(profile: vscode.Profile) -> Iterator[str]:
    """VS Code that trusts whatever it opens, without jsleak on its PATH."""
    with profile.serving("--disable-workspace-trust") as address:
        yield address


@pytest.fixture(scope="module")
def drive(profile: vscode.Profile, server: str, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    project = make_project(tmp_path_factory.mktemp("trusted"))
    vscode.make_environment(project / ".venv")
    return carry_out("trusted", profile, server, project)


def make_project(folder: Path) -> Path:
    return Path(shutil.copytree(vscode.TESTS / "project", folder / "handles"))


def carry_out(scenario: str, profile: vscode.Profile, address: str, project: Path, **more: object) -> Drive:
    work = project.parent
    shots = Path(os.environ.get("JSLEAK_SHOTS") or work / "shots").resolve() / scenario
    shots.mkdir(parents=True, exist_ok=True)
    report = shots / "report.json"
    report.unlink(missing_ok=True)
    options = {
        "address": address,
        "folder": str(project),
        "out": str(shots),
        "chromium": vscode.chromium(),
        "playwright": str(profile.installation.playwright),
        "scenario": scenario,
        "patience": PATIENCE,
        **more,
    }
    (work / "options.json").write_text(json.dumps(options), encoding="utf-8")
    command = [str(profile.installation.node), str(vscode.TESTS / "drive.mjs"), str(work / "options.json")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)
    steps = json.loads(report.read_text(encoding="utf-8")) if report.exists() else []
    output = f"{done.stdout}{done.stderr}\nscreenshots: {shots}\n{profile.logs()}"
    return Drive({step["step"]: step for step in steps}, output)


def test_squiggle(drive: Drive) -> None:
    drive.seen("squiggle")
    assert "(.venv of handles)" in drive.output


def test_problems_name_the_rule(drive: Drive) -> None:
    rows = drive.seen("problems")
    assert isinstance(rows, list)
    assert any("keeps `this` alive" in row and "held-value-retains-target" in row for row in rows), rows
    assert [any(hop in row for row in rows) for hop in ("1. held value", "2. captures `this`", "3. is the target")] == [True] * 3, (
        rows
    )


def test_hover(drive: Drive) -> None:
    text = str(drive.seen("hover"))
    assert "keeps" in text
    assert "held-value-retains-target" in text


@pytest.mark.parametrize("step", ["picture", "picture by the palette"])
def test_picture(drive: Drive, step: str) -> None:
    assert drive.seen(step) == ["the registry `registry`", "arrow function", "the target `this`"]


def test_nodes_lead_to_the_source(drive: Drive) -> None:
    drive.seen("click on a node")


def test_lens_confirms(drive: Drive) -> None:
    assert "confirmed" in str(drive.seen("lens and verdict")).lower()
    assert "Confirmed on quickjs-ng" in str(drive.seen("verdict in the problems"))


@pytest.mark.parametrize("step", ["restart", "confirm the file by the palette", "explain"])
def test_command(drive: Drive, step: str) -> None:
    drive.seen(step)


def test_quick_fix(drive: Drive) -> None:
    before = (vscode.TESTS / "project/handle.js").read_text(encoding="utf-8")
    assert drive.seen("quick fix") == before.replace("closeFile(this.fd)", "closeFile(fd)")


@pytest.fixture(scope="module")
def languages(profile: vscode.Profile, server: str, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    project = tmp_path_factory.mktemp("languages") / "project"
    write(project, {**KINDS, **SAMPLES, ".vscode/settings.json": '{"jsleak.background": false}'})
    vscode.make_environment(project / ".venv")
    return carry_out("languages", profile, server, project, kinds=list(LANGUAGES), fixes=FIXES)


@pytest.mark.parametrize("name", LANGUAGES)
def test_kind_of_file_has_the_server(languages: Drive, name: str) -> None:
    assert languages.seen(name) == LANGUAGES[name]


def test_kinds_are_all() -> None:
    assert set(LANGUAGES) == set(KINDS) - {"package.json", "jsleak.toml"}


@pytest.mark.parametrize("name", FIXES)
def test_sample_shows_its_place(languages: Drive, name: str) -> None:
    line, before, finding = place(SAMPLES[name])
    seen = languages.seen(f"problem in {name}")
    assert isinstance(seen, list)
    assert f"[Ln {line}, Col {units(before) + 1}]" in seen[0]
    assert f"({units(finding)} selected)" in seen[1]
    assert "(): void =>" in str(languages.seen(f"hover in {name}"))


@pytest.mark.parametrize("name", FIXES)
def test_sample_is_fixed(languages: Drive, name: str) -> None:
    held = FIXES[name].split("`")[1]
    assert languages.seen(f"fix in {name}") == SAMPLES[name].replace(f"(this.{held})", f"({held})")


def place(text: str) -> tuple[int, str, str]:
    """Where a sample registers: the line, what stands in front, the call."""
    match = re.search(r"^(.*)(registry\.register\(.*this\))", text, re.MULTILINE)
    assert match is not None
    return text.count("\n", 0, match.start()) + 1, match[1], match[2]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_says_what_is_missing(profile: vscode.Profile, server: str, tmp_path: Path) -> None:
    drive = carry_out("missing", profile, server, make_project(tmp_path))
    assert drive.seen("told what is missing") == ["Install", "Set Path", "Show Output"]
    drive.seen("path")


def test_nothing_of_an_untrusted_folder_is_started(profile: vscode.Profile, tmp_path: Path) -> None:
    project = make_project(tmp_path)
    vscode.make_program(project / ".venv/bin/python", f"touch '{project}/trap'; exit 1")
    vscode.make_program(tmp_path / "programs/jsleak", f"exec '{sys.executable}' -P -m jsleak \"$@\"")
    with profile.serving(programs=tmp_path / "programs") as address:
        drive = carry_out("untrusted", profile, address, project)
    assert drive.seen("findings without trust") == {"confirm": 0, "trap": False}
    assert drive.seen("trust") == {"trap": True}
