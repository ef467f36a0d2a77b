"""MkDocs calls these while it builds the site: pages that are made from other files, and links that lead out of ``docs/``."""

from __future__ import annotations

import logging
import posixpath
from typing import Any

from defects_table import MARK, sections
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from places import COPIES, ROOT, is_relative, links, place_on_site, resolved, source_of, with_links
from rule_pages import index
from rule_pages import page as rule_page

from jsleak.analysis.rule import load_rules

log = logging.getLogger("mkdocs.hooks.jsleak")


def on_config(config: MkDocsConfig) -> None:
    """Give the navigation its rules."""
    config.nav = _nav(config.nav or [])


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the files of the repository that pages link to."""
    for name, loaded in load_rules().items():
        files.append(File.generated(config, f"rules/{name}.md", content=rule_page(loaded)))
    files.append(File.generated(config, "rules/index.md", content=index()))
    for name, original in COPIES.items():
        files.append(File.generated(config, name, content=(ROOT / original).read_text("utf-8")))
    linked = {place for file in files.documentation_pages() for place in _linked(file)}
    for path, place in sorted(linked):
        if place.startswith("files/"):
            files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make links of the repository links of the site, and put the table of defects where it belongs."""
    here = page.file.src_uri

    def change(target: str) -> str:
        if not is_relative(target) or here.startswith("rules/"):
            return target
        path, anchor = resolved(here, target)
        place = place_on_site(path)
        if place is None:
            log.warning("%s links to %s, which is not on the site", source_of(here), target)
            return target
        return posixpath.relpath(place, posixpath.dirname(here) or ".") + anchor

    return with_links(markdown, change).replace(MARK, sections())


def _linked(file: File) -> list[tuple[str, str]]:
    """The files of the repository that a page links to, and their places on the site."""
    if file.src_uri.startswith("rules/"):
        return []
    paths = [resolved(file.src_uri, target)[0] for _, _, target in links(file.content_string) if is_relative(target)]
    return [(path, place) for path in paths if (place := place_on_site(path))]


def _nav(items: Any) -> Any:
    """The navigation, with the rules where it says ``rules``."""
    if isinstance(items, list):
        return [_nav(item) for item in items]
    if isinstance(items, dict):
        return {title: _nav(below) for title, below in items.items()}
    return ["rules/index.md", *(f"rules/{name}.md" for name in load_rules())] if items == "rules" else items
