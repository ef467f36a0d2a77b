"""The file of results: several processes at once, files that are torn, foreign or out of reach, and its size."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from jsleak.workspace import Settings, lint
from jsleak.workspace.cache import ResultCache, store
from jsleak.workspace.cache.store import NAME, Foreign, Store, _ready

Tree = Callable[[dict[str, str | bytes]], Path]
WEAK = "new WeakRef({})\n"
PROCESSES = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def key(number: int) -> bytes:
    return number.to_bytes(20, "big")


def value(number: int, size: int = 1000) -> bytes:
    return number.to_bytes(8, "big") * (size // 8)


def write(folder: str, first: int, rounds: int) -> None:
    """Write and read, as a run does; a wrong value or an error ends the process with a status."""
    own = Store(folder)
    for turn in range(rounds):
        numbers = range(first + turn * 20, first + turn * 20 + 20)
        own.put({key(number): value(number) for number in numbers})
        wanted = [key(number) for number in (*numbers, *range(500))]
        found = own.get(wanted)
        if not {key(number) for number in numbers} <= set(found):
            sys.exit("what was written is not there")
        if any(one != value(int.from_bytes(name, "big")) for name, one in found.items()):
            sys.exit("a value of another key")


def test_several_processes_at_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache")
    processes = [PROCESSES.Process(target=write, args=(folder, first, 10)) for first in (0, 100, 200, 10_000)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    numbers = {*range(400), *range(10_000, 10_200)}
    assert set(Store(folder).get([key(number) for number in numbers])) == {key(number) for number in numbers}


def test_another_process_makes_the_store_meanwhile(tmp_path: Path) -> None:
    folder = str(tmp_path)
    statements: list[str] = []

    def between(statement: str) -> None:
        statements.append(statement)
        if len(statements) == 2:
            Store(folder).put({key(1): value(1)})

    with contextlib.closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.set_trace_callback(between)
        assert _ready(database)
    assert len(statements) == 2


def half_a_write(folder: str, tell: Connection) -> None:
    """Be in the middle of a write that has reached the disk, until killed."""
    with sqlite3.connect(Path(folder, NAME), isolation_level=None) as database:
        database.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE result SET value = zeroblob(1000)")
        tell.send("there")
        signal.pause()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_while_writing(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    Store(str(folder)).put({key(number): value(number) for number in range(300)})
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=half_a_write, args=(str(folder), there))
    process.start()
    assert here.poll(60)
    assert here.recv() == "there"
    process.kill()
    process.join()
    assert (folder / f"{NAME}-journal").exists()  # it was in the middle
    keys = [key(number) for number in range(300)]
    assert Store(str(folder)).get(keys) == {key(number): value(number) for number in range(300)}


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.999])
def test_cut_off(tree: Tree, tmp_path: Path, share: float) -> None:
    folder = tree({f"{number}.js": f"{WEAK}// {number}\n" for number in range(40)})
    cache = ResultCache(str(tmp_path / "cache"))
    first = lint(["."], Settings(jobs=1), folder=str(folder), cache=cache)
    file = tmp_path / "cache" / NAME
    whole = file.stat().st_size
    os.truncate(file, int(whole * share))
    for _ in range(2):
        assert lint(["."], Settings(jobs=1), folder=str(folder), cache=cache) == first
    # It is a cache again.
    later = ResultCache(str(tmp_path / "cache"))
    assert lint(["."], Settings(jobs=1), folder=str(folder), cache=later) == first
    assert later.notes == []
    assert Store(str(tmp_path / "cache")).usage().results == 40


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 5000, b"hello", b"SQLite format 3\0" + b"\xff" * 4096], ids=["empty", "zero", "text", "header"]
)
def test_not_a_database(tree: Tree, tmp_path: Path, content: bytes) -> None:
    folder = tree({"a.js": WEAK})
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / NAME).write_bytes(content)
    for _ in range(2):
        assert len(lint(["."], folder=str(folder), cache=ResultCache(str(cache))).findings) == 1
    assert Store(str(cache)).usage().results == 1


def test_garbage_in_the_middle(tree: Tree, tmp_path: Path) -> None:
    folder = tree({f"{number}.js": f"{WEAK}// {number}\n" for number in range(40)})
    first = lint(["."], Settings(jobs=1), folder=str(folder), cache=ResultCache(str(tmp_path / "cache")))
    file = tmp_path / "cache" / NAME
    whole = file.read_bytes()
    for start in range(100, len(whole), 3000):
        file.write_bytes(whole[:start] + os.urandom(500) + whole[start + 500 :])
        assert lint(["."], Settings(jobs=1), folder=str(folder), cache=ResultCache(str(tmp_path / "cache"))) == first


def test_another_programs_database(tree: Tree, tmp_path: Path) -> None:
    folder, cache = tree({"a.js": WEAK}), tmp_path / "cache"
    cache.mkdir()
    with sqlite3.connect(cache / NAME) as database:
        database.execute("CREATE TABLE result (other TEXT)")
    database.close()
    before = (cache / NAME).read_bytes()
    used = ResultCache(str(cache))
    assert len(lint(["."], folder=str(folder), cache=used).findings) == 1
    assert (cache / NAME).read_bytes() == before
    assert used.notes
    assert all("not a cache of jsleak" in note for note in used.notes)
    with pytest.raises(Foreign):
        Store(str(cache)).usage()


def test_out_of_reach(tree: Tree, tmp_path: Path) -> None:
    folder = tree({"a.js": WEAK, "file": "1"})
    cache = ResultCache(str(tmp_path / "file" / "below"))
    assert len(lint(["."], folder=str(folder), cache=cache).findings) == 1
    assert len(cache.notes) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only(tree: Tree, tmp_path: Path) -> None:
    folder, cache = tree({"a.js": WEAK}), tmp_path / "cache"
    first = lint(["."], folder=str(folder), cache=ResultCache(str(cache)))
    (cache / NAME).chmod(0o400)
    cache.chmod(0o500)
    try:
        used = ResultCache(str(cache))
        assert lint(["."], folder=str(folder), cache=used) == first
        assert used.notes == []
        (folder / "b.js").write_text(WEAK)
        assert len(lint(["."], folder=str(folder), cache=used).findings) == 2
        assert len(used.notes) == 1
    finally:
        cache.chmod(0o700)


def test_locked_by_another(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = tree({"a.js": WEAK}), tmp_path / "cache"
    first = lint(["."], folder=str(folder), cache=ResultCache(str(cache)))
    monkeypatch.setattr(store, "_WAIT", 0.01)
    database = sqlite3.connect(cache / NAME, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    used = ResultCache(str(cache))
    assert lint(["."], folder=str(folder), cache=used) == first
    assert used.notes
    database.close()


def test_size_is_bounded_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 1 << 20
    own = Store(str(tmp_path / "cache"), limit)
    clock = itertools.count(10**9, 10**6)
    monkeypatch.setattr(time, "time", lambda: next(clock))
    for turn in range(40):
        own.put({key(turn * 100 + number): value(number) for number in range(100)})
        assert set(own.get([key(0)])) == {key(0)}  # in use, so it stays
    assert Path(own.path).stat().st_size <= limit
    kept = {number for number in range(4000) if own.get([key(number)])}
    assert len(kept) > 500
    assert kept - {0} == set(range(4000 - len(kept) + 1, 4000))


def test_a_giant_is_not_kept(tmp_path: Path) -> None:
    own = Store(str(tmp_path / "cache"), 1 << 20)
    own.put({key(1): bytes(1 << 19), key(2): b"small"})
    assert own.get([key(1), key(2)]) == {key(2): b"small"}


def test_clean_removes_ours_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    own = Store(str(folder))
    assert own.clean() == 0
    own.put({key(1): b"x"})
    assert {path.name for path in folder.iterdir()} == {NAME, "CACHEDIR.TAG", ".gitignore"}
    (folder / "results-77.sqlite3").write_bytes(b"of a later version")
    (folder / "results.txt").write_text("mine")
    assert own.clean() > 0
    assert {path.name for path in folder.iterdir()} == {"results.txt", "CACHEDIR.TAG", ".gitignore"}
    (folder / "results.txt").unlink()
    own.put({key(1): b"x"})
    own.clean()
    assert not folder.exists()


def test_a_folder_that_was_there_is_left_as_it_was(tmp_path: Path) -> None:
    own = Store(str(tmp_path))
    own.put({key(1): b"x"})
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    own.clean()
    assert tmp_path.exists()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
def test_nobody_else_may_look(tmp_path: Path) -> None:
    Store(str(tmp_path / "a" / "cache")).put({key(1): b"x"})
    assert (tmp_path / "a" / "cache").stat().st_mode & 0o777 == 0o700
