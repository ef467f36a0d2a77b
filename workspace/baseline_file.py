"""The file that a baseline is kept in: JSON with an entry on each line, sorted, so that changes of it read and merge well."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from .baseline import Baseline, sorted_entries
from .fingerprints import VERSION
from .model import BaselineEntry
from .reading import NotRegular, NotText, TooLarge, decode, read_bytes, read_problem
from .settings.places import Key, json_places, range_of
from .writing import replace_file

DEFAULT_NAME = "jsleak-baseline.json"
_FORMAT = 1
_LIMIT = 256 << 20
_MESSAGE = 120
_FIELDS = ("path", "rule", "fingerprint", "message")


class BaselineError(Exception):
    """The file is no baseline, or cannot be read; the message names it, and the place in it."""


def read_baseline(path: str) -> Baseline:
    """The baseline at ``path``. Raises BaselineError."""
    try:
        text = decode(read_bytes(path, _LIMIT))
    except NotText as error:
        raise BaselineError(f"{path}: no text: the byte at offset {error.offset} {error}.") from None
    except (OSError, ValueError, TooLarge, NotRegular) as error:
        raise BaselineError(f"{path}: {read_problem(path, error).message}.") from None
    return Baseline(folder_of(path), _entries(text, path))


def folder_of(path: str) -> str:
    """What the paths of the entries of a baseline at ``path`` are relative to."""
    return os.path.dirname(os.path.realpath(path))


def write_baseline(path: str, entries: Sequence[BaselineEntry]) -> None:
    """Put a baseline in the place of what is at ``path``. Raises OSError or writing.Changed; then nothing has happened."""
    lines = ",".join(f"\n  {_line(entry)}" for entry in sorted_entries(entries))
    data = f'{{\n "version": {_FORMAT},\n "findings": [{lines}\n ]\n}}\n'.encode()
    try:
        before = read_bytes(path, _LIMIT)
    except FileNotFoundError:
        with open(path, "xb"):
            before = b""
    except (TooLarge, NotRegular):
        raise IsADirectoryError(0, "not a regular file", path) from None
    if data != before:
        replace_file(path, before, data)


def _line(entry: BaselineEntry) -> str:
    message = " ".join(entry.message.split())
    fields = {
        "path": entry.path,
        "rule": entry.rule,
        "fingerprint": entry.fingerprint,
        "message": message if len(message) <= _MESSAGE else message[: _MESSAGE - 1].rstrip() + "…",
    }
    line = json.dumps(fields, ensure_ascii=False)
    # A name that is not UTF-8 holds surrogates, which only an escape can carry.
    return line if not any("\ud800" <= character <= "\udfff" for character in line) else json.dumps(fields)


def _entries(text: str, path: str) -> tuple[BaselineEntry, ...]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1]
        marked = line.startswith(("<<<<<<<", "=======", ">>>>>>>"))
        reason = "a merge conflict that nobody has resolved" if marked else f"no valid JSON: {error.msg}"
        raise BaselineError(f"{path}:{error.lineno}:{error.colno}: {reason}.") from None
    except RecursionError:
        raise BaselineError(f"{path}: no baseline: it is nested too deeply.") from None

    def wrong(key: Key, reason: str) -> BaselineError:
        start = range_of(text, json_places(text)[key].value).start
        return BaselineError(f"{path}:{start.line}:{start.column}: {reason}")

    if not isinstance(document, dict) or "version" not in document:
        raise wrong((), 'no baseline: it is to be an object with "version" and "findings".')
    if document["version"] != _FORMAT:
        raise wrong(("version",), "a baseline of another version of jsleak. Delete it, and write a new one: jsleak baseline")
    found = document.get("findings")
    if not isinstance(found, list):
        raise wrong(("findings",) if "findings" in document else (), 'no baseline: "findings" is to be a list.')
    entries: list[BaselineEntry] = []
    for index, item in enumerate(found):
        if not isinstance(item, dict):
            raise wrong(("findings", index), "an entry is to be an object.")
        for name in _FIELDS:
            if not isinstance(item.get(name), str):
                key: Key = ("findings", index, name) if name in item else ("findings", index)
                raise wrong(key, f'an entry is to have a text as its "{name}".')
        if "\0" in item["path"]:
            raise wrong(("findings", index, "path"), "no file can have this name.")
        entry = BaselineEntry(item["path"], item["rule"], item["fingerprint"], item["message"])
        if not entry.fingerprint.startswith(VERSION):
            reason = "a fingerprint of another version of jsleak. Delete the file, and write a new one: jsleak baseline"
            raise wrong(("findings", index, "fingerprint"), reason)
        entries.append(entry)
    return tuple(entries)
