"""Links of the docs: what is broken is told of, and what works in the repository works on the site."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_links import check_markdown, check_site, repository_markdown
from places import ROOT, is_relative, links, place_on_site, resolved, with_links

GOOD = """\
<h1 id="top">x</h1><a href="b.html#there">b</a><a href="#top">top</a><a href="sub/">s</a>
<img src="p.png"><link rel="canonical" href="https://a.b/">
"""
SITE = {
    "index.html": GOOD,
    "b.html": '<p id="there">',
    "sub/index.html": '<a href="../b.html">',
    "p.png": "",
    "s.css": "a{b:url(p.png)}",
}
BROKEN = {
    "no file": ("index.html", '<a href="c.html">', "c.html: no such file"),
    "no anchor": ("index.html", '<a href="b.html#here">', "b.html#here: no such anchor"),
    "no anchor in the page itself": ("index.html", '<a href="#here">', "#here: no such anchor"),
    "no picture": ("sub/index.html", '<img src="p.png">', "p.png: no such file"),
    "a folder without a page": ("index.html", '<a href="none/">', "none/: no such file"),
    "out of the site": ("index.html", '<a href="../x.html">', "../x.html: leads out of the site"),
    "absolute": ("sub/index.html", '<a href="/b.html">', "/b.html: absolute"),
    "no host": ("index.html", '<a href="https://">', "https://: no address"),
    "one slash": ("index.html", '<a href="http:/a.b">', "http:/a.b: no address"),
    "a scheme that does nothing": ("index.html", '<a href="htp://a.b">', "htp://a.b: neither http nor https"),
    "a script from elsewhere": (
        "index.html",
        '<script src="https://a.b/c.js"></script>',
        "https://a.b/c.js: fetched from elsewhere",
    ),
    "a script without a scheme": ("index.html", '<script src="//a.b/c.js"></script>', "//a.b/c.js: fetched from elsewhere"),
    "a style sheet from elsewhere": ("index.html", '<link rel="stylesheet" href="https://a.b/c.css">', "fetched from elsewhere"),
    "a font from elsewhere": ("s.css", "a{b:url('https://a.b/f.woff2')}", "https://a.b/f.woff2: fetched from elsewhere"),
    "an import from elsewhere": ("s.css", '@import "https://a.b/c.css";', "https://a.b/c.css: fetched from elsewhere"),
    "a file of a style sheet": ("s.css", "a{b:url(q.png)}", "q.png: no such file"),
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_a_site_without_broken_links(tmp_path: Path) -> None:
    write(tmp_path, SITE)
    assert list(check_site(tmp_path)) == []


@pytest.mark.parametrize(("name", "text", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_link_of_the_site(tmp_path: Path, name: str, text: str, told: str) -> None:
    write(tmp_path, {**SITE, name: SITE[name] + text})
    (wrong,) = check_site(tmp_path)
    assert wrong.startswith(f"{name}: ")
    assert told in wrong


MARKDOWN = {
    "a file": ("[a](docs/b.md)", None),
    "an anchor": ("[a](docs/b.md#jsleak-run-and-more)", None),
    "a second heading of the same name": ("[a](docs/b.md#same-1)", None),
    "a folder": ("[a](docs)", None),
    "code": ("`[a](none.md)`\n\n```\n[a](none.md)\n```\n", None),
    "an address elsewhere": ("<https://a.b/c>", None),
    "no file": ("[a](none.md)", "none.md: no such file"),
    "no file in a table": ("| a |\n|---|\n| [a](none.md) |", "none.md: no such file"),
    "no file by reference": ("[a][1]\n\n[1]: none.md\n", "none.md: no such file"),
    "no picture": ("![a](none.png)", "none.png: no such file"),
    "no anchor": ("[a](docs/b.md#same-2)", "docs/b.md#same-2: no such anchor"),
    "no anchor in the page itself": ("[a](#none)", "#none: no such anchor"),
    "out of the repository": ("[a](../x.md)", "../x.md: leads out of the repository"),
    "no address": ("[a](https:/a.b)", "https:/a.b: no address"),
}


@pytest.mark.parametrize(("text", "told"), MARKDOWN.values(), ids=MARKDOWN)
def test_links_of_the_repository(tmp_path: Path, text: str, told: str | None) -> None:
    write(tmp_path, {"a.md": text, "docs/b.md": "# `jsleak run`, and more\n\n## Same\n\n## Same\n"})
    assert list(check_markdown(tmp_path, ["a.md"])) == ([f"a.md: {told}"] if told else [])


def test_the_repository_has_no_broken_link() -> None:
    files = repository_markdown()
    assert {"README.md", "CONTRIBUTING.md", "docs/tutorial.md", "editors/README.md", "editors/neovim/README.md"} <= set(files)
    assert list(check_markdown(ROOT, files)) == []


def test_every_relative_link_of_the_docs_has_a_place_on_the_site() -> None:
    pages = [file.name for file in sorted((ROOT / "docs").glob("*.md"))]
    found = {
        (page, target): place_on_site(resolved(page, target)[0])
        for page in pages
        for _, _, target in links((ROOT / "docs" / page).read_text("utf-8"))
        if is_relative(target)
    }
    assert len(found) > 30
    assert not [key for key, place in found.items() if place is None]


PLACES = {
    "docs/run.md": "run.md",
    "docs/vscode.png": "vscode.png",
    "analysis/rules/async_cleanup.py": "rules/async-cleanup.md",
    "analysis/rules": "rules/index.md",
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "editors": "editors/index.md",
    "editors/README.md": "editors/index.md",
    "editors/vscode": "editors/vscode.md",
    "editors/emacs/jsleak.el": "files/editors/emacs/jsleak.el",
    "LICENSE": "files/LICENSE",
    "docs/none.md": None,
    "analysis/rules/none.txt": None,
    "engine": None,
}


@pytest.mark.parametrize(("path", "place"), PLACES.items(), ids=PLACES)
def test_places(path: str, place: str | None) -> None:
    assert place_on_site(path) == place


def test_links_are_changed_outside_of_code_only() -> None:
    page = '[`a`](b.md "t") `[c](d.md)`\n\n```\n[e](f.md)\n```\n\n![g](h.png) [i][1] <https://j.k>\n\n[1]: l.md\n'
    changed = '[`a`](B.MD "t") `[c](d.md)`\n\n```\n[e](f.md)\n```\n\n![g](H.PNG) [i][1] <https://j.k>\n\n[1]: L.MD\n'
    assert with_links(page, str.upper) == changed
