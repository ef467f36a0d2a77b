"""Has a program tell of each object that it makes, so that what is kept of them can be counted by the place that made it.

Wrapped are `new`, object and array literals, and functions that are passed on at once (callbacks); a function that gets a name from
where it stands would lose it. The wrapper is the host's, and does nothing but while the program is called again and again.
"""

from __future__ import annotations

from jsleak.analysis.syntax.nodes import Node, children

from .rewriting import Rewriting

_FUNCTIONS = ("ArrowFunctionExpression", "FunctionExpression")
_PASSED_ON = ("CallExpression", "NewExpression", "ArrayExpression", "ReturnStatement")


def watch_allocations(rewriting: Rewriting, root: Node, first: int) -> list[Node]:
    """Wrap the allocations of one text, numbered from ``first``; the nodes in the order of their numbers."""
    found: list[Node] = []
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if _allocates(node):
            # The blank keeps a keyword before it apart.
            rewriting.replace(node._start, node._start, f" __jsleak_made({first + len(found)}, ")
            rewriting.replace(node._end, node._end, ")")
            found.append(node)
        # `new (f(x).y)` is another program than `new f(x).y`: what makes the constructor stays as it is.
        skipped = node.callee if node.type == "NewExpression" else None
        pending.extend(child for child in children(node) if child is not skipped)
    return found


def _allocates(node: Node) -> bool:
    if node.type in ("NewExpression", "ObjectExpression", "ArrayExpression"):
        return True
    return node.type in _FUNCTIONS and node._parent.type in _PASSED_ON and node is not node._parent.callee
