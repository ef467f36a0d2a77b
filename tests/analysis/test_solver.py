"""The solver of inclusion constraints: what ends where, and that it stops."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsleak.analysis.heap.objects import Obj, Var
from jsleak.analysis.heap.solver import Solver

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24)
PLACES = st.lists(st.integers(0, 7), max_size=5)


def made() -> Obj:
    return Obj("object", None, None)


@given(EDGES, PLACES, st.randoms(use_true_random=False))
def test_objects_reach_what_they_flow_into(edges: list[tuple[int, int]], places: list[int], order: Random) -> None:
    """Whatever order the constraints come in."""
    variables = [Var(str(number)) for number in range(8)]
    objects = [(made(), place) for place in places]
    solver = Solver(10_000)
    constraints = [
        *(partial(solver.copy, variables[source], variables[target]) for source, target in edges),
        *(partial(solver.add, variables[place], obj) for obj, place in objects),
    ]
    order.shuffle(constraints)
    for constrain in constraints:
        constrain()
    solver.run()
    assert not solver.exhausted
    reached = [closure(place, edges) for place in range(8)]
    for number, var in enumerate(variables):
        assert set(var.objects) == {obj for obj, place in objects if number in reached[place]}


def closure(start: int, edges: list[tuple[int, int]]) -> set[int]:
    found = {start}
    while more := {second for first, second in edges if first in found} - found:
        found |= more
    return found


@pytest.mark.parametrize(("budget", "ends"), [(1_000, True), (50, False)])
def test_a_step_is_one_along_one_edge(budget: int, ends: bool) -> None:
    """A variable with many targets takes as many steps for each object, and one more."""
    solver = Solver(budget)
    source = Var("source")
    for number in range(90):
        solver.copy(source, Var(str(number)))
    for _ in range(10):
        solver.add(source, made())
    solver.run()
    assert solver.exhausted is not ends
    assert solver.budget == (budget - 10 * 91 if ends else budget - 91)


def test_a_watcher_is_told_of_each_object_once() -> None:
    told: list[Obj] = []
    solver = Solver(1_000)
    first, second = Var("first"), Var("second")
    early, late = made(), made()
    solver.add(first, early)
    solver.watch(second, told.append)
    solver.copy(first, second)
    solver.copy(second, first)
    solver.add(first, late)
    solver.run()
    assert told == [early, late]
