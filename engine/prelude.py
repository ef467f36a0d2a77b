"""The texts that every engine runs before a program: the harness and the host environment, joined from their files."""

from __future__ import annotations

import os

HERE = os.path.dirname(os.path.abspath(__file__))


def prelude() -> tuple[str, str]:
    """The harness, and the host environment."""
    return read("harness.js"), read("host.js").replace("/* host_text.js */", read("host_text.js"))


def read(name: str) -> str:
    """One of the files beside this one."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()
