"""Which files: what the user named, and what a walk of the named folders finds.

The walk is ripgrep's (``ignore-python`` binds its crate): ``.gitignore``, ``.ignore``, the user's global Git ignores. Hidden files
are looked at, as ruff and oxlint do; version control's own folders and ``node_modules`` are not, unless the user named a path in
them.
"""

from __future__ import annotations

import os
import pathlib
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import ignore
import ignore.overrides

from jsleak.analysis.findings import Problem, ProblemKind

from .paths import display
from .reading import NotRegular, read_problem

_FILTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "javascript.ignore")
_MARKDOWN = os.path.join(os.path.dirname(_FILTER), "markdown.ignore")
LEFT_OUT = ("node_modules", ".git", ".hg", ".jj", ".svn")
_WALK_ERROR = re.compile(r"IO error for operation on (?P<path>.*): (?P<reason>.*) \(os error \d+\)\Z", re.DOTALL)
_KINDS = (
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISFIFO, "a pipe; give its text on standard input with `-`"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the user named. ``inside``: by a name of which ``node_modules`` (or the like) is a part."""

    path: str
    inside: bool


@dataclass(slots=True)
class Named:
    """The paths that the user named, sorted into kinds, absolute. Each file and folder once."""

    files: list[str] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def named_paths(paths: Iterable[str], folder: str) -> Named:
    """What each path names; relative ones start from ``folder``."""
    named = Named()
    seen: set[str] = set()
    for given in paths:
        path = os.path.normpath(os.path.join(folder, given))
        try:
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            named.problems.append(_stat_problem(path, folder, error))
            continue
        if stat.S_ISDIR(mode):
            named.folders.append(Folder(path, any(part in LEFT_OUT for part in os.path.normpath(given).split(os.sep))))
        elif stat.S_ISREG(mode):
            named.files.append(path)
        else:
            kind = next((name for test, name in _KINDS if test(mode)), "not a regular file")
            named.problems.append(Problem(display(path, folder), ProblemKind.UNREADABLE, f"is {kind}"))
    return named


def _stat_problem(path: str, folder: str, error: OSError | ValueError) -> Problem:
    if isinstance(error, FileNotFoundError) and os.path.islink(path):
        return Problem(display(path, folder), ProblemKind.NOT_FOUND, "a symbolic link to nothing")
    return read_problem(display(path, folder), error)


@cache
def extensions(*, markdown: bool = False) -> tuple[str, ...]:
    """The extensions of files that are JavaScript or hold some, each with its dot."""
    with open(_FILTER, encoding="utf-8") as lines:
        found = tuple(line[2:].strip() for line in lines if line.startswith("!*."))
    if not markdown:
        return found
    with open(_MARKDOWN, encoding="utf-8") as lines:
        return found + tuple(line[2:].strip() for line in lines if line.startswith("!*."))


@dataclass(frozen=True, slots=True)
class WalkError:
    """A folder that the walk could not enter."""

    path: str
    reason: str


def walk(folder: Folder, *, respect_ignore: bool, markdown: bool = False) -> Iterator[str | WalkError]:
    """The files below a folder that are JavaScript, or hold some, by their names, in no order; Markdown only if it is asked for.

    Anything may stand behind such a name (a folder, a link): whoever opens it finds out. Links to folders are not followed.
    """
    root = folder.path
    builder = _builder(folder.path, ignores=respect_ignore and not folder.inside, everywhere=folder.inside)
    # Names are told apart in Rust: each path that crosses over costs more than reading a small file.
    builder.add_ignore(pathlib.Path(_FILTER))
    if markdown:
        builder.add_ignore(pathlib.Path(_MARKDOWN))
    found = builder.build()
    endings = extensions(markdown=markdown)
    while True:
        try:
            for entry in found:
                path = str(entry.path())
                if path.endswith(endings):
                    yield path
        except (ignore.Error, ignore.IOError) as error:
            yield _walk_error(root, str(error))
        except BaseException as error:
            # Ctrl-C while Rust makes a path is a panic there, which says so in its text only.
            if type(error).__name__ == "PanicException" and "KeyboardInterrupt" in str(error):
                raise KeyboardInterrupt from None
            raise
        else:
            return


def entries(folder: Folder, *, respect_ignore: bool) -> Iterator[str]:
    """All that a walk comes by, folders and other files included."""
    found = _builder(folder.path, ignores=respect_ignore and not folder.inside, everywhere=folder.inside).build()
    while True:
        try:
            for entry in found:
                yield str(entry.path())
        except (ignore.Error, ignore.IOError):
            continue  # the walk itself says so
        else:
            return


def _builder(root: str, *, ignores: bool, everywhere: bool) -> ignore.WalkBuilder:
    """``everywhere``: in ``node_modules``, too. What a package there ignores is its author's build output: what was published."""
    builder = (
        ignore.WalkBuilder(pathlib.Path(root))
        .hidden(False)
        .require_git(False)
        .ignore(ignores)
        .parents(ignores)
        .git_ignore(ignores)
        .git_global(ignores)
        .git_exclude(ignores)
    )
    if not everywhere:
        overrides = ignore.overrides.OverrideBuilder(pathlib.Path(root))
        for name in LEFT_OUT:
            overrides.add(f"!{name}")
        builder.overrides(overrides.build())
    return builder


def kept(folder: str, *, respect_ignore: bool) -> frozenset[str] | None:
    """The names in exactly this folder that a walk does not leave out, whatever their extensions; None where it cannot be read."""
    builder = _builder(folder, ignores=respect_ignore, everywhere=False).max_depth(1)
    try:
        return frozenset(os.path.basename(str(entry.path())) for entry in builder.build())
    except (ignore.Error, ignore.IOError):
        return None


def _walk_error(root: str, text: str) -> WalkError:
    if match := _WALK_ERROR.search(text):
        return WalkError(match["path"], match["reason"].lower())
    return WalkError(root, text)


def link_target(path: str) -> str | None:
    """The real path of the regular file that a link found on a walk leads to; None for a folder. Raises OSError, NotRegular."""
    real = os.path.realpath(path, strict=True)
    mode = os.stat(real).st_mode
    if stat.S_ISDIR(mode):
        return None
    if not stat.S_ISREG(mode):
        raise NotRegular
    return real
