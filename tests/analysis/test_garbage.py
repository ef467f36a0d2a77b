"""When garbage is searched for: the state before comes back."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from jsleak.analysis.garbage import frozen, uncollected


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """As in a program that has frozen nothing; the tests themselves are frozen (see ``conftest``)."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_uncollected() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled(), "the outer one decides"
    assert gc.isenabled()


def test_frozen() -> None:
    with frozen():
        before = gc.get_freeze_count()
        assert before > 1_000
        with frozen():
            assert gc.get_freeze_count() == before
        assert gc.get_freeze_count() == before, "what somebody else froze stays"
    assert gc.get_freeze_count() == 0


def test_garbage_is_found_where_what_is_old_is_frozen() -> None:
    with frozen():
        circle: list[object] = []
        circle.append(circle)
        del circle
        assert gc.collect() >= 1
