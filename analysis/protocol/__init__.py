"""Registries, registrations, WeakRefs: what a module does with the garbage collector's promises."""

from .collect import collect
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

__all__ = [
    "Call",
    "CollectionUse",
    "Dereference",
    "MissingNew",
    "Protocol",
    "Registration",
    "Registry",
    "Unregistration",
    "Value",
    "WeakReference",
    "collect",
]
