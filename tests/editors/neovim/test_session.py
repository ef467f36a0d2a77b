"""Sessions with the real server: what a user sees and does, in a real Neovim.

Each case is a Lua script in ``cases``; its project is here, in ``PROJECTS`` under the case's name, or ``DEFAULT``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support import neovim

LEAK = """\
const registry = new FinalizationRegistry((close) => close());

export class File {
  constructor(descriptor) {
    this.descriptor = descriptor;
    registry.register(this, () => this.close());
  }

  close() {
    release(this.descriptor);
  }
}
"""

# The findings stand behind characters of one, two, three and four bytes in UTF-8, and two units in UTF-16.
ASTRAL = """\
const ref = new WeakRef(globalThis.subject);
export const line = () => { "a\u00e9\u20ac\U0001f980\U0001d4b3"; return ref.deref().name; };
"""

THROWS = """\
const registry = new FinalizationRegistry(() => {});
registry.register(1, 2);
"""

FINE = """\
const registry = new FinalizationRegistry((descriptor) => release(descriptor));
export const track = (file) => registry.register(file, file.descriptor, file);
"""

DEFAULT: Mapping[str, str] = {
    "package.json": "{}",
    "leak.js": LEAK,
    "astral.js": ASTRAL,
    "throws.js": THROWS,
    "fine.js": FINE,
}

#: One that writes ``LEAK`` in each kind of file; Markdown is looked at as the settings say so.
KINDS: Mapping[str, str] = {
    "package.json": "{}",
    "jsleak.toml": "markdown = true",
    **{f"leak.{extension}": LEAK for extension in ("js", "mjs", "jsx", "ts", "mts", "cts", "tsx")},
    "leak.cjs": LEAK.replace("export ", ""),
    **{f"leak.{extension}": f'<script type="module">\n{LEAK}</script>\n' for extension in ("html", "htm")},
    "leak.vue": f"<script>\n{LEAK}</script>\n",
    "leak.svelte": f"<script module>\n{LEAK}</script>\n",
    "leak.astro": f"<script>\n{LEAK}</script>\n",
    "leak.md": f"- text\n\n```js\n{LEAK}```\n",
}

SAMPLES: Mapping[str, str] = {
    "package.json": "{}",
    **{path.name: path.read_text(encoding="utf-8") for path in (neovim.TESTS.parent / "samples").iterdir()},
}

PROJECTS: Mapping[str, Mapping[str, str]] = {
    "own_root": DEFAULT | {"inner/jsleak.toml": "", "inner/deep/leak.js": LEAK},
    "filetypes": KINDS,
    "typescript": SAMPLES,
    "vue": SAMPLES,
    "which_files": DEFAULT | {"view.jsx": LEAK, "leak.txt": LEAK},
}

CASES = sorted((neovim.TESTS / "cases").glob("*.lua"))


def test_projects_have_cases() -> None:
    assert PROJECTS.keys() <= {case.stem for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case: Path, tmp_path: Path) -> None:
    home = neovim.Home(tmp_path / "home")
    home.install()
    project = tmp_path / "project"
    neovim.write(project, PROJECTS.get(case.stem, DEFAULT))
    neovim.run(case, project, home)
