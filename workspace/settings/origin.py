"""Where a setting's value comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .files import SettingsFile
    from .places import Key


@dataclass(frozen=True, eq=False, slots=True)
class Origin:
    """A default, a place in a file, a flag of the command line, or the editor. ``name``: which flag."""

    kind: Literal["default", "file", "flag", "editor"]
    file: SettingsFile | None = None
    key: Key = ()
    name: str = ""

    @property
    def line(self) -> int | None:
        """The line of the file, from 1. Looked for each time."""
        return self.file.range(self.key).start.line if self.file else None


DEFAULT = Origin("default")
