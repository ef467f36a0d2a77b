"""The program of an experiment: the user's module as a function, so that what it makes can be dropped, with stand-ins for the rest.

Lines stay where they are. The module's own bindings live as long as the experiment does, held by the closure that is given to
`keep`; everything else dies when the program lets go of it, as in the user's module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from weakref import WeakKeyDictionary

from jsleak.analysis.module import Module
from jsleak.analysis.scopes import FunctionInfo
from jsleak.analysis.syntax.nodes import Node, walk
from jsleak.engine.prelude import joined

from .edits import Changes

TOOL = "$jsleak"
CALL = "$jsleakCall"
NO_ANSWERS: Mapping[str, object] = {
    "properties": {},
    "results": {},
    "shared": False,
    "closures": False,
    "oneByOne": False,
    "givenFirst": False,
    "quiet": False,
}
_GIVEN = ("require", "module", "exports", "__filename", "__dirname", "process", "global")


@cache
def probe() -> str:
    """The script that runs experiments."""
    return joined("snippet/probe.js").rstrip()


@cache
def stand_ins() -> str:
    """The script that makes what stands in for the world outside."""
    return joined("snippet/stand_ins.js").rstrip()


_MODULE_SYNTAX = re.compile(r"import\b|export\s*\Z")


def program_text(module: Module) -> Changes:
    """The text of a module's program, to be changed. What the file only stands for (an enum, say) is written in."""
    changes = Changes(module.source.code)
    # An experiment is a script, with stubs for what is imported.
    inserted = [(at, text) for at, text in module.source.inserted if not _MODULE_SYNTAX.match(text)]
    for at, group in groupby(inserted, key=lambda one: one[0]):
        changes.around(at, at, "".join(text for _, text in group), "")
    return changes


def source(module: Module, changes: Changes, declared: str = "") -> str:
    """The whole script: the changed program, and what will run it. Functions ``declared`` behind it move none of its lines."""
    names = imports(module, changes)
    given = "".join(f"const {name} = {TOOL}.import({json.dumps(name)}); " for name in names)
    strict = '"use strict"; ' if is_module(module) else ""
    head = "async function" if awaits(module) else "function"
    if module.source.text.startswith("#!"):
        changes.blank(0, len(module.source.line(1)))
    opening = f"globalThis.$jsleakProgram = {head} ({TOOL}) {{ {strict}{TOOL}.keep(($code) => eval($code)); {given}"
    return f"{opening}{changes.result()}\n{declared}}};\nglobalThis.$jsleakProbe = {probe()}({stand_ins()});\n"


def driver(module: Module, mode: str, steps: tuple[str, ...], answers: Mapping[str, object]) -> str:
    """What runs the script and reports what it saw. ``answers`` are those of the stand-ins."""
    names, given = json.dumps(unknown_globals(module)), json.dumps({**NO_ANSWERS, **answers})
    return (
        "const program = globalThis.$jsleakProgram, probe = globalThis.$jsleakProbe;"
        "delete globalThis.$jsleakProgram; delete globalThis.$jsleakProbe;"
        f"await probe($, {json.dumps(mode)}, {names}, program, [{', '.join(steps)}], {given});"
    )


def is_module(module: Module) -> bool:
    """Whether the text has imports or exports, so that it is strict."""
    return any(node.type.startswith(("Import", "Export")) for node in module.scopes.program.node.body)


def awaits(module: Module) -> bool:
    """Whether the program itself waits."""
    return any(_waits(node) and module.function_of(node) is module.scopes.program for node in _beyond_scripts(module))


_BEYOND_SCRIPTS: WeakKeyDictionary[Module, tuple[Node, ...]] = WeakKeyDictionary()


def _beyond_scripts(module: Module) -> tuple[Node, ...]:
    """The nodes that wait, and those that a script may not have. A large file has hundreds of thousands, and many experiments."""
    found = _BEYOND_SCRIPTS.get(module)
    if found is None:
        found = tuple(node for node in walk(module.scopes.program.node) if _waits(node) or _imports(node))
        _BEYOND_SCRIPTS[module] = found
    return found


def _imports(node: Node) -> bool:
    return node.type == "ImportExpression" or (node.type == "MetaProperty" and bool(node.meta.name == "import"))


def _waits(node: Node) -> bool:
    if node.type == "VariableDeclaration":
        return bool(node.kind == "await using")
    return node.type == "AwaitExpression" or (node.type == "ForOfStatement" and bool(node.allowAwait))


def unknown_globals(module: Module) -> list[str]:
    """Names that the program uses and does not declare; not those that it asks `typeof` about, unless node has them."""
    found = [
        name
        for name, references in module.scopes.globals.items()
        if name in _GIVEN or not any(use.write or _is_typeof(use.node) for use in references)
    ]
    as_property = "process" not in found and re.search(r"\b(?:globalThis|global)\??\.process\b", module.source.code)
    return [*found, "process"] if as_property else found


def _is_typeof(node: Node) -> bool:
    parent = node._parent
    return bool(parent.type == "UnaryExpression" and parent.operator == "typeof")


def imports(module: Module, changes: Changes) -> list[str]:
    """Take out what only a module may say; the names that were imported."""
    names: list[str] = []
    for node in module.scopes.program.node.body:
        if node.type == "ImportDeclaration":
            names += [specifier.local.name for specifier in node.specifiers or ()]
            changes.blank(node._start, node._end)
        elif node.type == "ExportNamedDeclaration" and node.declaration is not None:
            changes.blank(node._start, node.declaration._start)
        elif node.type in ("ExportNamedDeclaration", "ExportAllDeclaration"):
            changes.blank(node._start, node._end)
        elif node.type == "ExportDefaultDeclaration":
            named = node.declaration.type in ("FunctionDeclaration", "ClassDeclaration") and node.declaration.id is not None
            if named:
                changes.blank(node._start, node.declaration._start)
            else:
                changes.replace(node._start, node.declaration._start, "void ")
    for node in _beyond_scripts(module):
        if _imports(node):
            changes.put(node, f"{TOOL}.stub")
    return names


def whole(node: Node) -> Node:
    """The expression that a node's value is taken from: an optional chain as a whole, `delete` with what it deletes."""
    parent: Node | None = node._parent
    while parent is not None and parent.type == "ChainExpression":
        node, parent = parent, parent._parent
    if parent is not None and parent.type == "UnaryExpression" and parent.operator == "delete":
        return parent
    return node


_FUNCTIONS = ("FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression")


def mark(changes: Changes, call: Node, site: int) -> None:
    """Give a call its mark, as the last argument."""
    text = changes.text
    given = call.arguments or []
    if text[call._end - 1] != ")":  # `new FinalizationRegistry`
        changes.around(call._end, call._end, "", f"({TOOL}.s({site}))")
        return
    tail = text[given[-1]._end : call._end - 1] if given else ""
    comma = ", " if given and "," not in tail else ""
    changes.around(call._end - 1, call._end - 1, f"{comma}{TOOL}.s({site})", "")


def call_mark(changes: Changes, registering: list[Node], others: list[Node]) -> None:
    """Tell the calls of a function apart: the innermost with a body of statements that all these places are in, if any.

    What ``registering`` registers is known by the call that it belongs to.
    """
    function = next(iter(registering), None)
    while function is not None and not (
        function.type in _FUNCTIONS
        and function.body.type == "BlockStatement"
        and all(function.body._start <= one._start < function.body._end for one in (*registering, *others))
    ):
        function = function._parent
    if function is None:
        return
    directives = [one for one in function.body.body if one.type == "ExpressionStatement" and getattr(one, "directive", None)]
    start = directives[-1]._end if directives else function.body._start + 1
    changes.around(start, start, f" const {CALL} = {TOOL}.call(); ", "")
    for node in registering:
        changes.wrap(whole(node), f"{TOOL}.by({TOOL}.on({CALL}), ", ")")


def body_guard(changes: Changes, function: FunctionInfo, site: int) -> None:
    """Watch what leaves a function by an exception."""
    node = function.node.value if function.node.type == "MethodDefinition" else function.node
    body = node.body
    opening, closing = "try { ", f" }} catch ($error) {{ {TOOL}.fatal({site}, $error); throw $error; }}"
    if type(body) is list:  # the program
        return
    if body.type == "BlockStatement":
        changes.around(body._start + 1, body._end - 1, opening, closing)
    elif node.type == "ArrowFunctionExpression":
        last = node.params[-1]._end if node.params else node._start
        arrow = changes.text.index("=>", last) + 2
        changes.around(arrow, node._end, " { " + opening + "return ", closing + " }")
