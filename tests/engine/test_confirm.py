"""Programs for which it is not easy to make an experiment: what is found in them is confirmed all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jsleak.analysis.findings import Status
from jsleak.analysis.rule import RuleSettings, load_rules
from jsleak.analysis.run import build_module
from jsleak.engine.confirm import confirm
from jsleak.engine.pool import Pool, engine

RETAINED = "held-value-retains-target"
PROGRAMS = {
    "a registry that is a parameter, known by its type": (
        RETAINED,
        """\
export function track(registry: FinalizationRegistry<() => void>, fd: number) {
  const handle = { fd };
  registry.register(handle, () => release(handle.fd));
  return handle;
}
""",
    ),
    "a registry that is a field, given in an object": (
        RETAINED,
        """\
export class Pool {
  private registry: FinalizationRegistry<object>;
  constructor(options: Options) {
    this.registry = options.finalizers;
  }
  open(fd: number) {
    const handle = { fd };
    this.registry.register(handle, { handle }, handle);
    return handle;
  }
  close(handle: object) {
    this.registry.unregister(handle);
  }
}
""",
    ),
    "a registry that is a field, set from outside": (
        RETAINED,
        """\
export class Pool {
  registry?: FinalizationRegistry<object>;
  open(fd: number) {
    const handle = { fd };
    this.registry?.register(handle, { handle });
    return handle;
  }
}
""",
    ),
    "a comment in a closure that is made elsewhere": (
        "shared-context-retains-target",
        """\
const registry = new FinalizationRegistry((cleanup) => cleanup());
export function open(fd: number) {
  const handle = { fd };
  const log = () => handle.fd;
  registry.register(handle, () => {
    // nobody has closed it
    return `
${fd}`;
  });
  log();
  return handle;
}
""",
    ),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


@pytest.mark.parametrize("name", PROGRAMS)
def test_is_confirmed(name: str, pool: Pool) -> None:
    rule, text = PROGRAMS[name]
    if rule == "shared-context-retains-target" and not engine("node"):
        pytest.skip("it shows on V8 only")
    module = build_module(text, "program.ts", None, RuleSettings(), None)
    [finding] = load_rules()[rule].check(module)
    verdict = confirm(module, finding, pool.run, ("quickjs-ng", "node")).verdict
    assert verdict is not None
    assert verdict.status is Status.CONFIRMED, verdict
