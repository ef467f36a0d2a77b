"""The command and its subcommands, each loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import ClassVar

import click

from jsleak import __version__


class _Commands(click.Group):
    """Subcommands by name; the module of one that is not called is not imported."""

    modules: ClassVar[dict[str, tuple[str, str]]] = {
        "lint": ("lint", "Find leaks in JavaScript files."),
        "run": ("run", "Run files and report what they register for cleanup, and what leaks."),
        "confirm": ("confirm", "Put findings to the test on a real engine."),
        "baseline": ("baseline", "Write down the findings of now, to report only new ones later."),
        "config": ("config", "Show the settings that are in force for a file, and where they come from."),
        "explain": ("rules", "Explain a rule: what it finds, why that matters, how to fix it."),
        "rules": ("rules", "List the rules."),
        "completions": ("completions", "Write a script that completes this command in a shell."),
        "cache": ("cache", "Show or empty the cache of results."),
        "lsp": ("lsp", "Serve editors (Language Server Protocol)."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        command = getattr(import_module(f"{__package__}.{self.modules[cmd_name][0]}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.modules.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.modules and not name.startswith("-"):
            import difflib

            hint = ""
            if close := difflib.get_close_matches(name, self.modules, 1):
                hint = f" Did you mean `{close[0]}`?"
            elif Path(name).exists():
                hint = f" To lint it: jsleak lint {name}"
            ctx.fail(f"There is no command `{name}`.{hint}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 nothing to report, 1 findings, 2 the command could not do (all of) its work.",
)
@click.version_option(__version__, "-V", "--version", prog_name="jsleak", message="%(prog)s %(version)s")
def app() -> None:
    """Find the places where JavaScript hands an object to the garbage collector and never gets it back.

    These are FinalizationRegistry, WeakRef, and what goes wrong around them. Start with: jsleak lint
    """
