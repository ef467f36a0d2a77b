"""The page in Chromium: filters, links, print, keyboard; and that it fetches nothing and runs nothing of a hostile file.

One drive carries out all steps (``browser.mjs``); each test asks about one. Screenshots are left in JSLEAK_SHOTS, or in a temporary
folder.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.reporters.samples import EMPTY, EVIL, FULL, made
from support import vscode

pytestmark = pytest.mark.editors

PATIENCE = 20_000  # milliseconds that one thing may take to show
ALL = [5, 6, 13]
NOTHING: list[int] = []


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    work = tmp_path_factory.mktemp("html")
    shots = Path(os.environ.get("JSLEAK_SHOTS") or work / "shots").resolve() / "html"
    shots.mkdir(parents=True, exist_ok=True)
    pages = {}
    for name, report in {"full": FULL, "evil": EVIL, "empty": EMPTY}.items():
        file = work / f"{name}.html"
        file.write_text(made("html", report), encoding="utf-8")
        pages[name] = str(file)
    installation = vscode.installation_for(tmp_path_factory.mktemp)
    options = {
        "pages": pages,
        "out": str(shots),
        "chromium": vscode.chromium(),
        "playwright": str(installation.playwright),
        "patience": PATIENCE,
    }
    (work / "options.json").write_text(json.dumps(options), encoding="utf-8")
    script = Path(__file__).with_name("browser.mjs")
    vscode.run([str(installation.node), str(script), str(work / "options.json")])
    steps = json.loads((shots / "seen.json").read_text(encoding="utf-8"))
    assert isinstance(steps, dict)
    return steps


STEPS: list[tuple[str, object]] = [
    (
        "open",
        {
            "lines": ALL,
            "status": "3 of 3 shown",
            "marked": ["registry.register(", "this", ", () => ", "this", ".close())"],
            "picture": ["the registry registry", "arrow function", "the target this, ()"],
        },
    ),
    ("severity", {"without": [6, 13], "status": "1 of 3 shown", "both": [13]}),
    ("verdict", [5]),
    ("rule", {"chosen": [13], "all": ALL}),
    (
        "search",
        {
            "found": {
                "nobody else": [13],
                "TRACK(this": [5, 6],
                "pool.js:13": [13],
                "captures help": [5],
                "no such thing": NOTHING,
            },
            "empty": False,
            "reset": ALL,
            "words": "",
        },
    ),
    (
        "group by rule",
        {
            "before": ["src/pool.js"],
            "byRule": {"headings": ["held-value-retains-target", "anonymous-target"], "lines": ALL},
            "after": ["src/pool.js"],
            "lines": ALL,
        },
    ),
    ("deep link", {"first": "src/pool.js:13:1", "hidden": NOTHING, "then": "src/pool.js:13:1", "lines": ALL}),
    ("rule help", True),
    ("keyboard", {"first": "To the findings", "search": "search", "lines": [13]}),
    ("without script", {"lines": 3, "form": False}),
    ("narrow", True),
    ("evil", {"lines": [1], "images": 0, "scripts": 1}),
    ("empty", "No findings in 4 files, of which 0 were analysed."),
    ("dark", "rgb(20, 23, 27)"),
    ("accessible light", {"faint": [], "unnamed": 0, "jumps": 0, "first": 1}),
    ("accessible dark", {"faint": [], "unnamed": 0, "jumps": 0, "first": 1}),
]


@pytest.mark.parametrize(("step", "expected"), STEPS, ids=[step for step, _ in STEPS])
def test_step(seen: dict[str, dict[str, Any]], step: str, expected: object) -> None:
    """What each step saw; it asked nothing of a network and had nothing to complain of."""
    assert "error" not in seen[step], seen[step]["error"]
    assert seen[step]["result"] == expected
    assert seen[step]["requests"] == []
    assert seen[step]["trouble"] == []


def test_print_shows_everything(seen: dict[str, dict[str, Any]]) -> None:
    """Whatever is filtered on the screen, in light colours, without the form, with the closed parts open."""
    result = seen["print"]["result"]
    assert (result["screen"], result["print"]) == (NOTHING, ALL)
    assert (result["form"], result["ground"]) == (False, "rgb(255, 255, 255)")
    assert result["closed"] == [True, True]
    assert result["pages"] >= 2


def test_nothing_foreign_runs_or_is_fetched(seen: dict[str, dict[str, Any]]) -> None:
    """Not even what another program has put into the page."""
    result = seen["policy"]["result"]
    assert (result["injected"], result["fetched"]) == (False, False)
    assert result["refused"] == ["connect-src", "script-src-elem"]
