"""Sessions with the real server: what a user sees and does, in a real Neovim.

Each case is a Lua script in ``cases``; its project is here, in ``PROJECTS`` under the case's name, or ``DEFAULT``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support import neovim
from support.kinds import KINDS, LEAK, SAMPLES

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

PROJECTS: Mapping[str, Mapping[str, str]] = {
    "own_root": DEFAULT | {"inner/jsleak.toml": "", "inner/deep/leak.js": LEAK},
    "filetypes": KINDS,
    "typescript": DEFAULT | SAMPLES,
    "vue": DEFAULT | SAMPLES,
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
