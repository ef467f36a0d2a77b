"""Sizes of files, as people write them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*(?P<number>\d{1,15}(\.\d{1,15})?)\s*(?P<unit>[KMG]?)(i?B)?\s*", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def parse_size(text: str) -> int | None:
    """A number of bytes: ``500000``, ``800K``, ``2MiB``. K, M and G count by 1024. None for anything else."""
    match = _SIZE.fullmatch(text)
    return int(float(match["number"]) * _UNITS[match["unit"].lower()]) if match else None
