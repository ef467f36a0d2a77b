"""A finding at the call of a wrapper that another file has: no experiment, and no failure either."""

from __future__ import annotations

from jsleak.analysis.findings import Status
from jsleak.analysis.rule import RuleSettings, load_rules
from jsleak.analysis.run import build_module
from jsleak.engine.confirm import confirm
from jsleak.engine.trace import Trace

WRAPPER = (
    f"/* {'much before the call ' * 20}*/"
    + """
const registry = new FinalizationRegistry((held) => held.close());
export function track(target, held) { registry.register(target, held); }
"""
)
USER = """import { track } from "./track.js";
export function open(target) { track(target, { close() {} }); }
"""


def test_no_experiment_where_the_registration_is_in_another_file() -> None:
    module = build_module(USER, "/p/a.js", "module", RuleSettings(), lambda _path, _name: ("/p/track.js", WRAPPER))
    found = list(load_rules()["object-held-value"].check(module))
    assert found

    def never(*_: object, **__: object) -> Trace:
        raise AssertionError("nothing is to be run")

    for finding in found:
        verdict = confirm(module, finding, never, ("quickjs-ng",)).verdict
        assert verdict is not None
        assert verdict.status is Status.INCONCLUSIVE
        assert "another file" in verdict.reason
