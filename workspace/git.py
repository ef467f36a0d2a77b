"""What Git knows of the files: which differ from a commit, and what is staged.

It is asked by its own command, with ``-z``, in the plumbing's raw form. Hooks run with ``GIT_DIR``, ``GIT_INDEX_FILE`` and the like
in their environment: the repository is the one that the folder belongs to, and the index that of the commit which is being made, be
it a partial one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .discovery import extensions

HEAD = "HEAD"

# What `git rev-parse --local-env-vars` names of these would make another folder's repository ours.
_LOCAL = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_IMPLICIT_WORK_TREE")
_STYLE = (
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
_DIFF = ("diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-color", "--ignore-submodules=all")
_REGULAR = "100"
_UNMERGED = "U"


class GitError(Exception):
    """Git cannot say: there is none, no repository, no such commit. The message says which."""


@dataclass(frozen=True, slots=True)
class Staged:
    """``files`` are staged, by real path. ``contents`` has the index's bytes of all files that differ on disk from those."""

    files: frozenset[str]
    contents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Repository:
    """``top`` is the real path of the working tree."""

    top: str
    environment: Mapping[str, str]

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return _git(arguments, self.top, self.environment, stdin)

    def path(self, name: bytes) -> str:
        return os.path.normpath(os.path.join(self.top, os.fsdecode(name)))


@dataclass(frozen=True, slots=True)
class _Change:
    """A file of a raw diff: modes and objects before and after, status, and name from the top."""

    modes: tuple[str, str]
    objects: tuple[str, str]
    status: str
    name: bytes


def changed(folder: str, ref: str = HEAD) -> frozenset[str]:
    """The real paths of the JavaScript files that differ from where HEAD has left ``ref``, or are untracked.

    That is what ``git diff ref...`` compares with, but with the working tree: what is staged and what is not counts as well. Raises
    GitError.
    """
    repository = _repository(folder)
    base = _base(repository, ref)
    differing = (change.name for change in _diff(repository, base) if _is_file(change))
    untracked = repository.run("ls-files", "--others", "--exclude-standard", "-z").split(b"\0")
    # A name that ends in a slash is a repository inside of this one.
    return frozenset(repository.path(name) for name in (*differing, *untracked) if _javascript(name))


def staged(folder: str) -> Staged:
    """What the next commit changes, as the index has it. Raises GitError.

    A file with a conflict has no content in the index yet and is taken from disk.
    """
    repository = _repository(folder)
    files = [change for change in _diff(repository, "--cached") if _is_file(change) and _javascript(change.name)]
    objects = {repository.path(change.name): change.objects[1] for change in files if change.status != _UNMERGED}
    unmerged = {change.name for change in files if change.status == _UNMERGED}
    for change in _diff(repository):
        # What is imported is to be read as it is committed, too.
        if change.modes[0].startswith(_REGULAR) and change.name not in unmerged and _javascript(change.name):
            objects.setdefault(repository.path(change.name), change.objects[0])
    blobs = _blobs(repository, list(objects.values()))
    contents = dict(zip(objects, blobs, strict=True))
    return Staged(frozenset(repository.path(change.name) for change in files), contents)


def _javascript(name: bytes) -> bool:
    return os.fsdecode(name).endswith(extensions(markdown=True))


def _is_file(change: _Change) -> bool:
    """Whether it is one afterwards: not deleted, no link, no submodule."""
    return change.modes[1].startswith(_REGULAR) or change.status == _UNMERGED


def _base(repository: _Repository, ref: str) -> str:
    """The commit to compare with: where ``ref`` and HEAD have parted, or the empty tree before the first commit."""
    head = _commit(repository, HEAD)
    if head is None and ref == HEAD:
        return repository.run("hash-object", "-t", "tree", "--stdin").decode().strip()
    commit = _commit(repository, ref)
    if commit is None:
        raise GitError(f"`{ref}` is no commit, branch or tag of the repository {repository.top}.")
    if head is None:
        raise GitError(f"there is no commit yet to compare with `{ref}`.")
    try:
        return repository.run("merge-base", commit, head).decode().split()[0]
    except GitError:
        raise GitError(f"`{ref}` and HEAD have no commit in common (in a shallow clone: fetch more of its history).") from None


def _commit(repository: _Repository, ref: str) -> str | None:
    if ref.startswith("-") or not ref or "\0" in ref:
        return None
    try:
        return repository.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip()
    except GitError:
        return None


def _diff(repository: _Repository, *what: str) -> Iterator[_Change]:
    fields = iter(repository.run(*_DIFF, *what, "--").split(b"\0"))
    for field in fields:
        if field:
            before, after, old, new, status = field.decode().lstrip(":").split(" ")
            yield _Change((before, after), (old, new), status[0], next(fields))


def _blobs(repository: _Repository, objects: list[str]) -> Iterable[bytes]:
    if not objects:
        return []
    output = repository.run("cat-file", "--batch", stdin="".join(f"{one}\n" for one in objects).encode())
    blobs: list[bytes] = []
    at = 0
    for one in objects:
        end = output.index(b"\n", at)
        _, kind, *size = output[at:end].decode().split(" ")
        if kind != "blob":
            raise GitError(f"the object {one} of the index is missing in the repository {repository.top}.")
        at = end + 1 + int(size[0])
        blobs.append(output[end + 1 : at])
        at += 1
    return blobs


def _repository(folder: str) -> _Repository:
    """The repository that a folder belongs to, with the environment to ask it in."""
    given = {name: value for name, value in os.environ.items() if name not in _STYLE}
    # Git may otherwise write the index anew, for no more than having looked.
    given["GIT_OPTIONAL_LOCKS"] = "0"
    own = {name: value for name, value in given.items() if name not in _LOCAL}
    if "GIT_DIR" in given and "GIT_WORK_TREE" in given:
        return _Repository(_top(folder, given), given)
    try:
        top = _top(folder, own)
    except GitError:
        if "GIT_DIR" not in given:
            raise
        return _Repository(_top(folder, given), given)
    if index := given.get("GIT_INDEX_FILE"):
        # Relative to the top, where hooks start. That of another repository is none of ours.
        path = os.path.join(top, index)
        holder = os.path.realpath(os.path.dirname(path))
        if holder == _line(("rev-parse", "--absolute-git-dir"), folder, own) or not os.path.exists(os.path.join(holder, "HEAD")):
            own["GIT_INDEX_FILE"] = path
    return _Repository(top, own)


def _top(folder: str, environment: Mapping[str, str]) -> str:
    try:
        return _line(("rev-parse", "--show-toplevel"), folder, environment)
    except GitError as error:
        raise GitError(f"{folder} is in no working tree of Git: {error}") from None


def _line(arguments: Iterable[str], folder: str, environment: Mapping[str, str]) -> str:
    """A path that Git prints, as it is on disk."""
    output = _git(arguments, folder, environment).removesuffix(b"\n").removesuffix(b"\r" if os.name == "nt" else b"")
    return os.path.realpath(os.fsdecode(output))


def _git(arguments: Iterable[str], folder: str, environment: Mapping[str, str], stdin: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, env=environment, input=stdin, capture_output=True, check=False)
    except FileNotFoundError:
        raise GitError("there is no command `git` on the PATH.") from None
    except OSError as error:
        raise GitError(f"`git` cannot be run: {(error.strerror or str(error)).lower()}.") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(lines[0].removeprefix("fatal: ") if lines else f"`git {next(iter(arguments))}` failed.")
    return done.stdout
