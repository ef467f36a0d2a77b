"""The texts that engines run before a program, joined from their files: the harness, the host environment and node globals."""

from __future__ import annotations

import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


def prelude() -> tuple[str, str, str]:
    """The harness, the host environment, and what programs that are run as a whole find besides."""
    return read("harness.js"), joined("host.js"), joined("node_globals/install.js")


def joined(name: str) -> str:
    """A file with those that it names in comments, as `/* text.js */`, each in the comment's place."""
    folder = os.path.dirname(name)
    return re.sub(r"/\* (\w+\.js) \*/", lambda found: joined(os.path.join(folder, found[1])).rstrip(), read(name))


def read(name: str) -> str:
    """One of the files beside this one."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()
