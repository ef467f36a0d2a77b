"""When not to search for garbage: a syntax tree is a million objects that all live as long as the work on them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects that Python itself may have frozen by the time a program starts: 3.12 has some hundreds.
_OF_PYTHON = 1_000


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage, for work whose every object lives until its end."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def frozen() -> Iterator[None]:
    """Searches for garbage, but not among what there is now. Where somebody has frozen objects already, these stay the only ones:
    they could not be told apart afterwards.
    """
    mine = gc.get_freeze_count() < _OF_PYTHON
    if mine:
        gc.freeze()
    try:
        yield
    finally:
        if mine:
            gc.unfreeze()
