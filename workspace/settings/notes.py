"""What a reader of settings notes: what means nothing, and the nearest thing that would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .places import Key


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that means nothing, and why. ``at_key``: the name is wrong, not the value."""

    key: Key
    message: str
    at_key: bool = False


@dataclass(slots=True)
class Reading:
    """One reader's notes.

    ``prefix`` stands before each name in messages; ``engine_error`` says what is wrong with a range of engines.
    """

    prefix: str = ""
    engine_error: Callable[[str], str | None] = lambda text: None
    wrong: list[Wrong] = field(default_factory=list)

    def name(self, key: Key) -> str:
        """A key as messages call it."""
        return "`" + self.prefix + ".".join(str(part) for part in key if isinstance(part, str)) + "`"

    def note(self, key: Key, message: str, *, at_key: bool = False) -> None:
        """Note something wrong."""
        self.wrong.append(Wrong(key, message, at_key))

    def must_be(self, key: Key, what: str, value: object) -> None:
        """Note a value of the wrong kind."""
        self.note(key, f"{self.name(key)} must be {what}, not {shown(value)}.")


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence that names the nearest of ``names``, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(names), 1, cutoff=0.5)
    return f" Did you mean `{close[0]}`?" if close else ""


def shown(value: object) -> str:
    """A value in a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
