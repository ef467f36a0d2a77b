"""The report for people, line by line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from jsleak.analysis.findings import Finding, Hop, Problem, ProblemKind, Severity, Status, Verdict
from jsleak.analysis.text import SourceText
from jsleak.cli.output import visible
from jsleak.cli.reporters import Report
from jsleak.cli.reporters.excerpt import excerpt, snippet
from jsleak.cli.reporters.text import report
from jsleak.workspace import LintResult

POOL = """\
const registry = new FinalizationRegistry((fd) => fd.close());
export class Pool {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.close());
    track(this, () => {
      this.close();
    });
  }
}
"""


def finding(source: SourceText, code: str, message: str, hops: tuple[tuple[str, str], ...] = (), **rest: object) -> Finding:
    def place(part: str) -> tuple[int, int]:
        start = source.text.index(part)
        return start, start + len(part)

    path = tuple(Hop(label, source.path, source.range(*place(part))) for label, part in hops)
    return Finding(
        "held-value-retains-target",
        rest.pop("severity", Severity.ERROR),  # type: ignore[arg-type]
        source.path,
        source.range(*place(code)),
        message,
        retention=path,
        **rest,  # type: ignore[arg-type]
    )


SAMPLE = SourceText(POOL, "src/pool.js")
FINDINGS = (
    finding(
        SAMPLE,
        "registry.register(this, () => this.close())",
        "`registry` keeps `this` alive: the held value `() => this.close()` captures it.",
        (("held value: arrow function", "() => this.close()"), ("captures `this`", "this.close())"), ("is the target", "this, ()")),
        help="Pass what `close` needs instead: `registry.register(this, this.fd)`.",
        verdict=Verdict(Status.CONFIRMED, "quickjs-ng 0.17.0", "the target was not collected"),
    ),
    finding(
        SAMPLE, POOL[POOL.index("track(") : POOL.index("  }\n}")].rstrip(), "The same, through `track`.", severity=Severity.WARNING
    ),
)
PROBLEMS = (
    Problem("src/gone.js", ProblemKind.NOT_FOUND, "no such file or folder"),
    Problem("src/pool.js", ProblemKind.ANALYSIS_INCOMPLETE, "gave up after 100,000 steps"),
)
GOLDEN = """\
src/gone.js
  problem[not-found] no such file or folder

src/pool.js
  note[analysis-incomplete] gave up after 100,000 steps

  5:5 error[held-value-retains-target] `registry` keeps `this` alive: the held value `() => this.close()` captures it.
    5 │     registry.register(this, () => this.close());
      │     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
      ├─ 5:29 held value: arrow function  () => this.close()
      ├─ 5:35 captures `this`  this.close())
      └─ 5:23 is the target  this, ()
    help: Pass what `close` needs instead: `registry.register(this, this.fd)`.
    confirmed (quickjs-ng 0.17.0): the target was not collected

  6:5 warning[held-value-retains-target] The same, through `track`.
    6 │     track(this, () => {
      │     ━━━━━━━━━━━━━━━━━━━
    7 │ ┃       this.close();
    8 │ ┃     });

Found 2 findings (1 error, 1 warning) in 1 of 1,234 files; 5 analysed.
1 problem: what could not be examined is named above.
2 files over 1 MiB skipped (--max-file-size).
"""


def printed(monkeypatch: pytest.MonkeyPatch, result: LintResult, sources: dict[str, bytes], encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    report(Report(result, colour="never", sources=sources, size_limit="1 MiB"), stream)
    stream.flush()
    return raw.getvalue().decode(encoding)


RESULT = LintResult(1234, 5, FINDINGS, PROBLEMS, ("big.js", "bigger.js"))


def test_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, RESULT, {"src/pool.js": POOL.encode()}) == GOLDEN


def test_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    table = str.maketrans({"│": "|", "━": "^", "┃": "|"})
    expected = GOLDEN.translate(table).replace("├─", "|-").replace("└─", "`-")
    assert printed(monkeypatch, RESULT, {"src/pool.js": POOL.encode()}, "ascii") == expected


def test_sources_that_are_gone_or_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    without = "\n".join(line for line in GOLDEN.split("\n") if "━" not in line and not line[:5].strip().isdigit())
    for name in ("  () => this.close()", "  this.close())", "  this, ()"):
        without = without.replace(name + "\n", "\n")
    assert printed(monkeypatch, RESULT, {}) == without
    # Shorter than it was: what is left is shown, nothing fails.
    assert "5:5 error" in printed(monkeypatch, RESULT, {"src/pool.js": b"\n" * 5})
    assert "5:5 error" in printed(monkeypatch, RESULT, {"src/pool.js": b"\xff"})


def lines(text: str, code: str, width: int = 40) -> list[str]:
    """The excerpt of ``code`` in ``text``, with its marks."""
    source = SourceText(text, "a.js")
    start = text.index(code)
    shown: list[str] = []
    for row in excerpt(source, source.range(start, start + len(code)), width, "…"):
        number = "⋮" if row.number is None else str(row.number)
        shown.append(f"{number}{'┃' if row.inside else ' '}{row.text}")
        if row.mark:
            shown.append("  " + " " * row.mark[0] + "^" * row.mark[1])
    return shown


EXCERPTS = [
    ("a tab", "\tfoo(x\t);", "foo(x\t)", ["1     foo(x   );", "      ^^^^^^^^^"]),
    ("wide characters", "f('漢字', g())", "g()", ["1 f('漢字', g())", "            ^^^"]),
    ("wide and marked", "f('漢字')", "'漢字'", ["1 f('漢字')", "    ^^^^^^"]),
    ("astral", "f('😀', g())", "g()", ["1 f('😀', g())", "          ^^^"]),
    ("combining", "f('e\u0301', g())", "g()", ["1 f('e\u0301', g())", "         ^^^"]),
    ("controls", "f('\x1b[31m\u202e', g())", "g()", ["1 f('\ufffd[31m\ufffd', g())", "              ^^^"]),
    ("empty", "f()", "", ["1 f()", "  ^"]),
    ("long, at the start", "f();" + "x" * 99, "f()", ["1 f();xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", "  ^^^"]),
    ("long, at the end", "x" * 99 + ";f()", "f()", ["1 …xxxxxxxxxxxxxxxxxx;f()", "                      ^^^"]),
    ("two lines", "f(\n  1)", "f(\n  1)", ["1 f(", "  ^^", "2┃  1)"]),
    ("up to a line's start", "f(\n)", "f(\n", ["1 f(", "  ^^"]),
    ("many lines", "f(\n1,\n2,\n3,\n4,\n5)", "f(\n1,\n2,\n3,\n4,\n5)", ["1 f(", "  ^^", "2┃1,", "⋮┃", "6┃5)"]),
]


@pytest.mark.parametrize(("text", "code", "expected"), [case[1:] for case in EXCERPTS], ids=[case[0] for case in EXCERPTS])
def test_excerpts(text: str, code: str, expected: list[str]) -> None:
    assert [line.replace(" ", ".") for line in lines(text, code)] == [line.replace(" ", ".") for line in expected]


@pytest.mark.parametrize("at", [0, 1, 1000, 50_000, 99_990])
def test_a_minified_line_is_cut_around_its_place(at: int) -> None:
    text = ("ab漢;" * 25_000)[:at] + "register(x)" + ("ab漢;" * 25_000)[at:]
    top, marks = lines(text, "register(x)", width=60)
    from rich.cells import cell_len

    assert cell_len(top) <= 62
    assert "register(x)" in top
    assert cell_len(top[: top.index("register(x)")]) == marks.index("^")
    assert marks.count("^") == len("register(x)")


def test_snippets_are_one_short_line() -> None:
    source = SourceText("f({\n  a: 1,\n\tb: '漢字漢字漢字'\n})", "a.js")
    assert snippet(source, source.range(0, len(source.text)), 20, "…") == "f({ a: 1, b: '漢字…"


def test_nothing_steers_the_terminal() -> None:
    assert visible("a\x1b[2Jb\nc\u202ed\x9b") == "a\ufffd[2Jb\\nc\ufffdd\ufffd"
