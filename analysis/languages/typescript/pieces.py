"""What to change in a text to turn it into JavaScript: blanks, single characters, insertions. Offsets are bytes, as in the tree."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..code import Insertion, Span, blank
from ..trees import Concrete


@dataclass(slots=True)
class Pieces:
    """The changes, gathered in any order."""

    concrete: Concrete
    blanks: list[Span] = field(default_factory=list)
    characters: dict[int, str] = field(default_factory=dict)
    inserted: list[tuple[int, str, Span]] = field(default_factory=list)

    def blank(self, start: int, end: int) -> None:
        """Blank a stretch out."""
        self.blanks.append((start, end))

    def put(self, byte: int, text: str) -> None:
        """Write ``text`` over what stands there: as many characters, in one line."""
        for index, character in enumerate(text):
            self.characters[byte + index] = character

    def insert(self, byte: int, text: str, source: Span) -> None:
        """Have the parser read ``text`` before ``byte``; its nodes have the place ``source``."""
        self.inserted.append((byte, text, source))

    def merged(self) -> list[Span]:
        """The blanks in code points, ascending and apart."""
        found: list[Span] = []
        offset = self.concrete.offset
        for start, end in sorted((offset(start), offset(end)) for start, end in self.blanks):
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
        return found

    def text(self) -> str:
        """The text with blanks and single characters."""
        blanked = blank(self.concrete.text, self.merged())
        if not self.characters:
            return blanked
        characters = list(blanked)
        for byte, character in self.characters.items():
            at = self.concrete.offset(byte)
            if characters[at] not in "\n\r\u2028\u2029":  # of a broken text anything may stand there
                characters[at] = character
        return "".join(characters)

    def insertions(self) -> tuple[Insertion, ...]:
        """The insertions in order of place; those at one place in the order in which they were made."""
        offset = self.concrete.offset
        made = [Insertion(offset(at), text, (offset(source[0]), offset(source[1]))) for at, text, source in self.inserted]
        return tuple(sorted(made, key=lambda one: one.at))
