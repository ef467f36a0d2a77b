"""``python fake.py ARGUMENTS``: the command line over an analysis that flags every ``new WeakRef({})`` and obeys a few words.

The command line's tests ask what is made of findings and problems, not which there are.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

from jsleak import analysis
from jsleak.analysis.findings import Analysis, Finding, Hop, Problem, ProblemKind, Severity
from jsleak.analysis.text import SourceText


def analyze(
    text: str, *, filename: str, source_type: object = None, settings: object = None, load: object = None, outline: bool = False
) -> Analysis:
    """Findings for ``new WeakRef({})``, a syntax error for ``<<<``; ``@@crash`` ends the process, and so on."""
    source = SourceText(text, filename)
    if log := os.environ.get("FAKE_LOG"):
        with Path(log).open("a") as file:
            print(filename, file=file)
    if "@@crash" in text:
        os._exit(7)
    if "@@raise" in text:
        raise RuntimeError("out of luck")
    if "@@sleep" in text:
        if mark := os.environ.get("FAKE_STARTED"):
            Path(mark).touch()
        time.sleep(30)
    if "@@slow" in text:
        time.sleep(0.4)
    if (at := text.find("<<<")) >= 0:
        return Analysis((), (Problem(filename, ProblemKind.SYNTAX_ERROR, "Unexpected token <<", source.range(at, at + 3)),))
    words = {"@@warning": Severity.WARNING, "@@info": Severity.INFO}
    severity = next((severity for word, severity in words.items() if word in text), Severity.ERROR)
    findings = []
    for match in re.finditer(r"new WeakRef\(\{\}\)", text):
        place = source.range(*match.span())
        hops = (Hop("nothing but this call has it", filename, source.range(match.end() - 3, match.end() - 1)),)
        findings.append(Finding("anonymous-weakref-target", severity, filename, place, "Nobody else holds `{}`.", "Name it.", hops))
    return Analysis(tuple(findings), ())


if __name__ == "__main__":
    analysis.analyze = analyze
    from jsleak.cli.main import main

    sys.exit(main())
