"""``jsleak lsp``: the language server, which editors start."""

from __future__ import annotations

import click

from jsleak.lsp.main import configure_logging, serve_stdio, serve_tcp


@click.command(epilog="Exit status: 0 when the client asked for the end, 1 when it went away without.")
@click.option("--stdio", is_flag=True, help="Serve on standard input and output (the default; editors may say it).")
@click.option("--tcp", is_flag=True, help="Serve on a port instead, one client after the other.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=2087, show_default=True, help="The port; 0 takes a free one.")
@click.option("--clientProcessId", "client_process", type=int, hidden=True, help="Said by some clients, and by `initialize` again.")
@click.option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="warning",
    show_default=True,
    help="What to write on standard error.",
)
def lsp(stdio: bool, tcp: bool, host: str, port: int, client_process: int | None, log_level: str) -> int:
    """Serve editors by the Language Server Protocol."""
    if stdio and tcp:
        raise click.UsageError("--stdio and --tcp exclude each other.")
    configure_logging(log_level)
    return serve_tcp(host, port) if tcp else serve_stdio()
