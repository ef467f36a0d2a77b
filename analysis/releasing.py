"""The names by which programs give a resource back themselves."""

from __future__ import annotations

import re

#: Methods by which a program releases an object itself.
RELEASE_METHODS = (
    "close",
    "dispose",
    "free",
    "destroy",
    "release",
    "delete",
    "drop",
    "terminate",
    "end",
    "stop",
    "@@dispose",
    "@@asyncDispose",
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: Words of a call's name that say that it gives something back, once. What may be called any number of times (`clearTimeout`,
#: `abort`, `terminate`, `removeEventListener`) is not among them.
_RELEASE_WORDS = frozenset(
    {
        *("free", "close", "dispose", "destroy", "release", "delete", "drop", "decref", "destruct", "destructor", "dtor"),
        *("deinit", "finalize", "finalise", "teardown", "cleanup", "munmap", "unmap", "dealloc", "deallocate"),
    }
)


def gives_back(name: str) -> bool:
    """Whether the name of a function says that a call gives something back."""
    return not _RELEASE_WORDS.isdisjoint(word.lower() for word in _WORDS.findall(name))
