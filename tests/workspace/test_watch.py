"""Which changes call for another run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jsleak.workspace import SettingsFiles
from jsleak.workspace.watch import CannotWatch, Watched, changes, watched

Tree = Callable[[dict[str, str | bytes]], Path]

FILES: dict[str, str | bytes] = {
    "src/a.js": "1",
    "src/deep/b.mjs": "1",
    "src/README.md": "1",
    ".gitignore": "dist/\n",
    "dist/built.js": "1",
    "dist/package.json": "{}",
    "node_modules/p/index.js": "1",
    "jsleak.toml": "",
    "package.json": "{}",
}


@pytest.fixture
def folder(tree: Tree) -> Path:
    return tree(FILES).resolve()


def watch(folder: Path, *paths: str) -> Watched:
    return watched(paths or (".",), str(folder), SettingsFiles())


ASIDE = [
    "src/README.md",
    "dist/built.js",
    "dist/new.js",
    "dist",
    "dist/package.json",
    "node_modules/p/index.js",
    "node_modules/new.js",
    "src/.a.js.swp",
]
CONCERNING = ["src/a.js", "src/deep/b.mjs", "jsleak.toml", "package.json", ".gitignore", "src/jsleak.toml", "src/.ignore"]


@pytest.mark.parametrize("path", [*ASIDE, *CONCERNING])
def test_a_change(folder: Path, path: str) -> None:
    assert watch(folder).concern({str(folder / path)}) is (path in CONCERNING)


def test_many_changes_of_which_one_concerns(folder: Path) -> None:
    assert watch(folder).concern({str(folder / path) for path in (*ASIDE, "src/a.js")})
    assert not watch(folder).concern({str(folder / path) for path in ASIDE})


MOVES: list[tuple[str, Callable[[Path], object], list[str], bool]] = [
    ("created", lambda at: (at / "src/new.js").write_text("1"), ["src/new.js"], True),
    ("created where ignored", lambda at: (at / "dist/new.js").write_text("1"), ["dist/new.js"], False),
    ("deleted", lambda at: (at / "src/a.js").unlink(), ["src/a.js"], True),
    ("renamed", lambda at: (at / "src/a.js").rename(at / "src/z.js"), ["src/a.js", "src/z.js"], True),
    ("renamed away", lambda at: (at / "src/a.js").rename(at / "src/a.txt"), ["src/a.js", "src/a.txt"], True),
    ("folder renamed", lambda at: (at / "src").rename(at / "lib"), ["src", "lib"], True),
    ("folder deleted", lambda at: shutil.rmtree(at / "src/deep"), ["src/deep"], True),
    ("folder without JavaScript", lambda at: (at / "src/docs").mkdir(), ["src/docs"], False),
    ("no longer ignored", lambda at: (at / ".gitignore").unlink(), [".gitignore"], True),
]


@pytest.mark.parametrize(("act", "paths", "concerns"), [move[1:] for move in MOVES], ids=[move[0] for move in MOVES])
def test_a_move(folder: Path, act: Callable[[Path], object], paths: list[str], concerns: bool) -> None:
    what = watch(folder)
    act(folder)
    changed = {str(folder / path) for path in paths}
    assert what.concern(changed) is concerns
    assert not what.concern({path for path in changed if path.endswith(".txt")})


def test_named_files(folder: Path) -> None:
    what = watch(folder, "src/a.js", "dist/built.js", "node_modules/p/index.js", "absent.js")
    assert what.roots == {}
    for path in ("src/a.js", "dist/built.js", "node_modules/p/index.js", "jsleak.toml"):
        assert what.concern({str(folder / path)}), path
    for path in ("src/deep/b.mjs", "src/other.js", "dist/other.js"):
        assert not what.concern({str(folder / path)}), path
    (folder / "absent.js").write_text("1")
    assert what.concern({str(folder / "absent.js")})


def test_settings_above(folder: Path) -> None:
    assert str(folder) in watch(folder, "src/deep").nearby
    assert str(folder / "src") in watch(folder, "src/deep").nearby
    # Above the working folder: only where settings are.
    inner = watch(folder / "src" / "deep")
    assert inner.nearby == {str(folder)}
    assert inner.concern({str(folder / "jsleak.toml")})


def test_settings_by_another_name(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What settings extend, also in vain, and what they come to extend while they are watched."""
    shared = tmp_path_factory.mktemp("shared").resolve()
    settings = SettingsFiles()
    (folder / "jsleak.toml").write_text(f"extends = '{shared / 'base.toml'}'")
    what = watched(["src"], str(folder), settings)
    assert str(shared) in what.nearby
    assert what.concern({str(shared / "base.toml")})
    assert not what.concern({str(shared / "else.toml")})
    assert not what.follow()
    (shared / "base.toml").write_text("extends = 'deep/else.toml'")
    (shared / "deep").mkdir()
    settings.forget()
    settings.scope(str(folder / "src"))
    assert what.follow()
    assert what.concern({str(shared / "deep/else.toml")})


def test_ignore_files_count_as_settings_say(folder: Path) -> None:
    (folder / "jsleak.toml").write_text("respect-ignore = false")
    assert watch(folder).concern({str(folder / "dist/built.js")})


def test_through_a_link(folder: Path) -> None:
    (folder / "link").symlink_to("src")
    what = watch(folder, "link")
    assert what.concern({str(folder / "src/a.js")})


def test_nothing_to_watch(folder: Path) -> None:
    what = watch(folder, "no/such/folder/a.js")
    what.nearby.clear()
    with pytest.raises(CannotWatch):
        next(changes(what))


def test_changes_are_told(folder: Path) -> None:
    told = changes(watch(folder, "src", "package.json"))
    assert next(told) is False
    (folder / "src" / "a.js").write_text("2")
    assert next(told) is True
    (folder / "package.json").write_text('{"type": "module"}')  # by the other watcher
    assert next(told) is True
