"""A text that looks broken, without the parts that do not: the parser finds the same first error in it, in less time.

It has read all that stands before an error by then, which is most of a file that somebody types at the end of. Where tree-sitter's
tree has no error in a statement at the top, or in the body of a function, what is in it is no part of the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tree_sitter import Node

from ..code import Code, Span, blank
from ..trees import Concrete, javascript

_BODIES = """
[(function_declaration body: (_) @body)
 (function_expression body: (_) @body)
 (generator_function body: (_) @body)
 (generator_function_declaration body: (_) @body)
 (arrow_function body: (statement_block) @body)
 (method_definition body: (_) @body)]
"""
#: What the grammar lets pass and the parser does not; a bracket that was torn away leaves such a one behind more often than others.
_BARE = """
[(lexical_declaration kind: "const" (variable_declarator !value) @bare)
 (variable_declarator name: [(object_pattern) (array_pattern)] !value) @bare]
"""
#: Nothing that follows one of these can be a part of it.
_ENDED = frozenset({"function_declaration", "generator_function_declaration", "class_declaration"})
#: What only modules have.
_MODULAR = frozenset({"import_statement", "export_statement"})


def skeleton(code: Code, at: int | None = None) -> Code:
    """A program without statements and bodies that hold no error; what is around the offset ``at`` stays, for one may be there."""
    concrete = javascript(code.text)
    doubted = [node.start_byte for node in concrete.captures(_BARE).get("bare", ())]
    if at is not None:
        doubted.append(concrete.byte(at))
    spans: list[Span] = []
    goal = code.source_type
    before = True
    for node in concrete.root.children:
        # What follows an error may be where the parser notices it. A word that is no statement is what an error left.
        before = before and node.is_named and _intact(node) and not _within(doubted, node.start_byte, node.end_byte)
        if before and node.type in _MODULAR:
            before = goal in (None, "module")
            goal = goal or "module"  # in no other would the parser come as far
        if before and _ended(node, concrete):
            spans.append((node.start_byte, node.end_byte))
        elif node.child_count:
            spans += _bodies(node, concrete, doubted)
    blanked = blank(code.text, ((concrete.offset(start), concrete.offset(end)) for start, end in spans))
    return replace(code, text=blanked, source_type=goal, whole=code)


def _intact(node: Node) -> bool:
    return not (node.has_error or node.is_missing)


def _ended(node: Node, concrete: Concrete) -> bool:
    """Whether a statement is over, whatever follows it."""
    declared = node.child_by_field_name("declaration") if node.type == "export_statement" else node
    if declared is not None and declared.type in _ENDED:
        return True
    return concrete.data[node.end_byte - 1 : node.end_byte] == b";"


def _within(offsets: Iterable[int], start: int, end: int) -> bool:
    return any(start <= offset <= end for offset in offsets)


def _bodies(node: Node, concrete: Concrete, doubted: Sequence[int]) -> Iterator[Span]:
    """What is between the braces of functions, the outermost of them."""
    intact = ((body.start_byte, body.end_byte) for body in concrete.captures(_BODIES, node).get("body", ()) if _intact(body))
    done = 0
    for start, end in sorted(intact):
        if start >= done and not _within(doubted, start, end):
            yield start + 1, end - 1
            done = end
