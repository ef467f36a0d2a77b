"""Commands, by a server in a process of its own: code is run, and what is seen comes back as diagnostics and lenses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from jsleak.analysis.pages import markdown
from jsleak.analysis.rule import load_rules
from jsleak.engine.pool import Pool
from jsleak.engine.request import Limits, Request
from jsleak.lsp.features.trials import NoEngine, Trials
from support.editor import PATIENCE, Editor, capabilities, codes, started
from support.snapshots import snapshot_of

LEAK = """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
class Handle {
  constructor(fd) {
    this.fd = fd;
    /* 𝒳 */ registry.register(this, () => this.close());
  }
  close() {}
}
new Handle(3);
"""
ENDLESS = LEAK + "while (true) {}\n"
#: What quickjs-ng 0.6 never frees: the target is gone and its callback still to come when the exception ends the script.
BOOM = """\
const registry = new FinalizationRegistry(() => {});
/* 𝒳 */ registry.register({}, {});
throw new Error("boom");
"""
TRUST = {"trust": True, "background": False}


async def command(editor: Editor, name: str, *arguments: object) -> Any:
    """The result of a command."""
    async with asyncio.timeout(PATIENCE):
        return await editor.client.workspace_execute_command_async(
            types.ExecuteCommandParams(f"jsleak.{name}", arguments=list(arguments))
        )


async def ready(editor: Editor, folder: Path, text: str, options: object = TRUST, *, progress: bool = False) -> str:
    """A document that is open and analysed."""
    await editor.initialize(wants=capabilities(progress=progress), options=options)
    path = folder / "a 𝒳.js"
    path.write_text(text)
    uri = editor.open(path.as_uri(), text)
    await editor.diagnostics(uri)
    return uri


def keys(found: list[types.Diagnostic]) -> dict[str, str]:
    return {str(one.code): one.data["key"] for one in found}


async def with_verdict(editor: Editor, uri: str, rule: str) -> str:
    """The message of a rule's diagnostic once it tells of a verdict."""

    def told() -> str | None:
        last = editor.published[uri][-1].diagnostics
        return next((one.message for one in last if one.code == rule and " on quickjs-ng " in one.message), None)

    return str(await editor.until(told))


async def test_the_commands_are_announced(editor: Editor) -> None:
    answer = await editor.initialize()
    assert answer.capabilities.execute_command_provider is not None
    announced = set(answer.capabilities.execute_command_provider.commands)
    assert {f"jsleak.{name}" for name in ("confirm", "confirmFile", "run", "explain", "restartAnalysis")} <= announced


async def test_confirm(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, LEAK)
    key = keys(await editor.diagnostics(uri))["held-value-retains-target"]
    result = await command(editor, "confirm", uri, key)
    assert result["status"] == "confirmed"
    assert result["engine"].startswith("quickjs-ng ")
    assert result["evidence"]
    message = await with_verdict(editor, uri, "held-value-retains-target")
    assert message.split("\n")[-1] == f"Confirmed on {result['engine']}: {result['reason']}"
    lenses = await editor.client.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
    resolved = [(await editor.client.code_lens_resolve_async(lens)).command for lens in lenses or ()]
    assert [one.title for one in resolved if one is not None] == [
        "target held by the held value",
        f"held-value-retains-target: confirmed on {result['engine']}",
        "Confirm object-held-value",
    ]


async def test_an_edit_elsewhere_keeps_the_verdict_and_one_of_the_finding_drops_it(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, LEAK)
    await command(editor, "confirm", uri, keys(await editor.diagnostics(uri))["held-value-retains-target"])
    editor.replace(uri, (0, 0), (0, 0), "// 𝒳\n")
    assert "Confirmed on" in (await editor.diagnostics(uri))[0].message
    editor.replace(uri, (5, 45), (5, 50), "fd + this.close")
    assert "Confirmed on" not in "".join(one.message for one in await editor.diagnostics(uri))


async def test_confirm_a_file(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, LEAK, progress=True)
    known = keys(await editor.diagnostics(uri))
    result = await command(editor, "confirmFile", uri)
    assert set(result) == set(known.values())
    assert result[known["held-value-retains-target"]]["status"] == "confirmed"
    await with_verdict(editor, uri, "held-value-retains-target")
    told_of = [value for _, value in editor.progress]
    assert [kind(value) for value in told_of] == ["begin", "report", "report", "end"]
    assert [field(value, "percentage") for value in told_of[:3]] == [0, 50, 100]
    assert field(told_of[0], "cancellable") is True


def field(value: Any, name: str) -> Any:
    return value[name] if isinstance(value, dict) else getattr(value, name)


def kind(value: Any) -> str:
    return str(field(value, "kind"))


REFUSALS: dict[str, tuple[object, str, str]] = {
    "not trusted": ({"trust": False}, LEAK, "not trusted"),
    "nothing said of trust": (None, LEAK, "not trusted"),
    "a syntax error": (TRUST, LEAK + "(", "syntax error"),
}


@pytest.mark.parametrize(("options", "text", "expected"), [pytest.param(*row, id=name) for name, row in REFUSALS.items()])
@pytest.mark.parametrize("name", ["confirm", "confirmFile"])
async def test_refusals(editor: Editor, tmp_path: Path, options: object, text: str, expected: str, name: str) -> None:
    uri = await ready(editor, tmp_path, text, options)
    arguments = [uri, "x"] if name == "confirm" else [uri]
    assert await command(editor, name, *arguments) is None
    await editor.until(lambda: any(expected in message for message in editor.messages))
    assert not any("Confirmed" in one.message for one in await editor.diagnostics(uri))


async def test_code_of_an_untrusted_workspace_is_not_run(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, BOOM, {"trust": False})
    assert await command(editor, "run", uri) is None
    await editor.until(lambda: any("not trusted" in message for message in editor.messages))


async def test_a_finding_that_is_no_more(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, LEAK)
    assert await command(editor, "confirm", uri, "gone") is None
    await editor.until(lambda: any("no more" in message for message in editor.messages))


async def test_run_shows_what_leaks_until_the_next_edit(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, BOOM)
    result = await command(editor, "run", uri)
    assert (result["completion"], result["registrations"]) == ("throw", 1)
    assert [(leak["kind"], leak["line"]) for leak in result["leaks"]] == [("held-value-not-released", 2)]
    seen = await editor.until(
        lambda: [one for one in editor.published[uri][-1].diagnostics if one.code == "held-value-not-released"]
    )
    assert seen[0].range.start == types.Position(1, 9)
    assert "quickjs-ng" in seen[0].message
    await editor.until(lambda: any("1 registration, 1 leak" in message for message in editor.messages))
    editor.replace(uri, (3, 0), (3, 0), "// end\n")
    assert "held-value-not-released" not in codes(await editor.diagnostics(uri))


async def test_run_uses_what_is_typed_and_what_is_imported(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "b.js").write_text("export const held = {};\n")
    uri = await ready(editor, tmp_path, "// nothing yet\n")
    editor.rewrite(uri, 'import { held } from "./b.js";\n' + BOOM.replace(", {}", ", { held }"))
    result = await command(editor, "run", uri)
    assert [leak["line"] for leak in result["leaks"]] == [3]


async def test_explain(editor: Editor) -> None:
    await editor.initialize()
    assert await command(editor, "explain", "token-mismatch") == markdown(load_rules()["token-mismatch"])
    with pytest.raises(JsonRpcInvalidParams, match="no rule 'nope'"):
        await command(editor, "explain", "nope")
    with pytest.raises(JsonRpcInvalidParams):
        await command(editor, "explain")


async def test_explain_opens_the_page_where_the_client_can(editor: Editor) -> None:
    opened: list[types.ShowDocumentParams] = []

    @editor.client.feature(types.WINDOW_SHOW_DOCUMENT)
    async def show(params: types.ShowDocumentParams) -> types.ShowDocumentResult:
        opened.append(params)
        await editor._tell()
        return types.ShowDocumentResult(True)

    wants = types.ClientCapabilities(
        window=types.WindowClientCapabilities(show_document=types.ShowDocumentClientCapabilities(support=True))
    )
    await editor.initialize(wants=wants)
    await command(editor, "explain", "token-mismatch")
    await editor.until(lambda: opened)
    assert opened[0].uri.endswith("/token-mismatch.md")


async def test_restart(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, LEAK)
    before = len(editor.published[uri])
    assert await command(editor, "restartAnalysis") is None
    await editor.until(lambda: len(editor.published[uri]) > before)
    assert codes(await editor.diagnostics(uri)) == ["held-value-retains-target", "object-held-value"]


async def test_the_progress_can_be_cancelled(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, ENDLESS, progress=True)
    pending = asyncio.ensure_future(command(editor, "confirmFile", uri))
    token, _ = await editor.until(lambda: next((one for one in editor.progress if kind(one[1]) == "begin"), None))
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    assert await pending is None
    await editor.until(lambda: [one for one in editor.progress if one[0] == token and kind(one[1]) == "end"])
    assert not any(" on quickjs-ng " in one.message for one in editor.published[uri][-1].diagnostics)
    # The server is as good as before.
    editor.rewrite(uri, LEAK)
    key = keys(await editor.diagnostics(uri))["held-value-retains-target"]
    assert (await command(editor, "confirm", uri, key))["status"] == "confirmed"


async def test_the_request_can_be_cancelled(editor: Editor, tmp_path: Path) -> None:
    uri = await ready(editor, tmp_path, ENDLESS, progress=True)
    params = types.ExecuteCommandParams("jsleak.run", arguments=[uri])
    pending = editor.client.protocol.send_request(types.WORKSPACE_EXECUTE_COMMAND, params, msg_id="run-1")
    token, _ = await editor.until(lambda: next((one for one in editor.progress if kind(one[1]) == "begin"), None))
    editor.client.cancel_request(types.CancelParams("run-1"))
    with pytest.raises(JsonRpcException) as raised:
        async with asyncio.timeout(PATIENCE):
            await asyncio.wrap_future(pending)
    assert raised.value.code == types.LSPErrorCodes.RequestCancelled.value
    await editor.until(lambda: [one for one in editor.progress if one[0] == token and kind(one[1]) == "end"])


async def test_a_client_that_leaves_meanwhile_does_not_keep_the_server(tmp_path: Path) -> None:
    async with started() as editor:
        uri = await ready(editor, tmp_path, ENDLESS, progress=True)
        pending = asyncio.ensure_future(command(editor, "run", uri))
        await editor.until(lambda: [one for one in editor.progress if kind(one[1]) == "begin"])
        process = editor.client._server
        assert process is not None
        editor.client.exit(None)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 1
        pending.cancel()


# The pool


class Engineless(Pool):
    """A pool on a machine without engines."""

    @property
    def engines(self) -> dict[Any, str]:
        return {}


async def test_no_engine() -> None:
    running = Trials(lambda: Engineless(1))
    with pytest.raises(NoEngine, match="quickjs-ng"):
        await running.run(lambda pool: None)
    running.close()


@pytest.fixture
def pools() -> list[Pool]:
    return []


@pytest.fixture
def running(pools: list[Pool]) -> Any:
    def make() -> Pool:
        pools.append(Pool(1))
        return pools[-1]

    made = Trials(make)
    yield made
    made.close()


def endless(pool: Pool, began: Callable[[], None]) -> str:
    began()
    return pool.run(Request("while (true) {}", "quickjs", limits=Limits(seconds=PATIENCE))).completion


async def test_a_pool_is_made_when_it_is_needed_and_used_again(running: Trials, pools: list[Pool]) -> None:
    assert not pools
    run = Request("1", "quickjs")
    assert [await running.run(lambda pool: pool.run(run).completion) for _ in range(2)] == ["normal", "normal"]
    assert len(pools) == 1
    running.close()
    assert pools[0].closed
    assert not pools[0].workers
    with pytest.raises(NoEngine):
        await running.run(lambda pool: None)


#: A program that ends at once, on however busy a machine.
PATIENT = Request("1", "quickjs", limits=Limits(seconds=PATIENCE))


async def test_cancelling_ends_the_worker_and_no_other_s(running: Trials, pools: list[Pool]) -> None:
    loop = asyncio.get_running_loop()
    began, release = asyncio.Event(), threading.Event()
    other_began = asyncio.Event()

    def other(pool: Pool) -> str:
        loop.call_soon_threadsafe(other_began.set)
        assert release.wait(PATIENCE)
        return pool.run(PATIENT).completion

    async with asyncio.timeout(PATIENCE):
        beside = asyncio.ensure_future(running.run(other))
        await other_began.wait()
        task = asyncio.ensure_future(running.run(lambda pool: endless(pool, lambda: loop.call_soon_threadsafe(began.set))))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        assert await beside == "normal"
        # Its thread is free again, and so is the place of the worker that was ended.
        assert await running.run(lambda pool: pool.run(PATIENT).completion) == "normal"
    assert [pool.closed for pool in pools[:2]] == [False, True]


def test_a_snapshot_has_no_leaks_of_itself() -> None:
    assert snapshot_of(BOOM).leaks == ()
