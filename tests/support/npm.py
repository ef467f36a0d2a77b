"""Published packages without what they depend on: only their own text matters.

They are kept in the folder ``sources`` below the one that ``$JSLEAK_REALWORLD`` names, else in the user's cache folder. Tests that
run beside each other wait for the one that fetches.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def sources() -> Path:
    """The ``node_modules`` folder that the packages are in."""
    given = os.environ.get("JSLEAK_REALWORLD")
    cache = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jsleak"
    return cache / "sources" / "node_modules"


def fetched(packages: Mapping[str, str]) -> Path:
    """The folder, with these packages (versions by name) in it: each is fetched if it is not there yet."""
    root = sources()
    for name, version in packages.items():
        _fetch(root / name, name, version)
    return root


@contextmanager
def missing(done: Path) -> Iterator[bool]:
    """Whether what makes the file ``done`` is still to be done: it is by the one process that is told so, while others wait."""
    if done.exists():
        yield False
        return
    done.parent.mkdir(parents=True, exist_ok=True)
    with done.with_name(f"{done.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        still = not done.exists()
        yield still
        if still:
            done.touch()


def _fetch(folder: Path, name: str, version: str) -> None:
    with missing(folder / f".fetched-{version}") as wanted:
        if wanted:
            _unpack(folder, name, version)


def _unpack(folder: Path, name: str, version: str) -> None:
    command = ["npm", "pack", f"{name}@{version}", "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    packed = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(folder / packed) as archive:
        for member in archive.getmembers():
            member.name = member.name.partition("/")[2]
            if member.name and member.isfile():
                archive.extract(member, folder, filter="data")
    (folder / packed).unlink()
