"""Fuzzes the syntax layer: any text becomes programs, trees, the rest of a broken program, and suppressions, within bounds.

Run it with atheris, in an environment that has jsleak: ``pip install atheris``, then

    python tools/fuzz_syntax.py --seconds 600 --corpus .fuzz

The corpus starts from the rules' examples and grows in the folder given; the dictionary has the language's words. libFuzzer prints
its statistics at the end; a text that breaks a law is written to the folder as ``crash-…``, and run again by naming it:
``python tools/fuzz_syntax.py --corpus .fuzz .fuzz/crash-…``.

The laws: nothing is raised but ``SyntaxProblem`` (and ``RecursionError`` inside ``call_deep``); every offset is inside the text;
``Code.text`` is as long as the text, with the line terminators where they were; what slicing leaves of a program is a program, in
which only bodies of functions are left out; no text takes long for its length.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

MARKS = "( ) [ ] { } ${ ` ' \" ; , . ... => ?. ?? ! = == + ++ / // /* */ < > </ /> : @ # \\ #! <!--"
WORDS = """
await break case catch class const constructor debugger declare default delete do else enum export extends false finally from
for get if implements import in instanceof interface let namespace new null of private public readonly return satisfies set static
async function super switch this throw true try type typeof using var void while with yield abstract as WeakRef register
FinalizationRegistry unregister deref
jsleak-ignore-next-line jsleak-ignore-line jsleak-ignore-file jsleak-ignore-start jsleak-ignore-end
"""
NAMES = ("a.js", "a.jsx", "a.ts", "a.tsx", "a.mjs")
#: Seconds for each text, and for each of its characters: far above what any takes.
SECONDS = 2.0
SECONDS_EACH = 0.005
TERMINATORS = "\n\r\u2028\u2029"


def check(text: str, filename: str) -> None:
    """Raises where a text breaks a law."""
    from jsleak.analysis.depth import call_deep

    started = time.process_time()
    call_deep(_check, text, filename)
    taken = time.process_time() - started
    assert taken < SECONDS + SECONDS_EACH * len(text), f"{taken:.1f} s for {len(text)} characters"


def _check(text: str, filename: str) -> None:
    from jsleak.analysis.languages import Code, codes
    from jsleak.analysis.languages.broken import recover
    from jsleak.analysis.languages.program import read_program
    from jsleak.analysis.suppressions import suppressions
    from jsleak.analysis.syntax.nodes import Node, walk
    from jsleak.analysis.syntax.parse import SyntaxProblem
    from jsleak.analysis.text import SourceText

    def whole(code: Code, root: Node) -> None:
        _same_shape(text, code)
        for node in walk(root):
            assert 0 <= node._start <= node._end <= len(text), (node.type, node._start, node._end)
        source = SourceText(text, filename, code.text)
        end = source.position(len(text))
        for one in suppressions(source, root):
            assert one.range.start <= one.range.end <= end, one

    for code in codes(text, filename=filename):
        _same_shape(text, code)
        try:
            root = read_program(code, filename).root
            whole(code, root)
            _slices(text, code, root, filename)
            continue
        except SyntaxProblem as raised:
            problem = raised
        assert 0 <= problem.offset <= len(text), problem.offset
        found = recover(code, problem, filename)
        if found is None:
            continue
        done = 0
        for start, stop in found.code.broken:
            assert done <= start <= stop <= len(text), found.code.broken
            assert not found.code.text[start:stop].strip(), found.code.text[start:stop]
            done = stop
        whole(found.code, found.program.root)


def _slices(text: str, code: object, root: object, filename: str) -> None:
    """Slices a program however small it is."""
    from jsleak.analysis.languages import slicing
    from jsleak.analysis.languages.program import read_program
    from jsleak.analysis.syntax.nodes import walk

    with patch.multiple(slicing, AT_LEAST=0, CLOSELY=0, _NODES=0, _WORTH=0):
        cut = slicing.sliced(code)  # type: ignore[arg-type]
    if cut.whole is None:
        return
    _same_shape(text[: len(cut.text)], cut)  # an idle text ends with its last import
    read_program(cut, filename)
    bodies = {node.body._start for node in walk(root) if "Function" in node.type}  # type: ignore[arg-type]
    for start, end in cut.unknown:
        assert 0 <= start < end <= len(text), (start, end)
        assert start in bodies or set(cut.text[start:end]) <= set("; 0" + TERMINATORS), f"no body of a function: {start}"


def _same_shape(text: str, code: object) -> None:
    made: str = code.text  # type: ignore[attr-defined]
    assert len(made) == len(text), "another length"
    if any(mark in text for mark in TERMINATORS):
        wrong = [at for at, (old, new) in enumerate(zip(text, made, strict=True)) if (old in TERMINATORS) and old != new]
        assert not wrong, f"line terminators moved: {wrong[:5]}"


def examples() -> Iterator[str]:
    """The programs of all rules."""
    from jsleak.analysis.rule import load_rules

    for loaded in load_rules().values():
        for program in (*loaded.bad.values(), *loaded.good.values()):
            yield program.replace("^", "")


def one_input(data: bytes) -> None:
    """What atheris calls: the first byte tells the file's name."""
    if data:
        check(data[1:].decode("utf-8", "surrogatepass" if data[0] & 8 else "replace"), NAMES[data[0] % len(NAMES)])


def _tolerant(data: bytes) -> None:
    try:
        one_input(data)
    except UnicodeDecodeError:
        return


def main() -> None:
    """Fuzz for a while."""
    options = argparse.ArgumentParser(description="Fuzz the syntax layer.")
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--corpus", type=Path, default=Path(".fuzz"))
    options.add_argument("inputs", nargs="*", type=Path, help="texts to run once")
    asked = options.parse_args()
    for path in asked.inputs:
        one_input(path.read_bytes())
    if asked.inputs:
        return
    import atheris

    with atheris.instrument_imports(include=["jsleak", "esprima"]):
        import jsleak.analysis.languages.broken
        import jsleak.analysis.languages.slicing
        import jsleak.analysis.languages.typescript
        import jsleak.analysis.suppressions  # noqa: F401

    asked.corpus.mkdir(parents=True, exist_ok=True)
    for number, program in enumerate(examples()):
        for kind in range(4):
            path = asked.corpus / f"example-{number}-{kind}"
            if not path.exists():
                path.write_bytes(bytes([kind]) + program.encode())
    dictionary = asked.corpus.parent / f"{asked.corpus.name}.dict"
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in (MARKS + WORDS).split())
    dictionary.write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")
    arguments = [
        sys.argv[0],
        f"-max_total_time={asked.seconds}",
        f"-dict={dictionary}",
        f"-artifact_prefix={asked.corpus}{os.sep}",
        "-max_len=4096",
        "-print_final_stats=1",
        str(asked.corpus),
    ]
    atheris.Setup(arguments, _tolerant)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
