"""Pages of the docs whose programs are run: what is shown under each command is what it prints."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from snippets import Command, commands

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {page.name: list(commands(page.read_text("utf-8"))) for page in sorted(DOCS.glob("*.md"))}


@pytest.mark.parametrize(
    "command", [pytest.param(command, id=f"{name}: {command.line}") for name, found in PAGES.items() for command in found]
)
def test_what_is_shown_is_what_is_printed(tmp_path: Path, command: Command) -> None:
    if "--engine" in command.line and not shutil.which("node"):
        pytest.skip("needs node")
    printed = command.run(tmp_path)
    assert command.matches(printed), f"run tools/docs_site/snippets.py; it prints\n{printed}"


def test_the_tutorial_has_programs_and_commands() -> None:
    found = PAGES["tutorial.md"]
    assert len(found) >= 15
    assert all(command.shown.strip() for command in found)
    assert set(found[-1].programs) >= {"first.js", "held.js", "boom.js", "cache.js"}


SHOWN = {
    "the same": ("a\nb\n", "a\nb", True),
    "another line": ("a\nb\n", "a\nc", False),
    "a line too few": ("a\n", "a\nb", False),
    "nothing": ("", "a", False),
    "lines left out": ("a\n…\nd\n", "a\nb\nc\nd", True),
    "no line left out": ("a\n…\nd\n", "a\nd", True),
    "lines left out at the end": ("a\n…\n", "a\nb", True),
    "lines left out, and another line": ("a\n…\nd\n", "a\nb\nc", False),
    "another release": ("x on quickjs-ng 0.17.0\n", "x on quickjs-ng 0.18.1", True),
    "another range": ("aborts on: quickjs-ng >=0.6.0,<0.7.0\n", "aborts on: quickjs-ng >=0.6.0,<0.8.0", False),
}


@pytest.mark.parametrize(("shown", "printed", "same"), SHOWN.values(), ids=SHOWN)
def test_comparison(shown: str, printed: str, same: bool) -> None:
    assert Command("jsleak", shown, {}, (0, 0)).matches(printed) is same


def test_a_command_knows_the_programs_above_it() -> None:
    page = (
        '```js title="a.js"\n1\n```\n\n```console\n$ jsleak lint a.js\nshown\n```\n\n```js title="b.js"\n2\n```\n\n```js\n3\n```\n'
    )
    assert [(command.line, command.shown, command.programs) for command in commands(page)] == [
        ("jsleak lint a.js", "shown\n", {"a.js": "1\n"})
    ]
