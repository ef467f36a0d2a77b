"""Bytes by key in one SQLite file, which several processes may use at once; of bounded size, the longest unused go first.

SQLite, because its file survives a process that dies in the middle of a write, readers never see half of one, and a run asks for
its thousand results in two statements. A rollback journal and not a write-ahead log: that one needs shared memory, which a home
folder on a network has not. Nothing stays open between two calls, so that a worker that is forked meanwhile holds no lock, and so
that a file that somebody removes is not written to for ever.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LIMIT = 256 << 20
"""Bytes, more or less, that the file may take. A result takes 0.5 to 5 KB."""

NAME = "results-1.sqlite3"
"""The number is that of the layout: a version with another one leaves this file alone."""

_OURS = re.compile(r"results-\d+\.sqlite3(-journal|-wal|-shm)?")
_APPLICATION = 0x6A736C6B  # "jslk"
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS result (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL);
PRAGMA application_id = {_APPLICATION};
COMMIT;
"""
_WAIT = 5.0  # seconds for another process's write to end
_DAY = 24 * 60 * 60
_LARGEST_SHARE = 16
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TAG = """Signature: 8a477f597d28d172789f06886806bc55
# A cache of jsleak. `jsleak cache clean` empties it.
"""
_EXTRAS = {"CACHEDIR.TAG": _TAG, ".gitignore": "*\n"}


class Foreign(Exception):
    """A file of the cache's name that some other program has made."""


FAILURES = (sqlite3.Error, OSError, Foreign)
"""What a store raises when it cannot do its work."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How many results there are, and the bytes that they take on disk."""

    results: int
    size: int


class Store:
    """The store in a folder, which need not exist."""

    def __init__(self, folder: str, limit: int = LIMIT) -> None:
        self._folder = folder
        self._limit = limit
        self.path = os.path.join(folder, NAME)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that have one; at most 999 keys."""
        if not os.path.lexists(self.path):
            return {}
        with self._open() as database:
            if not _ready(database):
                return {}
            holes = ",".join("?" * len(keys))
            rows = database.execute(f"SELECT key, value, used FROM result WHERE key IN ({holes})", keys).fetchall()
            now = int(time.time())
            # Noted once a day: a write for each look would make readers wait for each other.
            stale = [(now, key) for key, _, used in rows if now - used > _DAY]
            if stale:
                # A file that may be read but not written is of use all the same.
                with contextlib.suppress(sqlite3.OperationalError), database:
                    database.execute("BEGIN IMMEDIATE")
                    database.executemany("UPDATE result SET used = ? WHERE key = ?", stale)
            return {key: value for key, value, _ in rows}

    def put(self, rows: Mapping[bytes, bytes]) -> None:
        """Keep these values, all or none of them; make room where there are too many."""
        largest = self._limit // _LARGEST_SHARE
        now = int(time.time())
        self._make_folder()
        with self._open() as database:
            if not _ready(database):
                database.execute("PRAGMA auto_vacuum = INCREMENTAL")
                database.executescript(_SCHEMA)
            with database:
                database.execute("BEGIN IMMEDIATE")
                database.executemany(
                    "INSERT OR REPLACE INTO result VALUES (?, ?, ?)",
                    [(key, value, now) for key, value in rows.items() if len(value) <= largest],
                )
                shrunk = _make_room(database, self._limit)
            if shrunk:
                # It is done page by page, and `execute` stops after the first.
                database.executescript("PRAGMA incremental_vacuum")

    def usage(self) -> Usage:
        """What is in it."""
        size = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            size = sum(entry.stat().st_size for entry in entries if _OURS.fullmatch(entry.name))
        if not os.path.lexists(self.path):
            return Usage(0, size)
        with self._open() as database:
            count = database.execute("SELECT count(*) FROM result").fetchone()[0] if _ready(database) else 0
        return Usage(count, size)

    def clean(self) -> int:
        """Remove all that is ours, of any version; the bytes that this frees."""
        freed = 0
        try:
            with os.scandir(self._folder) as entries:
                ours = [entry for entry in entries if _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
        except FileNotFoundError:
            return 0
        for entry in ours:
            with contextlib.suppress(FileNotFoundError):
                freed += entry.stat(follow_symlinks=False).st_size
                os.unlink(entry.path)
        self._remove_folder()
        return freed

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
        try:
            database.execute("PRAGMA trusted_schema = OFF")
            yield database
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN:
                database.close()
                self._discard()
            raise
        finally:
            database.close()

    def _discard(self) -> None:
        """Take away a file that is broken, so that the next run starts anew, and its journal, which has to do with no other."""
        for path in (self.path, self.path + "-journal"):
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _make_folder(self) -> None:
        if os.path.isdir(self._folder):
            return
        os.makedirs(os.path.dirname(self._folder) or ".", exist_ok=True)
        # Findings quote source text, which is nobody else's business.
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._folder, 0o700)
            for name, text in _EXTRAS.items():
                with open(os.path.join(self._folder, name), "x", encoding="ascii", newline="\n") as file:
                    file.write(text)

    def _remove_folder(self) -> None:
        """Remove the folder if nothing but what came with it is in it."""
        with contextlib.suppress(OSError):
            if not set(os.listdir(self._folder)) <= set(_EXTRAS):
                return
            for name, text in _EXTRAS.items():
                path = os.path.join(self._folder, name)
                with open(path, encoding="ascii") as file:
                    if file.read() != text:
                        return
                os.unlink(path)
            os.rmdir(self._folder)


def _ready(database: sqlite3.Connection) -> bool:
    """Whether the file is a store; False if it is empty. Raises Foreign if it is something else."""
    # In this order: another process that makes the store between the two statements sets both at once.
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    owner = database.execute("PRAGMA application_id").fetchone()[0]
    if owner == _APPLICATION:
        return True
    if owner or tables:
        raise Foreign(f"{NAME} is not a cache of jsleak")
    return False


def _make_room(database: sqlite3.Connection, limit: int) -> bool:
    """Drop what has not been used for longest until the rest fits; whether anything was dropped."""
    dropped = False
    while _used_bytes(database) > limit:
        count = database.execute("SELECT count(*) FROM result").fetchone()[0]
        if not count:
            break
        database.execute(
            "DELETE FROM result WHERE rowid IN (SELECT rowid FROM result ORDER BY used, rowid LIMIT ?)", (-(-count // 8),)
        )
        dropped = True
    return dropped


def _used_bytes(database: sqlite3.Connection) -> int:
    numbers = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")]
    return int((numbers[0] - numbers[1]) * numbers[2])
