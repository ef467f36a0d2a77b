"""The client's settings, section ``jsleak``: what they mean, and a sentence for each that means nothing.

A wrong value never costs the others: it is told of and left out.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jsleak import workspace
from jsleak.analysis.findings import Severity
from jsleak.analysis.rule import Option, RuleSettings, load_rules, rule_names

SECTION = "jsleak"
_LEVELS = (*(severity.value for severity in Severity), "off")


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
    max_file_size: int = workspace.DEFAULT_MAX_FILE_SIZE
    engines: tuple[str, ...] = ()
    background: bool = True
    code_lens: bool = True
    inlay_hints: bool = False
    exclude: tuple[str, ...] = ()

    def rules(self) -> RuleSettings:
        """Which rules run and how, in the analysis's terms."""
        off = {name for name, level in self.severity.items() if level == "off"}
        left_out = off | set(self.ignore)
        chosen = set(self.select or rule_names()) - left_out
        return RuleSettings(
            selected=frozenset(chosen) if self.select or left_out else None,
            severity={name: Severity(level) for name, level in self.severity.items() if level != "off"},
            options=self.options,
        )

    def for_workspace(self) -> workspace.Settings:
        """The same for a run over files."""
        return workspace.Settings(rules=self.rules(), max_file_size=self.max_file_size, jobs=1)


class Wrong(ValueError):
    """A value that means nothing; the message says why."""


def parse(given: object, base: ServerSettings | None = None) -> tuple[ServerSettings, tuple[str, ...]]:
    """Settings from what a client sent, and a sentence for each value that was left out.

    ``base`` has what the client does not mention. ``given`` may hold keys of others: initialization options do.
    """
    settings = base or ServerSettings()
    if given is None:
        return settings, ()
    if not isinstance(given, Mapping):
        return settings, (f"`{SECTION}` must be an object, not {_shown(given)}.",)
    wrong: list[str] = []
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _READERS:
            if key not in _OTHERS:
                wrong.append(f"There is no setting `{SECTION}.{key}`.{nearest(str(key), _READERS)}")
            continue
        if value is None:
            continue
        name, read = _READERS[key]
        found[name] = read(f"{SECTION}.{key}", value, wrong)
    return replace(settings, **{name: value for name, value in found.items() if value is not None}), tuple(wrong)


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence that names the nearest of ``names``, or nothing."""
    close = difflib.get_close_matches(name, list(names), 1, cutoff=0.5)
    return f" Did you mean `{close[0]}`?" if close else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _boolean(key: str, value: object, wrong: list[str]) -> bool | None:
    if isinstance(value, bool):
        return value
    wrong.append(f"`{key}` must be true or false, not {_shown(value)}.")
    return None


def _size(key: str, value: object, wrong: list[str]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    wrong.append(f"`{key}` must be a number of bytes above 0, not {_shown(value)}.")
    return None


def _strings(key: str, value: object, wrong: list[str]) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    wrong.append(f"`{key}` must be a list of strings, not {_shown(value)}.")
    return None


def _known_rule(key: str, name: str, wrong: list[str]) -> bool:
    if name in rule_names():
        return True
    wrong.append(f"`{key}`: there is no rule `{name}`.{nearest(name, rule_names())}")
    return False


def _rules(key: str, value: object, wrong: list[str]) -> tuple[str, ...] | None:
    names = _strings(key, value, wrong)
    return None if names is None else tuple(name for name in names if _known_rule(key, name, wrong))


def _engines(key: str, value: object, wrong: list[str]) -> tuple[str, ...] | None:
    from jsleak.engine.versions import VersionError, parse_engines

    ranges = _strings(key, value, wrong)
    if ranges is None:
        return None
    good: list[str] = []
    for one in ranges:
        try:
            parse_engines(one)
        except VersionError as error:
            wrong.append(f"`{key}`: {error}")
        else:
            good.append(one)
    return tuple(good)


def _severity(key: str, value: object, wrong: list[str]) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        wrong.append(f"`{key}` must be an object of rules and severities, not {_shown(value)}.")
        return None
    levels: dict[str, str] = {}
    for name, level in value.items():
        if not _known_rule(key, str(name), wrong):
            continue
        if level in _LEVELS:
            levels[name] = level
        else:
            wrong.append(f"`{key}.{name}` must be one of {', '.join(_LEVELS)}, not {_shown(level)}.{nearest(str(level), _LEVELS)}")
    return levels


def _options(key: str, value: object, wrong: list[str]) -> dict[str, dict[str, object]] | None:
    if not isinstance(value, Mapping):
        wrong.append(f"`{key}` must be an object of rules and their options, not {_shown(value)}.")
        return None
    options: dict[str, dict[str, object]] = {}
    for rule, given in value.items():
        if not _known_rule(key, str(rule), wrong):
            continue
        if not isinstance(given, Mapping):
            wrong.append(f"`{key}.{rule}` must be an object of options, not {_shown(given)}.")
            continue
        known = {option.name: option for option in load_rules()[rule].rule.options}
        for name, one in given.items():
            if name not in known:
                wrong.append(f"`{key}.{rule}`: the rule has no option `{name}`.{nearest(str(name), known)}")
                continue
            try:
                options.setdefault(rule, {})[name] = _option(known[name], one)
            except Wrong as error:
                wrong.append(f"`{key}.{rule}.{name}` {error}")
    return options


def _option(option: Option, value: object) -> object:
    if isinstance(option.default, tuple):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise Wrong(f"must be a list of strings, not {_shown(value)}.")
    if type(value) is type(option.default):
        return value
    kind = {bool: "true or false", int: "a whole number", str: "a string"}[type(option.default)]
    raise Wrong(f"must be {kind}, not {_shown(value)}.")


_READERS: Mapping[str, tuple[str, Callable[[str, object, list[str]], object]]] = {
    "enable": ("enable", _boolean),
    "trust": ("trust", _boolean),
    "select": ("select", _rules),
    "ignore": ("ignore", _rules),
    "severity": ("severity", _severity),
    "options": ("options", _options),
    "maxFileSize": ("max_file_size", _size),
    "engines": ("engines", _engines),
    "background": ("background", _boolean),
    "codeLens": ("code_lens", _boolean),
    "inlayHints": ("inlay_hints", _boolean),
    "exclude": ("exclude", _strings),
}
#: Keys beside them that are not for the server, or not settings.
_OTHERS = frozenset({"capabilities", "path", "interpreter", "trace", "arguments", "environment"})
