"""What keeps an object alive as the module is written: the answer a reader wants where there is no finding.

Every way is listed, also those that the module cuts again, so nothing here is a defect by itself; rules ask ``heap.reach``
for what is certain.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..heap.objects import WEAK, Activation, Obj, Var
from ..heap.reach import Step, describe, keeps, stands_in, step_place, strong_edges, weak_sites
from ..scopes import Binding, FunctionInfo
from ..syntax.nodes import Node
from .facts import Registration, Value

if TYPE_CHECKING:
    from ..module import Module

Root = Literal["held-value", "cleanup", "module", "outside", "caller"]
#: Abstract objects that one search may visit, and all searches of a module together; ways that one may find.
OBJECTS = 1_000
OBJECTS_OF_ALL = 8_000
WAYS = 6


@dataclass(frozen=True, slots=True)
class Way:
    """One strong path to an object. ``cut``: the module itself takes a step of it away again, somewhere."""

    root: Root
    name: str
    steps: tuple[Step, ...]
    cut: bool


@dataclass(slots=True)
class _Seed:
    root: Root
    name: str
    label: str
    var: Var
    node: Node | None


@dataclass(slots=True)
class _Link:
    """A step with the ones before it."""

    seed: _Seed
    step: Step
    before: _Link | None
    cut: bool

    def way(self, last: Step | None, cut: bool) -> Way:
        """The path from the seed to here, and on by ``last``."""
        steps = [last] if last is not None else []
        link: _Link | None = self
        while link is not None:
            steps.append(link.step)
            cut = cut or link.cut
            link = link.before
        return Way(self.seed.root, self.seed.name, tuple(reversed(steps)), cut)


class Holders:
    """Answers for one module. What all searches of a large module may visit together is bounded, too: ``left`` objects more."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.left = OBJECTS_OF_ALL

    @cached_property
    def _everywhere(self) -> tuple[_Seed, ...]:
        return tuple(_everywhere(self.module))

    def ways_to(self, target: Value, activation: Activation, registration: Registration | None = None) -> tuple[Way, ...]:
        """The shortest strong paths to a target from whatever lives by itself, nearest roots first; at most ``WAYS``.

        ``activation`` is where the target is registered or referred to weakly.
        """
        if not any(not obj.is_primitive for obj in target.objects):
            return ()
        limit = min(OBJECTS, self.left)
        found: list[Way] = []
        queue: deque[tuple[Obj, _Link]] = deque()
        seen: set[Obj] = set(target.objects)
        module_level: list[_Seed] = []
        outside: list[_Seed] = []
        for seed in self._everywhere:
            (module_level if seed.root == "module" else outside).append(seed)
        for seed in (*_of_registration(registration), *module_level, *_callers(activation), *outside):
            if keeps(seed.var, target.var):
                found.append(Way(seed.root, seed.name, (Step(seed.label, seed.node, None),), seed.var.cleared))
                continue
            for obj in _objects(seed.var):
                if obj not in seen:
                    seen.add(obj)
                    step = Step(f"{seed.label}: {describe(obj)}", seed.node or obj.node, obj)
                    queue.append((obj, _Link(seed, step, None, seed.var.cleared)))
        visited = 0
        while queue and len(found) < WAYS and visited < limit:
            visited += 1
            obj, link = queue.popleft()
            for label, node, var, binding in strong_edges(obj):
                if binding is not None and binding.is_module_level:
                    continue  # a root of its own
                if keeps(var, target.var):
                    found.append(link.way(Step(label, node or step_place(var, None, target.var), None), var.cleared))
                    continue
                for other in _objects(var):
                    if other not in seen:
                        seen.add(other)
                        step = Step(f"{label}: {describe(other)}", node or step_place(var, other, target.var), other)
                        queue.append((other, _Link(link.seed, step, link, var.cleared)))
        self.left -= visited
        return tuple(_unlike(found)[:WAYS])


def _unlike(ways: Iterable[Way]) -> list[Way]:
    """One way of each root by each name, the first."""
    first: dict[tuple[Root, str], Way] = {}
    for way in ways:
        first.setdefault((way.root, way.name), way)
    return list(first.values())


def _objects(var: Var) -> Iterator[Obj]:
    weak = weak_sites(var)
    for obj in list(var.objects):
        if not obj.is_primitive and obj.kind not in WEAK and not (weak and stands_in(obj, weak)):
            yield obj


def _of_registration(registration: Registration | None) -> Iterator[_Seed]:
    """What a registry keeps for the sake of one registration."""
    if registration is None:
        return
    held = registration.held
    if held is not None:
        yield _Seed("held-value", "the held value", "held value", held.var, held.node)
    for registry in registration.registries:
        if registry.callback is not None:
            yield _Seed("cleanup", "the cleanup callback", "cleanup callback", registry.callback.var, registry.callback.node)


def _everywhere(module: Module) -> Iterator[_Seed]:
    """What module-level variables hold, and what outside code was given."""
    for home in module.heap.canonical.values():
        if home.function.kind == "program":
            for binding, var in list(home.variables.items()):
                if isinstance(binding, Binding) and binding.declarations:
                    yield _Seed("module", f"`{binding.name}`", f"module variable `{binding.name}`", var, binding.declarations[0])
    for source, node in module.heap.escaped.sources:
        # What outside code does with an object itself nobody knows; a closure it was given it must keep to call it.
        if isinstance(source, Var) and node is not None and node.type in ("CallExpression", "NewExpression"):
            functions = [obj for obj in source.objects if obj.kind in ("function", "bound")]
            if functions:
                callee = module.text(node.callee, 40)
                passed = Var("passed on")
                passed.objects.update(dict.fromkeys(functions))
                yield _Seed("outside", f"what `{callee}` is given", f"given to `{callee}`", passed, node)


def _callers(activation: Activation) -> Iterator[_Seed]:
    """What the functions around a registration give back to those who call them."""
    current: Activation | None = activation
    while current is not None and current.function.kind != "program":
        function: FunctionInfo = current.function
        if function.kind not in ("constructor", "field", "static-block") and any(
            isinstance(source, Obj) or source.objects for source, _ in current.result.sources
        ):
            name = f"`{function.name}`" if function.name else "the function"
            node = next((node for _, node in current.result.sources if node is not None), function.node)
            yield _Seed("caller", f"the caller of {name}", f"{name} returns it", current.result, node)
        current = current.parent
