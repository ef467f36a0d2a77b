"""Writes the JSON schema of settings files and the table of docs/settings.md, both made from what is declared.

``--check`` says only whether they are up to date (exit status 1: they are not).
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from jsleak.workspace.settings.schema import schema_text, table

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "schema/jsleak.schema.json"
PAGE = ROOT / "docs/settings.md"
TABLE = re.compile(r"(<!-- settings: [^\n]*-->\n).*?(<!-- /settings -->)", re.DOTALL)


def wanted() -> dict[Path, str]:
    """What each file should hold."""
    page = PAGE.read_text(encoding="utf-8")
    return {SCHEMA: schema_text(), PAGE: TABLE.sub(lambda match: match[1] + table() + match[2], page)}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    stale = {path: text for path, text in wanted().items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    if check:
        return int(bool(stale))
    for path, text in stale.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
