"""Bundles put together at random from the rules' examples: the findings are those of the whole, whatever stands beside what."""

from __future__ import annotations

import random
import re

import pytest

from jsleak.analysis import analyze
from jsleak.analysis.rule import load_rules
from support.marks import parse
from support.slicing import FILLER, differences, is_sliced

STATEMENTS = "".join(
    f"var entry{n} = make({n}, {{ depth: {n % 7}, name: table.name{n} }});\n"
    f"if (entry{n}.skip) skipped.push(entry{n}); else table.name{n + 1} = entry{n}.value;\n"
    for n in range(120)
)
"""Statements of a long function that are no functions themselves."""
PROPERTY = re.compile(r"(?<=[\w$)\]])(?<!\d)\.([A-Za-z_$][\w$]*)(?![\w$`])")


def quoted(program: str) -> str:
    """A program with the names of properties in strings."""
    return PROPERTY.sub(r'["\1"]', program)


BUNDLES = {
    "functions called on the spot": lambda programs: "\n".join(f"(function () {{\n{one}\n}})();" for one in programs) + FILLER,
    "a table of modules": lambda programs: (
        "var modules = {\n" + "".join(f"{at}: (e, t, n) => {{\n{one}\n}},\n" for at, one in enumerate(programs)) + "};" + FILLER
    ),
    "blocks of one wrapper": lambda programs: (
        "(function () {" + FILLER + "".join(f"\n{{\n{one}\n}}" for one in programs) + "\n})();"
    ),
    "values of a wrapper": lambda programs: (
        '(() => {\n"use strict";'
        + "".join(f"var m{at} = (() => {{\n{one}\n}})();\n" for at, one in enumerate(programs))
        + FILLER
        + "})();"
    ),
    "properties that strings name": lambda programs: (
        "\n".join(f"(function () {{\n{quoted(one)}\n}})();" for one in programs) + FILLER
    ),
    "blocks between statements": lambda programs: (
        "(function (make, table, skipped) {\n"
        + STATEMENTS
        + "".join(f"{{\n{one}\n}}\n{STATEMENTS}" for one in programs)
        + "})();\n"
        + FILLER
    ),
}
"""How a bundler puts programs together."""
AT_MOST = 5
EACH = 30


def programs() -> list[str]:
    """The examples that may stand in a function."""
    examples = [text for loaded in load_rules().values() for group in (loaded.bad, loaded.good) for text in group.values()]
    texts = [parse(example).text for example in examples]
    return [text for text in texts if not analyze(f"(function () {{\n{text}\n}})();", filename="a.js").problems]


@pytest.mark.slow
@pytest.mark.parametrize("bundle", BUNDLES)
def test_findings_are_those_of_the_whole(bundle: str) -> None:
    choose = random.Random(bundle)
    every = programs()
    assert len(every) > 150
    sliced = 0
    for _ in range(EACH):
        chosen = [choose.choice(every) for _ in range(choose.randint(1, AT_MOST))]
        text = BUNDLES[bundle](chosen)
        sliced += is_sliced(text)
        assert not differences(text), chosen
    assert sliced > EACH / 2
