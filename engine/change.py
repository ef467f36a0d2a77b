"""What an experiment changes: for each Change that a rule may name, a function that takes the suspected cause out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jsleak.analysis.rule import Change
from jsleak.analysis.scopes import FunctionInfo

from .marking import thrower, throwing
from .seen import THROW
from .snippet.edits import Changes
from .snippet.program import TOOL, whole
from .snippet.sites import Sites, unchained


class Unsuitable(Exception):
    """The change can't be made here; the message says why."""


def _argument(sites: Sites, changes: Changes, index: int, text: str, *, absent: bool = False) -> None:
    """Put text in place of an argument of each registration."""
    done = False
    for call in {fact.node: None for fact in sites.registrations}:
        given = call.arguments
        if any(one.type == "SpreadElement" for one in given[: index + 1]):
            raise Unsuitable("its arguments are spread")
        if index < len(given):
            changes.put(given[index], text)
            done = True
        elif absent:
            changes.around(given[-1]._end, given[-1]._end, "", f", {text}")
            done = True
    if not done:
        raise Unsuitable("there is no such argument to change")


def _held_to_undefined(sites: Sites, changes: Changes) -> None:
    _argument(sites, changes, 1, "undefined")


def _primitive_held(sites: Sites, changes: Changes) -> None:
    _argument(sites, changes, 1, "1")


def _held_given(sites: Sites, changes: Changes) -> None:
    _argument(sites, changes, 1, f"{TOOL}.stub", absent=True)


def _callback_to_no_op(sites: Sites, changes: Changes) -> None:
    registries = sites.registries or [one for fact in sites.registrations for one in fact.registries]
    if not registries:
        raise Unsuitable("the registry is not made in this file")
    for node in {registry.node: None for registry in registries}:
        if not node.arguments:
            raise Unsuitable("the registry has no callback")
        changes.put(node.arguments[0], "() => {}")


def _pin_registry(sites: Sites, changes: Changes) -> None:
    for node in sites.calls:
        changes.wrap(node, f"{TOOL}.pin(", ")")


def _pin_target(sites: Sites, changes: Changes) -> None:
    for call in sites.calls:
        if not call.arguments or call.arguments[0].type == "SpreadElement":
            raise Unsuitable("its arguments are spread")
        changes.wrap(call.arguments[0], f"{TOOL}.pin(", ")")


def _no_throw(sites: Sites, changes: Changes) -> None:
    for node in map(thrower, throwing(sites)):
        changes.put(node, f"{TOOL}.a({THROW});" if node.type == "ThrowStatement" else f"{TOOL}.stub")


def _no_registration(sites: Sites, changes: Changes) -> None:
    for call in sites.calls:
        changes.put(whole(call), "undefined")


def _not_stored(sites: Sites, changes: Changes) -> None:
    nodes = sites.nodes("puts it into", "stored in `")
    if not nodes:
        raise Unsuitable("what stores it is not known")
    for node in nodes:
        inner = unchained(node)
        if inner.type == "AssignmentExpression":
            changes.blank(inner._start, inner.right._start)
        else:
            changes.put(node, "undefined")


def _hoist(sites: Sites, changes: Changes) -> str:
    """Make the closure outside of every function that the target lives in; the result goes behind the program."""
    hoisted: dict[FunctionInfo, str] = {}
    for registration in sites.registrations:
        values = [registration.held, *(registry.callback for registry in registration.registries)]
        shared = next((found for value in values if (found := sites.module.shared_context(value, registration))), None)
        if shared is None or not isinstance(shared.closure.info, FunctionInfo):
            continue
        function = shared.closure.info
        if function in hoisted:
            continue
        if function.kind not in ("arrow", "function") or function.captures_this:
            raise Unsuitable("the closure can't be made elsewhere")
        names = ", ".join(binding.name for binding in function.free if not binding.is_module_level)
        name = f"$hoisted{function.node._start}"
        text = changes.text[function.node._start : function.node._end]
        hoisted[function] = f"function {name}({names}) {{ return ({text}\n); }}\n"
        changes.put(function.node, f"{name}({names})")
    if not hoisted:
        raise Unsuitable("the closure that shares the context was not found")
    return "".join(hoisted.values())


def _valid_call(sites: Sites, changes: Changes) -> None:
    for call in sites.calls:
        name = changes.text[call.callee._start : call.callee._end]
        if call.type == "NewExpression" or "FinalizationRegistry" in name or name.endswith("WeakRef"):
            made = "{}" if any(fact.node is call for fact in sites.module.weakrefs) or name.endswith("WeakRef") else "() => {}"
            changes.put(call, f"new {name}({made})")
        else:
            changes.put(whole(call), "undefined")


#: Changes that the probe makes at run time, at the marked sites.
MODES: frozenset[Change] = frozenset(
    {
        "add-token",
        "unregister-on-release",
        "drop-duplicate",
        "delete-from-collection",
        "target-kept-until-use",
        "guard-eviction",
        "own-token",
        "call-while-registered",
    }
)
CHANGES: Mapping[Change, Callable[[Sites, Changes], object]] = {
    "held-value-to-undefined": _held_to_undefined,
    "primitive-held-value": _primitive_held,
    "held-value-given": _held_given,
    "callback-to-no-op": _callback_to_no_op,
    "pin-registry": _pin_registry,
    "pin-target": _pin_target,
    "no-throw": _no_throw,
    "no-registration": _no_registration,
    "not-stored": _not_stored,
    "hoist-closure": _hoist,
    "valid-call": _valid_call,
}
