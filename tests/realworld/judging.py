"""The verdicts on a published file's findings. A module of its own, so that processes can import it."""

from __future__ import annotations

from jsleak.analysis.findings import Finding, Severity, Status
from jsleak.analysis.rule import RuleSettings
from jsleak.engine.confirm import Text, confirm_all
from jsleak.engine.pool import Pool
from jsleak.workspace.packages import by_extension, loader
from realworld import corpus

Judged = tuple[str, bool, Status, str]
"""A finding's place, whether it is more than an info, and the verdict with its reason."""


def judge(file: str, findings: list[Finding]) -> list[Judged]:
    """The verdicts on a file's findings."""
    path = str(corpus.path_of(file))
    load = loader(path, file, path.removesuffix(file), corpus.LARGEST)
    text = Text(file, corpus.text_of(file).text, by_extension(file), load)
    with Pool(1) as pool:
        tested = confirm_all(findings, lambda _: text, RuleSettings(), pool)
    judged: list[Judged] = []
    for finding in tested:
        assert finding.verdict is not None
        place = f"{file}:{finding.range.start.line}:{finding.range.start.column}"
        judged.append((place, finding.severity.rank >= Severity.WARNING.rank, finding.verdict.status, finding.verdict.reason))
    return judged
