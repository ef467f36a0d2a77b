"""The JSON schema and the table of the docs: up to date, valid, and of one mind with the reader."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from jsleak.workspace.settings.declared import DECLARED
from jsleak.workspace.settings.parsing import parsed
from jsleak.workspace.settings.schema import schema

ROOT = Path(__file__).resolve().parents[3]
#: What a schema cannot know: engines, patterns, whether a file exists.
GOOD = ["", *(setting.example for setting in DECLARED.values()), '"$schema" = "x"', 'select = ["all"]', "max-file-size = 5"]
BAD = [
    "x = 1",
    "select = []",
    'select = ["nonsense"]',
    'ignore = ["all"]',
    "ignore = 3",
    'severity.anonymous-target = "warn"',
    'severity.nonsense = "off"',
    "options.throw-after-register.any-cal = true",
    "options.throw-after-register.any-call = 1",
    "per-file-ignores.a = []",
    "max-file-size = 0",
    'max-file-size = "big"',
    "respect-ignore = 1",
    "time-limit = 0",
    "extends = 1",
]


def test_the_files_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/settings_schema.py", "--check"], check=False)
    assert done.returncode == 0, "run tools/settings_schema.py"


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(schema())
    assert json.loads((ROOT / "schema/jsleak.schema.json").read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("text", GOOD)
def test_good_settings(text: str) -> None:
    Draft7Validator(schema()).validate(tomllib.loads(text))
    assert parsed("/p/jsleak.toml", text.encode(), lambda _: None).problems == ()


@pytest.mark.parametrize("text", BAD)
def test_bad_settings(text: str) -> None:
    assert not Draft7Validator(schema()).is_valid(tomllib.loads(text))
    assert parsed("/p/jsleak.toml", text.encode(), lambda _: None).problems


def test_the_example_of_the_docs_is_good() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    example = page.split("```toml\n", 1)[1].split("```", 1)[0]
    Draft7Validator(schema()).validate(tomllib.loads(example))
    assert parsed("/p/jsleak.toml", example.encode(), lambda _: None).problems == ()
