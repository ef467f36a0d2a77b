"""Code lenses: which stand over which lines, with what title and command once they are resolved."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from lsprotocol import types

from jsleak.analysis.findings import Status, Verdict
from jsleak.analysis.rule import NoExperiment, load_rules
from jsleak.lsp.features.lenses import lenses, resolve
from jsleak.lsp.snapshot import Snapshot
from support.editor import Editor
from support.snapshots import URI, snapshot_of

REGISTRY = "const registry = new FinalizationRegistry((held) => held);\n"
CLOSURE = "class A { constructor() { registry.register(this, () => this.x); } }\n"
CONFIRMED = Verdict(Status.CONFIRMED, "quickjs-ng 0.17.0", "1 of 1 target still alive")
UNDECIDED = Verdict(Status.INCONCLUSIVE, "", "no engine")


def commands(snapshot: Snapshot, *, trusted: bool = True, graphs: bool = False) -> list[tuple[int, types.Command]]:
    found = lenses(snapshot, trusted=trusted)
    assert all(lens.command is None for lens in found), "titles are made when they are asked for"
    resolved = [resolve(lens, snapshot, trusted=trusted, graphs=graphs) for lens in found]
    return [(lens.range.start.line, lens.command) for lens in resolved if lens.command is not None]


def titles(text: str, **known: object) -> list[str]:
    return [f"{line}: {command.title}" for line, command in commands(snapshot_of(text, **known))]  # type: ignore[arg-type]


TITLES: Mapping[str, tuple[str, list[str]]] = {
    "nobody": ("class A { constructor() { registry.register(this, 3); } }", ["1: target is held weakly"]),
    "the held value": (
        CLOSURE,
        [
            "1: target held by the held value",
            "1: Confirm held-value-retains-target",
            "1: Confirm object-held-value",
        ],
    ),
    "a module variable": ("const o = {}; registry.register(o, 3);", ["1: target held by o"]),
    "a collection that is emptied": (
        "const all = new Set();\nexport function open() {\n  const h = {}; all.add(h);\n  registry.register(h, 3); return h; }\n"
        "export function close(h) { all.delete(h); }",
        ["4: target held by all (until it is taken out)"],
    ),
    "a timer": (
        "class A { constructor() { setInterval(() => this.x, 1); registry.register(this, 3); } }",
        ["1: target held by what setInterval is given"],
    ),
    "the caller does not count": (
        "export function open() { const h = {}; registry.register(h, 3); return h; }",
        ["1: target is held weakly"],
    ),
    "a WeakRef has none": ("const o = {}; export const ref = new WeakRef(o);", []),
    "a finding elsewhere": (
        "export class A {\n  constructor(o) { this.ref = new WeakRef(o); }\n  read() { return this.ref.deref().x; }\n}",
        ["3: Confirm unchecked-deref"],
    ),
}


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*row, id=name) for name, row in TITLES.items()])
def test_titles(program: str, expected: list[str]) -> None:
    assert titles(REGISTRY + program) == expected


def test_a_verdict_takes_the_place_of_the_offer() -> None:
    told = {"held-value-retains-target": CONFIRMED, "object-held-value": UNDECIDED}
    assert titles(REGISTRY + CLOSURE, verdicts=told) == [
        "1: target held by the held value",
        "1: held-value-retains-target: confirmed on quickjs-ng 0.17.0",
        "1: object-held-value: inconclusive",
    ]


def test_places_count_utf16_units() -> None:
    (lens,) = lenses(snapshot_of(REGISTRY + "const o = {}; /* 𝒳 */ registry.register(o, 3);"), trusted=True)
    assert lens.range.start == types.Position(1, 23)


def test_confirm_names_the_document_and_the_finding() -> None:
    snapshot = snapshot_of(REGISTRY + CLOSURE)
    key = next(key for key, finding in snapshot.keyed if finding.rule == "held-value-retains-target")
    command = {command.title: command for _, command in commands(snapshot)}["Confirm held-value-retains-target"]
    assert (command.command, command.arguments) == ("jsleak.confirm", [URI, key])


@pytest.mark.parametrize("graphs", [False, True])
def test_the_graph_is_offered_to_who_can_show_it(graphs: bool) -> None:
    snapshot = snapshot_of(REGISTRY + CLOSURE)
    key = next(key for key, finding in snapshot.keyed if finding.rule == "held-value-retains-target")
    _, command = commands(snapshot, graphs=graphs)[0]
    assert (command.command, command.arguments) == (("jsleak.showGraph", [URI, key]) if graphs else ("", None))


def test_nothing_that_runs_code_where_nobody_trusts_it() -> None:
    snapshot = snapshot_of(REGISTRY + CLOSURE, verdicts={"object-held-value": CONFIRMED})
    found = commands(snapshot, trusted=False)
    assert [command.title for _, command in found] == [
        "target held by the held value",
        "object-held-value: confirmed on quickjs-ng 0.17.0",
    ]
    assert {command.command for _, command in found} == {""}


def test_a_finding_that_no_engine_can_show_has_no_offer() -> None:
    rule = next(rule for rule in load_rules().values() if isinstance(rule.rule.experiment, NoExperiment))
    snapshot = snapshot_of(next(iter(rule.bad.values())))
    assert rule.rule.name in {finding.rule for _, finding in snapshot.keyed}
    assert not [command for _, command in commands(snapshot) if rule.rule.name in command.title]


def test_a_lens_whose_place_has_changed_says_nothing() -> None:
    found = lenses(snapshot_of(REGISTRY + CLOSURE), trusted=True)
    for later in (snapshot_of("\n" + REGISTRY), None):
        told = [resolve(lens, later, trusted=True, graphs=True).command for lens in found]
        assert told == [types.Command("…", "")] * 3


async def test_lenses_stay_over_their_calls_while_the_text_is_broken(editor: Editor) -> None:
    await editor.initialize(options={"trust": True})
    uri = editor.open(URI, REGISTRY + CLOSURE)

    async def over() -> list[tuple[int, str]]:
        found = await editor.client.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
        told = [await editor.client.code_lens_resolve_async(lens) for lens in found or ()]
        return [(lens.range.start.line, lens.command.title) for lens in told if lens.command is not None]

    expected = ["target held by the held value", "Confirm held-value-retains-target", "Confirm object-held-value"]
    assert await over() == [(1, title) for title in expected]
    editor.replace(uri, (0, 0), (0, 0), "if (\n")
    assert await over() == [(2, title) for title in expected]
    editor.replace(uri, (0, 0), (1, 0), "// whole again\n\n")
    assert await over() == [(3, title) for title in expected]


async def test_no_lenses_where_they_are_not_wanted(editor: Editor) -> None:
    await editor.initialize(options={"trust": True, "codeLens": False})
    uri = editor.open(URI, REGISTRY + CLOSURE)
    assert not await editor.client.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
