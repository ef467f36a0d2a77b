"""What type annotations say of values that the module itself does not make: registries, WeakRefs, primitives.

An annotation is a hint: it adds what a variable or field may hold where nothing of that kind flows in, and takes nothing away. Of a
registry that is only typed, the protocol knows no cleanup callback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..scopes import Binding, FunctionInfo
from ..syntax.nodes import Node
from .objects import Activation, Kind, Obj, Var

if TYPE_CHECKING:
    from .build import HeapBuilder

Annotations = Mapping[int, str]
"""Type annotations by the offset of the name that has one."""

_PRIMITIVES = frozenset({"bigint", "boolean", "null", "number", "string", "undefined"})
_LITERAL = re.compile(
    r"""(?P<string>(?P<quote>["'`]).*(?P=quote))|(?P<bigint>-?\d\w*n)|(?P<number>-?\d[\w.]*)|(?P<boolean>true|false)"""
)
_KINDS: Mapping[str, Kind] = {"FinalizationRegistry": "registry", "WeakRef": "weakref"}
_NAMED = re.compile(r"(?:globalThis\.)?(FinalizationRegistry|WeakRef)\s*(?:<.*>)?", re.DOTALL)


@lru_cache(maxsize=256)
def primitives(annotation: str) -> tuple[str, ...]:
    """The types of primitives that a type is a union of; empty where it may be anything else."""
    found: dict[str, None] = {}
    for part in _parts(annotation):
        literal = _LITERAL.fullmatch(part)
        name = part if part in _PRIMITIVES else str(literal.lastgroup) if literal is not None else ""
        if not name:
            return ()
        found[name] = None
    return tuple(found)


@lru_cache(maxsize=256)
def protocol_kind(annotation: str) -> Kind | None:
    """What a type is, of what the protocol knows; it may be undefined or null besides."""
    parts = [part for part in _parts(annotation) if part not in ("undefined", "null")]
    match = _NAMED.fullmatch(parts[0]) if len(parts) == 1 else None
    return _KINDS[match[1]] if match is not None else None


def _parts(annotation: str) -> list[str]:
    """The members of a union."""
    parts = [""]
    depth = 0
    for character in annotation.replace("=>", "=:"):
        depth += (character in "<({[") - (character in ">)}]")
        if character == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    found = [part.replace("=:", "=>").strip() for part in parts]
    return [part for part in found if part] if len(found) > 1 else found


def annotation_of(heap: HeapBuilder, name: Node, activation: Activation) -> str | None:
    """The annotation of a parameter, variable or field by the node of its name."""
    if not heap.annotations:
        return None
    types = heap.annotations.get(_program(activation))
    return None if types is None else types.get(name._start)


def _program(activation: Activation) -> FunctionInfo:
    while activation.parent is not None:
        activation = activation.parent
    return activation.function


def primitive_parameter(heap: HeapBuilder, parameter: Node, activation: Activation) -> Var | None:
    """What a parameter that is certainly a primitive holds."""
    annotation = annotation_of(heap, parameter.left if parameter.type == "AssignmentPattern" else parameter, activation)
    kinds = primitives(annotation) if annotation is not None else ()
    if not kinds:
        return None
    value = Var()
    for kind in kinds:
        heap.solver.copy(heap.primitive(kind), value, parameter)
    return value


def add_typed(heap: HeapBuilder) -> bool:
    """Give typed variables and fields what they are said to hold, where nothing of the kind came; True if anything was new."""
    added = False
    if not heap.annotations:
        return added
    for activation in list(heap.canonical.values()):
        for binding, var in list(activation.variables.items()):
            for name in binding.declarations if isinstance(binding, Binding) else ():
                added |= _add(heap, name, var, activation)
    for (info, activation), cls in list(heap.classes.items()):
        instances = list(heap.instance_of(cls).objects)
        for owners, fields in ((instances, info.fields), ([cls], info.static_fields)):
            for label, member, _ in fields:
                for owner in owners if label is not None and member.key is not None else ():
                    added |= _add(heap, member.key, heap.field(owner, str(label)), activation)
    return added


def _add(heap: HeapBuilder, name: Node, var: Var, activation: Activation) -> bool:
    annotation = annotation_of(heap, name, activation)
    kind = protocol_kind(annotation) if annotation is not None else None
    if kind is None or any(obj.kind == kind or _is_subclass(obj) for obj in var.objects):
        return False
    heap.solver.hint(var, Obj(kind, name, activation, None, str(name.name)))
    return True


def _is_subclass(obj: Obj) -> bool:
    """Whether an object is an instance of a class of this module, which may be a registry of its own."""
    return obj.kind == "instance" and obj.cls is not None and obj.cls.kind == "class" and obj.cls.proto is not None
