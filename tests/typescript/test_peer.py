"""On every TypeScript file of ten published packages, the text parses and is the same program as others make of it."""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor

import pytest

from typescript import peer

pytestmark = pytest.mark.realworld

LEAST_FILES = 3_000


def results(group: str) -> list[peer.Result]:
    if shutil.which("npm") is None:
        pytest.skip("npm fetches the packages")
    files = peer.files(group)
    with ProcessPoolExecutor(2) as processes:
        found = list(processes.map(peer.compare, files, peer.conversions(files), chunksize=20))
    peer.run_pieces(found)
    return found


def check(found: list[peer.Result]) -> None:
    assert [f"{one.path}: {one.problem}" for one in found if one.problem] == []
    assert [f"{one.path} ({one.how}): {one.difference}" for one in found if one.difference] == []


def test_files_of_ten_packages_are_the_same_programs() -> None:
    found = results("packages")
    assert len(found) >= LEAST_FILES
    assert sum(one.how == "transpiled" for one in found) > 100
    assert sum(bool(one.piece) for one in found) > 100
    check(found)
