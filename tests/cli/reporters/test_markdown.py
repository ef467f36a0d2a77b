"""Markdown and ndjson: what they hold, and that nothing of a hostile file is more than text, as markdown-it reads it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cli.reporters.samples import ATTACK, EMPTY, EVIL, FULL, LEAK, made
from jsleak.cli.reporters.markdown import _code, _prose

HTML = re.compile(r"<!-- -->|</?(details|summary)>|<details><summary>[^<]*</summary>")
READER = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def test_markdown() -> None:
    text = made("markdown", FULL)
    for part in (
        "## jsleak: 3 findings in 1 file\n\n🔴 1 error · 🟠 1 warning · 🔵 1 info · 12 files examined\n",
        "1 finding suppressed by comments · 1 finding known to the baseline · 1 file over 1 MiB skipped",
        "- `src/bad.js:1:4` **syntax-error** Unexpected token `<`\n",
        "### `src/pool.js`\n",
        f"🔴 **5:5** error `held-value-retains-target` · **confirmed**  \n{LEAK.message}\n",
        "```js\nregistry.register(this, () => this.close());\n```",
        "```js\ntrack(this, () => {\n  this.close();\n});\n```",
        "💡 Pass what `close` needs instead: `registry.register(this, this.fd)`.",
        "<details><summary>Experiment: confirmed (quickjs-ng 0.17.0)</summary>\n\n- as written: alive\n",
        "1. `5:29` held value: arrow function\n2. `5:35` captures `this`\n",
    ):
        assert part in text, part
    assert made("markdown", EMPTY) == "## jsleak: no findings\n\n4 files examined\n"


def test_markdown_is_cut_where_a_comment_would_be() -> None:
    many = replace(FULL, result=replace(FULL.result, findings=(LEAK,) * 500))
    text = made("markdown", many)
    assert len(text) < 65_536
    shown = text.count("🔴 **5:5**")
    assert text.endswith(f"\n*… and {500 - shown} further findings.*\n")
    assert shown > 50


def test_nothing_is_markup_but_ours() -> None:
    found: list[str] = []
    for token in READER.parse(made("markdown", EVIL)):
        for one in [token, *(token.children or [])]:
            assert one.type not in {"link_open", "image"}, one
            if one.type in ("html_block", "html_inline"):
                found += [HTML.sub("", line) for line in one.content.splitlines()]
    assert [line for line in found if "<" in line] == []


def test_nobody_is_mentioned() -> None:
    text = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", made("markdown", EVIL))
    assert "@" in text
    assert not re.search(r"@\w|(?<!\\)#\d", text)


@given(st.text(st.sampled_from("ab `\\*_[]()<>!#|~@&$:/.-+1\n\t"), max_size=40))
def test_code_spans_hold_any_text(text: str) -> None:
    if text.strip() and "\n" not in text and "\t" not in text:
        [paragraph] = [token for token in READER.parse("x " + _code(text)) if token.type == "inline"]
        [_, span] = paragraph.children or []
        assert (span.type, span.content) == ("code_inline", text)


@given(st.text(st.sampled_from("ab `\\*_[]()<>!#|~@&$:/.-+1\n"), max_size=40))
def test_prose_is_text_and_code(text: str) -> None:
    """Whatever a message holds, it is text, code, and the comment that keeps names from being mentioned."""
    for token in READER.parse("x " + _prose(text)):
        for one in token.children or []:
            assert one.type in {"text", "text_special", "code_inline", "softbreak"} or one.content == "<!-- -->", (
                one.type,
                one.content,
            )


def test_ndjson() -> None:
    lines = [json.loads(line) for line in made("ndjson", FULL).splitlines()]
    whole = json.loads(made("json", FULL))
    assert [line.pop("type") for line in lines] == [*["finding"] * 3, "suppressed", "known", *["problem"] * 3, "skipped", "summary"]
    assert lines[:3] == whole["findings"]
    assert lines[5:8] == whole["problems"]
    assert lines[-1] == {"version": 1, "tool": whole["tool"], **whole["summary"]}
    assert (lines[3]["reason"], lines[3]["comment"]["start"]) == ("a test needs it", {"line": 11, "column": 1})


@pytest.mark.parametrize("name", ["json", "ndjson"])
def test_json_keeps_what_it_is_given(name: str) -> None:
    text = made(name, EVIL)
    assert text.isascii()
    first = json.loads(text.splitlines()[0] if name == "ndjson" else text)
    finding = first if name == "ndjson" else first["findings"][0]
    assert finding["help"] == ATTACK
