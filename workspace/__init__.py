"""Which files, and what runs the analysis over them.

``lint`` examines files and folders, ``lint_bytes`` one text that is on no disk. Both give a ``LintResult``; neither prints, and
neither raises for anything that a file can hold: what could not be examined is a problem beside the other files' results.
"""

from __future__ import annotations

from .lint import lint, lint_bytes
from .model import DEFAULT_MAX_FILE_SIZE, LintResult, Phase, Progress, Settings
from .settings import Overrides, SettingsFiles

__all__ = [
    "DEFAULT_MAX_FILE_SIZE",
    "LintResult",
    "Overrides",
    "Phase",
    "Progress",
    "Settings",
    "SettingsFiles",
    "lint",
    "lint_bytes",
]
