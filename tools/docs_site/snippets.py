"""Pages whose programs are run: each ``js`` block with a title is a file, each ``console`` block a command over the files so far.

``python tools/docs_site/snippets.py docs/tutorial.md`` writes what the commands print under them. A shown line ``…`` stands for any
lines, and which release of an engine has run is not compared.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r'^```(?:js title="(?P<name>[^"]+)"|(?P<console>console))\n(?P<body>.*?)^```$', re.DOTALL | re.MULTILINE)
_VERSION = re.compile(r"(?:(?<=quickjs-ng)|(?<=node)) \d+(?:\.\d+)+")
WIDTH = "110"
GAP = "…"


@dataclass(frozen=True)
class Command:
    """A command of a page with what is shown under it, and the programs that stand above it."""

    line: str
    shown: str
    programs: dict[str, str]
    span: tuple[int, int]

    def run(self, folder: Path) -> str:
        """What the command prints, in a folder with the page's programs."""
        for name, program in self.programs.items():
            (folder / name).write_text(program, encoding="utf-8")
        name, *arguments = shlex.split(self.line)
        if name != "jsleak":
            raise ValueError(f"not a command of ours: {self.line}")
        done = subprocess.run(
            [sys.executable, "-m", "jsleak", *arguments],
            cwd=folder,
            env={**os.environ, "COLUMNS": WIDTH, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return done.stdout.rstrip("\n") + ("\n" + done.stderr if done.stderr else "")

    def matches(self, printed: str) -> bool:
        """Whether what is shown is what was printed, gaps aside."""
        parts = [re.escape(part) for part in f"\n{_VERSION.sub('', self.shown.rstrip())}\n".split(f"\n{GAP}\n")]
        return re.fullmatch(r"\n(?:.*\n)?".join(parts), f"\n{_VERSION.sub('', printed)}\n", re.DOTALL) is not None


def commands(page: str) -> Iterator[Command]:
    """The commands of a page, in order."""
    programs: dict[str, str] = {}
    for match in _BLOCK.finditer(page):
        if match["name"]:
            programs[match["name"]] = match["body"]
            continue
        line, _, shown = match["body"].partition("\n")
        yield Command(line.removeprefix("$ "), shown, dict(programs), match.span("body"))


def main() -> None:
    for name in sys.argv[1:]:
        text = Path(name).read_text("utf-8")
        for command in reversed(list(commands(text))):
            with tempfile.TemporaryDirectory() as folder:
                printed = command.run(Path(folder))
            if not command.matches(printed):
                text = text[: command.span[0]] + f"$ {command.line}\n{printed}\n" + text[command.span[1] :]
        Path(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
