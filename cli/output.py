"""What can be shown where: colour, width, the characters that an encoding has, and text that must not steer the terminal."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = ("auto", "always", "never")
PLAIN_WIDTH = 120
"""Columns for excerpts where there is no terminal to ask."""

# C0 and C1 controls steer a terminal; bidirectional controls make source read as what it is not.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text on one line, with nothing in it that a terminal would obey."""
    return _CONTROLS.sub(lambda match: _NAMED.get(match[0], "\ufffd"), text)


def visible_cells(text: str) -> str:
    """The same, with exactly one character for each."""
    return _CONTROLS.sub("\ufffd", text)


def counted(number: int, noun: str) -> str:
    """A number with its noun, as people write it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def wants_colour(choice: str, stream: TextIO) -> bool:
    """``--color`` first, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if (forced := os.environ.get("FORCE_COLOR")) is not None:
        return forced != "0"
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def can_show(text: str, stream: TextIO) -> bool:
    """Whether the stream's encoding has these characters."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def make_console(colour: str = "auto", stream: TextIO | None = None) -> Console:
    """A console on ``stream`` (default: standard output) that prints text as it is."""
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            # Rich would exit with 1, which here means findings.
            raise BrokenPipeError

    stream = stream or sys.stdout
    if hasattr(stream, "reconfigure"):
        # What the encoding lacks is replaced, never a traceback.
        stream.reconfigure(errors="replace")
    coloured = wants_colour(colour, stream)
    width = None if stream.isatty() else PLAIN_WIDTH
    return PlainConsole(
        file=stream,
        force_terminal=coloured,
        color_system="auto" if coloured and stream.isatty() else "standard" if coloured else None,
        no_color=not coloured,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        width=width,
    )
