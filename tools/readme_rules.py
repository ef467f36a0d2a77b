"""Writes the README's table of rules from the rules; ``--check`` says only whether it stands there (exit status 1: it does not)."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from jsleak.analysis.rule import load_rules

README = Path(__file__).resolve().parents[1] / "README.md"
TABLE = re.compile(r"(<!-- rules: [^\n]*-->\n).*?(<!-- /rules -->)", re.DOTALL)


def table() -> str:
    """One row for each rule, the most severe first."""
    rules = sorted((loaded.rule for loaded in load_rules().values()), key=lambda rule: (-rule.severity.rank, rule.name))
    rows = [
        f"| [`{rule.name}`](analysis/rules/{rule.name.replace('-', '_')}.py) | {rule.severity} | {rule.summary} |" for rule in rules
    ]
    return "\n".join(["| rule | severity | finds |", "|---|---|---|", *rows, ""])


def with_table(readme: str) -> str:
    return TABLE.sub(lambda match: match[1] + table() + match[2], readme)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    readme = README.read_text(encoding="utf-8")
    wanted = with_table(readme)
    if arguments.parse_args().check:
        return int(readme != wanted)
    README.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
