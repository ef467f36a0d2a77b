"""Large files: the bodies of functions that cannot matter are blanked out before anything is parsed.

esprima reads less than a megabyte a second, tree-sitter ten times that. So its tree says which functions there are, a closure over
names which of them can matter (``closure``), and only these are parsed; the others keep their heads, and what they do is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..code import Absent, Code, blank
from ..trees import Concrete, javascript
from .closure import CALLERS, SUPPRESSION, Kept
from .functions import Outline, Unit
from .skeleton import MODULAR, skeleton
from .statements import Part, Parts

#: Characters from which on slicing pays.
AT_LEAST = 30_000
#: Characters for each mark, from which on a text is mostly strings and comments: esprima skips these as fast as tree-sitter does.
_SPARSE = 20
_MARKS = "(.,;{="
#: Nodes of tree-sitter's for one of esprima's, at most times.
_NODES_OF_ONE = 2.8
#: Nodes of a tree from which on the analysis does not take a module whole anyway: what esprima makes 6,000 of (see ``relevance``).
_NODES = 22_000
#: Bodies below this many bytes stay: to blank them saves nothing.
_SHORT = 24
#: The share of the text that must go.
_WORTH = 0.4


def sliced(code: Code, tree: Concrete | None = None) -> Code:
    """The program without the bodies that cannot matter; the program itself where that does not pay.

    ``tree`` is that of its text, where there is one already.
    """
    if len(code.text) < AT_LEAST or code.insertions or _is_sparse(code.text):
        return code
    concrete = tree or javascript(code.text)
    if concrete.root.has_error:
        return replace(code, skeleton=skeleton(code))
    if concrete.root.descendant_count < _NODES:
        return code
    outline = Outline(concrete)
    kept = Kept(outline).compute()
    if kept.size > (1 - _WORTH) * len(outline.data):
        return code
    around = _around(kept.units)
    parts = Parts(outline, kept, around).compute()
    cuts = _cuts(outline, around, parts)
    if sum(cut.end - cut.start for cut in cuts) < _WORTH * len(outline.data):
        return code
    spans = [(concrete.offset(cut.start), concrete.offset(cut.end)) for cut in cuts]
    filled = [(start, cut.filler) for cut, (start, _) in zip(cuts, spans, strict=True) if cut.filler]
    return replace(
        code,
        text=_filled(blank(code.text, spans), filled),
        unknown=tuple((start - cut.braces, end + cut.braces) for cut, (start, end) in zip(cuts, spans, strict=True)),
        modular=any(node.type in MODULAR for node in concrete.root.children),
        whole=code,
        absent=Absent(
            int(concrete.root.descendant_count / _NODES_OF_ONE),
            _crowds(outline, kept.units),
            frozenset(name.decode(errors="replace") for name in kept.unregistering()),
            frozenset(name.decode(errors="replace") for name in kept.lost),
        ),
    )


def _is_sparse(text: str) -> bool:
    return sum(map(text.count, _MARKS)) * _SPARSE < len(text)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A stretch of bytes that goes, what stands for it, and whether it is what is between the braces of a function."""

    start: int
    end: int
    filler: str
    braces: bool = False


def _filled(text: str, places: list[tuple[int, str]]) -> str:
    """The text with what has to stand where something was blanked out, without which the rest does not parse."""
    pieces: list[str] = []
    done = 0
    for place, filler in places:
        pieces += (text[done:place], filler)
        done = place + 1
    return "".join([*pieces, text[done:]])


def _around(kept: dict[Unit, None]) -> set[Unit]:
    """The functions that are kept, and those around them."""
    around: set[Unit] = set()
    for unit in kept:
        current: Unit | None = unit
        while current is not None and current not in around:
            around.add(current)
            current = current.parent
    return around


def _cuts(outline: Outline, around: set[Unit], parts: Parts) -> list[_Cut]:
    """What goes, in order of place: statements, and bodies of functions that hold nothing that is kept; the outermost of them."""
    found = [cut for some in parts.of.values() for cut in _runs(outline.data, some, parts.kept)]
    bodies = (unit for unit in outline.units if unit not in around and unit.body[0] > unit.start)
    found += [_Cut(*unit.body, "" if unit.block else "0", unit.block) for unit in bodies]
    found = [cut for cut in found if cut.end - cut.start >= _SHORT]
    found.sort(key=lambda cut: (cut.start, -cut.end))
    outermost: list[_Cut] = []
    for cut in found:
        if not outermost or cut.start >= outermost[-1].end:
            outermost.append(cut)
    return outermost


def _runs(data: bytes, parts: list[Part], kept: dict[Part, None]) -> Iterator[_Cut]:
    """The parts of a wrapper that go, statements that follow each other as one, unless a comment between them suppresses."""
    first: Part | None = None
    last: Part | None = None
    for part in parts:
        goes = part not in kept and part.filler == ";"
        if first is not None and last is not None and (not goes or SUPPRESSION in data[last.end : part.start]):
            yield _Cut(first.start, last.end, ";")
            first = None
        if goes:
            first, last = first or part, part
        elif part not in kept:
            yield _Cut(part.cut, part.end, part.filler)
    if first is not None and last is not None:
        yield _Cut(first.start, last.end, ";")


def _crowds(outline: Outline, kept: dict[Unit, None]) -> dict[str, tuple[int, int]]:
    """For the names of functions that are kept: how many functions have it and how many calls mention it, where these are many."""
    found: dict[str, tuple[int, int]] = {}
    for name in {unit.name for unit in kept} - {b""}:
        functions, calls = len(outline.named[name]), len(outline.calls(name))
        if functions > 4 or calls > CALLERS:
            found[name.decode(errors="replace")] = (functions, calls)
    return found
