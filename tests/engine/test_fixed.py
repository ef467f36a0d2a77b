"""Fixes put to the test: places followed through edits, and what is said of fixes that help, don't, or can't be tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from jsleak.analysis.findings import Edit, Finding, Fix, FixOutcome, FixTrial, Status
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.run import build_module, run
from jsleak.analysis.text import SourceText
from jsleak.engine.confirm import confirm
from jsleak.engine.fixed import Shift
from jsleak.engine.pool import Pool

FILENAME = "fixed.js"


def edit(source: SourceText, old: str, new: str) -> Edit:
    """Replace the first ``old``; ``a|`` inserts after the first ``a``."""
    found, bar, _ = old.partition("|")
    start = source.text.index(found)
    end = start + len(found)
    return Edit(source.range(end if bar else start, end), new)


# Where places are: the text, the edits, the place, and what stands at the same place then (None: it can't be told).
FOLLOWED = {
    "an edit before it": ("let x = 1; f(a);", [("1", "100")], "f(a)", ["f(a)"]),
    "an edit after it": ("f(a); let x = 1;", [("1", "100")], "f(a)", ["f(a)"]),
    "an edit inside of it": ("x; f(a, b); y;", [("b", "b, a")], "f(a, b)", ["f(a, b, a)"]),
    "an insertion at its end, inside": ("x; f(a); y;", [("f(a|", ", b")], "f(a)", ["f(a, b)"]),
    "an insertion right before it": ("x; f(a);", [("x; |", "const b = a; ")], "f(a)", ["f(a)", "const b = a; f(a)"]),
    "an insertion right after it": ("await f(a);", [("f(a)|", ".g()")], "await f(a)", ["await f(a)", "await f(a).g()"]),
    "edits on all sides": ("x; f(a); y;", [("x", "xxx"), ("a", "bb"), ("y", "")], "f(a)", ["f(bb)"]),
    "wrapped in a replacement": ("() => f(a);", [("f(a)", "{ if (a) f(a); }")], "f(a)", ["f(a)", "{ if (a) f(a); }"]),
    "moved elsewhere": ("f(a); g();", [("f(a);", ""), ("g();|", " f(a);")], "f(a)", ["f(a)"]),
    "twice in a replacement": ("x(f(a));", [("x(f(a))", "f(a), f(a)")], "f(a)", []),
    "taken away": ("x; f(a); y;", [("f(a); ", "")], "f(a)", []),
    "an edit over its border": ("x; f(a) + b;", [("a) +", "c) -")], "f(a)", []),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_places_are_followed(name: str) -> None:
    from jsleak.analysis.edits import apply

    text, edits, place, expected = FOLLOWED[name]
    source = SourceText(text, FILENAME)
    made = tuple(edit(source, old, new) for old, new in edits)
    after = apply(text, made)
    start = text.index(place)
    found = Shift(source, made).candidates(start, start + len(place))
    assert [after[first:last] for first, last in found] == expected


def test_a_gap_is_where_something_was_taken_away() -> None:
    source = SourceText("x; f(a); y;", FILENAME)
    place = source.range(3, 7)
    assert Shift(source, (edit(source, "f(a); ", ""),)).gap(place) == 3
    assert Shift(source, (edit(source, "x; f(a); ", "  "),)).gap(place) == 0
    assert Shift(source, (edit(source, "f(a)", "g(a)"),)).gap(place) is None
    assert Shift(source, (edit(source, "f(a); ", ""), edit(source, "y;|", " g(a);"))).gap(place) is None
    assert Shift(source, (edit(source, "x", "xx"),)).gap(place) is None


# What is said of fixes


@dataclass(frozen=True)
class Case:
    """A program whose one finding of a rule is confirmed, a fix by its edits, and what is said of the fix."""

    rule: str
    text: str
    edits: tuple[tuple[str, str], ...]
    outcome: FixOutcome
    observed: str


RETAINED = """\
const registry = new FinalizationRegistry((clean) => clean());
class Handle {
  constructor(fd) {
    this.fd = fd;
    registry.register(this, () => this.fd, this);
  }
}
new Handle(3);
"""
SKIPPED = """\
const registry = new FinalizationRegistry((fd) => {});
function read(text) {
  const handle = { fd: 3, token: {} };
  registry.register(handle, handle.fd, handle.token);
  const data = JSON.parse(text);
  registry.unregister(handle.token);
  return data;
}
try {
  read("{");
} catch {}
"""
ENDED = """\
const registry = new FinalizationRegistry((held) => {
  registry.unregister(held);
  console.log(held.fd);
});
const held = { fd: 3 };
registry.register({}, held, held);
"""
TWICE = """\
const registry = new FinalizationRegistry((fd) => {});
function open(fd) {
  const handle = { fd };
  registry.register(handle, 3);
  registry.register(handle, 3, handle);
  return handle;
}
open(3);
"""
LOST = """\
const registry = new FinalizationRegistry((fd) => {});
function open(fd, text) {
  const handle = { fd };
  registry.register(handle, fd, handle);
  handle.settings = JSON.parse(text);
  return handle;
}
try {
  open(3, "{");
} catch {}
"""
ASYNC = """\
const registry = new FinalizationRegistry(async (file) => {
  await file.close();
});
registry.register({}, { close: async () => {} });
"""
FAILING = """\
const registry = new FinalizationRegistry((text) => JSON.parse(text));
registry.register({}, "{");
"""
WORKS, FAILS, UNKNOWN = FixOutcome.WORKS, FixOutcome.FAILS, FixOutcome.UNKNOWN
#: A call may register several objects, all with its token.
LISTED = """\
const registry = new FinalizationRegistry((release) => release());
export function any(signals) {
  const pairs = [];
  let left = signals.length;
  for (const signal of signals) {
    const ref = new WeakRef(signal);
    registry.register(signal, () => !--left && dispose(), signal);
    pairs.push(ref);
  }
  function dispose() {
    for (const ref of pairs) {
      const signal = ref.deref();
      if (signal) registry.unregister(signal);
    }
  }
  return dispose;
}
const [one, two] = [{}, {}];
const disposals = [any([one, two]), any([one, two])];
for (const dispose of disposals) dispose();
"""
CASES = {
    "the field instead of `this`": Case(
        "held-value-retains-target",
        RETAINED,
        (("registry.register(this, () => this.fd, this)", "registry.register(this, () => fd, this)"),),
        WORKS,
        "0 of 1 target still alive after collection",
    ),
    "the arrow function alone is replaced": Case(
        "held-value-retains-target",
        RETAINED,
        (("() => this.fd", "() => fd"),),
        WORKS,
        "0 of 1 target still alive after collection",
    ),
    "another way to hold it": Case(
        "held-value-retains-target",
        RETAINED,
        (("() => this.fd", "this.close.bind(this)"), ("constructor|", "(fd) { this.init(fd); } close() {} init")),
        FAILS,
        "still there: 1 of 1 target still alive after collection",
    ),
    "it does not parse": Case(
        "held-value-retains-target", RETAINED, (("() => this.fd", "() =>"),), UNKNOWN, "not run (the fixed code does not parse: "
    ),
    "its edits overlap": Case(
        "held-value-retains-target",
        RETAINED,
        (("() => this.fd", "1"), ("this.fd, this", "2")),
        UNKNOWN,
        "not run (its edits overlap)",
    ),
    "it stops before it gets there": Case(
        "held-value-retains-target",
        RETAINED,
        (("    this.fd = fd;|", "\n    if (fd) throw new Error('no');"),),
        UNKNOWN,
        "not run (it stopped with Error: no, and did not without the fix)",
    ),
    "it never gets there": Case(
        "held-value-retains-target",
        RETAINED,
        (("    this.fd = fd;|", "\n    if (fd) return;"),),
        UNKNOWN,
        "nothing could be told (register() was not reached",
    ),
    "it never ends": Case(
        "held-value-retains-target",
        RETAINED,
        (("    this.fd = fd;|", "\n    while (fd);"),),
        UNKNOWN,
        "not run (the program did not end in time: ",
    ),
    "the flagged call is written anew": Case(
        "held-value-retains-target",
        RETAINED,
        (
            ("registry.register(this, () => this.fd, this)", "void track(this, fd)"),
            ("new Handle|", "(3); function track() {} Object"),
        ),
        UNKNOWN,
        "not run (the flagged code can't be found in the fixed code)",
    ),
    "unregistered in finally": Case(
        "unregister-not-in-finally",
        SKIPPED,
        (
            ("const data = JSON.parse(text);", "try {\n    const data = JSON.parse(text);\n    return data;\n  } finally {"),
            ("\n  return data;", "\n  }"),
        ),
        WORKS,
        "1 exception, 0 registrations left behind",
    ),
    "moved into a finally": Case(
        "unregister-not-in-finally",
        SKIPPED,
        (
            ("  registry.unregister(handle.token);\n", ""),
            (
                "const data = JSON.parse(text);",
                "try {\n    return JSON.parse(text);\n  } finally { registry.unregister(handle.token); }",
            ),
            ("  return data;\n", ""),
        ),
        WORKS,
        "1 exception, 0 registrations left behind",
    ),
    "a finally around the wrong call": Case(
        "unregister-not-in-finally",
        SKIPPED,
        (("registry.unregister(handle.token);", "try { registry.unregister(handle.token); } finally {}"),),
        FAILS,
        "still there: 1 exception, 1 registration left behind",
    ),
    "what threw is gone": Case(
        "unregister-not-in-finally",
        SKIPPED,
        (("JSON.parse(text)", "text"),),
        UNKNOWN,
        "not run (a place that was watched can't be found in the fixed code)",
    ),
    "the call is taken away": Case(
        "unregister-in-cleanup",
        ENDED,
        (("  registry.unregister(held);\n", ""),),
        WORKS,
        "the call is gone, and the place where it stood was passed 1 time",
    ),
    "the call is taken away, and its place is not reached": Case(
        "unregister-in-cleanup",
        ENDED,
        (("  registry.unregister(held);\n", ""), ("registry.register({}, held, held)", "")),
        UNKNOWN,
        "nothing could be told (the place where the flagged call stood was not reached",
    ),
    "the second registration is taken away": Case(
        "duplicate-registration",
        TWICE,
        (("  registry.register(handle, 3, handle);\n", ""),),
        WORKS,
        "the callback ran 1 time for one target",
    ),
    "registered last": Case(
        "throw-after-register",
        LOST,
        (
            ("  registry.register(handle, fd, handle);\n", ""),
            ("  return handle", "  registry.register(handle, fd, handle);\n  return handle"),
        ),
        UNKNOWN,
        "nothing could be told (register() was not reached",
    ),
    "unregistered in a catch": Case(
        "throw-after-register",
        LOST,
        (
            ("fd, handle);|", "\n  try {"),
            ("(text);|", "\n  } catch (error) {\n    registry.unregister(handle);\n    throw error;\n  }"),
        ),
        WORKS,
        "1 exception, 0 registrations left behind, the target lost",
    ),
    "the rejection is handled": Case(
        "async-cleanup", ASYNC, (("file.close()|", ".catch(() => {})"),), WORKS, "the callback's promise was rejected: 0"
    ),
    "the exception is caught": Case(
        "throwing-cleanup",
        FAILING,
        (("JSON.parse(text)", "{ try { JSON.parse(text); } catch {} }"),),
        WORKS,
        "the callback threw nothing",
    ),
    "caught and thrown again": Case(
        "throwing-cleanup",
        FAILING,
        (("JSON.parse(text)", "{ try { JSON.parse(text); } catch (error) { throw error; } }"),),
        FAILS,
        "still there: the callback threw ",
    ),
    "one token for all that a call registers": Case(
        "shared-unregister-token",
        LISTED,
        (
            ("const pairs = [];|", " const token = {};"),
            ("dispose(), signal", "dispose(), token"),
            ("unregister(signal)", "unregister(token)"),
        ),
        WORKS,
        "one unregister() cancelled the registrations of 1 call",
    ),
    "one token for all calls": Case(
        "shared-unregister-token",
        LISTED,
        (
            ("release());|", " const token = {};"),
            ("dispose(), signal", "dispose(), token"),
            ("unregister(signal)", "unregister(token)"),
        ),
        FAILS,
        "still there: one unregister() cancelled the registrations of 2 calls",
    ),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


def tried(case: Case, pool: Pool) -> FixTrial:
    settings = RuleSettings(selected=frozenset({case.rule}))
    finding: Finding = run(case.text, filename=FILENAME, settings=settings).findings[-1]
    source = SourceText(case.text, FILENAME)
    fix = Fix("the fix", False, tuple(edit(source, old, new) for old, new in case.edits))
    module = build_module(case.text, FILENAME, None, settings, None)
    verdict = confirm(module, replace(finding, fixes=(fix,)), pool.run, ("quickjs",)).verdict
    assert verdict is not None
    assert verdict.status is Status.CONFIRMED, verdict
    (trial,) = verdict.fixes
    assert verdict.evidence[-1] == f"with the fix “the fix”: {trial.observed}"
    return trial


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_of_a_fix(name: str, pool: Pool) -> None:
    case = CASES[name]
    trial = tried(case, pool)
    assert (trial.outcome, trial.observed[: len(case.observed)]) == (case.outcome, case.observed), trial


def test_only_what_is_confirmed_has_its_fixes_tried(pool: Pool) -> None:
    text = RETAINED.replace("new Handle(3);", "")
    settings = RuleSettings(selected=frozenset({"held-value-retains-target"}))
    module = build_module(text, FILENAME, None, settings, None)
    finding = run(text, filename=FILENAME, settings=settings).findings[0]
    fix = Fix("the fix", False, ())

    def refuse(request: object) -> object:
        raise AssertionError(request)

    verdict = confirm(module, replace(finding, fixes=(fix,)), refuse, ()).verdict  # type: ignore[arg-type]
    assert verdict is not None
    assert (verdict.status, verdict.fixes) == (Status.INCONCLUSIVE, ())
