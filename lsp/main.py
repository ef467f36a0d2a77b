"""Serving: one client on standard input and output, or one after the other on a port."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from .analyst import prepare

if TYPE_CHECKING:
    from .server import JsleakServer

log = logging.getLogger(__name__)


def configure_logging(level: str) -> None:
    """Log to standard error; what pygls says of itself only when details are asked for."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(levelname)s %(name)s: %(message)s")
    if level != "debug":
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def serve_stdio() -> int:
    """Serve the client on standard input and output until it leaves or dies. Returns the exit status."""
    stdin, stdout = _claim_streams()
    prepare()
    status = asyncio.run(_serve_one(stdin, stdout))
    # The thread that reads may still wait for a byte, and would be waited for.
    logging.shutdown()
    os._exit(status)


def _claim_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the protocol's streams to ourselves: neither a stray `print` nor a child process may touch them."""
    stdin, stdout = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return os.fdopen(stdin, "rb"), os.fdopen(stdout, "wb")


async def _serve_one(stdin: BinaryIO, stdout: BinaryIO) -> int:
    from pygls.io_ import StdinAsyncReader, StdoutWriter

    server = _new_server()
    await _converse(server, StdinAsyncReader(stdin, server.thread_pool), StdoutWriter(stdout))
    return server.protocol.exit_code


def _new_server() -> JsleakServer:
    # Not at the top: what analyses gets ready while the protocol's types are loaded, which takes as long.
    from .server import JsleakServer

    return JsleakServer()


async def _converse(server: JsleakServer, reader: Any, writer: Any) -> None:
    """Take messages until the client leaves, its stream ends, or its process does."""
    from pygls.io_ import run_async

    server.analyst.warm_up()
    server.protocol.set_writer(writer)
    stop: Any = _Left(server)
    reading = asyncio.ensure_future(
        run_async(stop, reader, server.protocol, logging.getLogger("pygls"), server.report_server_error)
    )
    leaving = asyncio.ensure_future(server.left.wait())
    watching = asyncio.ensure_future(_death(server))
    waiting = {reading, leaving, watching}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not reading.cancelled() and (error := reading.exception()):
            log.error("the conversation broke off: %s: %s", type(error).__name__, error)
    finally:
        server.close()
        for one in waiting:
            one.cancel()


class _Left:
    """What pygls asks whether to go on reading."""

    def __init__(self, server: JsleakServer) -> None:
        self._server = server

    def is_set(self) -> bool:
        return self._server.left.is_set()


async def _death(server: JsleakServer) -> None:
    """Wait for the end of the process that the client named as its own."""
    await server.introduced.wait()
    if server.client_process is not None:
        await server.client_process.ended()


def serve_tcp(host: str, port: int) -> int:
    """Serve clients on a port, each with a server of its own, until interrupted."""
    prepare()
    try:
        asyncio.run(_listen(host, port))
    except KeyboardInterrupt:
        logging.shutdown()
        os._exit(128 + signal.SIGINT)
    return 0


async def _listen(host: str, port: int) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = _new_server()
        try:
            await _converse(server, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            log.warning("the client broke off: %s", error)
        finally:
            writer.close()

    listening = await asyncio.start_server(client, host, port)
    for socket in listening.sockets:
        address = socket.getsockname()
        print(f"listening on {address[0]}:{address[1]}", file=sys.stderr, flush=True)
    async with listening:
        await listening.serve_forever()
