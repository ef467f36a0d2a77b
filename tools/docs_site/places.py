"""Where a file of the repository stands on the site, and the links of a Markdown page.

``docs/`` is the site as it stands. Beside it there are pages made from other files: a page for each rule, copies of what the
repository's own Markdown says. A link that works in the repository works on the site: it leads to the page that is made from the
file, or to a copy.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Pages that are copies of Markdown elsewhere in the repository, by their place on the site.
COPIES = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "editors/index.md": "editors/README.md",
    **{
        f"editors/{page.parent.name}.md": f"editors/{page.parent.name}/README.md"
        for page in sorted(ROOT.glob("editors/*/README.md"))
    },
}
#: Pages that are made from something else, by what a link in the repository names.
MADE = {"README.md": "index.md", "analysis/rules": "rules/index.md"}

_RULE = re.compile(r"analysis/rules/(\w+)\.py")
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+).*?^(?P=indent)(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?P<ticks>`+).+?(?P=ticks)(?!`)", re.DOTALL)
_LINK = re.compile(r"\]\((?P<inline>[^\s()<>]+)(?P<title> +\"[^\"\n]*\")?\)|^\[[^\]\n]+\]: *(?P<reference>\S+)", re.MULTILINE)


def source_of(page: str) -> str:
    """The file of the repository that a page of the site is written in."""
    return COPIES.get(page, f"docs/{page}")


def rule_of(path: str) -> str | None:
    """The rule whose file this is."""
    match = _RULE.fullmatch(path)
    return match[1].replace("_", "-") if match and match[1] != "__init__" else None


def place_on_site(path: str) -> str | None:
    """Where a file or folder of the repository, by its path from the top, stands on the site; None where it does not."""
    copies = {original: page for page, original in COPIES.items()}
    for name in (path, posixpath.join(path, "README.md")):
        if page := MADE.get(name) or copies.get(name):
            return page
    if rule := rule_of(path):
        return f"rules/{rule}.md"
    if not (ROOT / path).exists():
        return None
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"files/{path}" if (ROOT / path).is_file() else None


def is_relative(target: str) -> bool:
    """Whether a link leads to another file by its relative path."""
    return not re.match(r"[a-z][a-z0-9+.-]*:|/|#", target, re.IGNORECASE)


def resolved(page: str, target: str) -> tuple[str, str]:
    """The path from the repository's top that a link on a page leads to, and its anchor with the ``#``."""
    path, hash_, anchor = target.partition("#")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source_of(page)), path)), hash_ + anchor


def links(markdown: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of each link's target, outside of code."""
    hidden = _blanked(_blanked(markdown, _FENCE), _CODE)
    for match in _LINK.finditer(hidden):
        group = "inline" if match["inline"] else "reference"
        start, end = match.span(group)
        yield start, end, markdown[start:end]


def with_links(markdown: str, change: Callable[[str], str]) -> str:
    """The page with each link's target changed."""
    pieces, done = [], 0
    for start, end, target in links(markdown):
        pieces += [markdown[done:start], change(target)]
        done = end
    return "".join([*pieces, markdown[done:]])


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    """The text with what the pattern finds made blank, so that offsets stay. A link's text may be code."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
