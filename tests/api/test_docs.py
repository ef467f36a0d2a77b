"""The examples of docs/api.md do what is shown under them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", PAGE, re.DOTALL | re.MULTILINE)
LEAK = """\
const files = new FinalizationRegistry((close) => close());
export function open(file) {
  files.register(file, () => file.close(), file);
  return file;
}
"""


def test_every_example_shows_what_it_prints() -> None:
    assert len(EXAMPLES) == PAGE.count("```python\n") == 5
    assert all(shown for _, shown in EXAMPLES)


@pytest.mark.parametrize(("code", "shown"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_example(tmp_path: Path, code: str, shown: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/open.js").write_text(LEAK, encoding="utf-8")
    (tmp_path / "src/broken.js").write_text("new WeakRef(\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (shown, "", 0)
