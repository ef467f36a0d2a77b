"""Which settings there are: the one place that says so. The fields of ``Declared`` are what a settings file may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from ..model import DEFAULT_MAX_FILE_SIZE
from . import kinds
from .globs import Glob


def _setting(default: Any, kind: kinds.Kind, description: str, example: str) -> Any:
    metadata = {"kind": kind, "description": description, "example": example}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Each setting with its default, in our terms; a file writes hyphens for underscores.

    ``max_file_size`` in bytes, ``time_limit`` in seconds of wall clock for each file.
    """

    extends: tuple[str, ...] = _setting(
        (),
        kinds.Paths(),
        "Settings files to start from (`.toml` or `package.json`), relative to this one. Later ones go over earlier ones, this one "
        "over all of them: tables by their keys, everything else as a whole.",
        'extends = "../jsleak.toml"',
    )
    select: tuple[str, ...] = _setting(
        (kinds.ALL,),
        kinds.Rules(selects=True),
        'Run only these rules; `["all"]` for all of them.',
        'select = ["object-held-value"]',
    )
    ignore: tuple[str, ...] = _setting((), kinds.Rules(), "Leave these rules out.", 'ignore = ["object-held-value"]')
    severity: Mapping[str, str] = _setting(
        {}, kinds.Severities(), "How severe the findings of a rule are; `off` leaves it out.", 'severity.anonymous-target = "error"'
    )
    options: Mapping[str, Mapping[str, object]] = _setting(
        {},
        kinds.Options(),
        "Options of rules; `jsleak explain RULE` tells which there are.",
        "options.throw-after-register.any-call = true",
    )
    per_file_ignores: Mapping[Glob, tuple[str, ...]] = _setting(
        {},
        kinds.RulesByPattern(),
        'Rules to leave out in files that match a pattern; `["all"]` for all of them.',
        'per-file-ignores."test/" = ["anonymous-target"]',
    )
    include: tuple[Glob, ...] = _setting(
        (), kinds.Patterns(), "When folders are walked, take only files that match one of these.", 'include = ["src/"]'
    )
    exclude: tuple[Glob, ...] = _setting(
        (),
        kinds.Patterns(),
        "When folders are walked, leave out files and folders that match one of these.",
        'exclude = ["dist/", "*.min.js"]',
    )
    engines: tuple[str, ...] = _setting(
        (),
        kinds.Engines(),
        "The engines that the code must run on: their known defects raise severities.",
        'engines = ["quickjs-ng >=0.6", "node >=18"]',
    )
    max_file_size: int = _setting(
        DEFAULT_MAX_FILE_SIZE, kinds.Size(), 'Skip larger files. A number of bytes, or a text like `"2M"`.', 'max-file-size = "2M"'
    )
    respect_ignore: bool = _setting(
        True,
        kinds.Flag(),
        "Walk folders by `.gitignore` and `.ignore`. The settings of the folder that is walked count.",
        "respect-ignore = false",
    )
    time_limit: float = _setting(60.0, kinds.Seconds(), "Give up on a file after so many seconds.", "time-limit = 10")


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them: its name in files and in ``Declared``, its default, what may be written, what it does."""

    name: str
    attribute: str
    default: Any
    kind: kinds.Kind
    description: str
    example: str


@cache
def declared() -> Mapping[str, Setting]:
    """All settings by name, in order."""
    defaults = Declared()
    return {
        name: Setting(name, one.name, getattr(defaults, one.name), **one.metadata)
        for one in fields(Declared)
        for name in [one.name.replace("_", "-")]
    }
