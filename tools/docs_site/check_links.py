"""Checks the built site and the repository's Markdown: every link inside leads somewhere, and the site fetches nothing.

``python tools/docs_site/check_links.py site`` prints what is wrong, a line for each, and exits with 1 if there is anything.
Addresses of other sites are looked at for their form only: nothing here needs a network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
#: Attributes whose address a browser fetches by itself, by element.
_FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "image": "href",
    "use": "href",
    "link": "href",
}
#: Relations of a <link> that tell of another page and fetch nothing.
_TOLD = {"canonical", "prev", "next", "alternate", "edit"}
_CSS_URL = re.compile(r"""(?:url\(\s*|@import\s+)["']?(?!["'])([^"')\s]+)""")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


@dataclass
class Html(HTMLParser):
    """A page's anchors, what it links to, and what it fetches."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in _FETCHED and (address := given.get(_FETCHED[tag])) and not set(given.get("rel", "").split()) & _TOLD:
            self.fetched.append(address)
        self.fetched += _CSS_URL.findall(given.get("style", ""))


@cache
def html(file: Path) -> Html:
    """A page of the site."""
    page = Html()
    page.feed(file.read_text("utf-8"))
    return page


def check_site(site: Path) -> Iterator[str]:
    """What is wrong with the links of a built site."""
    site = site.resolve()
    for file in sorted(site.rglob("*.html")):
        page = html(file)
        if file.name == "404.html":
            continue  # a server shows it in place of any page, so its links are absolute
        for address in page.links:
            if wrong := external(address) if is_external(address) else inside(site, file, address):
                yield f"{file.relative_to(site)}: {address}: {wrong}"
        for address in page.fetched:
            if wrong := "fetched from elsewhere" if is_external(address) else inside(site, file, address):
                yield f"{file.relative_to(site)}: {address}: {wrong}"
    for file in sorted(site.rglob("*.css")):
        for address in _CSS_URL.findall(file.read_text("utf-8")):
            if not address.startswith(("data:", "#")) and (
                wrong := "fetched from elsewhere" if is_external(address) else inside(site, file, address)
            ):
                yield f"{file.relative_to(site)}: {address}: {wrong}"


def is_external(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme or parts.netloc)


def external(address: str) -> str:
    """What is wrong with the form of an address elsewhere; empty if nothing is."""
    parts = urlsplit(address)
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else "no mail address"
    if parts.scheme not in ("http", "https"):
        return "neither http nor https"
    return "" if _HOST.fullmatch(parts.hostname or "") and not re.search(r"\s", address) else "no address"


def inside(site: Path, file: Path, address: str) -> str:
    """What is wrong with a link to a page of the site; empty if nothing is."""
    parts = urlsplit(address)
    if parts.path.startswith("/"):
        return "absolute: it breaks where the site does not stand at the top"
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_relative_to(site):
        return "leads out of the site"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no such file"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in html(target).ids:
        return "no such anchor"
    return ""


def check_markdown(root: Path, files: Iterable[str]) -> Iterator[str]:
    """What is wrong with the links of Markdown files, as they stand in the repository and with the anchors that forges make."""
    for name in files:
        _, links = markdown(root / name)
        for address in links:
            if wrong := external(address) if is_external(address) else in_repository(root, root / name, address):
                yield f"{name}: {address}: {wrong}"


def in_repository(root: Path, file: Path, address: str) -> str:
    parts = urlsplit(address)
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file.resolve()
    if parts.path.startswith("/") or not target.is_relative_to(root.resolve()):
        return "leads out of the repository"
    if not target.exists():
        return "no such file"
    if parts.fragment and target.suffix == ".md" and unquote(parts.fragment) not in markdown(target)[0]:
        return "no such anchor"
    return ""


@cache
def markdown(file: Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """The anchors of a Markdown file's headings, and the targets of its links and pictures."""
    tokens = MarkdownIt("commonmark").enable("table").parse(file.read_text("utf-8"))
    anchors: list[str] = []
    links: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        for child in token.children or ():
            links += [str(child.attrs[name]) for name in ("href", "src") if name in child.attrs]
        if before is not None and before.type == "heading_open":
            anchors.append(_slug(token, anchors))
    return frozenset(anchors), tuple(links)


def _slug(heading: Token, taken: list[str]) -> str:
    """A heading's anchor, as GitHub and GitLab make it."""
    text = "".join(child.content for child in heading.children or () if child.type in ("text", "code_inline"))
    slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    again = sum(re.sub(r"-\d+$", "", one) == slug or one == slug for one in taken)
    return f"{slug}-{again}" if again else slug


def repository_markdown() -> list[str]:
    """The repository's Markdown that people read."""
    found = [file for pattern in ("*.md", "docs/**/*.md", "editors/*.md", "editors/*/*.md") for file in ROOT.glob(pattern)]
    return sorted(file.relative_to(ROOT).as_posix() for file in found)


def main() -> int:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "index.html").is_file():
        print("usage: check_links.py SITE, where `mkdocs build -d SITE` has made it", file=sys.stderr)
        return 2
    files = repository_markdown()
    wrong = [*check_site(Path(sys.argv[1])), *check_markdown(ROOT, files)]
    for line in wrong:
        print(line)
    pages = len(list(Path(sys.argv[1]).rglob("*.html")))
    print(f"{len(wrong)} broken links in {pages} pages of the site and {len(files)} Markdown files", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
