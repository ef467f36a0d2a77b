"""Files that are changed in place: what stays, and when they are left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jsleak.workspace.reading import decode
from jsleak.workspace.writing import Changed, encode, replace_file, write_problem


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


ENCODINGS: dict[str, bytes] = {
    "UTF-8": "a \U0001f600\r\n".encode(),
    "UTF-8 with a mark": b"\xef\xbb\xbfa\n",
    "UTF-16, little end first": b"\xff\xfe" + "a \U0001f600\n".encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + "a\r".encode("utf-16-be"),
    "nothing": b"",
    "a mark and nothing": b"\xef\xbb\xbf",
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in ENCODINGS.items()])
def test_encoding_stays(data: bytes) -> None:
    assert encode(decode(data), data) == data


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o666])
def test_mode_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.js"
    path.write_bytes(b"a")
    path.chmod(mode)
    replace_file(str(path), b"a", b"b")
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (b"b", mode)
    assert names(tmp_path) == ["a.js"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_bytes(b"a")
    os.chown(path, 1234, 2345)
    path.chmod(0o4755)
    replace_file(str(path), b"a", b"b")
    status = path.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (1234, 2345, 0o4755)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder/a.js"
    path.write_bytes(b"a")
    link = tmp_path / "link.js"
    link.symlink_to("folder/a.js")
    replace_file(str(link), b"a", b"b")
    assert (link.is_symlink(), path.read_bytes()) == (True, b"b")


CHANGED: dict[str, bytes | None] = {"longer": b"ab", "of the same length": b"b", "emptied": b"", "gone": None}


@pytest.mark.parametrize("now", [pytest.param(now, id=name) for name, now in CHANGED.items()])
def test_what_has_changed_is_left_alone(tmp_path: Path, now: bytes | None) -> None:
    path = tmp_path / "a.js"
    if now is not None:
        path.write_bytes(now)
    with pytest.raises(Changed) as error:
        replace_file(str(path), b"a", b"c")
    assert (path.read_bytes() if path.exists() else None) == now
    assert write_problem("a.js", error.value).message == "left alone: it has changed since it was examined"
    assert names(tmp_path) == (["a.js"] if now is not None else [])


def test_what_changes_while_it_is_written_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.js"
    path.write_bytes(b"a")
    sync = os.fsync

    def write_between(descriptor: int) -> None:
        path.write_bytes(b"theirs")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", write_between)
    with pytest.raises(Changed):
        replace_file(str(path), b"a", b"ours")
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.js"]


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.js"
    path.write_bytes(b"a")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space") as error:
        replace_file(str(path), b"a", b"b")
    assert write_problem("a.js", error.value).message == "cannot be written: no space left on device"
    assert path.read_bytes() == b"a"
    assert names(tmp_path) == ["a.js"]


def test_a_read_only_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.js"
    path.write_bytes(b"a")
    path.chmod(0o444)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(PermissionError):
        replace_file(str(path), b"a", b"b")
    assert path.read_bytes() == b"a"
