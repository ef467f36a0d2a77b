"""Marks the places that a finding speaks of, for each Observation that a rule may name, and says which kinds of them it found.

None knows which rule asks. What was recorded at the marks is read by ``reading``.
"""

from __future__ import annotations

from collections.abc import Callable

from jsleak.analysis.scopes import FunctionInfo
from jsleak.analysis.syntax.nodes import Node

from . import suspects
from .seen import ENTERED, EVICT, FAIL, PLACE, RELEASE, SOURCE, SUBJECT, THROW, NoPlace
from .snippet.edits import Changes
from .snippet.program import TOOL, body_guard, call_mark, mark, whole
from .snippet.sites import Sites, unchained


def mark_subject(sites: Sites, changes: Changes) -> None:
    """Mark the calls a finding is about, and the wrapper's call around them."""
    if sites.place is not None and sites.place.type in ("CallExpression", "NewExpression", "ChainExpression"):
        node = whole(sites.place)
        changes.wrap(node, f"{TOOL}.out({PLACE}, {TOOL}.in({PLACE}), ", ")")
    for call in sites.calls:
        mark(changes, call, SUBJECT)


def _places(sites: Sites, words: tuple[str, ...], otherwise: Callable[[Sites], list[Node]]) -> list[Node]:
    """The places that a finding's path names; for a finding without a path those that the module's facts suggest."""
    return sites.nodes(*words) if sites.finding.retention else otherwise(sites)


def nothing(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    """No marks but those of the subject."""
    return set()


def after_release(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = _places(sites, ("()` calls ", "the cleanup callback calls "), suspects.releases)
    for node in nodes:
        changes.wrap(whole(node), f"{TOOL}.a({RELEASE}, {TOOL}.use({RELEASE}), ", ")")
    return {RELEASE} if nodes else set()


def failing(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = _places(sites, ("can fail, and nothing catches it",), suspects.failures)
    for node in nodes:
        if node.type == "ThrowStatement":
            changes.wrap(node, f"{{ {TOOL}.b({SOURCE}); ", " }")
            continue
        source = suspects.innermost_promise(node.argument) if node.type == "AwaitExpression" else node
        if node.type != "AwaitExpression":
            changes.wrap(suspects.outermost_promise(whole(node)), f"{TOOL}.promise({FAIL}, ", ")")
        changes.wrap(whole(source), f"{TOOL}.promise({SOURCE}, {TOOL}.a({SOURCE}, {TOOL}.b({SOURCE}), ", "))")
        if inject:
            changes.put(source, f"{TOOL}.failed()")
    return {FAIL} if nodes else set()


def throwing_callback(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    return _mark_throw(changes, _places(sites, _THROWS, suspects.throws_inside)[:1], inject)


def evicting(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = _places(sites, ("deletes whatever the key leads to",), suspects.evictions)
    for node in nodes:
        taken = whole(node)
        inner = taken.argument if taken.type == "UnaryExpression" else taken
        while inner.type == "ChainExpression":
            inner = inner.expression
        text = changes.text
        if inner.type == "CallExpression":
            collection, key = inner.callee.object, inner.arguments[0]
            what = text[key._start : key._end]
        else:
            collection = inner.object
            what = text[inner.property._start : inner.property._end]
            what = what if inner.computed else repr(what)
        changes.wrap(taken, f"({TOOL}.evict({EVICT}, {text[collection._start : collection._end]}, {what}) && ", ")")
    if not nodes:
        raise NoPlace("what the callback deletes is not known")
    return {EVICT}


def calling(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    for call in sites.calls:
        changes.wrap(whole(call), f"{TOOL}.a({FAIL}, {TOOL}.b({FAIL}), ", ")")
    return {FAIL}


def cancelling(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = sites.nodes("unregisters `")
    for node in nodes:
        mark(changes, unchained(node), RELEASE)
    # One call may well register several objects with its token, and end them all.
    call_mark(changes, [node for node in (sites.place, *sites.calls) if node is not None][:1], nodes)
    return {RELEASE} if nodes else set()


def growing(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    nodes = sites.nodes("stored in `")
    if not nodes:
        raise NoPlace("where the WeakRef is stored is not known")
    for node in nodes:
        inner = unchained(node)
        target = inner.callee.object if inner.type == "CallExpression" else inner.left.object
        changes.wrap(target, f"{TOOL}.collection(", ")")
    return set()


def left_behind(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    placed = _mark_throw(changes, throwing(sites), inject)
    for node in sites.nodes("registered here"):
        for call in _inner(sites, node):
            if call not in sites.calls:
                mark(changes, call, RELEASE)
                placed.add(RELEASE)
    return placed


#: What the labels of throwing places say.
_THROWS = ("can throw", "may throw", "`throw`", "throws when")


def throwing(sites: Sites) -> list[Node]:
    """What throws after a registration: the outermost place of a finding's path."""
    return _places(sites, _THROWS, suspects.throws_after)[:1]


def thrower(node: Node) -> Node:
    """The expression or `throw` that a throwing place is watched by, or replaced by."""
    if node.type == "ForOfStatement":
        right: Node = node.right
        return right
    parent: Node = node._parent
    if node.type == "MemberExpression" and (parent.type == "UpdateExpression" or parent.left is node):
        return parent
    return node


def _mark_throw(changes: Changes, nodes: list[Node], inject: bool) -> set[int]:
    """Watch what can throw; to ``inject`` puts an exception in its place."""
    for node in map(thrower, nodes):
        if node.type == "ThrowStatement":
            changes.wrap(node, f"{{ {TOOL}.b({THROW}); ", " }")
            continue
        changes.wrap(whole(node), f"{TOOL}.a({THROW}, {TOOL}.b({THROW}), ", ")")
        if inject:
            changes.put(node, f"{TOOL}.boom()")
    return {THROW} if nodes else set()


def deref(sites: Sites, changes: Changes, inject: bool) -> set[int]:
    for call in sites.calls:
        function: FunctionInfo = sites.module.function_of(call)
        body_guard(changes, function, SUBJECT)
        _mark_entry(changes, function)
    return set()


def _mark_entry(changes: Changes, function: FunctionInfo) -> None:
    """Count the calls of a function."""
    node = function.node.value if function.node.type == "MethodDefinition" else function.node
    if type(node.body) is list:  # the program
        return
    if node.body.type == "BlockStatement":
        start = node.body._start + 1
        changes.around(start, start, f" {TOOL}.b({ENTERED}); ", "")
    else:
        changes.wrap(node.body, f"{TOOL}.a({ENTERED}, {TOOL}.b({ENTERED}), ", ")")


def _inner(sites: Sites, node: Node) -> list[Node]:
    """The protocol's calls that a place is, or that it leads to."""
    return list(dict.fromkeys(fact.node for fact in sites.module.registrations if fact.node is node or fact.place is node))
