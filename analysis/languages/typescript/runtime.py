"""Writes out what TypeScript adds to the running program: enums, namespaces, parameter properties.

The JavaScript means what tsc's means, in a form that the retention graph sees through. Two declarations of one name are one object.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from .pieces import Pieces

PATTERNS = """
(enum_declaration) @enum
[(internal_module) (module)] @namespace
(internal_module body: (statement_block (export_statement) @inner))
(module body: (statement_block (export_statement) @inner))
(required_parameter [(accessibility_modifier) (override_modifier) "readonly"]) @property
(optional_parameter [(accessibility_modifier) (override_modifier) "readonly"]) @property
"""

_TYPES_ONLY = frozenset({"interface_declaration", "type_alias_declaration", "ambient_declaration", "function_signature", "comment"})
_DECLARING = frozenset(
    {"class_declaration", "abstract_class_declaration", "function_declaration", "generator_function_declaration"}
)


def write_out(pieces: Pieces, found: dict[str, list[Node]]) -> None:
    """Write out all of them; ``found`` are the nodes that PATTERNS finds, without those within types."""
    declared = _Declared()
    spaces = {node.id: node for node in found.get("namespace", ())}
    written = [node for node in spaces.values() if _is_written(node)]
    for node in spaces.values():
        if not _is_written(node):
            _leave_out(pieces, node)
    kept = [node for node in (*written, *found.get("enum", ())) if not _is_left_out(node)]
    kept.sort(key=lambda node: node.start_byte)
    # Initialisers are copied with their types gone.
    text = pieces.text()
    for node in kept:
        if node.type == "enum_declaration":
            _enum(pieces, node, text, declared)
        else:
            _namespace(pieces, node, declared)
    for node in found.get("inner", ()):
        if not _is_left_out(node):
            _export(pieces, node)
    properties = defaultdict(list)
    for node in found.get("property", ()):
        if node.parent is not None and node.parent.parent is not None:
            properties[node.parent.parent.id].append(node)
    for parameters in properties.values():
        _properties(pieces, list({node.id: node for node in parameters}.values()))


class _Declared:
    """Which names have an object by now, for each list of statements."""

    def __init__(self) -> None:
        self._names: set[tuple[int, str]] = set()

    def first(self, statement: Node, name: str) -> bool:
        """Whether this statement is the first that makes the name; a class or function of that name is one before it."""
        around = statement.parent
        if around is None:
            return True
        key = (around.id, name)
        if key in self._names:
            return False
        self._names.add(key)
        return not any(_declares(one, name) for one in around.named_children if one.start_byte < statement.start_byte)


def _declares(statement: Node, name: str) -> bool:
    if statement.type == "export_statement":
        statement = statement.child_by_field_name("declaration") or statement
    own = statement.child_by_field_name("name") if statement.type in _DECLARING else None
    return own is not None and own.text == name.encode()


def _statement(node: Node) -> Node:
    """The statement that a declaration is, with the `export` in front of it."""
    parent = node.parent
    return parent if parent is not None and parent.type in ("export_statement", "expression_statement") else node


def _owner(statement: Node) -> str:
    """The namespace that a statement stands in; empty for none."""
    block = statement.parent
    space = block.parent if block is not None and block.type == "statement_block" else None
    if space is None or space.type not in ("internal_module", "module"):
        return ""
    return _names(space)[-1]


def _names(space: Node) -> list[str]:
    name = space.child_by_field_name("name")
    return [] if name is None else [part.strip() for part in (name.text or b"").decode().split(".")]


def _body(space: Node) -> list[Node]:
    body = space.child_by_field_name("body")
    return [] if body is None else body.named_children


def _is_written(space: Node) -> bool:
    """Whether a namespace has more than types in it."""
    return any(_is_value(statement) for statement in _body(space))


def _is_value(statement: Node) -> bool:
    if statement.type in ("export_statement", "expression_statement") and statement.named_child_count == 1:
        inner = statement.named_children[0]
        if inner.type in ("internal_module", "module", *_TYPES_ONLY):
            return _is_value(inner)
    if statement.type in ("internal_module", "module"):
        return _is_written(statement)
    return statement.type not in _TYPES_ONLY


def _is_left_out(node: Node) -> bool:
    """Whether it stands in a namespace of nothing but types."""
    around = node.parent
    while around is not None:
        if around.type in ("internal_module", "module") and not _is_written(around):
            return True
        around = around.parent
    return False


def _leave_out(pieces: Pieces, node: Node) -> None:
    statement = _statement(node)
    pieces.blank(statement.start_byte, statement.end_byte)


def _opening(statement: Node, name: str, declared: _Declared, owner: str) -> str:
    """What makes the object of a name, if nothing before it has."""
    if not declared.first(statement, name):
        return ""
    if owner and statement.type == "export_statement":
        return f"var {name} = {owner}.{name} = {owner}.{name} || {{}}; "
    return f"var {name} = {{}}; "


def _open(pieces: Pieces, statement: Node, given: Node, end: int, words: list[str]) -> None:
    """Write a declaration out up to ``end``. An `export` stays where it is, so that what takes exports out finds it."""
    start = statement.start_byte
    if statement.type == "export_statement" and words[0] and not _owner(statement):
        start += len("export")
    pieces.blank(start, end)
    pieces.insert(given.start_byte, "".join(words), (given.start_byte, given.end_byte))


def _enum(pieces: Pieces, node: Node, text: str, declared: _Declared) -> None:
    statement = _statement(node)
    given = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    if given is None or body is None:
        return
    enum = pieces.concrete.source(given)
    words = [_opening(statement, enum, declared, _owner(statement))]
    value = "0"
    seen: dict[str, str] = {}
    for member in body.named_children:
        key = member.child_by_field_name("name") if member.type == "enum_assignment" else member
        if key is None or key.type == "comment":
            continue
        place = f"{enum}[{_key(pieces, key)}]"
        initial = member.child_by_field_name("value") if member.type == "enum_assignment" else None
        if initial is not None:
            value = _initial(pieces, initial, text, seen)
        words.append(f"{place} = {value}; ")
        if value[0] not in "\"'`":
            words.append(f"{enum}[{place}] = {_key(pieces, key)}; ")
        value = str(int(value) + 1) if value.isdecimal() else f"{place} + 1"
        seen[pieces.concrete.source(key)] = place
    _open(pieces, statement, given, statement.end_byte, words)


def _key(pieces: Pieces, key: Node) -> str:
    source = pieces.concrete.source(key)
    return source if key.type in ("string", "number") else source[1:-1] if key.type == "computed_property_name" else f'"{source}"'


def _initial(pieces: Pieces, node: Node, text: str, seen: dict[str, str]) -> str:
    """An initialiser in one line, with the members that it names."""
    offset = pieces.concrete.offset
    first = offset(node.start_byte)
    words: list[str] = []
    done = first
    for name in _identifiers(node):
        place = seen.get(pieces.concrete.source(name))
        if place is not None:
            words += (text[done : offset(name.start_byte)], place)
            done = offset(name.end_byte)
    words.append(text[done : offset(node.end_byte)])
    return "".join(words).strip() or "undefined"


def _identifiers(node: Node) -> list[Node]:
    if node.type == "identifier":
        return [node]
    return [name for child in node.named_children for name in _identifiers(child)]


def _namespace(pieces: Pieces, node: Node, declared: _Declared) -> None:
    statement = _statement(node)
    given = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    if given is None or body is None or given.type == "string":
        return
    names = _names(node)
    place = (given.start_byte, given.end_byte)
    words = [_opening(statement, names[0], declared, _owner(statement)), f"(function ({names[0]}) {{ "]
    for outer, inner in itertools.pairwise(names):
        words.append(f"var {inner} = {outer}.{inner} = {outer}.{inner} || {{}}; (function ({inner}) {{ ")
    words += [f"{inner}.{name} = {name}; " for inner in names[-1:] for name in _functions(pieces, body.named_children)]
    _open(pieces, statement, given, body.start_byte + 1, words)
    pieces.blank(body.end_byte - 1, body.end_byte)
    pieces.insert(body.end_byte - 1, " ".join(f"}})({name});" for name in reversed(names)), place)


def _functions(pieces: Pieces, statements: Iterable[Node]) -> list[str]:
    """The functions that a namespace exports: they are there before its first statement runs."""
    found: list[str] = []
    for statement in statements:
        declaration = statement.child_by_field_name("declaration") if statement.type == "export_statement" else None
        if declaration is not None and declaration.type in ("function_declaration", "generator_function_declaration"):
            found += _bound(pieces, declaration)
    return found


def _export(pieces: Pieces, statement: Node) -> None:
    """`export` in a namespace: a property of its object."""
    declaration = statement.child_by_field_name("declaration")
    if declaration is None or declaration.type in ("internal_module", "module", *_TYPES_ONLY):
        return
    owner = _owner(statement)
    if declaration.type != "enum_declaration":
        pieces.blank(statement.start_byte, statement.start_byte + len("export"))
    if declaration.type in _DECLARING and "function" in declaration.type:
        return
    words = "".join(f" {owner}.{name} = {name};" for name in _bound(pieces, declaration))
    if words and declaration.type != "enum_declaration":
        pieces.insert(statement.end_byte, f";{words}", (declaration.start_byte, declaration.end_byte))


def _bound(pieces: Pieces, declaration: Node) -> list[str]:
    """The names that a declaration makes."""
    if declaration.type == "import_alias":
        return [pieces.concrete.source(declaration.named_children[0])]
    name = declaration.child_by_field_name("name")
    if name is not None:
        return [pieces.concrete.source(name)]
    found: list[str] = []
    for declarator in declaration.named_children:
        pattern = declarator.child_by_field_name("name") if declarator.type == "variable_declarator" else None
        if pattern is not None:
            found += _pattern_names(pieces, pattern)
    return found


def _pattern_names(pieces: Pieces, pattern: Node) -> list[str]:
    if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
        return [pieces.concrete.source(pattern)]
    left = pattern.child_by_field_name("left") or pattern.child_by_field_name("value")
    inner = [left] if left is not None else pattern.named_children
    return [name for child in inner for name in _pattern_names(pieces, child)]


def _properties(pieces: Pieces, parameters: Sequence[Node]) -> None:
    """`constructor(private a)`: the parameters become fields, after `super()` where there is a class above."""
    method = parameters[0].parent.parent if parameters[0].parent is not None else None
    body = method.child_by_field_name("body") if method is not None else None
    if body is None:
        return
    at = body.start_byte + 1
    for statement in body.named_children:
        expression = statement.named_children[0] if statement.type == "expression_statement" else None
        if expression is None:
            continue
        called = expression.child_by_field_name("function") if expression.type == "call_expression" else None
        if called is not None and called.type == "super":
            at = statement.end_byte
            break
        if expression.type == "string" and at >= body.start_byte + 1 and _is_directive(statement, body):
            at = statement.end_byte
    for parameter in sorted(parameters, key=lambda node: node.start_byte):
        name = parameter.child_by_field_name("pattern")
        if name is not None and name.type == "identifier":
            word = pieces.concrete.source(name)
            pieces.insert(at, f";this.{word} = {word};", (name.start_byte, name.end_byte))


def _is_directive(statement: Node, body: Node) -> bool:
    before = [one for one in body.named_children if one.end_byte <= statement.start_byte and one.type != "comment"]
    return all(one.type == "expression_statement" and one.named_children[0].type == "string" for one in before)
