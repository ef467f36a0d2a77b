"""``jsleak rules`` and ``jsleak explain``: what the rules' own files say, for people and for programs."""

from __future__ import annotations

import json
import sys

import click

from jsleak.analysis.pages import markdown
from jsleak.analysis.rule import LoadedRule, NoExperiment, load_rules

from .flags import completing
from .options import known_rule
from .output import COLOURS, can_show, make_console, wants_colour


@click.command()
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="How to list them (default: text)."
)
@click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal).")
def rules(format_name: str, colour: str) -> None:
    """List the rules."""
    loaded = load_rules()
    if format_name == "json":
        json.dump([_json(rule) for rule in loaded.values()], sys.stdout, indent=1)
        print()
        return
    _table(list(loaded.values()), colour)


def _json(loaded: LoadedRule) -> dict[str, object]:
    rule = loaded.rule
    return {
        "name": rule.name,
        "severity": rule.severity.value,
        "summary": rule.summary,
        "experiment": not isinstance(rule.experiment, NoExperiment),
        "options": [{"name": option.name, "default": option.default, "summary": option.summary} for option in rule.options],
        "sources": list(rule.sources),
    }


def _table(loaded: list[LoadedRule], colour: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from .reporters.text import SEVERITY_STYLES

    console = make_console(colour)
    if not sys.stdout.isatty() and not wants_colour(colour, sys.stdout):
        # One line for each, so that it can be searched.
        width = max((len(item.rule.name) for item in loaded), default=0)
        for item in loaded:
            console.print(f"{item.rule.name:<{width}}  {item.rule.severity.value:<7}  {item.rule.summary}")
        return
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in loaded:
        rule = item.rule
        table.add_row(Text(rule.name), Text(rule.severity.value, SEVERITY_STYLES[rule.severity]), Text(rule.summary))
    console.print(table, soft_wrap=False)


@click.command()
@click.argument("rule", metavar="RULE", shell_complete=completing("one_rule"))
@click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal).")
def explain(rule: str, colour: str) -> None:
    """Explain a rule: what it finds, why that matters, how to fix it, with examples and sources."""
    page = markdown(load_rules()[known_rule(rule)])
    if not wants_colour(colour, sys.stdout):
        make_console("never").print(page.rstrip(), soft_wrap=True)
        return
    from rich.markdown import Markdown

    console = make_console(colour)
    if not can_show("•┃━│", sys.stdout):
        console.print(page.rstrip(), soft_wrap=True)
        return
    console.print(Markdown(page, code_theme="ansi_dark"), soft_wrap=False)
