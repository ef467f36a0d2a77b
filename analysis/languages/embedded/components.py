"""Components of Vue, Svelte and Astro: all scripts of one are one module.

One of them may run once for each instance: Vue's `setup`, Svelte's instance script, Astro's front matter. Its names are the locals
of a function, in reach of the markup. So it is read as

    export const component = () => { …; if (never) {name = given.name} return {names}; };

with its imports in front. The parts of this that fit stand in the place of the tags, so that a cut through the text is JavaScript
too; the rest is inserted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from ..code import Code, Insertion, Span, blank
from ..trees import Concrete
from .pages import page
from .scripts import Dialect, Script, as_javascript, but, matters, only, scripts, write

_WORD = re.compile(r"[\w$]+")
_FRONT_MATTER = re.compile(r"(?P<open>\s*---)(?P<code>.*?)(?P<close>^[ \t]*---|(?<=\s)---)", re.DOTALL | re.MULTILINE)
_DECLARATIONS = frozenset(
    {"lexical_declaration", "variable_declaration", "function_declaration", "generator_function_declaration", "class_declaration"}
)
_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern"})
_ARROW = "()=>{"


def vue(text: str) -> tuple[Code, ...]:
    """`<script>` and `<script setup>`."""
    parts = [one for one in scripts(text) if one.outermost]
    return _component(text, parts, next((one for one in parts if "setup" in one.attributes), None))


def svelte(text: str) -> tuple[Code, ...]:
    """`<script module>` and the instance script. Further ones, below the markup's elements, are the page's, not the component's."""
    parts = [one for one in scripts(text) if one.outermost]
    shared = [one for one in parts if "module" in one.attributes or one.attributes.get("context") == "module"]
    return _component(text, parts, next((one for one in parts if one not in shared), None), shared=bool(shared))


def astro(text: str) -> tuple[Code, ...]:
    """The front matter, and each script that goes to the browser, which are modules in TypeScript where nothing says otherwise."""
    match = _FRONT_MATTER.match(text.removeprefix("\ufeff"))
    skipped = len(text) - len(text.removeprefix("\ufeff"))
    found: tuple[Code, ...] = ()
    rest = text
    if match is not None:
        start, end = match.end("open") + skipped, match.start("close") + skipped
        rest = blank(text, [(0, match.end() + skipped)])
        if matters(text, [(start, end)]):
            code = as_javascript(but(text, [(start, end)]), [(start, end)], "ts", "module")
            at, close = start - len("---"), match.end("close") + skipped - len("---")
            instance = _Instance(code, start, end, _words(rest))
            made = instance.wrapped(at, close, "async()", "=>{", "}")
            found = (made,)
    return found + page(rest, bundled=True)


def _component(text: str, parts: list[Script], instance: Script | None, *, shared: bool = False) -> tuple[Code, ...]:
    spans = [(one.start, one.end) for one in parts]
    dialects: list[Dialect | None] = [one.dialect for one in parts]
    if not parts or None in dialects or not matters(text, spans):
        return ()
    known: tuple[Dialect, ...] = ("tsx", "ts", "jsx")
    dialect: Dialect = next((one for one in known if one in dialects), "js")
    code = as_javascript(only(text, spans), spans, dialect, "module")
    if len(parts) > 1:
        code = _with(code, [Insertion(one.end, "\n") for one in parts[:-1]])
    mentioned = _words(_markup(text, spans))
    if instance is not None:
        scope = _Instance(code, instance.start, instance.end, mentioned)
        arrow = f"async{_ARROW}" if re.search(r"\bawait\b", text[instance.start : instance.end]) else _ARROW
        fits = instance.start - instance.tag >= len(arrow)
        code = scope.wrapped(
            instance.tag, instance.end, "" if fits else arrow, arrow if fits else "", "}" if instance.closed else ""
        )
    if shared:
        for one in parts:
            if one is not instance:
                names = sorted(set(_Instance(code, one.start, one.end, mentioned).names()) & mentioned)
                reached = f"const {_free('markup', text)}=()=>({{{','.join(names)}}});"
                pieces = ("\n;", "export ", reached) if names else ()
                code = _with(code, [Insertion(one.end, piece) for piece in pieces])
    return (code,)


def _markup(text: str, spans: list[Span]) -> str:
    return blank(text, spans)


def _words(markup: str) -> set[str]:
    return set(_WORD.findall(markup))


def _with(code: Code, more: list[Insertion]) -> Code:
    """The code with further insertions, behind those that are at the same place."""
    return replace(code, insertions=tuple(sorted((*code.insertions, *more), key=lambda one: one.at)))


def _free(name: str, text: str) -> str:
    while name in text:
        name += "_"
    return name


@dataclass(slots=True)
class _Instance:
    """The part of a module from ``start`` to ``end`` that runs for each instance; the markup has the words ``mentioned``."""

    code: Code
    start: int
    end: int
    mentioned: set[str]
    exported: set[str] = field(default_factory=set)

    def wrapped(self, at: int, close: int, before: str, opening: str, closing: str) -> Code:
        """The module with this part in a function.

        ``opening`` is written at ``at`` and ``closing`` at ``close``; ``before`` is inserted before the one, and the other is
        inserted as well where nothing is to be written.
        """
        text = self.code.text
        concrete = self._tree(text)
        blanks: list[Span] = []
        hoisted: list[Insertion] = []
        others = {match.strip() for match in _imports(text, self.start, self.end)}
        for node in self._statements(concrete):
            span = concrete.offset(node.start_byte), concrete.offset(node.end_byte)
            if node.type == "import_statement":
                blanks.append(span)
                statement = text[span[0] : span[1]]
                if statement.strip().rstrip(";") not in others:
                    hoisted.append(Insertion(at, statement.rstrip(";") + ";\n", span))
            elif node.type == "export_statement" and node.child_by_field_name("declaration") is not None:
                blanks.append((span[0], span[0] + len("export")))
            elif node.type == "export_statement" and node.child_by_field_name("source") is None:
                blanks += [span for one in node.children if one.type == "export_clause"]
        name = _free("component", text)
        written = write(blank(text, blanks), at, opening) if opening else blank(text, blanks)
        written = write(written, close, closing) if closing else written
        end = Insertion(self.end, f"\n;{self._given(concrete)}{'' if closing else '}'}")
        code = replace(self.code, text=written)
        return _with(code, [*hoisted, Insertion(at, "export "), Insertion(at, f"const {name}={before}"), end])

    def names(self) -> list[str]:
        """The names that are declared here, outside of any function or block."""
        concrete = self._tree(self.code.text)
        return [name for _, name in self._declared(concrete)]

    def _given(self, concrete: Concrete) -> str:
        """What hands the names to the markup, which may also set those that are variables: a parent component, a binding."""
        declared = {name: kind for kind, name in self._declared(concrete)}
        settable = [name for name, kind in declared.items() if kind in ("let", "var") and name in self.mentioned | self.exported]
        # No closure, as that would share its context with those of the component; and never true, so that no experiment runs it.
        given = f'if(typeof $given==="string"){{{";".join(f"{name}=$given.{name}" for name in settable)}}}' if settable else ""
        return f"{given}return{{{','.join(declared)}}};"

    def _tree(self, text: str) -> Concrete:
        return Concrete(but(text, [(self.start, self.end)]), "javascript")

    def _statements(self, concrete: Concrete) -> Iterator[Node]:
        return iter(concrete.root.children)

    def _declared(self, concrete: Concrete) -> Iterator[tuple[str, str]]:
        """The kind and the name of each declaration."""
        for node in self._statements(concrete):
            if node.type == "export_statement":
                inner = node.child_by_field_name("declaration")
                self.exported.update(
                    concrete.source(name)
                    for clause in node.children
                    if clause.type == "export_clause"
                    for one in clause.named_children
                    if one.type == "export_specifier" and (name := one.child_by_field_name("name")) is not None
                )
                if inner is not None and inner.type in _DECLARATIONS:
                    found = list(_bound(concrete, inner))
                    self.exported.update(name for _, name in found)
                    yield from found
            elif node.type in _DECLARATIONS:
                yield from _bound(concrete, node)


def _bound(concrete: Concrete, declaration: Node) -> Iterator[tuple[str, str]]:
    if (name := declaration.child_by_field_name("name")) is not None:
        yield declaration.type, concrete.source(name)
        return
    kind = concrete.source(declaration.children[0])
    for declarator in declaration.named_children:
        if declarator.type == "variable_declarator":
            pending = [declarator.child_by_field_name("name")]
            while pending:
                node = pending.pop()
                if node is None:
                    continue
                if node.type in _NAMES:
                    yield kind, concrete.source(node)
                elif node.type in ("assignment_pattern", "object_assignment_pattern"):
                    pending.append(node.child_by_field_name("left"))
                elif node.type == "pair_pattern":
                    pending.append(node.child_by_field_name("value"))
                else:
                    pending += node.named_children


def _imports(text: str, start: int, end: int) -> Iterator[str]:
    """The imports of the other scripts, which an instance may repeat."""
    concrete = Concrete(blank(text, [(start, end)]), "javascript")
    return (concrete.source(node).rstrip(";") for node in concrete.root.children if node.type == "import_statement")
