"""Large files: the bodies of functions that cannot matter are blanked out before anything is parsed.

The parser reads about a megabyte a second; to find brackets, words and declarations takes a tenth of that. So these say which
functions there are, a closure over names which of them can matter (``closure``), and only these are parsed; the others keep their
heads, without parameters, and what they do is unknown. A text whose names of the protocol are all in comments, strings and tables
(``idle``) needs none of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..code import Absent, Code, blank
from ..trees import Concrete, javascript
from .closure import CALLERS, NAMESAKES, Kept
from .functions import SUPPRESSION, Outline, Unit
from .idle import is_idle, links
from .lexing import Lexed, lexed
from .skeleton import skeleton
from .statements import Part, Parts
from .suspicion import is_suspicious
from .unnamed import unnamed

#: Characters from which on slicing pays.
AT_LEAST = 30_000
#: Characters up to which tree-sitter looks for errors in what is left out; beyond, only where something looks broken.
CLOSELY = 300_000
#: Nodes of the parser for each word, at most times.
_NODES_OF_A_WORD = 1.38
#: Nodes from which on the analysis does not take a module whole anyway (see ``relevance``), with some to spare.
_NODES = 7_800
_SETTER = re.compile(r"(?:static\s+)?set\b")
#: The share of the text that must go, comments and what strings say aside.
_WORTH = 0.4


def sliced(code: Code, tree: Concrete | None = None) -> Code:
    """The program without the bodies that cannot matter; the program itself where that does not pay.

    ``tree`` is that of its text, where there is one already.
    """
    text = code.text
    if len(text) < AT_LEAST or code.insertions:
        return code
    read = lexed(text)
    doubtful = read is None or len(text) < CLOSELY or is_suspicious(read)
    if doubtful and (tree or javascript(text)).root.has_error:
        return replace(code, skeleton=skeleton(code))
    if read is None:
        return code
    if not code.types and is_idle(read):
        return _emptied(code, read)
    outline = Outline(read)
    nodes = int(sum(map(len, outline.words.values())) * _NODES_OF_A_WORD)
    if nodes < _NODES:
        return code
    kept = Kept(outline).compute()
    if kept.size > (1 - _WORTH) * len(text):
        return code
    around = _around(kept.units)
    parts = Parts(outline, kept, around).compute()
    cuts = _cuts(outline, around, parts)
    if sum(_weight(read, cut.start, cut.end) for cut in cuts) < _WORTH * _weight(read, 0, len(text)):
        return code
    filled = [(cut.start, cut.filler) for cut in cuts if cut.filler]
    return replace(
        code,
        text=_filled(blank(text, ((cut.start, cut.end) for cut in cuts)), filled),
        unknown=tuple((cut.start - cut.braces, cut.end + cut.braces) for cut in cuts if not cut.unnamed),
        modular=_is_modular(outline),
        whole=code,
        absent=Absent(
            nodes,
            _crowds(outline, kept.units),
            frozenset(kept.unregistering()),
            frozenset(kept.lost),
        ),
    )


def idle_typescript(text: str) -> Code | None:
    """A long text of TypeScript as a program without anything in it, where no code of it names the protocol or takes in another
    module: to find its types would be all that is left to do. None for all others.
    """
    read = lexed(text) if len(text) >= CLOSELY else None
    if read is None or not is_idle(read) or links(read) or is_suspicious(read):
        return None
    blanks = Code(" " * len(text))  # nothing asks for the JavaScript in it: there is no import, and no error in an empty text
    return Code("", source_type="module", whole=blanks)


def _is_modular(outline: Outline) -> bool:
    """Whether a text has what only modules have."""
    words = ((at, word) for word in ("import", "export") for at in outline.keywords(word) if outline.at(at) is outline.program)
    return any(word == "export" or outline.code[outline.reader.skip(at + len(word))] not in ".(" for at, word in words)


def _emptied(code: Code, read: Lexed) -> Code:
    """The program without all that does not take in another module."""
    nothing = Absent(_NODES, {}, frozenset(), frozenset())
    spans = links(read)
    if not spans:
        return replace(code, text="", source_type=code.source_type or "script", whole=code, absent=nothing)
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(code.text)]
    rest = [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
    filled = [(end, ";") for _, end in spans if code.text[end : end + 1] not in ("", "\n", "\r")]
    return replace(
        code,
        text=_filled(blank(code.text, rest), filled).rstrip(),
        modular=any(read.code.startswith(("import", "export"), start) for start, _ in spans),
        whole=code,
        absent=nothing,
    )


def _weight(read: Lexed, start: int, end: int) -> int:
    """The characters of a stretch that are no blanks, comments or inside of literals."""
    return end - start - read.code.count(" ", start, end) - read.code.count("\n", start, end)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A stretch of characters that goes, what stands for it, whether it is what is between the braces of a function, and whether
    nothing that stays asks for it.
    """

    start: int
    end: int
    filler: str
    braces: bool = False
    unnamed: bool = False


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
    found = [cut for some in parts.of.values() for cut in _runs(outline.text, some, parts)]
    for unit in outline.units:
        if unit not in around:
            found.append(_Cut(*unit.body, "" if unit.block else "0", unit.block))
            if _may_lose_parameters(unit, outline.code):
                found.append(_Cut(*unit.parameters, ""))
    found += [_Cut(entry.start, entry.end, "") for tables in parts.tables.values() for entry in tables.entries]
    outermost = _outermost(found)
    gone = [(cut.start, cut.end) for cut in outermost]
    found = [_Cut(unit.start, unit.end, ";", unnamed=True) for unit in unnamed(outline, around, gone)]
    return _outermost([*outermost, *found])


def _outermost(found: list[_Cut]) -> list[_Cut]:
    """The cuts that are in no other, in order of place."""
    outermost: list[_Cut] = []
    for cut in sorted((cut for cut in found if cut.start < cut.end), key=lambda cut: (cut.start, -cut.end)):
        if not outermost or cut.start >= outermost[-1].end:
            outermost.append(cut)
    return outermost


def _may_lose_parameters(unit: Unit, code: str) -> bool:
    """Whether the head of a function is one without its parameters, too."""
    start, end = unit.parameters
    return code[start - 1 : start] == "(" and code[end : end + 1] == ")" and not _SETTER.match(code, unit.start)


def _runs(text: str, some: list[Part], parts: Parts) -> Iterator[_Cut]:
    """The parts of a wrapper that go, statements that follow each other as one, unless a comment between them suppresses."""
    first: Part | None = None
    last: Part | None = None
    for part in some:
        goes = part not in parts.kept and part.filler == ";"
        if first is not None and last is not None and (not goes or SUPPRESSION in text[last.end : part.start]):
            yield _Cut(first.start, last.end, ";")
            first = None
        if goes:
            first, last = first or part, part
        elif part not in parts.kept:
            yield _Cut(part.cut, part.end, part.filler)
    if first is not None and last is not None:
        yield _Cut(first.start, last.end, ";")


def _crowds(outline: Outline, kept: dict[Unit, None]) -> dict[str, tuple[int, int]]:
    """For the names of functions that are kept: how many functions have it and how many calls mention it, where these are many.

    ``CALLERS`` and one more stand for all numbers of calls above that.
    """
    found: dict[str, tuple[int, int]] = {}
    for name in {unit.name for unit in kept} - {""}:
        functions, calls = len(outline.named[name]), outline.few_calls(name, CALLERS)
        if functions > NAMESAKES or calls is None:
            found[name] = (functions, CALLERS + 1 if calls is None else len(calls))
    return found
