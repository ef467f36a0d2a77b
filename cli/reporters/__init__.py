"""How results are reported: a function for each format, loaded when it is asked for.

A format is one module here with a function ``report(report, stream)``; ``FORMATS`` is the only list of them. Where reports go
is ``cli.outputs``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, TextIO

from jsleak.workspace import LintResult

if TYPE_CHECKING:
    from jsleak.workspace.fix import Fixes

FORMATS: Mapping[str, str] = {
    "text": "text",
    "json": "json_format",
    "ndjson": "ndjson",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "markdown": "markdown",
    "html": "html",
}


@dataclass(frozen=True)
class Report:
    """What a reporter is given. ``sources`` holds the bytes of files that are on no disk, by the name they have in reports.

    ``programs``: show what the experiments ran. ``verbose``: name what the summary counts. ``fixes``: what came of fixing, None
    where nothing was to be fixed. ``statistics``: counts by rule in the place of single findings.
    """

    result: LintResult
    colour: str = "auto"
    quiet: bool = False
    sources: Mapping[str, bytes] = field(default_factory=dict)
    size_limit: str = ""
    programs: bool = False
    verbose: bool = False
    fixes: Fixes | None = None
    statistics: bool = False


Reporter = Callable[[Report, TextIO], None]


def reporter(name: str) -> Reporter:
    """The function that writes reports of this format to a stream."""
    function = import_module(f"{__name__}.{FORMATS[name]}").report
    assert callable(function)
    return function  # type: ignore[no-any-return]
