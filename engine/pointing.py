"""Where other engines point to, from where the bundled one does: it takes what follows `new` for the place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jsleak.analysis.syntax.nodes import walk

from .linking import Program

_SPACE = r"(?:\s|//[^\n]*\n|/\*.*?\*/)*"
_BETWEEN = re.compile(rf"new({_SPACE})((?:\({_SPACE})*)", re.DOTALL)


def starts_of_new(program: Program) -> dict[tuple[str, int], int]:
    """The starts of all `new` expressions, by their file and the offset of the token behind, or of the first within parentheses."""
    return dict(_starts(program))


def _starts(program: Program) -> Iterator[tuple[tuple[str, int], int]]:
    for source, root in zip(program.files, program.roots, strict=True):
        for node in walk(root) if root is not None else ():
            if node.type == "NewExpression" and (between := _BETWEEN.match(source.text, node._start)):
                yield (source.path, between.end(1)), node._start
                yield (source.path, between.end(2)), node._start
