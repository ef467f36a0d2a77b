"""Measures the language server in a scripted session: somebody types in a file of 2,000 lines with ten registrations.

A burst of keys, as people type, then a pause: how long after the last key are its diagnostics there? Hovers are asked for all the
while: how long do they take? Prints a Markdown table; `--write` puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import random
import statistics
import sys
import time

from lsprotocol import types
from page import put
from pygls.lsp.client import LanguageClient
from typing_session import LINES, REGISTRATIONS, program, typed

from jsleak.analysis import analyze

URI = "untitled:session.js"
#: Seconds between two keys of a burst: some 120 words a minute.
KEY = (0.05, 0.14)
#: Seconds between two hovers.
HOVER = 0.02


class Session:
    """An editor with one document."""

    def __init__(self) -> None:
        self.client = LanguageClient("benchmark", "1")
        self.version = 1
        self.arrived: dict[int, tuple[float, int]] = {}
        self.news = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # as pygls has it
        def published(params: types.PublishDiagnosticsParams) -> None:
            if params.version is not None:
                self.arrived[params.version] = (time.perf_counter(), len(params.diagnostics))
                self.news.set()

    async def begin(self, text: str) -> float:
        """Start the server and open the document. Seconds until its diagnostics are there."""
        started = time.perf_counter()
        await self.client.start_io(sys.executable, "-m", "jsleak", "lsp")
        await self.client.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities()))
        self.client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(URI, "javascript", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await self.answered()
        return time.perf_counter() - started

    def key(self, line: int, column: int, character: str) -> None:
        """Type one character."""
        self.version += 1
        place = types.Position(line, column)
        change = types.TextDocumentContentChangePartial(types.Range(place, place), character)
        document = types.VersionedTextDocumentIdentifier(self.version, URI)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def answered(self) -> tuple[float, int]:
        """When the diagnostics of the present version came, and how many they are."""
        while self.version not in self.arrived:
            self.news.clear()
            await self.news.wait()
        return self.arrived[self.version]

    async def hover(self) -> float:
        """Seconds that a hover takes."""
        started = time.perf_counter()
        params = types.HoverParams(types.TextDocumentIdentifier(URI), types.Position(LINES // 2, 10))
        await self.client.text_document_hover_async(params)
        return time.perf_counter() - started

    async def end(self) -> None:
        """Stop the server."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()  # type: ignore[no-untyped-call]  # as pygls has it


def bursts(number: int) -> list[str]:
    """The typed text, cut where somebody pauses to look."""
    chance = random.Random(number)
    text = typed(number)
    pieces, start = [], 0
    while start < len(text):
        length = chance.randint(3, 9)
        pieces.append(text[start : start + length])
        start += length
    return pieces


async def measure(rounds: int) -> tuple[float, list[float], list[float]]:
    """Seconds to the first diagnostics, after the last key of each burst, and of each hover."""
    session = Session()
    first = await session.begin(program())
    chance = random.Random(1)
    after: list[float] = []
    hovers: list[float] = []

    async def keep_hovering() -> None:
        while True:
            hovers.append(await session.hover())
            await asyncio.sleep(HOVER)

    hovering = asyncio.ensure_future(keep_hovering())
    line, column = LINES - 1, 0
    for number in range(rounds):
        for burst in bursts(number):
            for position, character in enumerate(burst):
                if position:
                    await asyncio.sleep(chance.uniform(*KEY))
                session.key(line, column, character)
                line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
            sent = time.perf_counter()
            came, found = await session.answered()
            after.append(came - sent)
            await asyncio.sleep(chance.uniform(*KEY))
        assert found > number, "the leak that was typed is not found"
    hovering.cancel()
    await session.end()
    return first, after, hovers


def alone(rounds: int) -> list[float]:
    """Seconds of each analysis of the same text with nothing around it, in a process that has done it before."""
    text = program() + typed(0)
    taken = []
    for number in range(rounds + 3):
        started = time.perf_counter()
        analyze(text, filename="session.js")
        if number >= 3:
            taken.append(time.perf_counter() - started)
        gc.collect()
    return taken


def percentile(values: list[float], share: int) -> float:
    """Milliseconds that ``share`` per cent stay below."""
    return 1000 * statistics.quantiles(values, n=100)[share - 1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="how often the class is typed (6)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    before = alone(20)
    first, after, hovers = asyncio.run(measure(options.rounds))
    analysis = [*before, *alone(20)]
    rows = [
        ("from the start of the server to the first diagnostics, ms", 1000 * first, None),
        ("the analysis alone, median, ms", percentile(analysis, 50), None),
        ("the analysis alone, 95th percentile, ms", percentile(analysis, 95), None),
        ("diagnostics after the last key, median, ms", percentile(after, 50), None),
        ("diagnostics after the last key, 95th percentile, ms", percentile(after, 95), 150),
        ("hover while typing, median, ms", percentile(hovers, 50), None),
        ("hover while typing, 95th percentile, ms", percentile(hovers, 95), 20),
    ]
    table = [
        f"Python {platform.python_version()}, {os.cpu_count()} processors; {len(after)} bursts of keys, {len(hovers):,} hovers; "
        f"{LINES:,} lines with {REGISTRATIONS} registrations.",
        "",
        "| what | measured | at most |",
        "|---|---:|---:|",
        *(f"| {what} | {value:.0f} | {most or '–'} |" for what, value, most in rows),
        "",
    ]
    print("\n".join(table))
    if options.write:
        put("server", "\n".join(table))


if __name__ == "__main__":
    main()
