"""What a start may reach at all: where this says nothing, no search finds a path; it is asked about each start many times over."""

from __future__ import annotations

import pytest

from jsleak.analysis.heap import Reachable, held, strong_path
from jsleak.analysis.module import Module
from jsleak.analysis.protocol import Registration, Value
from jsleak.analysis.rule import RuleSettings, load_rules
from jsleak.analysis.run import build_module

EXAMPLES = {
    f"{rule} {name}": example.replace("^", "")
    for rule, loaded in load_rules().items()
    for group in (loaded.bad, loaded.good)
    for name, example in group.items()
}
CROWD = """
const registry = new FinalizationRegistry((held) => held());
class File { constructor(fd) { this.fd = fd; registry.register(this, () => this.close()); } close() { closeSync(this.fd); } }
const first = new File(1), second = new File(2), third = new File(3);
"""


def asked(module: Module) -> list[tuple[Value, Registration]]:
    """Every start and every registration of a module."""
    starts = [value for registration in module.registrations for value in (registration.held, registration.target) if value]
    starts += [registry.callback for registry in module.registries if registry.callback is not None]
    return [(start, registration) for start in starts for registration in module.registrations if registration.target is not None]


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_cannot_be_reached_has_no_path(name: str) -> None:
    module = build_module(EXAMPLES[name], "a.js", None, RuleSettings(), None)
    reachable = Reachable(held)
    for start, registration in asked(module) * 2:
        target = registration.target
        assert target is not None
        if not reachable.may_lead(start.var, target.var):
            assert strong_path(start.var, start.node, target.var, registration.activation) is None


def test_a_search_that_cannot_end_is_not_begun() -> None:
    module = build_module(CROWD, "a.js", None, RuleSettings(), None)
    reachable = Reachable(held)
    answers = [
        reachable.may_lead(start.var, registration.target.var) for start, registration in asked(module) * 2 if registration.target
    ]
    assert True in answers
    assert False in answers
