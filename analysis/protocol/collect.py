"""Makes the protocol's facts from the events of the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..heap.events import Events
from ..heap.objects import ELEMENTS, KEYS, Activation, Obj, Var
from ..heap.reach import origin
from ..syntax.nodes import Node
from .facts import (
    Call,
    CollectionUse,
    Dereference,
    MissingNew,
    Protocol,
    Registration,
    Registry,
    Unregistration,
    Value,
    WeakReference,
)

_REMOVALS = frozenset({"delete", "clear", "pop", "shift", "splice"})
_Event = TypeVar("_Event", bound=Any)
_Fact = TypeVar("_Fact", bound=Any)


def collect(events: Events, is_primary: Callable[[Node], bool]) -> Protocol:
    """The facts of the module whose nodes ``is_primary`` holds for; registries of other modules that it uses are known too."""
    registries = {
        event.obj: Registry(event.obj, event.node, event.activation, _value(event.callback, event.callback_node))
        for event in events.registries
    }
    _note_removals(events, registries.values())
    registrations: list[Registration] = []
    unregistrations: list[Unregistration] = []
    for group in _grouped(events.calls, lambda event: (event.node, event.activation, event.method)):
        first = group[0]
        owners = tuple(dict.fromkeys(registries[event.registry] for event in group if event.registry in registries))
        values = [_value(var, node) for var, node in _pairs(first.arguments, first.argument_nodes, first.spread)]
        values += [None] * (3 - len(values))
        place = place_of(first.node, first.activation)
        if first.method == "register":
            registrations.append(Registration(*place, owners, first.base, values[0], values[1], values[2], first.spread))
        else:
            unregistrations.append(Unregistration(*place, owners, first.base, values[0]))
    collections = [
        CollectionUse(
            *place_of(group[0].node, group[0].activation),
            group[0].method,
            tuple(dict.fromkeys(event.collection for event in group)),
            tuple(Value(node, var) for var, node in _pairs(group[0].arguments, group[0].argument_nodes, False)),
        )
        for group in _grouped(events.collections, lambda event: (event.node, event.activation))
    ]
    derefs = [
        Dereference(
            *place_of(group[0].node, group[0].activation), tuple(dict.fromkeys(event.obj for event in group)), group[0].result
        )
        for group in _grouped(events.derefs, lambda event: (event.node, event.activation))
    ]
    weakrefs = [
        WeakReference(*place_of(event.node, event.activation), event.obj, _value(event.target, event.target_node))
        for event in events.weakrefs
    ]
    missing = [
        MissingNew(*place_of(event.node, event.activation), event.name)
        for event in events.bad_calls
        if event.callee is not None and origin(event.callee) is event.obj  # not what some table of intrinsics might hold
    ]
    # What another module's own call does wrong is known, too: it is flagged there, not at each call that leads to it.
    inner = {call for fact in registrations if is_primary(fact.place) for call in fact.via}
    return Protocol(
        tuple(registry for registry in registries.values() if is_primary(registry.node)),
        _ordered(registrations, lambda place: place in inner or is_primary(place)),
        _ordered(unregistrations, is_primary),
        _ordered(weakrefs, is_primary),
        _ordered(derefs, is_primary),
        _ordered(collections, is_primary),
        _ordered(missing, is_primary),
    )


def _note_removals(events: Events, registries: Iterable[Registry]) -> None:
    """Mark what a collection holds as cleared where anything but a cleanup callback removes from it, so that nothing is claimed."""
    callbacks = {callback for registry in registries for callback in registry.callbacks}
    for event in events.collections:
        function = event.activation.function
        if event.method in _REMOVALS and callbacks.isdisjoint((function, *function.ancestors)):
            for name in (ELEMENTS, KEYS):
                if name in event.collection.fields:
                    event.collection.fields[name].cleared = True


def _value(var: Var | None, node: Node | None) -> Value | None:
    return Value(node, var) if var is not None and node is not None else None


def _pairs(values: tuple[Var, ...], nodes: tuple[Node, ...], spread: bool) -> list[tuple[Var, Node]]:
    pairs: list[tuple[Var, Node]] = []
    for var, node in zip(values, nodes, strict=False):
        if spread and node.type == "SpreadElement":
            break
        pairs.append((var, node))
    return pairs


def _grouped(events: Iterable[_Event], key: Callable[[_Event], Any]) -> list[list[_Event]]:
    groups: dict[Any, list[_Event]] = {}
    for event in events:
        groups.setdefault(key(event), []).append(event)
    return list(groups.values())


def place_of(node: Node, activation: Activation) -> tuple[Node, Activation, Any, Node, tuple[Node, ...]]:
    """The leading fields of a fact: where it happens, and the outermost call by which a clone got there."""
    via: list[Node] = [node]
    current: Activation | None = activation
    place = node
    while current is not None:
        clone = current.clone
        if clone is None or clone.site is None:
            break
        place = clone.site
        via.append(place)
        current = clone.caller
    inner = tuple(reversed(via[:-1])) if len(via) > 1 else ()
    return node, activation, activation.function, place, inner


def given(call: Call, node: Node) -> Node:
    """What an expression of a wrapper stands for at ``call.place``: a parameter is the argument that is passed there."""
    activation: Activation | None = call.activation
    while node.type == "Identifier" and node._binding is not None and node._binding.kind == "param":
        while activation is not None and (activation.function is not node._binding.function or activation.site is None):
            activation = activation.parent
        site = activation.site if activation is not None else None
        if activation is None or site is None or site.type not in ("CallExpression", "NewExpression"):
            return node
        names = [parameter.left if parameter.type == "AssignmentPattern" else parameter for parameter in activation.function.params]
        index = next((index for index, name in enumerate(names) if name._binding is node._binding), len(names))
        passed = site.arguments[: index + 1]
        # A function that stands among the arguments is a callback, which some builtin calls with arguments of its own.
        own = any(argument._info is activation.function for argument in site.arguments)
        if own or len(passed) <= index or any(argument.type == "SpreadElement" for argument in passed):
            return node
        node, activation = passed[index], activation.caller
    return node


def _ordered(facts: Iterable[_Fact], is_primary: Callable[[Node], bool]) -> tuple[_Fact, ...]:
    return tuple(
        sorted(
            (fact for fact in facts if is_primary(fact.place)),
            key=lambda fact: (fact.node._start, len(fact.via), fact.place._start),
        )
    )


def objects_of(values: Iterable[Value | None]) -> set[Obj]:
    """Every object that any of the values may be."""
    return {obj for value in values if value is not None for obj in value.objects}
