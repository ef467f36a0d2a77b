"""One server on a port for all tests: it takes clients one after the other, each with a state of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from support.editor import Editor, connected, port_server


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """The port of a server."""
    with port_server() as port:
        yield port


@pytest.fixture
async def editor(port: int) -> AsyncIterator[Editor]:
    """An editor that has yet to be initialized."""
    async with connected(port) as editor:
        yield editor
