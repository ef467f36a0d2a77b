"""Deep input: parsed where it can be, reported where not, and never the end of the process."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import pytest

from jsleak.analysis.depth import call_deep, is_deep, run_deep
from jsleak.analysis.findings import ProblemKind
from jsleak.analysis.syntax.parse import SyntaxProblem, parse

DEEP: dict[str, Callable[[int], str]] = {
    "sum": lambda n: "+".join("a" * n),
    "and": lambda n: "&&".join("a" * n),
    "power": lambda n: "**".join("a" * n),
    "calls": lambda n: "a" + ".b()" * n,
    "optional calls": lambda n: "a" + "?.b" * n,
    "parentheses": lambda n: "(" * n + "a" + ")" * n,
    "arrays": lambda n: "x=" + "[" * n + "]" * n,
    "objects": lambda n: "x=" + "{a:" * n + "1" + "}" * n,
    "blocks": lambda n: "{" * n + "}" * n,
    "ifs": lambda n: "if(a)" * n + ";",
    "else ifs": lambda n: "if(a);else " * n + ";",
    "ternaries": lambda n: "a?b:" * n + "c",
    "functions": lambda n: "function f(){" * n + "}" * n,
    "function expressions": lambda n: "(function(){" * n + "})" * n,
    "arrows": lambda n: "(a)=>{" * n + "}" * n,
    "templates": lambda n: "`${" * n + "a" + "}`" * n,
    "array patterns": lambda n: "let " + "[" * n + "a" + "]" * n + "=x",
    "object patterns": lambda n: "let " + "{a:" * n + "b" + "}" * n + "=x",
    "assigned patterns": lambda n: "[" * n + "a" + "]" * n + "=x",
    "JSX": lambda n: "x=" + "<a>" * n + "</a>" * n,
    "JSX expressions": lambda n: "x=" + "<a>{" * n + "1" + "}</a>" * n,
    "regular expression": lambda n: "/" + "(" * n + ")" * n + "/",
    "unary": lambda n: "!" * n + "a",
    "arguments": lambda n: "a(" * n + ")" * n,
    "resources": lambda n: "{using a=1;" * n + "}" * n,
    "classes": lambda n: "(class{a(){" * n + "}})" * n,
}


def outcome(text: str) -> str:
    limit = sys.getrecursionlimit()
    try:
        call_deep(lambda: parse(text, filename="a.js"))
    except SyntaxProblem as problem:
        return problem.kind if 0 <= problem.offset <= len(text) else "outside of the text"
    finally:
        assert sys.getrecursionlimit() == limit
    return "parsed"


@pytest.mark.parametrize("name", DEEP)
def test_five_thousand_levels_are_parsed(name: str) -> None:
    assert outcome(DEEP[name](5000)) == "parsed"


@pytest.mark.parametrize("name", ["sum", "calls", "array patterns", "blocks", "templates", "JSX"])
def test_far_deeper_is_reported(name: str) -> None:
    assert outcome(DEEP[name](120_000)) == ProblemKind.TOO_DEEP


def test_deep_patterns_are_parsed_or_reported() -> None:
    assert outcome(DEEP["array patterns"](20_000)) in ("parsed", ProblemKind.TOO_DEEP)


def test_many_labels_are_reported_in_time() -> None:
    assert outcome("".join(f"l{n}:" for n in range(5000)) + ";") == ProblemKind.TOO_DEEP


def test_outside_of_a_deep_run_the_caller_learns_of_it() -> None:
    with pytest.raises(RecursionError):
        parse(DEEP["parentheses"](5000), filename="a.js")


def test_a_long_chain_needs_no_second_parse() -> None:
    parse(DEEP["sum"](5000), filename="a.js")


def descend(levels: int) -> int:
    return 0 if levels == 0 else 1 + descend(levels - 1)


def test_the_result_comes_from_where_it_fits() -> None:
    assert not is_deep()
    assert call_deep(is_deep) is False
    assert run_deep(is_deep) is True
    assert call_deep(descend, 50_000) == 50_000
    assert call_deep(call_deep, descend, 50_000) == 50_000


def test_no_end_is_a_recursion_error() -> None:
    with pytest.raises(RecursionError):
        call_deep(descend, 10**9)


def test_other_errors_come_out_as_they_are() -> None:
    def fail(levels: int) -> None:
        if levels:
            fail(levels - 1)
        raise KeyError("x")

    for levels in (0, 5000):
        with pytest.raises(KeyError):
            call_deep(fail, levels)


def test_a_smaller_stack_where_the_system_grants_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    real = threading.stack_size
    asked: list[int] = []

    def stingy(size: int = 0) -> int:
        asked.append(size)
        if size > 200 << 20:
            raise ValueError(size)
        return real(size)

    monkeypatch.setattr(threading, "stack_size", stingy)
    assert call_deep(descend, 20_000) == 20_000
    assert 128 << 20 in asked
    assert real() == 0


def test_threads_wait_for_each_other() -> None:
    limit = sys.getrecursionlimit()
    errors: list[BaseException] = []
    seen: list[int] = []

    def shallow() -> None:
        seen.append(sys.getrecursionlimit())
        time.sleep(0.001)

    def work(number: int) -> None:
        try:
            for _ in range(20):
                if number % 2:
                    assert call_deep(descend, 30_000) == 30_000
                else:
                    call_deep(shallow)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert set(seen) == {limit}
    assert sys.getrecursionlimit() == limit
