"""## What it does

Points out a suppression that suppresses nothing: where it stands, the rules that it names find nothing (any more).

Whether a rule finds something is asked of the rule itself, even if it is not selected or is set to "off", so a suppression does not
become unused by `--select`. Where the analysis was incomplete (its budget ran out, or modules that the file imports are unknown)
nothing is said.

## Why it matters

The comment tells of a defect that is not there, and will hide the next one that comes to this place.

## How to fix it

Remove the comment, or the name from its list; the fix (safe) does, with the line where nothing else stands there and with the
`jsleak-ignore-end` of a block.

## When to ignore it

When the code is examined in several versions, of which only some have the defect. Name this rule beside the other:
`// jsleak-ignore-next-line anonymous-target, unused-suppression`. A suppression that names no rule
does not suppress what is said of suppressions.

## Sources

- [ESLint, reporting unused disable directives](https://eslint.org/docs/latest/use/configure/rules#report-unused-eslint-disable-comments)
- [ruff, unused-noqa](https://docs.astral.sh/ruff/rules/unused-noqa/)
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding, Fix, Severity
from ..module import Module
from ..rule import NoExperiment, Rule
from ..suppressed import UNUSED, Unused
from ..suppressions import END
from ..text import Range

rule = Rule(
    name=UNUSED,
    severity=Severity.WARNING,
    summary="a suppression suppresses nothing",
    sources=(
        "https://eslint.org/docs/latest/use/configure/rules#report-unused-eslint-disable-comments",
        "https://docs.astral.sh/ruff/rules/unused-noqa/",
    ),
    experiment=NoExperiment("it is about a comment, which no engine sees"),
)


def check(module: Module) -> Iterator[Finding]:
    for unused in module.unused_suppressions:
        one = unused.suppression
        whole = unused.whole or unused.edits[0] == one.removal
        yield module.finding_at(
            rule,
            one.range if whole else Range(unused.rules[0].range.start, unused.rules[-1].range.end),
            _message(unused),
            help=f"Remove the {_what(unused, whole=whole)}.",
            fixes=[Fix(f"Remove the {_what(unused, whole=whole)}", safe=True, edits=unused.edits)],
        )


def _message(unused: Unused) -> str:
    names = ", ".join(f"`{name.name}`" for name in unused.rules)
    if unused.suppression.kind == END:
        return f"This ends nothing: no `jsleak-ignore-start` for {names} is open here." if names else "This ends nothing."
    if not names:
        return "This suppresses nothing: no rule finds anything here."
    return f"This suppresses nothing: {names} {'finds' if len(unused.rules) == 1 else 'find'} nothing here."


def _what(unused: Unused, *, whole: bool) -> str:
    if whole:
        return "comment"
    return "name" if len(unused.rules) == 1 else "names"


BAD = {
    "the object is kept now": """\
const registry = new FinalizationRegistry(() => {});
const kept = {};
// jsleak-ignore-next-line anonymous-target -- the callback is to come at once
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register(kept, 1);
""",
    "one name of several": """\
const registry = new FinalizationRegistry(() => {});
registry.register({}, 1); // jsleak-ignore-line anonymous-target, throw-after-register -- at once
//                                                                ^^^^^^^^^^^^^^^^^^^^
""",
    "all rules": """\
const registry = new FinalizationRegistry(() => {});
const kept = {};
registry.register(kept, 1); /* jsleak-ignore-line */
//                          ^^^^^^^^^^^^^^^^^^^^^^^^
""",
    "a block": """\
const registry = new FinalizationRegistry(() => {});
{
  // jsleak-ignore-start anonymous-target
//^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  const kept = {};
  registry.register(kept, 1);
  // jsleak-ignore-end anonymous-target
}
""",
    "the end of a block that nothing began": """\
const registry = new FinalizationRegistry(() => {});
registry.register({}, 1); // jsleak-ignore-line anonymous-target
// jsleak-ignore-end anonymous-target
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
""",
}

GOOD = {
    "there is something to suppress": """\
const registry = new FinalizationRegistry(() => {});
// jsleak-ignore-next-line anonymous-target -- the callback is to come at once
registry.register({}, 1);
""",
    "a block around it": """\
const registry = new FinalizationRegistry(() => {});
/* jsleak-ignore-start anonymous-target */
registry.register({}, 1);
/* jsleak-ignore-end anonymous-target */
""",
    "meant to be there": """\
const registry = new FinalizationRegistry(() => {});
const kept = {};
registry.register(kept, 1); // jsleak-ignore-line anonymous-target, unused-suppression -- other builds drop `kept`
""",
}
