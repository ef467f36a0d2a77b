"""The page as text: what is in it, and that nothing of a hostile file becomes markup. What it does: ``test_html_browser.py``."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.reporters.samples import ATTACK, EMPTY, EVIL, FULL, LEAK, POOL, SOURCE, made, place
from jsleak.analysis.text import SourceText
from jsleak.cli.reporters import Report
from jsleak.cli.reporters.html.code import Code

TAGS = frozenset(
    """
    html head meta title link style body a header h1 h2 h3 span ul ol li b i p div nav form label input fieldset legend select
    option output button main section article pre code mark details summary figure footer script
    svg g rect path polygon text tspan strong em
    """.split()  # noqa: SIM905
)
VOID = frozenset({"meta", "link", "input"})


@dataclass
class Parsed(HTMLParser):
    """Elements with their attributes, and the text that is no style or script."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        else:
            self.text.append(data)


def parsed(report: Report) -> Parsed:
    page = Parsed()
    page.feed(made("html", report))
    page.close()
    assert page.open == []
    return page


@pytest.mark.parametrize("report", [FULL, EMPTY, EVIL], ids=["full", "empty", "evil"])
def test_nothing_is_markup_but_ours(report: Report) -> None:
    page = parsed(report)
    names = [name for name, _ in page.elements]
    assert set(names) <= TAGS
    assert (names.count("script"), names.count("style")) == (1, 1)
    for name, attributes in page.elements:
        assert not {key for key in attributes if key.startswith("on")} | ({"src", "style", "srcdoc"} & set(attributes)), name
        assert str(attributes.get("href", "#")).startswith(("#", "data:,")), attributes
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(attributes["href"])[1:] for name, attributes in page.elements if name == "a"} <= set(map(str, ids))


def test_what_an_enemy_wrote_is_shown() -> None:
    text = "".join(parsed(EVIL).text)
    assert ATTACK[:20] in text
    assert "'</script><script>alert(3)</script>" in text
    assert "<script>alert(2)</script>\ufffd,a:b%" in text
    assert "{{ 7*7 }}" in text
    assert not re.search("[\u202e\u2028\x00\x1b\ud800-\udfff]", made("html", EVIL))


@pytest.mark.parametrize("report", [FULL, EVIL], ids=["full", "evil"])
def test_policy_names_our_script_and_style_alone(report: Report) -> None:
    page = parsed(report)
    [policy] = [
        attributes["content"] for name, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.raw[name].encode()).digest()).decode()
        assert directives[f"{name}-src"] == f"'sha256-{digest}'"


def test_finding() -> None:
    page = parsed(FULL)
    articles = [attributes for name, attributes in page.elements if name == "article"]
    assert [(one["data-severity"], one["data-rule"], one["data-verdict"]) for one in articles] == [
        ("error", "held-value-retains-target", "confirmed"),
        ("warning", "held-value-retains-target", "not tested"),
        ("info", "anonymous-target", "not tested"),
    ]
    text = " ".join("".join(page.text).split())
    for part in (
        "3 findings in 12 files",
        LEAK.message.replace("`", ""),
        LEAK.help.replace("`", ""),
        "Confirmed on quickjs-ng 0.17.0 as written: alive without the cause: collected",
        "Fix (unsafe): Hold this.fd works collected",
        "5:35 captures this",
        "syntax-error Unexpected token <",
        "Reason: a test needs it",
        "big.js",
        "the held value keeps its own target alive",
    ):
        assert part in text, part
    assert [name for name, _ in page.elements].count("svg") == 1
    assert "new Pool(1);" not in text
    assert "new Pool(1);" in "".join(parsed(replace(FULL, programs=True)).text)


def test_ids_stay_when_code_moves() -> None:
    down = "\n\n" + POOL
    source = SourceText(down, "src/pool.js")
    moved = replace(LEAK, range=place("registry.register(this, () => this.close())", source=source))
    both = [
        next(str(attributes["id"]) for name, attributes in parsed(report).elements if name == "article")
        for report in (
            replace(FULL, result=replace(EMPTY.result, findings=(LEAK,))),
            Report(replace(EMPTY.result, findings=(moved,)), sources={"src/pool.js": down.encode()}),
        )
    ]
    assert both[0] == both[1]


def test_without_findings() -> None:
    text = " ".join("".join(parsed(EMPTY).text).split())
    assert "No findings in 4 files, of which 0 were analysed." in text


def test_source_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = parsed(replace(FULL, sources={}))
    assert [name for name, _ in page.elements].count("pre") == 0
    assert [name for name, _ in page.elements].count("article") == 3


def shown(code: Code, source: SourceText, start: int, end: int) -> list[tuple[int | None, str, str]]:
    lines = code.excerpt(source.range(start, end))
    return [
        (line.number, "".join(piece.text for piece in line.pieces), "".join(piece.text for piece in line.pieces if piece.marked))
        for line in lines
    ]


def test_excerpt() -> None:
    start = POOL.index("track(")
    assert shown(Code(SOURCE), SOURCE, start, POOL.index("});") + 2) == [
        (4, "    this.fd = fd;", ""),
        (5, "    registry.register(this, () => this.close());", ""),
        (6, "    track(this, () => {", "track(this, () => {"),
        (7, "      this.close();", "this.close();"),
        (8, "    });", "})"),
        (9, "  }", ""),
        (10, "}", ""),
    ]


def test_excerpt_of_a_long_place_and_of_a_long_line() -> None:
    source = SourceText("".join(f"f({number});\n" for number in range(100)), "a.js")
    numbers = [number for number, _, _ in shown(Code(source), source, source.line_starts[9], source.line_starts[60])]
    assert numbers == [8, 9, *range(10, 20), None, 58, 59, 60, 61, 62]
    long = SourceText("x" * 5000 + "MARK" + "y" * 5000, "a.js")
    [(_, text, marked)] = shown(Code(long), long, 5000, 5004)
    assert marked == "MARK"
    assert len(text) <= 242
    assert text.startswith("…x") and text.endswith("y…")  # noqa: PT018


def test_a_text_that_takes_too_long_to_colour_is_shown_without(monkeypatch: pytest.MonkeyPatch) -> None:
    with_colours = Code(SOURCE).excerpt(SOURCE.range(0, 5))
    monkeypatch.setattr("jsleak.cli.reporters.html.code._LEXER_SECONDS", -1.0)
    without = Code(SOURCE).excerpt(SOURCE.range(0, 5))
    assert {piece.kind for line in with_colours for piece in line.pieces} >= {"", "k"}
    assert {piece.kind for line in without for piece in line.pieces} == {""}
    texts = [["".join(piece.text for piece in line.pieces) for line in lines] for lines in (with_colours, without)]
    assert texts[0] == texts[1]


CHARACTERS = st.text(st.sampled_from("ab `'\"/*\\\n\r\t\u2028${}();=>0é\U0001f600"), max_size=60)


@given(CHARACTERS, st.integers(0, 60), st.integers(0, 60))
def test_excerpt_shows_the_source(text: str, start: int, length: int) -> None:
    """Each line of an excerpt is the line of the source, and what is marked is the place, without the blanks that lead a line."""
    source = SourceText(text, "a.js")
    start = min(start, len(text))
    end = min(start + length, len(text))
    lines = shown(Code(source), source, start, end)
    place_ = source.range(start, end)
    for number, line, _ in lines:
        assert number is not None
        assert line == source.line(number)
    for number in range(place_.start.line, place_.end.line + 1):
        if (number, place_.end.column) != (place_.end.line, 1) or number == place_.start.line:
            expected = source.line(number)
            low = place_.start.column - 1 if number == place_.start.line else len(expected) - len(expected.lstrip())
            high = place_.end.column - 1 if number == place_.end.line else len(expected)
            assert next(marked for found, _, marked in lines if found == number) == expected[low:high]


@given(st.text(max_size=40))
def test_any_text_is_text(text: str) -> None:
    from jsleak.cli.reporters.html.view import prose

    page = Parsed()
    page.feed(f"<p>{prose(text)}</p>")
    page.close()
    assert {name for name, _ in page.elements} <= {"p", "code"}


def test_stream_of_any_kind() -> None:
    """Standard output may be something that only has ``write``."""
    from jsleak.cli.reporters import reporter

    stream = io.StringIO()
    reporter("html")(FULL, stream)
    assert stream.getvalue().rstrip().endswith("</html>")
