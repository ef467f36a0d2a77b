"""``jsleak run``: files run on an engine, what they register and what of it leaks."""

from __future__ import annotations

import re
from dataclasses import replace

import click

from .options import size
from .output import COLOURS

ENGINES = ("quickjs", "node", "all")
_MAX_FILE_SIZE = 8 << 20
_MAX_JOBS = 2_000_000


@click.command(
    epilog="Exit status: 0 no leaks; 1 leaks; 2 a file could not be run to its end (it does not exist, has a syntax error, imports "
    "what is outside of its folder, crashed, did not end within its limits), the engine is missing, or the command line is wrong. "
    "2 wins over 1: what was found is reported all the same."
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--engine", type=click.Choice(ENGINES), default="quickjs", help="Where to run it (default: the bundled quickjs).")
@click.option("--repeat", type=click.IntRange(min=1), default=1, metavar="N", help="How often to evaluate --call (default: 1).")
@click.option("--call", "call", metavar="EXPR", default="", help="An expression to evaluate after the script, in its scope.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    default=5.0,
    metavar="SECONDS",
    help="End a run after this (default: 5).",
)
@click.option("--max-memory", type=size, default="256M", metavar="SIZE", help="The engine's memory (default: 256M).")
@click.option("--format", "format_name", type=click.Choice(("text", "json")), default="text", help="How to report (default: text).")
@click.option("-q", "--quiet", is_flag=True, help="No summary, and nothing of what the program prints.")
@click.option("--color", "colour", type=click.Choice(COLOURS), default="auto", help="When to colour (default: on a terminal).")
def run(
    files: tuple[str, ...],
    engine: str,
    repeat: int,
    call: str,
    timeout: float,
    max_memory: int,
    format_name: str,
    quiet: bool,
    colour: str,
) -> int:
    """Run JavaScript files and report what they register for cleanup, and what leaks.

    Each file runs by itself in a locked-in process, with the modules that it imports from below its own folder and nothing else of
    this machine. Packages and built-in modules are stood in for.
    """
    from jsleak.engine.leaks import Options, RunReport, run_file
    from jsleak.engine.pool import EngineMissing, Pool
    from jsleak.engine.request import EngineName, Limits
    from jsleak.workspace.reading import NotText, decode, not_text, read_bytes, read_problem

    if repeat > 1 and not call:
        raise click.UsageError("--repeat needs --call: the expression to evaluate, `--call 'open().close()'` say.")
    _check(call)
    names: tuple[EngineName, ...] = ("quickjs", "node") if engine == "all" else ("node",) if engine == "node" else ("quickjs",)
    reports: list[RunReport] = []
    problems: list[tuple[str, str]] = []
    limits = Limits(seconds=timeout, memory=max_memory, jobs=_MAX_JOBS)
    with Pool(1) as pool:
        for path in files:
            try:
                data = read_bytes(path, _MAX_FILE_SIZE)
                text = decode(data)
            except NotText as error:
                problems.append((path, not_text(path, data, error).message))
                continue
            except (OSError, ValueError) as error:
                problems.append((path, read_problem(path, error).message))
                continue
            except Exception as error:  # what `read_bytes` says of its own: no regular file, too large
                problems.append((path, read_problem(path, error).message))
                continue
            for name in names:
                try:
                    made = run_file(path, text, Options(name, repeat, call, limits), pool.run, decode_module)
                    reports.append(replace(made, engine=pool.engines.get(name, name)))
                except EngineMissing as missing:
                    problems.append((path, str(missing)))
                    continue
    if format_name == "json":
        from .reporters.run_json import report as report_json

        report_json(reports, problems)
    else:
        from .reporters.run_text import report as report_text

        report_text(reports, problems, colour=colour, quiet=quiet)
    if problems or not all(one.ran for one in reports):
        return 2
    return 1 if any(one.leaks for one in reports) else 0


def decode_module(data: bytes) -> str:
    """The text of an imported file. Raises ValueError where it is none."""
    from jsleak.workspace.reading import NotText, decode

    try:
        return decode(data)
    except NotText as error:
        raise ValueError(error.reason) from None


def _check(call: str) -> None:
    """Raise a usage error where ``--call`` is no expression."""
    if not call:
        return
    from jsleak.analysis.syntax.parse import SyntaxProblem, parse

    try:
        body = parse(f"(async () => (\n{call}\n))", filename="call.js", source_type="script").root.body
    except SyntaxProblem as problem:
        message = re.sub(r"\s+", " ", problem.message)
        raise click.BadParameter(f"`{call}` is no expression: {message}.", param_hint="'--call'") from None
    if len(body) != 1 or body[0].type != "ExpressionStatement" or body[0].expression.type != "ArrowFunctionExpression":
        raise click.BadParameter(f"`{call}` is no single expression.", param_hint="'--call'")
