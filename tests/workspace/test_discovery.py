"""Which files a run looks at."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from jsleak.analysis.findings import ProblemKind
from jsleak.workspace import LintResult, SettingsFiles, discovery, lint
from jsleak.workspace.discovery import extensions

WEAK = "new WeakRef({})\n"
Tree = Callable[[dict[str, "str | bytes"]], Path]
Run = Callable[..., LintResult]


def found(result: LintResult) -> list[str]:
    return [finding.path for finding in result.findings]


def kinds(result: LintResult) -> dict[str, str]:
    return {problem.path: problem.kind.value for problem in result.problems}


FILES: dict[str, str | bytes] = {
    ".gitignore": "/build/\n*.min.js\n",
    ".ignore": "generated.js\n",
    ".hidden.js": WEAK,
    ".git/hooks/a.js": WEAK,
    "a.js": WEAK,
    "b.min.js": WEAK,
    "generated.js": WEAK,
    "build/out.js": WEAK,
    "sub/build/kept.js": WEAK,
    "sub/m.mjs": WEAK,
    "sub/c.cjs": WEAK,
    "sub/x.jsx": WEAK,
    "sub/notes.txt": WEAK,
    "sub/types.ts": WEAK,
    "sub/types.d.ts": WEAK,
    "sub/page.html": WEAK,
    "sub/part.vue": WEAK,
    "sub/README.md": WEAK,
    "sub/folder.js/inner.js": WEAK,
    "node_modules/p/i.js": WEAK,
    "node_modules/p/.gitignore": "dist",
    "node_modules/p/dist/d.js": WEAK,
    "node_modules/p/node_modules/q/i.js": WEAK,
}
SUB = [
    "sub/build/kept.js",
    "sub/c.cjs",
    "sub/folder.js/inner.js",
    "sub/m.mjs",
    "sub/page.html",
    "sub/part.vue",
    "sub/types.ts",
    "sub/x.jsx",
]
PACKAGE = ["node_modules/p/dist/d.js", "node_modules/p/i.js", "node_modules/p/node_modules/q/i.js"]
WALKS: list[tuple[list[str], list[str]]] = [
    ([], [".hidden.js", "a.js", *SUB]),
    (["."], [".hidden.js", "a.js", *SUB]),
    (["sub"], SUB),
    (["./sub/"], SUB),
    (["a.js", "./a.js", "sub/../a.js"], ["a.js"]),
    (["a.js", ".", "sub"], [".hidden.js", "a.js", *SUB]),
    (["b.min.js"], ["b.min.js"]),
    (["generated.js", "sub/notes.txt"], ["generated.js", "sub/notes.txt"]),
    (["build"], ["build/out.js"]),
    (["node_modules"], PACKAGE),
    (["node_modules/p"], PACKAGE),
    (["node_modules/p/node_modules/q"], PACKAGE[2:]),
    (["node_modules/p/i.js"], ["node_modules/p/i.js"]),
]


@pytest.mark.parametrize(("paths", "expected"), WALKS, ids=lambda value: " ".join(value) or "nothing")
def test_walk(tree: Tree, run: Run, paths: list[str], expected: list[str]) -> None:
    tree(FILES)
    result = run(*paths)
    assert found(result) == expected
    assert result.files == len(expected)
    assert result.problems == ()


def test_no_ignore(tree: Tree, run: Run) -> None:
    tree(FILES)
    assert found(run(respect_ignore=False)) == sorted([".hidden.js", "a.js", "b.min.js", "build/out.js", "generated.js", *SUB])


def test_markdown_is_taken_where_it_is_asked_for(tree: Tree, run: Run) -> None:
    folder = tree(FILES | {".gitignore": "/build/\n*.min.js\nold.md\n", "sub/old.md": WEAK})
    assert found(run("sub", markdown=True)) == sorted(["sub/README.md", *SUB])
    assert found(run("sub/README.md", "sub/old.md")) == ["sub/README.md", "sub/old.md"]
    tree({"jsleak.toml": "markdown = true"})
    assert "sub/README.md" in found(lint((".",), SettingsFiles(), folder=str(folder)))


def test_a_parents_ignore_file_counts(tree: Tree, run: Run) -> None:
    tree({".gitignore": "/sub/gen/\n", "sub/gen/a.js": WEAK, "sub/b.js": WEAK})
    assert found(run("sub")) == ["sub/b.js"]


def test_a_working_folder_inside_node_modules(tree: Tree) -> None:
    folder = tree(FILES) / "node_modules" / "p"
    assert found(lint((".",), folder=str(folder))) == ["i.js"]


def test_paths_outside_the_folder_are_absolute(tree: Tree, run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "o.js").write_text(WEAK)
    assert found(run(os.fspath(other))) == [(other / "o.js").as_posix()]


def test_the_filter_file_says_which_extensions() -> None:
    scripts = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts")
    assert extensions() == (*scripts, ".html", ".htm", ".vue", ".svelte", ".astro")
    assert extensions(markdown=True) == (*extensions(), ".md", ".markdown")


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and special files")
class TestOddFiles:
    def test_links(self, tree: Tree, run: Run) -> None:
        folder = tree({"real/a.js": WEAK, "outside.txt": WEAK})
        (folder / "real/again.js").symlink_to("a.js")
        (folder / "real/loop.js").symlink_to("loop.js")
        (folder / "real/dangling.js").symlink_to("nothing")
        (folder / "real/up").symlink_to("..")
        (folder / "real/up.js").symlink_to("..")
        (folder / "real/other.js").symlink_to("../outside.txt")
        result = run("real")
        assert found(result) == ["real/a.js", "real/other.js"]
        assert result.files == 2
        assert kinds(result) == {"real/loop.js": "unreadable", "real/dangling.js": "not-found"}

    def test_named_links(self, tree: Tree, run: Run) -> None:
        folder = tree({"real/a.js": WEAK})
        (folder / "link.js").symlink_to("real/a.js")
        (folder / "folder").symlink_to("real")
        (folder / "dangling.js").symlink_to("nothing")
        result = run("link.js", "real/a.js", "folder", "real", "dangling.js")
        assert found(result) == ["link.js"]
        assert kinds(result) == {"dangling.js": "not-found"}
        assert "link to nothing" in result.problems[0].message

    def test_special_files_on_a_walk_are_passed_by(self, tree: Tree, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tree({"a.js": WEAK})
        os.mkfifo(folder / "pipe.js")
        monkeypatch.chdir(folder)  # a socket's name is short
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind("socket.js")
            result = run()
            assert (found(result), result.files, result.problems) == (["a.js"], 1, ())
            named = run("pipe.js", "socket.js", "a.js")
        assert found(named) == ["a.js"]
        assert [(problem.path, problem.kind) for problem in named.problems] == [
            ("pipe.js", ProblemKind.UNREADABLE),
            ("socket.js", ProblemKind.UNREADABLE),
        ]

    def test_permission_denied(self) -> None:
        # Root may read everything, so it becomes nobody, who may not enter pytest's own folders.
        with TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            (folder / "locked").mkdir()
            for file in ("a.js", "secret.js", "locked/l.js"):
                (folder / file).write_text(WEAK)
            (folder / "secret.js").chmod(0)
            (folder / "locked").chmod(0)
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)
            try:
                result = lint((".",), folder=os.path.realpath(folder))
            finally:
                os.seteuid(user)
                (folder / "locked").chmod(0o755)
        assert found(result) == ["a.js"]
        assert kinds(result) == {"secret.js": "unreadable", "locked": "unreadable"}

    def test_names_of_any_bytes(self, tree: Tree, run: Run) -> None:
        folder = tree({"new\nline.js": WEAK})
        try:
            Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.js")).write_text(WEAK)
        except OSError:
            pytest.skip("the file system takes no such name")
        assert found(run()) == ["bad\udcff.js", "new\nline.js"]


def test_missing_paths_leave_the_others_alone(tree: Tree, run: Run) -> None:
    tree({"a.js": WEAK})
    result = run("none.js", "a.js", "none/", "a.js/b.js", "nul\0.js")
    assert found(result) == ["a.js"]
    assert {problem.kind for problem in result.problems} == {ProblemKind.NOT_FOUND, ProblemKind.UNREADABLE}
    assert len(result.problems) == 4


def test_ctrl_c_in_the_middle_of_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk's Rust panics where the Python that it calls is interrupted."""
    panic = type("PanicException", (BaseException,), {})

    class Interrupted:
        def add_ignore(self, path: Path) -> None: ...

        def build(self) -> Interrupted:
            return self

        def __iter__(self) -> Interrupted:
            return self

        def __next__(self) -> object:
            raise panic("wrong call to `Path`: PyErr { type: <class 'KeyboardInterrupt'> }")

    monkeypatch.setattr(discovery, "_builder", lambda *_, **__: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        list(discovery.walk(discovery.Folder("/", inside=False), respect_ignore=True))
