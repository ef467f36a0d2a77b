"""## What it does

Points out a suppression that cannot work: it names a rule that does not exist, its first word is none of those that jsleak
knows, or it is a `jsleak-ignore-file` that stands after the first statement.

The words are `jsleak-ignore-next-line`, `jsleak-ignore-line`, `jsleak-ignore-file`, `jsleak-ignore-start` and
`jsleak-ignore-end`. After the word come the names of rules, with commas between them, and after ` -- ` a reason. The option
`require-rule` points out the comments that name no rule as well: they suppress all rules, those to come included.

## Why it matters

What was to be suppressed is reported all the same, or the comment is left over from a rule that has another name now, and the next
reader trusts it.

## How to fix it

Write the name of the rule that is meant; `jsleak rules` lists them. A fix (unsafe, since it suppresses more than before) puts the
nearest one there, another (safe) removes the name, and the comment with its last name.

## When to ignore it

When a newer jsleak, which other people of the project have, knows the rule.

## Sources

- [ESLint, disabling rules](https://eslint.org/docs/latest/use/configure/rules#disabling-rules)
- [Biome, suppressions](https://biomejs.dev/analyzer/suppressions/)
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ..findings import Edit, Finding, Fix, Severity
from ..module import Module
from ..rule import NoExperiment, Option, Rule, rule_names
from ..suppressed import without
from ..suppressions import END, FILE, KINDS, WORD, RuleName, Suppression

rule = Rule(
    name="unknown-suppression",
    severity=Severity.WARNING,
    summary="a suppression names no rule that there is, or stands where it has no effect",
    sources=(
        "https://eslint.org/docs/latest/use/configure/rules#disabling-rules",
        "https://biomejs.dev/analyzer/suppressions/",
    ),
    experiment=NoExperiment("it is about a comment, which no engine sees"),
    options=(Option("require-rule", False, "point out the suppressions that name no rule"),),
    evidence="places",
)


def check(module: Module) -> Iterator[Finding]:
    require_rule = bool(module.option(rule, "require-rule"))
    for one in module.suppressions:
        removal = Fix("Remove the suppression", safe=True, edits=(one.removal,))
        if one.kind not in KINDS:
            yield _unknown_word(module, one, removal)
        elif one.kind == FILE and one.covers is None:
            yield module.finding_at(
                rule,
                one.range,
                f"`{WORD}-{FILE}` has no effect here: it counts only before the first statement.",
                help="Move the comment to the beginning of the file.",
                fixes=[removal],
            )
        elif require_rule and not one.rules and one.kind != END:
            yield module.finding_at(
                rule,
                one.range,
                f"`{WORD}-{one.kind}` names no rule, so it suppresses all of them.",
                help=f"Name what is meant: `{WORD}-{one.kind} RULE -- reason`.",
            )
        for name in one.rules:
            if one.kind in KINDS and name.name not in rule_names():
                yield _unknown_rule(module, one, name)


def _unknown_word(module: Module, one: Suppression, removal: Fix) -> Finding:
    written = f"{WORD}-{one.kind}" if one.kind else WORD
    words = [f"{WORD}-{kind}" for kind in KINDS]
    near = next(iter(get_close_matches(written, words, 1, cutoff=0.5)), "") if one.kind else words[0]
    return module.finding_at(
        rule,
        one.word,
        f"There is no suppression `{written}`.",
        help=(f"Did you mean `{near}`? " if near else "") + f"There are {', '.join(words)}.",
        fixes=[Fix(f"Write `{near}`", safe=False, edits=(Edit(one.word, near),)), removal] if near else [removal],
    )


def _unknown_rule(module: Module, one: Suppression, name: RuleName) -> Finding:
    near = next(iter(get_close_matches(name.name, rule_names(), 1, cutoff=0.5)), "")
    last = len(one.rules) == 1
    fixes = [Fix("Remove the suppression" if last else "Remove the name", safe=True, edits=(without(one, [name]),))]
    if near and near not in {other.name for other in one.rules}:
        # The whole list, as in the other fixes, so that no two of them are made at once.
        names = ", ".join(near if other is name else other.name for other in one.rules)
        whole = Edit(without(one, [name]).range if not last else name.range, names)
        fixes.insert(0, Fix(f"Write `{near}`", safe=False, edits=(whole,)))
    hint = " A reason stands after ` -- `." if " " in name.name else ""
    return module.finding_at(
        rule,
        name.range,
        f"There is no rule `{name.name}`, so nothing is suppressed by that name.",
        help=(f"Did you mean `{near}`? " if near else "") + f"`jsleak rules` lists the rules.{hint}",
        fixes=fixes,
    )


BAD = {
    "a name that is nearly right": """\
const registry = new FinalizationRegistry(() => {});
// jsleak-ignore-next-line anonymous-targt -- the callback is to come at once
//                         ^^^^^^^^^^^^^^^
registry.register({}, 1);
""",
    "one name of several": """\
const registry = new FinalizationRegistry(() => {});
registry.register({}, 1); // jsleak-ignore-line anonymous-target, no-floating-promises
//                                                                ^^^^^^^^^^^^^^^^^^^^
""",
    "no such word": """\
const registry = new FinalizationRegistry(() => {});
/* jsleak-ignore-nextline anonymous-target */
// ^^^^^^^^^^^^^^^^^^^^^^
registry.register({}, 1);
""",
    "a file comment that stands too late": """\
const registry = new FinalizationRegistry(() => {});
// jsleak-ignore-file anonymous-target
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
registry.register({}, 1);
""",
    "names are required": """\
// jsleak-options: {"require-rule": true}
const registry = new FinalizationRegistry(() => {});
registry.register({}, 1); // jsleak-ignore-line
//                        ^^^^^^^^^^^^^^^^^^^^^
""",
}

GOOD = {
    "a rule, and a reason": """\
const registry = new FinalizationRegistry(() => {});
// jsleak-ignore-next-line anonymous-target -- the callback is to come at once
registry.register({}, 1);
""",
    "all rules": """\
const registry = new FinalizationRegistry(() => {});
// jsleak-ignore-next-line
registry.register({}, 1);
""",
    "the whole file, among directives": """\
"use strict";
/* jsleak-ignore-file anonymous-target -- made by a tool */
const registry = new FinalizationRegistry(() => {});
registry.register({}, 1);
""",
    "no comment": """\
const registry = new FinalizationRegistry(() => {});
const text = `// jsleak-ignore-next-line no-such-rule`;
""",
}
