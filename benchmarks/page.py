"""docs/benchmarks.md, where each benchmark has a place for its table."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks.md"


def put(name: str, table: str) -> None:
    """Put a Markdown table between the comments ``<!-- NAME -->`` and ``<!-- /NAME -->``. Raises LookupError without these."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    page, count = place.subn(lambda match: f"{match[1]}\n{table.strip()}\n\n{match[2]}", PAGE.read_text(encoding="utf-8"))
    if count != 1:
        raise LookupError(f"{PAGE} has {count} places for the table {name}")
    PAGE.write_text(page, encoding="utf-8")
