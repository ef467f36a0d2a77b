"""Thousands of random edits: after each hundred the server knows what a fresh analysis of the editor's text knows."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from lsprotocol import types

from jsleak.analysis import analyze
from jsleak.analysis.findings import ProblemKind
from jsleak.lsp.diagnostics import diagnostics
from jsleak.lsp.documents import Document
from jsleak.lsp.positions import Positions
from support.editor import Editor, capabilities

START = """const r = new FinalizationRegistry((fd) => close(fd));
export class A {
  constructor(path) {
    this.fd = open(path);
    r.register(this, this.fd, this);
  }
  close() { r.unregister(this); close(this.fd); }
}
"""
#: What is typed: pieces that register and leak, pieces that break and mend the text, pieces that are hard to count.
PIECES = (
    "\nexport const t{n} = (o) => r.register(o, () => o.fd);\n",
    "\nexport class B{n} {{ constructor() {{ r.register(this, this.fd); }} close() {{}} }}\n",
    "\nexport const w{n} = new WeakRef({{}});\n",
    "\nexport const s{n} = '😀\u2028\té';\n",
    "\r\n// \x0c \x85 \ud83d\n",
    "\n/* 😀 */ r.register({{}}, 1);\n",
    "x",
    "{{",
    "}}",
    "(",
    ")",
    "'",
    "\r",
    "\n",
    "😀",
    "\u2029",
)
CLEAN = 6


@dataclass
class Typist:
    """Types at random, and knows the text without the server's help."""

    chance: random.Random
    encoding: str
    text: str = START
    count: int = 0
    good: str = field(default=START)

    def edit(self, step: int) -> types.TextDocumentContentChangeEvent:
        """One edit, in the protocol's terms. The last steps before each other comparison mend what was broken, and add to it."""
        self.count += 1
        mending = step % 200 > 190 or step % 200 == 0
        dice = 0.05 if step % 200 == 191 else 0.4 if mending else self.chance.random()
        if dice < 0.02:
            self.text = self.good = START
            return types.TextDocumentContentChangeWholeDocument(START)
        if dice < 0.1:
            # Undo what broke the text, as people do.
            self.text = self.good
            return types.TextDocumentContentChangeWholeDocument(self.good)
        positions = Positions(self.text, self.encoding)
        if dice < 0.5:
            start = end = len(self.text)
            new = self.piece(CLEAN)
        else:
            start = self.chance.randrange(len(self.text) + 1)
            end = min(len(self.text), start + self.chance.choice((0, 0, 1, 3, 30)))
            new = self.piece(len(PIECES)) if self.chance.random() < 0.7 else ""
        place = positions.span(start, end)
        # A place between CR and LF is none in the protocol.
        start, end = positions.offsets(place)
        self.text = self.text[:start] + new + self.text[end:]
        if len(self.text) > 4_000:
            self.text = self.good = START
            return types.TextDocumentContentChangeWholeDocument(START)
        return types.TextDocumentContentChangePartial(place, new)

    def piece(self, of: int) -> str:
        """Something to type."""
        return self.chance.choice(PIECES[:of]).format(n=self.count)


def expected(text: str, encoding: str) -> tuple[set[tuple[str, ...]], bool]:
    """What a fresh analysis gives: place, code and message of each diagnostic; and whether the text parses."""
    document = Document("untitled:a.js", "untitled:a.js", Positions(text, encoding), None)
    analysis = analyze(text, filename="untitled:a.js")
    if not any(name in text for name in ("FinalizationRegistry", "WeakRef")):
        return set(), True
    broken = any(problem.kind in (ProblemKind.SYNTAX_ERROR, ProblemKind.TOO_DEEP) for problem in analysis.problems)
    return {shown(one) for one in diagnostics(document.accept(analysis, {}), lambda rule: None)}, not broken


def shown(one: types.Diagnostic) -> tuple[str, ...]:
    related = [(hop.message, str(hop.location.range)) for hop in one.related_information or ()]
    return (str(one.range), str(one.code), one.message, str(related))


async def compare(editor: Editor, edits: int, seed: int, encoding: str) -> None:
    await editor.initialize(wants=capabilities(encodings=(encoding,)))
    typist = Typist(random.Random(seed), encoding)
    uri = editor.open("untitled:a.js", typist.text)
    parsed = 0
    for number in range(1, edits + 1):
        editor.change(uri, *(typist.edit(number) for _ in range(typist.chance.choice((1, 1, 1, 2)))))
        if number % 10 == 0 and expected(typist.text, encoding)[1]:
            typist.good = typist.text
        if number % 100:
            continue
        found = {shown(one) for one in await editor.diagnostics(uri)}
        assert await editor.text(uri) == typist.text, f"after {number} edits"
        fresh, parses = expected(typist.text, encoding)
        if parses:
            parsed += 1
            assert found == fresh, f"after {number} edits of\n{typist.text}"
        else:
            assert found >= fresh, f"after {number} edits of\n{typist.text}"
            lines = len(Positions(typist.text, encoding).line_starts)
            assert all(one.range.end.line < lines for one in editor.published[uri][-1].diagnostics)
    assert parsed >= edits // 400, "the text seldom parsed, so little was compared"


@pytest.mark.parametrize(("seed", "encoding"), [(1, "utf-16"), (2, "utf-8"), (3, "utf-32")])
async def test_some_hundred_edits(editor: Editor, seed: int, encoding: str) -> None:
    await compare(editor, 400, seed, encoding)


@pytest.mark.slow
async def test_ten_thousand_edits(editor: Editor) -> None:
    await compare(editor, 10_000, 4, "utf-16")
