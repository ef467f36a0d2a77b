"""Bytes that stand for those on disk: what is staged, where the working tree has something else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from .model import Settings
from .reading import NotText, TooLarge, decode, read_bytes


def bytes_of(path: str, settings: Settings) -> bytes:
    """What the file at ``path`` holds as far as this run is concerned. Raises OSError, TooLarge or NotRegular."""
    data = settings.contents.get(os.path.realpath(path)) if settings.contents else None
    if data is None:
        return read_bytes(path, settings.max_file_size)
    if len(data) > settings.max_file_size:
        raise TooLarge
    return data


class Texts(Mapping[str, str]):
    """The same as texts, each decoded when it is asked for."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents

    def __getitem__(self, path: str) -> str:
        try:
            return decode(self._contents[os.path.realpath(path)])
        except (NotText, ValueError):
            raise KeyError(path) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)
