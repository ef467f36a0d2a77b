"""Programs whose findings are marked in the source itself, by carets under the expression.

A line that holds nothing but carets and blanks, after an optional ``//``, is a mark line: each run of carets marks one finding in
the last line above it that is none. The first caret stands under the first character of the finding's range. The run ends under its
last character, or at the line's end where the range goes on in the next line. Mark lines are not part of the program.

A first line ``// jsleak-options: {"name": value}`` gives the rule's options; it stays in the program, being a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from jsleak.analysis import analyze
from jsleak.analysis.findings import Analysis, Finding
from jsleak.analysis.rule import RuleSettings
from jsleak.analysis.text import SourceText

MARK_LINE = re.compile(r"\s*(?://)?[\s^]*\^[\s^]*")
OPTIONS_LINE = re.compile(r"// jsleak-options: (\{.*\})")
FILENAME = "example.js"


@dataclass(frozen=True, order=True)
class Mark:
    """Columns from ``start`` up to ``end`` (excluded) of a line; all count from 1."""

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class MarkedProgram:
    """A program without its marks."""

    text: str
    marks: tuple[Mark, ...]
    options: Mapping[str, Any]


def parse(example: str) -> MarkedProgram:
    """Takes the marks out of an example. Raises ValueError for a mark with no line above it."""
    lines: list[str] = []
    marks: list[Mark] = []
    for line in dedent(example).strip("\n").split("\n"):
        if MARK_LINE.fullmatch(line):
            if not lines:
                raise ValueError("a mark needs a line above it")
            marks += (Mark(len(lines), run.start() + 1, run.end() + 1) for run in re.finditer(r"\^+", line))
        else:
            lines.append(line)
    options = OPTIONS_LINE.fullmatch(lines[0])
    return MarkedProgram("\n".join(lines) + "\n", tuple(sorted(marks)), json.loads(options[1]) if options else {})


def analyse(program: MarkedProgram, rule: str) -> Analysis:
    """What one rule says of a program."""
    return analyze(program.text, filename=FILENAME, settings=settings(program, rule))


def settings(program: MarkedProgram, rule: str) -> RuleSettings:
    return RuleSettings(selected=frozenset({rule}), options={rule: program.options})


def mark_of(finding: Finding, text: str) -> Mark:
    """The mark that the finding's range asks for."""
    start, end = finding.range.start, finding.range.end
    line_end = len(SourceText(text, FILENAME).line(start.line)) + 1
    return Mark(start.line, start.column, end.column if end.line == start.line else line_end)


def show(program: MarkedProgram, findings: Iterable[Finding]) -> str:
    """The program with expected and actual marks under each other."""
    notes = [(mark, "expected") for mark in program.marks]
    notes += [(mark_of(finding, program.text), f"found: {finding.message}") for finding in findings]
    shown: list[str] = []
    for number, line in enumerate(program.text.rstrip("\n").split("\n"), 1):
        shown.append(f"{number:4} | {line}")
        for mark, note in sorted(notes):
            if mark.line == number:
                shown.append(f"     | {' ' * (mark.start - 1)}{'^' * max(1, mark.end - mark.start)} {note}")
    return "\n".join(shown)
