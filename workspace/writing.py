"""Changing a file in place: all of it or nothing, and only if it still holds what was read.

The text goes into a new file in the same folder, which then takes the old one's name, so that nobody ever sees half of it. Mode,
owner where the system allows it, encoding and byte order mark stay; a symbolic link stays a link, and what it leads to changes.
A file that has other names (hard links) keeps its old text under those.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from typing import TextIO

from jsleak.analysis.findings import Problem, ProblemKind


class Changed(Exception):
    """The file is no longer what was read: somebody else has written it meanwhile, or it is gone."""


def encode(text: str, like: bytes) -> bytes:
    """The bytes of a text in the encoding of those it comes from, as ``reading.decode`` reads them, with their byte order mark."""
    if like.startswith(codecs.BOM_UTF16_LE):
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    if like.startswith(codecs.BOM_UTF16_BE):
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    mark = codecs.BOM_UTF8 if like.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode()


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``, which is what the file at ``path`` held when it was read.

    Raises Changed if it holds something else by now, and OSError if it may not be written; then nothing has happened. Between the
    last look at the file and the change of names there are microseconds in which another writer goes unnoticed: no system has a
    call for that.
    """
    real = os.path.realpath(path)
    # The folder's permissions alone would let us replace a file that is read-only.
    if not os.access(real, os.W_OK) and os.path.lexists(real):
        raise PermissionError(13, os.strerror(13), path)
    status = _check(real, before)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(real)[:100]}.", suffix=".tmp", dir=os.path.dirname(real))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            _keep(file.fileno(), temporary, status)
            os.fsync(file.fileno())
        _check(real, before)
        os.replace(temporary, real)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def open_whole(path: str) -> Iterator[TextIO]:
    """A stream of UTF-8 text that becomes the file at ``path`` when the block ends well, whatever was there before.

    The file keeps its mode, a new one has that of the process's other files; a symbolic link stays a link. Lines end as they are
    written. Raises OSError if it may not be written; then, or if the block raises, nothing has happened.
    """
    real = os.path.realpath(path)
    try:
        mode = stat.S_IMODE(os.stat(real).st_mode)
    except FileNotFoundError:
        mode = 0o666 & ~_umask()
    descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(real)[:100]}.", suffix=".tmp", dir=os.path.dirname(real))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            yield file
        os.chmod(temporary, mode)
        os.replace(temporary, real)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    """The mode bits that new files of this process do not have. No system can tell without changing them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_problem(path: str, error: OSError | Changed) -> Problem:
    """The problem to report for what ``replace_file`` raised."""
    if isinstance(error, Changed):
        return Problem(path, ProblemKind.NOT_WRITTEN, "left alone: it has changed since it was examined")
    return Problem(path, ProblemKind.NOT_WRITTEN, f"cannot be written: {(error.strerror or str(error)).lower()}")


def _check(path: str, before: bytes) -> os.stat_result:
    """The status of the file; raises Changed unless it holds ``before``."""
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_size == len(before) and file.read() == before:
                return status
    except FileNotFoundError:
        raise Changed from None
    raise Changed


def _keep(descriptor: int, path: str, status: os.stat_result) -> None:
    """Give a new file the owner and mode of an old one. Only root may give files away; the group is often possible."""
    if hasattr(os, "fchown"):
        own = os.fstat(descriptor)
        if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
            with contextlib.suppress(OSError):
                os.fchown(descriptor, -1, status.st_gid)
            with contextlib.suppress(OSError):
                os.fchown(descriptor, status.st_uid, -1)
    # After the owner: a change of that takes the set-id bits away.
    os.chmod(path, stat.S_IMODE(status.st_mode))
