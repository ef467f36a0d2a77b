"""A module's text with its imports, exports and thrown-away promises rewritten, and where each piece came from.

The rewriting follows the analysis's own tree and bindings; every other character stays as the user wrote it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from jsleak.analysis.scopes import Scopes
from jsleak.analysis.syntax.nodes import Node, children, walk

_FUNCTIONS = ("FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "PropertyDefinition", "StaticBlock")
_FRESH = frozenset({"then", "catch", "finally"})
_MAKERS = frozenset({"reject", "resolve", "all", "allSettled", "race", "any", "try"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text. ``source`` is its offset in its own file, ``copied`` whether it stands there as it is."""

    text: str
    source: int
    copied: bool


class Pieces:
    """Many pieces as one text, in which an offset can be traced back."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.origins: list[tuple[int, int, bool]] = []
        self.length = 0

    def add(self, text: str, file: int = -1, source: int = 0, copied: bool = False) -> None:
        """Append text of a file (-1: of nobody's)."""
        if text:
            self.parts.append(text)
            self.starts.append(self.length)
            self.origins.append((file, source, copied))
            self.length += len(text)

    def origin(self, offset: int) -> tuple[int, int] | None:
        """The file and the offset in it that an offset of the whole stands for; None for text of nobody's."""
        index = bisect_right(self.starts, offset) - 1
        if index < 0:
            return None
        file, source, copied = self.origins[index]
        return None if file < 0 else (file, source + (offset - self.starts[index] if copied else 0))

    @property
    def text(self) -> str:
        """The whole."""
        return "".join(self.parts)


@dataclass(slots=True)
class Rewriting:
    """Replacements in one text, which do not overlap."""

    text: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put ``text`` in place of the characters from ``start`` to ``end``."""
        self.edits.append((start, end, text))

    def pieces(self) -> list[Piece]:
        """The text with its replacements made."""
        found: list[Piece] = []
        at = 0
        for start, end, text in sorted(self.edits, key=lambda edit: (edit[0], edit[1])):
            if start < at:
                continue
            found.append(Piece(self.text[at:start], at, True))
            found.append(Piece(text, start, False))
            at = end
        found.append(Piece(self.text[at:], at, True))
        return [piece for piece in found if piece.text]


@dataclass(frozen=True, slots=True)
class Names:
    """How a module is written: its index, what its linker is called, and what the source of an import is called in the program."""

    index: int
    linker: str
    space: Callable[[str], str]


def rewrite_module(rewriting: Rewriting, scopes: Scopes, names: Names) -> None:
    """Take import and export declarations out, and have every use of an imported name ask the module it comes from."""
    root = scopes.program.node
    imported: dict[int, str] = {}
    for statement in root.body:
        if statement.type == "ImportDeclaration":
            rewriting.replace(statement._start, statement._end, ";")
            space = names.space(str(statement.source.value))
            for specifier in statement.specifiers or ():
                imported[id(specifier.local._binding)] = space + _member(specifier)
        elif statement.type in ("ExportAllDeclaration", "ExportNamedDeclaration"):
            end = statement.declaration._start if statement.declaration is not None else statement._end
            rewriting.replace(statement._start, end, "" if statement.declaration is not None else ";")
        elif statement.type == "ExportDefaultDeclaration":
            _default(rewriting, statement, names)
    for scope_binding in scopes.program.scope.bindings.values():
        value = imported.get(id(scope_binding))
        if value is None:
            continue
        for reference in scope_binding.references:
            _use(rewriting, reference.node, value)


def export_getters(scopes: Scopes, names: Names, star: Callable[[str], list[str]]) -> dict[str, str]:
    """The expression of each exported name. ``star`` gives the names that a module exports, less `default`."""
    found: dict[str, str] = {}
    stars: dict[str, str] = {}
    for statement in scopes.program.node.body:
        if statement.type == "ExportDefaultDeclaration":
            declaration = statement.declaration
            declared = declaration.type in ("FunctionDeclaration", "ClassDeclaration") and declaration.id is not None
            found["default"] = declaration.id.name if declared else f"{names.linker}_default"
        elif statement.type == "ExportAllDeclaration":
            space = names.space(str(statement.source.value))
            if statement.exported is not None:
                found[_name(statement.exported)] = space
            else:
                stars.update({name: f"{space}[{json.dumps(name)}]" for name in star(str(statement.source.value))})
        elif statement.type == "ExportNamedDeclaration":
            if statement.declaration is not None:
                found.update({name: name for name in _declared(statement.declaration)})
            for specifier in statement.specifiers or ():
                local = _name(specifier.local)
                if statement.source is not None:
                    found[_name(specifier.exported)] = f"{names.space(str(statement.source.value))}[{json.dumps(local)}]"
                else:
                    found[_name(specifier.exported)] = _imported(scopes, specifier.local, names) or local
    return {**stars, **found}


def rewrite_dynamic(rewriting: Rewriting, root: Node, names: Names) -> None:
    """`import.meta` and `import()`."""
    for node in walk(root):
        if node.type == "MetaProperty" and node.meta.name == "import":
            rewriting.replace(node._start, node._end, f"{names.linker}.meta({names.index})")
        elif node.type == "ImportExpression":
            opening = rewriting.text.index("(", node._start)
            rewriting.replace(node._start, opening + 1, f"{names.linker}.load({names.index}, ")


def watch_promises(rewriting: Rewriting, root: Node) -> None:
    """Have the host look at promises that the program makes and throws away: if one of them is rejected, nobody handles that."""
    for node in walk(root):
        if node.type == "ExpressionStatement" and node.directive is None:
            expression = node.expression
            while expression.type == "UnaryExpression" and expression.operator == "void":
                expression = expression.argument
            if _makes_promise(expression):
                rewriting.replace(expression._start, expression._start, "__jsleak_watch(")
                rewriting.replace(expression._end, expression._end, ")")


def waits(root: Node) -> bool:
    """Whether a module has an `await` outside of its functions."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == "AwaitExpression" or (node.type == "ForOfStatement" and node.__dict__.get("await")):
            return True
        if node.type == "VariableDeclaration" and node.kind == "await using":
            return True
        pending.extend(child for child in children(node) if child.type not in _FUNCTIONS)
    return False


def _makes_promise(node: Node) -> bool:
    if node.type == "NewExpression":
        return bool(node.callee.type == "Identifier" and node.callee.name == "Promise" and node.callee._binding is None)
    if node.type != "CallExpression":
        return False
    callee = node.callee
    if callee.type in ("ArrowFunctionExpression", "FunctionExpression"):
        return bool(callee.isAsync) and not callee.generator
    if callee.type == "MemberExpression" and not callee.computed:
        on_promise = callee.object.type == "Identifier" and callee.object.name == "Promise" and callee.object._binding is None
        return callee.property.name in (_MAKERS if on_promise else _FRESH)
    if callee.type == "Identifier" and callee._binding is not None and not callee._binding.writes:
        return any(_declares_async(declaration) for declaration in callee._binding.declarations)
    return False


def _declares_async(name: Node) -> bool:
    parent = name._parent
    if parent is None:
        return False
    function = parent.init if parent.type == "VariableDeclarator" and parent.id is name else parent
    return bool(
        function is not None and function.type.startswith(("Function", "Arrow")) and function.isAsync and not function.generator
    )


def _default(rewriting: Rewriting, statement: Node, names: Names) -> None:
    declaration = statement.declaration
    name = f"{names.linker}_default"
    if declaration.type in ("FunctionDeclaration", "ClassDeclaration"):
        rewriting.replace(statement._start, declaration._start, "")
        if declaration.id is None:
            text = rewriting.text
            if declaration.type == "ClassDeclaration":
                at = declaration._start + len("class")
            else:
                at = text.index("function", declaration._start) + len("function")
                if declaration.generator:
                    at = text.index("*", at) + 1
            rewriting.replace(at, at, f" {name} ")
    else:
        keyword = rewriting.text.index("default", statement._start)
        rewriting.replace(statement._start, keyword + len("default"), f"const {name} = ")


def _use(rewriting: Rewriting, node: Node, value: str) -> None:
    parent = node._parent
    if parent.type == "ExportSpecifier":
        return
    if parent.type == "Property" and parent.shorthand:
        value = f"{node.name}: {value}"
    elif parent.type in ("CallExpression", "TaggedTemplateExpression") and node in (parent.callee, parent.tag):
        value = f"(0, {value})"
    elif parent.type == "NewExpression" and parent.callee is node:
        value = f"({value})"
    rewriting.replace(node._start, node._end, value)


def _member(specifier: Node) -> str:
    if specifier.type == "ImportNamespaceSpecifier":
        return ""
    name = "default" if specifier.type == "ImportDefaultSpecifier" else _name(specifier.imported)
    return f"[{json.dumps(name)}]"


def _imported(scopes: Scopes, local: Node, names: Names) -> str | None:
    """The expression of an exported name that was itself imported."""
    for statement in scopes.program.node.body:
        if statement.type == "ImportDeclaration":
            for specifier in statement.specifiers or ():
                if specifier.local.name == local.name:
                    return names.space(str(statement.source.value)) + _member(specifier)
    return None


def _name(node: Node) -> str:
    return str(node.name if node.type == "Identifier" else node.value)


def _declared(declaration: Node) -> list[str]:
    if declaration.type != "VariableDeclaration":
        return [str(declaration.id.name)]
    found: list[str] = []
    pending = [declarator.id for declarator in reversed(declaration.declarations)]
    while pending:
        node = pending.pop()
        if node is None:
            continue
        if node.type == "Identifier":
            found.append(str(node.name))
        elif node.type == "ObjectPattern":
            pending.extend(item.argument if item.type == "RestElement" else item.value for item in reversed(node.properties))
        elif node.type == "ArrayPattern":
            pending.extend(reversed(node.elements))
        else:
            pending.append(node.left if node.type == "AssignmentPattern" else node.argument)
    return found
