"""The command line as a process, over the analysis of ``fake.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FAKE = Path(__file__).parent / "fake.py"
_COLOUR = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "PYTHONIOENCODING"}


@pytest.fixture
def jsleak(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs ``jsleak`` with these arguments in ``tmp_path``; keywords are the environment and ``input``."""

    def run(*arguments: str | bytes, input: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:  # noqa: A002
        kept = {name: value for name, value in os.environ.items() if name not in _COLOUR}
        return subprocess.run(
            [sys.executable, FAKE, *arguments],
            input=input,
            capture_output=True,
            cwd=tmp_path,
            env={**kept, "PYTHONIOENCODING": "utf-8", **environment},
            timeout=60,
            check=False,
        )

    return run
