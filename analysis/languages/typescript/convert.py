"""A TypeScript text as JavaScript of the same length."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from ... import SourceType
from ..code import Code
from ..trees import Concrete
from . import grammar, runtime, types
from .pieces import Pieces

_NAMED = {
    "public_field_definition": "name",
    "required_parameter": "pattern",
    "optional_parameter": "pattern",
    "variable_declarator": "name",
}
"""What may have an annotation, with the field of the tree that its name is in."""


def named_types(concrete: Concrete, found: dict[str, list[Node]]) -> Iterator[tuple[int, str]]:
    """The fields, parameters and variables that say what they are, by the offset of the name; `x?: T` is `T | undefined`."""
    for annotation in found.get("type", ()):
        owner = annotation.parent if annotation.type == "type_annotation" else None
        if owner is not None and owner.type in _NAMED:
            name = owner.child_by_field_name(_NAMED[owner.type])
            if name is not None:
                optional = any(child.type == "?" for child in owner.children)
                kind = concrete.source(annotation)[1:].strip()
                yield concrete.offset(name.start_byte), f"{kind} | undefined" if optional else kind


def to_javascript(text: str, filename: str, source_type: SourceType | None = None) -> Code:
    """The program that TypeScript makes of a text. JSX is what the extension ``.tsx`` says."""
    extension = filename[filename.rfind(".") :].lower()
    jsx = extension == ".tsx"
    concrete, unseen = grammar.read(text, jsx=jsx)
    pieces = Pieces(concrete, list(unseen))
    found = concrete.captures(types.PATTERNS + runtime.PATTERNS + ("" if jsx else types.WITHOUT_JSX))
    shown = types.erase_types(pieces, found)
    runtime.write_out(pieces, {name: shown(nodes) for name, nodes in found.items()})
    return Code(
        pieces.text(),
        # What is written with `import` may well be compiled to CommonJS: the text says which it is.
        source_type="module" if extension == ".mts" or source_type == "module" else None,
        jsx=jsx,
        insertions=pieces.insertions(),
        types=dict(named_types(concrete, found)),
    )
