"""How files are named in reports."""

from __future__ import annotations

import os


def display(path: str, folder: str) -> str:
    """An absolute path as reports show it: relative to ``folder`` where it lies below it, with forward slashes."""
    prefix = folder if folder.endswith(os.sep) else folder + os.sep
    shown = path.removeprefix(prefix)
    return shown.replace(os.sep, "/") if os.sep != "/" else shown


def printable(path: str) -> str:
    """The same for an output that must be Unicode: bytes of a name that are not UTF-8 become U+FFFD."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
