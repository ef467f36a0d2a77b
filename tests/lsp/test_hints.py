"""Inlay hints: what each argument is held by, before it in the text."""

from __future__ import annotations

import pytest
from lsprotocol import types

from jsleak.lsp.features.hints import hints
from support.editor import Editor
from support.snapshots import URI, snapshot_of, units

REGISTRY = "const registry = new FinalizationRegistry((held) => held);\n"
EVERYTHING = types.Range(types.Position(0, 0), types.Position(1000, 0))


def shown(text: str, range_: types.Range = EVERYTHING, **known: object) -> str:
    """The program with its hints in place, as an editor shows it."""
    lines = text.split("\n")
    for hint in reversed(hints(snapshot_of(text, **known), range_)):  # type: ignore[arg-type]
        line = lines[hint.position.line].encode("utf-16-le")
        cut = 2 * hint.position.character
        assert hint.padding_right
        lines[hint.position.line] = f"{line[:cut].decode('utf-16-le')}«{hint.label}»{line[cut:].decode('utf-16-le')}"
    return "\n".join(lines)


HINTS = {
    "target, held value and token": (
        "class A { constructor(fd) { registry.register(this, { fd }, this); } }",
        "class A { constructor(fd) { registry.register(«weak:»this, «strong:»{ fd }, «weak:»this); } }",
    ),
    "a primitive holds nothing": (
        "class A { constructor(fd) { registry.register(this, 3); } }",
        "class A { constructor(fd) { registry.register(«weak:»this, 3); } }",
    ),
    "what may be an object": (
        "class A { constructor(fd) { registry.register(this, fd); } }",
        "class A { constructor(fd) { registry.register(«weak:»this, «strong:»fd); } }",
    ),
    "after astral characters": (
        'const o = {}; /* 𝒳𝒴 */ registry.register(o, ["\U0001f600"], o); // 𝒵',
        'const o = {}; /* 𝒳𝒴 */ registry.register(«weak:»o, «strong:»["\U0001f600"], «weak:»o); // 𝒵',
    ),
    "WeakRef": ("const o = {}; const ref = new WeakRef(o);", "const o = {}; const ref = new WeakRef(«weak:»o);"),
    "a wrapper's call, where an argument is target and token": (
        "function track(object, held) { registry.register(object, held, object); }\nconst o = {}; track(o, [1]);",
        "function track(object, held) { registry.register(«weak:»object, «strong:»held, «weak:»object); }\n"
        "const o = {}; track(«weak:»o, «strong:»[1]);",
    ),
    "nothing of ours": ("const m = new Map(); m.set({}, {});", "const m = new Map(); m.set({}, {});"),
}


@pytest.mark.parametrize(("program", "expected"), [pytest.param(*row, id=name) for name, row in HINTS.items()])
def test_hints(program: str, expected: str) -> None:
    assert shown(REGISTRY + program) == REGISTRY + expected


def test_only_the_range_that_is_asked_for() -> None:
    program = REGISTRY + "const o = {};\nregistry.register(o, 'a');\nregistry.register(o, 'b');\n"
    second = types.Range(types.Position(3, 0), types.Position(3, units("registry.register(o, 'b');")))
    assert shown(program, second) == program.replace("register(o, 'b'", "register(«weak:»o, 'b'")


def test_none_while_the_places_are_not_known() -> None:
    program = REGISTRY + "const o = {}; registry.register(o, 'a');"
    assert shown(program, stale=True) == program


def test_a_call_of_another_module_s_wrapper_has_hints_in_its_own_text_only() -> None:
    wrapper = REGISTRY.replace("const", "export const")
    wrapper += "export function track(object) { registry.register(object, [], object); }\n"
    program = 'import { track } from "./track.js";\nconst o = {}; track(o);'
    expected = 'import { track } from "./track.js";\nconst o = {}; track(«weak:»o);'
    assert shown(program, modules={"./track.js": wrapper}) == expected


@pytest.mark.parametrize("wanted", [False, True])
async def test_only_where_they_are_wanted(editor: Editor, wanted: bool) -> None:
    await editor.initialize(options={"inlayHints": wanted})
    uri = editor.open(URI, REGISTRY + "const o = {}; registry.register(o, [1]);\n")
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), EVERYTHING)
    found = await editor.client.text_document_inlay_hint_async(params)
    assert [hint.label for hint in found or ()] == (["weak:", "strong:"] if wanted else [])
