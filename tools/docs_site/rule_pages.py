"""The site's page for each rule and their index, made from the rules' own files.

What ``jsleak explain`` prints is here as well, and beside it what an analysis of the examples says: the marked place, the
message, the path, and what each fix changes.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

from pygments.lexers.javascript import JavascriptLexer
from pygments.token import STANDARD_TYPES

from jsleak.analysis.edits import apply
from jsleak.analysis.findings import Finding, Severity
from jsleak.analysis.pages import sections
from jsleak.analysis.rule import LoadedRule, NoExperiment, Option, load_rules
from jsleak.analysis.text import Range, SourceText
from jsleak.engine.defects import load_defects
from jsleak.workspace.picture import picture

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
import support.marks as marks

_BOXES = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.INFO: "info"}
_ENGINES = {"quickjs": "QuickJS-NG", "node": "Node.js"}
_TITLES = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "Notes"}


def page(loaded: LoadedRule) -> str:
    """A rule's page, as Markdown with pieces of HTML."""
    rule = loaded.rule
    parts = [f"---\ntitle: {rule.name}\ndescription: {_quoted(rule.summary)}\n---", f"# {rule.name}", _facts(loaded)]
    parts.append(f"{rule.summary[0].upper()}{rule.summary[1:]}.\n{{ .rule-summary }}")
    own = dict(sections(loaded))
    sources = own.pop("Sources", "\n".join(f"- {source}" for source in rule.sources))
    parts += [f"## {heading}\n\n{_with_rule_links(text, rule.name)}" for heading, text in own.items()]
    parts.append("## Examples")
    for name, example in loaded.bad.items():
        parts += [f"### Bad: {name}", *_bad(loaded, example)]
    for name, example in loaded.good.items():
        program = marks.parse(example)
        parts += [f"### Good: {name}", marked_code(program.text, ()), *_given_options(program)]
    parts += ["## Proof", _proof(loaded)]
    if defects := [one for one in load_defects() if rule.name in one.rules]:
        parts += ["## Engines", f"Where a project names its engines, the severity becomes {defects[0].severity} on:"]
        parts.append("\n".join(f"- {one.versions}, which {one.summary} ([{one.id}](../engines.md#{one.id}))" for one in defects))
    if rule.options:
        parts += ["## Options", *(_option(rule.name, option) for option in rule.options)]
    parts += ["## Sources", sources]
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The list of all rules, the most severe first."""
    loaded = load_rules().values()
    parts = ["# Rules", f"jsleak has {len(loaded)} rules. `jsleak rules` lists them, `jsleak explain RULE` prints a rule's page."]
    for severity in sorted(Severity, key=lambda one: -one.rank):
        some = [one for one in loaded if one.rule.severity is severity]
        rows = [f"| [`{one.rule.name}`]({one.rule.name}.md) | {one.rule.summary} | {fixes(one)} | {_shown(one)} |" for one in some]
        table = "\n".join(["| rule | finds | fix | proof |", "|---|---|---|---|", *rows])
        parts += [f"## {_TITLES[severity]}", f'<div class="rules" markdown>\n\n{table}\n\n</div>']
    parts.append(
        "*fix*: whether the rule offers one, and whether it is safe (it cannot change what a working program does). "
        "*proof*: whether `jsleak confirm` can show the defect on a real engine."
    )
    return "\n\n".join(parts) + "\n"


def fixes(loaded: LoadedRule) -> str:
    """Which fixes the rule offers for its own examples: ``safe``, ``unsafe``, both or none."""
    kinds = {fix.safe for example in loaded.bad.values() for finding in _findings(loaded, example) for fix in finding.fixes}
    return ", ".join(name for kind, name in ((True, "safe"), (False, "unsafe")) if kind in kinds) or "–"


def marked_code(text: str, places: Iterable[Range]) -> str:
    """A block of highlighted JavaScript in which the places are marked."""
    source = SourceText(text, "")
    ranges = _merged((source.offset(place.start), source.offset(place.end)) for place in places)
    cuts = sorted({offset for pair in ranges for offset in pair})
    pieces: list[str] = []
    for start, kind, value in JavascriptLexer().get_tokens_unprocessed(text):
        inside = [cut for cut in cuts if start < cut < start + len(value)]
        for low, high in zip([start, *inside], [*inside, start + len(value)], strict=True):
            pieces += ["</mark>" for _, end in ranges if end == low]
            pieces += ["<mark>" for begin, _ in ranges if begin == low]
            piece = html.escape(text[low:high], quote=False)
            pieces.append(f'<span class="{name}">{piece}</span>' if (name := STANDARD_TYPES.get(kind)) else piece)
    pieces += ["</mark>" for _, end in ranges if end == len(text)]
    return f'<div class="highlight"><pre><code>{"".join(pieces)}</code></pre></div>'


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges, with those that touch or overlap made one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def _facts(loaded: LoadedRule) -> str:
    severity = loaded.rule.severity.value
    facts = [f'<span class="fact fact-{severity}">{severity}</span>']
    offered = fixes(loaded)
    facts.append(f'<span class="fact">{"no fix" if offered == "–" else f"fix: {offered}"}</span>')
    facts.append(f'<span class="fact">proof: {_shown(loaded)}</span>')
    return f'<p class="facts" data-search-exclude>{" ".join(facts)}</p>'


def _shown(loaded: LoadedRule) -> str:
    experiment = loaded.rule.experiment
    return "none" if isinstance(experiment, NoExperiment) else ", ".join(_ENGINES[name] for name in experiment.engines)


def _findings(loaded: LoadedRule, example: str) -> Sequence[Finding]:
    return marks.analyse(marks.parse(example), loaded.rule.name).findings


def _bad(loaded: LoadedRule, example: str) -> Iterator[str]:
    program = marks.parse(example)
    findings = _findings(loaded, example)
    yield marked_code(program.text, (finding.range for finding in findings))
    yield from _given_options(program)
    for finding in findings:
        where = f"Line {finding.range.start.line}"
        hops = [f"{number}. line {hop.range.start.line}: {hop.label}" for number, hop in enumerate(finding.retention, 1)]
        body = "\n\n".join(part for part in ("\n".join(hops), finding.help) if part)
        yield f'!!! {_BOXES[finding.severity]} "{where}: {finding.message}"\n\n{_indented(body)}'
        for fix in finding.fixes:
            kind = "safe" if fix.safe else "unsafe"
            changed = f"```diff\n{_diff(program.text, apply(program.text, fix.edits))}```"
            yield f'??? tip "Fix ({kind}): {fix.title}"\n\n{_indented(changed)}'
    if findings and len(findings[0].retention) > 1:
        drawn = picture(findings[0], lambda _path, place: _excerpt(program.text, place))
        yield f'<details class="picture"><summary>The path as a picture</summary>{drawn.svg}</details>'


def _given_options(program: marks.MarkedProgram) -> Iterator[str]:
    if program.options:
        yield "With " + ", ".join(f"`{name} = {value!r}`" for name, value in program.options.items()) + "."


def _excerpt(text: str, place: Range) -> str:
    source = SourceText(text, "")
    return " ".join(source.slice(source.offset(place.start), source.offset(place.end)).split())


def _diff(before: str, after: str) -> str:
    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=2)
    return "".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _proof(loaded: LoadedRule) -> str:
    experiment = loaded.rule.experiment
    if isinstance(experiment, NoExperiment):
        return f"No experiment can show it: {experiment.reason}"
    thrown = " An exception is made to be thrown at the flagged place." if experiment.inject_throw else ""
    return (
        f"`jsleak confirm` runs the code on {' or '.join(_ENGINES[name] for name in experiment.engines)} and looks for: "
        f"**{_words(experiment.observe)}**.{thrown} It runs it once more with one change, **{_words(experiment.counterfactual)}**: "
        "the finding is confirmed if what was seen is gone then."
    )


def _option(rule: str, option: Option) -> str:
    default = ", ".join(option.default) if isinstance(option.default, tuple) else str(option.default).lower()
    return (
        f"`{option.name}`, default `{default}`\n:   {option.summary}\n    Set it with `--rule-option {rule}.{option.name}=VALUE`."
    )


def _with_rule_links(text: str, own: str) -> str:
    """The text with the names of other rules made links."""
    names = "|".join(re.escape(name) for name in load_rules() if name != own)
    return re.sub(rf"(?<!\[)`({names})`", r"[`\1`](\1.md)", text)


def _words(name: str) -> str:
    return name.replace("-", " ")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
