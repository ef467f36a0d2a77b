"""Every JavaScript and TypeScript file of many published packages: no traceback, and no run longer than its size allows."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.findings import ProblemKind
from realworld import corpus

pytestmark = [pytest.mark.realworld, pytest.mark.slow]

LARGEST = 1 << 20
SECONDS = 5.0  # whatever the size
SECONDS_PER_MEGABYTE = 60.0

# Most files mention nothing that a rule asks about, and would not be looked at; with this at their end they are.
MENTION = "\n;new FinalizationRegistry(() => {});\n"


def _examine(path: str) -> str | None:
    """What is wrong with the analysis of a file."""
    data = Path(path).read_bytes()
    started = time.process_time()
    try:
        result = analyze(data.decode("utf-8", errors="replace") + MENTION, filename=Path(path).name)
    except Exception as error:
        return f"{path}: {error!r}"
    seconds = time.process_time() - started
    if any(problem.kind is ProblemKind.INTERNAL_ERROR for problem in result.problems):
        return f"{path}: {result.problems}"
    if seconds > SECONDS + SECONDS_PER_MEGABYTE * len(data) / 1e6:
        return f"{path}: {seconds:.1f} s for {len(data):,} bytes"
    return None


def test_every_file_is_survived() -> None:
    paths = [corpus.path_of(file) for file in sorted(set(corpus.sources().values()))]
    files = [str(path) for path in paths if path.stat().st_size <= LARGEST]
    assert len(files) > 1000
    with ProcessPoolExecutor() as pool:
        wrong = [told for told in pool.map(_examine, files, chunksize=20) if told]
    assert not wrong, "\n".join(wrong)
