"""The verdicts on a published file's findings. A module of its own, so that processes can import it."""

from __future__ import annotations

from jsleak.analysis import Loader
from jsleak.analysis.depth import call_deep
from jsleak.analysis.findings import Finding, Severity, Status
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module
from jsleak.engine.confirm import confirm
from jsleak.engine.pool import Pool
from jsleak.workspace.packages import by_extension, loader
from realworld import corpus

Judged = tuple[str, bool, Status, str]
"""A finding's place, whether it is more than an info, and the verdict with its reason."""


def judge(file: str, findings: list[Finding]) -> list[Judged]:
    """The verdicts on a file's findings. Its facts, with nothing left out, take most of the time: they are built once."""
    path = str(corpus.path_of(file))
    load: Loader = loader(path, file, path.removesuffix(file), corpus.LARGEST)
    module = call_deep(build_module, corpus.text_of(file).text, file, by_extension(file), RuleSettings(), load)
    judged: list[Judged] = []
    with Pool(1) as pool:
        for finding in findings:
            verdict = confirm(module, finding, pool.run, pool.engines).verdict
            assert verdict is not None
            place = f"{file}:{finding.range.start.line}:{finding.range.start.column}"
            judged.append((place, finding.severity.rank >= Severity.WARNING.rank, verdict.status, verdict.reason))
    return judged
