"""Rule pages as files that any client can open, with no network: one folder in the user's cache for each version."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path
from pygls.uris import from_fs_path

from jsleak import __version__
from jsleak.analysis.pages import markdown
from jsleak.analysis.rule import load_rules


def page(rule: str) -> str | None:
    """The page of a rule as Markdown; None where there is no such rule."""
    loaded = load_rules().get(rule)
    return markdown(loaded) if loaded is not None else None


@cache
def page_uri(rule: str) -> str | None:
    """The `file:` URI of a rule's page; None where there is no such rule, or the cache can't be written."""
    text = page(rule)
    if text is None:
        return None
    path = user_cache_path("jsleak", appauthor=False) / "rules" / __version__ / f"{rule}.md"
    try:
        _write(path, text.encode())
    except OSError:
        return None
    uri: str | None = from_fs_path(str(path))
    return uri


def _write(path: Path, data: bytes) -> None:
    """Have a file hold these bytes. Several servers may do so at once, and none ever reads half of one."""
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(made).replace(path)
    except OSError:
        Path(made).unlink(missing_ok=True)
        raise
