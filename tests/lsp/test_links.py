"""Links from the rules that suppressions name to their pages, and the pages themselves."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from jsleak import __version__
from jsleak.analysis.pages import markdown
from jsleak.analysis.rule import load_rules, rule_names
from jsleak.lsp.features import pages
from jsleak.lsp.features.links import links, resolve
from support.snapshots import at, snapshot_of

LINKS = {
    "next line": ("// jsleak-ignore-next-line anonymous-target\nf();", ["anonymous-target"]),
    "a list and a reason": (
        "f(); // jsleak-ignore-line anonymous-target, token-mismatch -- see async-cleanup\n",
        ["anonymous-target", "token-mismatch"],
    ),
    "a block comment": ("/* jsleak-ignore-file object-held-value */", ["object-held-value"]),
    "between tags": ("x = <p>\n{/* jsleak-ignore-next-line token-mismatch */}\n</p>", ["token-mismatch"]),
    "after astral characters": ('"𝒳𝒴"; // jsleak-ignore-line async-cleanup', ["async-cleanup"]),
    "an unknown rule": ("// jsleak-ignore-line nothing-like-it, async-cleanup", ["async-cleanup"]),
    "no comment": ("const text = 'jsleak-ignore-line async-cleanup';", []),
    "a comment in a string": ("const text = '// jsleak-ignore-line async-cleanup';", []),
    "no suppression": ("// jsleak finds async-cleanup", []),
}


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*row, id=name) for name, row in LINKS.items()])
def test_links(program: str, expected: list[str]) -> None:
    found = links(snapshot_of(program))
    assert [at(program, link.range) for link in found] == expected
    assert all(link.target is None for link in found), "pages are written when they are asked for"
    assert [link.tooltip for link in found] == [load_rules()[name].rule.summary for name in expected]
    assert [resolve(link, lambda rule: f"page of {rule}").target for link in found] == [f"page of {name}" for name in expected]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of the user."""
    monkeypatch.setattr(pages, "user_cache_path", lambda name, appauthor: tmp_path / "of a user é" / name)
    pages.page_uri.cache_clear()
    return tmp_path / "of a user é" / "jsleak" / "rules" / __version__


def path_of(uri: str | None) -> Path:
    assert uri is not None
    assert uri.startswith("file:///")
    return Path(unquote(urlparse(uri).path))


def test_every_page_is_written_where_its_uri_says(cache: Path) -> None:
    for name in rule_names():
        path = path_of(pages.page_uri(name))
        assert path == cache / f"{name}.md"
        assert path.read_text() == markdown(load_rules()[name])
    assert len(list(cache.iterdir())) == len(rule_names()), "nothing else is left there"


def test_a_page_of_an_older_checkout_is_replaced(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "async-cleanup.md").write_text("old")
    assert path_of(pages.page_uri("async-cleanup")).read_text() == markdown(load_rules()["async-cleanup"])


def test_no_page_where_there_is_no_rule_or_no_place_to_write(cache: Path) -> None:
    assert pages.page_uri("nothing-like-it") is None
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert pages.page_uri("async-cleanup") is None


def test_two_servers_may_write_at_once(cache: Path) -> None:
    expected = markdown(load_rules()["async-cleanup"]).encode()
    path = cache / "async-cleanup.md"
    seen: list[bytes] = []
    writers = [
        threading.Thread(target=lambda: [pages._write(path, data) for data in (b"another version", expected) * 50])
        for _ in range(4)
    ]
    pages._write(path, expected)
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen.append(path.read_bytes())
    assert set(seen) <= {expected, b"another version"}
    assert path.read_bytes() == expected
    assert [one.name for one in cache.iterdir()] == [path.name]
