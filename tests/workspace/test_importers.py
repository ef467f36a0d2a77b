"""Modules that use a registry which another module of the tree exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace import Settings, lint

Tree = Callable[[dict[str, "str | bytes"]], Path]
LENDER = (
    "export const registry = new FinalizationRegistry((f) => f());\nexport const track = (o, f) => registry.register(o, f, o);\n"
)
COMMON = "const registry = new FinalizationRegistry((f) => f());\nmodule.exports = { registry };\n"


@pytest.fixture(autouse=True)
def fake_analysis() -> None:
    """Not here: what is asked is whether the graphs are joined."""


@pytest.mark.parametrize(
    ("lender", "user"),
    [
        (
            ("reg.js", LENDER),
            "import { registry } from './reg.js';\nclass A { constructor() { registry.register(this, () => this.x); } }\n",
        ),
        (("reg.js", LENDER), "import { track } from './reg';\nclass A { constructor() { track(this, () => this.x); } }\n"),
        (
            ("reg/index.js", LENDER),
            "import * as reg from './reg/index.js';\nclass A { constructor() { reg.track(this, () => this.x); } }\n",
        ),
        (
            ("reg.cjs", COMMON),
            "const { registry } = require('./reg.cjs');\nclass A { constructor() { registry.register(this, () => this.x); } }\n",
        ),
    ],
)
def test_a_registry_from_another_module(tree: Tree, lender: tuple[str, str], user: str) -> None:
    folder = tree({lender[0]: lender[1], "user.js": user, "other.js": "export const reg = './reg';\n"})
    result = lint(["."], Settings(jobs=1), folder=str(folder))
    assert [(finding.path, finding.rule) for finding in result.findings if finding.severity == "error"] == [
        ("user.js", "held-value-retains-target")
    ]
    assert not result.problems


def test_an_importer_that_does_not_parse_is_not_reported(tree: Tree) -> None:
    folder = tree({"reg.js": LENDER, "user.js": "import { registry } from './reg.js';\nlet x: number = 1;\n"})
    assert lint(["."], Settings(jobs=1), folder=str(folder)).problems == ()
