"""Which settings there are: the one place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model import DEFAULT_MAX_FILE_SIZE, DEFAULT_TIME_LIMIT
from . import kinds, rule_kinds
from .rule_kinds import ALL


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them: its name in files, its default in our terms, what may be written, what it does, how it looks in TOML."""

    name: str
    default: Any
    kind: kinds.Kind
    description: str
    example: str


_ALL_OF_THEM = (
    Setting(
        "extends",
        (),
        kinds.Paths(),
        "Settings files to start from (`.toml` or `package.json`), relative to this one. Later ones go over earlier ones, this one "
        "over all of them: tables by their keys, everything else as a whole.",
        'extends = "../jsleak.toml"',
    ),
    Setting(
        "select",
        (ALL,),
        rule_kinds.Rules(selects=True),
        'Run only these rules; `["all"]` for all of them.',
        'select = ["object-held-value"]',
    ),
    Setting("ignore", (), rule_kinds.Rules(), "Leave these rules out.", 'ignore = ["object-held-value"]'),
    Setting(
        "severity",
        {},
        rule_kinds.Severities(),
        "How severe the findings of a rule are; `off` leaves it out.",
        'severity.anonymous-target = "error"',
    ),
    Setting(
        "options",
        {},
        rule_kinds.Options(),
        "Options of rules; `jsleak explain RULE` tells which there are.",
        "options.throw-after-register.any-call = true",
    ),
    Setting(
        "per-file-ignores",
        {},
        rule_kinds.RulesByPattern(),
        'Rules to leave out in files that match a pattern; `["all"]` for all of them.',
        'per-file-ignores."test/" = ["anonymous-target"]',
    ),
    Setting(
        "include", (), kinds.Patterns(), "When folders are walked, take only files that match one of these.", 'include = ["src/"]'
    ),
    Setting(
        "exclude",
        (),
        kinds.Patterns(),
        "When folders are walked, leave out files and folders that match one of these.",
        'exclude = ["dist/", "*.min.js"]',
    ),
    Setting(
        "engines",
        (),
        kinds.Engines(),
        "The engines that the code must run on: their known defects raise severities.",
        'engines = ["quickjs-ng >=0.6", "node >=18"]',
    ),
    Setting(
        "max-file-size",
        DEFAULT_MAX_FILE_SIZE,
        kinds.Size(),
        'Skip larger files. A number of bytes, or a text like `"2M"`.',
        'max-file-size = "2M"',
    ),
    Setting(
        "respect-ignore",
        True,
        kinds.Flag(),
        "Walk folders by `.gitignore` and `.ignore`. The settings of the folder that is walked count.",
        "respect-ignore = false",
    ),
    Setting(
        "markdown",
        False,
        kinds.Flag(),
        "When folders are walked, take Markdown files as well, for their blocks of JavaScript and TypeScript. The settings of the "
        "folder that is walked count.",
        "markdown = true",
    ),
    Setting("time-limit", DEFAULT_TIME_LIMIT, kinds.Seconds(), "Give up on a file after so many seconds.", "time-limit = 10"),
)
DECLARED: Mapping[str, Setting] = {setting.name: setting for setting in _ALL_OF_THEM}
"""All settings by name, in order."""
