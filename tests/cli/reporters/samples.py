"""Results that the tests of all formats share: one of each thing, and one made by an enemy."""

from __future__ import annotations

import io
from dataclasses import replace

from jsleak.analysis.findings import (
    Edit,
    Finding,
    Fix,
    FixOutcome,
    FixTrial,
    Hop,
    Problem,
    ProblemKind,
    Severity,
    Status,
    Suppressed,
    Verdict,
)
from jsleak.analysis.text import Range, SourceText
from jsleak.cli.reporters import Report, reporter
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
// jsleak-ignore-next-line anonymous-target -- a test needs it
registry.register({}, 1);
registry.register({}, 2);
registry.register({}, 2);
"""
SOURCE = SourceText(POOL, "src/pool.js")


def place(code: str, *, after: int = 0, source: SourceText = SOURCE) -> Range:
    """The range of a piece of the source, the first one from line ``after`` + 1 on."""
    start = source.text.index(code, source.line_starts[after])
    return source.range(start, start + len(code))


VERDICT = Verdict(
    Status.CONFIRMED,
    "quickjs-ng 0.17.0",
    "the target was not collected",
    ("as written: alive", "without the cause: collected"),
    "new Pool(1);\n",
    (FixTrial("Hold `this.fd`", FixOutcome.WORKS, "collected"),),
)
LEAK = Finding(
    "held-value-retains-target",
    Severity.ERROR,
    "src/pool.js",
    place("registry.register(this, () => this.close())"),
    "`registry` keeps `this` alive: the held value `() => this.close()` captures it.",
    "Pass what `close` needs instead: `registry.register(this, this.fd)`.",
    (
        Hop("held value: arrow function", "src/pool.js", place("() => this.close()")),
        Hop("captures `this`", "src/pool.js", place("this.close())")),
        Hop("is the target", "src/pool.js", place("this, ()")),
    ),
    (Fix("Hold `this.fd`", safe=False, edits=(Edit(place("() => this.close()"), "this.fd"),)),),
    VERDICT,
)
WRAPPED = Finding(
    "held-value-retains-target",
    Severity.WARNING,
    "src/pool.js",
    place("track(this, () => {\n      this.close();\n    })"),
    "The same.",
)
SUPPRESSED = Suppressed(
    Finding("anonymous-target", Severity.WARNING, "src/pool.js", place("registry.register({}, 1)"), "Nobody else holds `{}`."),
    place("// jsleak-ignore-next-line anonymous-target -- a test needs it"),
    "a test needs it",
)
TWIN = Finding("anonymous-target", Severity.INFO, "src/pool.js", place("registry.register({}, 2)"), "Nobody else holds `{}`.")
KNOWN = replace(TWIN, range=place("registry.register({}, 2)", after=13))
PROBLEMS = (
    Problem("src/bad.js", ProblemKind.SYNTAX_ERROR, "Unexpected token `<`", SOURCE.range(3, 4)),
    Problem("src/gone.js", ProblemKind.NOT_FOUND, "no such file or folder"),
    Problem("src/pool.js", ProblemKind.ANALYSIS_INCOMPLETE, "gave up after 100,000 steps"),
)
FULL = Report(
    LintResult(12, 3, (LEAK, WRAPPED, TWIN), PROBLEMS, ("big.js",), (SUPPRESSED,), (KNOWN,)),
    sources={"src/pool.js": POOL.encode()},
    size_limit="1 MiB",
)
EMPTY = Report(LintResult(4, 0))

# Everything that a file's author chooses, chosen to break out of each format.
ATTACK = "</script><img src=x onerror=alert(1)>\"'&]]>--><b>@team #1 | **x** `` ` ::error::%0A\x00\x1b[2J\u202e\ud800"
EVIL_PATH = "src/</title><script>alert(2)</script>\udcff,a:b%\n.js"
EVIL_SOURCE = SourceText(
    "registry.register({}, '</script><script>alert(3)</script>\u2028``` \u202e'); // <!-- {{ 7*7 }} ]]>\n", EVIL_PATH
)
EVIL = Report(
    LintResult(
        1,
        1,
        (
            Finding(
                "anonymous-target",
                Severity.ERROR,
                EVIL_PATH,
                EVIL_SOURCE.range(0, 60),
                f"`{ATTACK}` is lost",
                ATTACK,
                (
                    Hop(ATTACK, EVIL_PATH, EVIL_SOURCE.range(18, 20)),
                    Hop(f"is the target {ATTACK}", EVIL_PATH, EVIL_SOURCE.range(0, 8)),
                ),
                (Fix(ATTACK, safe=True, edits=(Edit(EVIL_SOURCE.range(18, 20), ATTACK),)),),
                Verdict(Status.INCONCLUSIVE, ATTACK, ATTACK, (ATTACK,), ATTACK, (FixTrial(ATTACK, FixOutcome.FAILS, ATTACK),)),
            ),
        ),
        (Problem(EVIL_PATH, ProblemKind.SYNTAX_ERROR, ATTACK, EVIL_SOURCE.range(0, 4)),),
        (EVIL_PATH,),
        (
            Suppressed(
                Finding("anonymous-target", Severity.INFO, EVIL_PATH, EVIL_SOURCE.range(0, 8), ATTACK),
                EVIL_SOURCE.range(0, 1),
                ATTACK,
            ),
        ),
    ),
    sources={EVIL_PATH: EVIL_SOURCE.text.encode("utf-8", "surrogatepass")},
    size_limit="1 MiB",
    programs=True,
)


def made(name: str, report: Report) -> str:
    """The report in a format, as it stands in a file."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="")
    reporter(name)(report, stream)
    stream.flush()
    return raw.getvalue().decode()
