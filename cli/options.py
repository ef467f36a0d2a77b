"""From the text of options to rule settings. What is wrong is a usage error that names the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable

import click

from jsleak.analysis.rule import Option, load_rules, rule_names
from jsleak.workspace.sizes import parse_size

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence that names the nearest of ``names``, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(names), 1, cutoff=0.5)
    return f" Did you mean `{close[0]}`?" if close else ""


def split_names(values: Iterable[str]) -> list[str]:
    """The names of an option that may be repeated and holds commas."""
    return [name for value in values for part in value.split(",") if (name := part.strip())]


def known_rule(name: str, option: str | None = None) -> str:
    """The name itself if there is such a rule. Raises click.BadParameter."""
    if name not in rule_names():
        raise click.BadParameter(
            f"There is no rule `{name}`.{nearest(name, rule_names())} `jsleak rules` lists them.",
            param_hint=f"'{option}'" if option else None,
        )
    return name


def rule_options(texts: Iterable[str]) -> dict[str, dict[str, object]]:
    """The options that ``--rule-option`` gives, by rule and name. Raises click.BadParameter."""
    options: dict[str, dict[str, object]] = {}
    for text in texts:
        rule, name, value = _rule_option(text)
        options.setdefault(rule, {})[name] = value
    return options


def _rule_option(text: str) -> tuple[str, str, object]:
    """``RULE.OPTION=VALUE``, the value by the type of the option's default."""
    place, equals, value = text.partition("=")
    rule_name, dot, name = place.partition(".")
    if not equals or not dot:
        raise click.BadParameter(f"`{text}` is not of the form RULE.OPTION=VALUE.", param_hint="'--rule-option'")
    rule = load_rules()[known_rule(rule_name, "--rule-option")].rule
    option = next((option for option in rule.options if option.name == name), None)
    if option is None:
        names = [option.name for option in rule.options]
        known = f"It has: {', '.join(names)}." if names else "It has none."
        message = f"The rule `{rule_name}` has no option `{name}`.{nearest(name, names)} {known}"
        raise click.BadParameter(message, param_hint="'--rule-option'")
    return rule_name, name, _value(option, value, text)


def _value(option: Option, value: str, text: str) -> object:
    default = option.default
    if isinstance(default, bool):
        if value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        raise click.BadParameter(f"`{text}`: the value must be true or false.", param_hint="'--rule-option'")
    if isinstance(default, int):
        try:
            return int(value)
        except ValueError:
            raise click.BadParameter(f"`{text}`: the value must be a whole number.", param_hint="'--rule-option'") from None
    return tuple(split_names([value])) if isinstance(default, tuple) else value


def size(value: str) -> int:
    """A number of bytes: ``500000``, ``800K``, ``2MiB``. K, M and G count by 1024. Raises click.BadParameter."""
    bytes_ = parse_size(value)
    if bytes_ is None:
        raise click.BadParameter(f"`{value}` is not a size like 500000, 800K or 2M.")
    if bytes_ < 1:
        raise click.BadParameter("the size must be at least one byte.")
    return bytes_


def shown_size(size: int) -> str:
    """A size as people write it."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
