"""Blanks out what TypeScript adds and JavaScript never sees: annotations, type arguments, modifiers, declarations without a value.

The rest must stay the same program. A semicolon goes where the end of a type ended a statement that would now go on, and a
parenthesis moves over the type that stood between it and its line's end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping

from tree_sitter import Node

from ..code import Span
from .pieces import Pieces

PATTERNS = """
[
  (type_annotation) (type_predicate_annotation) (asserts_annotation) (type_arguments) (type_parameters) (implements_clause)
  (accessibility_modifier) (override_modifier) (decorator)
] @type
[
  (interface_declaration) (type_alias_declaration) (ambient_declaration) (function_signature)
  (abstract_method_signature) (method_signature) (index_signature)
] @statement
[(as_expression) (satisfies_expression)] @cast
(non_null_expression "!" @token)
(optional_parameter ["?" "readonly"] @token)
(required_parameter "readonly" @token)
(variable_declarator "!" @token)
(method_definition "?" @token)
(abstract_class_declaration "abstract" @token)
(public_field_definition) @field
(public_field_definition "accessor" @accessor)
(required_parameter pattern: (this)) @this
(arrow_function) @arrow
(import_statement) @import
(import_alias) @alias
(export_statement) @export
[(import_specifier "type") (export_specifier "type")] @specifier
"""
WITHOUT_JSX = "(type_assertion) @assertion"

WITHOUT_JSX = "(type_assertion) @assertion"
"""What is read as an element where there is JSX."""

_MEMBERS = frozenset({"public_field_definition", "method_definition"})
_FIELD_TOKENS = frozenset({"readonly", "?", "!", "override", "declare", "abstract"})
_GOING = frozenset(
    {"abstract", "accessibility_modifier", "accessor", "declare", "decorator", "override", "override_modifier", "readonly"}
)
_OPENERS = frozenset({"object", "function_expression", "generator_function", "class"})
_SPACE = re.compile(rb"(?:\s|//[^\n\r]*|/\*(?s:.)*?\*/)*")
_CONTINUES = frozenset(b"([`")
_CONTINUES_A_FIELD = frozenset(b"([`*")


def erase_types(pieces: Pieces, found: dict[str, list[Node]]) -> Shown:
    """Blank out all types; ``found`` are the nodes that PATTERNS finds. Gives what tells of nodes whether they are left."""
    statements = [_whole(node) for node in found.get("statement", ()) if not _is_in_a_type(node)]
    statements += [node for node in (*found.get("import", ()), *found.get("export", ())) if _is_of_types(node)]
    statements += [node for node in found.get("field", ()) if _has_no_value(node)]
    types = found.get("type", [])
    shown = Shown((*statements, *types))
    for node in shown(statements):
        pieces.blank(node.start_byte, node.end_byte)
        # Else what is around it could grow together.
        pieces.put(node.start_byte, ";")
    for node in shown((*types, *found.get("token", ()))):
        pieces.blank(node.start_byte, node.end_byte)
        # Only what may begin a member: to find what is around a node takes as long as the tree is deep.
        parent = node.parent if node.type in _GOING else None
        if parent is not None and parent.type in _MEMBERS and parent.child(0) == node:
            _end_before(pieces, parent)
    for name, erase in _ERASERS.items():
        for node in shown(found.get(name, ())):
            erase(pieces, node)
    return shown


class Shown:
    """Passes over the nodes that lie within others: what is blanked out as a whole needs nothing of its own."""

    def __init__(self, whole: Iterable[Node]) -> None:
        self._spans: list[Span] = []
        for start, end in sorted(((node.start_byte, node.end_byte) for node in whole), key=lambda span: (span[0], -span[1])):
            if not self._spans or start >= self._spans[-1][1]:
                self._spans.append((start, end))
        self._starts = [start for start, _ in self._spans]

    def __call__(self, nodes: Iterable[Node]) -> list[Node]:
        """Those that are whole themselves, or not within one."""
        return [node for node in nodes if not self._hides(node.start_byte, node.end_byte)]

    def _hides(self, start: int, end: int) -> bool:
        index = bisect_right(self._starts, start) - 1
        return index >= 0 and end <= self._spans[index][1] and (start, end) != self._spans[index]


def _whole(node: Node) -> Node:
    """A declaration with the `export` in front of it."""
    return node.parent if node.parent is not None and node.parent.type == "export_statement" else node


def _is_in_a_type(node: Node) -> bool:
    return node.parent is not None and node.parent.type in ("object_type", "interface_body")


def _is_of_types(node: Node) -> bool:
    """Whether an import or export is gone when the types are."""
    return any(
        child.type in ("type", "namespace") or (child.type == "ERROR" and child.text == b"type") for child in node.children[1:3]
    )


def _has_no_value(node: Node) -> bool:
    return node.child_by_field_name("value") is None and any(child.type in ("declare", "abstract") for child in node.children)


def _following(pieces: Pieces, byte: int) -> tuple[int, bool]:
    """The next byte that is code (-1 at the end), and whether it stands on a later line."""
    space = _SPACE.match(pieces.concrete.data, byte)
    assert space is not None
    data = pieces.concrete.data
    return (data[space.end()] if space.end() < len(data) else -1), b"\n" in space[0] or b"\r" in space[0]


def _end_before(pieces: Pieces, member: Node) -> None:
    """End what stands before a class member whose modifiers go, if its name could go on with that."""
    end = member.start_byte
    for child in member.children:
        if child.type not in _GOING:
            break
        end = child.end_byte
    if _following(pieces, end)[0] in _CONTINUES_A_FIELD:
        pieces.put(member.start_byte, ";")


def _cast(pieces: Pieces, node: Node) -> None:
    """`value as Type`: all behind the value."""
    keyword = node.children[1]
    pieces.blank(keyword.start_byte, node.end_byte)
    following, later = _following(pieces, node.end_byte)
    if later and following in _CONTINUES:
        pieces.put(keyword.start_byte, ";")


def _field(pieces: Pieces, node: Node) -> None:
    if _has_no_value(node):
        return  # blanked out as a whole
    for child in node.children:
        if child.type in _FIELD_TOKENS:
            pieces.blank(child.start_byte, child.end_byte)
            if child == node.child(0):
                _end_before(pieces, node)
    annotation = node.child_by_field_name("type")
    if annotation is not None and node.child_by_field_name("value") is None:
        following, _ = _following(pieces, node.end_byte)
        if following in _CONTINUES_A_FIELD:
            pieces.put(annotation.start_byte, ";")


def _with_comma(pieces: Pieces, node: Node) -> None:
    """A list's element, with the comma behind it."""
    following = node.next_sibling
    end = following.end_byte if following is not None and following.type == "," else node.end_byte
    pieces.blank(node.start_byte, end)


def _has_lines(pieces: Pieces, start: int, end: int) -> bool:
    stretch = pieces.concrete.data[start:end]
    return b"\n" in stretch or b"\r" in stretch


def _arrow(pieces: Pieces, node: Node) -> None:
    """No line may end between `async` and the parameters, nor before `=>`: there the parenthesis takes the place of the type."""
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        return
    generic = node.child_by_field_name("type_parameters")
    if generic is not None and _has_lines(pieces, generic.start_byte, parameters.start_byte + 1):
        pieces.put(generic.start_byte, "(")
        pieces.blank(parameters.start_byte, parameters.start_byte + 1)
    result = node.child_by_field_name("return_type")
    if result is not None and _has_lines(pieces, parameters.end_byte, result.end_byte):
        pieces.blank(parameters.end_byte - 1, parameters.end_byte)
        pieces.put(result.end_byte - 1, ")")


def _assertion(pieces: Pieces, node: Node) -> None:
    """`<Type>value`: no line may end between `return` and its value, and no value may become a block or a declaration."""
    kind, value = node.child(0), node.children[-1]
    if kind is None or kind.type != "type_arguments":
        return
    if value.type in _OPENERS or _has_lines(pieces, kind.start_byte, kind.end_byte):
        place = (node.start_byte, node.end_byte)
        pieces.insert(node.start_byte, "(", place)
        pieces.insert(node.end_byte, ")", place)


def _import(pieces: Pieces, node: Node) -> None:
    if not _is_of_types(node) and any(child.type == "import_require_clause" for child in node.children):
        pieces.put(node.start_byte, "const ")


def _erase(pieces: Pieces, node: Node) -> None:
    pieces.blank(node.start_byte, node.end_byte)


def _alias(pieces: Pieces, node: Node) -> None:
    pieces.put(node.start_byte, "const ")


def _export(pieces: Pieces, node: Node) -> None:
    equals = node.child(1)
    if equals is not None and equals.type == "=":
        pieces.blank(node.start_byte, equals.start_byte)
        pieces.insert(node.start_byte, "module.exports", (node.start_byte, equals.end_byte))


_ERASERS: Mapping[str, Callable[[Pieces, Node], None]] = {
    "cast": _cast,
    "field": _field,
    "this": _with_comma,
    "specifier": _with_comma,
    "arrow": _arrow,
    "assertion": _assertion,
    "import": _import,
    "alias": _alias,
    "accessor": _erase,
    "export": _export,
}
