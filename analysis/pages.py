"""The page of a rule as Markdown, made from what the rule's own file says; the command line, editors and the site share it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .rule import LoadedRule, Option

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def markdown(loaded: LoadedRule) -> str:
    """The rule's page: its own text, with what its file holds beside it."""
    rule = loaded.rule
    body = loaded.page.strip()
    parts = [f"# {rule.name}", f"**{rule.severity.value}**: {rule.summary}", body]
    if rule.options:
        parts += ["## Options", "\n".join(_option(rule.name, option) for option in rule.options)]
    for heading, programs in (("Bad", loaded.bad), ("Good", loaded.good)):
        for name, program in programs.items():
            parts += [f"## {heading}: {name}", f"```js\n{program.strip(chr(10))}\n```"]
    if rule.sources and "\n## Sources" not in body:
        parts += ["## Sources", "\n".join(f"- {source}" for source in rule.sources)]
    return "\n\n".join(parts) + "\n"


def sections(loaded: LoadedRule) -> Mapping[str, str]:
    """The parts of a rule's own text by their headings ("What it does", "How to fix it", …), in order."""
    pieces = _HEADING.split(loaded.page)
    return {heading.strip(): text.strip() for heading, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def _option(rule: str, option: Option) -> str:
    default = ",".join(option.default) if isinstance(option.default, tuple) else json.dumps(option.default).strip('"')
    return f"- `{option.name}` (default `{default}`): {option.summary} Set it with `--rule-option {rule}.{option.name}=VALUE`."
