"""Makes docs/lint.svg, the README's picture, out of what ``jsleak lint examples/boom.js`` really prints."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ["jsleak", "lint", "examples/boom.js"]
WIDTH = 120
REMOTE_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # a picture that needs the network is none
BLANK = "&#160;"
CHARACTER = 12.2  # width of one in rich's pictures
INDENTED = re.compile(
    rf'x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" textLength="(?P<length>[\d.]+)"(?P<rest>[^>]*>)(?P<blanks>(?:{BLANK})+)(?=[^<])'
)


def main() -> None:
    environment = {**os.environ, "COLUMNS": str(WIDTH)}
    arguments = [str(Path(sys.executable).with_name(COMMAND[0])), *COMMAND[1:], "--color", "always"]
    done = subprocess.run(
        arguments, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 1:
        raise SystemExit(f"exit status {done.returncode} instead of 1\n{done.stdout}{done.stderr}")
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.assemble(("$ ", "dim"), (" ".join(COMMAND), "bold")))
    console.print(Text.from_ansi(done.stdout.rstrip("\n")))
    svg = console.export_svg(title="jsleak", unique_id="jsleak")
    svg = INDENTED.sub(placed, REMOTE_FONT.sub("", svg))
    (ROOT / "docs/lint.svg").write_text(svg, encoding="utf-8")


def placed(text: re.Match[str]) -> str:
    """A text without the blanks it starts with, which some viewers drop: it starts further to the right."""
    blanks = len(text["blanks"]) // len(BLANK) * CHARACTER
    return f'x="{float(text["x"]) + blanks:g}" y="{text["y"]}" textLength="{float(text["length"]) - blanks:g}"{text["rest"]}'


if __name__ == "__main__":
    main()
