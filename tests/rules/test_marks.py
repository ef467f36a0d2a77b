"""The reader of marked programs."""

from __future__ import annotations

import pytest

from support.marks import Mark, parse


@pytest.mark.parametrize(
    ("example", "text", "expected"),
    [
        ("a(b);\n^^^^\n", "a(b);\n", [Mark(1, 1, 5)]),
        ("\n  a(b);\n  ^^^^\n  c;\n", "a(b);\nc;\n", [Mark(1, 1, 5)]),
        ("{\n  a();\n//^^^\n}\n", "{\n  a();\n}\n", [Mark(2, 3, 6)]),
        ("a(); b();\n^^^  ^^^\n", "a(); b();\n", [Mark(1, 1, 4), Mark(1, 6, 9)]),
        ("a(b());\n^^^^^^\n  ^^^\n", "a(b());\n", [Mark(1, 1, 7), Mark(1, 3, 6)]),
        ("a ^ b;\n", "a ^ b;\n", []),
        ("a(() => {\n^^^^^^^^^\n});", "a(() => {\n});\n", [Mark(1, 1, 10)]),
    ],
)
def test_marks_are_taken_out(example: str, text: str, expected: list[Mark]) -> None:
    program = parse(example)
    assert program.text == text
    assert list(program.marks) == expected


def test_options() -> None:
    program = parse('// jsleak-options: {"any-call": true}\na();\n^^^\n')
    assert program.options == {"any-call": True}
    assert list(program.marks) == [Mark(2, 1, 4)]


def test_mark_needs_a_line() -> None:
    with pytest.raises(ValueError, match="line above"):
        parse("^^^\na();\n")
