"""Node, where it is on PATH: V8 with `--expose-gc`, locked in by node's permission model and the same limits as the bundled engine."""

from __future__ import annotations

from .process import Worker


def version() -> str:
    """The version of `node` on PATH, or nothing."""
    return ""


def start() -> Worker:
    """Start a node worker."""
    raise NotImplementedError
