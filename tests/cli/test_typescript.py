"""TypeScript through the command line: which files, which places, fixes, suppressions, experiments, runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jsleak.cli.app import app

LEAK = """const registry = new FinalizationRegistry<() => void>((f: () => void): void => f());
enum Kind { A }
export class Handle {
  constructor(private fd: number, public kind: Kind = Kind.A) {
    registry.register(this, () => this.close());
  }
  close(): void { free(this.fd); }
}
declare function free(fd: number): void;
"""


def run(*arguments: str, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), input=given)
    return result.exit_code, result.output


def found(*arguments: str, given: str | None = None) -> list[dict[str, Any]]:
    return list(json.loads(run("lint", "--format", "json", *arguments, given=given)[1])["findings"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_which_files_are_examined(folder: Path) -> None:
    for name in ("a.ts", "b.mts", "c.cts", "d.tsx", "e.d.ts", "f.d.mts", "g.d.cts"):
        (folder / name).write_text(LEAK)
    assert sorted({one["path"] for one in found(".")}) == ["a.ts", "b.mts", "c.cts", "d.tsx"]


def test_places_are_those_of_the_file() -> None:
    (finding,) = (one for one in found("-", "--stdin-filename", "x.ts", given=LEAK) if one["severity"] == "error")
    assert (finding["rule"], finding["range"]["start"]) == ("held-value-retains-target", {"line": 5, "column": 5})


def test_suppressions_hold() -> None:
    text = LEAK.replace("    registry.reg", "    // jsleak-ignore-next-line\n    registry.reg")
    assert found("-", "--stdin-filename", "x.ts", given=text) == []


def test_imports_name_what_the_compiler_will_make(folder: Path) -> None:
    (folder / "registry.ts").write_text("export const registry = new FinalizationRegistry<unknown>(() => {});\n")
    (folder / "a.ts").write_text(
        "import { registry } from './registry.js';\nexport class A { constructor(readonly a: string) {\n"
        "registry.register(this, () => this.a); } }\n"
    )
    assert ("a.ts", 3) in {(one["path"], one["range"]["start"]["line"]) for one in found(".") if one["severity"] == "error"}


def test_findings_are_put_to_the_test(folder: Path) -> None:
    (folder / "a.ts").write_text(LEAK)
    _, output = run("confirm", "a.ts:5")
    assert "confirmed (quickjs-ng" in output


def test_a_file_runs_with_what_it_imports(folder: Path) -> None:
    (folder / "kinds.ts").write_text("export enum Kind { A, B = 'b' }\nexport namespace N { export const x: number = 7 }\n")
    (folder / "main.ts").write_text(
        "import { Kind, N, type Nothing } from './kinds.js';\n"
        "class P { constructor(private a: number) { console.log(this.a, Kind.B, Kind[0], N.x); } }\nnew P(1);\n"
        "const r = new FinalizationRegistry<object>((v): void => {});\nr.register({}, {} as object);\nthrow 'boom';\n"
    )
    _, output = run("run", "main.ts")
    assert "1 b A 7" in output
    assert "5:1 leak[held-value-not-released]" in output


def test_a_syntax_error_stands_where_it_is(folder: Path) -> None:
    (folder / "a.ts").write_text("enum A { B }\nconst a: number = new WeakRef(;\n")
    _, output = run("lint", "a.ts")
    assert "2:" in output
    assert "syntax-error" in output
