"""Commands: experiments on an engine, a run of the whole file, rule pages, a fresh start."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from jsleak.analysis.findings import Finding, Verdict
from jsleak.analysis.rule import NoExperiment, load_rules
from jsleak.lsp.snapshot import FindingKey, Snapshot
from jsleak.workspace import Settings

from . import trials
from .pages import page, page_uri
from .progress import Cancelled, Report, with_progress
from .trials import Case, NoEngine, Trials

if TYPE_CHECKING:
    from jsleak.engine.leaks import RunReport
    from jsleak.engine.pool import Pool
    from jsleak.lsp.server import JsleakServer

UNTRUSTED = "This workspace is not trusted, so jsleak does not run its code. Set `jsleak.trust` to allow it."
CHANGED = "This finding is no more: the text has changed."


class Refused(Exception):
    """Why a command was not carried out, for the user to read."""


def register_commands(server: JsleakServer, running: Trials) -> None:
    """Register all commands. Those that run code give null where they were refused; a message has said why."""
    # pygls evaluates the annotations of a command: nothing that is imported for types only may stand there.

    @server.command("jsleak.confirm")
    async def confirm(uri: str, key: str) -> object:
        async def work() -> object:
            found = await _confirmed(server, running, uri, key)
            return next((as_json(verdict) for verdict in found.values()), None)

        return await _answered(server, work())

    @server.command("jsleak.confirmFile")
    async def confirm_file(uri: str) -> object:
        async def work() -> object:
            return {one: as_json(verdict) for one, verdict in (await _confirmed(server, running, uri, None)).items()}

        return await _answered(server, work())

    @server.command("jsleak.run")
    async def run(uri: str) -> object:
        return await _answered(server, _run(server, running, uri))

    @server.command("jsleak.explain")
    async def explain(rule: str) -> str:
        text = page(rule)
        if text is None:
            raise JsonRpcInvalidParams(f"There is no rule {rule!r}.")
        where = page_uri(rule)
        if server.client.show_document and where is not None:
            server.window_show_document(types.ShowDocumentParams(where, take_focus=True))
        return text

    @server.command("jsleak.restartAnalysis")
    async def restart() -> None:
        server.restart_analysis()


async def _answered(server: JsleakServer, work: Coroutine[None, None, object]) -> object:
    """The result of a command; null, with a message to the user, where it could not be carried out or was cancelled."""
    try:
        return await work
    except Cancelled:
        return None
    except (Refused, NoEngine) as refused:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, str(refused)))
        return None


async def _case(server: JsleakServer, uri: str) -> Case:
    """What is needed to run code of a document. Raises Refused."""
    await server.configuration.known.wait()
    if not server.trusted(uri):
        raise Refused(UNTRUSTED)
    snapshot = await server.fresh(uri)
    if snapshot is None:
        raise Refused("This document is not open.")
    unsaved = {document.path: document.text for document in server.documents if document.is_file}
    return Case(snapshot, server.configuration.in_force(uri) or Settings(), snapshot.path != snapshot.uri, unsaved)


async def _confirmed(server: JsleakServer, running: Trials, uri: str, key: FindingKey | None) -> dict[FindingKey, Verdict]:
    """The verdicts of one finding, or of all that an experiment can show; the client's diagnostics and lenses get each."""
    case = await _case(server, uri)
    chosen = _chosen(case.snapshot, key)
    loop = asyncio.get_running_loop()
    title = f"Confirming {chosen[0][1].rule}" if len(chosen) == 1 else f"Confirming {len(chosen)} findings"

    async def work(report: Report) -> dict[FindingKey, Verdict]:
        done = 0

        def told(one: FindingKey, verdict: Verdict) -> None:
            nonlocal done
            done += 1
            server.set_verdict(uri, one, verdict)
            report(f"{done} of {len(chosen)}", 100 * done // len(chosen))

        def tell(one: FindingKey, verdict: Verdict) -> None:
            loop.call_soon_threadsafe(told, one, verdict)

        def carry_out(pool: Pool) -> dict[FindingKey, Verdict]:
            return trials.confirm(case, chosen, pool, tell)

        return await running.run(carry_out)

    return await with_progress(server, title, work) if chosen else {}


def _chosen(snapshot: Snapshot, key: FindingKey | None) -> Sequence[tuple[FindingKey, Finding]]:
    if snapshot.stale:
        raise Refused("The code has a syntax error, so it can't be run.")
    if key is None:
        rules = load_rules()
        return [one for one in snapshot.keyed if not isinstance(rules[one[1].rule].rule.experiment, NoExperiment)]
    finding = snapshot.finding(key)
    if finding is None:
        raise Refused(CHANGED)
    return [(key, finding)]


async def _run(server: JsleakServer, running: Trials, uri: str) -> object:
    case = await _case(server, uri)
    if not case.is_file:
        raise Refused("Save the document first: what it imports is looked up from where it stands.")

    async def work(report: Report) -> RunReport:
        return await running.run(lambda pool: trials.run(case, pool))

    try:
        done = await with_progress(server, f"Running {case.snapshot.path}", work)
    except OSError as error:
        raise Refused(f"{case.snapshot.path} can't be run: {error.strerror}") from None
    server.set_leaks(uri, case.snapshot.version, tuple(leak for leak in done.leaks))
    _summarise(server, done)
    return {
        "engine": done.engine,
        "completion": done.completion,
        "error": done.error or done.reason,
        "registrations": len(done.registrations),
        "leaks": [
            {
                "kind": leak.kind,
                "message": leak.message,
                "engines": list(leak.engines),
                "path": leak.place.path if leak.place else None,
                "line": leak.place.range.start.line if leak.place else None,
                "column": leak.place.range.start.column if leak.place else None,
            }
            for leak in done.leaks
        ],
    }


def _summarise(server: JsleakServer, done: RunReport) -> None:
    registered = f"{len(done.registrations)} registration{'' if len(done.registrations) == 1 else 's'}"
    leaks = f"{len(done.leaks) or 'no'} leak{'' if len(done.leaks) == 1 else 's'}"
    ended = {"normal": "", "throw": ", ended by an exception", "rejection": ", with a rejection that nobody handled"}
    if done.ran:
        text, kind = f"{done.engine}: {registered}, {leaks}{ended.get(done.completion, '')}.", types.MessageType.Info
    else:
        text, kind = f"{done.engine}: {done.completion}: {done.error or done.reason}", types.MessageType.Warning
    server.window_show_message(types.ShowMessageParams(kind, text))


def as_json(verdict: Verdict) -> dict[str, object]:
    """A verdict as a command's result."""
    return {
        "status": verdict.status.value,
        "engine": verdict.engine,
        "reason": verdict.reason,
        "evidence": list(verdict.evidence),
    }
