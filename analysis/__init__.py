"""Source text in, findings out: no files, no processes, no protocol, no clock.

``analyze`` examines one file. ``mentions`` tells from its bytes, before anything is decoded, whether that could find anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .findings import Analysis
    from .rule import RuleSettings

SourceType = Literal["module", "script", "commonjs"]
Loader = Callable[[str, str], "tuple[str, str] | None"]
"""Gives the path and text of a module from the path of the module that imports it and the specifier; None where it is not known."""

#: The names without which no rule finds anything.
NAMES = (b"FinalizationRegistry", b"WeakRef")

__all__ = ["NAMES", "Loader", "SourceType", "analyze", "mentions"]


def mentions(data: bytes) -> bool:
    """Whether a file's bytes hold a name that any rule asks about."""
    return any(name in data for name in NAMES)


def analyze(
    text: str,
    *,
    filename: str,
    source_type: SourceType | None = None,
    settings: RuleSettings | None = None,
    load: Loader | None = None,
    outline: bool = False,
) -> Analysis:
    """Findings and problems of one file.

    ``source_type`` is what is known of the file (its extension, its package's ``type``); None lets the text decide: what parses
    as a module is one, else a script or CommonJS. ``load`` gives the path and text of a relative import's module, or None where it
    is not known. ``outline`` asks for what an editor shows of each registration beside the findings.
    Never raises for any text: what cannot be parsed is a problem.
    """
    from .run import run

    return run(text, filename=filename, source_type=source_type, settings=settings, load=load, outline=outline)
