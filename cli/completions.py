"""``jsleak completions``: the script by which a shell completes the command, and what completes the names of rules."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from jsleak.analysis.rule import load_rules, rule_names

SHELLS = ("bash", "fish", "zsh")
VARIABLE = "_JSLEAK_COMPLETE"


@click.command(
    epilog='Bash: eval "$(jsleak completions bash)" in ~/.bashrc. Zsh: the same with zsh in ~/.zshrc, after compinit. Fish: '
    "jsleak completions fish >~/.config/fish/completions/jsleak.fish"
)
@click.argument("shell", type=click.Choice(SHELLS))
def completions(shell: str) -> None:
    """Write the script that completes this command in a shell.

    It completes commands, flags, paths, and the names of rules, formats and severities.
    """
    from .app import app

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(app, {}, "jsleak", VARIABLE).source()
    # Fish would cut a value at its first comma: click's script splits each answer at all of them.
    print(script.replace('(string split "," $completion)', '(string split --max 1 "," $completion)'))


def one_rule(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The rules whose names begin so."""
    return [CompletionItem(name) for name in rule_names() if name.startswith(incomplete)]


def several_rules(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The same for the last name of several with commas, without those that stand before it."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [
        CompletionItem(f"{before}{comma}{item.value}") for item in one_rule(context, parameter, last) if item.value not in given
    ]


def report_format(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of report formats."""
    from .reporters import FORMATS

    return [CompletionItem(name) for name in FORMATS if name.startswith(incomplete)]


def rule_option(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``RULE.OPTION=``, for the rules that have options."""
    names = [f"{name}.{option.name}=" for name, loaded in load_rules().items() for option in loaded.rule.options]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def path(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever files there are."""
    return [CompletionItem(incomplete, type="file")]
