"""Registries that a program is given from outside, known by their type alone: where it uses one, the experiment makes one."""

from __future__ import annotations

import json

from jsleak.analysis.protocol import Registration, Unregistration

from .edits import Changes
from .program import TOOL
from .sites import Sites


def give_registries(sites: Sites, changes: Changes) -> None:
    """What stands in for such a registry, or nothing at all, is replaced where its methods are called."""
    facts: list[Registration | Unregistration] = [*sites.module.registrations, *sites.module.unregistrations]
    given = {fact.node: name for fact in facts if (name := _given(fact)) is not None}
    for call, name in given.items():
        if call.callee.type == "MemberExpression":
            changes.wrap(call.callee.object, f"{TOOL}.registry({json.dumps(name)}, ", ")")


def _given(fact: Registration | Unregistration) -> str | None:
    """What tells a registry from others, where nothing makes it: the first place that says its type."""
    if fact.registries or fact.registry_var is None:
        return None
    places = [obj.node._start for obj in fact.registry_var.objects if obj.kind == "registry" and obj.node is not None]
    return f"registry {min(places)}" if places else None
