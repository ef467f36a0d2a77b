"""From the text of a file to the JavaScript in it.

A file may hold other things than JavaScript: types, markup, text that is broken while somebody types. What is not JavaScript is
blanked out in place, so that every place of what is left stays what it is in the file, and nothing behind the parser knows of other
languages. ``codes`` gives the pieces of a file that are programs of their own, one for most files.

Grammars are loaded only when a file comes that needs one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from .. import SourceType
from .code import Code, Insertion, Span
from .kinds import Kind, kind_of

__all__ = ["Code", "Insertion", "Kind", "Span", "codes", "forget", "kind_of"]


#: Characters from which on a program is sliced.
LARGE = 30_000
#: What a name says of the grammar.
_GOALS: Mapping[str, SourceType] = {".mjs": "module", ".cjs": "commonjs"}


def codes(text: str, *, filename: str, source_type: SourceType | None = None, slicing: bool = True) -> tuple[Code, ...]:
    """The programs in a file, in order of place; none where markup has none.

    ``source_type`` is what is known of it beforehand. ``slicing`` False: nothing of them is left out.
    """
    if not slicing or len(text) < LARGE:
        return _codes(text, filename, source_type)
    from .slicing import idle_typescript, sliced

    if kind_of(filename) in (Kind.TYPESCRIPT, Kind.TSX) and (nothing := idle_typescript(text)) is not None:
        return (nothing,)
    return tuple(sliced(code) for code in _codes(text, filename, source_type))


def forget() -> None:
    """Let go of the last tree of a text: it takes some thirty times the memory of that."""
    if (trees := sys.modules.get(f"{__name__}.trees")) is not None:  # else no grammar was needed
        trees.javascript.cache_clear()


def _codes(text: str, filename: str, source_type: SourceType | None) -> tuple[Code, ...]:
    kind = kind_of(filename)
    if kind is Kind.JAVASCRIPT:
        return (Code(text, source_type=source_type or _GOALS.get(filename[-4:].lower())),)
    if kind not in (Kind.TYPESCRIPT, Kind.TSX):
        # What a package says of its modules is about none of these.
        from .embedded import programs

        return programs(text, kind)
    from .typescript import to_javascript

    return (to_javascript(text, filename, source_type),)
