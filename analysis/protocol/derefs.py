"""Whether the result of a `deref()` is checked before something fails on undefined.

Checks are looked for generously: whatever tests the value, or what the same text gives, counts as one. How long a check holds
is for ``jobs`` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import Edit
from ..scopes import FunctionInfo
from ..scopes.names import member_name
from ..syntax.nodes import Node, walk
from .checks import TESTS, fails, is_tested, outermost, reads, variable_of
from .facts import Dereference
from .jobs import is_kept, waits

if TYPE_CHECKING:
    from ..module import Module

_NEVER_OPTIONAL = frozenset(
    {"UpdateExpression", "TaggedTemplateExpression", "NewExpression", "ForInStatement", "ArrayPattern", "Property", "RestElement"}
)
_DOT = re.compile(r"(\s*)([.([])")
_SPACE = re.compile(r"\s+|\?(?=\.)")


@dataclass(frozen=True, eq=False)
class UncheckedUse:
    """A `deref()` whose result is used as an object where it may be undefined.

    ``uses`` are the expressions that fail: the call itself, or ``name``, the variable that holds its result. ``check`` and
    ``wait`` are set where the reference was checked, and an `await` or `yield` came between.
    """

    dereference: Dereference
    name: str
    uses: tuple[Node, ...]
    check: Node | None = None
    wait: Node | None = None


def unchecked_uses(module: Module) -> list[UncheckedUse]:
    """Each `deref()` of a known WeakRef that something fails on, once, in order of place."""
    facts: dict[Node, Dereference] = {}
    for fact in module.derefs:
        if fact.node not in facts and not is_kept(module, fact):
            facts[fact.node] = fact
    found: list[UncheckedUse] = []
    seen: set[tuple[FunctionInfo, str]] = set()
    for node, fact in facts.items():
        name, uses = _failing_uses(node)
        key = _unit(module, node), _same_text(module, node)
        if not uses or key in seen:
            continue
        checks = _checks(module, node)
        unchecked = [use for use in uses if not _is_checked(node, use, checks)]
        if not unchecked:
            found += _across_wait(module, fact, name, uses, checks)
        elif not _is_asked_elsewhere(module, node):
            # Where this does not throw, the next one will not either.
            seen.add(key)
            found.append(UncheckedUse(fact, name, tuple(unchecked)))
    return found


def _failing_uses(node: Node) -> tuple[str, list[Node]]:
    if fails(node):
        return "", [node]
    binding = variable_of(node)
    if binding is None:
        return "", []
    return binding.name, [use for use in reads(binding) if use._start > node._start and fails(use)]


def _checks(module: Module, node: Node) -> list[Node]:
    """The tests of what the same text gives, within the outermost function around a `deref()`: calls, variables."""
    wanted = _same_text(module, node)
    found: list[Node] = []
    for call in _calls(_unit(module, node)):
        if _is_deref(call) and _same_text(module, call) == wanted:
            asked = call if call is not node else outermost(call)._parent
            if (call is not node or asked.type == "AssignmentExpression") and is_tested(asked):
                found.append(call)
            binding = variable_of(call)
            if binding is not None:
                found += [use for use in reads(binding) if is_tested(use)]
    return found


def _is_checked(node: Node, use: Node, checks: list[Node]) -> bool:
    binding = use._binding if use is not node else None
    for check in checks:
        if check is node or check._start < use._start:
            return True
    return binding is not None and any(read._start < use._start and is_tested(read) for read in reads(binding))


def _is_deref(call: Node) -> bool:
    return bool(call.type == "CallExpression" and call.callee.type == "MemberExpression" and member_name(call.callee) == "deref")


def _same_text(module: Module, node: Node) -> str:
    return _SPACE.sub("", module.text(node, 200))


def _unit(module: Module, node: Node) -> FunctionInfo:
    """The outermost function around a node, short of the program."""
    function = module.function_of(node)
    for outer in function.ancestors:
        if outer.kind == "program" or function.class_info is not None:
            break
        function = outer
    return function


def _calls(function: FunctionInfo) -> Iterator[Node]:
    pending = [function]
    while pending:
        current = pending.pop()
        yield from (node for node in current.own_nodes if node.type == "CallExpression")
        if function.kind != "program":
            pending += current.children


def _is_asked_elsewhere(module: Module, node: Node) -> bool:
    """Whether a helper that derefs is asked first, a list was filtered, or every caller in the module has checked."""
    unit = _unit(module, node)
    if _is_filtered(module.function_of(node).node):
        return True
    askers = {function.name for use, function in module.scopes.protocol_nodes if _property(use) == "deref"} - {""}
    for outer in walk(unit.node):
        test = outer.test if outer.type in TESTS else outer.left if outer.type == "LogicalExpression" else None
        if test is None or test._start >= node._start:
            continue
        for part in walk(test):
            name = member_name(part) if part.type == "MemberExpression" else part.name if part.type == "Identifier" else None
            if name in askers:
                return True
    callers = [
        call
        for function in module.scopes.functions
        for call in function.own_nodes
        if unit.name and call.type == "CallExpression" and _called(call) == unit.name
    ]
    wanted = _same_text(module, node)
    return bool(callers) and all(_has_check_before(module, call, wanted) for call in callers)


def _is_filtered(function: Node) -> bool:
    """Whether a callback runs on what a `filter` has left: `refs.filter(…).map(function)`."""
    call = function._parent
    if call is None or call.type != "CallExpression":
        return False
    current = call.callee
    while current.type in ("MemberExpression", "CallExpression"):
        if current.type == "CallExpression" and _property(current.callee) == "filter":
            return True
        current = current.object if current.type == "MemberExpression" else current.callee
    return False


def _has_check_before(module: Module, place: Node, wanted: str) -> bool:
    for call in _calls(_unit(module, place)):
        if call._start < place._start and _is_deref(call) and _same_text(module, call) == wanted:
            binding = variable_of(call)
            if is_tested(call) or (binding is not None and any(is_tested(use) for use in reads(binding))):
                return True
    return False


def _property(node: Node) -> str | None:
    return member_name(node) if node.type == "MemberExpression" else None


def _called(call: Node) -> str | None:
    callee = call.callee
    return str(callee.name) if callee.type == "Identifier" else _property(callee)


# Time


def _across_wait(module: Module, fact: Dereference, name: str, uses: list[Node], checks: list[Node]) -> Iterator[UncheckedUse]:
    """The `deref()` whose every check lies before an `await` that comes in between."""
    node = fact.node
    function = module.function_of(node)
    if name and any(is_tested(read) for read in reads(uses[0]._binding)):
        return
    before = [check for check in checks if check._start < node._start]
    own = [check for check in before if module.function_of(check) is function]
    if len(own) != len(before) or any(_holds_on(check, node) for check in own):
        return
    flow = module.flow(function)

    def throws(point: Node) -> bool:
        return module.throws.reason(point) is not None

    checked = {_checked_call(check) for check in own}
    for wait in waits(module, function):
        assert wait.node is not None
        reached = {point.node for point, _ in flow.after([wait], throws=throws, stop=lambda point: point in checked)}
        if node not in reached:
            continue
        for check in own:
            call = _checked_call(check)
            if any(point is wait for point, _ in flow.after(flow.at(call), throws=throws)):
                yield UncheckedUse(fact, name, tuple(uses), check, wait.node)
                return


def _checked_call(check: Node) -> Node:
    """The `deref()` call behind a check: itself, or what its variable was given."""
    if check._binding is None:
        return check
    declaration = check._binding.declarations[0]._parent
    value = declaration.init
    if value is None:
        value = next(
            reference.node._parent.right
            for reference in check._binding.references
            if reference.write and reference.node._parent.type == "AssignmentExpression"
        )
    return value.expression if value.type == "ChainExpression" else value  # type: ignore[no-any-return]


def _holds_on(check: Node, node: Node) -> bool:
    """Whether a variable keeps the checked value until a later `deref()`."""
    binding = check._binding
    return binding is not None and any(read._start > node._start for read in reads(binding))


# Words and edits


def used_as(module: Module, use: Node) -> str:
    """What is done with a value that may be undefined: "reading `.name`", "calling `.close()`"."""
    value = outermost(use)
    parent = value._parent
    if parent.type == "MemberExpression":
        name = "[…]" if parent.computed else f".{module.text(parent.property, 30)}"
        is_call = parent._parent.type == "CallExpression" and parent._parent.callee is parent
        return f"calling `{name}()`" if is_call else f"reading `{name}`"
    return "calling it" if parent.type == "CallExpression" else "destructuring it"


def optional_edits(module: Module, found: UncheckedUse) -> tuple[Edit, ...]:
    """The edits that make each use optional (`?.`); none where that is not possible."""
    edits: list[Edit] = []
    for use in found.uses:
        value = outermost(use)
        chain = value._parent
        dot = _DOT.match(module.source.slice(value._end, value._end + 80))
        if chain.type not in ("MemberExpression", "CallExpression") or dot is None:
            return ()
        while _goes_on(chain):
            chain = chain._parent
        outer = chain._parent
        if outer.type in _NEVER_OPTIONAL or (outer.type in ("AssignmentExpression", "ForOfStatement") and outer.left is chain):
            return ()
        edits.append(module.insertion(value._end + len(dot[1]), "?" if dot[2] == "." else "?."))
    return tuple(edits)


def _goes_on(chain: Node) -> bool:
    outer = chain._parent
    return bool(
        (outer.type == "MemberExpression" and outer.object is chain)
        or (outer.type == "CallExpression" and outer.callee is chain)
        or outer.type == "ChainExpression"
    )
