"""How a file is laid out: its line ends, indentation and semicolons, and where a statement can be put, wrapped or taken out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from ..findings import Edit
from ..syntax.nodes import Node, children, walk

if TYPE_CHECKING:
    from ..module import Module

_TERMINATOR = re.compile("\r\n|[\n\r\u2028\u2029]")
_INDENT = re.compile(r"[^\S\n\r\u2028\u2029]*")
_SKIPPED = re.compile(r"\s+|//[^\n\r\u2028\u2029]*|/\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"[^\S\n\r\u2028\u2029]*(//.*|/\*((?!\*/).)*\*/[^\S\n\r\u2028\u2029]*)?")
_BLOCKS = frozenset({"BlockStatement", "Program", "StaticBlock"})
#: Statements that are looked at to see whether a file ends them by semicolons.
_STATEMENTS = 200
#: What would go on with the statement before where that has no semicolon.
_CONTINUES = frozenset("([`+-/*.,")


# Words of the file


def line_end(module: Module) -> str:
    """The file's line terminator."""
    found = _TERMINATOR.search(module.source.text)
    return found[0] if found else "\n"


def indentation(module: Module, offset: int) -> str:
    """The white space that the line of an offset begins with."""
    found = _INDENT.match(module.source.text, start_of_line(module, offset))
    return found[0] if found else ""


def unit(module: Module) -> str:
    """What the file indents by: a tab, or the most frequent step between two lines."""
    steps: Counter[str] = Counter()
    before = ""
    for line in _TERMINATOR.split(module.source.text):
        if not line.strip():
            continue
        here = _INDENT.match(line)
        indent = here[0] if here else ""
        if len(indent) > len(before) and indent.startswith(before):
            steps[indent[len(before) :]] += 1
        before = indent
    return steps.most_common(1)[0][0] if steps else "  "


def semicolon(module: Module, end: int) -> str:
    """What ends a statement that is put in before the offset ``end``: a semicolon, unless the file does without and can."""
    text = module.source.text
    following = next((text[at] for at in significant(text, end, len(text))), "")
    return ";" if _uses_semicolons(module) or following in _CONTINUES else ""


def _uses_semicolons(module: Module) -> bool:
    statements = (
        node
        for node in walk(module.scopes.program.node)
        if node.type in ("ReturnStatement", "VariableDeclaration", "ExpressionStatement") and node._parent.type in _BLOCKS
    )
    ended = [module.source.text[node._end - 1] == ";" for node in islice(statements, _STATEMENTS)]
    return 2 * sum(ended) >= len(ended)


# Places


def is_here(module: Module, *nodes: Node) -> bool:
    """Whether nodes stand in this module's own text."""
    for node in nodes:
        current = node
        while current._parent is not None:
            current = current._parent
        if current is not module.scopes.program.node:
            return False
    return True


def start_of_line(module: Module, offset: int) -> int:
    """The offset of the first character of an offset's line."""
    return module.source.line_starts[module.source.position(offset).line - 1]


def end_of_line(module: Module, offset: int) -> int:
    """The offset of the terminator of an offset's line."""
    found = _TERMINATOR.search(module.source.text, offset)
    return found.start() if found else len(module.source.text)


def significant(text: str, start: int, end: int) -> Iterator[int]:
    """The offsets of all characters between two tokens that are neither white space nor in a comment."""
    at = start
    while at < end:
        skipped = _SKIPPED.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        yield at
        at += 1


def is_first(module: Module, offset: int) -> bool:
    """Whether nothing but white space stands before an offset in its line."""
    return not module.source.slice(start_of_line(module, offset), offset).strip()


def is_last(module: Module, offset: int) -> bool:
    """Whether nothing but white space and a comment follows an offset in its line."""
    return _LINE_COMMENT.fullmatch(module.source.slice(offset, end_of_line(module, offset))) is not None


def statement_of(node: Node) -> Node | None:
    """The statement of a block, function or program that an expression belongs to; None in an arrow function without a block, a
    field, or a statement that is another one's whole branch.
    """
    current = node
    while current._parent is not None:
        parent = current._parent
        if parent.type in _BLOCKS and current in parent.body:
            return current
        if (current._info is not None and current is not node) or parent.type in ("PropertyDefinition", "SwitchCase"):
            return None
        current = parent
    return None


def top_level_statement(node: Node) -> Node:
    """The statement of the program around a node."""
    while node._parent is not None and node._parent.type != "Program":
        node = node._parent
    return node


# Edits


def before(module: Module, statement: Node, code: str) -> Edit:
    """Put a statement, without its semicolon, before another one of a block."""
    ended = code + semicolon(module, statement._start)
    if is_first(module, statement._start):
        return module.insertion(statement._start, ended + line_end(module) + indentation(module, statement._start))
    return module.insertion(statement._start, f"{code}; ")


def at_top_level(module: Module, node: Node, code: str) -> Edit:
    """Put a statement, without its semicolon, before the program's statement around a node, and before the comment above that."""
    statement = top_level_statement(node)
    body = module.scopes.program.node.body
    index = body.index(statement)
    if not is_first(module, statement._start):
        return module.insertion(statement._start, f"{code}; ")
    floor = end_of_line(module, body[index - 1]._end) if index else 0
    at = start_of_line(module, statement._start)
    while index and at > floor:
        above = start_of_line(module, at - 1)
        line = module.source.slice(above, at).strip()
        if above <= floor or not line.startswith(("//", "/*", "*")):
            break
        at = above
    return module.insertion(at, indentation(module, statement._start) + code + semicolon(module, at) + line_end(module))


def first_in(module: Module, function: Node, code: str) -> tuple[Edit, ...]:
    """Put a statement, without its semicolon, at the beginning of a function; an arrow function without a block gets one."""
    body = function.body
    if body.type != "BlockStatement":
        start = arrow_body(module, function)
        if start is None:
            return ()
        return module.insertion(start, f"{{ {code}; return "), module.insertion(function._end, "; }")
    at, text = body._start + 1, module.source.text
    rest = list(body.body)
    while rest and rest[0].directive:
        at = rest.pop(0)._end
    following = rest[0]._start if rest else body._end - 1
    if end_of_line(module, at) < following and is_last(module, at):
        own = end_of_line(module, at)
        level = indentation(module, rest[0]._start) if rest else indentation(module, body._end - 1) + unit(module)
        return (module.insertion(own, line_end(module) + level + code + semicolon(module, following)),)
    gap = "" if text[at : at + 1].isspace() else " "
    return (module.insertion(at, f" {code};{gap}"),)


def one_more_argument(module: Module, call: Node, code: str) -> Edit | None:
    """Put an argument behind the last one of a call; a comma that stands behind that is kept, and put behind the new one too."""
    text, last = module.source.text, call.arguments[-1]
    places = [at for at in significant(text, last._end, call._end) if text[at] != ")" or at < call._end - 1]
    commas = [at for at in places if text[at] == ","]
    if not commas:
        return module.insertion(places[-1] + 1 if places else last._end, f", {code}")
    if is_last(module, commas[0] + 1):
        return module.insertion(commas[0] + 1, f"{line_end(module)}{indentation(module, last._start)}{code},")
    return module.insertion(commas[0] + 1, f" {code},")


def arrow_body(module: Module, arrow: Node) -> int | None:
    """The offset where an arrow function's body begins that is an expression, with its parentheses."""
    text = module.source.text
    after = arrow.params[-1]._end if arrow.params else arrow._start
    places = list(significant(text, after, arrow.body._start + 1))
    for index, at in enumerate(places):
        if text[at : at + 2] == "=>" and index + 2 < len(places):
            return places[index + 2]
    return None


def indented(module: Module, start: int, end: int) -> list[tuple[int, str]]:
    """What indents the lines that begin from ``start`` up to ``end`` by one level, as insertions; text that spans lines stays."""
    step = unit(module)
    kept = _spanning(module, start, end)
    found: list[tuple[int, str]] = []
    for at in module.source.line_starts:
        is_in = start <= at < end and not any(first < at <= last for first, last in kept)
        if is_in and module.source.slice(at, end_of_line(module, at)).strip():
            found.append((at, step))
    return found


def _spanning(module: Module, start: int, end: int) -> list[tuple[int, int]]:
    """The strings and templates of a stretch whose lines are part of their value."""
    pending: list[Node] = [module.scopes.program.node]
    found: list[tuple[int, int]] = []
    while pending:
        node = pending.pop()
        if node._end <= start or node._start >= end:
            continue
        if node.type in ("TemplateElement", "Literal"):
            found.append((node._start, node._end))
        pending += children(node)
    return found


def edits(module: Module, insertions: Sequence[tuple[int, str]]) -> tuple[Edit, ...]:
    """Insertions by offset as edits, those at one place in the order given, joined."""
    joined: dict[int, str] = {}
    for at, text in insertions:
        joined[at] = joined.get(at, "") + text
    return tuple(module.insertion(at, text) for at, text in sorted(joined.items()))


def removal(module: Module, statement: Node) -> Edit | None:
    """Take out a statement that has its line or lines to itself; None where what follows would then go on with what is before."""
    if statement._parent.type not in _BLOCKS or not is_first(module, statement._start):
        return None
    text = module.source.text
    end = end_of_line(module, statement._end)
    if text[statement._end : end].strip():
        return None
    following = next((text[at] for at in significant(text, end, len(text))), "")
    if following in _CONTINUES:
        return None
    found = _TERMINATOR.match(text, end)
    return Edit(module.node_range(start_of_line(module, statement._start), found.end() if found else end), "")


def holds_calls(node: Node) -> bool:
    """Whether anything in a node, functions inside left out, may do more than compute: a call, an access, a jump."""
    return any(
        part.type
        in (
            *("CallExpression", "NewExpression", "AwaitExpression", "YieldExpression", "ThrowStatement", "MemberExpression"),
            *("TaggedTemplateExpression", "ImportExpression", "ForOfStatement", "SpreadElement", "ObjectPattern", "ArrayPattern"),
        )
        for part in own(node)
    )


def own(node: Node) -> Iterator[Node]:
    """A node and what is below it, short of the functions inside."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if current is node or current._info is None:
            pending += children(current)
