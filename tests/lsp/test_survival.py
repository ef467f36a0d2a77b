"""What no client should do, and some do: the server goes on, or ends, and leaves no process behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from jsleak.workspace import DEFAULT_MAX_FILE_SIZE
from support.editor import PATIENCE, Editor, codes, connected, started

LEAK = "const r = new FinalizationRegistry(close);\nexport const track = (o) => r.register(o, () => o.fd);\n"
HELD = ["held-value-retains-target", "object-held-value"]
#: Takes far longer to analyse than any test waits.
ENDLESS = LEAK + "".join(f"export function f{n}(a) {{ return [a, {n}].map((x) => x + a * {n}); }}\n" for n in range(12_000))
#: Seconds; a tenth of it where nothing else runs.
SOON = 5
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None, "rootUri": None}}


class Raw:
    """A server's streams, to write anything into."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def read(self) -> Any:
        """The next message of the server."""
        length = 0
        async with asyncio.timeout(PATIENCE):
            while line := (await self.reader.readline()).strip():
                name, _, value = line.partition(b":")
                if name == b"Content-Length":
                    length = int(value)
            return json.loads(await self.reader.readexactly(length))

    async def answer(self, request: object) -> Any:
        """The answer to a request; what comes before it is passed over."""
        while (message := await self.read()).get("id") != request or "method" in message:
            pass
        return message


@asynccontextmanager
async def raw_on(port: int) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


class Own(Raw):
    """The streams of a server of one's own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        super().__init__(process.stdout, process.stdin)
        self.process = process

    async def ended(self, seconds: float) -> int:
        """The exit status, which is to come within so many seconds."""
        return await asyncio.wait_for(self.process.wait(), seconds)


@asynccontextmanager
async def raw() -> AsyncIterator[Own]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jsleak", "lsp", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Own(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


MALFORMED: list[tuple[str, bytes, int | None]] = [
    ("no JSON", b"Content-Length: 3\r\n\r\n{a}", -32700),
    ("no text", b"Content-Length: 2\r\n\r\n\xff\xfe", -32700),
    ("a list", b"Content-Length: 2\r\n\r\n[]", -32600),
    ("no version", b'Content-Length: 22\r\n\r\n{"id": 7, "method": 1}', -32600),
    ("a number", b"Content-Length: 1\r\n\r\n7", -32600),
    ("nonsense instead of a header", b"hello\r\n\r\n", None),
    ("a length that is none", b"Content-Length: many\r\n\r\n", None),
    ("nested too deep", b"Content-Length: 200000\r\n\r\n" + b"[" * 200000, None),
]


@pytest.mark.parametrize(("name", "data", "code"), MALFORMED, ids=[one[0] for one in MALFORMED])
async def test_malformed_messages(port: int, name: str, data: bytes, code: int | None) -> None:
    async with raw_on(port) as server:
        server.write(data)
        if code is not None:
            message = await server.read()
            assert (message["id"], message["error"]["code"]) == (None, code)
        server.send(INITIALIZE)
        assert "capabilities" in (await server.answer(1))["result"]


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("unknown method", {"method": "textDocument/nonsense", "params": {}}, -32601),
    ("wrong params", {"method": "textDocument/hover", "params": {"textDocument": 3}}, -32602),
    ("no params", {"method": "textDocument/hover"}, -32602),
    ("unknown command", {"method": "workspace/executeCommand", "params": {"command": "nonsense"}}, -32602),
    ("initialized already", {"method": "initialize", "params": INITIALIZE["params"]}, -32600),
]


@pytest.mark.parametrize(("name", "request_", "code"), REFUSED, ids=[one[0] for one in REFUSED])
async def test_requests_that_are_refused(port: int, name: str, request_: dict[str, Any], code: int) -> None:
    async with raw_on(port) as server:
        server.send(INITIALIZE)
        await server.answer(1)
        server.send({"jsonrpc": "2.0", "id": "x", **request_})
        assert (await server.answer("x"))["error"]["code"] == code
        server.send({"jsonrpc": "2.0", "method": "$/nonsense", "params": {}})
        server.send({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": None}})
        server.send({"jsonrpc": "2.0", "id": 2, "method": "shutdown"})
        assert (await server.answer(2))["result"] is None


async def test_the_order_that_the_protocol_wants() -> None:
    async with raw() as server:
        server.send({"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {}})
        server.send({"jsonrpc": "2.0", "id": 5, "method": "shutdown"})
        assert (await server.answer(5))["error"]["code"] == -32002
        server.send(INITIALIZE)
        await server.answer(1)
        server.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        server.send({"jsonrpc": "2.0", "id": 2, "method": "shutdown"})
        assert (await server.answer(2))["result"] is None
        server.send({"jsonrpc": "2.0", "id": 3, "method": "workspace/symbol", "params": {"query": ""}})
        assert (await server.answer(3))["error"]["code"] == -32600
        server.send({"jsonrpc": "2.0", "method": "exit"})
        assert await server.ended(PATIENCE) == 0


@pytest.mark.parametrize("how", ["exit without shutdown", "exit before initialize", "end of the stream"])
async def test_ends_that_are_no_good_ones(how: str) -> None:
    async with raw() as server:
        if how != "exit before initialize":
            server.send(INITIALIZE)
            await server.answer(1)
        if how == "end of the stream":
            server.writer.close()
        else:
            server.send({"jsonrpc": "2.0", "method": "exit"})
        assert await server.ended(PATIENCE) == 1


def processes_of(parent: int) -> set[int]:
    """The processes below one, by Linux's /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if entry.name.isdigit() and fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    todo = [parent]
    while todo:
        new = children.get(todo.pop(), [])
        found.update(new)
        todo += new
    return found


async def gone(processes: set[int]) -> bool:
    """Whether processes end soon and of their own accord."""
    loop = asyncio.get_running_loop()
    for process in processes:
        try:
            descriptor = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), SOON)
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
    return True


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
@pytest.mark.parametrize("end", ["the client says goodbye", "its stream ends", "the server is terminated", "the server is killed"])
async def test_no_process_is_left_even_in_the_middle_of_an_analysis(end: str) -> None:
    async with started() as editor:
        process = editor.client._server
        assert process is not None
        await editor.initialize(options={"maxFileSize": 1 << 30})
        assert codes(await editor.diagnostics(editor.open("untitled:a.js", LEAK))) == HELD
        editor.open("untitled:b.js", ENDLESS)
        assert await editor.text("untitled:b.js") == ENDLESS
        below = processes_of(process.pid)
        assert len(below) >= 3, "a process to fork from and two workers"
        if end == "the client says goodbye":
            await editor.leave()
        elif end == "its stream ends":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM if end == "the server is terminated" else signal.SIGKILL)
        await asyncio.wait_for(process.wait(), SOON)
        assert await gone(below)


@linux
async def test_the_server_ends_with_the_client_s_process_though_its_stream_stays_open() -> None:
    client = await asyncio.create_subprocess_exec("sleep", "1000")
    async with raw() as server:
        server.send({**INITIALIZE, "params": {**INITIALIZE["params"], "processId": client.pid}})
        await server.answer(1)
        client.kill()
        await client.wait()
        assert await server.ended(PATIENCE) == 1


async def test_a_client_s_process_that_is_not_seen_from_here_is_not_taken_for_dead(port: int) -> None:
    async with raw_on(port) as server:
        server.send({**INITIALIZE, "params": {**INITIALIZE["params"], "processId": 2**22 + 1}})
        await server.answer(1)
        server.send({"jsonrpc": "2.0", "id": 2, "method": "shutdown"})
        assert (await server.answer(2))["result"] is None


async def test_two_clients_in_turn_and_two_at_once(port: int) -> None:
    async with connected(port) as first:
        await first.initialize()
        assert codes(await first.diagnostics(first.open("untitled:a.js", LEAK))) == HELD
        async with connected(port) as second:
            await second.initialize()
            assert codes(await second.diagnostics(second.open("untitled:a.js", "new WeakRef(1)"))) == ["invalid-registration"]
        first.rewrite("untitled:a.js", "\n" + LEAK)
        assert codes(await first.diagnostics("untitled:a.js")) == HELD
        await first.leave()
    async with connected(port) as third:
        await third.initialize()
        assert codes(await third.diagnostics(third.open("untitled:a.js", LEAK))) == HELD


async def test_a_document_of_five_megabytes(editor: Editor) -> None:
    """It is analysed, and again after fifty edits."""
    text = LEAK + "// 0123456789 0123456789 0123456789\n" * 150_000
    assert len(text) > 5_000_000
    await editor.initialize()
    uri = editor.open("untitled:a.js", text)
    assert codes(await editor.diagnostics(uri)) == HELD
    async with asyncio.timeout(60):
        for number in range(50):
            editor.replace(uri, (100_000, number), (100_000, number), "x")
        assert codes(await editor.diagnostics(uri)) == HELD


async def test_a_document_that_is_too_large(editor: Editor) -> None:
    """It is said to be, and typing in it costs next to nothing."""
    text = LEAK + "// 0123456789 0123456789 0123456789\n" * 250_000
    assert len(text) > DEFAULT_MAX_FILE_SIZE
    await editor.initialize()
    uri = editor.open("untitled:a.js", text)
    found = await editor.diagnostics(uri)
    assert [(one.code, one.severity) for one in found] == [("too-large", types.DiagnosticSeverity.Information)]
    assert "maxFileSize" in found[0].message
    async with asyncio.timeout(20):
        for number in range(50):
            editor.replace(uri, (100_000, number), (100_000, number), "x")
        assert codes(await editor.diagnostics(uri)) == ["too-large"]
    editor.rewrite(uri, LEAK)
    assert codes(await editor.diagnostics(uri)) == HELD


async def test_a_worker_that_is_killed_costs_one_result() -> None:
    """The file that did it is named, and the next change is analysed again."""
    async with started() as editor:
        process = editor.client._server
        assert process is not None
        await editor.initialize(options={"maxFileSize": 1 << 30})
        await editor.diagnostics(editor.open("untitled:a.js", LEAK))
        uri = editor.open("untitled:b.js", ENDLESS)
        await editor.text(uri)
        await _kill_busiest(processes_of(process.pid))
        found = await editor.diagnostics(uri)
        assert codes(found) == ["internal-error"]
        assert "SIGKILL" in found[0].message or "signal 9" in found[0].message
        editor.rewrite(uri, LEAK)
        assert codes(await editor.diagnostics(uri)) == HELD


async def _kill_busiest(processes: set[int]) -> None:
    """Kill the one that works, as the system does when memory runs out."""

    def ticks(process: int) -> int:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = {process: ticks(process) for process in processes}
    while not (working := [process for process in processes if ticks(process) > before[process] + 10]):
        await asyncio.sleep(0)
    os.kill(working[0], signal.SIGKILL)
