"""The client's settings, section ``jsleak``: what they mean, and a sentence for each that means nothing.

A wrong value never costs the others: it is told of and left out. What settings files may say as well is read as it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jsleak import workspace
from jsleak.workspace.settings.kinds import Engines, Flag, Kind, Patterns, Size
from jsleak.workspace.settings.notes import Reading, nearest, shown
from jsleak.workspace.settings.rule_kinds import Options, Rules, Severities

SECTION = "jsleak"


@dataclass(frozen=True)
class ServerSettings:
    """Settings of one folder.

    ``trust``: the user told the client to trust what is open, so that its code may be run (in the sandbox). ``max_file_size`` in
    bytes. ``engines`` as `quickjs-ng >=0.6`. ``exclude`` are globs in the manner of `.gitignore`, from the folder.
    """

    enable: bool = True
    trust: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    max_file_size: int | None = None
    engines: tuple[str, ...] = ()
    background: bool = True
    code_lens: bool = True
    inlay_hints: bool = False
    exclude: tuple[str, ...] = ()

    def over_files(self) -> workspace.SettingsFiles:
        """Settings files, with these over what they say."""
        over = workspace.Overrides(
            "editor",
            select=self.select,
            ignore=self.ignore,
            severity=self.severity,
            options=self.options,
            engines=self.engines or None,
            max_file_size=self.max_file_size,
        )
        return workspace.SettingsFiles(workspace.Settings(jobs=1), over, engine_error=engine_error)


def engine_error(text: str) -> str | None:
    """What is wrong with a range of engines."""
    from jsleak.engine.versions import VersionError, parse_engines

    try:
        parse_engines(text)
    except VersionError as error:
        return str(error)
    return None


def parse(given: object, base: ServerSettings | None = None) -> tuple[ServerSettings, tuple[str, ...]]:
    """Settings from what a client sent, and a sentence for each value that was left out.

    ``base`` has what the client does not mention. ``given`` may hold keys of others: initialization options do.
    """
    settings = base or ServerSettings()
    if given is None:
        return settings, ()
    if not isinstance(given, Mapping):
        return settings, (f"`{SECTION}` must be an object, not {shown(given)}.",)
    reading = Reading(f"{SECTION}.", engine_error)
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _KINDS:
            if key not in _OTHERS:
                reading.note((key,), f"There is no setting `{SECTION}.{key}`.{nearest(str(key), _KINDS)}")
        elif value is not None:
            name, kind = _KINDS[key]
            found[name] = kind.read(reading, (key,), value)
    known = {name: value for name, value in found.items() if value is not None}
    return replace(settings, **known), tuple(one.message for one in reading.wrong)


_KINDS: Mapping[str, tuple[str, Kind]] = {
    "enable": ("enable", Flag()),
    "trust": ("trust", Flag()),
    "select": ("select", Rules()),
    "ignore": ("ignore", Rules()),
    "severity": ("severity", Severities()),
    "options": ("options", Options()),
    "maxFileSize": ("max_file_size", Size()),
    "engines": ("engines", Engines()),
    "background": ("background", Flag()),
    "codeLens": ("code_lens", Flag()),
    "inlayHints": ("inlay_hints", Flag()),
    "exclude": ("exclude", Patterns()),
}
#: Keys beside them that are not for the server, or not settings.
_OTHERS = frozenset({"capabilities", "path", "interpreter", "trace", "arguments", "environment"})
