"""TypeScript: its types are blanked out, and what it adds to the program is written as JavaScript."""

from __future__ import annotations

from .convert import to_javascript

__all__ = ["to_javascript"]
