"""From a path to bytes, from bytes to text: what can be read, what is worth reading, how it is encoded.

Files are opened with ``os.open`` and read with one call: on a tree of which few files matter, Python's file objects cost more
than the disk cache.
"""

from __future__ import annotations

import codecs
import errno
import os
import stat

from jsleak.analysis import NAMES, mentions
from jsleak.analysis.findings import Problem, ProblemKind
from jsleak.analysis.text import SourceText

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SAMPLE = 4096

# Non-blocking, or a pipe without a writer would hang the walk. Windows has none of these flags.
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_OPEN_NO_LINK = _OPEN | getattr(os, "O_NOFOLLOW", 0)
_LINK_ERRORS = frozenset({errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP)})
_BUFFER_LIMIT = 16 << 20


class NotText(Exception):
    """Bytes that are no text; ``offset`` counts bytes from 0, ``before`` is what stands in front of it."""

    def __init__(self, offset: int, reason: str, before: bytes) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.before = before


class TooLarge(Exception):
    """The file is over the size limit."""


class IsLink(Exception):
    """The path names a symbolic link."""


class NotRegular(Exception):
    """The path names no regular file: a folder, socket, pipe or device."""


class Searcher:
    """Tells of one file after the other whether it is worth parsing, with one buffer for all of them."""

    def __init__(self, max_file_size: int) -> None:
        self._limit = max_file_size
        self._buffer = bytearray(min(max_file_size, _BUFFER_LIMIT) + 1)
        self._views = [self._buffer]

    def search(self, path: str) -> int:
        """The size of the file at ``path`` if it mentions what a rule asks about, else 0.

        Does not follow a link. Raises OSError, TooLarge, IsLink or NotRegular.
        """
        buffer = self._buffer
        try:
            descriptor = os.open(path, _OPEN_NO_LINK)
        except OSError as error:
            if error.errno in _LINK_ERRORS:
                raise IsLink from None
            if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):
                raise NotRegular from None
            raise
        try:
            count = _read_into(descriptor, buffer, self._views)
            # A pipe that nobody writes to reads as an empty file.
            if not count and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotRegular
        except (IsADirectoryError, BlockingIOError):
            raise NotRegular from None
        finally:
            os.close(descriptor)
        if count == len(buffer):
            # Over the limit, or just over the buffer where the limit was raised.
            data = read_bytes(path, self._limit)
            return len(data) if relevant(data) else 0
        for name in NAMES:
            if buffer.find(name, 0, count) >= 0:
                return count
        if count > 1 and (buffer[0] >= 0xFE or not (buffer[0] and buffer[1])) and relevant(bytes(buffer[:count])):
            return count
        return 0


if hasattr(os, "readv"):

    def _read_into(descriptor: int, buffer: bytearray, views: list[bytearray]) -> int:
        return os.readv(descriptor, views)

else:

    def _read_into(descriptor: int, buffer: bytearray, views: list[bytearray]) -> int:
        data = os.read(descriptor, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def relevant(data: bytes) -> bool:
    """Whether the bytes mention what a rule asks about, in UTF-8 or UTF-16; or in UTF-32, to be refused."""
    if data[:2] in _UTF16 or 0 in data[:2]:
        # Of names that are ASCII, all that the wider encodings add are zeros.
        return mentions(data.replace(b"\0", b""))
    return mentions(data)


def read_bytes(path: str, max_file_size: int) -> bytes:
    """The whole of a regular file; links are followed. Raises OSError, TooLarge or NotRegular."""
    descriptor = os.open(path, _OPEN)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular
        if status.st_size > max_file_size:
            raise TooLarge
        parts: list[bytes] = []
        size = 0
        # It may have grown since, and some file systems give no size.
        while part := os.read(descriptor, max(status.st_size - size, 0) + 65536):
            parts.append(part)
            size += len(part)
            if size > max_file_size:
                raise TooLarge
        return b"".join(parts)
    finally:
        os.close(descriptor)


def decode(data: bytes) -> str:
    """The text of a file, without its byte order mark. Raises NotText."""
    if data[:2] in _UTF16:
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise NotText(error.start, "is not UTF-16, which the byte order mark promises", b"") from None
        if "\0" in text:
            wide = "; looks like UTF-32" if data[:4] in _UTF32 else ""
            raise NotText(2 + 2 * text.index("\0"), f"is a NUL character, which no source text has{wide}", b"")
        return text
    if (null := data.find(0)) >= 0:
        raise NotText(null, f"is a NUL byte, which no source text has{_wider(data)}", data[:null])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec for text with a mark counts offsets behind it.
        offset = error.start + (len(data) - len(error.object))
        raise NotText(offset, f"is not UTF-8{_narrower(data)}", data[:offset]) from None


def _wider(data: bytes) -> str:
    """What a text with NUL bytes may be encoded in: mostly ASCII, so that every second byte is one."""
    if data[:4] in _UTF32:
        return "; looks like UTF-32"
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if 4 * max(even, odd) > len(sample) and 20 * min(even, odd) < len(sample):
        return "; looks like UTF-16 without a byte order mark"
    return ""


def _narrower(data: bytes) -> str:
    """What a text that is not UTF-8 may be encoded in: one of the encodings with a byte for each character of Western Europe."""
    high = [index for index, byte in enumerate(data) if byte >= 0x80]
    alone = sum(data[index + 1 : index + 2] < b"\x80" for index in high)
    controls = any(byte < 0x20 and byte not in b"\t\n\v\f\r" for byte in data)
    # Eastern ones have most in pairs; and a text with other characters in UTF-8 is one that something was done to.
    if controls or 2 * alone <= len(high) or any(ord(one) >= 0x80 for one in data.decode("utf-8", "ignore")):
        return ""
    if all(data[index] >= 0xA0 for index in high):
        return "; looks like Latin-1"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return "; looks like Windows-1252"


def not_text(path: str, data: bytes, error: NotText) -> Problem:
    """The problem to report, at the line and column of the first bad byte where those in front of it can be read."""
    before = SourceText(error.before.decode("utf-8-sig", "replace"), path)
    place = before.range(len(before.text), len(before.text)) if error.before else None
    byte = data[error.offset] if error.offset < len(data) else 0
    message = f"not a text file: the byte 0x{byte:02X} at offset {error.offset} {error.reason}"
    return Problem(path, ProblemKind.NOT_TEXT, message, place)


def read_problem(path: str, error: Exception) -> Problem:
    """The problem to report for what ``read_bytes`` raised."""
    if isinstance(error, NotRegular):
        return Problem(path, ProblemKind.UNREADABLE, "not a regular file")
    if isinstance(error, TooLarge):
        return Problem(path, ProblemKind.TOO_LARGE, "over the size limit")
    if isinstance(error, FileNotFoundError):
        return Problem(path, ProblemKind.NOT_FOUND, "no such file or folder")
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return Problem(path, ProblemKind.UNREADABLE, "a loop of symbolic links")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Problem(path, ProblemKind.UNREADABLE, f"cannot be read: {reason.lower()}")
