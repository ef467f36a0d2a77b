"""The files that the user's settings leave out."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=32)
def excluder(folder: str, patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Tells of an absolute path whether patterns in the manner of `.gitignore`, from ``folder``, leave it out."""
    if not patterns:
        return lambda path: False
    # Not at the top: few have such a setting.
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)

    def excluded(path: str) -> bool:
        relative = os.path.relpath(path, folder)
        return not relative.startswith("..") and bool(spec.match_file(relative))

    return excluded
