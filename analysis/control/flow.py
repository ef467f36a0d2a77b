"""The graph that says what can run after what in a function, and walks through it. ``graph`` builds it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from ..syntax.nodes import Node

PointKind = Literal["event", "join", "exit", "throw-exit"]


class Point:
    """A place in the flow. ``next`` are where it goes on to, ``error`` where it goes when its node throws."""

    __slots__ = ("error", "kind", "next", "node")

    def __init__(self, kind: PointKind, node: Node | None = None) -> None:
        self.kind = kind
        self.node = node
        self.next: list[Point] = []
        self.error: Point | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.node.type if self.node is not None else ''}>"


class Flow:
    """The graph of one function: its entry, its normal exit and its exceptional one; ``tried`` are the nodes in `try … catch`."""

    def __init__(self, entry: Point, end: Point, thrown: Point, points: list[Point], tried: set[Node]) -> None:
        self.entry = entry
        self.exit = end
        self.thrown = thrown
        self.points = points
        self.tried = tried

    def at(self, node: Node) -> list[Point]:
        """The points of a node: one for each copy of the `finally` it may stand in."""
        return [point for point in self.points if point.node is node]

    def after(
        self, starts: Iterable[Point], *, throws: Callable[[Node], bool], stop: Callable[[Node], bool] = lambda node: False
    ) -> Iterator[tuple[Point, Point | None]]:
        """Every point that runs after the given ones, with the last throwing point on the way there (None: none threw).

        Exceptional edges are taken where ``throws`` says that the node can; the walk does not go past nodes for which
        ``stop`` holds.
        """
        queue: deque[tuple[Point, Point | None]] = deque()
        seen: set[tuple[Point, bool]] = set()

        def push(point: Point, thrower: Point | None) -> None:
            if (point, thrower is None) not in seen:
                seen.add((point, thrower is None))
                queue.append((point, thrower))

        for start in starts:
            for successor in start.next:
                push(successor, None)
        while queue:
            point, thrower = queue.popleft()
            yield point, thrower
            node = point.node
            if node is not None and stop(node):
                continue
            for successor in point.next:
                push(successor, thrower)
            if node is not None and point.error is not None and throws(node):
                push(point.error, point)

    def escapes(
        self, starts: Iterable[Point], *, throws: Callable[[Node], bool], stop: Callable[[Node], bool] = lambda node: False
    ) -> list[Point]:
        """The points after the given ones that can throw and whose exception can leave the function, nearest first.

        Neither the way to them nor the way out goes past a node for which ``stop`` holds.
        """
        passed = dict.fromkeys(point for point, _ in self.after(starts, throws=throws, stop=stop))
        throwing: list[Point] = []
        before: dict[Point, list[Point]] = {}
        for point in passed:
            if point.node is not None and stop(point.node):
                continue
            for successor in point.next:
                before.setdefault(successor, []).append(point)
            if point.node is not None and point.error is not None and throws(point.node):
                throwing.append(point)
                before.setdefault(point.error, []).append(point)
        leaving: dict[Point, None] = {self.thrown: None}
        pending = [self.thrown]
        while pending:
            for point in before.get(pending.pop(), ()):
                if point not in leaving:
                    leaving[point] = None
                    pending.append(point)
        return [
            point for point in throwing if point.error in leaving and not (point.error.node is not None and stop(point.error.node))
        ]

    def leads_to(self, starts: Iterable[Point], node: Node) -> bool:
        """Whether a node can run after the given points when nothing throws."""
        return any(point.node is node for point, _ in self.after(starts, throws=lambda _: False))

    def always(self, node: Node) -> bool:
        """Whether every way through the function that doesn't throw passes the node."""
        before = Point("join")
        before.next.append(self.entry)
        walk = self.after([before], throws=lambda _: False, stop=lambda other: other is node)
        return all(point is not self.exit for point, _ in walk)
