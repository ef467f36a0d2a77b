"""Large files: the bodies of functions that cannot matter are blanked out before anything is parsed.

esprima reads less than a megabyte a second, tree-sitter ten times that. So its tree says which functions there are, a closure over
names which of them can matter (``closure``), and only these are parsed; the others keep their heads, and what they do is unknown.
"""

from __future__ import annotations

from dataclasses import replace

from ..code import Absent, Code, blank
from ..trees import Concrete
from .closure import CALLERS, Kept
from .functions import Outline, Unit

#: Characters from which on slicing pays.
AT_LEAST = 30_000
#: Nodes of tree-sitter's for one of esprima's, at most times.
_NODES_OF_ONE = 2.8
#: Nodes of a tree from which on the analysis does not take a module whole anyway: what esprima makes 6,000 of (see ``relevance``).
_NODES = 22_000
#: Bodies below this many bytes stay: to blank them saves nothing.
_SHORT = 24
#: The share of the text that must go.
_WORTH = 0.4


def sliced(code: Code) -> Code:
    """The program without the bodies that cannot matter; the program itself where that does not pay."""
    if len(code.text) < AT_LEAST or code.insertions or code.broken:
        return code
    concrete = Concrete(code.text, "javascript")
    if concrete.root.has_error or concrete.root.descendant_count < _NODES:
        return code
    outline = Outline(concrete)
    kept = Kept(outline).compute()
    out = _left_out(outline, kept.units)
    if sum(unit.body[1] - unit.body[0] for unit in out) < _WORTH * len(outline.data):
        return code
    spans = [(concrete.offset(unit.body[0]), concrete.offset(unit.body[1])) for unit in out]
    text = blank(code.text, spans)
    values = [start for unit, (start, _) in zip(out, spans, strict=True) if not unit.block]
    return replace(
        code,
        text=_with_values(text, values),
        unknown=tuple((start - unit.block, end + unit.block) for unit, (start, end) in zip(out, spans, strict=True)),
        whole=code,
        absent=Absent(
            int(concrete.root.descendant_count / _NODES_OF_ONE),
            _crowds(outline, kept.units),
            frozenset(name.decode(errors="replace") for name in kept.unregistering()),
            frozenset(name.decode(errors="replace") for name in kept.lost),
        ),
    )


def _with_values(text: str, places: list[int]) -> str:
    """The text with a value where the expression of an arrow was blanked out, without which the arrow does not parse."""
    pieces: list[str] = []
    done = 0
    for place in places:
        pieces += (text[done:place], "0")
        done = place + 1
    return "".join([*pieces, text[done:]])


def _left_out(outline: Outline, kept: dict[Unit, None]) -> list[Unit]:
    """The functions whose bodies hold nothing that is kept; the outermost of them."""
    around: set[Unit] = set()
    for unit in kept:
        current: Unit | None = unit
        while current is not None and current not in around:
            around.add(current)
            current = current.parent
    found: list[Unit] = []
    end = 0
    for unit in outline.units:
        if unit.start >= end and unit not in around and unit.body[1] - unit.body[0] >= _SHORT and unit.body[0] > unit.start:
            found.append(unit)
            end = unit.body[1]
    return found


def _crowds(outline: Outline, kept: dict[Unit, None]) -> dict[str, tuple[int, int]]:
    """For the names of functions that are kept: how many functions have it and how many calls mention it, where these are many."""
    found: dict[str, tuple[int, int]] = {}
    for name in {unit.name for unit in kept} - {b""}:
        functions, calls = len(outline.named[name]), len(outline.calls(name))
        if functions > 4 or calls > CALLERS:
            found[name.decode(errors="replace")] = (functions, calls)
    return found
