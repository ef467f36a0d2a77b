"""``jsleak config``: what is in force for a file, and where each value comes from."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from jsleak.analysis.findings import Problem
from jsleak.analysis.rule import load_rules
from jsleak.workspace import SettingsFiles
from jsleak.workspace.paths import display, printable
from jsleak.workspace.settings import Level, Origin, Scope

from . import flags
from .settings import settings_files


@click.command(epilog="Exit status: 0; 2 if something is wrong in the settings files, or there is no such file.")
@click.argument("path", default=".", type=click.Path(path_type=str))
@flags.rules
@flags.settings
@click.option("--all", "everything", is_flag=True, help="Every rule, not only those that run otherwise than by default.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of settings files instead.")
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="How to print (default: text).")
def config(
    path: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: tuple[str, ...],
    rule_option: tuple[str, ...],
    config: str | None,
    isolated: bool,
    everything: bool,
    schema: bool,
    format_name: str,
) -> int:
    """Show the settings that are in force for a file or folder, and where each of them comes from.

    PATH need not exist (default: the working folder). Flags count as they do for `jsleak lint`.
    """
    if schema:
        from jsleak.workspace.settings.schema import schema_text

        sys.stdout.write(schema_text())
        return 0
    files = settings_files(
        select=select, ignore=ignore, severity=severity, rule_option=rule_option, config=config, isolated=isolated
    )
    shown = _Shown(path, files, everything)
    if format_name == "json":
        json.dump(shown.as_json(), sys.stdout, indent=1)
        print()
    else:
        for line in shown.as_text():
            click.echo(line)
    return 2 if shown.scope.problems else 0


@dataclass(frozen=True, slots=True)
class _Value:
    """A setting, or one key of its table: what to print, where it comes from, whether it stands at its default."""

    name: tuple[str, ...]
    value: object
    origin: Origin


class _Shown:
    def __init__(self, path: str, files: SettingsFiles, everything: bool) -> None:
        self._folder = os.getcwd()  # noqa: PTH109 (as the other commands: links stay)
        self._path = os.path.abspath(path)  # noqa: PTH100
        folder = self._path if os.path.isdir(self._path) else os.path.dirname(self._path)  # noqa: PTH112, PTH120
        self.scope: Scope = files.scope(folder)
        # The settings of a folder are those of a file in it that no pattern names.
        self._file = os.path.join(self._path, "") if folder == self._path else self._path  # noqa: PTH118
        self._files = files
        self._everything = everything

    def as_json(self) -> dict[str, Any]:
        """One object: settings and rules by name, each value with its origin."""
        return {
            "version": 1,
            "path": self._display(self._path),
            "files": [self._display(file.path) for file in self.scope.files],
            "settings": {".".join(one.name): {"value": one.value, "from": self._origin(one.origin)} for one in self._values()},
            "rules": {
                name: {"severity": _severity(name, level), "from": self._origin(level.origin)} for name, level in self._rules()
            },
            "problems": [
                {"path": self._display(one.path), "message": one.message, "line": one.range.start.line if one.range else None}
                for one in self.scope.problems
            ],
        }

    def as_text(self) -> Iterator[str]:
        """The lines of the same."""
        yield f"{self._display(self._path)}: {self._governed()}"
        yield from (self._problem(one) for one in self.scope.problems)
        rows = [(f"{'.'.join(_quoted(part) for part in one.name)} = {_toml(one.value)}", one.origin) for one in self._values()]
        rules = [(f"{name}: {_severity(name, level)}", level.origin) for name, level in self._rules()]
        width = max(len(text) for text, _ in [*rows, *rules])
        for title, lines in (("Settings", rows), ("Rules", rules)):
            yield ""
            if not lines:
                yield "Rules: all, as they are by default (--all lists them)"
                continue
            yield f"{title}:"
            yield from (f"  {text:<{min(width, 60)}}  {self._origin(origin)}" for text, origin in lines)

    def _governed(self) -> str:
        if not self.scope.files:
            return "no settings file"
        *below, own = [self._display(file.path) for file in self.scope.files]
        return own + (f", which extends {', '.join(below)}" if below else "")

    def _values(self) -> Iterator[_Value]:
        """All that are whole, and the keys that tables have."""
        from jsleak.workspace.settings.declared import DECLARED
        from jsleak.workspace.settings.origin import DEFAULT

        leaves = self.scope.leaves
        for name, setting in DECLARED.items():
            if setting.kind.depth == 0:
                value, origin = leaves.get((name,), (setting.default, DEFAULT))
                yield _Value((name,), _plain(value), origin)
                continue
            # The severities are told with the rules.
            for key, (value, origin) in leaves.items():
                if key[0] == name == "per-file-ignores":
                    yield _Value((name, value[0].pattern), list(value[1]), origin)
                elif key[0] == name != "severity":
                    yield _Value(tuple(map(str, key)), _plain(value), origin)

    def _rules(self) -> Iterator[tuple[str, Level]]:
        for name, level in self.scope.levels(self._file).items():
            if self._everything or (level.origin.kind != "default" and not (level.on and level.severity is None)):
                yield name, level

    def _origin(self, origin: Origin) -> str:
        if origin.kind == "file" and origin.file is not None:
            return f"{self._display(origin.file.path)}:{origin.line}"
        return f"--{origin.name}" if origin.kind == "flag" else origin.kind

    def _problem(self, problem: Problem) -> str:
        place = f":{problem.range.start.line}:{problem.range.start.column}" if problem.range else ""
        return f"{self._display(problem.path)}{place}: {problem.message}"

    def _display(self, path: str) -> str:
        return printable(display(path, self._folder))


def _severity(name: str, level: Level) -> str:
    return (level.severity or load_rules()[name].rule.severity).value if level.on else "off"


def _plain(value: object) -> object:
    from jsleak.workspace.settings.globs import Glob

    if isinstance(value, tuple):
        return [one.pattern if isinstance(one, Glob) else one for one in value]
    return value


def _quoted(part: str) -> str:
    return part if part.replace("-", "").replace("_", "").isalnum() else json.dumps(part, ensure_ascii=False)


def _toml(value: object) -> str:
    # What settings hold is written alike in TOML and in JSON.
    return json.dumps(value, ensure_ascii=False)
