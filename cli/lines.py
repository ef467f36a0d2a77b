"""Lines for people, with styles where they can be seen. Where they cannot, rich, which takes longer to load than a file to examine,
is not loaded.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, TextIO

from .output import PLAIN_WIDTH, make_console, wants_colour

if TYPE_CHECKING:
    from rich.console import Console

Part = str | tuple[str, str]
"""A piece of a line, alone or with its style as rich names it."""


class Lines(Protocol):
    """What reports for people are written to. ``width`` is in cells."""

    @property
    def width(self) -> int: ...

    def line(self, *parts: Part) -> None:
        """Write one line."""

    def message(self, head: tuple[Part, ...], text: str) -> None:
        """Write a text beside its head, or indented below it on a terminal where it does not fit."""

    def paragraph(self, head: tuple[Part, ...], text: str) -> None:
        """Write a text beside its head; broken into lines only on a terminal, so that a file can be searched."""


def lines_to(stream: TextIO | None, colour: str) -> Lines:
    """Lines on ``stream`` (None: standard output)."""
    stream = stream or sys.stdout
    if stream.isatty() or wants_colour(colour, stream):
        return _Styled(make_console(colour, stream))
    return _Plain(stream)


class _Plain:
    """For files and pipes."""

    width = PLAIN_WIDTH

    def __init__(self, stream: TextIO) -> None:
        if hasattr(stream, "reconfigure"):
            # What the encoding lacks is replaced, never a traceback.
            stream.reconfigure(errors="replace")
        self._stream = stream

    def line(self, *parts: Part) -> None:
        print("".join(part if isinstance(part, str) else part[0] for part in parts), file=self._stream)

    def message(self, head: tuple[Part, ...], text: str) -> None:
        self.line(*head, text)

    def paragraph(self, head: tuple[Part, ...], text: str) -> None:
        self.line(*head, text.rstrip())


class _Styled:
    """For terminals, and where colours are asked for."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @property
    def width(self) -> int:
        return self._console.width

    def line(self, *parts: Part) -> None:
        from rich.text import Text

        self._console.print(Text.assemble(*parts))

    def message(self, head: tuple[Part, ...], text: str) -> None:
        from rich.cells import cell_len
        from rich.text import Text

        if not self._console.is_terminal or Text.assemble(*head).cell_len + cell_len(text) <= self.width:
            self.line(*head, text)
            return
        self.line(*head)
        self.paragraph(("    ",), text)

    def paragraph(self, head: tuple[Part, ...], text: str) -> None:
        from rich.text import Text

        first = Text.assemble(*head)
        body = Text(text)
        room = self.width - first.cell_len
        rows = list(body.wrap(self._console, max(room, 20))) if self._console.is_terminal else [body]
        for index, row in enumerate(rows):
            row.rstrip()
            self._console.print((first if index == 0 else Text(" " * first.cell_len)) + row)
